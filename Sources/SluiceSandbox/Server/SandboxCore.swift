import Synchronization

/// The state behind its lock, with the clock that drives it and the bell that wakes the driver.
final class SandboxCore: Sendable {
    let clock: any SandboxClock
    let waker = Waker()
    /// Nil without a state file.
    let saves: StateSaves?
    private let state: Mutex<SandboxState>

    init(_ state: consuming sending SandboxState, clock: any SandboxClock, isSaved: Bool) {
        self.clock = clock
        saves = isSaved ? StateSaves() : nil
        self.state = Mutex(state)
    }

    /// Runs `body` on the state as it is now, and wakes the driver when it has something new to do or to wait for.
    func withState<Value: Sendable>(_ body: (inout SandboxState, EpochMilliseconds) -> Value) -> Value {
        // The time is read under the lock, so that it never runs backwards from one change to the next.
        let (value, wakes, isChanged) = state.withLock { state in
            let before = state.nextDeadline
            let revision = state.revision
            let now = clock.now
            state.advance(to: now)
            let value = body(&state, now)
            let isDue = !state.dueQuestions.isEmpty || !state.dueCallbacks.isEmpty
            return (value, isDue || state.nextDeadline != before, state.revision != revision)
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
    /// With a state file not before they are in it: after a restart a question has the same `askId`.
    func takeWork() async -> (questions: [GateQuestion], reports: [CSAReport], next: EpochMilliseconds?) {
        let (questions, reports, next, revision) = state.withLock { state in
            state.advance(to: clock.now)
            return (state.takeQuestions(), state.takeReports(), state.nextDeadline, state.revision)
        }
        saves?.changed.wake()
        if !questions.isEmpty || !reports.isEmpty { await saves?.isWritten(revision) }
        return (questions, reports, next)
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
