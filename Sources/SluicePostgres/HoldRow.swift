internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// A row of `holds` as a `Hold`, and back. Columns are read by position: keep the lists in step.
enum HoldRow {
    /// All but the request's JSON, which is not needed to move a hold.
    static let briefColumns = """
        arrival, ticket, state, state_since, arrived_at, principal, source, flow, launcher, priority, ordering_key, \
        coalesce_key, ask_id, run_id, not_before, expires_at, reason, epoch, released_epoch, attempt, attempt_at, \
        pass_id, retry_at, execution_id, cause, result, representative
        """

    static let columns = briefColumns + ", request"

    /// Reads a row of `columns`.
    static func hold(_ row: Answer.Row) throws -> Hold {
        var hold = try briefHold(row)
        try row.withBytes(27) { try RequestRecord.decode($0, into: &hold.request) }
        return hold
    }

    /// Reads a row of `briefColumns`; of the request it has what has a column of its own.
    static func briefHold(_ row: Answer.Row) throws -> Hold {
        var request = LaunchRequest(
            flow: FlowID(try row.require(7)), source: try StoredWord.decode(try row.require(6)))
        request.launcher = try StoredWord.decode(try row.require(8))
        request.priority = try StoredWord.priority(Int(try row.requireNumber(9)))
        request.orderingKey = row.text(10).map { OrderingKey($0) }
        request.coalesceKey = row.text(11).map { CoalesceKey($0) }
        request.askID = row.text(12).map { AskID($0) }
        request.runID = row.text(13).map { ExecutionID($0) }
        request.notBefore = row.time(14)
        request.expiresAt = row.time(15)
        var hold = Hold(
            ticket: try StoredWord.ticket(try row.require(1)), request: request,
            principal: Principal(try row.require(5)), reason: try StoredWord.decode(try row.require(16)),
            epoch: Epoch(try row.requireNumber(17)), arrivedAt: Timestamp(milliseconds: try row.requireNumber(4)))
        hold.arrival = try row.requireNumber(0)
        hold.state = try StoredWord.decode(try row.require(2))
        hold.stateSince = Timestamp(milliseconds: try row.requireNumber(3))
        hold.releasedEpoch = row.number(18).map { Epoch($0) }
        hold.attempt = Int(try row.requireNumber(19))
        hold.attemptAt = row.time(20)
        hold.passID = row.text(21).flatMap { ULID($0) }.map { PassID($0) }
        hold.retryAt = row.time(22)
        hold.executionID = row.text(23).map { ExecutionID($0) }
        hold.cause = row.text(24)
        hold.result = try row.text(25).map { try StoredWord.decode($0) }
        hold.representative = try row.text(26).map { try StoredWord.ticket($0) }
        return hold
    }

    /// Adds many rows at once. Parameters: `addInsertion(_:)`. A hold with an ordering key is not its key's head yet.
    static let insertion = """
        INSERT INTO sluice.holds (\(columns), is_waited_for, tenant, has_callback, is_missed_time, is_head)
        SELECT *, CASE WHEN row.ordering_key IS NULL THEN 1 ELSE 0 END FROM unnest(
            $1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::int[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::bigint[],
            $17::text[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::text[], $23::bigint[],
            $24::text[], $25::text[], $26::text[], $27::text[], $28::text[],
            $29::int[], $30::text[], $31::int[], $32::int[])
            AS row (\(columns), is_waited_for, tenant, has_callback, is_missed_time)
        """

