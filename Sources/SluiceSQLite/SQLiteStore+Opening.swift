internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// What happens once, when a database is opened.
extension SQLiteStore {
    /// Freed log space beyond this is given back to the disk after a checkpoint.
    private static let logByteCountMax = 64 * 1024 * 1024

    static func configuration(_ options: SQLiteStoreOptions, path: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = "Sluice"
        configuration.foreignKeysEnabled = false
        configuration.maximumReaderCount = max(1, options.readerCountMax)
        configuration.busyMode = .timeout(Double(options.busyTimeout.wholeMilliseconds) / 1000)
        // Before GRDB writes anything, so that a database from a newer Sluice stays untouched.
        configuration.prepareDatabase { db in try Schema.checkIdentity(db, path: path) }
        return configuration
    }

    /// Makes the writer's connection durable and the schema current.
    ///
    /// GRDB sets `synchronous` to NORMAL when it opens a pool, after `prepareDatabase` (swift-stack.md 4.1).
    static func setUp(_ db: Database, options: SQLiteStoreOptions) throws {
        try db.execute(
            sql: """
                PRAGMA synchronous = \(options.synchronous.rawValue);
                PRAGMA recursive_triggers = ON;
                PRAGMA trusted_schema = OFF;
                PRAGMA journal_size_limit = \(logByteCountMax);
                PRAGMA wal_autocheckpoint = \(options.checkpointPageCount);
                """)
        if let pageCountMax = options.pageCountMax { try db.execute(sql: "PRAGMA max_page_count = \(pageCountMax)") }
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode")
        guard synchronous == options.synchronous.rawValue, journal == "wal" else {
            throw StoreError(
                .unavailable,
                "SQLite did not take synchronous=\(options.synchronous) and WAL "
                    + "(\(synchronous ?? -1), \(journal ?? "?"))"
            )
        }
        try Schema.migrate(db)
        // What a savepoint may have to put back is kept in memory: in a file it was most of what a hold wrote. Not
        // before the migrations, which may sort much.
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
    }

    /// `PRAGMA synchronous` of the connection that commits; 2 is FULL.
    package func synchronousLevel() async throws -> Int? {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }

    static func readProgress(_ db: Database) throws -> OpenTransaction.Progress {
        let lastArrival = try Int64.fetchOne(db, sql: "SELECT max(arrival) FROM holds") ?? 0
        guard let text = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'store.fence'") else {
            return OpenTransaction.Progress(lastArrival: lastArrival, mark: .fresh)
        }
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 2 else { throw StoredWord.unreadable("fence \(text)") }
        return OpenTransaction.Progress(
            lastArrival: lastArrival, mark: FenceMark(timeline: numbers[0], term: numbers[1]))
    }

    static func readCounts(_ db: Database) throws -> [HoldCounts.Key: Int] {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT state, source, priority, count(*) FROM holds GROUP BY state, source, priority")
        var numbers: [HoldCounts.Key: Int] = [:]
        while let row = try rows.next() {
            let key = HoldCounts.Key(
                state: try StoredWord.decode(row[0]), source: try StoredWord.decode(row[1]),
                priority: try StoredWord.priority(row[2]))
            numbers[key] = row[3]
        }
        return numbers
    }
}
