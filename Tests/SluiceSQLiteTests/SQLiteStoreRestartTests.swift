import Foundation
import GRDB
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

@Suite struct SQLiteStoreRestartTests {
    private let fence = Fence(timeline: 1, term: 1)

    @Test("R34: the mode and the holds survive a restart")
    func readsTheSameAfterARestart() async throws {
        let directory = try TemporaryDirectory()
        var store = try directory.open()
        try await store.commit(
            [.setGate(.fixture(.hold, epoch: Epoch(1)), replacing: Epoch(0))]
                + (1...20).map { .addHold(.fixture($0)) } + [.recallReleased(at: .zero, by: .sluice, cause: "none")],
            fence: fence)
        let before = try await Snapshot(store)
        try await store.close()
        store = try directory.open()
        #expect(try await Snapshot(store) == before)
        try await store.commit([.addHold(.fixture(21))], fence: fence)
        #expect(try await store.hold(.fixture(21))?.arrival == 21)
    }

    @Test("R34: a store that was never closed is whole when it is opened again")
    func recoversFromACrash() async throws {
        let directory = try TemporaryDirectory()
        let copy = try TemporaryDirectory()
        let store = try directory.open()
        try await store.commit((1...50).map { .addHold(.fixture($0)) }, fence: fence)
        // What a killed process leaves: the database and its log, without the shared memory.
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: directory.databasePath + suffix, toPath: copy.databasePath + suffix)
        }
        let recovered = try copy.open()
        #expect(try await Snapshot(recovered) == Snapshot(store))
        #expect(try await recovered.integrityProblems() == [])
    }

    @Test func theFenceOutlivesTheProcess() async throws {
        let directory = try TemporaryDirectory()
        let first = try directory.open()
        try await first.commit([], fence: Fence(timeline: 3, term: 4))
        try await first.close()
        let store = try directory.open()
        let error = await #expect(throws: StoreError.self) {
            try await store.commit([], fence: Fence(timeline: 3, term: 3))
        }
        #expect(error?.code == .staleFence)
    }

    @Test func metadataOutlivesTheProcess() async throws {
        let directory = try TemporaryDirectory()
        var store = try directory.open()
        #expect(try await store.metadata("key-check") == nil)
        try await store.setMetadata("key-check", "a")
        try await store.setMetadata("key-check", "b")
        try await store.close()
        store = try directory.open()
        #expect(try await store.metadata("key-check") == "b")
    }

    @Test func refusesADatabaseFromANewerVersionAndLeavesItAlone() async throws {
        let directory = try TemporaryDirectory()
        try await directory.open().close()
        try await DatabaseQueue(path: directory.databasePath).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.databasePath))
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.code == .newerVersion)
        #expect(error?.message.contains("version 99") == true)
        #expect(error?.message.contains("knows versions up to ") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.databasePath)) == before)
    }

    @Test func bringsADatabaseOfTheFirstVersionUp() async throws {
        let directory = try TemporaryDirectory()
        var store = try directory.open()
        var waited = Hold.fixture(2)
        waited.request.coalesceKey = CoalesceKey("k")
        waited.request.csaProcessID = CSAProcessID("p")
        var other = Hold.fixture(4)
        other.request.tenant = TenantID("a tenant")
        other.request.scheduleID = ScheduleID("s")
        other.request.nominalTime = Timestamp.zero
        try await store.commit(
            [.addHold(.fixture(1)), .addHold(waited), .addHold(other)], fence: Fence(timeline: 1, term: 1))
        try await store.close()
        try await DatabaseQueue(path: directory.databasePath).write {
            for index in ["coalescible", "representing", "representative", "final", "missed"] {
                try $0.execute(sql: "DROP INDEX holds_\(index)")
            }
            for column in ["representative", "is_waited_for", "has_callback", "is_missed_time"] {
                try $0.execute(sql: "ALTER TABLE holds DROP COLUMN \(column)")
            }
            try $0.execute(
                sql: "DROP TABLE callers; DROP TABLE packs; DROP TABLE maintenances; DROP TABLE windows; "
                    + "DROP TABLE window_occurrences; DROP TABLE journal; "
                    + "DROP TABLE missed; DROP TABLE callbacks; DROP TABLE replicas; DROP TABLE leader; "
                    + "DROP TABLE release; "
                    + "DROP INDEX holds_lanes; DROP INDEX events_drains; "
                    + "ALTER TABLE holds DROP COLUMN tenant; CREATE INDEX holds_candidates ON holds (state); "
                    + "PRAGMA user_version = 1")
        }
        let revision = PackRevision(
            name: "Pack", version: "1", number: 1, digest: nil, loadedAt: .zero, by: .fixture,
            flows: [KnownFlow(id: .fixture, name: "f", path: "f", contentPack: "Pack", isGated: true, inputs: [])])
        store = try directory.open()
        #expect(try await store.hold(.fixture(1)) != nil)
        var newer = Hold.fixture(3)
        newer.request.coalesceKey = CoalesceKey("k")
        let coalescing = Coalescing(
            representative: newer.ticket, key: CoalesceKey("k"), includesWaitedFor: false, at: .zero, by: .sluice)
        try await store.commit([.addHold(newer), .coalesce(coalescing)], fence: Fence(timeline: 1, term: 1))
        #expect(try await store.hold(.fixture(2))?.state == .held, "its process waits for it")
        #expect(
            try await store.lanes(LaneQuery(includesHeld: true, limit: 9)).map(\.id)
                == [LaneID(nil), LaneID(TenantID("a tenant"))])
        var missed = HoldQuery(states: [.held])
        missed.isMissedTime = true
        #expect(try await store.holds(missed).holds.map(\.ticket) == [.fixture(4)])
        try await store.commit([.recordPack(revision)], fence: Fence(timeline: 1, term: 1))
        try await store.close()
        store = try directory.open()
        #expect(try await store.packs() == [revision])
    }

    @Test("R34 a journal from before maintenances had one is read and goes on")
    func readsAnOlderJournal() async throws {
        let directory = try TemporaryDirectory()
        var store = try directory.open()
        let fence = Fence(timeline: 1, term: 1)
        var frozen = JournalEntry(
            system: "central", object: "1", title: "nightly", before: [JournalField("flow", "f")],
            record: SealedBytes([1]), intended: "enabled=false", at: .zero, by: .fixture, cause: "upgrade")
        frozen.state = .done
        try await store.commit([.journal(frozen, replacing: nil)], fence: fence)
        try await store.close()
        try await DatabaseQueue(path: directory.databasePath).write {
            for index in ["open", "maintenance", "unsettled"] { try $0.execute(sql: "DROP INDEX journal_\(index)") }
            for column in ["maintenance", "decided_at", "change"] {
                try $0.execute(sql: "ALTER TABLE journal DROP COLUMN \(column)")
            }
            try $0.execute(
                sql: "DROP TABLE callers; DROP INDEX events_drains; "
                    + "CREATE INDEX journal_open ON journal (system, at, id) "
                    + "WHERE state IN ('intended', 'done', 'reverting')")
            // Two migrations are newer.
            let version = try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0
            try $0.execute(sql: "PRAGMA user_version = \(version - 3)")
        }
        store = try directory.open()
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

    @Test func readsInputsThatWereStoredBeforeTheirReadingWas() async throws {
        let directory = try TemporaryDirectory()
        let input = KnownInput(name: "a", isRequired: true, isEncrypted: true, reading: .init(type: "ENCRYPTED"))
        let flow = KnownFlow(
            id: .fixture, name: "f", path: "f", contentPack: "Pack", packRevision: 1, isGated: true, inputs: [input])
        let revision = PackRevision(
            name: "Pack", version: "1", number: 1, digest: nil, loadedAt: .zero, by: .fixture, flows: [flow])
        var hold = Hold.fixture(1)
        hold.request.flowMemory = FlowMemory(of: flow)
        var store = try directory.open()
        try await store.commit([.recordPack(revision), .addHold(hold)], fence: Fence(timeline: 1, term: 1))
        try await store.close()
        try await DatabaseQueue(path: directory.databasePath).write { database in
            for (table, column) in [("packs", "flows"), ("holds", "request")] {
                // The order of an object's members is chance.
                for member in [#","type":"ENCRYPTED""#, #""type":"ENCRYPTED","#] {
                    let text = "replace(CAST(\(column) AS TEXT), '\(member)', '')"
                    try database.execute(sql: "UPDATE \(table) SET \(column) = CAST(\(text) AS BLOB)")
                }
            }
        }
        store = try directory.open()
        let old = [KnownInput(name: "a", isRequired: true, isEncrypted: true)]
        #expect(try await store.packs().first?.flows.first?.inputs == old)
        #expect(try await store.hold(.fixture(1))?.request.flowMemory?.inputs == old)
    }

    @Test func refusesAnotherProgramsDatabase() async throws {
        let directory = try TemporaryDirectory()
        try await DatabaseQueue(path: directory.databasePath).write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.message.contains("another program") == true)
    }

    @Test func refusesAFileThatIsNoDatabase() throws {
        let directory = try TemporaryDirectory()
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: directory.databasePath))
        let error = #expect(throws: StoreError.self) { try directory.open() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("no database") == true)
    }

    @Test func commitsWaitForTheDisk() async throws {
        let store = try TemporaryDirectory().open()
        #expect(try await store.synchronousLevel() == 2)
    }

    @Test func filesAreForTheirOwnerAlone() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/made/here/sluice.db"
        let store = try SQLiteStore(path: path, logger: .quiet)
        try await store.commit([.addHold(.fixture(1))], fence: fence)
        for suffix in ["", "-wal", "-shm", ".lock"] {
            #expect(try mode(path + suffix) == 0o600, "\(suffix)")
        }
        #expect(try mode(directory.path + "/made") == 0o700)
        #expect(try mode(directory.path + "/made/here") == 0o700)
    }

    @Test func closedStoreRefusesEverything() async throws {
        let store = try TemporaryDirectory().open()
        try await store.close()
        try await store.close()
        let fence = fence
        let commit = await #expect(throws: StoreError.self) { try await store.commit([], fence: fence) }
        #expect(commit?.code == .unavailable)
        let read = await #expect(throws: StoreError.self) { try await store.gate() }
        #expect(read?.code == .unavailable)
    }

    private func mode(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw ConformanceFailure("\(path) is not there") }
        return Int(status.st_mode & 0o777)
    }
}

/// Everything a store answers, to compare before and after.
private struct Snapshot: Equatable {
    var gate: GateRecord?
    var holds: HoldPage
    var events: [HoldEvent]
    var counts: HoldCounts
    var oldest: Timestamp?
    var candidates: [Hold]

    init(_ store: some Store) async throws {
        gate = try await store.gate()
        holds = try await store.holds(HoldQuery(limit: 1000))
        events = try await store.events(of: nil, after: 0, limit: 1000)
        counts = try await store.counts()
        oldest = try await store.oldestHeld()
        candidates = try await store.candidates(
            CandidateQuery(at: Moment.fixture.wall, includesHeld: true, limit: 1000))
    }
}
