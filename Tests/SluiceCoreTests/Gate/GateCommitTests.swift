import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// No answer is given before the commit that it promises, and nothing is left behind by any ending.
@Suite struct GateCommitTests {
    private static let keyed = LaunchRequest.fixture {
        $0.askID = AskID("a")
        $0.idempotencyKey = IdempotencyKey("k")
        $0.orderingKey = OrderingKey("o")
    }

    @Test("R18 HELD is answered only after its commit", arguments: [GateMode.open, .hold])
    func answersAfterTheCommitAndNeverBefore(mode: GateMode) throws {
        var gate = GateState.fixture(mode: mode)
        #expect(gate.step(.requested(.fixture(1, request: Self.keyed)), at: .fixture).map(\.kind) == ["lookUp"])
        let effects = gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture)
        #expect(effects.map(\.kind) == ["commit"])
        let changes = try #require(effects[0].changes)
        #expect(changes.contains { if case .remember = $0 { true } else { false } })
        // Counted from its decision on: a close that is acknowledged now must know of it.
        #expect(gate.inFlightCount(at: Moment.fixture.monotonic) == (mode == .open ? 1 : 0))
        let answers = gate.step(.committed(Ask.Ref(1)), at: .fixture)
        #expect(answers.map(\.kind) == [mode == .open ? "proceed" : "hold"])
        #expect(gate.inFlightCount(at: Moment.fixture.monotonic) == (mode == .open ? 1 : 0))
    }

    @Test func aPlainHoldWithoutAnyKeyIsCommittedToo() {
        var gate = GateState.fixture(mode: .hold)
        #expect(gate.step(.requested(.fixture(1)), at: .fixture).map(\.kind) == ["commit"])
        #expect(gate.step(.commitFailed(Ask.Ref(1)), at: .fixture).map(\.kind) == ["refused storeUnavailable"])
    }

    @Test func aConflictIsDecidedAnewAFewTimesAndThenContended() {
        var gate = GateState.fixture(mode: .hold)
        var effects = gate.step(.requested(.fixture(1, request: Self.keyed)), at: .fixture)
        for _ in 0..<GateLimits.conflictRetryCountMax {
            #expect(effects.map(\.kind) == ["lookUp"])
            #expect(gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture).map(\.kind) == ["commit"])
            effects = gate.step(.conflicted(Ask.Ref(1)), at: .fixture)
        }
        _ = gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture)
        #expect(gate.step(.conflicted(Ask.Ref(1)), at: .fixture).map(\.kind) == ["refused contended"])
        #expect(gate.pending.isEmpty && gate.keysInProgress.isEmpty && gate.orderingKeysWatched.isEmpty)
    }

    @Test("R19 two questions with one key that race make one launch")
    func theLoserOfARaceFindsTheWinnersHold() {
        var gate = GateState.fixture(mode: .hold)
        _ = gate.step(.requested(.fixture(1, request: Self.keyed)), at: .fixture)
        _ = gate.step(.lookedUp(Ask.Ref(1), LookupFacts()), at: .fixture)
        #expect(gate.step(.conflicted(Ask.Ref(1)), at: .fixture).map(\.kind) == ["lookUp"])
        var facts = LookupFacts()
        facts.askHold = .fixture(5, request: Self.keyed)
        let effects = gate.step(.lookedUp(Ask.Ref(1), facts), at: .fixture)
        #expect(effects.first?.reply?.answer?.hold?.ticket == .fixture(5))
    }

    @Test func moreQuestionsThanTheLimitAreRefused() {
        var gate = GateState.fixture(mode: .hold)
        for number in 0..<UInt64(GateLimits.pendingAskCountMax) {
            #expect(gate.step(.requested(.fixture(number)), at: .fixture).map(\.kind) == ["commit"])
        }
        #expect(gate.step(.requested(.fixture(77_777)), at: .fixture).map(\.kind) == ["refused overloaded"])
        var keyed = LaunchRequest.fixture()
        keyed.askID = AskID("a")
        #expect(
            gate.step(.requested(.fixture(77_778, request: keyed)), at: .fixture).map(\.kind) == ["refused overloaded"])
        #expect(gate.keysInProgress.isEmpty)
        _ = gate.step(.committed(Ask.Ref(5)), at: .fixture)
        #expect(gate.step(.requested(.fixture(77_779)), at: .fixture).map(\.kind) == ["commit"])
    }

    @Test(arguments: UInt64(1)...300)
    func whateverHappensNothingIsLeftBehind(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var gate = GateState.fixture(
            mode: [.open, .hold, .refuse][Int(seed % 3)], policy: .fixture { $0.hasInterceptors = seed % 2 == 0 })
        var open: [GateEffect] = []
        var answers: [UInt64: Int] = [:]
        var committed: Set<UInt64> = []
        var askCount: UInt64 = 0
        func take(_ effects: [GateEffect]) {
            for effect in effects {
                guard case .answer(let ref, let reply) = effect else {
                    open.append(effect)
                    continue
                }
                answers[ref.number, default: 0] += 1
                if case .decided(let answer) = reply, case .hold = answer.decision, answer.hold?.arrival == 0 {
                    #expect(committed.contains(ref.number), "R18")
                }
            }
        }
        func name() -> String { ["a", "b", "c"].randomElement(using: &random)! }
        for _ in 0..<120 {
            if chance(45) || open.isEmpty {
                guard !chance(5) else {
                    take(gate.step(chance(50) ? .storeLost : .storeRecovered, at: .fixture))
                    continue
                }
                askCount += 1
                let request = LaunchRequest.fixture {
                    if chance(40) { $0.askID = AskID(name()) }
                    if chance(40) { $0.idempotencyKey = IdempotencyKey(name()) }
                    if chance(40) { $0.orderingKey = OrderingKey(name()) }
                    if chance(20) { $0.csaInstanceID = CSAInstanceID("i") }
                }
                take(gate.step(.requested(.fixture(askCount, request: request)), at: .fixture))
                continue
            }
            let effect = open.remove(at: Int.random(in: 0..<open.count, using: &random))
            take(gate.step(event(effect), at: .fixture))
        }
        func event(_ effect: GateEffect) -> GateEvent {
            switch effect {
            case .lookUp(let ref, _, _): return chance(10) ? .lookUpFailed(ref) : .lookedUp(ref, LookupFacts())
            case .annotate(let ask):
                if chance(10) { return .annotated(ask.ref, .rejected(notes: [])) }
                if chance(5) { return .annotated(ask.ref, .rejectedByFault(notes: [])) }
                var annotations = LaunchAnnotations()
                if chance(50) { annotations.orderingKey = OrderingKey(name()) }
                if chance(30) { annotations.idempotencyKey = IdempotencyKey(name()) }
                if chance(10) { return .annotated(ask.ref, .heldByFault(annotations, notes: [])) }
                return .annotated(ask.ref, .annotated(annotations, notes: []))
            case .commit(let ref, _):
                if chance(20) { return .conflicted(ref) }
                if chance(10) { return .commitFailed(ref) }
                committed.insert(ref.number)
                return .committed(ref)
            default: return .storeRecovered
            }
        }
        while !open.isEmpty { take(gate.step(event(open.removeFirst()), at: .fixture)) }
        #expect(answers.count == Int(askCount) && answers.values.allSatisfy { $0 == 1 })
        #expect(gate.pending.isEmpty && gate.keysInProgress.isEmpty && gate.orderingKeysWatched.isEmpty)
    }
}
