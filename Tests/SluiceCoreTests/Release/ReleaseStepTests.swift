import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// What keeps the release from waiting for, running after, or forgetting the wrong thing.
@Suite struct ReleaseStepTests {
    private func release(policy: ReleasePolicy = ReleasePolicy()) -> ReleaseState {
        var state = ReleaseState(gate: .fixture(.open), policy: policy, flows: [:], at: .fixture)
        state.isProven = true
        return state
    }

    private func moves(_ effects: [ReleaseEffect]) -> [HoldMove] {
        effects.flatMap { effect -> [HoldMove] in
            guard case .commit(_, let changes) = effect else { return [] }
            return changes.compactMap { if case .moveHold(let move) = $0 { move } else { nil } }
        }
    }

    private func running(key: OrderingKey? = nil) -> Hold {
        var request = LaunchRequest.fixture()
        request.orderingKey = key
        var hold = Hold.fixture(1, state: .running, request: request)
        hold.executionID = ExecutionID("7")
        return hold
    }

    @Test("an execution that Central lists late is not taken for ended", arguments: [nil, OrderingKey("k")])
    func waitsForTheListingLag(key: OrderingKey?) {
        var state = release(policy: ReleasePolicy(pollInterval: .seconds(5), listingLag: .seconds(60)))
        _ = state.step(.recovered([running(key: key)]), at: .fixture)
        for second in stride(from: 0, to: 60, by: 5) {
            let now = Moment.fixture.advanced(by: .seconds(second))
            #expect(moves(state.step(.observed([], asked: [ExecutionID("7")]), at: now)).isEmpty)
        }
        var verdicts: [HoldMove] = []
        for second in stride(from: 60, to: 90, by: 5) {
            let now = Moment.fixture.advanced(by: .seconds(second))
            verdicts += moves(state.step(.observed([], asked: [ExecutionID("7")]), at: now))
        }
        #expect(verdicts.map(\.to) == [key == nil ? .ended : .awaitingOperator])
    }

    @Test("a caller's hold is let go though Central cannot be reached and the ceiling is full")
    func letsCallersGoWhateverCentralDoes() {
        var state = release(policy: ReleasePolicy(ceiling: 1))
        _ = state.step(.recovered([running()]), at: .fixture)
        let later = Moment.fixture.advanced(by: .seconds(10))
        let effects = state.step(.ticked, at: later)
        #expect(
            effects.contains(
                .fetch(
                    includesHeld: true, launcher: .caller, lane: nil, after: nil, limit: ReleaseLimits.candidateCountMax
                )))
        let callers = [Hold.fixture(2, request: .fixture(launcher: .caller)), Hold.fixture(3)]
        let page = ReleaseEvent.candidates(callers, passIDs: [.fixture(2), .fixture(3)], isLastPage: true)
        let released = moves(state.step(page, at: later))
        #expect(released.map(\.ticket) == [.fixture(2)])
        #expect(released.map(\.to) == [.released])
    }

    @Test(
        "a long walk past holds that cannot start is not taken again each second, but a change of the gate starts one")
    func restsAfterAFruitlessWalk() {
        var gate = GateRecord.fixture(.open)
        gate.scopes = [
            ScopeMode(
                scope: .source(.csa), mode: .hold, since: Moment.fixture.wall, by: Principal("o"), reason: "r")
        ]
        var state = ReleaseState(gate: gate, policy: ReleasePolicy(), flows: [:], at: .fixture)
        state.isProven = true
        let closed = (1...200).map { Hold.fixture(UInt64($0), request: .fixture(source: .csa)) }
        let passIDs = closed.map { PassID.fixture($0.ticket.ulid.low) }
        _ = state.step(.ticked, at: .fixture)
        _ = state.step(.lanesRead([Lane(id: LaneID(nil), priority: .ordinary)]), at: .fixture)
        _ = state.step(.candidates(closed, passIDs: passIDs, isLastPage: false), at: .fixture)
        _ = state.step(.candidates(closed, passIDs: passIDs, isLastPage: true), at: .fixture)
        func fetches(after seconds: Int) -> Bool {
            let now = Moment.fixture.advanced(by: .seconds(seconds))
            return state.step(.ticked, at: now).contains { if case .fetchLanes = $0 { true } else { false } }
        }
        #expect(!fetches(after: 2))
        #expect(!fetches(after: 5))
        let changed = state.step(
            .gateChanged(.fixture(.open, epoch: Epoch(9)), closedEpoch: Epoch(2)),
            at: Moment.fixture.advanced(by: .seconds(6)))
        #expect(changed.contains { if case .fetch = $0 { true } else { false } })
    }

    @Test("an attempt without a pass on record counts as ungated, whatever is known of its flow by now")
    func judgesAnAttemptByWhatWasSent() {
        let gated = FlowID("gated")
        let known = KnownFlow(id: gated, name: "g", path: "g", contentPack: "p", isGated: true, inputs: [])
        for hasPass in [true, false] {
            var hold = Hold.fixture(1, state: .launching, request: .fixture(flow: gated))
            if !hasPass { hold.passID = nil }
            let policy = ReleasePolicy(listingLag: .seconds(60))
            var state = ReleaseState(gate: .fixture(.open), policy: policy, flows: [gated: known], at: .fixture)
            _ = state.step(.recovered([hold]), at: .fixture)
            var verdicts: [HoldMove] = []
            for second in [61, 70] {
                let now = Moment.fixture.advanced(by: .seconds(second))
                verdicts += moves(
                    state.step(.scanned(hits: [], begunAt: now.monotonic, isFull: true), at: now))
                _ = state.step(.ticked, at: now.advanced(by: .seconds(6)))
            }
            #expect(verdicts.map(\.to) == [hasPass ? .held : .awaitingOperator])
        }
    }

    @Test("told to stop, it sends nothing that is not yet sent, and says when all is quiet")
    func recallsIntentsWhenPaused() {
        var state = release()
        let page = ReleaseEvent.candidates([.fixture(1)], passIDs: [.fixture(1)], isLastPage: true)
        let effects = state.step(page, at: .fixture)
        #expect(!state.isQuiet)
        _ = state.step(.paused, at: .fixture)
        var after: [ReleaseEffect] = []
        for case .commit(let ref, _) in effects { after += state.step(.committed(ref), at: .fixture) }
        #expect(!after.contains { if case .launch = $0 { true } else { false } })
        #expect(moves(after).map(\.to) == [.held])
        for case .commit(let ref, _) in after { _ = state.step(.committed(ref), at: .fixture) }
        #expect(state.isQuiet)
    }
}
