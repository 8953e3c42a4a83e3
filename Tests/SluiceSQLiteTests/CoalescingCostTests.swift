import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

/// A coalesce key that was held very often costs an arrival no more than a new one.
@Suite(.serialized) struct CoalescingCostTests {
    private let fence = Fence(timeline: 1, term: 1)
    private let key = CoalesceKey("pool-1")

    private func hold(_ number: UInt64, isWaitedFor: Bool, notBefore: Timestamp? = nil) -> Hold {
        var hold = Hold.fixture(number)
        hold.request.coalesceKey = key
        hold.request.launcher = isWaitedFor ? .caller : .sluice
        hold.request.notBefore = notBefore
        return hold
    }

    private func arrive(_ number: UInt64, in store: SQLiteStore, notBefore: Timestamp? = nil) async throws {
        let arrived = hold(number, isWaitedFor: false, notBefore: notBefore)
        let coalescing = Coalescing(
            representative: arrived.ticket, key: key, includesWaitedFor: false, at: Moment.fixture.wall,
            by: .fixture)
        try await store.commit([.addHold(arrived), .coalesce(coalescing)], fence: fence)
    }

    /// The shortest of several rounds: what other work on the machine takes away is not counted.
    private func arrivalTime(
        _ store: SQLiteStore, from first: UInt64, notBefore: Timestamp? = nil
    ) async throws
        -> Duration
    {
        var shortest = Duration.seconds(100)
        for round in 0..<10 {
            let began = ContinuousClock.now
            for number in 0..<20 {
                try await arrive(first + UInt64(round * 20 + number), in: store, notBefore: notBefore)
            }
            shortest = min(shortest, began.duration(to: .now))
        }
        return shortest
    }

    @Test("a key held 100,000 times costs an arrival no more than a new one", .timeLimit(.minutes(10)))
    func costsTheSame() async throws {
        let directories = (try TemporaryDirectory(), try TemporaryDirectory())
        let fresh = try directories.0.open()
        let full = try directories.1.open()
        let soon = Moment.fixture.wall.advanced(by: .seconds(60))
        let late = Moment.fixture.wall.advanced(by: .seconds(600))
        for block: UInt64 in 0..<50 {
            // Waited for, final, and due before what will arrive: none of them is ended by it.
            let numbers = (block * 2000 + 1)...(block * 2000 + 2000)
            var changes: [Change] = []
            for number in numbers {
                let isWaitedFor = number % 3 == 0
                changes.append(
                    .addHold(hold(number, isWaitedFor: isWaitedFor, notBefore: number % 3 == 1 ? soon : nil)))
                guard number % 3 == 2 else { continue }
                changes.append(
                    .moveHold(
                        HoldMove(
                            ticket: .fixture(number), from: [.held], to: .superseded, at: .zero, by: .fixture,
                            cause: "a test")))
            }
            try await full.commit(changes, fence: fence)
        }
        let first: UInt64 = 1_000_000
        let expected = try await arrivalTime(fresh, from: first, notBefore: late)
        let found = try await arrivalTime(full, from: first, notBefore: late)
        #expect(found < expected * 8, "\(found) for 20 arrivals, \(expected) in a fresh store")
        #expect(try await full.counts().total(.coalesced) == 199)
    }
}
