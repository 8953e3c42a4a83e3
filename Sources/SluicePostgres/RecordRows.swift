internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Rows of the tables beside the holds, as values.
enum RecordRows {
    static let idempotencyColumns = "principal, key, fingerprint, ticket, epoch, pass_id, at, forget_at"

    /// Reads a row of `idempotencyColumns`.
    static func idempotency(_ row: Answer.Row) throws -> IdempotencyRecord {
        let outcome: IdempotencyRecord.Outcome
        if let ticket = row.text(3) {
            outcome = .held(try StoredWord.ticket(ticket))
        } else {
            outcome = .proceeded(Epoch(try row.requireNumber(4)), try StoredWord.passID(try row.require(5)))
        }
        return IdempotencyRecord(
            principal: Principal(try row.require(0)), key: IdempotencyKey(try row.require(1)),
            fingerprint: Fingerprint(row.blob(2) ?? []), outcome: outcome, at: try row.requireTime(6),
            forgetAt: try row.requireTime(7))
    }

    /// Reads pass id, principal, ask id, run id, time and time to forget.
    static func redemption(_ row: Answer.Row, passID: PassID) throws -> Redemption {
        Redemption(
            passID: passID,
            asker: Asker(
                principal: Principal(try row.require(1)), askID: row.text(2).map { AskID($0) },
                runID: row.text(3).map { ExecutionID($0) }),
            at: try row.requireTime(4), forgetAt: try row.requireTime(5))
    }

    static let admissionColumns = "execution_id, flow, reason, at, ended_at"

    /// Reads a row of `admissionColumns`.
    static func admission(_ row: Answer.Row) throws -> Admission {
        Admission(
            executionID: ExecutionID(try row.require(0)), flow: FlowID(try row.require(1)),
            reason: try StoredWord.decode(try row.require(2)), at: try row.requireTime(3), endedAt: row.time(4))
    }

    static let eventColumns = "sequence, at, kind, ticket, from_state, to_state, by, cause"

    /// Reads a row of `eventColumns`.
    static func event(_ row: Answer.Row) throws -> HoldEvent {
        HoldEvent(
            sequence: try row.requireNumber(0), at: try row.requireTime(1), kind: try row.require(2),
            ticket: try row.text(3).map { try StoredWord.ticket($0) },
            from: try row.text(4).map { try StoredWord.decode($0) },
            to: try row.text(5).map { try StoredWord.decode($0) }, by: Principal(try row.require(6)),
            cause: try row.require(7))
    }

    static let gateQueries = [
        Statement("SELECT epoch, closed_epoch FROM sluice.gate"),
        Statement("SELECT kind, value, mode, since, by, reason FROM sluice.gate_modes ORDER BY place"),
    ]

    /// Reads the answers to `gateQueries`; nil in a fresh store.
    static func gate(_ answers: ArraySlice<Answer>) throws -> GateRecord? {
        guard let gate = answers.first?.first, let modeRows = answers.last?.rows else { return nil }
        let modes = try modeRows.map { row in
            ScopeMode(
                scope: try row.text(0).map { try ScopeColumns.scope(kind: $0, value: try row.require(1)) },
                mode: try StoredWord.decode(try row.require(2)), since: try row.requireTime(3),
                by: Principal(try row.require(4)), reason: try row.require(5))
        }
        guard let whole = modes.first else { throw StoredWord.unreadable("gate without a mode") }
        return GateRecord(
            epoch: Epoch(try gate.requireNumber(0)), closedEpoch: Epoch(try gate.requireNumber(1)), whole: whole,
            scopes: Array(modes.dropFirst()))
    }

    static let packColumns = "name, number, version, digest, loaded_at, by, flows"

    /// Reads a row of `packColumns`.
    static func pack(_ row: Answer.Row) throws -> PackRevision {
        PackRevision(
            name: try row.require(0), version: row.text(2), number: Int(try row.requireNumber(1)),
            digest: row.text(3), loadedAt: try row.requireTime(4), by: Principal(try row.require(5)),
            flows: try PackRecord.decode(Data(try row.require(6).utf8)))
    }

    static let journalColumns = """
        id, system, object, title, before, record, intended, state, attempt, at, done_at, reverted_at, gap_from, \
        gap_to, uncertain_to, since, by, cause, maintenance, decided_at, change
        """

    /// Reads a row of `journalColumns`.
    static func journal(_ row: Answer.Row) throws -> JournalEntry {
        var entry = JournalEntry(
            system: try row.require(1), object: try row.require(2), title: try row.require(3),
            record: row.blob(5).map { SealedBytes($0) }, intended: try row.require(6), at: try row.requireTime(9),
            by: Principal(try row.require(16)), cause: try row.require(17))
        entry.before = try JournalRecord.fields(Data(try row.require(4).utf8))
        entry.id = JournalID(try row.require(0))
        entry.state = try StoredWord.decode(try row.require(7))
        entry.attempt = Int(try row.requireNumber(8))
        entry.doneAt = row.time(10)
        entry.revertedAt = row.time(11)
        entry.gapFrom = row.time(12)
        entry.gapTo = row.time(13)
        entry.uncertainTo = row.time(14)
        entry.since = try row.requireTime(15)
        entry.maintenance = row.text(18).map { MaintenanceID($0) }
        if let change = row.text(20) { try JournalRecord.decode(Data(change.utf8), into: &entry) }
        return entry
    }

    static let missedColumns = "sequence, schedule, nominal, title, policy, outcome, ticket, execution_id, at, cause"

    /// Reads a row of `missedColumns`.
    static func missed(_ row: Answer.Row) throws -> MissedTime {
        MissedTime(
            schedule: ScheduleID(try row.require(1)), nominalTime: try row.requireTime(2), title: try row.require(3),
            policy: try row.require(4), outcome: try StoredWord.decode(try row.require(5)),
            ticket: row.text(6).flatMap { Ticket($0) }, executionID: row.text(7).map { ExecutionID($0) },
            at: try row.requireTime(8), cause: try row.require(9))
    }
}
