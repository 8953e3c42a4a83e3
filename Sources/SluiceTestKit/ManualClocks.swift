public import SluiceModel
public import SluicePorts
import Synchronization

/// Clocks that stand still until a test moves them; sleepers wake when their time has come.
public final class ManualClocks: Clocks {
    private struct State {
        var now: Moment
        var sleepers: [(id: Int, deadline: MonotonicTime, wake: CheckedContinuation<Void, any Error>)] = []
        var nextID = 0
        /// Woken, and not running yet.
        var wakingCount = 0
    }

    private let state: Mutex<State>

    /// - Parameter wall: Where the wall clock starts; the monotonic one starts at one hour.
    public init(wall: Timestamp = Timestamp(milliseconds: 1_764_500_000_000)) {
        state = Mutex(
            State(now: Moment(wall: wall, monotonic: MonotonicTime(nanoseconds: 3_600_000_000_000))))
    }

    public func now() -> Moment { state.withLock { $0.now } }

    /// Moves both clocks on and wakes whoever is due.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let now = state.now.monotonic
            let due = state.sleepers.filter { $0.deadline <= now }
            state.sleepers.removeAll { $0.deadline <= now }
            state.wakingCount += due.count
            return due.map(\.wake)
        }
        for wake in due { wake.resume() }
    }

    /// Steps the wall clock alone, as an administrator or NTP would.
    public func stepWall(by duration: Duration) {
        state.withLock { $0.now.wall = $0.now.wall.advanced(by: duration) }
    }

    /// How many are asleep: lets a test wait until its subject is.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// How many were woken and have not run since: time that goes on without them is not what a busy machine has.
    public var wakingCount: Int { state.withLock { $0.wakingCount } }

    public func sleep(until deadline: MonotonicTime) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            defer { state.withLock { $0.wakingCount -= 1 } }
            try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
                let isDue = state.withLock { state in
                    if state.now.monotonic >= deadline || Task.isCancelled {
                        state.wakingCount += 1
                        return true
                    }
                    state.sleepers.append((id, deadline, wake))
                    return false
                }
                if isDue { wake.resume() }
            }
            try Task.checkCancellation()
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.first { $0.id == id }?.wake
                state.sleepers.removeAll { $0.id == id }
                if sleeper != nil { state.wakingCount += 1 }
                return sleeper
            }
            sleeper?.resume(throwing: CancellationError())
        }
    }
}
