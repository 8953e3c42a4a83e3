import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceTestKit
import SluiceTestServers
import Testing

/// What a store asks of its server before it is used.
@Suite struct PostgresOpeningTests {
    @Test("a database of the first version is brought up, and what its holds missed is found")
    func bringsADatabaseOfTheFirstVersionUp() async throws {
        let database = try TestDatabase()
        func hold(_ number: UInt64, isMissed: Bool) -> Change {
            var hold = Hold.fixture(number)
            hold.arrival = 0
            hold.request.scheduleID = isMissed ? ScheduleID("s") : nil
            hold.request.nominalTime = .zero
            return .addHold(hold)
        }
        var store = try await database.open()
        let fence = Fence(timeline: try await store.timeline())
        try await store.commit([hold(1, isMissed: false), hold(2, isMissed: true)], fence: fence)
        try await store.close()
        _ = try database.cluster.sql(
            """
            DROP INDEX sluice.holds_missed, sluice.journal_system_open, sluice.journal_maintenance,
                sluice.journal_unsettled, sluice.events_drains;
            DROP TABLE sluice.maintenances, sluice.callers;
            ALTER TABLE sluice.holds DROP COLUMN is_missed_time;
            ALTER TABLE sluice.journal DROP COLUMN maintenance, DROP COLUMN decided_at, DROP COLUMN change;
            UPDATE sluice.schema_version SET version = 1
            """, on: database.name)
        store = try await database.open()
        try await store.commit([hold(3, isMissed: true), hold(4, isMissed: false)], fence: fence)
        var query = HoldQuery(states: [.held])
        query.isMissedTime = true
        #expect(try await store.holds(query).holds.map(\.ticket) == [.fixture(2), .fixture(3)])
        try await store.close()
    }

    @Test("R35 a journal from before maintenances had one is read and goes on")
    func readsAnOlderJournal() async throws {
        let database = try TestDatabase()
        var store = try await database.open()
        let fence = Fence(timeline: try await store.timeline())
        var frozen = JournalEntry(
            system: "central", object: "1", title: "nightly", before: [JournalField("flow", "f")],
            record: SealedBytes([1]), intended: "enabled=false", at: .zero, by: .fixture, cause: "upgrade")
        frozen.state = .done
        try await store.commit([.journal(frozen, replacing: nil)], fence: fence)
        try await store.close()
        _ = try database.cluster.sql(
            """
            DROP INDEX sluice.journal_system_open, sluice.journal_maintenance, sluice.journal_unsettled,
                sluice.events_drains;
            DROP TABLE sluice.callers;
            ALTER TABLE sluice.journal DROP COLUMN maintenance, DROP COLUMN decided_at, DROP COLUMN change;
            UPDATE sluice.schema_version SET version = version - 3
            """, on: database.name)
        store = try await database.open()
        #expect(try await store.journal(JournalQuery(system: "central", owner: .nobody, limit: 9)) == [frozen])
        let planned = PlannedChange(
            system: "csa", object: "p", title: "p", wanted: [JournalField("a", "b")], step: 0, returnStep: 0)
        let change = JournalEntry(planned, of: MaintenanceID("m_1"), at: .zero, by: .fixture, cause: "c")
        let back = frozen.moved(to: .reverting, at: .zero, cause: "thaw")
        try await store.commit([.journal(back, replacing: .done), .journal(change, replacing: nil)], fence: fence)
        #expect(try await store.journal(JournalQuery(owner: .anyMaintenance, limit: 9)) == [change])
        #expect(try await store.journal(JournalQuery(owner: .nobody, limit: 9)) == [back])
        try await store.close()
    }

