import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Executions that bring the pass of a launch that a caller was let through for, after it has expired (found by the
/// simulator): a caller that got no answer from Central starts it twice, and both may ask late.
@Suite struct GateExpiredPassTests {
    private static let fence = Fence(timeline: 1)

    /// A question of one execution, which names itself or only its question, with a pass that expires after so long.
    private static func ask(
        _ number: UInt64, of execution: String, expiresIn seconds: Int = -1, isNamed: Bool = false
    ) -> Ask {
        let request = LaunchRequest.fixture {
            $0.source = .flow
            $0.askID = AskID(execution)
            $0.runID = isNamed ? ExecutionID(execution) : nil
        }
        let claims = PassClaims(
            id: .fixture(7), kind: .attempt, flow: .fixture, epoch: Epoch(2),
            expiresAt: Moment.fixture.wall.advanced(by: .seconds(seconds)))
        return Ask.fixture(number, request: request, presented: .genuine(claims))
    }

    private static func facts(
        _ ask: Ask, _ store: InMemoryStore, at now: Moment = .fixture
    ) async throws -> LookupFacts { try await store.facts(for: ask.lookupKeys, at: now.wall) }

    /// Asks, looks up, commits and answers.
    private static func decide(
        _ ask: Ask, _ mode: GateMode, _ store: InMemoryStore, at now: Moment = .fixture
    ) async throws -> String? {
        var gate = GateState.fixture(mode: mode)
        let (reply, changes) = gate.decide(ask, try await facts(ask, store, at: now), at: now)
        if !changes.isEmpty { try await store.commit(changes, fence: fence) }
        return reply?.text
    }

    @Test(
        "R19 the first that brings an expired pass is decided on afresh, any other is a copy", arguments: [true, false])
    func theFirstIsDecidedOn(isNamed: Bool) async throws {
        for (mode, first, again) in [
            (GateMode.open, "proceed open", "proceed admitted"), (.hold, "hold maintenance", "hold maintenance"),
        ] {
            let store = InMemoryStore()
            #expect(try await Self.decide(Self.ask(1, of: "e1", isNamed: isNamed), mode, store) == first)
            #expect(try await Self.decide(Self.ask(2, of: "e1", isNamed: isNamed), .open, store) == again)
            #expect(try await Self.decide(Self.ask(3, of: "e2", isNamed: isNamed), .open, store) == "reject duplicate")
            #expect(try await Self.decide(Self.ask(4, of: "e2", isNamed: isNamed), .hold, store) == "reject duplicate")
        }
    }

    @Test("one that was kept with an expired pass asks on by its ticket, also without an ask id")
    func asksOnByItsTicket() async throws {
        let store = InMemoryStore()
        var parked = Self.ask(1, of: "e1")
        parked.request.askID = nil
        parked.request.launcher = .caller
        #expect(try await Self.decide(parked, .hold, store) == "hold maintenance")
        parked.request.ticket = try await store.holds(HoldQuery()).holds.first?.ticket
        #expect(try await Self.decide(parked, .hold, store) == "hold maintenance")
        parked.request.ticket = .fixture(99)
        #expect(try await Self.decide(parked, .hold, store) == "reject duplicate")
    }

    @Test("R19 of two that bring it at once to two replicas one is decided on", arguments: [GateMode.open, .hold])
    func oneOfTwoAtOnce(mode: GateMode) async throws {
        let store = InMemoryStore()
        var gates = [GateState.fixture(mode: .open), GateState.fixture(mode: mode)]
        let asks = [Self.ask(1, of: "e1"), Self.ask(2, of: "e2")]
        var commits: [[Change]] = []
        for (index, ask) in asks.enumerated() {
            _ = gates[index].step(.requested(ask), at: .fixture)
            let looked = gates[index].step(.lookedUp(ask.ref, try await Self.facts(ask, store)), at: .fixture)
            commits.append(try #require(looked.first?.changes))
        }
        try await store.commit(commits[0], fence: Self.fence)
        await #expect(throws: StoreError.self) { try await store.commit(commits[1], fence: Self.fence) }
        _ = gates[1].step(.conflicted(asks[1].ref), at: .fixture)
        let effects = gates[1].step(.lookedUp(asks[1].ref, try await Self.facts(asks[1], store)), at: .fixture)
        #expect(effects.first?.reply?.text == "reject duplicate")
    }

    @Test("R19 a question that was kept where the pass had expired is not let through where it has not")
    func clocksThatDifferDoubleNothing() async throws {
        let store = InMemoryStore()
        #expect(try await Self.decide(Self.ask(1, of: "e1"), .hold, store) == "hold maintenance")
        #expect(try await Self.decide(Self.ask(2, of: "e1", expiresIn: 5), .open, store) == "hold maintenance")
        #expect(try await Self.decide(Self.ask(3, of: "e2", expiresIn: 5), .open, store) == "reject duplicate")
    }

    @Test("R19 a pass that was redeemed is known long after it expired")
    func aRedemptionOutlivesThePass() async throws {
        let store = InMemoryStore()
        #expect(try await Self.decide(Self.ask(1, of: "e1", expiresIn: 60), .open, store) == "proceed admitted")
        let later = Moment.fixture.advanced(by: .seconds(1800))
        #expect(
            try await Self.decide(Self.ask(2, of: "e2", expiresIn: 60), .open, store, at: later) == "reject duplicate")
    }
}
