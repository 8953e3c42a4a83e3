internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// The queue of callbacks.
extension OpenTransaction {
    func queueCallback(_ move: HoldMove, _ kind: Callback.Kind) throws {
        let ticket = move.ticket.description
        let count: Int = try row("SELECT count(*) FROM callbacks WHERE ticket = ?", [ticket])?[0] ?? 0
        guard count < Callback.countMax else { return }
        try execute(
            "INSERT INTO callbacks VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, NULL)",
            [
                ticket, count + 1, kind.rawValue, move.to.rawValue, move.at.milliseconds, move.cause.storable,
                move.at.milliseconds,
            ])
    }

    func settle(_ settlement: CallbackSettlement) throws {
        let ticket = settlement.ticket.description
        let found = try row(
            "SELECT \(CallbackRow.columns) FROM callbacks WHERE ticket = ? AND number = ?",
            [ticket, settlement.number])
        guard let settled = try found.map(CallbackRow.callback)?.applying(settlement) else {
            throw CommitRefusal.conflict(
                "settleCallback \(ticket) \(settlement.number): it is not pending with \(settlement.attempt) tries")
        }
        try execute(
            "UPDATE callbacks SET state = ?, attempt = ?, due_at = ?, outcome = ? WHERE ticket = ? AND number = ?",
            [
                settled.state.rawValue, settled.attempt, settled.dueAt.milliseconds, settled.outcome?.storable, ticket,
                settled.number,
            ])
        guard settled.state == .failed else { return }
        try appendEvent(
            at: settlement.at, kind: Callback.failedEventKind, ticket: ticket, by: .sluice, cause: settlement.cause)
    }
}

/// A row of `callbacks`.
enum CallbackRow {
    static let columns = "ticket, number, kind, hold_state, at, cause, state, attempt, due_at, outcome"

    static func callback(_ row: Row) throws -> Callback {
        var callback = Callback(
            ticket: try StoredWord.ticket(row[0]), number: row[1], kind: try StoredWord.decode(row[2]),
            holdState: try StoredWord.decode(row[3]), at: Timestamp(milliseconds: row[4]), cause: row[5])
        callback.state = try StoredWord.decode(row[6])
        callback.attempt = row[7]
        callback.dueAt = Timestamp(milliseconds: row[8])
        callback.outcome = row[9]
        return callback
    }
}