    static func insertion(of holds: [(hold: Hold, request: String)]) -> Statement {
        var rows = RowArrays(columnCount: 32)
        for (hold, json) in holds {
            let request = hold.request
            rows.add(hold.arrival)
            rows.add(hold.ticket.description)
            rows.add(hold.state.rawValue)
            rows.add(hold.stateSince.milliseconds)
            rows.add(hold.arrivedAt.milliseconds)
            rows.add(hold.principal.text.storable)
            rows.add(request.source.rawValue)
            rows.add(request.flow.text.storable)
            rows.add(request.launcher.rawValue)
            rows.add(Int64(request.priority.level))
            rows.add(request.orderingKey?.text.storable)
            rows.add(request.coalesceKey?.text.storable)
            rows.add(request.askID?.text.storable)
            rows.add(request.runID?.text.storable)
            rows.add(request.notBefore?.milliseconds)
            rows.add(request.expiresAt?.milliseconds)
            rows.add(hold.reason.rawValue)
            rows.add(hold.epoch.number)
            rows.add(hold.releasedEpoch?.number)
            rows.add(Int64(hold.attempt))
            rows.add(hold.attemptAt?.milliseconds)
            rows.add(hold.passID?.description)
            rows.add(hold.retryAt?.milliseconds)
            rows.add(hold.executionID?.text.storable)
            rows.add(hold.cause?.storable)
            rows.add(hold.result?.rawValue)
            rows.add(hold.representative?.description)
            rows.add(json)
            rows.add(hold.isWaitedFor ? 1 : 0)
            rows.add(StoredHolds.tenant(request.lane))
            rows.add(request.callbackURL == nil ? 0 : 1)
            rows.add(hold.isMissedTime ? 1 : 0)
            rows.endRow()
        }
        var statement = Statement(insertion)
        statement.add(rows)
        return statement
    }

    /// Writes what a move may change, for many rows at once; a request that is NULL here stays.
    private static let movement = """
        UPDATE sluice.holds AS hold SET state = row.state, state_since = row.state_since, cause = row.cause,
            released_epoch = row.released_epoch, attempt = row.attempt, attempt_at = row.attempt_at,
            pass_id = row.pass_id, retry_at = row.retry_at, execution_id = row.execution_id, result = row.result,
            ask_id = row.ask_id, run_id = row.run_id,
            representative = row.representative, ordering_key = row.ordering_key,
            is_head = CASE WHEN row.ordering_key IS NULL THEN 1 ELSE hold.is_head END,
            request = coalesce(row.request, hold.request)
        FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
            $15::text[], $16::text[])
            AS row (arrival, state, state_since, cause, released_epoch, attempt, attempt_at, pass_id, retry_at,
                execution_id, result, ask_id, run_id, representative, ordering_key, request)
        WHERE hold.arrival = row.arrival
        """

    static func movement(of holds: [(hold: Hold, request: String?)]) -> Statement {
        var rows = RowArrays(columnCount: 16)
        for (hold, json) in holds {
            rows.add(hold.arrival)
            rows.add(hold.state.rawValue)
            rows.add(hold.stateSince.milliseconds)
            rows.add(hold.cause?.storable)
            rows.add(hold.releasedEpoch?.number)
            rows.add(Int64(hold.attempt))
            rows.add(hold.attemptAt?.milliseconds)
            rows.add(hold.passID?.description)
            rows.add(hold.retryAt?.milliseconds)
            rows.add(hold.executionID?.text.storable)
            rows.add(hold.result?.rawValue)
            rows.add(hold.request.askID?.text.storable)
            rows.add(hold.request.runID?.text.storable)
            rows.add(hold.representative?.description)
            rows.add(hold.request.orderingKey?.text.storable)
            rows.add(json)
            rows.endRow()
        }
        var statement = Statement(movement)
        statement.add(rows)
        return statement
    }

    /// Gives each of the ordering keys its head: the first open hold by arrival. Parameter: the keys.
    static func heads(of keys: [String]) -> [Statement] {
        [
            """
            UPDATE sluice.holds AS hold SET is_head = 0
            FROM unnest($1::text[]) AS key
            WHERE hold.ordering_key IS NOT NULL AND hold.ordering_key = key AND hold.is_head = 1
                AND hold.arrival IS DISTINCT FROM (\(firstOpen))
            """,
            """
            UPDATE sluice.holds AS hold SET is_head = 1
            FROM unnest($1::text[]) AS key
            WHERE hold.arrival = (\(firstOpen)) AND hold.is_head = 0
            """,
        ].map { sql in
            var statement = Statement(sql)
            statement.add(texts: keys)
            return statement
        }
    }

    private static let firstOpen = """
        SELECT first.arrival FROM sluice.holds AS first
        WHERE first.ordering_key IS NOT NULL AND first.ordering_key = key AND first.state IN \(StoredHolds.openStates)
        ORDER BY first.arrival LIMIT 1
        """
}

extension Answer.Row {
    func time(_ column: Int) -> Timestamp? { number(column).map { Timestamp(milliseconds: $0) } }

    func requireTime(_ column: Int) throws -> Timestamp { Timestamp(milliseconds: try requireNumber(column)) }
}
