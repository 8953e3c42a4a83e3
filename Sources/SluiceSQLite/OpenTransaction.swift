internal import GRDB
internal import SluiceModel
internal import SluicePorts

/// One transaction while it is written: applies changes in order and keeps what must be forgotten on a rollback.
struct OpenTransaction {
    let db: Database
    var progress: Progress
    /// How the transaction so far changed the numbers of holds.
    var deltas: [CountDelta] = []

    /// What grows with commits and is kept in memory besides.
    struct Progress {
        var lastArrival: Int64
        /// The highest fence seen; nil in a store that no one has written to.
        var fence: Fence?
    }

    init(db: Database, progress: Progress) {
        self.db = db
        self.progress = progress
    }

    func begin() throws { try execute("BEGIN IMMEDIATE TRANSACTION") }

    func commit() throws { try execute("COMMIT TRANSACTION") }

    /// Takes back what is open; SQLite has done so itself after some errors.
    func rollback() { if db.isInsideTransaction { try? db.rollback() } }

    /// Applies a commit such that nothing stays of it if it is refused.
    /// - Returns: Why it was refused; nil when it was applied.
    mutating func runInSavepoint(_ commit: PreparedCommit) throws -> StoreError? {
        let before = (progress, deltas.count)
        try execute("SAVEPOINT one")
        do {
            try run(commit)
        } catch let refusal as CommitRefusal {
            try execute("ROLLBACK TO one")
            try execute("RELEASE one")
            progress = before.0
            deltas.removeSubrange(before.1...)
            return refusal.storeError
        }
        try execute("RELEASE one")
        return nil
    }

    /// Applies a commit; after an error the transaction must be rolled back.
    /// - Throws: `CommitRefusal` on a conflict or a stale fence, else what SQLite says.
    mutating func run(_ commit: PreparedCommit) throws {
        try check(commit.fence)
        for step in commit.steps {
            switch step {
            case .addHold(let hold, let request): try addHold(hold, request: request)
            case .change(let change): try apply(change)
            }
        }
    }

    private mutating func apply(_ change: Change) throws {
        switch change {
        case .addHold(let hold): preconditionFailure("addHold \(hold.ticket) was not prepared")
        case .setGate(let gate, let replaced): try setGate(gate, replacing: replaced)
        case .recallReleased(let at, let principal, let cause): try recallReleased(at: at, by: principal, cause: cause)
        case .moveHold(let move): try moveHold(move)
        case .redeem(let redemption): try redeem(redemption)
        case .remember(let record): try remember(record)
        case .admit(let admission): try admit(admission)
        case .endAdmission(let id, let at): try endAdmission(id, at: at)
        case .tally(let tally): try add(tally)
        case .recordPack(let revision): try recordPack(revision)
        case .note(let note):
            try appendEvent(at: note.at, kind: note.kind, by: note.by, cause: note.text)
        case .putWindow(let window): try put(window)
        case .putOccurrence(let occurrence): try put(occurrence)
        case .forgetWindow(let id): try forget(id)
        case .journal(let entry, let replaced): try setJournal(entry, replacing: replaced)
        case .addMissed(let time): try addMissed(time)
        case .judgedMisfires(let epoch): try judgedMisfires(epoch)
        }
    }

    private mutating func check(_ fence: Fence) throws {
        if let highest = progress.fence {
            guard fence >= highest else {
                throw CommitRefusal(
                    storeError: StoreError(
                        .staleFence,
                        "fence \(fence.timeline).\(fence.term) is older than \(highest.timeline).\(highest.term): "
                            + "a newer leader writes; step down"))
            }
            guard fence > highest else { return }
        }
        try execute(
            "INSERT INTO meta VALUES ('store.fence', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            ["\(fence.timeline) \(fence.term)"])
        progress.fence = fence
    }

    /// Appends one line to the event table.
    func appendEvent(
        at: Timestamp, kind: String, ticket: String? = nil, from: HoldState? = nil, to: HoldState? = nil,
        by: Principal, cause: String
    ) throws {
        try execute(
            "INSERT INTO events (at, kind, ticket, from_state, to_state, by, cause) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                at.milliseconds, kind.storable, ticket, from?.rawValue, to?.rawValue, by.text.storable, cause.storable,
            ])
    }

    /// Runs one statement, prepared at most once per connection.
    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        try statement.execute()
    }

    /// The first row of a query, prepared at most once per connection.
    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        return try Row.fetchOne(statement)
    }
}

extension String {
    /// This text as SQLite keeps it whole: GRDB binds up to the first NUL, so those are replaced by U+FFFD.
    var storable: String {
        utf8.contains(0) ? String(decoding: utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }, as: UTF8.self) : self
    }
}
