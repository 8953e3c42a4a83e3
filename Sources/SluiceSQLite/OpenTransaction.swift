internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// One transaction while it is written: applies changes in order and keeps what must be forgotten on a rollback.
struct OpenTransaction {
    let db: Database
    let statements: FastStatements
    var progress: Progress
    /// How the transaction so far changed the numbers of holds.
    var deltas: [CountDelta] = []

    /// What grows with commits and is kept in memory besides.
    struct Progress {
        var lastArrival: Int64
        /// Older fences are refused.
        var mark: FenceMark
    }

    init(db: Database, progress: Progress) {
        self.db = db
        statements = FastStatements(db)
        self.progress = progress
    }

    func begin() throws { try execute("BEGIN IMMEDIATE TRANSACTION") }

    func commit() throws { try execute("COMMIT TRANSACTION") }

    /// Takes back what is open; SQLite has done so itself after some errors.
    func rollback() { if db.isInsideTransaction { try? db.rollback() } }

    /// Applies a commit such that nothing stays of it if it is refused.
    /// - Returns: Why it was refused; nil when it was applied.
    mutating func runInSavepoint(_ commit: PreparedCommit) throws -> StoreError? {
        if commit.checksFirst, progress.mark.accepting(commit.fence) == progress.mark {
            // Nothing is written before all was checked: there is nothing to put back.
            do {
                try run(commit)
                return nil
            } catch let refusal as CommitRefusal {
                return refusal.storeError
            }
        }
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
            case .addHold(let hold, let request, let imported):
                try addHold(hold, request: request, imported: imported)
            case .moves(let moves): try move(moves)
            case .change(let change): try apply(change)
            }
        }
    }

    private mutating func apply(_ change: Change) throws {
        switch change {
        case .addHold, .importHold, .moveHold: preconditionFailure("a change of a hold was not prepared")
        case .setGate(let gate, let replaced): try setGate(gate, replacing: replaced)
        case .recallReleased(let at, let principal, let cause): try recallReleased(at: at, by: principal, cause: cause)
        case .redeem(let redemption): try redeem(redemption)
        case .remember(let record): try remember(record)
        case .admit(let admission): try admit(admission)
        case .endAdmission(let id, let at): try endAdmission(id, at: at)
        case .putCaller(let caller, let horizon): try put(caller, horizon: horizon)
        case .tally(let tally): try add(tally)
        case .recordPack(let revision): try recordPack(revision)
        case .note(let note):
            try appendEvent(at: note.at, kind: note.kind, by: note.by, cause: note.text)
        case .putWindow(let window): try put(window)
        case .putOccurrence(let occurrence): try put(occurrence)
        case .forgetWindow(let id): try forget(id)
        case .putMaintenance(let record): try put(record)
        case .journal(let entry, let replaced): try setJournal(entry, replacing: replaced)
        case .addMissed(let time): try addMissed(time)
        case .judgedMisfires(let epoch): try judgedMisfires(epoch)
        case .seatReplica(let replica): try seat(replica)
        case .renewReplica(let renewal): try renew(renewal)
        case .removeReplica(let id, let renewal): try remove(id, renewal: renewal)
        case .takeLead(let record, let seen): try takeLead(record, seen: seen)
        case .renewLead(let renewal): try renew(renewal)
        case .resignLead(let holder, let term, let at): try resign(holder, term: term, at: at)
        case .expectOpen(let epoch): try expectOpen(since: epoch)
        case .expectUnasked(let asker): try expectUnasked(asker)
        case .coalesce(let coalescing): try coalesce(coalescing)
        case .settleCallback(let settlement): try settle(settlement)
        case .forgetHolds(let forgetting): try forget(forgetting)
        case .succeed(let succession): try succeed(succession)
        case .setRelease(let record, let replaced): try setRelease(record, replacing: replaced)
        }
    }

    private mutating func check(_ fence: Fence) throws {
        guard let accepted = progress.mark.accepting(fence) else {
            throw CommitRefusal.stale("fence \(fence)", progress)
        }
        try raise(to: accepted)
    }

    mutating func raise(to mark: FenceMark) throws {
        guard mark != progress.mark else { return }
        try execute(
            "INSERT INTO meta VALUES ('store.fence', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            ["\(mark.timeline) \(mark.term)"])
        progress.mark = mark
    }

    /// Appends one line to the event table.
    func appendEvent(
        at: Timestamp, kind: String, ticket: String? = nil, from: HoldState? = nil, to: HoldState? = nil,
        by: Principal, cause: String
    ) throws {
        let insertion = try statements[
            .event,
            "INSERT INTO events (at, kind, ticket, from_state, to_state, by, cause) VALUES (?, ?, ?, ?, ?, ?, ?)"]
        insertion.bind(at.milliseconds)
        insertion.bind(kind.storable)
        insertion.bind(ticket)
        insertion.bind(from?.rawValue)
        insertion.bind(to?.rawValue)
        insertion.bind(by.text.storable)
        insertion.bind(cause.storable)
        try insertion.run()
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
