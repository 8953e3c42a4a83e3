import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// What CSA is told of launches that never started: over every state, and of what stands for them.
struct EndedLaunchAnswerTests {
    private func hold(_ state: HoldState, result: LaunchResult? = nil) -> Hold {
        var hold = Hold.fixture()
        hold.state = state
        hold.result = result
        return hold
    }

    private func word(_ answer: EndedLaunchAnswer) -> String {
        switch answer {
        case .none: "none"
        case .wait: "wait"
        case .ask: "ask"
        case .tell(let state, let code, _): "\(state.word) \(code.word)"
        }
    }

    @Test(arguments: HoldState.allCases)
    func ofItself(_ state: HoldState) {
        let expected =
            switch state {
            case .held, .released, .launching, .running, .awaitingOperator, .ended, .superseded: "none"
            case .expired, .discarded, .coalesced: "ERROR FAILURE"
            }
        #expect(word(EndedLaunchAnswer(hold(state))) == expected)
    }

    @Test("what may run, here or elsewhere, is not called ended: its own flow answers, and terminal is final")
    func whatMayRun() {
        var sent = hold(.discarded)
        sent.attempt = 1
        #expect(word(EndedLaunchAnswer(sent)) == "ask")
        #expect(word(EndedLaunchAnswer(hold(.coalesced), representative: sent)) == "ask")
        var moved = hold(.discarded)
        moved.cause = Hold.movedCause + "the other site"
        #expect(word(EndedLaunchAnswer(moved)) == "none")
        #expect(word(EndedLaunchAnswer(hold(.coalesced), representative: moved)) == "ask")
    }

    @Test(arguments: HoldState.allCases, [LaunchResult.resolved, .error, nil])
    func asItsRepresentative(_ state: HoldState, _ result: LaunchResult?) {
        let answer = EndedLaunchAnswer(hold(.coalesced), representative: hold(state, result: result))
        let expected =
            switch state {
            case .held, .released, .launching, .running, .awaitingOperator, .coalesced: "wait"
            case .ended: result == .resolved ? "COMPLETED SUCCESS" : "ERROR FAILURE"
            case .superseded, .expired, .discarded: "ERROR FAILURE"
            }
        #expect(word(answer) == expected)
    }

    @Test(arguments: ["ACTIVE", "COMPLETED", "ERROR", "CANCELED", "NEW"])
    func asCSAHasItOfTheOther(_ state: String) {
        var told = ProcessInstance(id: CSAProcessID("p2"), state: ProcessInstanceState(word: state))
        told.returnCode = .timeout
        for representative in [hold(.ended, result: .resolved), hold(.superseded)] {
            let answer = EndedLaunchAnswer(hold(.coalesced), representative: representative, told: told)
            #expect(word(answer) == (["ACTIVE", "NEW"].contains(state) ? "wait" : "\(state) TIMEOUT"))
        }
    }
}
