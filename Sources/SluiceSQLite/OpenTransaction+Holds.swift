internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of holds, and of the heads of ordering keys with them.
///
/// `is_head` is 1 for a hold without ordering key, and for the first open hold of its key by arrival; else 0. Only a
/// change that makes a keyed hold open or final moves it, so a backlog of any length costs a look at its first hold.
extension OpenTransaction {
    mutating func addHold(_ hold: Hold, request: Data, imported: HoldImport?) throws {
        let ticket = hold.ticket.description
        guard (imported == nil ? [.held] : HoldImport.states).contains(hold.state) else {
            throw CommitRefusal.conflict("addHold \(ticket): its state is \(hold.state.rawValue), must be held")
        }
        let key = hold.request.orderingKey?.text.storable
        if let askID = hold.request.askID, !hold.state.isFinal {
            let other = try row(
                """
                SELECT ticket FROM holds WHERE ask_id = ? AND principal = ?
                    AND state IN \(StoredHolds.openStates) LIMIT 1
                """, [askID.text.storable, hold.principal.text.storable])
            if let other: String = other?[0] {
                throw CommitRefusal.conflict(
                    "addHold \(ticket): \(other) is open with ask id \(askID) of \(hold.principal)")
            }
        }
        let isHead = try key.map { try !hold.state.isFinal && firstOpen(of: $0) == nil } ?? true
        let insertion = try statements[.addHold, HoldRow.insertion]
        HoldRow.bind(hold, to: insertion, arrival: progress.lastArrival + 1, isHead: isHead, request: request)
        try insertion.run()
        guard db.changesCount == 1 else {
            throw CommitRefusal.conflict("addHold \(ticket): this ticket exists")
        }
        progress.lastArrival += 1
        deltas.append(CountDelta(key: hold.countKey(hold.state), number: 1))
        try appendEvent(
            at: imported?.at ?? hold.stateSince, kind: imported == nil ? hold.state.rawValue : HoldImport.eventKind,
            ticket: ticket, to: hold.state, by: imported?.by ?? hold.principal,
            cause: imported?.cause ?? hold.cause ?? hold.reason.rawValue)
    }

    /// Both states are open, so no head moves.
    mutating func recallReleased(at: Timestamp, by principal: Principal, cause: String) throws {
        let recalled = """
            SELECT arrival FROM holds INDEXED BY holds_state WHERE state = 'released'
            ORDER BY arrival LIMIT \(Recall.countMax)
            """
        let numbers = try Row.fetchAll(
            db,
            sql: "SELECT source, priority, count(*) FROM holds WHERE arrival IN (\(recalled)) GROUP BY source, priority"
        )
        guard !numbers.isEmpty else { return }
        try execute(
            """
            INSERT INTO events (at, kind, ticket, from_state, to_state, by, cause)
            SELECT ?, 'held', ticket, 'released', 'held', ?, ? FROM holds WHERE arrival IN (\(recalled))
            ORDER BY arrival
            """, [at.milliseconds, principal.text.storable, cause.storable])
        try execute(
            "UPDATE holds SET state = 'held', state_since = ?, cause = ? WHERE arrival IN (\(recalled))",
            [at.milliseconds, cause.storable])
        for number in numbers {
            let source: LaunchSource = try StoredWord.decode(number[0])
            let priority = try StoredWord.priority(number[1])
            let count: Int = number[2]
            deltas.append(CountDelta(key: .init(state: .released, source: source, priority: priority), number: -count))
            deltas.append(CountDelta(key: .init(state: .held, source: source, priority: priority), number: count))
        }
    }

    /// Arrival number of the first open hold of a key.
    func firstOpen(of key: String) throws -> Int64? {
        try row(
            """
            SELECT arrival FROM holds INDEXED BY holds_ordering_open
            WHERE ordering_key IS NOT NULL AND ordering_key = ? AND state IN \(StoredHolds.openStates)
            ORDER BY arrival LIMIT 1
            """, [key])?[0]
    }

    /// Whether a hold that becomes open again is the first of its key; the one that was first then is no longer.
    func takesHead(of key: String, arrival: Int64) throws -> Bool {
        guard let first = try firstOpen(of: key) else { return true }
        guard arrival < first else { return false }
        try setHead(first, false)
        return true
    }

    func setHead(_ arrival: Int64, _ isHead: Bool) throws {
        try execute("UPDATE holds SET is_head = ? WHERE arrival = ?", [isHead, arrival])
    }
}

extension Hold {
    fileprivate func countKey(_ state: HoldState) -> HoldCounts.Key {
        HoldCounts.Key(state: state, source: request.source, priority: request.priority)
    }
}
