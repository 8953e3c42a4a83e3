internal import FoundationEssentials
public import SluiceModel
public import SluicePorts
internal import SluiceStoreRecords

/// What the store answers; each call reads one snapshot.
extension PostgresStore {
    public func gate() async throws -> GateRecord? {
        try await read { connection in
            let answers = try connection.exchange(
                [Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")] + RecordRows.gateQueries
                    + [Statement("COMMIT")])
            return try RecordRows.gate(answers[1...2])
        }
    }

    public func judgedEpoch() async throws -> Epoch? {
        try await read { connection in
            try connection.exchange(
                Statement("SELECT value::bigint FROM sluice.meta WHERE name = $1", Schema.judgedEpoch)
            ).first?.number(0).map { Epoch($0) }
        }
    }

    public func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts {
        guard !keys.isEmpty || keys.passTicket != nil else { return LookupFacts() }
        return try await read { try FactsReader(connection: $0).facts(for: keys, at: now) }
    }

    public func hold(_ ticket: Ticket) async throws -> Hold? {
        try await read { try HoldReader(connection: $0).hold(ticket) }
    }

    public func hold(runningAs executionID: ExecutionID) async throws -> Hold? {
        try await read { try HoldReader(connection: $0).hold(runningAs: executionID) }
    }

    public func holds(_ query: HoldQuery) async throws -> HoldPage {
        try await snapshot { try HoldReader(connection: $0).page(query) }
    }

    public func candidates(_ query: CandidateQuery) async throws -> [Hold] {
        guard query.limit > 0 else { return [] }
        return try await snapshot { try HoldReader(connection: $0).candidates(query) }
    }

    public func lanes(_ query: LaneQuery) async throws -> [Lane] {
        guard query.limit > 0 else { return [] }
        return try await snapshot { try HoldReader(connection: $0).lanes(query) }
    }

    public func release() async throws -> ReleaseRecord? {
        try await read { connection in
            try connection.exchange(Statement("SELECT record FROM sluice.release")).first.map { row in
                try ReleaseJSON.record(Data(try row.require(0).utf8))
            }
        }
    }

    public func expired(at now: Timestamp, limit: Int) async throws -> [Hold] {
        guard limit > 0 else { return [] }
        return try await read { try HoldReader(connection: $0).expired(at: now, limit: limit) }
    }

    public func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent] {
        guard limit > 0 else { return [] }
        return try await read { connection in
            let reader = EventReader(connection: connection)
            guard let ticket else { return try reader.events(after: sequence, limit: limit) }
            return try reader.events(of: ticket, after: sequence, limit: limit)
        }
    }

    public func endedDrains(limit: Int) async throws -> [HoldEvent] {
        guard limit > 0 else { return [] }
        return try await read { try EventReader(connection: $0).endedDrains(limit: limit) }
    }

    public func counts() async throws -> HoldCounts {
        try await read { connection in
            let answer = try connection.exchange(
                Statement(
                    """
                    SELECT state, source, priority, sum(number)::bigint FROM sluice.hold_counts
                    GROUP BY state, source, priority HAVING sum(number) <> 0
                    """))
            var numbers: [HoldCounts.Key: Int] = [:]
            for row in answer.rows {
                let key = HoldCounts.Key(
                    state: try StoredWord.decode(try row.require(0)),
                    source: try StoredWord.decode(try row.require(1)),
                    priority: try StoredWord.priority(Int(try row.requireNumber(2))))
                numbers[key] = Int(try row.requireNumber(3))
            }
            return HoldCounts(numbers)
        }
    }

