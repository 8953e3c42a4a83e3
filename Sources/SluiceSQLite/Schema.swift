internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// The tables, and how an older database is brought up to them.
enum Schema {
    /// `PRAGMA application_id` of our databases: "SLUI".
    static let applicationID: Int32 = 0x534C_5549
    /// `PRAGMA user_version` of a database that all migrations ran on.
    static var version: Int { migrations.count }

    /// The name in `meta` of the newest epoch whose misfires were judged.
    static let judgedEpoch = "release.judged-epoch"

    /// Refuses a database that is not ours or is from a newer version; runs before anything is written to it.
    static func checkIdentity(_ db: Database, path: String) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tableCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if tableCount > 0 {
            let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            guard id == applicationID else {
                throw StoreError(
                    .unavailable, "\(path) is a database of another program: choose another path for Sluice's database")
            }
        }
        guard found <= version else {
            throw StoreError(
                .newerVersion,
                "\(path) has schema version \(found), this Sluice knows versions up to \(version): start the newer "
                    + "Sluice, or restore a backup made by this one")
        }
    }

    /// Runs the migrations that the database lacks, each in a transaction of its own.
    static func migrate(_ db: Database) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found < version else { return }
        for (index, migration) in migrations.enumerated().dropFirst(found) {
            try db.inTransaction(.immediate) {
                try db.execute(sql: migration)
                try db.execute(
                    sql: "INSERT INTO meta VALUES ('store.schema', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    arguments: [String(index + 1)])
                try db.execute(sql: "PRAGMA application_id = \(applicationID)")
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
                return .commit
            }
        }
    }

    /// In order; one that was released is never changed again.
    private static let migrations = [
        first, second, windows, journal, replicas, coalescing, release, callbacks, retention, missed,
        maintenances, changes, drains, callers,
    ]

    /// `holds.arrival` is the rowid, so that arrival order is the table's own. Whatever deletes old holds must keep
    /// the newest row: the next arrival is counted from it.
    ///
    /// An index that a query names with INDEXED BY has the query's WHERE terms word for word.
    private static let first = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE gate (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL,
            closed_epoch INTEGER NOT NULL) STRICT;
        -- Place 0 is the whole gate, the scopes follow as they were given.
        CREATE TABLE gate_modes (
            place INTEGER PRIMARY KEY, kind TEXT, value TEXT, mode TEXT NOT NULL, since INTEGER NOT NULL,
            by TEXT NOT NULL, reason TEXT NOT NULL) STRICT;

        CREATE TABLE holds (
            arrival INTEGER PRIMARY KEY, ticket TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
            state_since INTEGER NOT NULL, arrived_at INTEGER NOT NULL, principal TEXT NOT NULL, source TEXT NOT NULL,
            flow TEXT NOT NULL, launcher TEXT NOT NULL, priority INTEGER NOT NULL, ordering_key TEXT,
            coalesce_key TEXT, ask_id TEXT, run_id TEXT, not_before INTEGER, expires_at INTEGER, reason TEXT NOT NULL,
            epoch INTEGER NOT NULL, released_epoch INTEGER, attempt INTEGER NOT NULL, attempt_at INTEGER,
            pass_id TEXT, retry_at INTEGER, execution_id TEXT, cause TEXT, result TEXT, is_head INTEGER NOT NULL,
            request BLOB NOT NULL) STRICT;
        -- Holds the release may look at: of one ordering key only its head.
        CREATE INDEX holds_candidates ON holds (state, priority DESC, arrival, not_before, retry_at, expires_at)
            WHERE \(StoredHolds.releasable);
        CREATE INDEX holds_state ON holds (state, arrival, source, flow);
        CREATE INDEX holds_waiting ON holds (arrived_at) WHERE state = 'held';
        CREATE INDEX holds_place ON holds (priority DESC, arrival) WHERE state IN \(StoredHolds.waitingStates);
        CREATE INDEX holds_expiry ON holds (expires_at, arrival)
            WHERE expires_at IS NOT NULL AND state IN \(StoredHolds.waitingStates);
        CREATE INDEX holds_ordering ON holds (ordering_key, arrival) WHERE ordering_key IS NOT NULL;
        CREATE INDEX holds_ordering_open ON holds (ordering_key, arrival)
            WHERE ordering_key IS NOT NULL AND state IN \(StoredHolds.openStates);
        CREATE INDEX holds_coalesce ON holds (coalesce_key, arrival) WHERE coalesce_key IS NOT NULL;
        CREATE INDEX holds_ask ON holds (ask_id, principal, arrival) WHERE ask_id IS NOT NULL;
        CREATE INDEX holds_execution ON holds (execution_id, arrival) WHERE execution_id IS NOT NULL;

        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, ticket TEXT, from_state TEXT,
            to_state TEXT, by TEXT NOT NULL, cause TEXT NOT NULL) STRICT;
        CREATE INDEX events_ticket ON events (ticket, sequence) WHERE ticket IS NOT NULL;
        CREATE TRIGGER events_no_update BEFORE UPDATE ON events
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
        CREATE TRIGGER events_no_delete BEFORE DELETE ON events
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

        CREATE TABLE redemptions (
            pass_id TEXT PRIMARY KEY, principal TEXT NOT NULL, ask_id TEXT, run_id TEXT, at INTEGER NOT NULL,
            forget_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX redemptions_forget ON redemptions (forget_at);

        CREATE TABLE idempotency (
            principal TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, ticket TEXT, epoch INTEGER,
            pass_id TEXT, at INTEGER NOT NULL, forget_at INTEGER NOT NULL,
            PRIMARY KEY (principal, key)) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_forget ON idempotency (forget_at);

        CREATE TABLE tallies (
            hour INTEGER NOT NULL, source TEXT NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (hour, source)) STRICT, WITHOUT ROWID;

        CREATE TABLE admissions (
            execution_id TEXT PRIMARY KEY, flow TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
            ended_at INTEGER) STRICT, WITHOUT ROWID;
        CREATE INDEX admissions_at ON admissions (at);
        CREATE INDEX admissions_ended ON admissions (ended_at) WHERE ended_at IS NOT NULL;
        """

    /// Content packs: `flows` is JSON, see `PackRecord`. A row is never changed.
    private static let second = """
        CREATE TABLE packs (
            name TEXT NOT NULL, number INTEGER NOT NULL, version TEXT, digest TEXT, loaded_at INTEGER NOT NULL,
            by TEXT NOT NULL, flows BLOB NOT NULL, PRIMARY KEY (name, number)) STRICT;
        """

    /// Windows and their occurrences: `record` is JSON, see `WindowRecord`.
    private static let windows = """
        CREATE TABLE windows (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, record BLOB NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE TABLE window_occurrences (
            window TEXT NOT NULL, wall INTEGER NOT NULL, revision INTEGER NOT NULL, is_open INTEGER NOT NULL,
            starts INTEGER NOT NULL, ends INTEGER NOT NULL, record BLOB NOT NULL,
            PRIMARY KEY (window, wall)) STRICT, WITHOUT ROWID;
        CREATE INDEX window_occurrences_starts ON window_occurrences (starts, window, wall);
        """

    /// The journal of changes to outside systems, and what became of schedules' missed times. `before` is JSON, a list
    /// of names and values.
    private static let journal = """
        CREATE TABLE journal (
            id TEXT PRIMARY KEY, system TEXT NOT NULL, object TEXT NOT NULL, title TEXT NOT NULL,
            before BLOB NOT NULL, record BLOB, intended TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
            at INTEGER NOT NULL, done_at INTEGER, reverted_at INTEGER, gap_from INTEGER, gap_to INTEGER,
            uncertain_to INTEGER, since INTEGER NOT NULL, by TEXT NOT NULL, cause TEXT NOT NULL) STRICT;
        CREATE INDEX journal_at ON journal (system, at, id);
        CREATE INDEX journal_open ON journal (system, at, id) WHERE state IN ('intended', 'done', 'reverting');

        CREATE TABLE missed (
            sequence INTEGER PRIMARY KEY, schedule TEXT NOT NULL, nominal INTEGER NOT NULL, title TEXT NOT NULL,
            policy TEXT NOT NULL, outcome TEXT NOT NULL, ticket TEXT, execution_id TEXT, at INTEGER NOT NULL,
            cause TEXT NOT NULL) STRICT;
        CREATE UNIQUE INDEX missed_schedule ON missed (schedule, nominal);
        CREATE INDEX missed_execution ON missed (execution_id) WHERE execution_id IS NOT NULL;
        """

    /// Seats of replicas, and who leads: here for the same contract as the shared store, which several replicas use.
    private static let replicas = """
        CREATE TABLE replicas (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, seated_at INTEGER NOT NULL,
            lease INTEGER NOT NULL, renewal INTEGER NOT NULL, renewed_at INTEGER NOT NULL,
            confirmed_epoch INTEGER NOT NULL, in_flight INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE leader (
            id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, holder TEXT, name TEXT NOT NULL,
            since INTEGER NOT NULL, lease INTEGER NOT NULL, renewal INTEGER NOT NULL, renewed_at INTEGER NOT NULL)
            STRICT;
        """

    /// Who stands for whom. `holds_representative` has only holds in `coalesced`: those alone name one.
    private static let coalescing = """
        ALTER TABLE holds ADD COLUMN representative TEXT;
        ALTER TABLE holds ADD COLUMN is_waited_for INTEGER NOT NULL DEFAULT 0;
        UPDATE holds SET is_waited_for = 1 WHERE coalesce_key IS NOT NULL
            AND (launcher = 'caller' OR json_extract(CAST(request AS TEXT), '$.csaProcessID') IS NOT NULL);
        CREATE INDEX holds_coalescible ON holds (coalesce_key, is_waited_for, not_before, arrival, ticket)
            WHERE coalesce_key IS NOT NULL AND state = 'held';
        CREATE INDEX holds_representing ON holds (coalesce_key, arrival, not_before, ticket)
            WHERE \(StoredHolds.representing);
        CREATE INDEX holds_representative ON holds (representative, arrival) WHERE representative IS NOT NULL;
        """

    /// The release's record is JSON, see `ReleaseJSON`. `tenant` is empty for a hold without one; what the release may
    /// look at is found lane by lane, for which one index serves.
    private static let release = """
        CREATE TABLE release (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, record BLOB NOT NULL)
            STRICT;
        ALTER TABLE holds ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
        UPDATE holds SET tenant = coalesce(json_extract(CAST(request AS TEXT), '$.tenant'), '')
            WHERE json_extract(CAST(request AS TEXT), '$.tenant') IS NOT NULL;
        DROP INDEX holds_candidates;
        CREATE INDEX holds_lanes ON holds
            (state, tenant, priority DESC, arrival, not_before, retry_at, expires_at, launcher)
            WHERE \(StoredHolds.releasable);
        """

    /// Messages to whoever wants to be called back about a hold.
    private static let callbacks = """
        ALTER TABLE holds ADD COLUMN has_callback INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE callbacks (
            ticket TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, hold_state TEXT NOT NULL,
            at INTEGER NOT NULL, cause TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
            due_at INTEGER NOT NULL, outcome TEXT, PRIMARY KEY (ticket, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX callbacks_due ON callbacks (due_at, ticket, number) WHERE state = 'pending';
        """

    /// Holds may be deleted once their retention is over, and then their events; all other events never.
    private static let retention = """
        CREATE INDEX holds_final ON holds (state_since, arrival) WHERE state NOT IN \(StoredHolds.openStates);
        DROP TRIGGER events_no_delete;
        CREATE TRIGGER events_no_delete BEFORE DELETE ON events
            WHEN OLD.ticket IS NULL OR EXISTS (SELECT 1 FROM holds WHERE ticket = OLD.ticket)
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
        """

    /// What misfire policies are applied to when the gate opens: found without looking at all that is held.
    private static let missed = """
        ALTER TABLE holds ADD COLUMN is_missed_time INTEGER NOT NULL DEFAULT 0;
        UPDATE holds SET is_missed_time = 1 WHERE reason = 'maintenance'
            AND json_extract(CAST(request AS TEXT), '$.scheduleID') IS NOT NULL
            AND json_extract(CAST(request AS TEXT), '$.nominalTime') IS NOT NULL;
        CREATE INDEX holds_missed ON holds (arrival) WHERE \(StoredHolds.missed);
        """

    /// What maintenances change, see `JournalRecord`. The old index does not know every open state.
    private static let changes = """
        ALTER TABLE journal ADD COLUMN maintenance TEXT;
        ALTER TABLE journal ADD COLUMN decided_at INTEGER;
        ALTER TABLE journal ADD COLUMN change BLOB;
        DROP INDEX journal_open;
        CREATE INDEX journal_open ON journal (system, at, id) WHERE \(StoredJournal.open);
        CREATE INDEX journal_maintenance ON journal (maintenance, at, id) WHERE maintenance IS NOT NULL;
        CREATE INDEX journal_unsettled ON journal (at, id)
            WHERE maintenance IS NOT NULL AND \(StoredJournal.unsettled);
        """

    /// What estimates of past drains were worth is found among millions of events.
    private static let drains = "CREATE INDEX events_drains ON events (sequence) WHERE \(StoredNotes.drains);"

    /// What Central last said of callers of the facade.
    private static let callers = """
        CREATE TABLE callers (
            fingerprint BLOB PRIMARY KEY, at INTEGER NOT NULL, is_refused INTEGER NOT NULL, forget_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX callers_at ON callers (at);
        CREATE INDEX callers_forget ON callers (forget_at);
        """

    /// Maintenances: `record` is JSON, see `StoredMaintenance`.
    private static let maintenances = """
        CREATE TABLE maintenances (
            id TEXT PRIMARY KEY, revision INTEGER NOT NULL, is_final INTEGER NOT NULL, planned_at INTEGER NOT NULL,
            record BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX maintenances_planned ON maintenances (is_final, planned_at DESC, id);
        """
}
