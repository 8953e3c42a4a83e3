internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Moves of holds.
///
/// Moves of one hold that follow each other are one write of its row, with a line of its history for each.
extension OpenTransaction {
    /// - Parameter moves: Of one hold.
    mutating func move(_ moves: [HoldMove]) throws {
        let ticket = moves[0].ticket.description
        guard let found = try storedHold(ticket) else {
            throw CommitRefusal.conflict("moveHold \(ticket) to \(moves[0].to.rawValue): there is no such hold")
        }
        var hold = found
        var change: RowChange?
        for move in moves {
            if let gathered = change, !gathered.takes(move, of: hold) {
                try write(gathered, to: &hold)
                change = nil
            }
            try hold.check(move)
            try record(move, from: hold)
            if change == nil { change = RowChange(move, from: hold.state) } else { change?.add(move) }
            hold.state = move.to
            if let attempt = move.update.attempt { hold.attempt = attempt }
        }
        if let change { try write(change, to: &hold) }
    }

    private func storedHold(_ ticket: String) throws -> StoredHold? {
        let query = try statements[
            .hold,
            "SELECT arrival, state, attempt, source, priority, ordering_key, is_head, has_callback FROM holds "
                + "WHERE ticket = ?"]
        query.bind(ticket)
        return try query.first { row in
            StoredHold(
                ticket: ticket, arrival: row.number(0), state: try StoredWord.decode(try row.require(1)),
                attempt: Int(row.number(2)), source: try StoredWord.decode(try row.require(3)),
                priority: try StoredWord.priority(Int(row.number(4))), key: row.text(5), isHead: row.number(6) != 0,
                hasCallback: row.number(7) != 0)
        }
    }

    /// What a move adds beside the hold's row.
    private mutating func record(_ move: HoldMove, from hold: StoredHold) throws {
        let (source, priority) = (hold.source, hold.priority)
        deltas.append(CountDelta(key: .init(state: hold.state, source: source, priority: priority), number: -1))
        deltas.append(CountDelta(key: .init(state: move.to, source: source, priority: priority), number: 1))
        try appendEvent(
            at: move.at, kind: move.to.rawValue, ticket: hold.ticket, from: hold.state, to: move.to, by: move.by,
            cause: move.cause)
        if hold.hasCallback, let kind = move.callbackKind(from: hold.state) { try queueCallback(move, kind) }
    }

    /// Writes the row, and moves the head of its ordering key.
    private mutating func write(_ change: RowChange, to hold: inout StoredHold) throws {
        let forgetsKey = change.last.update.leavesOrderingKey
        let leavesKey = hold.key != nil && hold.isHead && (change.last.to.isFinal || forgetsKey)
        var isHead = hold.isHead
        if let key = hold.key, change.before.isFinal, !change.last.to.isFinal, !forgetsKey {
            isHead = try takesHead(of: key, arrival: hold.arrival)
        }
        if leavesKey { isHead = false }
        if forgetsKey {
            isHead = true
            try execute("UPDATE holds SET ordering_key = NULL WHERE arrival = ?", [hold.arrival])
        }
        try change.run(in: statements, arrival: hold.arrival, isHead: isHead == hold.isHead ? nil : isHead)
        if let memory = change.last.update.flowMemory { try setFlowMemory(memory, arrival: hold.arrival) }
        if let key = hold.key, leavesKey, let next = try firstOpen(of: key) { try setHead(next, true) }
        hold.isHead = isHead
        if forgetsKey { hold.key = nil }
    }

    private func setFlowMemory(_ memory: FlowMemory, arrival: Int64) throws {
        guard let json: Data = try row("SELECT request FROM holds WHERE arrival = ?", [arrival])?[0] else { return }
        try execute(
            "UPDATE holds SET request = ? WHERE arrival = ?",
            [Data(try RequestRecord.replace(memory, in: Array(json))), arrival])
    }
}

/// What of a hold's row its moves depend on.
private struct StoredHold {
    let ticket: String
    let arrival: Int64
    var state: HoldState
    var attempt: Int
    let source: LaunchSource
    let priority: Priority
    var key: String?
    var isHead: Bool
    let hasCallback: Bool

    func check(_ move: HoldMove) throws {
        guard move.from.contains(state) else {
            let expected = move.from.map(\.rawValue).sorted().joined(separator: " or ")
            throw CommitRefusal.conflict(
                "moveHold \(ticket) to \(move.to.rawValue): it is \(state.rawValue), must be \(expected)")
        }
        if let expected = move.attempt, expected != attempt {
            throw CommitRefusal.conflict(
                "moveHold \(ticket) to \(move.to.rawValue): its attempt is \(attempt), must be \(expected)")
        }
    }
}

/// What one or several moves make of a hold's row: only the columns that they set, so that few indexes are touched.
private struct RowChange {
    /// The state before the first.
    let before: HoldState
    private(set) var last: HoldMove
    /// What they set together.
    private var update: HoldUpdate
    private var isAttemptNew: Bool { update.attempt != nil }

    init(_ move: HoldMove, from before: HoldState) {
        self.before = before
        last = move
        update = move.update
    }

