public import SluiceModel

/// What a close has waited for until no replica can still say `proceed`.
public struct CloseAcknowledgement: Hashable, Sendable {
    /// From when it was asked for.
    public var took: Duration
    /// The other replicas that had not confirmed it when its commit returned.
    public var waitedFor: [Replica]
    /// Of them, those that never confirmed it: their leases have run out.
    public var presumedDead: [Replica]

    public init(took: Duration, waitedFor: [Replica] = [], presumedDead: [Replica] = []) {
        self.took = took
        self.waitedFor = waitedFor
        self.presumedDead = presumedDead
    }
}

/// Waits until no replica can still say `proceed` on what a close has closed (SLU-0007).
///
/// Only the seats count that the first read after the commit shows: whoever takes a seat later reads the new epoch.
public struct CloseWait: Sendable {
    public let epoch: Epoch
    private let own: ReplicaID
    private let begunAt: MonotonicTime
    private let committedAt: MonotonicTime
    /// nil: no read has succeeded yet.
    private var waitedFor: [Replica]?
    private var pending: [Replica] = []

    /// - Parameters:
    ///   - begunAt: When it was asked for.
    ///   - committedAt: When its commit had returned. Reads of the seats begin later.
    public init(epoch: Epoch, own: ReplicaID, begunAt: MonotonicTime, committedAt: MonotonicTime) {
        self.epoch = epoch
        self.own = own
        self.begunAt = begunAt
        self.committedAt = committedAt
    }

    /// Names of those that it still waits for.
    public var waitsFor: [Replica] { pending }

    /// Takes what a read showed.
    /// - Returns: The acknowledgement, once nobody can say `proceed` any more.
    public mutating func seats(_ seats: [Replica], at now: MonotonicTime) -> CloseAcknowledgement? {
        let open = seats.filter { $0.id != own && $0.confirmedEpoch < epoch }
        if waitedFor == nil {
            waitedFor = open
            pending = open
        } else {
            // One that has left gave up its lease before; one that was removed had none any more.
            pending.removeAll { replica in !open.contains { $0.id == replica.id } }
        }
        return acknowledgement(at: now)
    }

    /// Looks at the time alone: the seats could not be read, or were not yet.
    public func acknowledgement(at now: MonotonicTime) -> CloseAcknowledgement? {
        guard let waitedFor else {
            // Nobody's lease can be longer than the longest.
            guard isOver(ReplicaLimits.leaseMax, at: now) else { return nil }
            return CloseAcknowledgement(took: now.since(begunAt))
        }
        let left = pending.filter { !isOver($0.lease, at: now) }
        guard left.isEmpty || Mutant.isActive(.closeNotAwaited) else { return nil }
        return CloseAcknowledgement(took: now.since(begunAt), waitedFor: waitedFor, presumedDead: pending)
    }

    /// When to read the seats next.
    public func readAt(after now: MonotonicTime) -> MonotonicTime {
        let isSoon = now.since(committedAt) < ReplicaLimits.closePollSoonDuration
        let interval = isSoon ? ReplicaLimits.closePollInterval : ReplicaLimits.closePollIntervalLater
        return now.advanced(by: interval)
    }

    private func isOver(_ lease: Duration, at now: MonotonicTime) -> Bool {
        now >= committedAt.advanced(by: ReplicaLimits.asSeenByOthers(lease))
    }
}
