internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Packs, windows, schedules and the release's record: rare, so each commit has them alone.
extension WideTransaction {
    func recordPack(_ revision: PackRevision) throws {
        let name = revision.name.storable
        let newest = try number("SELECT coalesce(max(number), 0) FROM sluice.packs WHERE name = $1", name) ?? 0
        guard revision.number == newest + 1 else {
            throw CommitRefusal.conflict(
                "recordPack \(revision.name) \(revision.number): the newest revision is \(newest)")
        }
        try execute(
            "INSERT INTO sluice.packs (\(RecordRows.packColumns)) VALUES ($1, $2, $3, $4, $5, $6, $7)", name,
            revision.number, revision.version?.storable, revision.digest?.storable, revision.loadedAt.milliseconds,
            revision.by.text.storable, String(decoding: try PackRecord.encode(revision.flows), as: UTF8.self))
        try append(kind: PackRevision.eventKind, at: revision.loadedAt, by: revision.by, revision.eventText)
    }

    func put(_ window: Window) throws {
        let id = window.id.text.storable
        let stored = try number("SELECT revision FROM sluice.windows WHERE id = $1", id) ?? 0
        guard window.revision == stored + 1 else {
            throw CommitRefusal.conflict(
                "putWindow \(window.id) revision \(window.revision): the stored revision is \(stored)")
        }
        try execute(
            """
            INSERT INTO sluice.windows (id, revision, record) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, record = excluded.record
            """, id, window.revision, String(decoding: try WindowRecord.encode(window), as: UTF8.self))
    }

    func put(_ occurrence: WindowOccurrence) throws {
        let id = occurrence.window.text.storable
        let wall = occurrence.wall.milliseconds
        let stored =
            try number(
                "SELECT revision FROM sluice.window_occurrences WHERE \"window\" = $1 AND wall = $2", id, wall) ?? 0
        guard occurrence.revision == stored + 1 else {
            throw CommitRefusal.conflict(
                "putOccurrence \(occurrence.window) \(occurrence.wall) revision \(occurrence.revision): the stored "
                    + "revision is \(stored)")
        }
        try execute(
            """
            INSERT INTO sluice.window_occurrences ("window", wall, revision, is_open, starts, ends, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT ("window", wall) DO UPDATE SET revision = excluded.revision, is_open = excluded.is_open,
                starts = excluded.starts, ends = excluded.ends, record = excluded.record
            """, id, wall, occurrence.revision, occurrence.isOpen ? 1 : 0, occurrence.start.milliseconds,
            occurrence.end.milliseconds, String(decoding: try WindowRecord.encode(occurrence), as: UTF8.self))
    }

    func put(_ record: MaintenanceRecord) throws {
        let id = record.id.text.storable
        let stored = try number("SELECT revision FROM sluice.maintenances WHERE id = $1", id) ?? 0
        guard record.revision == stored + 1 else {
            throw CommitRefusal.conflict(
                "putMaintenance \(record.id) revision \(record.revision): the stored revision is \(stored)")
        }
        try execute(
            """
            INSERT INTO sluice.maintenances (id, revision, is_final, planned_at, record) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, is_final = excluded.is_final,
                planned_at = excluded.planned_at, record = excluded.record
            """, id, record.revision, record.phase.isFinal ? 1 : 0, record.plannedAt.milliseconds,
            String(decoding: try StoredMaintenance.encode(record), as: UTF8.self))
    }

    // MARK: Schedules

    func setJournal(_ entry: JournalEntry, replacing replaced: JournalState?) throws {
        let id = entry.id.text.storable
        let found = try connection.exchange(Statement("SELECT state FROM sluice.journal WHERE id = $1", id))
            .first?.text(0)
        guard found == replaced?.rawValue else {
            throw CommitRefusal.conflict(
                "journal \(entry.id) to \(entry.state.rawValue): it is \(found ?? "not there"), must be "
                    + (replaced?.rawValue ?? "not there"))
        }
        var statement = Statement(
            """
            INSERT INTO sluice.journal (\(RecordRows.journalColumns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                $20, $21)
            ON CONFLICT (id) DO UPDATE SET title = excluded.title, before = excluded.before, record = excluded.record,
                intended = excluded.intended, state = excluded.state, attempt = excluded.attempt,
                done_at = excluded.done_at, reverted_at = excluded.reverted_at, gap_from = excluded.gap_from,
                gap_to = excluded.gap_to, uncertain_to = excluded.uncertain_to, since = excluded.since,
                by = excluded.by, cause = excluded.cause, decided_at = excluded.decided_at, change = excluded.change
            """, id, entry.system, entry.object.storable, entry.title.storable,
            String(decoding: try JournalRecord.encode(entry.before), as: UTF8.self))
        statement.add(entry.record?.bytes)
        statement.add(entry.intended.storable)
        statement.add(entry.state.rawValue)
        statement.add(entry.attempt)
        for time in [
            entry.at, entry.doneAt, entry.revertedAt, entry.gapFrom, entry.gapTo, entry.uncertainTo, entry.since,
        ] {
            statement.add(time?.milliseconds)
        }
        statement.add(entry.by.text.storable)
        statement.add(entry.cause.storable)
        statement.add(entry.maintenance?.text.storable)
        statement.add(entry.decision?.at.milliseconds)
        statement.add(try JournalRecord.encode(entry).map { String(decoding: $0, as: UTF8.self) })
        _ = try connection.exchange(statement)
        if found != entry.state.rawValue {
            try append(kind: entry.eventKind, at: entry.since, by: entry.by, entry.eventText)
        }
    }

    func addMissed(_ time: MissedTime) throws {
        let answer = try connection.exchange(
            Statement(
                """
                INSERT INTO sluice.missed (schedule, nominal, title, policy, outcome, ticket, execution_id, at, cause)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (schedule, nominal) DO NOTHING
                """, time.schedule.text.storable, time.nominalTime.milliseconds, time.title.storable, time.policy,
                time.outcome.rawValue, time.ticket?.description, time.executionID?.text.storable,
                time.at.milliseconds, time.cause.storable))
        guard answer.changedCount == 1 else {
            throw CommitRefusal.conflict(
                "addMissed \(time.schedule) at \(time.nominalTime.rfc3339): this time is on record")
        }
    }

    func setRelease(_ record: ReleaseRecord, replacing replaced: Int64?) throws {
        let found = try number("SELECT revision FROM sluice.release")
        guard found == replaced else {
            throw CommitRefusal.conflict(
                "setRelease \(record.revision): the stored revision is \(found.map(String.init) ?? "none"), must be "
                    + (replaced.map(String.init) ?? "none"))
        }
        try execute(
            """
            INSERT INTO sluice.release (id, revision, record) VALUES (1, $1, $2)
            ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, record = excluded.record
            """, record.revision, String(decoding: try ReleaseJSON.encode(record), as: UTF8.self))
        _ = try connection.exchange(
            Statement("SELECT pg_notify('\(Newsroom.channel)', '\(Newsroom.releaseWord)')"))
        try append(kind: ReleaseRecord.eventKind, at: record.at, by: record.by, record.eventText)
    }
}
