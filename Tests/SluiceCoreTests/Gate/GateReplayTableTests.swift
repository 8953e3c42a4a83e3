import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Rules 0 to 2 over their whole product, against answers written out from product.md by hand.
@Suite struct GateReplayTableTests {
    enum Who: String, CaseIterable { case same, otherQuestion, otherPrincipal }
    enum Way: String, CaseIterable { case ticket, askID, key }

    /// One point of the product.
    struct Case {
        var way: Way
        var state: HoldState
        var who: Who
        var launcher: Launcher
        var isGateOpen: Bool
        /// Whether the gate closed after the hold was released.
        var isClosedSince: Bool
        var isWithinWindow: Bool
        var isExpired: Bool
    }

    static var product: [Case] {
        var cases: [Case] = []
        for way in Way.allCases {
            for state in HoldState.allCases {
                for who in Who.allCases where way == .ticket || who == .same {
                    for launcher in Launcher.allCases {
                        for bits in 0..<16 {
                            cases.append(
                                Case(
                                    way: way, state: state, who: who, launcher: launcher, isGateOpen: bits & 1 != 0,
                                    isClosedSince: bits & 2 != 0, isWithinWindow: bits & 4 != 0,
                                    isExpired: bits & 8 != 0))
                        }
                    }
                }
            }
        }
        return cases
    }

    /// product.md, rules 1 and 2, in the words of the table on `Hold`.
    private func expected(_ point: Case) -> String {
        let isCallers = point.who == .same && point.launcher == .caller
        switch point.state {
        case .held: return "hold maintenance"
        case .awaitingOperator: return "hold being-launched"
        case .released:
            guard isCallers else { return "hold maintenance" }
            if point.isExpired { return "reject expired" }
            return point.isClosedSince && !point.isGateOpen ? "hold maintenance" : "proceed released"
        case .launching:
            if isCallers, point.isWithinWindow { return "proceed released" }
            return point.launcher == .sluice ? "hold being-launched" : "reject duplicate"
        case .running: return isCallers && point.isWithinWindow ? "proceed released" : "reject duplicate"
        case .ended, .superseded: return point.way == .ticket ? "reject unknown-ticket" : "reject duplicate"
        // Only its own principal is told what became of it.
        case .expired: return point.who == .otherPrincipal ? "reject unknown-ticket" : "reject expired"
        case .coalesced, .discarded:
            return point.who == .otherPrincipal ? "reject unknown-ticket" : "reject not-started"
        }
    }

    private func decide(_ point: Case) -> (reply: Reply?, changes: [Change]) {
        let record = GateRecord.fixture(point.isGateOpen ? .open : .hold, epoch: Epoch(5))
        var gate = GateState(record: record, policy: GatePolicy())
        let now = Moment.fixture
        var first = LaunchRequest.fixture(launcher: point.launcher)
        first.askID = point.way == .key ? nil : AskID("first")
        if point.isExpired { first.expiresAt = now.wall.advanced(by: .seconds(-1)) }
        var hold = Hold.fixture(1, state: point.state, request: first)
        hold.releasedEpoch = point.isClosedSince ? Epoch(4) : Epoch(5)
        hold.attemptAt = now.wall.advanced(by: point.isWithinWindow ? .seconds(-59) : .seconds(-60))
        hold.passID = .fixture(1)
        var request = first
        if point.who == .otherQuestion { request.askID = AskID("other") }
        var facts = LookupFacts()
        switch point.way {
        case .ticket:
            request.ticket = hold.ticket
            facts.ticketHold = hold
        case .askID: facts.askHold = hold
        case .key:
            request.idempotencyKey = IdempotencyKey("k")
            facts.idempotencyHold = hold
            facts.idempotency = IdempotencyRecord(
                principal: .fixture, key: IdempotencyKey("k"), fingerprint: Ask.fixture().fingerprint!,
                outcome: .held(hold.ticket), at: now.wall, forgetAt: now.wall.advanced(by: .seconds(99)))
        }
        let principal = point.who == .otherPrincipal ? Principal("stranger") : .fixture
        return gate.decide(.fixture(7, request: request, principal: principal), facts, at: now)
    }

    @Test("R19 whoever asks again is answered by the state of the first question's hold")
    func answersEveryReplayAsTheTableSays() {
        var count = 0
        for point in Self.product {
            count += 1
            #expect(decide(point).reply?.text == expected(point), "\(point)")
        }
        #expect(count == 10 * 2 * 16 * (3 + 1 + 1))
    }

    @Test("R1 after a close no replay is let through, unless its launch is in its start window")
    func noReplayProceedsAfterAClose() {
        for point in Self.product where !point.isGateOpen && point.isClosedSince {
            guard decide(point).reply?.answer?.decision.isProceed == true else { continue }
            #expect(point.isWithinWindow && (point.state == .launching || point.state == .running), "\(point)")
        }
    }

