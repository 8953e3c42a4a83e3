import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceTestServers
import Testing

/// CSA's database as csa-api.md section 6 has its tables, on a real server.
@Suite struct PostgresCSADatabaseTests {
    private static let order = "orderOfferingDeploymentCallBack"

    /// How the flags are kept is not documented: the query is seen with each.
    enum Flag: String, CaseIterable, Sendable { case boolean, smallint, char = "char(1)" }

    private struct Tables {
        let database: TestDatabase

        init(_ flag: Flag = .boolean) throws {
            database = try TestDatabase()
            try sql(
                """
                CREATE TABLE csa_category (uuid varchar(32) PRIMARY KEY, display_name varchar(255));
                CREATE TABLE csa_service_instance (
                    uuid varchar(32) PRIMARY KEY, service_instance_state_id varchar(32) REFERENCES csa_category);
                CREATE TABLE csa_lifecycle_ex_record (
                    uuid serial PRIMARY KEY, service_instance_id varchar(32) REFERENCES csa_service_instance,
                    reverse \(flag.rawValue), callback_pending \(flag.rawValue), callback_bean varchar(255),
                    execution_status_id varchar(32) REFERENCES csa_category);
                INSERT INTO csa_category VALUES ('c1', 'Transition paused'), ('c2', 'Deploying');
                """)
        }

        func sql(_ text: String) throws { try database.cluster.sql(text, on: database.name) }

        func add(
            _ instance: String, isReverse: Bool = false, isPending: Bool = true, bean: String? = order,
            isPaused: Bool = false
        ) throws {
            func text(_ value: String?) -> String { value.map { "'\($0)'" } ?? "NULL" }
            try sql(
                """
                INSERT INTO csa_service_instance VALUES ('\(instance)', 'c2') ON CONFLICT DO NOTHING;
                INSERT INTO csa_lifecycle_ex_record
                    (service_instance_id, reverse, callback_pending, callback_bean, execution_status_id)
                VALUES ('\(instance)', '\(isReverse ? 1 : 0)', '\(isPending ? 1 : 0)', \(text(bean)),
                    \(text(isPaused ? "c1" : nil)))
                """)
        }

        func read(
            _ transitions: PostgresCSADatabase.Transitions = .orders, timeout: Duration = .seconds(10),
            user: String = "sluice"
        ) async throws -> [String] {
            let address = try PostgresAddress(database.cluster.url(database.name, user: user))
            let database = PostgresCSADatabase(address, transitions: transitions, timeout: timeout)
            return try await database.pendingTransitions().map { record in
                "\(record.instanceID)\(record.isRunning ? "" : record.isPaused ? " paused" : " over")"
            }.sorted()
        }

        func error(timeout: Duration = .seconds(10), user: String = "sluice") async -> CSAError? {
            do {
                _ = try await read(timeout: timeout, user: user)
                return nil
            } catch {
                return error as? CSAError
            }
        }
    }

    @Test("R12 transitions forward that wait for a callback are read, however flags are kept", arguments: Flag.allCases)
    func reads(_ flag: Flag) async throws {
        let tables = try Tables(flag)
        #expect(try await tables.read().isEmpty)
        let beans = ["Initialization", "Reservation", "Deployment"].map { "orderOffering\($0)CallBack" }
        for (number, bean) in beans.enumerated() { try tables.add("i-\(number)", bean: bean) }
        try tables.add("paused", isPaused: true)
        try tables.add("backwards", isReverse: true)
        try tables.add("over", isPending: false)
        try tables.add("change", bean: "modifyCallBack")
        try tables.add("nameless", bean: nil)
        try tables.add("i-0", isPaused: true)
        let orders = ["i-0", "i-0 paused", "i-1", "i-2", "paused paused"]
        #expect(try await tables.read() == orders)
        #expect(try await tables.read(.all) == (orders + ["change", "nameless"]).sorted())
    }

    @Test(
        "R13 tables that are others are an error that says what to change, and never no transition",
        arguments: [
            "DROP TABLE csa_lifecycle_ex_record", "DROP TABLE csa_service_instance CASCADE",
            "DROP TABLE csa_category CASCADE", "ALTER TABLE csa_lifecycle_ex_record DROP COLUMN callback_pending",
            "ALTER TABLE csa_lifecycle_ex_record RENAME callback_bean TO bean",
            "ALTER TABLE csa_lifecycle_ex_record ALTER callback_pending TYPE text[] USING NULL",
        ])
    func refusesOtherTables(_ change: String) async throws {
        let tables = try Tables()
        try tables.sql(change)
        let error = await tables.error()
        #expect(error?.code == .unreadable && error?.message.contains("csa.databaseUrl") == true, "\(error as Any)")
    }

