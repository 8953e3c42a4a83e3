internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Queries over holds. Those that must not get slow as holds grow in number name their index, so that a query that no
/// index serves fails at once instead of scanning.
struct HoldReader {
    private let db: Database

    init(_ db: Database) { self.db = db }

    func hold(_ ticket: Ticket) throws -> Hold? {
        try first("SELECT \(HoldRow.columns) FROM holds WHERE ticket = ?", [ticket.description])
    }

    func newestHold(_ askID: AskID, of principal: Principal) throws -> Hold? {
        try first(
            """
            SELECT \(HoldRow.columns) FROM holds INDEXED BY holds_ask
            WHERE ask_id IS NOT NULL AND ask_id = ? AND principal = ? ORDER BY arrival DESC LIMIT 1
            """, [askID.text.storable, principal.text.storable]
        )
    }

    func hold(runningAs executionID: ExecutionID) throws -> Hold? {
        try first(
            """
            SELECT \(HoldRow.columns) FROM holds INDEXED BY holds_execution
            WHERE execution_id IS NOT NULL AND execution_id = ?
            ORDER BY state IN \(StoredHolds.openStates) DESC, arrival DESC LIMIT 1
            """, [executionID.text.storable]
        )
    }

    /// The last of a chain of holds that stand for one another, `limit` of them at most.
    func endOfChain(from ticket: Ticket, limit: Int) throws -> Hold? {
        try first(
            """
            WITH RECURSIVE chain (ticket, step) AS (
                SELECT ?, 1
                UNION ALL
                SELECT one.representative, chain.step + 1
                FROM chain CROSS JOIN holds AS one ON one.ticket = chain.ticket
                WHERE one.state = 'coalesced' AND one.representative IS NOT NULL AND chain.step < ?
            )
            SELECT \(HoldRow.columns) FROM holds
            WHERE ticket = (
                SELECT chain.ticket FROM chain CROSS JOIN holds AS one ON one.ticket = chain.ticket
                ORDER BY chain.step DESC LIMIT 1
            )
            """, [ticket.description, limit])
    }

    func hasOpenHold(_ key: OrderingKey) throws -> Bool {
        try row(
            """
            SELECT 1 FROM holds INDEXED BY holds_ordering_open
            WHERE ordering_key IS NOT NULL AND ordering_key = ? AND state IN \(StoredHolds.openStates) LIMIT 1
            """, [key.text.storable]) != nil
    }

    func expired(at now: Timestamp, limit: Int) throws -> [Hold] {
        try all(
            """
            SELECT \(HoldRow.columns) FROM holds INDEXED BY holds_expiry
            WHERE expires_at IS NOT NULL AND state IN \(StoredHolds.waitingStates) AND expires_at <= ?
            ORDER BY expires_at, arrival LIMIT ?
            """, [now.milliseconds, limit]
        )
    }

    /// One page in arrival order. Costs about its own length, but for `source`, `flow` or `principal` without anything
    /// narrower: that scans what there is of the states asked for.
    func page(_ query: HoldQuery) throws -> HoldPage {
        let limit = min(max(query.limit, 1), HoldQuery.limitMax)
        var found = try arrivals(query, limit: limit + 1)
        let hasMore = found.count > limit
        if hasMore { found.removeSubrange(limit...) }
        let holds = try holds(found)
        // A row that was copied from PostgreSQL may not say.
        return HoldPage(
            holds: query.isMissedTime ? holds.filter(\.isMissedTime) : holds, next: hasMore ? found.last : nil)
    }

    /// Arrival numbers that match, in order, at most `limit`.
    private func arrivals(_ query: HoldQuery, limit: Int) throws -> [Int64] {
        var filters = ["arrival > ?"]
        var arguments: StatementArguments = [query.after]
        func require(_ filter: String, _ value: String) {
            filters.append(filter)
            arguments += [value.storable]
        }
        if let source = query.source { require("source = ?", source.rawValue) }
        if let flow = query.flow { require("flow = ?", flow.text) }
        if let principal = query.principal { require("principal = ?", principal.text) }
        if query.isMissedTime { filters.append("is_missed_time = 1") }
        let states = query.states.map { $0.sorted { $0.rawValue < $1.rawValue } }
        if let states, states.isEmpty { return [] }
        if query.orderingKey != nil || query.coalesceKey != nil {
            if let key = query.orderingKey { require("ordering_key = ?", key.text) }
            if let key = query.coalesceKey { require("coalesce_key = ?", key.text) }
            if let states { filters.append("state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))") }
            var index = query.orderingKey != nil ? "holds_ordering" : "holds_coalesce"
            // What is open is found without passing what a key held before.
            if let states, query.orderingKey != nil, states.allSatisfy({ !$0.isFinal }) {
                filters += ["ordering_key IS NOT NULL", "state IN \(StoredHolds.openStates)"]
                index = "holds_ordering_open"
            }
            return try arrivals(index: index, filters, arguments, limit: limit)
        }
        if query.isMissedTime, states == [.held] {
            return try arrivals(index: "holds_missed", filters + ["state = 'held'"], arguments, limit: limit)
        }
        if states == nil && query.source == nil && query.flow == nil {
            return try arrivals(index: nil, filters, arguments, limit: limit)
        }
        // One ordered run for each state, merged: a single query for several states would sort all of them.
        let runs = try (states ?? HoldState.allCases).flatMap { state in
            try arrivals(index: "holds_state", filters + ["state = '\(state.rawValue)'"], arguments, limit: limit)
        }
        return Array(runs.sorted().prefix(limit))
    }

    private func arrivals(
        index: String?, _ filters: [String], _ arguments: StatementArguments, limit: Int
    ) throws -> [Int64] {
        let hint = index.map { "INDEXED BY \($0)" } ?? "NOT INDEXED"
        return try rows(
            "SELECT arrival FROM holds \(hint) WHERE \(filters.joined(separator: " AND ")) ORDER BY arrival LIMIT ?",
            arguments + [limit]
        ).map { $0[0] }
    }

    /// The holds with these arrival numbers, in the order given.
    func holds(_ arrivals: [Int64]) throws -> [Hold] {
        let statement = try db.cachedStatement(sql: "SELECT \(HoldRow.columns) FROM holds WHERE arrival = ?")
        return try arrivals.compactMap { arrival in
            statement.setUncheckedArguments([arrival])
            return try first(statement)
        }
    }

    /// The first hold of a query for `HoldRow.columns`.
    func first(_ sql: String, _ arguments: StatementArguments) throws -> Hold? {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        return try first(statement)
    }

    /// Its row is read where it is: a copy would cost as much as the hold.
    private func first(_ statement: Statement) throws -> Hold? {
        try FastStatement(db, statement).first { try HoldRow.hold($0) }
    }

    private func all(_ sql: String, _ arguments: StatementArguments) throws -> [Hold] {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        return try FastStatement(db, statement).all { try HoldRow.hold($0) }
    }

    /// The first row of a query, prepared at most once per connection.
    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        return try Row.fetchOne(statement)
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        return try Row.fetchAll(statement)
    }
}
