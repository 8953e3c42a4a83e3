import SluiceModel
import SluiceTestKit
import Testing

@Suite struct HoldMoveTests {
    private func move(_ edit: (inout HoldMove) -> Void = { _ in }) -> HoldMove {
        var move = HoldMove(
            ticket: .fixture(1), from: [.held], attempt: 0, to: .released, at: Timestamp(milliseconds: 9), by: .sluice,
            cause: "why")
        edit(&move)
        return move
    }

    @Test func movesOnlyTheHoldItWasMadeForInTheStateAndAttemptItExpects() {
        let hold = Hold.fixture(1)
        #expect(hold.applying(move())?.state == .released)
        #expect(hold.applying(move { $0.ticket = .fixture(2) }) == nil)
        #expect(hold.applying(move { $0.from = [.released, .launching] }) == nil)
        #expect(hold.applying(move { $0.attempt = 1 }) == nil)
        #expect(hold.applying(move { $0.attempt = nil })?.state == .released)
    }

    @Test func setsWhatItSaysAndLeavesTheRest() throws {
        var hold = Hold.fixture(1, state: .launching)
        hold.retryAt = Timestamp(milliseconds: 4)
        let bare = try #require(
            hold.applying(
                move {
                    $0.from = [.launching]; $0.attempt = 1; $0.to = .running
                }))
        #expect(bare.state == .running && bare.stateSince.milliseconds == 9 && bare.cause == "why")
        #expect(bare.attempt == 1 && bare.passID == hold.passID && bare.retryAt == hold.retryAt)
        #expect(bare.releasedEpoch == hold.releasedEpoch && bare.executionID == nil && bare.result == nil)
        var update = HoldUpdate()
        update.releasedEpoch = Epoch(9)
        update.attempt = 2
        update.attemptAt = Timestamp(milliseconds: 8)
        update.passID = .fixture(5)
        update.retryAt = Timestamp(milliseconds: 7)
        update.executionID = ExecutionID("6")
        update.result = .resolved
        let full = try #require(
            hold.applying(
                move {
                    $0.from = [.launching]; $0.attempt = 1; $0.update = update
                }))
        #expect(full.releasedEpoch == Epoch(9) && full.attempt == 2 && full.attemptAt?.milliseconds == 8)
        #expect(full.passID == .fixture(5) && full.retryAt?.milliseconds == 7)
        #expect(full.executionID == ExecutionID("6") && full.result == .resolved)
    }

    @Test func finalStatesBlockNoOrderingKey() {
        let final: Set<HoldState> = [.ended, .coalesced, .superseded, .expired, .discarded]
        for state in HoldState.allCases {
            #expect(state.isFinal == final.contains(state))
            #expect(state.blocksOrderingKey != final.contains(state))
        }
    }
}
