import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// What it costs to tell each of many waiting launches its place.
@Suite(.timeLimit(.minutes(10)))
struct HoldPlaceTests {
    private static func fill(_ store: InMemoryStore, _ numbers: ClosedRange<UInt64>) async throws {
        let changes = numbers.map { number in
            var request = LaunchRequest.fixture()
            // One in ten goes before the others.
            if number % 10 == 0 { request.priority = Priority(9) ?? .ordinary }
            return Change.addHold(.fixture(number, request: request))
        }
        try await store.commit(changes, fence: Fence(timeline: 1))
    }

    private static func holds(_ store: InMemoryStore) async throws -> [Hold] {
        var holds: [Hold] = []
        var query = HoldQuery(states: [.held], limit: 1000)
        while true {
            let page = try await store.holds(query)
            holds += page.holds
            guard let next = page.next else { return holds }
            query.after = next
        }
    }

    @Test("R18 each place is exact while few wait")
    func isExactWhileFewWait() async throws {
        let store = InMemoryStore()
        try await Self.fill(store, 1...200)
        let places = HoldPlaces(store: store, clocks: ManualClocks())
        for hold in try await Self.holds(store) {
            #expect(await places.position(of: hold) == (try await store.position(of: hold)))
        }
        var new = Hold.fixture(999)
        new.arrival = 0
        #expect(await places.position(of: new) == 200)
    }

    @Test("R18 with many waiting, places are told without counting the holds for each, and nearly right")
    func costsTheSameWithMany() async throws {
        let memory = InMemoryStore()
        try await Self.fill(memory, 1...5000)
        let counter = FlakyStore(memory)
        let clocks = ManualClocks()
        let places = HoldPlaces(store: counter, clocks: clocks)
        let holds = try await Self.holds(memory)
        let inOrder = holds.sorted { ($1.request.priority, $0.arrival) < ($0.request.priority, $1.arrival) }
        let exact = Dictionary(uniqueKeysWithValues: zip(inOrder.map(\.ticket), 1...))
        var worst = 0
        var toldCount = 0
        // Before which there are only a few: counted.
        var cheapCount = 0
        var random = SeededGenerator(seed: 7)
        for second in 0..<20 {
            for _ in 0..<200 {
                let hold = try #require(holds.randomElement(using: &random))
                if hold.request.priority > .ordinary { cheapCount += 1 }
                guard let position = await places.position(of: hold) else { continue }
                toldCount += 1
                if second >= 5 { worst = max(worst, abs(position - (exact[hold.ticket] ?? 0))) }
            }
            clocks.advance(by: HoldPlaces.interval)
        }
        #expect(counter.calls["position(of:)"] == 20 + cheapCount && counter.calls["counts()"] == 20)
        #expect(toldCount > 3900 && worst <= 100, "\(toldCount) told, up to \(worst) off")
    }

    @Test("holds that are made between two counts follow one another")
    func countsNewOnes() async throws {
        let memory = InMemoryStore()
        try await Self.fill(memory, 1...2000)
        let counter = FlakyStore(memory)
        let places = HoldPlaces(store: counter, clocks: ManualClocks())
        var new = Hold.fixture(5000)
        new.arrival = 0
        var told: [Int?] = []
        for _ in 0..<5 { told.append(await places.position(of: new)) }
        #expect(told == [2000, 2001, 2002, 2003, 2004] && counter.calls["counts()"] == 1)
    }
}
