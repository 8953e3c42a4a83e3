internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of the journal and of missed times.
extension OpenTransaction {
    mutating func setJournal(_ entry: JournalEntry, replacing replaced: JournalState?) throws {
        let found: String? = try row("SELECT state FROM journal WHERE id = ?", [entry.id.text.storable])?[0]
        guard found == replaced?.rawValue else {
            throw CommitRefusal.conflict(
                "journal \(entry.id) to \(entry.state.rawValue): it is \(found ?? "not there"), must be "
                    + (replaced?.rawValue ?? "not there"))
        }
        try execute(
            """
            INSERT INTO journal (\(JournalRow.columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET title = excluded.title, before = excluded.before, record = excluded.record,
                intended = excluded.intended, state = excluded.state, attempt = excluded.attempt,
                done_at = excluded.done_at, reverted_at = excluded.reverted_at, gap_from = excluded.gap_from,
                gap_to = excluded.gap_to, uncertain_to = excluded.uncertain_to, since = excluded.since,
                by = excluded.by, cause = excluded.cause, decided_at = excluded.decided_at, change = excluded.change
            """, try JournalRow.arguments(entry))
        if found != entry.state.rawValue {
            try appendEvent(at: entry.since, kind: entry.eventKind, by: entry.by, cause: entry.eventText)
        }
    }

    mutating func addMissed(_ time: MissedTime) throws {
        try execute(
            """
            INSERT INTO missed (schedule, nominal, title, policy, outcome, ticket, execution_id, at, cause)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                time.schedule.text.storable, time.nominalTime.milliseconds, time.title.storable, time.policy,
                time.outcome.rawValue, time.ticket?.description, time.executionID?.text.storable, time.at.milliseconds,
                time.cause.storable,
            ])
        guard db.changesCount == 1 else {
            throw CommitRefusal.conflict(
                "addMissed \(time.schedule) at \(time.nominalTime.rfc3339): this time is on record")
        }
    }
}

/// A row of `journal` as an entry, and back.
enum JournalRow {
    static let columns = """
        id, system, object, title, before, record, intended, state, attempt, at, done_at, reverted_at, gap_from, gap_to,
        uncertain_to, since, by, cause, maintenance, decided_at, change
        """

    static func arguments(_ entry: JournalEntry) throws -> StatementArguments {
        [
            entry.id.text.storable, entry.system, entry.object.storable, entry.title.storable,
            try JournalRecord.encode(entry.before),
            entry.record.map { Data($0.bytes) }, entry.intended.storable, entry.state.rawValue, entry.attempt,
            entry.at.milliseconds, entry.doneAt?.milliseconds, entry.revertedAt?.milliseconds,
            entry.gapFrom?.milliseconds, entry.gapTo?.milliseconds, entry.uncertainTo?.milliseconds,
            entry.since.milliseconds, entry.by.text.storable, entry.cause.storable, entry.maintenance?.text.storable,
            entry.decision?.at.milliseconds, try JournalRecord.encode(entry),
        ]
    }

    /// Reads a row of `columns`.
    static func entry(_ row: Row) throws -> JournalEntry {
        func time(_ index: Int) -> Timestamp? { (row[index] as Int64?).map { Timestamp(milliseconds: $0) } }
        let before: Data = row[4]
        let record: Data? = row[5]
        var entry = JournalEntry(
            system: row[1], object: row[2], title: row[3], record: record.map { SealedBytes(Array($0)) },
            intended: row[6], at: Timestamp(milliseconds: row[9]), by: Principal(row[16]), cause: row[17])
        entry.before = try JournalRecord.fields(before)
        entry.id = JournalID(row[0])
        entry.state = try StoredWord.decode(row[7])
        entry.attempt = row[8]
        entry.doneAt = time(10)
        entry.revertedAt = time(11)
        entry.gapFrom = time(12)
        entry.gapTo = time(13)
        entry.uncertainTo = time(14)
        entry.since = Timestamp(milliseconds: row[15])
        entry.maintenance = (row[18] as String?).map { MaintenanceID($0) }
        if let change: Data = row[20] { try JournalRecord.decode(change, into: &entry) }
        return entry
    }

    /// A row of `missed`, all columns in their order.
    static func missed(_ row: Row) throws -> MissedTime {
        let ticket: String? = row[6]
        return MissedTime(
            schedule: ScheduleID(row[1]), nominalTime: Timestamp(milliseconds: row[2]), title: row[3], policy: row[4],
            outcome: try StoredWord.decode(row[5]), ticket: ticket.flatMap { Ticket($0) },
            executionID: (row[7] as String?).map { ExecutionID($0) }, at: Timestamp(milliseconds: row[8]),
            cause: row[9])
    }
}
