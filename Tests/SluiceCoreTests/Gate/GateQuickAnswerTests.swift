import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// `answerNow` is a short way to the same answer: it lets through nothing that a question on the long way would not.
@Suite struct GateQuickAnswerTests {
    private static let start = Moment.fixture

    private static func at(_ seconds: Int64) -> Moment {
        Moment(
            wall: start.wall.advanced(by: .seconds(seconds)), monotonic: start.monotonic.advanced(by: .seconds(seconds))
        )
    }

    private static func randomRequest(_ random: inout SeededGenerator) -> LaunchRequest {
        func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
        var request = LaunchRequest.fixture(
            flow: FlowID(oneIn(3) ? "other" : "f"), source: LaunchSource.allCases.randomElement(using: &random)!,
            launcher: oneIn(3) ? .caller : .sluice)
        if oneIn(12) { request.ticket = .fixture(1) }
        if oneIn(12) { request.askID = AskID("a") }
        if oneIn(12) { request.idempotencyKey = IdempotencyKey("k") }
        if oneIn(12) { request.orderingKey = OrderingKey("o") }
        if oneIn(12) { request.parentRunID = ExecutionID("1") }
        if oneIn(12) { request.runID = ExecutionID("2") }
        if oneIn(12) { request.csaInstanceID = CSAInstanceID("c") }
        if oneIn(12) { request.coalesceKey = CoalesceKey("x") }
        if oneIn(12) { request.notBefore = start.wall.advanced(by: .seconds(Int.random(in: -5...5, using: &random))) }
        if oneIn(12) { request.expiresAt = start.wall.advanced(by: .seconds(Int.random(in: -5...5, using: &random))) }
        if oneIn(3) { request.inputs = [LaunchInput(name: "p", value: .sealed(SealedBytes([1])))] }
        return request
    }

    private static func randomGate(_ random: inout SeededGenerator) -> GateState {
        func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
        var policy = GatePolicy(keepsSecrets: oneIn(2))
        if oneIn(4) { policy.allowRules = [AllowRule(name: "r", source: .csa)] }
        if oneIn(4) {
            policy.hasInterceptors = true
            if oneIn(2) { policy.interceptorMatches = [LaunchMatch(source: .scheduler)] }
        }
        var record = GateRecord.fixture(oneIn(4) ? GateMode.allCases.randomElement(using: &random)! : .open)
        if oneIn(4) {
            record.scopes = [
                ScopeMode(
                    scope: .flow(FlowID("other")), mode: .hold, since: start.wall, by: Principal("o"), reason: "a test")
            ]
        }
        let lease: Lease = oneIn(6) ? .none : oneIn(3) ? .until(at(2).monotonic) : .unending
        var gate = GateState(record: record, policy: policy, lease: lease)
        if oneIn(8) { _ = gate.step(.storeLost, at: start) }
        if oneIn(8) {
            let close = ModeChange(ref: .init(1), mode: .hold, by: Principal("o"), reason: "a close on its way")
            _ = gate.step(.modeRequested(close), at: start)
        }
        return gate
    }

    /// Random gates and questions: what is answered at once is what the long way says, with the same count of launches
    /// in flight; and whenever the long way lets something through at once, so does this.
    @Test func answersAsTheLongWayDoes() {
        var random = SeededGenerator(seed: 20_261_127)
        var answeredCount = 0
        for round in 0..<20_000 {
            var quick = Self.randomGate(&random)
            var long = quick
            let presented: PassPresented = Int.random(in: 0..<20, using: &random) == 0 ? .forged : .none
            let ask = Ask.fixture(request: Self.randomRequest(&random), presented: presented)
            let now = Self.at(Int64.random(in: 0...4, using: &random))
            let before = quick.fingerprint
            let inFlightBefore = quick.inFlightCount(at: now.monotonic)
            let answer = quick.answerNow(ask, at: now)
            let effects = long.step(.requested(ask), at: now)
            if let answer {
                answeredCount += 1
                #expect(effects == [.answer(ask.ref, .decided(answer))], "round \(round): \(ask)")
            } else {
                #expect(effects.first?.reply?.answer?.decision.isProceed != true, "round \(round): \(ask)")
                #expect(quick.inFlightCount(at: now.monotonic) == inFlightBefore, "round \(round): \(ask)")
            }
            #expect(quick.fingerprint == before, "round \(round): \(ask)")
            if answer != nil {
                #expect(
                    quick.inFlightCount(at: now.monotonic) == long.inFlightCount(at: now.monotonic),
                    "round \(round): \(ask)")
            }
        }
        #expect(answeredCount > 2000)
    }

    @Test("R1 without a lease nothing is answered at once either")
    func needsTheLease() {
        var gate = GateState(record: .fixture(), policy: GatePolicy(), lease: .until(Self.at(2).monotonic))
        #expect(gate.answerNow(.fixture(), at: Self.at(1)) != nil)
        #expect(gate.answerNow(.fixture(), at: Self.at(2)) == nil)
        _ = gate.step(.leaseExtended(.until(Self.at(5).monotonic)), at: Self.at(3))
        #expect(gate.answerNow(.fixture(), at: Self.at(4)) != nil)
        _ = gate.step(.leaseLost, at: Self.at(4))
        #expect(gate.answerNow(.fixture(), at: Self.at(4)) == nil)
    }
}
