internal import FoundationEssentials
internal import GRDB
public import SluiceModel
public import SluicePorts
internal import SluiceStoreRecords

/// What the store answers; each call reads one snapshot.
extension SQLiteStore {
    public func gate() async throws -> GateRecord? { try await read(RecordRows.gate) }

    public func judgedEpoch() async throws -> Epoch? {
        try await read { db in
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Schema.judgedEpoch])
                .flatMap { Int64($0) }.map { Epoch($0) }
        }
    }

    public func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts {
        guard !keys.isEmpty || keys.passTicket != nil else { return LookupFacts() }
        return try await read { db in
            var facts = LookupFacts()
            let reader = HoldReader(db)
            if let ticket = keys.ticket { facts.ticketHold = try reader.hold(ticket) }
            if let askID = keys.askID { facts.askHold = try reader.newestHold(askID, of: keys.principal) }
            if let key = keys.idempotencyKey {
                let arguments: StatementArguments = [keys.principal.text.storable, key.text.storable, now.milliseconds]
                facts.idempotency = try reader.row(RecordRows.idempotencyQuery, arguments).map(RecordRows.idempotency)
                if case .held(let ticket) = facts.idempotency?.outcome {
                    facts.idempotencyHold = try reader.hold(ticket)
                }
            }
            if let passID = keys.passID {
                facts.redemption = try reader.row(
                    RecordRows.redemptionQuery, [passID.description, now.milliseconds]
                ).map { RecordRows.redemption($0, passID: passID) }
            }
            if let ticket = keys.passTicket { facts.passHold = try reader.hold(ticket) }
            if let runID = keys.ownRunID {
                facts.ownAdmission = try reader.row(RecordRows.admissionQuery, [runID.text.storable])
                    .map(RecordRows.admission)
            }
            if let runID = keys.passRunID {
                facts.passAdmission = try reader.row(RecordRows.admissionQuery, [runID.text.storable])
                    .map(RecordRows.admission)
            }
            if let key = keys.orderingKey { facts.hasBacklog = try reader.hasOpenHold(key) }
            if let parent = keys.parentRunID {
                facts.parent = try reader.row(RecordRows.admissionQuery, [parent.text.storable])
                    .map(RecordRows.admission)
            }
            return facts
        }
    }

    public func hold(_ ticket: Ticket) async throws -> Hold? {
        try await read { try HoldReader($0).hold(ticket) }
    }

    public func hold(runningAs executionID: ExecutionID) async throws -> Hold? {
        try await read { try HoldReader($0).hold(runningAs: executionID) }
    }

    public func holds(_ query: HoldQuery) async throws -> HoldPage {
        try await read { try HoldReader($0).page(query) }
    }

    public func candidates(_ query: CandidateQuery) async throws -> [Hold] {
        guard query.limit > 0 else { return [] }
        return try await read { try HoldReader($0).candidates(query) }
    }

    public func lanes(_ query: LaneQuery) async throws -> [Lane] {
        guard query.limit > 0 else { return [] }
        return try await read { try HoldReader($0).lanes(query) }
    }

    public func release() async throws -> ReleaseRecord? {
        try await read {
            try HoldReader($0).row("SELECT record FROM release WHERE id = 1", []).map { try ReleaseJSON.record($0[0]) }
        }
    }

    public func expired(at now: Timestamp, limit: Int) async throws -> [Hold] {
        guard limit > 0 else { return [] }
        return try await read { try HoldReader($0).expired(at: now, limit: limit) }
    }

    public func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent] {
        guard limit > 0 else { return [] }
        return try await read { db in
            let filter = ticket == nil ? "" : "ticket = ? AND "
            let statement = try db.cachedStatement(
                sql:
                    "SELECT \(RecordRows.eventColumns) FROM events WHERE \(filter)sequence > ? "
                    + "ORDER BY sequence LIMIT ?"
            )
            let range: StatementArguments = [sequence, limit]
            statement.setUncheckedArguments(ticket.map { [$0.description] + range } ?? range)
            return try Row.fetchAll(statement).map(RecordRows.event)
        }
    }

    public func endedDrains(limit: Int) async throws -> [HoldEvent] {
        guard limit > 0 else { return [] }
        return try await read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT \(RecordRows.eventColumns) FROM events INDEXED BY events_drains "
                    + "WHERE \(StoredNotes.drains) ORDER BY sequence DESC LIMIT ?")
            statement.setUncheckedArguments([limit])
            return try Row.fetchAll(statement).map(RecordRows.event).reversed()
        }
    }

    public func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller? {
        try await read { db in
            try HoldReader(db).row(
                "SELECT at, is_refused, forget_at FROM callers WHERE fingerprint = ?", [Data(fingerprint.bytes)]
            ).map { row in
                KnownCaller(
                    fingerprint: fingerprint, at: Timestamp(milliseconds: row[0]), isRefused: row[1] != 0,
                    forgetAt: Timestamp(milliseconds: row[2]))
            }
        }
    }

    public func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback] {
        guard limit > 0 else { return [] }
        return try await read { db in
            try HoldReader(db).rows(
                "SELECT \(CallbackRow.columns) FROM callbacks INDEXED BY callbacks_due WHERE state = 'pending' "
                    + "AND due_at <= ? ORDER BY due_at, ticket, number LIMIT ?", [now.milliseconds, limit]
            ).map(CallbackRow.callback)
        }
    }

    public func callbacks(of ticket: Ticket) async throws -> [Callback] {
        try await read { db in
            try HoldReader(db).rows(
                "SELECT \(CallbackRow.columns) FROM callbacks WHERE ticket = ? ORDER BY number", [ticket.description]
            ).map(CallbackRow.callback)
        }
    }

    public func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket] {
        guard limit > 0 else { return [] }
        return try await read { db in
            try HoldReader(db).rows(
                "SELECT ticket FROM holds INDEXED BY holds_final WHERE \(OpenTransaction.forgettable) "
                    + "ORDER BY state_since, arrival LIMIT ?", [time.milliseconds, limit]
            ).map { try StoredWord.ticket($0[0]) }
        }
    }

    public func newestEvent() async throws -> Int64 {
        try await read { try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM events") ?? 0 }
    }

    public func counts() async throws -> HoldCounts { counters.counts }

    public func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally] {
        guard limit > 0 else { return [] }
        return try await read { db in
            try HoldReader(db).rows(
                "SELECT hour, source, count FROM tallies WHERE hour >= ? ORDER BY hour, source LIMIT ?",
                [since.milliseconds, limit]
            ).map { row in
                let source: LaunchSource = try StoredWord.decode(row[1])
                return LaunchTally(at: Timestamp(milliseconds: row[0]), source: source, count: row[2])
            }
        }
    }

    public func position(of hold: Hold) async throws -> Int? {
        try await read { db in
            guard let current = try HoldReader(db).hold(hold.ticket),
                current.state == .held || current.state == .released
            else { return nil }
            let row = try HoldReader(db).row(
                "SELECT count(*) FROM holds INDEXED BY holds_place WHERE state IN \(StoredHolds.waitingStates) "
                    + "AND (priority > ? OR (priority = ? AND arrival <= ?))",
                [current.request.priority.level, current.request.priority.level, current.arrival])
            return row.map { $0[0] }
        }
    }

    public func standIn(for hold: Hold, limit: Int) async throws -> Hold {
        guard hold.state == .coalesced, let first = hold.representative, limit > 0 else { return hold }
        return try await read { db in try HoldReader(db).endOfChain(from: first, limit: limit) ?? hold }
    }

    public func packs() async throws -> [PackRevision] {
        try await read { db in
            try HoldReader(db).rows(PackRow.newestQuery, []).map(PackRow.revision).sorted { $0.name < $1.name }
        }
    }

    public func packNumbers() async throws -> [String: Int] {
        try await read { db in
            let rows = try HoldReader(db).rows("SELECT name, max(number) FROM packs GROUP BY name", [])
            return Dictionary(uniqueKeysWithValues: rows.map { row in (row[0] as String, row[1] as Int) })
        }
    }

    public func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision] {
        guard limit > 0 else { return [] }
        return try await read { db in
            try HoldReader(db).rows(
                PackRow.historyQuery, [name.storable, principal?.text.storable, principal?.text.storable, limit]
            ).map(PackRow.revision)
        }
    }

    public func oldestHeld() async throws -> Timestamp? {
        try await read { db in
            try HoldReader(db).row(
                "SELECT arrived_at FROM holds INDEXED BY holds_waiting WHERE state = 'held' "
                    + "ORDER BY arrived_at LIMIT 1",
                []
            ).map { Timestamp(milliseconds: $0[0]) }
        }
    }

    public func windows() async throws -> [Window] {
        try await read { db in
            try HoldReader(db).rows("SELECT record FROM windows ORDER BY id", []).map { try WindowRecord.window($0[0]) }
        }
    }

    public func maintenances(limit: Int) async throws -> [MaintenanceRecord] {
        try await read { db in
            try HoldReader(db).rows(
                "SELECT record FROM maintenances ORDER BY is_final, planned_at DESC, id LIMIT ?", [max(limit, 0)]
            ).map { try StoredMaintenance.record($0[0]) }
        }
    }

    public func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord? {
        try await read { db in
            try HoldReader(db).row("SELECT record FROM maintenances WHERE id = ?", [id.text.storable])
                .map { try StoredMaintenance.record($0[0]) }
        }
    }

    public func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence] {
        guard query.limit > 0 else { return [] }
        return try await read { db in
            let window = query.window?.text.storable
            return try HoldReader(db).rows(
                "SELECT record FROM window_occurrences WHERE (? IS NULL OR window = ?) "
                    + "AND (? = 0 OR is_open = 1) "
                    + "AND (? = 0 OR json_extract(CAST(record AS TEXT), '$.isChanged') "
                    + "OR json_extract(CAST(record AS TEXT), '$.state') = ?) "
                    + "AND (? IS NULL OR window IN "
                    + "(SELECT id FROM windows WHERE json_extract(CAST(record AS TEXT), '$.kind') = ?)) "
                    + "AND ends > ? AND starts < ? ORDER BY starts, window, wall LIMIT ?",
                [
                    window, window, query.isOpenOnly ? 1 : 0, query.isAlteredOnly ? 1 : 0,
                    WindowOccurrence.State.cancelled.rawValue, query.kind?.rawValue, query.kind?.rawValue,
                    query.from?.milliseconds ?? .min,
                    query.to?.milliseconds ?? .max, query.limit,
                ]
            ).map { try WindowRecord.occurrence($0[0]) }
        }
    }

    /// Runs a query on a reader's connection, in a snapshot that has every commit that has returned.
    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StoreError(error, doing: "read", path: path)
        }
    }
}
