internal import CLibPQ
internal import Dispatch
internal import SluicePorts
internal import Synchronization

/// Hears what other replicas tell (`LISTEN`), and keeps the sign that a service runs on the database: a lock that
/// `sluice store copy` must have alone.
///
/// When its connection is lost it connects again, and says so: news may have been missed.
final class Newsroom: Sendable {
    static let channel = "sluice"
    static let gateWord = "gate"
    static let releaseWord = "release"

    private let connection: Connection
    private let isAlone: Bool
    private let state = Mutex(State())
    /// why: only touched on the connection's queue.
    nonisolated(unsafe) private var source: (any DispatchSourceRead)?

    private struct State {
        var listeners: [Int: AsyncStream<StoreNews>.Continuation] = [:]
        var next = 0
        var isClosed = false
    }

    /// News that wait for a listener who does not come; the oldest are forgotten.
    private static let bufferCountMax = 64

    /// - Parameter isAlone: Whether to keep services away instead of other copies.
    init(connection: Connection, isAlone: Bool) {
        self.connection = connection
        self.isAlone = isAlone
    }

    /// Connects and listens.
    /// - Throws: `StoreError` `.locked` while the database is being copied.
    func start() async throws {
        try await connection.perform { try self.listen($0) }
    }

    func news() -> AsyncStream<StoreNews> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.bufferCountMax)) { continuation in
            let number: Int? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.next += 1
                state.listeners[state.next] = continuation
                return state.next
            }
            guard let number else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
            }
        }
    }

    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
        connection.queue.async { [self] in
            // The source's last act is to close the connection.
            if let source { source.cancel() } else { connection.close() }
            source = nil
        }
    }

    private func listen(_ connection: Connection) throws {
        try connection.open()
        let lock = try connection.exchange([
            Statement(
                "SELECT pg_try_advisory_lock\(isAlone ? "" : "_shared")(\(Lock.kind), $1::int)", Lock.service.rawValue),
            Statement("LISTEN \(Self.channel)"),
        ])
        guard lock.first?.first?.text(0) == "t" else {
            connection.close()
            throw StoreError(
                .locked,
                isAlone
                    ? "a service runs on the database at \(connection.address): stop all replicas first"
                    : "the database at \(connection.address) is being copied by `sluice store copy`: wait for it")
        }
        guard let handle = connection.handle else { return }
        let source = DispatchSource.makeReadSource(fileDescriptor: PQsocket(handle), queue: connection.queue)
        source.setEventHandler { [weak self] in self?.hear() }
        // The socket is closed only when nobody watches it any more.
        source.setCancelHandler { [weak self] in
            connection.close()
            self?.listenAgain(after: PostgresStoreOptions.backoffMin)
        }
        self.source = source
        source.activate()
    }

    private func hear() {
        guard let handle = connection.handle else { return }
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else {
            source?.cancel()
            source = nil
            return
        }
        while let notification = PQnotifies(handle) {
            let word = String(cString: notification.pointee.extra)
            PQfreemem(notification)
            switch word {
            case Self.gateWord: tell(.gateChanged)
            case Self.releaseWord: tell(.releaseChanged)
            default: break  // A newer version's word.
            }
        }
    }

    private func listenAgain(after wait: Duration) {
        guard !state.withLock({ $0.isClosed }) else { return }
        connection.queue.asyncAfter(deadline: .now() + .milliseconds(Int(wait.milliseconds))) { [weak self] in
            guard let self, !state.withLock({ $0.isClosed }) else { return }
            do {
                try listen(connection)
                tell(.reconnected)
            } catch {
                listenAgain(after: min(wait * 2, PostgresStoreOptions.backoffMax))
            }
        }
    }

    private func tell(_ news: StoreNews) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(news) }
    }
}
