import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Two replicas decide copies of one execution's question beside each other, one before a close and one after it.
@Suite struct GateCopiesTests {
    private static let question = LaunchRequest.fixture {
        $0.source = .flow
        $0.askID = AskID("150084121")
        $0.runID = ExecutionID("150084121")
    }

    /// Asks, looks up, and says what it wants to commit.
    private func decide(_ number: UInt64, _ gate: inout GateState, _ store: InMemoryStore) async throws -> [Change] {
        let ask = Ask.fixture(number, request: Self.question)
        let facts = try await store.facts(for: ask.lookupKeys, at: Moment.fixture.wall)
        _ = gate.step(.requested(ask), at: .fixture)
        return try #require(gate.step(.lookedUp(ask.ref, facts), at: .fixture).first?.changes)
    }

    /// Commits, and decides anew after a conflict, as the shell does.
    private func finish(
        _ number: UInt64, _ changes: [Change], _ gate: inout GateState, _ store: InMemoryStore
    ) async throws -> String? {
        let ask = Ask.fixture(number, request: Self.question)
        var changes = changes
        for _ in 0...GateLimits.conflictRetryCountMax {
            do {
                try await store.commit(changes, fence: Fence(timeline: 1))
                return gate.step(.committed(ask.ref), at: .fixture).first?.reply?.text
            } catch let error as StoreError where error.code == .conflict {
                _ = gate.step(.conflicted(ask.ref), at: .fixture)
                let facts = try await store.facts(for: ask.lookupKeys, at: Moment.fixture.wall)
                let effects = gate.step(.lookedUp(ask.ref, facts), at: .fixture)
                guard let next = effects.first?.changes else { return effects.first?.reply?.text }
                changes = next
            }
        }
        return nil
    }

    @Test(
        "R19 of copies that two replicas decide at once one is written, and the other is answered by it",
        arguments: [true, false])
    func theSecondIsAnsweredByTheFirst(isKeptFirst: Bool) async throws {
        let store = InMemoryStore()
        var open = GateState.fixture(mode: .open)
        var closed = GateState.fixture(mode: .hold)
        let proceed = try await decide(1, &open, store)
        let keep = try await decide(2, &closed, store)
        if isKeptFirst {
            #expect(try await finish(2, keep, &closed, store) == "hold maintenance")
            #expect(try await finish(1, proceed, &open, store) == "hold maintenance")
        } else {
            #expect(try await finish(1, proceed, &open, store) == "proceed open")
            #expect(try await finish(2, keep, &closed, store) == "proceed continuation")
        }
        #expect(try await store.holds(HoldQuery()).holds.count == (isKeptFirst ? 1 : 0))
    }

    @Test("R19 a late copy that brings the pass of an ended parent is let through as the first was")
    func aLateCopyWithAnotherPassIsKnown() async throws {
        let store = InMemoryStore()
        var gate = GateState.fixture(mode: .hold)
        let claims = PassClaims(
            id: .fixture(1), kind: .admission, flow: .fixture, epoch: Epoch(1),
            expiresAt: Moment.fixture.wall.advanced(by: .seconds(-1)), runID: ExecutionID("parent"))
        let ask = Ask.fixture(1, request: Self.question, presented: .genuine(claims))
        let fence = Fence(timeline: 1)
        let admission = Admission(
            executionID: ExecutionID("150084121"), flow: .fixture, reason: .admitted, at: Moment.fixture.wall)
        try await store.commit([.admit(admission)], fence: fence)
        let facts = try await store.facts(for: ask.lookupKeys, at: Moment.fixture.wall)
        #expect(gate.decide(ask, facts).reply?.text == "proceed continuation")
    }
}
