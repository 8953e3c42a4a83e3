internal import SluicePorts
internal import SluiceStoreRecords

/// The tables, and how an older database is brought up to them.
///
/// They have the names and columns of the SQLite schema, so that `sluice store copy` copies table by table. What only
/// this store has: numbers of holds kept up by sums, and numbers of events given in blocks.
///
/// Old and new Sluice run side by side during a rolling upgrade, so a migration only adds: tables, indexes, columns
/// with a default or NULL. What the version before cannot live with raises `compatible`, and then comes with a note in
/// docs/operations.md that all replicas must be stopped first.
enum Schema {
    /// The PostgreSQL schema that everything is in.
    static let name = "sluice"
    static var version: Int { migrations.count }
    /// The oldest schema version whose Sluice may write to a database of this version.
    private static let compatible = 1

    /// The name in `meta` of the newest epoch whose misfires were judged.
    static let judgedEpoch = "release.judged-epoch"
    /// The name in `meta` of the mark below which fences are refused.
    static let fence = "store.fence"

    /// The name in `meta` of what makes the server's timeline at the database's beginning 1.
    static let timelineBase = "store.timeline-base"

    /// Runs the migrations that the database lacks, in one transaction; a second replica waits for the first.
    static func migrate(_ connection: Connection) throws {
        _ = try connection.exchange([
            Statement("BEGIN"), Lock.statement(.schema, isShared: false),
        ])
        do {
            let found = try version(connection)
            if let found, found.compatible > version {
                throw StoreError(
                    .newerVersion,
                    "the database at \(connection.address) has schema version \(found.version), which this Sluice "
                        + "(version \(version)) cannot share: start the newer Sluice, or restore a backup made by "
                        + "this one")
            }
            if let found, found.version >= version {
                _ = try connection.exchange(Statement("ROLLBACK"))
                return
            }
            try run(migrations.dropFirst(found?.version ?? 0).joined(), connection)
            _ = try connection.exchange([
                Statement(
                    """
                    INSERT INTO sluice.schema_version VALUES (1, $1, $2)
                    ON CONFLICT (id) DO UPDATE SET version = excluded.version,
                        compatible = greatest(schema_version.compatible, excluded.compatible)
                    """, version, compatible), Statement("COMMIT"),
            ])
        } catch {
            if connection.isOpen { _ = try? connection.exchange(Statement("ROLLBACK")) }
            throw error
        }
    }

    private static func run(_ statements: some Sequence<String>, _ connection: Connection) throws {
        for statement in statements { _ = try connection.exchange(Statement(statement)) }
    }

    /// nil in a database that Sluice has not been in.
    private static func version(_ connection: Connection) throws -> (version: Int, compatible: Int)? {
        let there = try connection.exchange(Statement("SELECT to_regclass('sluice.schema_version') IS NOT NULL"))
        guard there.first?.text(0) == "t" else { return nil }
        let row = try connection.exchange(Statement("SELECT version, compatible FROM sluice.schema_version")).first
        return try row.map { (Int(try $0.requireNumber(0)), Int(try $0.requireNumber(1))) }
    }

    /// In order, each a list of single statements; one that was released is never changed again.
    private static let migrations: [[String]] = [first, missed, maintenances, changes, drains, callers]

    /// Texts compare by their bytes, whatever the database's collation is.
    private static let text = "text COLLATE \"C\""

    private static let first =
        [
            "CREATE SCHEMA IF NOT EXISTS sluice",
            """
            CREATE TABLE sluice.schema_version (
                id integer PRIMARY KEY CHECK (id = 1), version integer NOT NULL, compatible integer NOT NULL)
            """,
            "CREATE TABLE sluice.meta (name \(text) PRIMARY KEY, value \(text) NOT NULL)",
            """
            INSERT INTO sluice.meta VALUES ('\(timelineBase)',
                (1 - ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint)::text)
            """,
            """
            CREATE TABLE sluice.gate (
                id integer PRIMARY KEY CHECK (id = 1), epoch bigint NOT NULL, closed_epoch bigint NOT NULL)
            """,
            """
            CREATE TABLE sluice.gate_modes (
                place integer PRIMARY KEY, kind \(text), value \(text), mode \(text) NOT NULL, since bigint NOT NULL,
                by \(text) NOT NULL, reason \(text) NOT NULL)
            """,
        ] + holds + records + schedules + replicas

