import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceStoreRecords
import SluiceTestKit
import SluiceTestServers
import Testing

/// What `sluice store copy` reads and fills.
@Suite struct PostgresTablesTests {
    private static let own: Set<String> = ["schema_version", "hold_counts"]

    @Test func everyTableAndColumnIsCopied() async throws {
        let database = try TestDatabase()
        try await database.open().close()
        let lines = try database.cluster.sql(
            """
            SELECT table_name || ' ' || string_agg(column_name, ' ' ORDER BY column_name)
            FROM information_schema.columns WHERE table_schema = 'sluice' GROUP BY table_name
            """, on: database.name
        ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let found = Dictionary(uniqueKeysWithValues: lines.map { ($0[0], Set($0.dropFirst())) })
            .filter { !Self.own.contains($0.key) && $0.key != "event_blocks" }
        #expect(Set(found.keys) == Set(StoredTable.all.map(\.name)))
        for table in StoredTable.all {
            #expect(found[table.name] == Set(table.columns.map(\.name)), "\(table.name)")
        }
    }

    @Test func aCopyIsTheSameAndGoesOnFromThere() async throws {
        let (source, target) = (try TestDatabase(), try TestDatabase())
        let from = try await source.open()
        let fence = Fence(timeline: 1, term: 3)
        for number: UInt64 in 1...20 {
            var hold = Hold.fixture(number)
            hold.request.inputs = [.init(name: "sealed", value: .sealed(SealedBytes([0, 255, 92, 34])))]
            hold.request.orderingKey = OrderingKey("a \"key\" \\ with, {all}")
            try await from.commit([.addHold(hold)], fence: fence)
        }
        let entry = JournalEntry(
            system: "central", object: "1", title: "t", record: SealedBytes([0, 1, 255]), intended: "off", at: .zero,
            by: .fixture, cause: "c")
        try await from.commit(
            [.journal(entry, replacing: nil), .setGate(.fixture(.hold, epoch: Epoch(1)), replacing: Epoch(0))],
            fence: fence)
        var options = TestDatabase.options
        options.isForCopy = true
        let half = try await target.open(options)
        try await half.beginFilling()
        for table in StoredTable.all {
            let rows = try await from.rows(of: table, after: nil, limit: 1000)
            try await half.fill(table, table.name == "meta" ? rows.filter { !Self.isOwn($0) } : rows)
        }
        let early = await #expect(throws: StoreError.self) { try await target.open() }
        #expect(early?.message.contains("half copied") == true)
        try await half.finishFilling()
        for table in StoredTable.all where table.name != "meta" {
            let rows = try await from.rows(of: table, after: nil, limit: 1000)
            #expect(try await half.rows(of: table, after: nil, limit: 1000) == rows, "\(table.name)")
        }
        try await half.close()
        let store = try await Self.openSoon(target)
        #expect(try await store.counts() == from.counts())
        #expect(try await store.journal(JournalQuery(system: "central", limit: 5)).map(\.record) == [entry.record])
        try await store.commit([.addHold(.fixture(21))], fence: fence)
        let arrivals = try await store.holds(HoldQuery(limit: 100)).holds.map(\.arrival)
        #expect(arrivals.count == 21)
        #expect(arrivals == arrivals.sorted())
        let old = await #expect(throws: StoreError.self) {
            try await store.commit([], fence: Fence(timeline: 1, term: 2))
        }
        #expect(old?.code == .staleFence)
        try await store.close()
        try await from.close()
    }

    /// The copy's session ends a moment after its store was closed.
    private static func openSoon(_ database: TestDatabase) async throws -> PostgresStore {
        while true {
            do {
                return try await database.open()
            } catch let error as StoreError where error.code == .locked {
                await Task.yield()
            }
        }
    }

    private static func isOwn(_ row: [StoredValue]) -> Bool {
        if case .text(let name) = row[0] { StoredTable.ownNames.contains(name) } else { false }
    }
}
