import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualSandboxClock: SandboxClock {
    private struct Sleeper {
        let instant: EpochMilliseconds
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: EpochMilliseconds
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
    }

    private let state: Mutex<State>

    /// Starts at that time; the default is 2026-12-01T22:00:00Z.
    public init(now: EpochMilliseconds = 1_796_162_400_000) {
        state = Mutex(State(now: now))
    }

    public var now: EpochMilliseconds { state.withLock { $0.now } }

    /// Moves the clock on and wakes everyone whose time has come.
    public func advance(byMilliseconds step: Int64) {
        precondition(step >= 0, "time does not run backwards")
        let due = state.withLock { state in
            state.now += step
            let due = state.sleepers.filter { $0.value.instant <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.instant < $1.instant }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    public func sleep(until instant: EpochMilliseconds) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    // Checked under the lock: the handler below takes it after the task is marked cancelled.
                    if Task.isCancelled { return Result<Bool, CancellationError>.failure(CancellationError()) }
                    if instant <= state.now { return .success(true) }
                    state.sleepers[id] = Sleeper(instant: instant, continuation: continuation)
                    return .success(false)
                }
                switch isOver {
                case .success(true): continuation.resume()
                case .success(false): break
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
