internal import FoundationEssentials
internal import GRDB
public import Logging
public import SluiceModel
public import SluicePorts
internal import SluiceStoreRecords
internal import Synchronization

/// The embedded store: one SQLite database in WAL mode, synced before each acknowledgement.
///
/// One process at a time: a lock file beside the database keeps others away. Proved by `StoreConformance` and, for
/// durability, by a replay that drops unsynced bytes (SluiceSQLiteTests).
public final class SQLiteStore: DurableStore {
    /// Absolute path of the database.
    public let path: String
    let pool: DatabasePool
    let counters: StoreCounters
    private let queue: CommitQueue
    private let options: SQLiteStoreOptions
    /// nil once closed.
    private let lock: Mutex<LockFile?>

    /// Opens a database, or makes one: its directory with mode 0700, its files with 0600.
    /// - Parameter path: Of the database; `-wal`, `-shm` and `.lock` are appended for the files beside it.
    /// - Throws: `StoreError`: `.locked`, `.newerVersion`, `.full`, `.unavailable`.
    public init(path: String, options: SQLiteStoreOptions = SQLiteStoreOptions(), logger: Logger) throws {
        let file = try DatabaseFile(path: path)
        self.path = file.path
        self.options = options
        lock = Mutex(try LockFile(path: file.path + ".lock"))
        do {
            try file.create()
            pool = try DatabasePool(
                path: file.name(vfs: options.vfsName),
                configuration: SQLiteStore.configuration(options, path: file.path))
            try file.syncDirectory()
            let progress = try pool.writeWithoutTransaction { db in
                try SQLiteStore.setUp(db, options: options)
                if !options.isForCopy, try SQLiteStore.isBeingFilled(db) { throw StoreError.halfCopied(file.path) }
                return try SQLiteStore.readProgress(db)
            }
            counters = StoreCounters(try pool.read(SQLiteStore.readCounts))
            let writer = CommitWriter(path: file.path, counters: counters, progress: progress, logger: logger)
            queue = CommitQueue(pool: pool, writer: writer, options: options)
        } catch {
            throw StoreError(error, doing: "opening the database", path: file.path)
        }
        logger.info("store opened", metadata: ["path": "\(file.path)", "schema": "\(Schema.version)"])
    }

    deinit {
        // Before the lock goes; after `close()` this does nothing.
        try? pool.close()
    }

    public func commit(_ changes: [Change], fence: Fence) async throws {
        try await queue.submit(PreparedCommit(changes, fence: fence))
    }

    /// Carries out the commits that wait, then closes the database and lets others have it. Later calls throw.
    public func close() async throws {
        await queue.close()
        do {
            try pool.close()
        } catch {
            throw StoreError(error, doing: "closing the database", path: path)
        }
        lock.withLock { $0 = nil }
    }

    /// A value kept beside the holds, such as the check value of the sealing key.
    public func metadata(_ name: String) async throws -> String? {
        try await read {
            try String.fetchOne($0, sql: "SELECT value FROM meta WHERE name = ?", arguments: ["app." + name])
        }
    }

    /// Keeps a value beside the holds; on disk when it returns.
    public func setMetadata(_ name: String, _ value: String) async throws {
        try await write { db in
            try db.execute(
                sql: "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                arguments: ["app." + name, value])
        }
    }

    public func keepMetadata(_ name: String, _ value: String) async throws -> String {
        try await write { db in
            try db.execute(
                sql: "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", arguments: ["app." + name, value])
        }
        return try await metadata(name) ?? value
    }

    /// Deletes records that may be forgotten: redemptions, idempotency records, admissions that ended longer than
    /// `admissionRetention` ago, or began twice as long ago and whose end nobody reported, occurrences of windows that
    /// ended `WindowLimits.retention` ago, and callers past their time. What it deletes had no effect any more; it only
    /// frees room. Beyond the newest `KnownCaller.countMax` callers are deleted, too.
    /// - Parameter limit: Most rows of each kind; call again while the result is not smaller.
    /// - Returns: How many rows of the kind with the most were deleted.
    @discardableResult
    public func prune(at now: Timestamp, limit: Int) async throws -> Int {
        let endedBefore = now.advanced(by: .zero - options.admissionRetention)
        let admittedBefore = endedBefore.advanced(by: .zero - options.admissionRetention)
        return try await write { db in
            try db.execute(
                sql: "DELETE FROM redemptions WHERE pass_id IN "
                    + "(SELECT pass_id FROM redemptions WHERE forget_at <= ? ORDER BY forget_at LIMIT ?)",
                arguments: [now.milliseconds, limit])
            var most = db.changesCount
            try db.execute(
                sql: "DELETE FROM idempotency WHERE (principal, key) IN "
                    + "(SELECT principal, key FROM idempotency WHERE forget_at <= ? ORDER BY forget_at LIMIT ?)",
                arguments: [now.milliseconds, limit])
            most = max(most, db.changesCount)
            try db.execute(
                sql: "DELETE FROM admissions WHERE execution_id IN "
                    + "(SELECT execution_id FROM admissions WHERE ended_at <= ? ORDER BY ended_at LIMIT ?)",
                arguments: [endedBefore.milliseconds, limit])
            most = max(most, db.changesCount)
            try db.execute(
                sql: "DELETE FROM admissions WHERE execution_id IN "
                    + "(SELECT execution_id FROM admissions WHERE at <= ? ORDER BY at LIMIT ?)",
                arguments: [admittedBefore.milliseconds, limit])
            most = max(most, db.changesCount)
            let windowEndedBefore = now.advanced(by: .zero - WindowLimits.retention).milliseconds
            // What ended by then began by then: the index of starts finds them.
            try db.execute(
                sql: "DELETE FROM window_occurrences WHERE (window, wall) IN (SELECT window, wall FROM "
                    + "window_occurrences WHERE is_open = 0 AND starts <= ? AND ends <= ? ORDER BY starts LIMIT ?)",
                arguments: [windowEndedBefore, windowEndedBefore, limit])
            most = max(most, db.changesCount)
            try db.execute(
                sql: "DELETE FROM callers WHERE fingerprint IN "
                    + "(SELECT fingerprint FROM callers WHERE forget_at <= ? ORDER BY forget_at LIMIT ?)",
                arguments: [now.milliseconds, limit])
            most = max(most, db.changesCount)
            try db.execute(
                sql: "DELETE FROM callers WHERE fingerprint IN "
                    + "(SELECT fingerprint FROM callers ORDER BY at DESC, fingerprint LIMIT ? OFFSET ?)",
                arguments: [limit, KnownCaller.countMax])
            return max(most, db.changesCount)
        }
    }

    /// What SQLite finds wrong with the file; empty when it is sound. Reads the whole database.
    public func integrityProblems() async throws -> [String] {
        try await read { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        }
    }

    private func write<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.write(body)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StoreError(error, doing: "write", path: path)
        }
    }
}
