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

    @Test("R6 the pass of an execution opens a closed gate no longer than anybody can find out whether it runs")
    func endsWhatHasNoEndThatCouldBeLookedUp() throws {
        let wall = Moment.fixture.wall
        // Let through as it is, without a pass and with one for its start.
        let attempt = PassClaims(
            id: .fixture(3), kind: .attempt, flow: .fixture, epoch: Epoch(1),
            expiresAt: wall.advanced(by: .seconds(60)))
        for presented in [PassPresented.none, .genuine(attempt)] {
            for runID in [nil, ExecutionID("7")] {
                var gate = GateState.fixture(
                    mode: .open, policy: .fixture { $0.unnamedAdmissionLifetime = .seconds(60) })
                var request = LaunchRequest.fixture(source: .flow)
                request.askID = AskID("q")
                request.runID = runID
                let (reply, _) = gate.decide(.fixture(1, request: request, presented: presented), LookupFacts())
                let pass = try #require(reply?.answer?.pass)
                let seconds: Int64 = runID == nil ? 60 : 7 * 86_400
                #expect(pass.kind == .admission && pass.runID == runID && pass.ticket == nil)
                #expect(pass.expiresAt == wall.advanced(by: .seconds(seconds)), "\(presented), \(runID as Any)")
            }
        }
        // A copy of it, after a close.
        var copy = claims(runID: nil)
        copy.expiresAt = wall
        #expect(decide(copy, admission: nil) == .hold(.maintenance))
    }

    @Test("R6 an execution that does not name itself and takes its hold is admitted until the hold is over")
    func endsWithTheHoldThatItTook() throws {
        var gate = GateState.fixture(mode: .open)
        var request = LaunchRequest.fixture(source: .flow, launcher: .caller)
        request.askID = AskID("q")
        request.ticket = .fixture(1)
        var facts = LookupFacts()
        var hold = Hold.fixture(1, state: .released)
        hold.request.launcher = .caller
        hold.request.askID = request.askID
        facts.ticketHold = hold
        let (reply, _) = gate.decide(.fixture(1, request: request), facts)
        let pass = try #require(reply?.answer?.pass)
        #expect(pass.kind == .admission && pass.ticket == hold.ticket && pass.runID == nil)
        for (state, decision) in [(HoldState.running, Decision.proceed(.admitted)), (.ended, .hold(.maintenance))] {
            var gate = GateState.fixture(mode: .hold)
            var nested = LaunchRequest.fixture(flow: FlowID("nested"), source: .flow)
            nested.askID = AskID("n")
            var facts = LookupFacts()
            facts.passHold = Hold.fixture(1, state: state)
            let (reply, _) = gate.decide(.fixture(2, request: nested, presented: .genuine(pass)), facts)
            #expect(reply?.answer?.decision == decision)
        }
    }

    @Test("R25 an execution that was let through and asks again, late or at a nested gate, is not held a second time")
    func knowsAnExecutionThatItLetThrough() {
        // Seed 4692 (crashes): the same with a start pass that expired while the copy lay in a frozen replica.
        let expired = PassClaims(
            id: .fixture(9), kind: .attempt, flow: .fixture, epoch: Epoch(1),
            expiresAt: Moment.fixture.wall.advanced(by: .seconds(-1)))
        // Found by the simulator (seed 886, disk): a copy of a gate step's question that a frozen replica read after
        // the gate had closed made a hold of an execution that was at work, and its work was done again.
        func decide(
            _ admission: Admission?, _ presented: PassPresented = .none
        ) -> (Decision?, ExecutionID?) {
            var gate = GateState.fixture(mode: .hold)
            var request = LaunchRequest.fixture(source: .flow)
            request.askID = AskID("q")
            request.runID = ExecutionID("7")
            let ask = Ask.fixture(1, request: request, presented: presented)
            let lookUp = gate.step(.requested(ask), at: .fixture)
            guard case .lookUp(_, let keys, _)? = lookUp.first else { return (nil, nil) }
            var facts = LookupFacts()
            facts.passAdmission = admission
            var effects = gate.step(.lookedUp(ask.ref, facts), at: .fixture)
            if case .commit(let ref, _)? = effects.first { effects = gate.step(.committed(ref), at: .fixture) }
            guard case .answer(_, .decided(let answer))? = effects.first else { return (nil, nil) }
            return (answer.decision, keys.passRunID)
        }
        var admission = Admission(
            executionID: ExecutionID("7"), flow: .fixture, reason: .open, at: Moment.fixture.wall)
        for presented in [PassPresented.none, .genuine(expired)] {
            let (decision, asked) = decide(admission, presented)
            #expect(decision == .proceed(.continuation) && asked == ExecutionID("7"), "\(presented)")
            #expect(decide(nil, presented).0 == .hold(.maintenance))
        }
        #expect(decide(nil).0 == .hold(.maintenance))
        admission.endedAt = Moment.fixture.wall
        #expect(decide(admission).0 == .hold(.maintenance))
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
