import Synchronization

/// CSA's state behind its lock, with the clock that drives it and the bell that wakes the driver.
final class CSACore: Sendable {
    let clock: any SandboxClock
    let waker = Waker()
    private let state: Mutex<CSAState>

    init(_ state: consuming sending CSAState, clock: any SandboxClock) {
        self.clock = clock
        self.state = Mutex(state)
    }

    /// Runs `body` on the state as it is now, and wakes the driver when it has something new to do or to wait for.
    /// The time given is the machine's.
    func withState<Value: Sendable, Failure: Error>(
        _ body: (inout CSAState, EpochMilliseconds) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The time is read under the lock, so that it never runs backwards from one change to the next.
        let (value, wakes) = try state.withLock { state throws(Failure) -> (Value, Bool) in
            let before = state.nextDeadline
            let now = clock.now
            state.advance(to: state.local(now))
            let value = try body(&state, now)
            return (value, !state.dueLaunches.isEmpty || state.nextDeadline != before)
        }
        if wakes { waker.wake() }
        return value
    }

    /// For the driver: what to send, and when to look again. Does not ring its own bell.
    func takeLaunches() -> (launches: [CSALaunch], next: EpochMilliseconds?) {
        state.withLock { state in
            state.advance(to: state.local(clock.now))
            return (state.takeLaunches(), state.nextDeadline)
        }
    }
}