    private static let holds = [
        """
        CREATE TABLE sluice.holds (
            arrival bigint PRIMARY KEY, ticket \(text) NOT NULL UNIQUE, state \(text) NOT NULL,
            state_since bigint NOT NULL, arrived_at bigint NOT NULL, principal \(text) NOT NULL,
            source \(text) NOT NULL, flow \(text) NOT NULL, launcher \(text) NOT NULL, priority integer NOT NULL,
            ordering_key \(text), coalesce_key \(text), ask_id \(text), run_id \(text), not_before bigint,
            expires_at bigint, reason \(text) NOT NULL, epoch bigint NOT NULL, released_epoch bigint,
            attempt bigint NOT NULL, attempt_at bigint, pass_id \(text), retry_at bigint, execution_id \(text),
            cause \(text), result \(text), is_head integer NOT NULL, request \(text) NOT NULL, representative \(text),
            is_waited_for integer NOT NULL DEFAULT 0, tenant \(text) NOT NULL DEFAULT '',
            has_callback integer NOT NULL DEFAULT 0)
            WITH (fillfactor = 80)
        """,
        // Holds the release may look at, lane by lane: of one ordering key only its head.
        """
        CREATE INDEX holds_lanes ON sluice.holds (state, tenant, priority DESC, arrival)
            WHERE \(StoredHolds.releasable)
        """,
        "CREATE INDEX holds_state ON sluice.holds (state, arrival)",
        "CREATE INDEX holds_waiting ON sluice.holds (arrived_at) WHERE state = 'held'",
        "CREATE INDEX holds_place ON sluice.holds (priority DESC, arrival) WHERE state IN \(StoredHolds.waitingStates)",
        """
        CREATE INDEX holds_expiry ON sluice.holds (expires_at, arrival)
            WHERE expires_at IS NOT NULL AND state IN \(StoredHolds.waitingStates)
        """,
        "CREATE INDEX holds_ordering ON sluice.holds (ordering_key, arrival) WHERE ordering_key IS NOT NULL",
        """
        CREATE INDEX holds_ordering_open ON sluice.holds (ordering_key, arrival)
            WHERE ordering_key IS NOT NULL AND state IN \(StoredHolds.openStates)
        """,
        """
        CREATE INDEX holds_heads ON sluice.holds (ordering_key) WHERE ordering_key IS NOT NULL AND is_head = 1
        """,
        """
        CREATE INDEX holds_coalescible ON sluice.holds (coalesce_key, is_waited_for, not_before NULLS FIRST, arrival)
            WHERE coalesce_key IS NOT NULL AND state = 'held'
        """,
        "CREATE INDEX holds_representing ON sluice.holds (coalesce_key, arrival) WHERE \(StoredHolds.representing)",
        """
        CREATE INDEX holds_representative ON sluice.holds (representative, arrival)
            WHERE representative IS NOT NULL
        """,
        "CREATE INDEX holds_coalesce ON sluice.holds (coalesce_key, arrival) WHERE coalesce_key IS NOT NULL",
        "CREATE INDEX holds_ask ON sluice.holds (ask_id, principal, arrival) WHERE ask_id IS NOT NULL",
        "CREATE INDEX holds_execution ON sluice.holds (execution_id, arrival) WHERE execution_id IS NOT NULL",
        // Each shard's number alone means nothing; the sum over the shards is the number of holds. Small and often
        // updated: room on the page for the next version of a row.
        """
        CREATE TABLE sluice.hold_counts (
            shard integer NOT NULL, state \(text) NOT NULL, source \(text) NOT NULL, priority integer NOT NULL,
            number bigint NOT NULL, PRIMARY KEY (shard, state, source, priority)) WITH (fillfactor = 30)
        """,
        """
        CREATE TABLE sluice.events (
            sequence bigint PRIMARY KEY, at bigint NOT NULL, kind \(text) NOT NULL, ticket \(text),
            from_state \(text), to_state \(text), by \(text) NOT NULL, cause \(text) NOT NULL)
        """,
        "CREATE INDEX events_ticket ON sluice.events (ticket, sequence) WHERE ticket IS NOT NULL",
        // Never from its start: a block is told from those before it by `last_value`.
        "CREATE SEQUENCE sluice.event_blocks",
        "SELECT setval('sluice.event_blocks', 1)",
        """
        CREATE FUNCTION sluice.refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$
        """,
        """
        CREATE TRIGGER events_append_only BEFORE UPDATE OR TRUNCATE ON sluice.events
            FOR EACH STATEMENT EXECUTE FUNCTION sluice.refuse_event_change()
        """,
        // Those of a hold that was deleted may go, all others never.
        """
        CREATE FUNCTION sluice.refuse_event_deletion() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
                IF OLD.ticket IS NULL OR EXISTS (SELECT 1 FROM sluice.holds WHERE ticket = OLD.ticket) THEN
                    RAISE EXCEPTION 'events are append-only';
                END IF;
                RETURN OLD;
            END $$
        """,
        """
        CREATE TRIGGER events_no_delete BEFORE DELETE ON sluice.events
            FOR EACH ROW EXECUTE FUNCTION sluice.refuse_event_deletion()
        """,
        "CREATE INDEX holds_final ON sluice.holds (state_since, arrival) WHERE state NOT IN \(StoredHolds.openStates)",
        """
        CREATE TABLE sluice.callbacks (
            ticket \(text) NOT NULL, number bigint NOT NULL, kind \(text) NOT NULL, hold_state \(text) NOT NULL,
            at bigint NOT NULL, cause \(text) NOT NULL, state \(text) NOT NULL, attempt bigint NOT NULL,
            due_at bigint NOT NULL, outcome \(text), PRIMARY KEY (ticket, number))
        """,
        "CREATE INDEX callbacks_due ON sluice.callbacks (due_at, ticket, number) WHERE state = 'pending'",
    ]

