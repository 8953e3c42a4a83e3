import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// An admission pass is worth something only while the execution that it admitted has not ended.
@Suite struct GateAdmissionTests {
    private func decide(_ claims: PassClaims, admission: Admission?) -> Decision? {
        var gate = GateState.fixture(mode: .hold)
        var request = LaunchRequest.fixture(flow: FlowID("nested"), source: .flow)
        request.askID = AskID("q")
        let ask = Ask.fixture(1, request: request, presented: .genuine(claims))
        let lookUp = gate.step(.requested(ask), at: .fixture)
        guard case .lookUp(_, let keys, _)? = lookUp.first, keys.passRunID == claims.runID else { return nil }
        var facts = LookupFacts()
        facts.passAdmission = admission
        var effects = gate.step(.lookedUp(ask.ref, facts), at: .fixture)
        if case .commit(let ref, _)? = effects.first { effects = gate.step(.committed(ref), at: .fixture) }
        guard case .answer(_, .decided(let answer))? = effects.first else { return nil }
        return answer.decision
    }

    private func claims(runID: ExecutionID?) -> PassClaims {
        PassClaims(
            id: .fixture(1), kind: .admission, flow: .fixture, epoch: Epoch(1),
            expiresAt: Moment.fixture.wall.advanced(by: .seconds(60)), runID: runID)
    }

    @Test func admitsNestedGatesWhileItsExecutionRuns() {
        let running = Admission(
            executionID: ExecutionID("7"), flow: .fixture, reason: .open, at: Moment.fixture.wall)
        #expect(decide(claims(runID: ExecutionID("7")), admission: running) == .proceed(.admitted))
        #expect(decide(claims(runID: nil), admission: nil) == .proceed(.admitted))
    }

    @Test("R6 a pass of an execution that has ended, or that nobody admitted, opens no closed gate")
    func isWorthNothingOnceItsExecutionHasEnded() {
        let ended = Admission(
            executionID: ExecutionID("7"), flow: .fixture, reason: .open, at: Moment.fixture.wall,
            endedAt: Moment.fixture.wall)
        #expect(decide(claims(runID: ExecutionID("7")), admission: ended) == .hold(.maintenance))
        #expect(decide(claims(runID: ExecutionID("7")), admission: nil) == .hold(.maintenance))
    }

    @Test("after a process took over, one launch counts as in flight for a whole start window")
    func countsWhatTheProcessBeforeMayHaveLetThrough() {
        let start = Moment.fixture.monotonic
        let gate = GateState(record: .fixture(.hold), policy: GatePolicy(), resumedAt: start)
        #expect(gate.inFlightCount(at: start.advanced(by: .seconds(59))) == 1)
        #expect(gate.inFlightCount(at: start.advanced(by: .seconds(62))) == 0)
        #expect(GateState(record: .fixture(.hold), policy: GatePolicy()).inFlightCount(at: start) == 0)
    }

    @Test("a hand release outlives a restart after an unrelated opening")
    func keepsTheEpochOfTheLastClose() {
        var gate = GateState(record: .fixture(.open, epoch: Epoch(2)), policy: GatePolicy())
        func change(_ number: UInt64, _ mode: GateMode, _ scope: Scope?) {
            let change = ModeChange(ref: .init(number), scope: scope, mode: mode, by: Principal("o"), reason: "r")
            _ = gate.step(.modeRequested(change), at: .fixture)
            _ = gate.step(.modeCommitted, at: .fixture)
        }
        change(1, .hold, nil)
        change(2, .open, .tenant(TenantID("zz")))
        #expect(gate.record.epoch == Epoch(4))
        #expect(gate.record.closedEpoch == Epoch(3))
        #expect(GateState(record: gate.record, policy: GatePolicy()).closedEpoch == Epoch(3))
    }
}