    /// Whether the next move can go with these: none of them does more than set columns.
    func takes(_ next: HoldMove, of hold: StoredHold) -> Bool {
        guard isPlain(last), isPlain(next), before != .coalesced, update.takenBy == nil || next.update.takenBy == nil
        else { return false }
        // A final state on the way would move the head of its key.
        return hold.key == nil || !(before.isFinal || last.to.isFinal || next.to.isFinal)
    }

    private func isPlain(_ move: HoldMove) -> Bool {
        move.to != .coalesced && !move.update.leavesOrderingKey && move.update.flowMemory == nil
    }

    mutating func add(_ move: HoldMove) {
        last = move
        let next = move.update
        if let attempt = next.attempt {
            update.attempt = attempt
            // The execution and the pass of the attempt before are none of this one's.
            update.passID = nil
            update.executionID = nil
        }
        update.releasedEpoch = next.releasedEpoch ?? update.releasedEpoch
        update.attemptAt = next.attemptAt ?? update.attemptAt
        update.passID = next.passID ?? update.passID
        update.retryAt = next.retryAt ?? update.retryAt
        update.executionID = next.executionID ?? update.executionID
        update.result = next.result ?? update.result
        update.takenBy = next.takenBy ?? update.takenBy
    }

    /// - Parameter isHead: nil: it stays what it is.
    func run(in statements: FastStatements, arrival: Int64, isHead: Bool?) throws {
        let columns = columns(setsHead: isHead != nil)
        let statement = try statements.movement(columns.rawValue) { Self.sql(columns) }
        statement.bind(last.to.rawValue)
        statement.bind(last.at.milliseconds)
        statement.bind(last.cause.storable)
        if let isHead { statement.bind(isHead) }
        if let epoch = update.releasedEpoch { statement.bind(epoch.number) }
        if let attempt = update.attempt { statement.bind(Int64(attempt)) }
        if let time = update.attemptAt { statement.bind(time.milliseconds) }
        if let id = update.passID { statement.bind(id.description) }
        if let time = update.retryAt { statement.bind(time.milliseconds) }
        if let id = update.executionID { statement.bind(id.text.storable) }
        if let result = update.result { statement.bind(result.rawValue) }
        if let taker = update.takenBy {
            statement.bind(taker.askID?.text.storable)
            statement.bind(taker.runID?.text.storable)
        }
        if last.to == .coalesced { statement.bind(update.representative?.description) }
        statement.bind(arrival)
        try statement.run()
    }

    private func columns(setsHead: Bool) -> Columns {
        var columns: Columns = []
        if setsHead { columns.insert(.head) }
        if update.releasedEpoch != nil { columns.insert(.releasedEpoch) }
        if update.attempt != nil { columns.insert(.attempt) }
        if update.attemptAt != nil { columns.insert(.attemptAt) }
        if update.passID != nil { columns.insert(.passID) } else if isAttemptNew { columns.insert(.noPassID) }
        if update.retryAt != nil { columns.insert(.retryAt) }
        if update.executionID != nil {
            columns.insert(.executionID)
        } else if isAttemptNew {
            columns.insert(.noExecutionID)
        }
        if update.result != nil { columns.insert(.result) }
        if update.takenBy != nil { columns.insert(.takenBy) }
        if last.to == .coalesced {
            columns.insert(.representative)
        } else if before == .coalesced {
            // No other state has one.
            columns.insert(.noRepresentative)
        }
        return columns
    }

    private struct Columns: OptionSet {
        let rawValue: Int

        static let head = Columns(rawValue: 1)
        static let releasedEpoch = Columns(rawValue: 1 << 1)
        static let attempt = Columns(rawValue: 1 << 2)
        static let attemptAt = Columns(rawValue: 1 << 3)
        static let passID = Columns(rawValue: 1 << 4)
        static let noPassID = Columns(rawValue: 1 << 5)
        static let retryAt = Columns(rawValue: 1 << 6)
        static let executionID = Columns(rawValue: 1 << 7)
        static let noExecutionID = Columns(rawValue: 1 << 8)
        static let result = Columns(rawValue: 1 << 9)
        static let takenBy = Columns(rawValue: 1 << 10)
        static let representative = Columns(rawValue: 1 << 11)
        static let noRepresentative = Columns(rawValue: 1 << 12)

        /// Parameters in the order in which `run` binds them.
        static let assignments: [(Columns, String)] = [
            (.head, "is_head = ?"), (.releasedEpoch, "released_epoch = ?"), (.attempt, "attempt = ?"),
            (.attemptAt, "attempt_at = ?"), (.passID, "pass_id = ?"), (.retryAt, "retry_at = ?"),
            (.executionID, "execution_id = ?"), (.result, "result = ?"),
            (
                .takenBy,
                "ask_id = CASE WHEN ask_id IS NULL AND run_id IS NULL THEN ? ELSE ask_id END, "
                    + "run_id = CASE WHEN ask_id IS NULL AND run_id IS NULL THEN ? ELSE run_id END"
            ), (.representative, "representative = coalesce(?, representative)"), (.noPassID, "pass_id = NULL"),
            (.noExecutionID, "execution_id = NULL"), (.noRepresentative, "representative = NULL"),
        ]
    }

    private static func sql(_ columns: Columns) -> String {
        let set = Columns.assignments.filter { columns.contains($0.0) }.map { ", " + $0.1 }.joined()
        return "UPDATE holds SET state = ?, state_since = ?, cause = ?\(set) WHERE arrival = ?"
    }
}
