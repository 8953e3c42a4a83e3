internal import GRDB
internal import Logging
internal import SluiceModel
internal import SluicePorts

/// Writes groups of commits, each group in one transaction with one sync.
///
/// `@unchecked Sendable` why: after init every access is on the database's serial writer queue.
final class CommitWriter: @unchecked Sendable {
    private let path: String
    private let counters: StoreCounters
    private let logger: Logger
    /// As committed last.
    private var progress: OpenTransaction.Progress

    init(path: String, counters: StoreCounters, progress: OpenTransaction.Progress, logger: Logger) {
        self.path = path
        self.counters = counters
        self.progress = progress
        self.logger = logger
    }

    /// Carries out commits in order.
    /// - Returns: For each commit nil when it is on disk, else why it is not.
    func write(_ commits: [PreparedCommit], to db: Database) -> [StoreError?] {
        guard commits.count > 1 else { return commits.map { writeAlone($0, to: db) } }
        var transaction = OpenTransaction(db: db, progress: progress)
        var outcomes: [StoreError?] = []
        do {
            try transaction.begin()
            for commit in commits { outcomes.append(try transaction.runInSavepoint(commit)) }
        } catch {
            transaction.rollback()
            let failure = StoreError(error, doing: "commit", path: path)
            // Waiting for the lock once is enough; any other failure may be one commit's own.
            if failure.code == .locked { return commits.map { _ in failure } }
            return writeOneByOne(commits, to: db)
        }
        do {
            try transaction.commit()
        } catch {
            transaction.rollback()
            guard let doubt = doubt(about: error, db: db) else { return writeOneByOne(commits, to: db) }
            // A commit that had already met a conflict wrote nothing in any case, but what it ran into is in doubt too.
            let refused = StoreError(
                .unavailable, "an earlier commit failed at the disk; nothing was written", cause: error)
            return outcomes.map { $0 == nil ? doubt : refused }
        }
        finish(transaction)
        return outcomes
    }

    private func writeOneByOne(_ commits: [PreparedCommit], to db: Database) -> [StoreError?] {
        commits.map { writeAlone($0, to: db) }
    }

    private func writeAlone(_ commit: PreparedCommit, to db: Database) -> StoreError? {
        var transaction = OpenTransaction(db: db, progress: progress)
        do {
            try transaction.begin()
            try transaction.run(commit)
        } catch let refusal as CommitRefusal {
            transaction.rollback()
            return refusal.storeError
        } catch {
            transaction.rollback()
            return StoreError(error, doing: "commit", path: path)
        }
        do {
            try transaction.commit()
        } catch {
            transaction.rollback()
            return doubt(about: error, db: db) ?? StoreError(error, doing: "commit", path: path)
        }
        finish(transaction)
        return nil
    }

    private func finish(_ transaction: OpenTransaction) {
        progress = transaction.progress
        counters.add(transaction.deltas)
    }

    /// Whether a failed COMMIT may be on disk after all; nil when it surely is not.
    ///
    /// SQLite has taken the transaction back in memory, but after a failed sync its frames may be whole in the log, and
    /// a restart would find them. The next transaction overwrites them at the same place; so one small transaction
    /// that is synced settles it. A full disk needs none: the frame that ends a transaction is the last one written.
    private func doubt(about error: any Error, db: Database) -> StoreError? {
        if let error = error as? DatabaseError, [.SQLITE_FULL, .SQLITE_BUSY].contains(error.resultCode) { return nil }
        do {
            try db.inTransaction(.immediate) {
                try db.execute(
                    sql: """
                        INSERT INTO meta VALUES ('store.settled', '1')
                        ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1
                        """)
                return .commit
            }
            return nil
        } catch let second {
            logger.error(
                "a commit failed at the disk, and reading back failed too",
                metadata: ["path": "\(path)", "first": "\(error)", "second": "\(second)"])
            return StoreError(
                .unknown, "commit failed on \(path) and may be on disk: \(error); look up before trying again",
                cause: error)
        }
    }
}

/// Why a commit was not carried out though the database works.
struct CommitRefusal: Error {
    let storeError: StoreError

    static func conflict(_ message: String) -> CommitRefusal {
        CommitRefusal(storeError: StoreError(.conflict, message))
    }

    static func stale(_ what: String, _ progress: OpenTransaction.Progress) -> CommitRefusal {
        CommitRefusal(
            storeError: StoreError(
                .staleFence, "\(what) is older than \(progress.mark): a newer leader writes; step down"))
    }
}
