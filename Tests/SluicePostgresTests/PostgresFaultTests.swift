import Logging
import SluiceModel
import SluicePorts
import SluicePostgres
import SluiceTestKit
import SluiceTestServers
import Testing

/// A store that vanishes: before, in and after a commit.
@Suite struct PostgresFaultTests {
    private let fence = Fence(timeline: 1)

    @Test("R18: a connection lost in COMMIT is unknown, and a look-up tells")
    func lostInCommit() async throws {
        let database = try TestDatabase()
        let relay = try Relay(to: database.cluster.port)
        defer { relay.stop() }
        let address = try PostgresAddress("postgres://sluice@127.0.0.1:\(relay.port)/\(database.name)")
        let store = try await PostgresStore(address, options: TestDatabase.options, logger: .quiet)
        try await store.commit([.addHold(.fixture(1))], fence: fence)
        // Its text goes to the server when a connection commits first, so on a connection of its own.
        try database.cluster.sql(Self.terminate, on: database.name)
        relay.cut(after: "COMMIT\0")
        let (fence, store2) = (fence, store)
        let error = await #expect(throws: StoreError.self) {
            try await store2.commit([.addHold(.fixture(2))], fence: fence)
        }
        #expect(error?.code == .unknown)
        #expect(error?.message.contains("look up") == true)
        #expect(relay.cutCount == 1)
        #expect(try await store.hold(.fixture(2)) != nil)
        try await store.commit([.addHold(.fixture(3))], fence: fence)
        #expect(try await store.counts().total(.held) == 3)
        try await store.close()
    }

    @Test("R18: a session that the server ended before it came to COMMIT has written nothing, and is tried again")
    func endedBeforeCommit() async throws {
        let database = try TestDatabase()
        let store = try await database.open()
        try await store.commit([.addHold(.fixture(1))], fence: fence)
        // The first hold that is written ends the session that writes it.
        try database.cluster.sql(
            """
            CREATE SEQUENCE public.once;
            CREATE FUNCTION public.leave() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('public.once') = 1 THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                    PERFORM pg_sleep(10);
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER leave BEFORE INSERT ON sluice.holds FOR EACH ROW EXECUTE FUNCTION public.leave();
            """, on: database.name)
        try await store.commit([.addHold(.fixture(2))], fence: fence)
        #expect(try await store.counts().total(.held) == 2)
        #expect(try await store.events(of: .fixture(2), after: 0, limit: 9).count == 1)
        try await store.close()
    }

    private static let terminate = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'sluice'
        """

    @Test func connectionsThatWereEndedAreMadeAnewAndNothingIsLost() async throws {
        let database = try TestDatabase()
        let store = try await database.open()
        for number: UInt64 in 1...10 {
            try await store.commit([.addHold(.fixture(number))], fence: fence)
            try database.cluster.sql(Self.terminate, on: database.name)
        }
        #expect(try await store.counts().total(.held) == 10)
        try await store.close()
    }

    @Test("R18: nothing acknowledged is lost when the server dies while 64 callers commit")
    func serverDies() async throws {
        let cluster = try TestCluster(settings: [])
        let database = try TestDatabase(cluster)
        let store = try await database.open(PostgresStoreOptions())
        let outcomes = await withTaskGroup(of: [(UInt64, StoreError.Code?)].self) { group in
            for caller: UInt64 in 0..<64 {
                group.addTask { [fence] in
                    var outcomes: [(UInt64, StoreError.Code?)] = []
                    for step: UInt64 in 1...40 {
                        let number = caller * 1000 + step
                        do {
                            try await store.commit([.addHold(.fixture(number))], fence: fence)
                            outcomes.append((number, nil))
                        } catch {
                            outcomes.append((number, (error as? StoreError)?.code ?? .unavailable))
                        }
                    }
                    return outcomes
                }
            }
            group.addTask {
                for _ in 0..<2 { try? cluster.control("-m immediate restart") }
                return []
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(outcomes.count == 64 * 40)
        #expect(outcomes.contains { $0.1 == nil })
        var thereCount = 0
        for (number, code) in outcomes {
            let isThere = try await store.hold(.fixture(number)) != nil
            thereCount += isThere ? 1 : 0
            switch code {
            case nil: #expect(isThere, "acknowledged \(number)")
            case StoreError.Code.unknown?: break
            default: #expect(!isThere, "refused \(number)")
            }
        }
        #expect(try await store.counts().total(.held) == thereCount)
        #expect(try await store.events(of: nil, after: 0, limit: 10_000).count == thereCount)
        try await store.close()
    }

    @Test func aServerThatIsAwayIsSaidSoWithinATime() async throws {
        var options = TestDatabase.options
        // Also what a slow machine may take to connect.
        options.reconnectTimeout = .seconds(3)
        let cluster = try TestCluster()
        let database = try TestDatabase(cluster)
        let store = try await database.open(options)
        try await store.commit([.addHold(.fixture(1))], fence: fence)
        try cluster.control("-m immediate stop")
        let fence = fence
        let commit = await #expect(throws: StoreError.self) {
            try await store.commit([.addHold(.fixture(2))], fence: fence)
        }
        #expect(commit?.code == .unavailable || commit?.code == .unknown)
        let read = await #expect(throws: StoreError.self) { try await store.gate() }
        #expect(read?.code == .unavailable)
        try cluster.control("start")
        #expect(try await store.hold(.fixture(1)) != nil)
        try await store.close()
    }

    @Test func readsWaitInALineOfANamedLength() async throws {
        let database = try TestDatabase()
        var options = TestDatabase.options
        (options.readerCountMax, options.pendingReadCountMax) = (1, 3)
        let store = try await database.open(options)
        let codes = await withTaskGroup(of: StoreError.Code?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        _ = try await store.counts()
                        return nil
                    } catch { return (error as? StoreError)?.code }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains(nil))
        #expect(codes.contains(.unavailable))
        _ = try await store.counts()
        try await store.close()
    }

    @Test func aClosedStoreRefusesEverything() async throws {
        let store = try await TestDatabase().open()
        try await store.close()
        try await store.close()
        let fence = fence
        let commit = await #expect(throws: StoreError.self) { try await store.commit([], fence: fence) }
        #expect(commit?.code == .unavailable)
        let read = await #expect(throws: StoreError.self) { try await store.gate() }
        #expect(read?.code == .unavailable)
    }
}
