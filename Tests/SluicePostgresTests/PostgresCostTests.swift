import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceTestKit
import SluiceTestServers
import Testing

/// What the store does costs no more with thousands of holds, also when the server planned it while there were none:
/// counted in rows and index entries that it read, not in time.
@Suite struct PostgresCostTests {
    private static let fence = Fence(timeline: 1, term: 1)
    /// Holds put beside those that the operation makes.
    private static let holdCount = 4000
    /// How often it is done among them.
    private static let callCount = 20
    /// Rows and entries that one of it may read; a scan of all would read `holdCount`.
    private static let rowCountMax = 100

    /// One thing that a service does, over and over; each time with another number.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (PostgresStore, UInt64) async throws -> Void

        init(_ words: String, _ run: @escaping @Sendable (PostgresStore, UInt64) async throws -> Void) {
            testDescription = words
            self.run = run
        }
    }

    private static func hold(_ number: UInt64, _ change: (inout LaunchRequest) -> Void = { _ in }) -> Hold {
        var request = LaunchRequest.fixture()
        request.askID = AskID("ask-\(number)")
        change(&request)
        return Hold.fixture(number, request: request)
    }

    private static func move(_ hold: Hold, to state: HoldState, from: Set<HoldState> = [.held]) -> Change {
        .moveHold(HoldMove(ticket: hold.ticket, from: from, to: state, at: .zero, by: .fixture, cause: "a test"))
    }

    static let operations: [Operation] = [
        Operation("a hold arrives") { store, number in
            try await store.commit([.addHold(hold(number))], fence: fence)
        },
        Operation("a hold with an ordering key arrives") { store, number in
            try await store.commit([.addHold(hold(number) { $0.orderingKey = OrderingKey("order") })], fence: fence)
        },
        Operation("a hold with a coalesce key arrives") { store, number in
            let arrived = hold(number) { $0.coalesceKey = CoalesceKey("pool") }
            let coalescing = Coalescing(
                representative: arrived.ticket, key: CoalesceKey("pool"), includesWaitedFor: false, at: .zero,
                by: .fixture)
            try await store.commit([.addHold(arrived), .coalesce(coalescing)], fence: fence)
        },
        Operation("a hold is released, launched and ends") { store, number in
            let held = hold(number)
            try await store.commit([.addHold(held)], fence: fence)
            try await store.commit(
                [move(held, to: .released), move(held, to: .launching, from: [.released])], fence: fence)
            try await store.commit([move(held, to: .ended, from: [.launching])], fence: fence)
        },
        Operation("the head of an ordering key ends") { store, number in
            let held = hold(number) { $0.orderingKey = OrderingKey("own-\(number)") }
            try await store.commit([.addHold(held)], fence: fence)
            try await store.commit([move(held, to: .discarded)], fence: fence)
        },
        Operation("what is known of a request is looked up") { store, number in
            var keys = LookupKeys(principal: .fixture)
            keys.askID = AskID("ask-\(number)")
            _ = try await store.facts(for: keys, at: .zero)
        },
        Operation("the release looks for candidates") { store, _ in
            _ = try await store.lanes(LaneQuery(includesHeld: true, limit: 10))
            _ = try await store.candidates(CandidateQuery(at: Moment.fixture.wall, includesHeld: true, limit: 10))
        },
        Operation("expired holds are looked for") { store, _ in
            _ = try await store.expired(at: Moment.fixture.wall, limit: 10)
            _ = try await store.forgettableHolds(endedBefore: .zero, limit: 10)
            _ = try await store.dueCallbacks(at: Moment.fixture.wall, limit: 10)
        },
        Operation("holds are counted") { store, _ in
            _ = try await store.counts()
            _ = try await store.oldestHeld()
        },
        Operation("missed times are looked for") { store, _ in
            var query = HoldQuery(states: [.held], limit: 10)
            query.isMissedTime = true
            _ = try await store.holds(query)
        },
        Operation("a page of holds is read") { store, _ in
            _ = try await store.holds(HoldQuery(states: [.held, .released], limit: 10))
            var query = HoldQuery(states: [.held], limit: 10)
            query.orderingKey = OrderingKey("order")
            _ = try await store.holds(query)
        },
    ]

    @Test("costs the same with many holds", arguments: operations)
    func costsTheSame(_ operation: Operation) async throws {
        let database = try TestDatabase()
        let before = try await carryOut(operation, on: database)
        // Server processes tell what they read when they end.
        try await waitForEnd(of: database)
        let each = (try readCount(database) - before) / Self.callCount
        #expect(each <= Self.rowCountMax, "\(operation.testDescription) reads \(each) rows and index entries")
    }

    /// - Returns: What had been read before there were many holds.
    private func carryOut(_ operation: Operation, on database: TestDatabase) async throws -> Int {
        var options = TestDatabase.options
        (options.writerCountMax, options.readerCountMax) = (1, 1)
        let store = try await database.open(options)
        // After a handful of calls the server keeps a plan, made for a table that is as good as empty.
        for number in 1...8 as ClosedRange<UInt64> { try await operation.run(store, number) }
        try await store.commit([.addHold(Self.hold(999) { $0.orderingKey = OrderingKey("order") })], fence: Self.fence)
        try fill(database)
        let before = try readCount(database)
        for number in 0..<UInt64(Self.callCount) { try await operation.run(store, 1_000_000 + number) }
        try await store.close()
        return before
    }

    /// Many like hold 999, each with an ask of its own and waited for, and all with the same two keys.
    private func fill(_ database: TestDatabase) throws {
        _ = try database.cluster.sql(
            """
            INSERT INTO sluice.holds
            SELECT (jsonb_populate_record(one, jsonb_build_object('arrival', one.arrival + number, 'ticket',
                left(one.ticket, -6) || '1' || lpad(number::text, 5, '0'), 'ask_id', 'filler-' || number, 'is_head', 0,
                'coalesce_key', 'pool', 'is_waited_for', 1))).*
            FROM sluice.holds AS one, generate_series(1, \(Self.holdCount)) AS number
            WHERE one.ticket = '\(Ticket.fixture(999))'
            """, on: database.name)
    }

    private func readCount(_ database: TestDatabase) throws -> Int {
        let text = try database.cluster.sql(
            """
            SELECT (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes)
                + (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables)
            """, on: database.name)
        return try #require(Int(text.split(separator: "\n").first ?? ""))
    }

    private func waitForEnd(of database: TestDatabase) async throws {
        for _ in 0..<40 {
            let count = try database.cluster.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)'")
            if count.hasPrefix("0") { return }
            await Task.yield()
        }
        Issue.record("the store's connections did not end")
    }
}