    public func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally] {
        guard limit > 0 else { return [] }
        return try await read { connection in
            try connection.exchange(
                Statement(
                    "SELECT hour, source, count FROM sluice.tallies WHERE hour >= $1 ORDER BY hour, source LIMIT $2",
                    since.milliseconds, limit)
            ).rows.map { row in
                let source: LaunchSource = try StoredWord.decode(try row.require(1))
                return LaunchTally(at: try row.requireTime(0), source: source, count: Int(try row.requireNumber(2)))
            }
        }
    }

    public func position(of hold: Hold) async throws -> Int? {
        try await read { connection in
            let answer = try connection.exchange(
                Statement(
                    """
                    SELECT (SELECT count(*) FROM sluice.holds AS other
                        WHERE other.state IN \(StoredHolds.waitingStates) AND (other.priority > hold.priority
                            OR (other.priority = hold.priority AND other.arrival <= hold.arrival)))
                    FROM sluice.holds AS hold WHERE hold.ticket = $1 AND hold.state IN \(StoredHolds.waitingStates)
                    """, hold.ticket.description))
            return answer.first?.number(0).map { Int($0) }
        }
    }

    public func standIn(for hold: Hold, limit: Int) async throws -> Hold {
        guard hold.state == .coalesced, let first = hold.representative, limit > 0 else { return hold }
        return try await read { connection in
            try HoldReader(connection: connection).endOfChain(from: first, limit: limit) ?? hold
        }
    }

    public func packs() async throws -> [PackRevision] {
        try await read { connection in
            try connection.exchange(
                Statement(
                    """
                    SELECT \(RecordRows.packColumns) FROM sluice.packs AS one
                    WHERE number = (SELECT max(number) FROM sluice.packs AS other WHERE other.name = one.name)
                    """)
            ).rows.map { try RecordRows.pack($0) }.sorted { $0.name < $1.name }
        }
    }

    public func packNumbers() async throws -> [String: Int] {
        try await read { connection in
            let rows = try connection.exchange(
                Statement("SELECT name, max(number) FROM sluice.packs GROUP BY name")
            ).rows
            return Dictionary(
                uniqueKeysWithValues: try rows.map { (try $0.require(0), Int(try $0.requireNumber(1))) })
        }
    }

    public func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision] {
        guard limit > 0 else { return [] }
        return try await read { connection in
            try connection.exchange(
                Statement(
                    """
                    SELECT \(RecordRows.packColumns) FROM sluice.packs
                    WHERE name = $1 AND ($2::text IS NULL OR by = $2) ORDER BY number DESC LIMIT $3
                    """, name.storable, principal?.text.storable, limit)
            ).rows.map { try RecordRows.pack($0) }
        }
    }

    public func oldestHeld() async throws -> Timestamp? {
        try await read { connection in
            try connection.exchange(
                Statement("SELECT arrived_at FROM sluice.holds WHERE state = 'held' ORDER BY arrived_at LIMIT 1")
            ).first?.time(0)
        }
    }

    public func windows() async throws -> [Window] {
        try await read { connection in
            try connection.exchange(Statement("SELECT record FROM sluice.windows ORDER BY id")).rows.map { row in
                try WindowRecord.window(Data(try row.require(0).utf8))
            }
        }
    }

    public func maintenances(limit: Int) async throws -> [MaintenanceRecord] {
        try await read { connection in
            try connection.exchange(
                Statement(
                    "SELECT record FROM sluice.maintenances ORDER BY is_final, planned_at DESC, id LIMIT $1",
                    max(limit, 0))
            ).rows.map { try StoredMaintenance.record(Data(try $0.require(0).utf8)) }
        }
    }

    public func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord? {
        try await read { connection in
            try connection.exchange(
                Statement("SELECT record FROM sluice.maintenances WHERE id = $1", id.text.storable)
            ).rows.first.map { try StoredMaintenance.record(Data(try $0.require(0).utf8)) }
        }
    }

    public func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence] {
        guard query.limit > 0 else { return [] }
        return try await read { connection in
            var statement = Statement(
                """
                SELECT record FROM sluice.window_occurrences WHERE ($1::text IS NULL OR "window" = $1)
                    AND ($2::int = 0 OR is_open = 1)
                    AND ($3::int = 0 OR (record::json ->> 'isChanged')::boolean OR record::json ->> 'state' = $4)
                    AND ($5::text IS NULL OR "window" IN
                        (SELECT id FROM sluice.windows WHERE windows.record::json ->> 'kind' = $5))
                    AND ends > $6 AND starts < $7 ORDER BY starts, "window", wall LIMIT $8
                """, query.window?.text.storable, query.isOpenOnly ? 1 : 0, query.isAlteredOnly ? 1 : 0,
                WindowOccurrence.State.cancelled.rawValue, query.kind?.rawValue)
            statement.add(query.from?.milliseconds ?? .min)
            statement.add(query.to?.milliseconds ?? .max)
            statement.add(query.limit)
            return try connection.exchange(statement).rows.map { row in
                try WindowRecord.occurrence(Data(try row.require(0).utf8))
            }
        }
    }

    public func journal(_ query: JournalQuery) async throws -> [JournalEntry] {
        guard query.limit > 0 else { return [] }
        return try await read { connection in
            var filter = "at >= $1"
            var names: [String] = []
            func add(_ term: String, _ name: String) {
                names.append(name)
                filter += " AND \(term) = $\(names.count + 1)"
            }
            if let system = query.system { add("system", system) }
            if case .maintenance(let id) = query.owner { add("maintenance", id.text.storable) }
            let order = query.isNewestFirst ? "at DESC, id DESC" : "at, id"
            var statement = Statement(
                "SELECT \(RecordRows.journalColumns) FROM sluice.journal WHERE \(filter)\(query.fixedFilter) "
                    + "ORDER BY \(order) LIMIT $\(names.count + 2)")
            statement.add(query.since?.milliseconds ?? Int64.min)
            for name in names { statement.add(name) }
            statement.add(query.limit)
            return try connection.exchange(statement).rows.map { try RecordRows.journal($0) }
        }
    }

    public func missed(_ query: MissedQuery) async throws -> MissedPage {
        guard query.limit > 0 else { return MissedPage(times: [], next: nil) }
        return try await read { connection in
            let rows = try connection.exchange(
                Statement(
                    """
                    SELECT \(RecordRows.missedColumns) FROM sluice.missed
                    WHERE ($1::text IS NULL OR schedule = $1) AND ($2::text IS NULL OR execution_id = $2)
                        AND sequence > $3 ORDER BY sequence LIMIT $4
                    """, query.schedule?.text.storable, query.executionID?.text.storable, query.after,
                    query.limit + 1)
            ).rows
            let page = rows.prefix(query.limit)
            let last = try page.last.map { try $0.requireNumber(0) }
            return MissedPage(
                times: try page.map { try RecordRows.missed($0) }, next: rows.count > page.count ? last : nil)
        }
    }

    public func lastMissed(of schedule: ScheduleID) async throws -> Timestamp? {
        try await read { connection in
            try connection.exchange(
                Statement("SELECT max(nominal) FROM sluice.missed WHERE schedule = $1", schedule.text.storable)
            ).first?.time(0)
        }
    }

    /// Runs a read of a single statement.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await readers.read(body)
    }

    /// Runs a read of several statements on one snapshot.
    private func snapshot<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await readers.read { connection in
            _ = try connection.exchange(Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            let value = try body(connection)
            _ = try connection.exchange(Statement("COMMIT"))
            return value
        }
    }
}
