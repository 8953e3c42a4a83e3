import NIOCore

/// How long a client may keep a connection, and what is kept for it, without doing its part.
struct ConnectionLimits: Sendable {
    /// Nothing is sent, and nothing is being answered.
    var idle: TimeAmount = .seconds(120)
    /// A request's body may be waited for this long, beside the time that its length takes at the least rate. Time in
    /// which Sluice reads nothing does not count.
    var bodyGrace: TimeAmount = .seconds(60)
    /// The least rate at which a long body must come, in bytes a second.
    var bodyRateMin = 4096
    /// Bytes of an answer wait, and the client takes none of them.
    var stall: TimeAmount = .seconds(60)
    /// Between two looks; a connection is closed so much later at most.
    var checkInterval: TimeAmount = .seconds(10)
}

/// Watches whether a client sends what it began to send, and takes what it asked for.
struct ConnectionWatch {
    private let limits: ConnectionLimits
    private var waitsSince: NIODeadline?
    private var bodyWait: TimeAmount = .zero
    /// Bytes of the request's body that have come.
    var bodyByteCount = 0
    private var takenByteCount = 0
    private var takenAt: NIODeadline?

    init(_ limits: ConnectionLimits) { self.limits = limits }

    // MARK: A body that trickles

    mutating func beginBody() {
        bodyWait = .zero
        bodyByteCount = 0
        waitsSince = nil
    }

    /// Whether the client is to send more.
    var isWaiting: Bool { waitsSince != nil }

    /// The client is to send more.
    mutating func waits(from now: NIODeadline) { waitsSince = waitsSince ?? now }

    /// It sent something.
    mutating func came(at now: NIODeadline) {
        guard let since = waitsSince else { return }
        bodyWait = bodyWait + (now - since)
        waitsSince = nil
    }

    /// Whether a body is waited for longer than its length explains.
    func isTrickling(at now: NIODeadline) -> Bool {
        let waited = bodyWait + (waitsSince.map { now - $0 } ?? .zero)
        return waited > limits.bodyGrace + .milliseconds(Int64(bodyByteCount) * 1000 / Int64(limits.bodyRateMin))
    }

    // MARK: An answer that nobody takes

    /// Whether bytes have been waiting for the client all the time, and it took none.
    /// - Parameters:
    ///   - waitingByteCount: Bytes that are written and that the system has not taken yet.
    ///   - takenByteCount: Bytes that it has taken since the connection began.
    mutating func isStalled(waiting waitingByteCount: Int, taken takenByteCount: Int, at now: NIODeadline) -> Bool {
        guard waitingByteCount > 0, takenByteCount == self.takenByteCount, let takenAt else {
            self.takenByteCount = takenByteCount
            takenAt = now
            return false
        }
        return now - takenAt >= limits.stall
    }
}
