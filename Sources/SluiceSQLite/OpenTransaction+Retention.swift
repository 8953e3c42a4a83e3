internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Deleting holds whose retention is over.
extension OpenTransaction {
    /// Whether a hold may be deleted: final since before a time, not the newest, nothing pending, and nobody open
    /// stands for it. Arguments: the time.
    static let forgettable = """
        state NOT IN \(StoredHolds.openStates) AND state_since < ?
        AND arrival < (SELECT max(arrival) FROM holds)
        AND NOT EXISTS (SELECT 1 FROM callbacks
            WHERE callbacks.ticket = holds.ticket AND callbacks.state = 'pending')
        AND NOT (state = 'coalesced' AND EXISTS (SELECT 1 FROM holds AS standing
            WHERE standing.ticket = holds.representative AND standing.state IN \(StoredHolds.openStates)))
        """

    mutating func forget(_ forgetting: Forgetting) throws {
        var count = 0
        for ticket in forgetting.tickets.map(\.description) {
            let found = try row(
                "SELECT arrival, state, source, priority FROM holds WHERE ticket = ? AND \(Self.forgettable)",
                [ticket, forgetting.endedBefore.milliseconds])
            guard let found else { continue }
            let arrival: Int64 = found[0]
            let key = HoldCounts.Key(
                state: try StoredWord.decode(found[1]), source: try StoredWord.decode(found[2]),
                priority: try StoredWord.priority(found[3]))
            // The hold first: only then may its events go.
            try execute("DELETE FROM holds WHERE arrival = ?", [arrival])
            try execute("DELETE FROM events WHERE ticket = ?", [ticket])
            try execute("DELETE FROM callbacks WHERE ticket = ?", [ticket])
            deltas.append(CountDelta(key: key, number: -1))
            count += 1
        }
        guard count > 0 else { return }
        // Also the newest event then, so that the sequence numbers of the deleted are not given again.
        try appendEvent(
            at: forgetting.at, kind: Forgetting.eventKind, by: forgetting.by,
            cause: forgetting.eventText(count: count))
    }
}
