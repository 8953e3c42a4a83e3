import Synchronization

/// CSA's state behind its lock, with the clock that drives it and the bell that wakes the driver.
final class CSACore: Sendable {
    let clock: any SandboxClock
    let waker = Waker()
    /// Nil without a state file.
    let saves: StateSaves?
    private let state: Mutex<CSAState>

    init(_ state: consuming sending CSAState, clock: any SandboxClock, isSaved: Bool) {
        self.clock = clock
        saves = isSaved ? StateSaves() : nil
        self.state = Mutex(state)
    }

    /// Runs `body` on the state as it is now, and wakes the driver when it has something new to do or to wait for.
    /// The time given is the machine's.
    func withState<Value: Sendable, Failure: Error>(
        _ body: (inout CSAState, EpochMilliseconds) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The time is read under the lock, so that it never runs backwards from one change to the next.
        let (value, wakes, isChanged) = try state.withLock { state throws(Failure) -> (Value, Bool, Bool) in
            let before = state.nextDeadline
            let revision = state.revision
            let now = clock.now
            state.advance(to: state.local(now))
            let value = try body(&state, now)
            return (
                value, !state.dueLaunches.isEmpty || state.nextDeadline != before, state.revision != revision
            )
        }
        if wakes { waker.wake() }
        if isChanged { saves?.changed.wake() }
        return value
    }

    /// Answers a request, with a state file not before everything it saw and did is in it.
    func answer(_ request: SandboxRequest) async -> SandboxOutcome {
        let (outcome, revision) = withState { state, now in (state.handle(request, at: now), state.revision) }
        await saves?.isWritten(revision)
        return outcome
    }

    /// For the driver: what to send, and when to look again. Does not ring its own bell.
    ///
    /// With a state file not before it says that they are sent: after a restart nothing is sent twice.
    func takeLaunches() async -> (launches: [CSALaunch], next: EpochMilliseconds?) {
        let (launches, next, revision) = state.withLock { state in
            state.advance(to: state.local(clock.now))
            return (state.takeLaunches(), state.nextDeadline, state.revision)
        }
        saves?.changed.wake()
        if !launches.isEmpty { await saves?.isWritten(revision) }
        return (launches, next)
    }
}
