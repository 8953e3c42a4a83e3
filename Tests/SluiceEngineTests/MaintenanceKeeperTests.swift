import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// A maintenance of OO between fakes: closed, drained, resumed, released; and aborted.
@Suite(.timeLimit(.minutes(3)))
struct MaintenanceKeeperTests {
    private static let ann = Principal("ann")

    private func setup() -> EngineBench.Setup {
        var setup = EngineBench.Setup()
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            configuration.thawInterval = .zero
            configuration.catchUp = .none
            configuration.misfires = MisfirePolicies(standard: .skip)
        }
        setup.central.setOnStart { _, _ in .resolved }
        return setup
    }

    /// With the services that a maintenance needs besides those of the bench.
    private func run(
        _ setup: EngineBench.Setup, _ body: @Sendable (EngineBench) async throws -> Void
    ) async throws {
        try await EngineBench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.maintenance.run() }
                defer { group.cancelAll() }
                try await body(bench)
            }
        }
    }

    private func plan(_ bench: EngineBench) async throws -> MaintenanceID {
        let now = bench.clocks.now().wall
        let plan = MaintenancePlan(
            title: "upgrade", reason: "upgrade", owner: "night shift", systems: .ooOnly,
            expectedEnd: now.advanced(by: .seconds(4 * 3600)))
        return try await bench.engine.maintenance.plan(plan, by: Self.ann).get().id
    }

    private func move(_ move: MaintenanceMove, _ id: MaintenanceID, _ bench: EngineBench) async throws {
        let outcome = try await bench.engine.maintenance.order(move, of: id, by: Self.ann, reason: "because")
        guard case .moved = outcome else {
            Issue.record("\(move): \(String(describing: outcome))")
            return
        }
    }

    private func phase(_ id: MaintenanceID, _ bench: EngineBench) async throws -> MaintenancePhase? {
        try await bench.store.maintenance(id)?.phase
    }

    @Test("R5 R10 R13 R31 a maintenance of OO closes, drains, says dry only then, and puts everything back")
    func goesItsCourse() async throws {
        let setup = setup()
        let now = setup.clocks.now().wall
        var schedule = CentralSchedule(
            id: ScheduleID("1"), name: "nightly", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("flow-1")
        schedule.startDate = now
        setup.central.put(schedule)
        var theirs = schedule
        theirs.id = ScheduleID("2")
        theirs.isEnabled = false
        setup.central.put(theirs)
        let running = setup.central.addExecution(flow: FlowID("plain"), at: now.advanced(by: .seconds(-600)))
        try await run(setup) { bench in
            let id = try await plan(bench)
            #expect(try await bench.ask(.fixture()).decision.isProceed, "a plan closes nothing")
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance { try await phase(id, bench) == .drainingOO }
            #expect(!bench.engine.gatekeeper.snapshot().record.isAnyOpen)
            #expect(try await setup.central.schedules().allSatisfy { !$0.isEnabled })
            let ticket = try await bench.hold()
            // A minute of quiet would do, but for the one that runs.
            await bench.advance(by: .seconds(300), step: .seconds(5))
            let view = try #require(try await bench.engine.maintenance.view(id))
            #expect(view.record.phase == .drainingOO)
            #expect(view.blockers.contains { $0.name == "execution:\(running)" && $0.canBeWaived })
            bench.central.end(running)
            try await bench.advance(by: .seconds(1)) { try await phase(id, bench) == .quiesced }
            #expect(try await bench.state(ticket) == .held)
            try await move(.resume, id, bench)
            try await bench.advance { try await phase(id, bench) == .completed }
            try await bench.advance { try await bench.state(ticket) == .ended }
            #expect(bench.engine.gatekeeper.snapshot().record.whole.mode == .open)
            #expect(try await setup.central.schedules().map(\.isEnabled) == [true, false], "exactly those")
            #expect(bench.engine.drains.report() == nil, "nobody looks any more")
        }
    }

    @Test("R12 what is waived by name is not waited for; R10 an abort opens everything again")
    func waivesAndAborts() async throws {
        let setup = setup()
        let running = setup.central.addExecution(flow: FlowID("plain"), at: setup.clocks.now().wall)
        try await run(setup) { bench in
            let id = try await plan(bench)
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance {
                try await bench.engine.maintenance.view(id)?.blockers.contains { $0.name == "execution:\(running)" }
                    ?? false
            }
            try await move(.waive(blocker: "execution:\(running)"), id, bench)
            try await bench.advance(by: .seconds(1)) { try await phase(id, bench) == .quiesced }
            try await move(.abort, id, bench)
            try await bench.advance { try await phase(id, bench) == .aborted }
            #expect(bench.engine.gatekeeper.snapshot().record.whole.mode == .open)
            #expect(try await bench.ask(.fixture()).decision.isProceed)
        }
    }

    @Test("a second one is refused while one is under way, and a crash goes on where it was")
    func oneAtATimeAcrossACrash() async throws {
        let setup = setup()
        setup.central.addExecution(flow: FlowID("plain"), at: setup.clocks.now().wall)
        let ids = try await crash(setup)
        try await run(setup) { bench in
            let second = try await bench.engine.maintenance.order(
                .start(available: bench.engine.maintenance.parts), of: ids.1, by: Self.ann, reason: "me too")
            guard case .refused(.invalid(let problems)) = second else {
                Issue.record("\(String(describing: second))")
                return
            }
            #expect(problems.first?.contains(ids.0.text) == true)
            try await bench.advance { try await phase(ids.0, bench) == .drainingOO }
            try await move(.abort, ids.0, bench)
            try await bench.advance { try await phase(ids.0, bench) == .aborted }
        }
    }

    /// Starts one, plans another, and stops as a crash would.
    private func crash(_ setup: EngineBench.Setup) async throws -> (MaintenanceID, MaintenanceID) {
        let store = setup.store
        try await run(setup) { bench in
            let id = try await plan(bench)
            _ = try await plan(bench)
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
        }
        let all = try await store.maintenances(limit: 10)
        let started = try #require(all.first { $0.isUnderWay })
        let planned = try #require(all.first { $0.phase == .planned })
        return (started.id, planned.id)
    }
}
