internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts

/// Changes of holds, and of the heads of ordering keys with them.
///
/// `is_head` is 1 for a hold without ordering key, and for the first open hold of its key by arrival; else 0. Only a
/// change that makes a keyed hold open or final moves it, so a backlog of any length costs a look at its first hold.
extension OpenTransaction {
    mutating func addHold(_ hold: Hold, request: Data) throws {
        let ticket = hold.ticket.description
        guard hold.state == .held else {
            throw CommitRefusal.conflict("addHold \(ticket): its state is \(hold.state.rawValue), must be held")
        }
        let key = hold.request.orderingKey?.text.storable
        if let askID = hold.request.askID {
            let other = try row(
                """
                SELECT ticket FROM holds WHERE ask_id = ? AND principal = ? AND state IN \(Schema.openStates) LIMIT 1
                """, [askID.text.storable, hold.principal.text.storable])
            if let other: String = other?[0] {
                throw CommitRefusal.conflict(
                    "addHold \(ticket): \(other) is open with ask id \(askID) of \(hold.principal)")
            }
        }
        let isHead = try key.map { try firstOpen(of: $0) == nil } ?? true
        try execute(
            HoldRow.insertion,
            HoldRow.arguments(hold, arrival: progress.lastArrival + 1, isHead: isHead, request: request))
        guard db.changesCount == 1 else {
            throw CommitRefusal.conflict("addHold \(ticket): this ticket exists")
        }
        progress.lastArrival += 1
        deltas.append(CountDelta(key: hold.countKey(.held), number: 1))
        try appendEvent(
            at: hold.stateSince, kind: HoldState.held.rawValue, ticket: ticket, to: .held, by: hold.principal,
            cause: hold.cause ?? hold.reason.rawValue)
    }

    mutating func moveHold(_ move: HoldMove) throws {
        let ticket = move.ticket.description
        let found = try row(
            "SELECT arrival, state, attempt, source, priority, ordering_key, is_head FROM holds WHERE ticket = ?",
            [ticket])
        guard let found else {
            throw CommitRefusal.conflict("moveHold \(ticket) to \(move.to.rawValue): there is no such hold")
        }
        let state: HoldState = try HoldRow.decode(found[1])
        guard move.from.contains(state) else {
            let expected = move.from.map(\.rawValue).sorted().joined(separator: " or ")
            throw CommitRefusal.conflict(
                "moveHold \(ticket) to \(move.to.rawValue): it is \(state.rawValue), must be \(expected)")
        }
        let attempt: Int = found[2]
        if let expected = move.attempt, expected != attempt {
            throw CommitRefusal.conflict(
                "moveHold \(ticket) to \(move.to.rawValue): its attempt is \(attempt), must be \(expected)")
        }
        let arrival: Int64 = found[0]
        var isHead: Bool = found[6]
        let key: String? = found[5]
        let leavesKey = key != nil && isHead && move.to.isFinal
        if let key, state.isFinal, !move.to.isFinal { isHead = try takesHead(of: key, arrival: arrival) }
        if leavesKey { isHead = false }
        try execute(HoldRow.movement, HoldRow.arguments(move, arrival: arrival, isHead: isHead))
        if let memory = move.update.flowMemory { try setFlowMemory(memory, arrival: arrival) }
        if let key, leavesKey, let next = try firstOpen(of: key) { try setHead(next, true) }
        let source: LaunchSource = try HoldRow.decode(found[3])
        let priority = try HoldRow.priority(found[4])
        deltas.append(CountDelta(key: .init(state: state, source: source, priority: priority), number: -1))
        deltas.append(CountDelta(key: .init(state: move.to, source: source, priority: priority), number: 1))
        try appendEvent(
            at: move.at, kind: move.to.rawValue, ticket: ticket, from: state, to: move.to, by: move.by,
            cause: move.cause)
    }

    private func setFlowMemory(_ memory: FlowMemory, arrival: Int64) throws {
        guard let json: Data = try row("SELECT request FROM holds WHERE arrival = ?", [arrival])?[0] else { return }
        try execute(
            "UPDATE holds SET request = ? WHERE arrival = ?", [try RequestRecord.replace(memory, in: json), arrival])
    }

    /// Both states are open, so no head moves.
    mutating func recallReleased(at: Timestamp, by principal: Principal, cause: String) throws {
        let numbers = try Row.fetchAll(
            db, sql: "SELECT source, priority, count(*) FROM holds WHERE state = 'released' GROUP BY source, priority")
        guard !numbers.isEmpty else { return }
        try execute(
            """
            INSERT INTO events (at, kind, ticket, from_state, to_state, by, cause)
            SELECT ?, 'held', ticket, 'released', 'held', ?, ? FROM holds WHERE state = 'released' ORDER BY arrival
            """, [at.milliseconds, principal.text.storable, cause.storable])
        try execute(
            "UPDATE holds SET state = 'held', state_since = ?, cause = ? WHERE state = 'released'",
            [at.milliseconds, cause.storable])
        for number in numbers {
            let source: LaunchSource = try HoldRow.decode(number[0])
            let priority = try HoldRow.priority(number[1])
            let count: Int = number[2]
            deltas.append(CountDelta(key: .init(state: .released, source: source, priority: priority), number: -count))
            deltas.append(CountDelta(key: .init(state: .held, source: source, priority: priority), number: count))
        }
    }

    /// Arrival number of the first open hold of a key.
    private func firstOpen(of key: String) throws -> Int64? {
        try row(
            """
            SELECT arrival FROM holds INDEXED BY holds_ordering_open
            WHERE ordering_key IS NOT NULL AND ordering_key = ? AND state IN \(Schema.openStates)
            ORDER BY arrival LIMIT 1
            """, [key])?[0]
    }

    /// Whether a hold that becomes open again is the first of its key; the one that was first then is no longer.
    private func takesHead(of key: String, arrival: Int64) throws -> Bool {
        guard let first = try firstOpen(of: key) else { return true }
        guard arrival < first else { return false }
        try setHead(first, false)
        return true
    }

    private func setHead(_ arrival: Int64, _ isHead: Bool) throws {
        try execute("UPDATE holds SET is_head = ? WHERE arrival = ?", [isHead, arrival])
    }
}

extension Hold {
    fileprivate func countKey(_ state: HoldState) -> HoldCounts.Key {
        HoldCounts.Key(state: state, source: request.source, priority: request.priority)
    }
}
