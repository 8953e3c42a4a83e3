internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts

/// A row of `holds` as a `Hold`, and back. Columns are read by position: keep the lists in step.
enum HoldRow {
    static let columns = """
        arrival, ticket, state, state_since, arrived_at, principal, source, flow, launcher, priority, ordering_key, \
        coalesce_key, ask_id, run_id, not_before, expires_at, reason, epoch, released_epoch, attempt, attempt_at, \
        pass_id, retry_at, execution_id, cause, result, request
        """

    /// Adds a row; none if the ticket exists. Arguments: `arguments(_:arrival:isHead:request:)`.
    static let insertion = """
        INSERT INTO holds (\(columns), is_head)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (ticket) DO NOTHING
        """

    static func arguments(_ hold: Hold, arrival: Int64, isHead: Bool, request json: Data) -> StatementArguments {
        let request = hold.request
        return [
            arrival, hold.ticket.description, hold.state.rawValue, hold.stateSince.milliseconds,
            hold.arrivedAt.milliseconds, hold.principal.text.storable, request.source.rawValue,
            request.flow.text.storable, request.launcher.rawValue, request.priority.level,
            request.orderingKey?.text.storable, request.coalesceKey?.text.storable, request.askID?.text.storable,
            request.runID?.text.storable, request.notBefore?.milliseconds, request.expiresAt?.milliseconds,
            hold.reason.rawValue, hold.epoch.number, hold.releasedEpoch?.number, hold.attempt,
            hold.attemptAt?.milliseconds, hold.passID?.description, hold.retryAt?.milliseconds,
            hold.executionID?.text.storable, hold.cause?.storable, hold.result?.rawValue, json, isHead,
        ]
    }

    /// Applies a move to a row. Arguments: `arguments(_:arrival:isHead:)`.
    static let movement = """
        UPDATE holds SET state = ?, state_since = ?, cause = ?, is_head = ?,
            released_epoch = coalesce(?, released_epoch), attempt = coalesce(?, attempt),
            attempt_at = coalesce(?, attempt_at),
            pass_id = coalesce(?, CASE WHEN ? THEN NULL ELSE pass_id END), retry_at = coalesce(?, retry_at),
            execution_id = coalesce(?, CASE WHEN ? THEN NULL ELSE execution_id END), result = coalesce(?, result),
            ask_id = CASE WHEN ask_id IS NULL AND run_id IS NULL THEN ? ELSE ask_id END,
            run_id = CASE WHEN ask_id IS NULL AND run_id IS NULL THEN ? ELSE run_id END
        WHERE arrival = ?
        """

    static func arguments(_ move: HoldMove, arrival: Int64, isHead: Bool) -> StatementArguments {
        let update = move.update
        return [
            move.to.rawValue, move.at.milliseconds, move.cause.storable, isHead, update.releasedEpoch?.number,
            update.attempt, update.attemptAt?.milliseconds, update.passID?.description, update.attempt != nil,
            update.retryAt?.milliseconds,
            update.executionID?.text.storable, update.attempt != nil, update.result?.rawValue,
            update.takenBy?.askID?.text.storable,
            update.takenBy?.runID?.text.storable, arrival,
        ]
    }

    /// Reads a row of `columns`.
    static func hold(_ row: Row) throws -> Hold {
        var request = LaunchRequest(flow: FlowID(row[7]), source: try decode(row[6]))
        try RequestRecord.decode(row[26], into: &request)
        request.launcher = try decode(row[8])
        request.priority = try priority(row[9])
        request.orderingKey = text(row, 10).map { OrderingKey($0) }
        request.coalesceKey = text(row, 11).map { CoalesceKey($0) }
        request.askID = text(row, 12).map { AskID($0) }
        request.runID = text(row, 13).map { ExecutionID($0) }
        request.notBefore = time(row, 14)
        request.expiresAt = time(row, 15)
        var hold = Hold(
            ticket: try ticket(row[1]), request: request, principal: Principal(row[5]), reason: try decode(row[16]),
            epoch: Epoch(row[17]), arrivedAt: Timestamp(milliseconds: row[4]))
        hold.arrival = row[0]
        hold.state = try decode(row[2])
        hold.stateSince = Timestamp(milliseconds: row[3])
        hold.releasedEpoch = (row[18] as Int64?).map { Epoch($0) }
        hold.attempt = row[19]
        hold.attemptAt = time(row, 20)
        hold.passID = text(row, 21).flatMap { ULID($0) }.map { PassID($0) }
        hold.retryAt = time(row, 22)
        hold.executionID = text(row, 23).map { ExecutionID($0) }
        hold.cause = row[24]
        hold.result = try text(row, 25).map { try decode($0) }
        return hold
    }

    static func ticket(_ text: String) throws -> Ticket {
        guard let ticket = Ticket(text) else { throw unreadable("ticket \(text)") }
        return ticket
    }

    static func priority(_ level: Int) throws -> Priority {
        guard let priority = Priority(level) else { throw unreadable("priority \(level)") }
        return priority
    }

    /// Reads an enum's stored word.
    static func decode<Word: RawRepresentable<String>>(_ word: String) throws -> Word {
        guard let value = Word(rawValue: word) else { throw unreadable("\(Word.self) \(word)") }
        return value
    }

    static func unreadable(_ what: String) -> StoreError {
        StoreError(.unavailable, "the database has an unreadable value: \(what); restore a backup")
    }

    private static func text(_ row: Row, _ column: Int) -> String? { row[column] }

    private static func time(_ row: Row, _ column: Int) -> Timestamp? {
        (row[column] as Int64?).map { Timestamp(milliseconds: $0) }
    }
}
