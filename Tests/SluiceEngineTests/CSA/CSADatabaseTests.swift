import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// CSA's database beside its API: what either shows counts, and neither is done without.
@Suite(.timeLimit(.minutes(5)))
struct CSADatabaseTests {
    private static let missing = CSAError(.unreadable, "relation \"csa_service_instance\" does not exist")

    /// What CSA says of an instance by its id, and how its database has its transition.
    struct Case: Sendable, CustomStringConvertible {
        /// nil: CSA has none of that id.
        var word: String?
        var isRetired = false
        /// The latest transition by the API.
        var record: Transition?
        var row: Transition?
        var expected: DrainStanding?

        enum Transition: Sendable { case runs, isPaused, isOver }

        init(
            _ word: String?, isRetired: Bool = false, record: Transition? = nil, row: Transition?,
            _ expected: DrainStanding?
        ) {
            self.word = word
            self.isRetired = isRetired
            self.record = record
            self.row = row
            self.expected = expected
        }

        var description: String {
            "\(word ?? "unknown") \(isRetired) \(String(describing: record)) \(String(describing: row))"
        }
    }

    private static let paused = DrainStanding.paused(.other("Transition paused"))

    static let cases = [
        // Nobody lists it.
        Case("DEPLOYING", row: nil, nil),
        Case("DEPLOYING", row: .runs, .running),
        Case("DEPLOYING", row: .isPaused, paused),
        Case("DEPLOYING", record: .isOver, row: .runs, .running),
        Case("ACTIVE", row: .runs, .running),
        Case("ACTIVE", row: .isPaused, paused),
        Case("ACTIVE", record: .isPaused, row: .runs, .running),
        Case("ACTIVE", record: .runs, row: .isPaused, .running),
        Case("ACTIVE", record: .isOver, row: .isPaused, paused),
        Case("CANCELLED", row: .runs, .running),
        Case("MODIFY_FAILED", row: .runs, .running),
        Case("RESERVED", row: .isPaused, paused),
        Case("NEW_WORD", row: .runs, .unknown("NEW_WORD")),
        Case("ACTIVE", isRetired: true, row: .runs, nil),
        Case(nil, row: .runs, .unknown("unreadable")),
        Case(nil, row: .isPaused, .unknown("unreadable")),
    ]

    private struct Bench {
        let world = CSAWorld()
        let database = FakeCSADatabase()
        let source: CSADrainSource

        init() {
            source = CSADrainSource(
                CSASurvey(world, clocks: world.clocks, database: database), store: InMemoryStore())
        }
    }

    @Test("R12 whose instance it is, and what either shows of it", arguments: cases)
    func joins(_ row: Case) async throws {
        let bench = Bench()
        let id = CSAInstanceID("i-1")
        if let word = row.word { bench.world.set(id, word, isRetired: row.isRetired) }
        if let record = row.record {
            bench.world.setRecord(id, isPending: record != .isOver, isPaused: record == .isPaused)
        }
        bench.database.set(row.row.map { [("i-1", $0 == .isPaused ? "Transition paused" : nil)] } ?? [])
        for depth in [DrainDepth.full, .changes] {
            let sight = try await bench.source.look(depth)
            #expect(sight.gaps.isEmpty && sight.items.map(\.standing) == (row.expected.map { [$0] } ?? []))
        }
    }

    @Test("R12 of several transitions of one instance one that runs counts, and each instance is shown once")
    func mergesRows() async throws {
        let bench = Bench()
        let carol = bench.world.addPerson("carol")
        bench.world.addInstance("i-1", "DEPLOYING", of: carol)
        bench.database.set([("i-1", "Transition paused"), ("i-1", nil), ("i-1", "Transition paused")])
        let sight = try await bench.source.look(.full)
        #expect(sight.items.map(\.id.text) == ["i-1"] && sight.items.map(\.standing) == [.running])
    }

    @Test("R13 what cannot be read there is a gap in the look, and the API is looked at all the same")
    func tellsAGap() async throws {
        let bench = Bench()
        bench.world.addInstance("i-1", "DEPLOYING", of: bench.world.addPerson("carol"))
        bench.database.fail(Self.missing)
        var sight = try await bench.source.look(.full)
        #expect(sight.items.map(\.id.text) == ["i-1"])
        #expect(sight.gaps.count == 1 && sight.gaps[0].contains("csa.databaseUrl"))
        #expect(sight.gaps[0].contains("csa_service_instance"))
        bench.database.set([])
        sight = try await bench.source.look(.changes)
        #expect(sight.gaps.isEmpty)
    }

    @Test("R12 R13 CSA is not dry while its database alone shows something, nor while it cannot be read")
    func keepsAMaintenanceFromBeingDry() async throws {
        let site = try CSAMaintenanceBench()
        let database = FakeCSADatabase()
        site.setup.csa?.database = database
        let instance = CSAInstanceID("i-9")
        site.world.set(instance, "MODIFYING")
        database.set([(instance.text, nil)])
        try await site.run { bench in
            @Sendable func blockers(_ id: MaintenanceID) async throws -> [String] {
                try await bench.engine.maintenance.view(id)?.blockers.map(\.name) ?? []
            }
            let id = try await site.start(bench)
            try await site.until("it is named", bench, id) {
                try await blockers(id).contains("service-instance:i-9")
            }
            var request = LaunchRequest.fixture(source: .csa)
            request.csaInstanceID = instance
            #expect(try await bench.ask(request).decision == .proceed(.continuation), "it ran when CSA closed")
            database.fail(Self.missing)
            site.world.set(instance, "ACTIVE")
            try await site.until("the gap is told", bench, id) {
                try await bench.engine.maintenance.view(id)?.blockers.contains {
                    $0.name == "csa-drain/incomplete" && $0.text.contains("csa_service_instance")
                } ?? false
            }
            await bench.advance(by: .seconds(600), step: .seconds(2))
            #expect(try await bench.store.maintenance(id)?.phase == .drainingCSA)
            database.set([])
            try await site.advance(bench, to: .quiesced, id)
        }
    }

    @Test("a database that cannot be read is told before CSA is touched, where the plan is of CSA")
    func isTriedBeforeTheStart() async throws {
        let site = try CSAMaintenanceBench()
        let database = FakeCSADatabase()
        site.setup.csa?.database = database
        try await site.run { bench in
            var plan = MaintenancePlan(
                title: "upgrade", reason: "upgrade", owner: "night shift",
                expectedEnd: bench.clocks.now().wall.advanced(by: .seconds(3600)))
            func isTold(_ plan: MaintenancePlan) async -> Bool {
                await bench.engine.maintenance.preflight(plan).contains {
                    $0.severity == .error && $0.code == "csa-database-unreadable"
                }
            }
            #expect(await !isTold(plan))
            database.fail(Self.missing)
            #expect(await isTold(plan))
            plan.systems = .ooOnly
            #expect(await !isTold(plan))
        }
    }
}

/// CSA's database in memory.
final class FakeCSADatabase: CSADatabase {
    private let state = Mutex<Result<[LifecycleRecord], CSAError>>(.success([]))

    /// Transitions that wait for a callback: an instance, and the status of its execution.
    func set(_ rows: [(instance: String, status: String?)]) {
        let records = rows.map { row in
            var record = LifecycleRecord(instanceID: CSAInstanceID(row.instance), isCallbackPending: true)
            record.executionStatus = row.status
            return record
        }
        state.withLock { $0 = .success(records) }
    }

    func fail(_ error: CSAError) { state.withLock { $0 = .failure(error) } }

    func pendingTransitions() async throws -> [LifecycleRecord] { try state.withLock { $0 }.get() }
}