    /// What misfire policies are applied to when the gate opens: found without looking at all that is held. A hold that
    /// a Sluice without this column wrote may be one, so it counts as one, and whoever reads it looks.
    private static let missed = [
        "ALTER TABLE sluice.holds ADD COLUMN is_missed_time integer NOT NULL DEFAULT 1",
        "CREATE INDEX holds_missed ON sluice.holds (arrival) WHERE \(StoredHolds.missed)",
    ]

    private static let replicas = [
        """
        CREATE TABLE sluice.release (
            id integer PRIMARY KEY CHECK (id = 1), revision bigint NOT NULL, record \(text) NOT NULL)
        """,
        """
        CREATE TABLE sluice.replicas (
            id \(text) PRIMARY KEY, name \(text) NOT NULL, version \(text) NOT NULL, seated_at bigint NOT NULL,
            lease bigint NOT NULL, renewal bigint NOT NULL, renewed_at bigint NOT NULL,
            confirmed_epoch bigint NOT NULL, in_flight bigint NOT NULL) WITH (fillfactor = 30)
        """,
        """
        CREATE TABLE sluice.leader (
            id integer PRIMARY KEY CHECK (id = 1), term bigint NOT NULL, holder \(text), name \(text) NOT NULL,
            since bigint NOT NULL, lease bigint NOT NULL, renewal bigint NOT NULL, renewed_at bigint NOT NULL)
            WITH (fillfactor = 30)
        """,
    ]

    private static let records = [
        """
        CREATE TABLE sluice.redemptions (
            pass_id \(text) PRIMARY KEY, principal \(text) NOT NULL, ask_id \(text), run_id \(text),
            at bigint NOT NULL, forget_at bigint NOT NULL)
        """,
        "CREATE INDEX redemptions_forget ON sluice.redemptions (forget_at)",
        """
        CREATE TABLE sluice.idempotency (
            principal \(text) NOT NULL, key \(text) NOT NULL, fingerprint bytea NOT NULL, ticket \(text),
            epoch bigint, pass_id \(text), at bigint NOT NULL, forget_at bigint NOT NULL,
            PRIMARY KEY (principal, key))
        """,
        "CREATE INDEX idempotency_forget ON sluice.idempotency (forget_at)",
        """
        CREATE TABLE sluice.tallies (
            hour bigint NOT NULL, source \(text) NOT NULL, count bigint NOT NULL, PRIMARY KEY (hour, source))
        """,
        """
        CREATE TABLE sluice.admissions (
            execution_id \(text) PRIMARY KEY, flow \(text) NOT NULL, reason \(text) NOT NULL, at bigint NOT NULL,
            ended_at bigint)
        """,
        "CREATE INDEX admissions_at ON sluice.admissions (at)",
        "CREATE INDEX admissions_ended ON sluice.admissions (ended_at) WHERE ended_at IS NOT NULL",
        """
        CREATE TABLE sluice.packs (
            name \(text) NOT NULL, number bigint NOT NULL, version \(text), digest \(text), loaded_at bigint NOT NULL,
            by \(text) NOT NULL, flows \(text) NOT NULL, PRIMARY KEY (name, number))
        """,
        """
        CREATE TABLE sluice.windows (
            id \(text) PRIMARY KEY, revision bigint NOT NULL, record \(text) NOT NULL)
        """,
        """
        CREATE TABLE sluice.window_occurrences (
            "window" \(text) NOT NULL, wall bigint NOT NULL, revision bigint NOT NULL, is_open integer NOT NULL,
            starts bigint NOT NULL, ends bigint NOT NULL, record \(text) NOT NULL, PRIMARY KEY ("window", wall))
        """,
        "CREATE INDEX window_occurrences_starts ON sluice.window_occurrences (starts, \"window\", wall)",
    ]

