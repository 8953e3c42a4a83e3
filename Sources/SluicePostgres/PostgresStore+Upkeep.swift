public import SluiceModel
public import SluicePorts
internal import SluiceStoreRecords

/// Values beside the holds, replicas, and what may be forgotten.
extension PostgresStore {
    public func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback] {
        guard limit > 0 else { return [] }
        return try await read { connection in
            try connection.exchange(
                Statement(
                    """
                    SELECT \(CallbackRow.columns) FROM sluice.callbacks WHERE state = 'pending' AND due_at <= $1
                    ORDER BY due_at, ticket, number LIMIT $2
                    """, now.milliseconds, limit)
            ).rows.map { try CallbackRow.callback($0) }
        }
    }

    public func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller? {
        try await read { connection in
            var statement = Statement("SELECT at, is_refused, forget_at FROM sluice.callers WHERE fingerprint = $1")
            statement.add(fingerprint.bytes)
            return try connection.exchange(statement).first.map { row in
                KnownCaller(
                    fingerprint: fingerprint, at: try row.requireTime(0), isRefused: try row.requireNumber(1) != 0,
                    forgetAt: try row.requireTime(2))
            }
        }
    }

    public func callbacks(of ticket: Ticket) async throws -> [Callback] {
        try await read { connection in
            try connection.exchange(
                Statement(
                    "SELECT \(CallbackRow.columns) FROM sluice.callbacks WHERE ticket = $1 ORDER BY number",
                    ticket.description)
            ).rows.map { try CallbackRow.callback($0) }
        }
    }

    public func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket] {
        guard limit > 0 else { return [] }
        return try await read { connection in
            try connection.exchange(
                Statement(
                    "SELECT ticket FROM sluice.holds WHERE \(HoldReader.forgettable) "
                        + "ORDER BY state_since, arrival LIMIT $2", time.milliseconds, limit)
            ).rows.map { try StoredWord.ticket(try $0.require(0)) }
        }
    }

    public func newestEvent() async throws -> Int64 {
        try await read { try EventReader(connection: $0).newest() }
    }

    public func replicas() async throws -> [Replica] {
        try await read { connection in
            try connection.exchange(
                Statement("SELECT \(ReplicaRows.columns) FROM sluice.replicas ORDER BY seated_at, id")
            ).rows.map { try ReplicaRows.replica($0) }
        }
    }

    public func leader() async throws -> LeaderRecord? {
        try await read { try $0.exchange(ReplicaRows.leaderQuery).first.map { try ReplicaRows.leader($0) } }
    }

    /// The greater of what was written with and what the server says: PostgreSQL counts its own timeline up when a
    /// standby takes over or a backup is restored.
    public func timeline() async throws -> Int64 {
        try await read { connection in
            let answers = try connection.exchange([
                FenceMark.query,
                Statement(
                    """
                    SELECT value::bigint + ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint
                    FROM sluice.meta WHERE name = '\(Schema.timelineBase)'
                    """),
            ])
            return max(try FenceMark(storedIn: answers[0]).timeline, answers[1].first?.number(0) ?? 1)
        }
    }

    public func metadata(_ name: String) async throws -> String? {
        try await read { connection in
            try connection.exchange(
                Statement("SELECT value FROM sluice.meta WHERE name = $1", Self.metadataName(name))
            ).first?.text(0)
        }
    }

    public func setMetadata(_ name: String, _ value: String) async throws {
        try await write(
            Statement(
                """
                INSERT INTO sluice.meta VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, Self.metadataName(name), value.storable))
    }

    public func keepMetadata(_ name: String, _ value: String) async throws -> String {
        try await write(
            Statement(
                "INSERT INTO sluice.meta VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", Self.metadataName(name),
                value.storable))
        return try await metadata(name) ?? value
    }

    private static func metadataName(_ name: String) -> String { "app.\(name)".storable }

    @discardableResult
    public func prune(at now: Timestamp, limit: Int) async throws -> Int {
        let endedBefore = now.advanced(by: .zero - options.admissionRetention)
        let admittedBefore = endedBefore.advanced(by: .zero - options.admissionRetention)
        let windowsBefore = now.advanced(by: .zero - WindowLimits.retention)
        func deletion(
            _ table: String, _ key: String, _ filter: String, _ time: Timestamp, by order: String,
            locking: String = "FOR UPDATE"
        ) -> Statement {
            Statement(
                """
                DELETE FROM sluice.\(table) WHERE (\(key)) IN
                    (SELECT \(key) FROM sluice.\(table) WHERE \(filter) ORDER BY \(order) LIMIT $2 \(locking))
                """, time.milliseconds, limit)
        }
        let counts = try await write(
            deletion("redemptions", "pass_id", "forget_at <= $1", now, by: "forget_at"),
            deletion("idempotency", "principal, key", "forget_at <= $1", now, by: "forget_at"),
            deletion(
                "admissions", "execution_id", "ended_at IS NOT NULL AND ended_at <= $1", endedBefore, by: "ended_at"),
            deletion("admissions", "execution_id", "at <= $1", admittedBefore, by: "at"),
            // What ended by then began by then: the index of starts finds them.
            deletion(
                "window_occurrences", "\"window\", wall", "is_open = 0 AND starts <= $1 AND ends <= $1", windowsBefore,
                by: "starts"),
            // Commits take rows of callers in another order: it waits for none of them.
            deletion(
                "callers", "fingerprint", "forget_at <= $1", now, by: "forget_at", locking: "FOR UPDATE SKIP LOCKED"),
            Statement(Self.surplusCallers, limit))
        return counts.max() ?? 0
    }

    /// Locks what it deletes, and nothing when there is no surplus.
    static let surplusCallers = """
        DELETE FROM sluice.callers WHERE fingerprint IN
            (SELECT fingerprint FROM sluice.callers WHERE (at, fingerprint) <=
                (SELECT at, fingerprint FROM sluice.callers ORDER BY at DESC, fingerprint DESC
                    OFFSET \(KnownCaller.countMax) LIMIT 1)
                ORDER BY at, fingerprint LIMIT $1 FOR UPDATE SKIP LOCKED)
        """

    /// Runs statements in a transaction of their own.
    /// - Returns: How many rows each wrote.
    @discardableResult
    private func write(_ statements: Statement...) async throws -> [Int] {
        try await readers.read { connection in
            let answers = try connection.exchange(
                [Statement("BEGIN READ WRITE")] + statements + [Statement("COMMIT")])
            return answers.dropFirst().dropLast().map(\.changedCount)
        }
    }
}
