import GRDB
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceStoreRecords
import SluiceTestKit
import Testing

/// What `sluice store copy` copies.
@Suite struct StoredTableTests {
    @Test func everyTableAndColumnIsCopied() async throws {
        let directory = try TemporaryDirectory()
        try await directory.open().close()
        try await DatabaseQueue(path: directory.databasePath).read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            #expect(Set(tables) == Set(StoredTable.all.map(\.name)))
            for table in StoredTable.all {
                let columns = try db.columns(in: table.name).map(\.name)
                #expect(Set(columns) == Set(table.columns.map(\.name)), "\(table.name)")
            }
        }
    }

    @Test func aHalfCopiedDatabaseIsOpenedOnlyToGoOn() async throws {
        let (source, target) = (try TemporaryDirectory(), try TemporaryDirectory())
        let from = try source.open()
        try await from.commit((1...30).map { .addHold(.fixture($0)) }, fence: Fence(timeline: 1))
        var options = SQLiteStoreOptions()
        options.isForCopy = true
        let half = try target.open(options)
        try await half.beginFilling()
        let holds = try #require(StoredTable.all.first { $0.name == "holds" })
        try await half.fill(holds, try await from.rows(of: holds, after: nil, limit: 10))
        try await half.close()
        let error = #expect(throws: StoreError.self) { try target.open() }
        #expect(error?.message.contains("half copied") == true)
        let again = try target.open(options)
        try await again.beginFilling()
        for table in StoredTable.all {
            try await again.fill(table, try await from.rows(of: table, after: nil, limit: 100))
        }
        try await again.finishFilling()
        try await again.close()
        let whole = try target.open()
        #expect(try await whole.holds(HoldQuery(limit: 100)) == from.holds(HoldQuery(limit: 100)))
        #expect(try await whole.events(of: nil, after: 0, limit: 100) == from.events(of: nil, after: 0, limit: 100))
        let full = await #expect(throws: StoreError.self) { try await whole.beginFilling() }
        #expect(full?.message.contains("not empty") == true)
    }
}