    @Test func takingAHoldIsGuardedByItsStateAndAttempt() throws {
        let point = Case(
            way: .ticket, state: .released, who: .same, launcher: .caller, isGateOpen: true, isClosedSince: false,
            isWithinWindow: false, isExpired: false)
        let (reply, changes) = decide(point)
        #expect(changes.first == .expectOpen(since: Epoch(5)), "\(changes)")
        guard changes.count > 1, case .moveHold(let move) = changes[1] else { return #expect(Bool(false)) }
        #expect(move.from == [.released] && move.attempt == 0 && move.to == .launching && move.update.attempt == 1)
        let pass = try #require(reply?.answer?.pass)
        #expect(pass.id == move.update.passID && pass.attempt == 1 && pass.kind == .attempt)
        #expect(pass.expiresAt == Moment.fixture.wall.advanced(by: .seconds(60)))
    }

    @Test func aStepOfTheWallClockCannotStretchAStartWindowForLong() {
        let policy = GatePolicy()
        for (stepSeconds, isProceed) in [(0, true), (-30, true), (-61, false), (-3600, false), (61, false)] {
            var gate = GateState(record: .fixture(.hold), policy: policy)
            var request = LaunchRequest.fixture(launcher: .caller)
            request.askID = AskID("a")
            var facts = LookupFacts()
            facts.askHold = Hold.fixture(1, state: .launching, request: request)
            var now = Moment.fixture
            now.wall = now.wall.advanced(by: .seconds(stepSeconds))
            let reply = gate.decide(.fixture(7, request: request), facts, at: now).reply
            #expect(reply?.answer?.decision.isProceed == isProceed, "\(stepSeconds)")
        }
    }

    @Test(arguments: [nil, FlowID("other")])
    func aTicketOfNothingOrOfAnotherFlowIsUnknown(flow: FlowID?) {
        var gate = GateState.fixture(mode: .open)
        var request = LaunchRequest.fixture()
        request.ticket = .fixture(1)
        request.askID = AskID("a")
        var facts = LookupFacts()
        if let flow { facts.ticketHold = .fixture(1, request: .fixture(flow: flow)) }
        #expect(gate.decide(.fixture(7, request: request), facts).reply?.text == "reject unknown-ticket")
    }

    // MARK: Rule 2: what was let through under a key

    @Test("R19 a key that was let through is repeated only within its start window and epoch")
    func repeatsAProceedWithinItsWindowAndEpochOnly() {
        for mode in GateMode.allCases {
            for isSameEpoch in [true, false] {
                for ageSeconds in [0, 59, 60, 6000] {
                    for isSameBody in [true, false] {
                        var gate = GateState(record: .fixture(mode, epoch: Epoch(5)), policy: GatePolicy())
                        var request = LaunchRequest.fixture()
                        request.idempotencyKey = IdempotencyKey("k")
                        let now = Moment.fixture
                        var facts = LookupFacts()
                        facts.idempotency = IdempotencyRecord(
                            principal: .fixture, key: IdempotencyKey("k"),
                            fingerprint: isSameBody ? Ask.fixture().fingerprint! : Fingerprint([1]),
                            outcome: .proceeded(Epoch(isSameEpoch ? 5 : 4), .fixture(42)),
                            at: now.wall.advanced(by: .seconds(-ageSeconds)),
                            forgetAt: now.wall.advanced(by: .seconds(99)))
                        let (reply, changes) = gate.decide(.fixture(7, request: request), facts)
                        let expected =
                            !isSameBody
                            ? "refused keyReused"
                            : isSameEpoch && ageSeconds < 60 ? "proceed repeated" : "reject duplicate"
                        #expect(reply?.text == expected)
                        #expect(changes.isEmpty)
                        if let pass = reply?.answer?.pass {
                            #expect(pass.id == .fixture(42))
                            #expect(pass.expiresAt == now.wall.advanced(by: .seconds(60 - ageSeconds)))
                        }
                    }
                }
            }
        }
    }

    @Test("R46 a key or question still being decided is told apart from a decision")
    func asksStillBeingDecidedAreRefusedDistinctly() {
        var gate = GateState.fixture(mode: .open)
        var keyed = LaunchRequest.fixture()
        keyed.idempotencyKey = IdempotencyKey("k")
        var asked = LaunchRequest.fixture()
        asked.askID = AskID("a")
        #expect(gate.step(.requested(.fixture(1, request: keyed)), at: .fixture).map(\.kind) == ["lookUp"])
        #expect(
            gate.step(.requested(.fixture(2, request: keyed)), at: .fixture).map(\.kind) == ["refused keyInProgress"])
        #expect(gate.step(.requested(.fixture(3, request: asked)), at: .fixture).map(\.kind) == ["lookUp"])
        #expect(
            gate.step(.requested(.fixture(4, request: asked)), at: .fixture).map(\.kind) == ["refused askInProgress"])
        let stranger = Ask.fixture(5, request: keyed, principal: Principal("stranger"))
        #expect(gate.step(.requested(stranger), at: .fixture).map(\.kind) == ["lookUp"])
        // A question refused for one key must not have taken the other.
        var both = keyed
        both.askID = AskID("b")
        #expect(
            gate.step(.requested(.fixture(6, request: both)), at: .fixture).map(\.kind) == ["refused keyInProgress"])
        both.idempotencyKey = IdempotencyKey("free")
        #expect(gate.step(.requested(.fixture(7, request: both)), at: .fixture).map(\.kind) == ["lookUp"])
        #expect(gate.step(.lookUpFailed(Ask.Ref(1)), at: .fixture).map(\.kind) == ["refused storeUnavailable"])
        #expect(gate.step(.requested(.fixture(8, request: keyed)), at: .fixture).map(\.kind) == ["lookUp"])
    }
}
