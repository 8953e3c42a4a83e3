import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceTestKit
import SluiceTestServers
import Synchronization
import Testing

/// Two stores on one database at the same time.
@Suite struct PostgresReplicaTests {
    private let fence = Fence(timeline: 1)

    @Test("R22: under two writers the holds of a key stay in order, and who follows the events misses none")
    func orderAndEvents() async throws {
        let database = try TestDatabase()
        let stores = [try await database.open(), try await database.open()]
        let isDone = Mutex(false)
        let (callerCount, stepCount) = (16, 25)
        async let followed: [HoldEvent] = {
            var events: [HoldEvent] = []
            while true {
                let wasDone = isDone.withLock { $0 }
                let next = try await stores[0].events(of: nil, after: events.last?.sequence ?? 0, limit: 50)
                events += next
                if wasDone, next.isEmpty { return events }
            }
        }()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callerCount {
                group.addTask { [fence] in
                    for step in 0..<stepCount {
                        let number = UInt64(caller * 1000 + step + 1)
                        var hold = Hold.fixture(number)
                        hold.arrival = 0
                        hold.request.orderingKey = OrderingKey("key \(step % 3)")
                        try await stores[caller % 2].commit([.addHold(hold)], fence: fence)
                        guard step % 4 == 3 else { continue }
                        let move = HoldMove(
                            ticket: .fixture(number - 1), from: [.held], to: .discarded, at: .zero, by: .sluice,
                            cause: "discarded")
                        try await stores[(caller + 1) % 2].commit([.moveHold(move)], fence: fence)
                    }
                }
            }
            try await group.waitForAll()
        }
        isDone.withLock { $0 = true }
        let events = try await followed
        let all = try await stores[1].events(of: nil, after: 0, limit: 10_000)
        #expect(events == all)
        #expect(all.count == callerCount * (stepCount + stepCount / 4))
        let holds = try await stores[0].holds(HoldQuery(limit: 1000)).holds
        // Of each key exactly the first open one may be released.
        let open = holds.filter { !$0.state.isFinal }
        let heads = Set(
            Dictionary(grouping: open) { $0.request.orderingKey }.values.compactMap { $0.map(\.arrival).min() })
        let candidates = try await stores[0].candidates(CandidateQuery(at: .after(0), includesHeld: true, limit: 100))
        #expect(Set(candidates.map(\.arrival)) == heads)
        #expect(heads.count == 3)
        // Arrival order is the order of the events, which is the order of the commits of a key.
        let arrived = all.filter { $0.kind == "held" && $0.from == nil }.compactMap(\.ticket)
        #expect(arrived == holds.map(\.ticket))
        for store in stores { try await store.close() }
    }

    @Test func aGateThatOneReplicaClosesIsHeardByTheOther() async throws {
        let database = try TestDatabase()
        let (one, other) = (try await database.open(), try await database.open())
        var news = other.news().makeAsyncIterator()
        try await one.commit([.setGate(.fixture(.hold, epoch: Epoch(1)), replacing: Epoch(0))], fence: fence)
        #expect(await news.next() == .gateChanged)
        try database.cluster.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)'")
        #expect(await news.next() == .reconnected)
        try await one.commit([.setGate(.fixture(.open, epoch: Epoch(2)), replacing: Epoch(1))], fence: fence)
        #expect(await news.next() == .gateChanged)
        try await other.close()
        #expect(await news.next() == nil)
        try await one.close()
    }
}

extension Timestamp {
    static func after(_ seconds: Int64) -> Timestamp { Moment.fixture.wall.advanced(by: .seconds(seconds)) }
}
