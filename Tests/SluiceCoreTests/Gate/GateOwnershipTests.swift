import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// A hold that was asked for without any id belongs to the first of its principal that takes it.
@Suite struct GateOwnershipTests {
    private func answer(
        _ hold: Hold, askID: String, ticket: Bool = true
    ) -> (decision: Decision?, changes: [Change]) {
        var gate = GateState.fixture(mode: .open)
        var request = hold.request
        request.askID = AskID(askID)
        request.ticket = ticket ? hold.ticket : nil
        let ask = Ask.fixture(7, request: request)
        _ = gate.step(.requested(ask), at: .fixture)
        var facts = LookupFacts()
        facts.ticketHold = hold
        var effects = gate.step(.lookedUp(ask.ref, facts), at: .fixture)
        var changes: [Change] = []
        if case .commit(let ref, let committed)? = effects.first {
            changes = committed
            effects = gate.step(.committed(ref), at: .fixture)
        }
        guard case .answer(_, .decided(let answer))? = effects.first else { return (nil, changes) }
        return (answer.decision, changes)
    }

    @Test func letsOnlyTheFirstTakerStartIt() throws {
        let hold = Hold.fixture(1, state: .released, request: .fixture(launcher: .caller))
        let first = answer(hold, askID: "a")
        #expect(first.decision == .proceed(.released))
        let moves = first.changes.compactMap { if case .moveHold(let move) = $0 { move } else { nil } }
        let move = try #require(moves.first)
        let taken = try #require(hold.applying(move))
        #expect(taken.request.askID == AskID("a"))
        #expect(answer(taken, askID: "a").decision == .proceed(.released), "the same question, the same answer")
        #expect(answer(taken, askID: "b").decision == .reject(.duplicate))
    }

    @Test func keepsTheOwnerOfAHoldThatHasOne() throws {
        var request = LaunchRequest.fixture(launcher: .caller)
        request.askID = AskID("a")
        let hold = Hold.fixture(1, state: .released, request: request)
        #expect(answer(hold, askID: "b").decision == .hold(.maintenance))
        #expect(answer(hold, askID: "a").decision == .proceed(.released))
    }

    @Test("a pass of the same attempt number but another name is not the present one")
    func comparesThePassAndNotOnlyTheAttempt() {
        let hold = Hold.fixture(1, state: .launching)
        let claims = PassClaims(
            id: .fixture(99), kind: .attempt, flow: .fixture, ticket: hold.ticket, attempt: hold.attempt,
            epoch: Epoch(2), expiresAt: Moment.fixture.wall.advanced(by: .seconds(60)))
        var request = LaunchRequest.fixture(source: .flow)
        request.askID = AskID("q")
        var gate = GateState.fixture(mode: .open)
        let ask = Ask.fixture(3, request: request, presented: .genuine(claims))
        _ = gate.step(.requested(ask), at: .fixture)
        var facts = LookupFacts()
        facts.passHold = hold
        let effects = gate.step(.lookedUp(ask.ref, facts), at: .fixture)
        guard case .answer(_, .decided(let answer))? = effects.first else { return #expect(Bool(false)) }
        #expect(answer.decision == .reject(.duplicate))
    }

    @Test("only what closes something voids releases", arguments: [GateMode.hold, .refuse])
    func keepsReleasesWhenOnlyTheReasonChanges(mode: GateMode) {
        var gate = GateState.fixture(mode: .hold)
        let change = ModeChange(ref: .init(1), mode: mode, by: Principal("o"), reason: "another reason")
        let effects = gate.step(.modeRequested(change), at: .fixture)
        guard case .commitMode(let changes)? = effects.first else { return #expect(Bool(false)) }
        #expect(!changes.contains { if case .recallReleased = $0 { true } else { false } })
    }
}