    private static let schedules = [
        """
        CREATE TABLE sluice.journal (
            id \(text) PRIMARY KEY, system \(text) NOT NULL, object \(text) NOT NULL, title \(text) NOT NULL,
            before \(text) NOT NULL, record bytea, intended \(text) NOT NULL, state \(text) NOT NULL,
            attempt bigint NOT NULL, at bigint NOT NULL, done_at bigint, reverted_at bigint, gap_from bigint,
            gap_to bigint, uncertain_to bigint, since bigint NOT NULL, by \(text) NOT NULL, cause \(text) NOT NULL)
        """,
        "CREATE INDEX journal_at ON sluice.journal (system, at, id)",
        """
        CREATE INDEX journal_open ON sluice.journal (system, at, id)
            WHERE state IN ('intended', 'done', 'reverting')
        """,
        """
        CREATE TABLE sluice.missed (
            sequence bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, schedule \(text) NOT NULL,
            nominal bigint NOT NULL, title \(text) NOT NULL, policy \(text) NOT NULL, outcome \(text) NOT NULL,
            ticket \(text), execution_id \(text), at bigint NOT NULL, cause \(text) NOT NULL)
        """,
        "CREATE UNIQUE INDEX missed_schedule ON sluice.missed (schedule, nominal)",
        "CREATE INDEX missed_execution ON sluice.missed (execution_id) WHERE execution_id IS NOT NULL",
    ]

    /// What maintenances change, see `JournalRecord`. An older Sluice reads and writes schedules' rows alone, which
    /// have nothing of it.
    private static let changes = [
        "ALTER TABLE sluice.journal ADD COLUMN maintenance \(text)",
        "ALTER TABLE sluice.journal ADD COLUMN decided_at bigint",
        "ALTER TABLE sluice.journal ADD COLUMN change \(text)",
        "CREATE INDEX journal_system_open ON sluice.journal (system, at, id) WHERE \(StoredJournal.open)",
        "CREATE INDEX journal_maintenance ON sluice.journal (maintenance, at, id) WHERE maintenance IS NOT NULL",
        """
        CREATE INDEX journal_unsettled ON sluice.journal (at, id)
            WHERE maintenance IS NOT NULL AND \(StoredJournal.unsettled)
        """,
    ]

    /// What estimates of past drains were worth is found among millions of events.
    private static let drains = ["CREATE INDEX events_drains ON sluice.events (sequence) WHERE \(StoredNotes.drains)"]

    /// What Central last said of callers of the facade.
    private static let callers = [
        """
        CREATE TABLE sluice.callers (
            fingerprint bytea PRIMARY KEY, at bigint NOT NULL, is_refused integer NOT NULL, forget_at bigint NOT NULL)
        """,
        "CREATE INDEX callers_at ON sluice.callers (at, fingerprint)",
        "CREATE INDEX callers_forget ON sluice.callers (forget_at)",
    ]

    /// Maintenances: `record` is JSON, see `StoredMaintenance`.
    private static let maintenances = [
        """
        CREATE TABLE sluice.maintenances (
            id \(text) PRIMARY KEY, revision bigint NOT NULL, is_final integer NOT NULL, planned_at bigint NOT NULL,
            record \(text) NOT NULL)
        """,
        "CREATE INDEX maintenances_planned ON sluice.maintenances (is_final, planned_at DESC, id)",
    ]
}
