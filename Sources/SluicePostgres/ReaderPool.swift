internal import Dispatch
internal import SluicePorts
internal import Synchronization

/// Connections that read, handed out one caller each; who finds none free waits in line.
final class ReaderPool: Sendable {
    private let options: PostgresStoreOptions
    private let state: Mutex<State>

    private struct State {
        var idle: [Connection]
        var waiting: [CheckedContinuation<Connection, any Error>] = []
        var isClosed = false
    }

    init(connections: [Connection], options: PostgresStoreOptions) {
        self.options = options
        state = Mutex(State(idle: connections))
    }

    /// Runs a read on a connection; when the connection is lost on the way it is tried again on a new one.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        let connection = try await take()
        defer { give(connection) }
        let (reconnectTimeout, attemptCountMax) = (options.reconnectTimeout, options.attemptCountMax)
        do {
            return try await connection.perform { connection in
                var attempt = 1
                while true {
                    do {
                        try connection.open(within: reconnectTimeout)
                        return try body(connection)
                    } catch {
                        // A transaction may be open on it.
                        if connection.isOpen { connection.close() }
                        guard let failure = error as? PostgresFailure, failure.isPassing, attempt < attemptCountMax
                        else { throw error }
                        attempt += 1
                    }
                }
            }
        } catch {
            throw StoreError(error, doing: "read", at: connection.address.description)
        }
    }

    /// Refuses reads from now on; those under way end by themselves.
    func close() {
        let (idle, waiting) = state.withLock { state in
            state.isClosed = true
            defer { (state.idle, state.waiting) = ([], []) }
            return (state.idle, state.waiting)
        }
        for connection in idle { connection.queue.async { connection.close() } }
        for waiter in waiting { waiter.resume(throwing: Self.closed) }
    }

    private func take() async throws -> Connection {
        try await withCheckedThrowingContinuation { continuation in
            let found: Result<Connection, StoreError>? = state.withLock { state in
                if state.isClosed { return .failure(Self.closed) }
                if let connection = state.idle.popLast() { return .success(connection) }
                guard state.waiting.count < options.pendingReadCountMax else {
                    return .failure(
                        StoreError(
                            .unavailable,
                            "\(options.pendingReadCountMax) reads are waiting for the database already; try again later"
                        ))
                }
                state.waiting.append(continuation)
                return nil
            }
            if let found { continuation.resume(with: found) }
        }
    }

    private func give(_ connection: Connection) {
        let (waiter, isClosed) = state.withLock { state -> (CheckedContinuation<Connection, any Error>?, Bool) in
            if !state.waiting.isEmpty { return (state.waiting.removeFirst(), false) }
            if !state.isClosed { state.idle.append(connection) }
            return (nil, state.isClosed)
        }
        waiter?.resume(returning: connection)
        if isClosed { connection.queue.async { connection.close() } }
    }

    private static let closed = StoreError(.unavailable, "the store was closed")
}
