internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Rows of the tables beside the holds, as values.
enum RecordRows {
    /// Arguments: principal, key, now.
    static let idempotencyQuery = """
        SELECT principal, key, fingerprint, ticket, epoch, pass_id, at, forget_at FROM idempotency
        WHERE principal = ? AND key = ? AND forget_at > ?
        """

    /// Reads a row of `idempotencyQuery`.
    static func idempotency(_ row: Row) throws -> IdempotencyRecord {
        let outcome: IdempotencyRecord.Outcome
        if let ticket: String = row[3] {
            outcome = .held(try StoredWord.ticket(ticket))
        } else {
            outcome = .proceeded(Epoch(row[4]), try StoredWord.passID(row[5]))
        }
        let fingerprint: Data = row[2]
        return IdempotencyRecord(
            principal: Principal(row[0]), key: IdempotencyKey(row[1]), fingerprint: Fingerprint(Array(fingerprint)),
            outcome: outcome, at: Timestamp(milliseconds: row[6]), forgetAt: Timestamp(milliseconds: row[7]))
    }

    /// Arguments: pass id, now.
    static let redemptionQuery = """
        SELECT principal, ask_id, run_id, at, forget_at FROM redemptions WHERE pass_id = ? AND forget_at > ?
        """

    /// Reads a row of `redemptionQuery`.
    static func redemption(_ row: Row, passID: PassID) -> Redemption {
        Redemption(
            passID: passID, asker: asker(row), at: Timestamp(milliseconds: row[3]),
            forgetAt: Timestamp(milliseconds: row[4]))
    }

    /// Reads principal, ask id and run id from the row's first columns.
    static func asker(_ row: Row) -> Asker {
        let askID: String? = row[1]
        let runID: String? = row[2]
        return Asker(
            principal: Principal(row[0]), askID: askID.map { AskID($0) }, runID: runID.map { ExecutionID($0) })
    }

    /// Argument: execution id.
    static let admissionQuery = "SELECT execution_id, flow, reason, at, ended_at FROM admissions WHERE execution_id = ?"

    /// Reads a row of `admissionQuery`.
    static func admission(_ row: Row) throws -> Admission {
        let endedAt: Int64? = row[4]
        return Admission(
            executionID: ExecutionID(row[0]), flow: FlowID(row[1]), reason: try StoredWord.decode(row[2]),
            at: Timestamp(milliseconds: row[3]), endedAt: endedAt.map { Timestamp(milliseconds: $0) })
    }

    static let eventColumns = "sequence, at, kind, ticket, from_state, to_state, by, cause"

    /// Reads a row of `eventColumns`.
    static func event(_ row: Row) throws -> HoldEvent {
        let ticket: String? = row[3]
        let from: String? = row[4]
        let to: String? = row[5]
        return HoldEvent(
            sequence: row[0], at: Timestamp(milliseconds: row[1]), kind: row[2],
            ticket: try ticket.map { try StoredWord.ticket($0) }, from: try from.map { try StoredWord.decode($0) },
            to: try to.map { try StoredWord.decode($0) }, by: Principal(row[6]), cause: row[7])
    }

    /// The gate's rows as a record; nil in a fresh store.
    static func gate(_ db: Database) throws -> GateRecord? {
        guard let gate = try Row.fetchOne(db, sql: "SELECT epoch, closed_epoch FROM gate WHERE id = 1") else {
            return nil
        }
        let rows = try Row.fetchAll(
            db, sql: "SELECT kind, value, mode, since, by, reason FROM gate_modes ORDER BY place")
        let modes = try rows.map { row in
            let kind: String? = row[0]
            return ScopeMode(
                scope: try kind.map { try ScopeColumns.scope(kind: $0, value: row[1]) },
                mode: try StoredWord.decode(row[2]), since: Timestamp(milliseconds: row[3]), by: Principal(row[4]),
                reason: row[5])
        }
        guard let whole = modes.first else { throw StoredWord.unreadable("gate without a mode") }
        return GateRecord(
            epoch: Epoch(gate[0]), closedEpoch: Epoch(gate[1]), whole: whole, scopes: Array(modes.dropFirst()))
    }
}