    @Test func replicasMayMigrateAtOnce() async throws {
        let database = try TestDatabase()
        let stores = try await withThrowingTaskGroup(of: PostgresStore.self) { group in
            for _ in 0..<4 { group.addTask { try await database.open() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await stores[0].commit([.addHold(.fixture(1))], fence: Fence(timeline: 1))
        for store in stores {
            #expect(try await store.hold(.fixture(1)) != nil)
            try await store.close()
        }
    }

    @Test func refusesADatabaseThatItCannotShareWithANewerVersion() async throws {
        let database = try TestDatabase()
        try await database.open().close()
        try database.cluster.sql("UPDATE sluice.schema_version SET version = 99", on: database.name)
        try await database.open().close()
        try database.cluster.sql("UPDATE sluice.schema_version SET compatible = 99", on: database.name)
        let error = await #expect(throws: StoreError.self) { try await database.open() }
        #expect(error?.code == .newerVersion)
        #expect(error?.message.contains("version 99") == true)
    }

    @Test func aURLWithAPasswordIsRefusedAndNotShown() throws {
        for url in ["postgres://u:hunter2@h/d", "postgres://u@h/d?password=hunter2"] {
            let error = #expect(throws: StoreError.self) { try PostgresAddress(url) }
            #expect(error?.message.contains("store.passwordFile") == true)
            #expect(error?.description.contains("hunter2") == false)
        }
        #expect(throws: StoreError.self) { try PostgresAddress("postgres://%zz@h/hunter2") }
    }

    @Test func aWrongPasswordIsSaidWithoutIt() async throws {
        let cluster = try TestCluster(
            prepare: "printf 'host all sluice all trust\\nhost all all all scram-sha-256\\n' >\"$D/data/pg_hba.conf\"")
        let database = try TestDatabase(cluster)
        try cluster.sql("CREATE ROLE app LOGIN PASSWORD 'right'; GRANT CREATE ON DATABASE \(database.name) TO app")
        let url = cluster.url(database.name, user: "app")
        let error = await #expect(throws: StoreError.self) {
            try await PostgresStore(
                PostgresAddress(url, password: Secret("hunter2")), options: TestDatabase.options, logger: .quiet)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("password authentication failed") == true)
        #expect(error?.description.contains("hunter2") == false)
        let store = try await PostgresStore(
            PostgresAddress(url, password: Secret("right")), options: TestDatabase.options, logger: .quiet)
        #expect(try await store.gate() == nil)
        try await store.close()
    }

    @Test func tlsIsVerifiedAsTheURLSays() async throws {
        let make = """
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                -keyout "$D/data/server.key" -out "$D/data/server.crt" >/dev/null 2>&1
            cp "$D/data/server.crt" "$D/ca.crt"
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
                -keyout "$D/other.key" -out "$D/other.crt" >/dev/null 2>&1
            chmod 600 "$D/data/server.key"; chmod 755 "$D"; chmod 644 "$D/ca.crt" "$D/other.crt"
            if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$D/data/server.key" "$D/data/server.crt"; fi
            printf 'hostssl all all all trust\\nhost all sluice 127.0.0.1/32 trust\\n' >"$D/data/pg_hba.conf"
            """
        let cluster = try TestCluster(settings: ["fsync = off", "ssl = on"], prepare: make)
        let database = try TestDatabase(cluster)
        func open(_ host: String, _ ca: String) async throws -> PostgresStore {
            let url =
                "postgres://sluice@\(host):\(cluster.port)/\(database.name)"
                + "?sslmode=verify-full&sslrootcert=\(cluster.directory)/\(ca)"
            return try await PostgresStore(PostgresAddress(url), options: TestDatabase.options, logger: .quiet)
        }
        let store = try await open("localhost", "ca.crt")
        let isEncrypted = try cluster.sql(
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'sluice'")
        #expect(isEncrypted == "t")
        try await store.close()
        for (host, ca) in [("127.0.0.1", "ca.crt"), ("localhost", "other.crt")] {
            let error = await #expect(throws: StoreError.self, "\(host) \(ca)") { try await open(host, ca) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("R18: a server that can lose what was acknowledged is refused")
    func refusesLoss() async throws {
        let cluster = try TestCluster(settings: [])
        let database = try TestDatabase(cluster)
        try cluster.sql("ALTER SYSTEM SET fsync = off")
        try cluster.control("reload")
        let off = await #expect(throws: StoreError.self) { try await database.open(PostgresStoreOptions()) }
        #expect(off?.message.contains("fsync is off") == true)
        try cluster.sql("ALTER SYSTEM SET fsync = on")
        try cluster.control("reload")
        try cluster.sql("ALTER ROLE sluice SET synchronous_commit = off")
        let commit = await #expect(throws: StoreError.self) { try await database.open(PostgresStoreOptions()) }
        #expect(commit?.message.contains("synchronous_commit is off") == true)
        try cluster.sql("ALTER ROLE sluice RESET synchronous_commit")
        try await database.open(PostgresStoreOptions()).close()
    }

    @Test("R18: a standby that is not waited for is refused; one that is takes over with every hold")
    func standbys() async throws {
        let cluster = try TestCluster(settings: [])
        let database = try TestDatabase(cluster)
        let standby = try TestCluster(settings: [], standbyOf: cluster)
        let error = await #expect(throws: StoreError.self) { try await database.open(PostgresStoreOptions()) }
        #expect(error?.message.contains("synchronous_standby_names is empty") == true)
        try cluster.sql("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
        try cluster.control("reload")
        let url =
            "postgres://sluice@127.0.0.1:\(cluster.port),127.0.0.1:\(standby.port)/\(database.name)"
        let store = try await PostgresStore(PostgresAddress(url), logger: .quiet)
        #expect(try await store.timeline() == 1)
        try await store.commit([.addHold(.fixture(1))], fence: Fence(timeline: 1))
        try cluster.control("-m immediate stop")
        try standby.control("promote")
        #expect(try await store.hold(.fixture(1)) != nil)
        #expect(try await store.timeline() == 2)
        try standby.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        try standby.control("reload")
        try await store.commit([.addHold(.fixture(2))], fence: Fence(timeline: 2))
        #expect(try await store.counts().total(.held) == 2)
        try await store.close()
    }
}
