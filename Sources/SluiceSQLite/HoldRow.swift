internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// A row of `holds` as a `Hold`, and back. Columns are read by position: keep the lists in step.
enum HoldRow {
    static let columns = """
        arrival, ticket, state, state_since, arrived_at, principal, source, flow, launcher, priority, ordering_key, \
        coalesce_key, ask_id, run_id, not_before, expires_at, reason, epoch, released_epoch, attempt, attempt_at, \
        pass_id, retry_at, execution_id, cause, result, request, representative
        """

    /// Adds a row; none if the ticket exists. Parameters: `bind(_:to:arrival:isHead:request:)`.
    static let insertion = """
        INSERT INTO holds (\(columns), is_head, is_waited_for, tenant, has_callback, is_missed_time)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (ticket) DO NOTHING
        """

    static func bind(_ hold: Hold, to insertion: FastStatement, arrival: Int64, isHead: Bool, request json: Data) {
        let request = hold.request
        insertion.bind(arrival)
        insertion.bind(hold.ticket.description)
        insertion.bind(hold.state.rawValue)
        insertion.bind(hold.stateSince.milliseconds)
        insertion.bind(hold.arrivedAt.milliseconds)
        insertion.bind(hold.principal.text.storable)
        insertion.bind(request.source.rawValue)
        insertion.bind(request.flow.text.storable)
        insertion.bind(request.launcher.rawValue)
        insertion.bind(Int64(request.priority.level))
        insertion.bind(request.orderingKey?.text.storable)
        insertion.bind(request.coalesceKey?.text.storable)
        insertion.bind(request.askID?.text.storable)
        insertion.bind(request.runID?.text.storable)
        insertion.bind(request.notBefore?.milliseconds)
        insertion.bind(request.expiresAt?.milliseconds)
        insertion.bind(hold.reason.rawValue)
        insertion.bind(hold.epoch.number)
        insertion.bind(hold.releasedEpoch?.number)
        insertion.bind(Int64(hold.attempt))
        insertion.bind(hold.attemptAt?.milliseconds)
        insertion.bind(hold.passID?.description)
        insertion.bind(hold.retryAt?.milliseconds)
        insertion.bind(hold.executionID?.text.storable)
        insertion.bind(hold.cause?.storable)
        insertion.bind(hold.result?.rawValue)
        insertion.bind(json)
        insertion.bind(hold.representative?.description)
        insertion.bind(isHead)
        insertion.bind(hold.isWaitedFor)
        insertion.bind(StoredHolds.tenant(request.lane))
        insertion.bind(request.callbackURL != nil)
        insertion.bind(hold.isMissedTime)
    }

    /// Reads a row of `columns`.
    static func hold(_ row: FastStatement.Columns) throws -> Hold {
        var request = LaunchRequest(
            flow: FlowID(try row.require(7)), source: try StoredWord.decode(try row.require(6)))
        try row.withBytes(26) { try RequestRecord.decode($0, into: &request) }
        request.launcher = try StoredWord.decode(try row.require(8))
        request.priority = try StoredWord.priority(Int(row.number(9)))
        request.orderingKey = row.text(10).map { OrderingKey($0) }
        request.coalesceKey = row.text(11).map { CoalesceKey($0) }
        request.askID = row.text(12).map { AskID($0) }
        request.runID = row.text(13).map { ExecutionID($0) }
        request.notBefore = row.time(14)
        request.expiresAt = row.time(15)
        var hold = Hold(
            ticket: try StoredWord.ticket(try row.require(1)), request: request,
            principal: Principal(try row.require(5)), reason: try StoredWord.decode(try row.require(16)),
            epoch: Epoch(row.number(17)), arrivedAt: Timestamp(milliseconds: row.number(4)))
        hold.arrival = row.number(0)
        hold.state = try StoredWord.decode(try row.require(2))
        hold.stateSince = Timestamp(milliseconds: row.number(3))
        hold.releasedEpoch = row.optionalNumber(18).map { Epoch($0) }
        hold.attempt = Int(row.number(19))
        hold.attemptAt = row.time(20)
        hold.passID = row.text(21).flatMap { ULID($0) }.map { PassID($0) }
        hold.retryAt = row.time(22)
        hold.executionID = row.text(23).map { ExecutionID($0) }
        hold.cause = row.text(24)
        hold.result = try row.text(25).map { try StoredWord.decode($0) }
        hold.representative = try row.text(27).map { try StoredWord.ticket($0) }
        return hold
    }
}

extension FastStatement.Columns {
    fileprivate func time(_ column: CInt) -> Timestamp? {
        optionalNumber(column).map { Timestamp(milliseconds: $0) }
    }
}
