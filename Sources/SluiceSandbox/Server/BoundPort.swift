import Synchronization

/// The port a server got, for whoever waits for it.
final class BoundPort: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Int, any Error>])
        case known(Int)
        case failed
    }

    private let state = Mutex(State.waiting([]))

    /// Settles it; the first call counts. Nil: the server ended without getting one.
    func settle(_ port: Int?) {
        let waiters: [CheckedContinuation<Int, any Error>] = state.withLock { state in
            guard case .waiting(let waiters) = state else { return [] }
            state = port.map(State.known) ?? .failed
            return waiters
        }
        for waiter in waiters {
            if let port {
                waiter.resume(returning: port)
            } else {
                waiter.resume(throwing: SandboxServerError.notRunning)
            }
        }
    }

    /// Waits until it is settled; `settle` is called on every way out of `SandboxServer.run()`.
    var value: Int {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Int, any Error>? = state.withLock { state in
                    switch state {
                    case .waiting(let waiters):
                        state = .waiting(waiters + [continuation])
                        return nil
                    case .known(let port): return .success(port)
                    case .failed: return .failure(SandboxServerError.notRunning)
                    }
                }
                if let answer { continuation.resume(with: answer) }
            }
        }
    }
}

/// What can go wrong with running the sandbox.
public enum SandboxServerError: Error, CustomStringConvertible {
    /// It ended, or could not listen, before it had a port.
    case notRunning
    /// The state file could not be read or written.
    case stateFile(String, reason: String)

    public var description: String {
        switch self {
        case .notRunning: "the sandbox is not running"
        case .stateFile(let path, let reason): "state file \(path): \(reason)"
        }
    }
}