    @Test("R13 an account without rights is told what to grant, and needs no other")
    func needsToSelectOnly() async throws {
        let tables = try Tables()
        try tables.add("i-1")
        let user = "reader_\(tables.database.name)"
        try tables.sql("CREATE ROLE \(user) LOGIN")
        let error = await tables.error(user: user)
        #expect(error?.code == .unreadable && error?.message.contains("grant SELECT on csa_service_instance") == true)
        try tables.sql(
            "GRANT SELECT ON csa_service_instance, csa_lifecycle_ex_record, csa_category TO \(user)")
        #expect(try await tables.read(user: user) == ["i-1"])
    }

    /// A view in a table's place that does something when it is read.
    private func viewThat(_ statement: String, _ tables: Tables) throws {
        try tables.sql(
            """
            CREATE TABLE touched (n int);
            CREATE FUNCTION act() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN \(statement); RETURN true; END $$;
            ALTER TABLE csa_service_instance RENAME TO real_instance;
            CREATE VIEW csa_service_instance AS SELECT * FROM real_instance WHERE act();
            """)
    }

    @Test("its session only reads, whatever the tables do")
    func onlyReads() async throws {
        let tables = try Tables()
        try tables.add("i-1")
        try viewThat("INSERT INTO touched VALUES (1)", tables)
        let error = await tables.error()
        #expect(error?.code == .unreadable && error?.message.contains("read-only transaction") == true)
        #expect(try tables.database.cluster.sql("SELECT count(*) FROM touched", on: tables.database.name) == "0")
    }

    @Test("R13 a query that takes too long is ended by the server, and is an error")
    func endsALongQuery() async throws {
        let tables = try Tables()
        try tables.add("i-1")
        try viewThat("PERFORM pg_sleep(60)", tables)
        let error = await tables.error(timeout: .seconds(1))
        #expect(error?.code == .unreadable && error?.message.contains("statement timeout") == true)
    }

    @Test("R13 more than are read at most are an error: a part must not pass for all")
    func boundsRows() async throws {
        let tables = try Tables()
        try tables.add("i-1")
        try tables.sql(
            """
            INSERT INTO csa_lifecycle_ex_record (service_instance_id, reverse, callback_pending, callback_bean)
            SELECT 'i-1', '0', '1', '\(Self.order)' FROM generate_series(1, \(CSALimits.listCountMax))
            """)
        let error = await tables.error()
        #expect(error?.code == .unreadable && error?.message.contains("\(CSALimits.listCountMax)") == true)
    }

    @Test("R13 a server that is not there is an error, and one that comes back is read again")
    func readsAgain() async throws {
        let tables = try Tables()
        try tables.add("i-1")
        let address = try PostgresAddress("postgres://sluice@127.0.0.1:1/csa")
        let error = await #expect(throws: CSAError.self) {
            try await PostgresCSADatabase(address, timeout: .seconds(2)).pendingTransitions()
        }
        #expect(error?.code == .unreachable)
        let place = try PostgresAddress(tables.database.cluster.url(tables.database.name))
        let database = PostgresCSADatabase(place, timeout: .seconds(10))
        #expect(try await database.pendingTransitions().count == 1)
        // No connection is left open between two readings.
        let left = try tables.database.cluster.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(tables.database.name)'")
        #expect(try await database.pendingTransitions().count == 1, "\(left)")
    }

    @Test func aPasswordInTheURLIsRefusedByItsOwnKey() throws {
        let error = #expect(throws: StoreError.self) {
            try PostgresAddress(
                "postgres://u:hunter2@h/csa", key: "csa.databaseUrl",
                passwordKeys: ("csa.databasePasswordFile", "SLUICE_CSA_DATABASE_PASSWORD"))
        }
        #expect(error?.message.contains("csa.databaseUrl has a password in it") == true)
        #expect(error?.message.contains("csa.databasePasswordFile, or as SLUICE_CSA_DATABASE_PASSWORD") == true)
        #expect(error?.description.contains("hunter2") == false)
    }
}
