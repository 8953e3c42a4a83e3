internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Callbacks that were tried, and holds whose retention is over.
extension WideTransaction {
    func settle(_ settlement: CallbackSettlement) throws {
        let ticket = settlement.ticket.description
        // Whoever writes an event of a hold has its row.
        let answers = try connection.exchange([
            Statement("SELECT 1 FROM sluice.holds WHERE ticket = $1 FOR UPDATE", ticket),
            Statement(
                "SELECT \(CallbackRow.columns) FROM sluice.callbacks WHERE ticket = $1 AND number = $2 FOR UPDATE",
                ticket, settlement.number),
        ])
        guard let settled = try answers[1].first.map({ try CallbackRow.callback($0) })?.applying(settlement) else {
            throw CommitRefusal.conflict(
                "settleCallback \(ticket) \(settlement.number): it is not pending with \(settlement.attempt) tries")
        }
        try execute(
            """
            UPDATE sluice.callbacks SET state = $1, attempt = $2, due_at = $3, outcome = $4
            WHERE ticket = $5 AND number = $6
            """, settled.state.rawValue, settled.attempt, settled.dueAt.milliseconds, settled.outcome?.storable, ticket,
            settled.number)
        guard settled.state == .failed else { return }
        var state = GroupState()
        state.events = [
            .init(
                at: settlement.at, kind: Callback.failedEventKind, ticket: settlement.ticket, by: .sluice,
                cause: settlement.cause)
        ]
        _ = try connection.exchange(GroupWrites(state: state, numbers: try takeNumbers(1)).statements)
    }

    /// The lock of holds is held alone.
    func forget(_ forgetting: Forgetting) throws {
        var query = Statement(
            """
            SELECT ticket, state, source, priority FROM sluice.holds
            WHERE \(HoldReader.forgettable) AND ticket = ANY ($2::text[])
            """, forgetting.endedBefore.milliseconds)
        query.add(texts: forgetting.tickets.map(\.description))
        var tickets: [String] = []
        var deltas: [HoldCounts.Key: Int] = [:]
        for row in try connection.exchange(query).rows {
            tickets.append(try row.require(0))
            let key = HoldCounts.Key(
                state: try StoredWord.decode(try row.require(1)), source: try StoredWord.decode(try row.require(2)),
                priority: try StoredWord.priority(Int(try row.requireNumber(3))))
            deltas[key, default: 0] -= 1
        }
        guard !tickets.isEmpty else { return }
        // The holds first: only then may their events go.
        let deletions = ["holds", "events", "callbacks"].map { table in
            var statement = Statement(
                "DELETE FROM sluice.\(table) WHERE ticket IS NOT NULL AND ticket = ANY ($1::text[])")
            statement.add(texts: tickets)
            return statement
        }
        _ = try connection.exchange(deletions + [GroupWrites.counts(deltas)])
        try append(
            kind: Forgetting.eventKind, at: forgetting.at, by: forgetting.by,
            forgetting.eventText(count: tickets.count))
    }
}

/// A row of `callbacks`.
enum CallbackRow {
    static let columns = "ticket, number, kind, hold_state, at, cause, state, attempt, due_at, outcome"

    static func callback(_ row: Answer.Row) throws -> Callback {
        var callback = Callback(
            ticket: try StoredWord.ticket(try row.require(0)), number: Int(try row.requireNumber(1)),
            kind: try StoredWord.decode(try row.require(2)), holdState: try StoredWord.decode(try row.require(3)),
            at: try row.requireTime(4), cause: try row.require(5))
        callback.state = try StoredWord.decode(try row.require(6))
        callback.attempt = Int(try row.requireNumber(7))
        callback.dueAt = try row.requireTime(8)
        callback.outcome = row.text(9)
        return callback
    }
}

extension HoldReader {
    /// Whether a hold may be deleted: final since before a time, not the newest, nothing pending, and nobody open
    /// stands for it. Parameter `$1`: the time.
    static let forgettable = """
        state NOT IN \(StoredHolds.openStates) AND state_since < $1
        AND arrival < (SELECT max(newest.arrival) FROM sluice.holds AS newest)
        AND NOT EXISTS (SELECT 1 FROM sluice.callbacks AS open
            WHERE open.ticket = holds.ticket AND open.state = 'pending')
        AND NOT (state = 'coalesced' AND EXISTS (SELECT 1 FROM sluice.holds AS standing
            WHERE standing.ticket = holds.representative AND standing.state IN \(StoredHolds.openStates)))
        """
}
