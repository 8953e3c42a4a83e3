import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What the end of an execution, or the lack of one, proves about the work of its hold.
@Suite struct ReleaseEvidenceTests {
    private static let gated = FlowID("gated")
    private static let flows = [
        gated: KnownFlow(id: gated, name: "g", path: "g", contentPack: "p", isGated: true, inputs: [])
    ]

    private func release(of hold: Hold) -> (state: ReleaseState, effects: [ReleaseEffect]) {
        var state = ReleaseState(gate: .fixture(.open), policy: ReleasePolicy(), flows: Self.flows, at: .fixture)
        let effects = state.step(.recovered([hold]), at: .fixture)
        return (state, effects)
    }

    private func running(isGated: Bool = true) -> Hold {
        var hold = Hold.fixture(1, state: .running, request: .fixture(flow: isGated ? Self.gated : .fixture))
        hold.executionID = ExecutionID("7")
        return hold
    }

    private func ended(_ type: String?, _ name: String, _ status: ExecutionStatus = .completed) -> ExecutionSummary {
        var summary = ExecutionSummary(id: ExecutionID("7"), status: status)
        summary.resultType = type
        summary.resultName = name
        return summary
    }

    private func destination(_ effects: [ReleaseEffect]) -> HoldState? {
        for case .commit(_, let changes) in effects {
            for case .moveHold(let move) in changes { return move.to }
        }
        return nil
    }

    @Test(arguments: [
        ("RESOLVED", "success", true, HoldState.ended), ("ERROR", "failure", true, .ended),
        ("NO_ACTION_TAKEN", "skipped", true, .ended), ("RESOLVED", "rejected", true, .ended),
        // Let through, but the gate step gave up before the answer came: the work may not have run.
        ("ERROR", "unreachable", true, .awaitingOperator),
        ("NO_ACTION_TAKEN", "held", false, .held), ("ERROR", "unreachable", false, .held),
        ("RESOLVED", "rejected", false, .held),
        // It did not ask and yet did something: perhaps it fails open.
        ("RESOLVED", "success", false, .awaitingOperator), ("ERROR", "failure", false, .awaitingOperator),
    ])
    func judgesAGatedExecutionByItsPass(type: String, name: String, isRedeemed: Bool, expected: HoldState) {
        var (state, _) = release(of: running())
        let asked = [ExecutionID("7")]
        let effects = state.step(.observed([ended(type, name)], asked: asked), at: .fixture)
        #expect(effects.contains(.readRedemption(.fixture(1), .fixture(1))))
        let verdict = state.step(.redemptionRead(.fixture(1), isRedeemed: isRedeemed), at: .fixture)
        #expect(destination(verdict) == expected)
    }

    @Test func leavesToTheOperatorWhatAPersonCancelledBeforeItAsked() {
        var (state, _) = release(of: running())
        _ = state.step(.observed([ended(nil, "", .canceled)], asked: [ExecutionID("7")]), at: .fixture)
        let verdict = state.step(.redemptionRead(.fixture(1), isRedeemed: false), at: .fixture)
        #expect(destination(verdict) == .awaitingOperator)
    }

    @Test func recordsTheEndOfAnUngatedExecutionAtOnce() {
        var (state, _) = release(of: running(isGated: false))
        let effects = state.step(.observed([ended("ERROR", "failure")], asked: [ExecutionID("7")]), at: .fixture)
        #expect(destination(effects) == .ended)
    }

    @Test(arguments: [(FlowID("gated"), true), (FlowID("another"), false)])
    func believesAnExecutionOfItsNameOnlyIfItIsOfItsFlow(flow: FlowID, isBelieved: Bool) {
        var hold = Hold.fixture(1, state: .launching, request: .fixture(flow: Self.gated))
        hold.executionID = nil
        var (state, _) = release(of: hold)
        var summary = ExecutionSummary(id: ExecutionID("9"), status: .running)
        summary.flow = flow
        let hit = ScanHit(ticket: .fixture(1), attempt: 1, summary: summary)
        let effects = state.step(
            .scanned(hits: [hit], begunAt: Moment.fixture.monotonic, isFull: true), at: .fixture)
        #expect((destination(effects) == .running) == isBelieved)
    }

    @Test("an attempt that never left this machine is none")
    func doesNotCountWhatWasNotSent() {
        var state = ReleaseState(gate: .fixture(.open), policy: ReleasePolicy(), flows: Self.flows, at: .fixture)
        let candidates = ReleaseEvent.candidates([.fixture(1)], passIDs: [.fixture(5)], isLastPage: true)
        for case .commit(let ref, _) in state.step(candidates, at: .fixture) {
            _ = state.step(.committed(ref), at: .fixture)
        }
        let effects = state.step(
            .outcome(.fixture(1), attempt: 1, .notSent(cause: "connection refused")), at: .fixture)
        for case .commit(_, let changes) in effects {
            for case .moveHold(let move) in changes { #expect(move.update.attempt == 0) }
        }
        #expect(destination(effects) == .released)
    }

    @Test("one launch probes Central before many follow: wrong credentials must not lock the account")
    func probesWithOneLaunchFirst() {
        var state = ReleaseState(gate: .fixture(.open), policy: ReleasePolicy(), flows: Self.flows, at: .fixture)
        let holds = (1...5).map { Hold.fixture($0) }
        let page = ReleaseEvent.candidates(holds, passIDs: holds.map { _ in .fixture(9) }, isLastPage: true)
        let later = Moment.fixture.advanced(by: .seconds(60))
        _ = state.step(.ticked, at: later)
        #expect(state.step(page, at: later).count { if case .commit = $0 { true } else { false } } == 1)
    }
}
