internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Queries over holds. On these connections the planner is told to prefer indexes, so that a statistic that lags behind
/// never makes it scan a million holds.
struct HoldReader {
    let connection: Connection

    func hold(_ ticket: Ticket) throws -> Hold? {
        try holds("WHERE ticket = $1", [ticket.description]).first
    }

    func hold(runningAs executionID: ExecutionID) throws -> Hold? {
        try holds(
            """
            WHERE execution_id IS NOT NULL AND execution_id = $1
            ORDER BY state IN \(StoredHolds.openStates) DESC, arrival DESC LIMIT 1
            """, [executionID.text.storable]
        ).first
    }

    /// The last of a chain of holds that stand for one another, `limit` of them at most.
    func endOfChain(from ticket: Ticket, limit: Int) throws -> Hold? {
        try holds(
            """
            WHERE ticket = (
                WITH RECURSIVE chain (ticket, step) AS (
                    SELECT $1::text COLLATE "C", 1::bigint
                    UNION ALL
                    SELECT one.representative, chain.step + 1
                    FROM chain JOIN sluice.holds AS one ON one.ticket = chain.ticket
                    WHERE one.state = 'coalesced' AND one.representative IS NOT NULL AND chain.step < $2
                )
                SELECT chain.ticket FROM chain JOIN sluice.holds AS one ON one.ticket = chain.ticket
                ORDER BY chain.step DESC LIMIT 1
            )
            """, [ticket.description, limit]
        ).first
    }

    func expired(at now: Timestamp, limit: Int) throws -> [Hold] {
        try holds(
            """
            WHERE expires_at IS NOT NULL AND state IN \(StoredHolds.waitingStates) AND expires_at <= $1
            ORDER BY expires_at, arrival LIMIT $2
            """, [now.milliseconds, limit])
    }

    // MARK: Pages

    /// One page in arrival order. Costs about its own length, but for `source`, `flow` or `principal` without anything
    /// narrower: that scans what there is of the states asked for.
    func page(_ query: HoldQuery) throws -> HoldPage {
        let limit = min(max(query.limit, 1), HoldQuery.limitMax)
        var found = try arrivals(query, limit: limit + 1)
        let hasMore = found.count > limit
        if hasMore { found.removeSubrange(limit...) }
        let holds = try holds(at: found)
        // A row of an older Sluice does not say.
        return HoldPage(
            holds: query.isMissedTime ? holds.filter(\.isMissedTime) : holds, next: hasMore ? found.last : nil)
    }

    /// Arrival numbers that match, in order, at most `limit`.
    private func arrivals(_ query: HoldQuery, limit: Int) throws -> [Int64] {
        var filters = ["arrival > $1"]
        var parameters: [any StatementParameter] = [query.after]
        func require(_ column: String, _ value: String?) {
            guard let value else { return }
            parameters.append(value.storable)
            filters.append("\(column) IS NOT NULL AND \(column) = $\(parameters.count)")
        }
        require("source", query.source?.rawValue)
        require("flow", query.flow?.text)
        require("principal", query.principal?.text)
        require("ordering_key", query.orderingKey?.text)
        require("coalesce_key", query.coalesceKey?.text)
        if query.isMissedTime { filters.append("is_missed_time = 1") }
        let states = query.states.map { $0.sorted { $0.rawValue < $1.rawValue } }
        if let states, states.isEmpty { return [] }
        let statement = "SELECT arrival FROM sluice.holds WHERE "
        func run(_ filters: [String]) throws -> [Int64] {
            var query = Statement(
                statement + filters.joined(separator: " AND ") + " ORDER BY arrival LIMIT $\(parameters.count + 1)")
            for parameter in parameters { parameter.add(to: &query) }
            query.add(limit)
            return try connection.exchange(query).rows.map { try $0.requireNumber(0) }
        }
        if query.orderingKey != nil || query.coalesceKey != nil || (states == nil && parameters.count == 1) {
            if let states { filters.append("state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))") }
            return try run(filters)
        }
        // One ordered run for each state, merged: a single query for several states would sort all of them.
        let runs = try (states ?? HoldState.allCases).flatMap { try run(filters + ["state = '\($0.rawValue)'"]) }
        return Array(runs.sorted().prefix(limit))
    }

    // MARK: Rows

    /// The holds with these arrival numbers, in the order given.
    func holds(at arrivals: [Int64]) throws -> [Hold] {
        guard !arrivals.isEmpty else { return [] }
        var statement = Statement(
            "SELECT \(HoldRow.columns) FROM sluice.holds WHERE arrival = ANY ($1::bigint[])")
        statement.add(numbers: arrivals)
        var found: [Int64: Hold] = [:]
        for row in try connection.exchange(statement).rows {
            let hold = try HoldRow.hold(row)
            found[hold.arrival] = hold
        }
        return arrivals.compactMap { found[$0] }
    }

    func holds(_ rest: String, _ parameters: [any StatementParameter]) throws -> [Hold] {
        var statement = Statement("SELECT \(HoldRow.columns) FROM sluice.holds \(rest)")
        for parameter in parameters { parameter.add(to: &statement) }
        return try connection.exchange(statement).rows.map { try HoldRow.hold($0) }
    }
}
