import Synchronization

/// The state behind its lock, with the clock that drives it and the bell that wakes the driver.
final class SandboxCore: Sendable {
    let clock: any SandboxClock
    let waker = Waker()
    private let state: Mutex<SandboxState>

    init(_ state: consuming sending SandboxState, clock: any SandboxClock) {
        self.clock = clock
        self.state = Mutex(state)
    }

    /// Runs `body` on the state as it is now, and wakes the driver when it has something new to do or to wait for.
    func withState<Value: Sendable>(_ body: (inout SandboxState, EpochMilliseconds) -> Value) -> Value {
        // The time is read under the lock, so that it never runs backwards from one change to the next.
        let (value, wakes) = state.withLock { state in
            let before = state.nextDeadline
            let now = clock.now
            state.advance(to: now)
            let value = body(&state, now)
            return (value, !state.dueQuestions.isEmpty || !state.dueCallbacks.isEmpty || state.nextDeadline != before)
        }
        if wakes { waker.wake() }
        return value
    }

    /// For the driver: what to send, and when to look again. Does not ring its own bell.
    func takeWork() -> (questions: [GateQuestion], reports: [CSAReport], next: EpochMilliseconds?) {
        state.withLock { state in
            state.advance(to: clock.now)
            return (state.takeQuestions(), state.takeReports(), state.nextDeadline)
        }
    }

    func reportAnswered(_ report: CSAReport, _ answer: CSAReport.Answer) {
        withState { state, now in state.reportAnswered(report.executionID, answer, at: now) }
    }

    func gateAnswered(_ question: GateQuestion, _ answer: GateAnswer, sentAt: EpochMilliseconds) {
        withState { state, now in
            state.gateAnswered(question.executionID, askID: question.askID, answer, sentAt: sentAt, at: now)
        }
    }
}
