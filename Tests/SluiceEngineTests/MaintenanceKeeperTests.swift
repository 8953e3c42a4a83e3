import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// A maintenance of OO between fakes: closed, drained, resumed, released; and aborted.
@Suite(.timeLimit(.minutes(10)))
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

    private func plan(
        _ bench: EngineBench, _ change: (inout MaintenancePlan) -> Void = { _ in }
    ) async throws -> MaintenanceID {
        let now = bench.clocks.now().wall
        var plan = MaintenancePlan(
            title: "upgrade", reason: "upgrade", owner: "night shift", systems: .ooOnly,
            expectedEnd: now.advanced(by: .seconds(4 * 3600)))
        change(&plan)
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

    @Test("R13 R31 a maintenance of OO closes, drains, says dry only then, and puts everything back")
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

    @Test(
        "what waits behind a hold that awaits the operator, by its ordering key, waits with it; others are waited for")
    func waitsWithTheOperator() async throws {
        try await run(setup()) { bench in
            let id = try await plan(bench)
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance { try await phase(id, bench) == .quiesced }
            func hold(_ key: String) async throws -> Ticket {
                var request = LaunchRequest.fixture()
                request.orderingKey = OrderingKey(key)
                return try await bench.hold(request)
            }
            let (order, change, other) = (try await hold("order"), try await hold("order"), try await hold("other"))
            // Nobody can tell what became of it.
            bench.central.plan(.loseUnseen)
            try await move(.resume, id, bench)
            try await bench.advance(by: .seconds(1)) { try await phase(id, bench) == .completed }
            #expect(try await bench.state(order) == .awaitingOperator)
            #expect(try await bench.state(change) == .held)
            #expect(try await bench.state(other) == .ended, "it is not behind it")
        }
    }

    @Test("R31 a maintenance of a part comes to its end, and exactly its schedules come back")
    func putsAPartBack() async throws {
        let setup = setup()
        for (number, flow) in [("1", "flow-1"), ("2", "flow-2")] {
            var schedule = CentralSchedule(
                id: ScheduleID(number), name: number, triggerExpression: "*/60000", isEnabled: true)
            schedule.flow = FlowID(flow)
            schedule.startDate = setup.clocks.now().wall
            setup.central.put(schedule)
        }
        try await run(setup) { bench in
            let id = try await plan(bench) { $0.scope = .flow(FlowID("flow-1")) }
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance { try await phase(id, bench) == .quiesced }
            #expect(try await setup.central.schedules().map(\.isEnabled) == [false, true])
            try await move(.resume, id, bench)
            try await bench.advance { try await phase(id, bench) == .completed }
            #expect(try await setup.central.schedules().map(\.isEnabled) == [true, true])
            #expect(bench.engine.freezer?.status().phase == .idle, "nothing is kept frozen any more")
        }
    }

    @Test("R31 schedules that a person froze once more are told on the way back, and not forgotten")
    func tellsWhatIsFrozenTwice() async throws {
        let setup = setup()
        var schedule = CentralSchedule(
            id: ScheduleID("1"), name: "nightly", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("flow-1")
        schedule.startDate = setup.clocks.now().wall
        setup.central.put(schedule)
        try await run(setup) { bench in
            let id = try await plan(bench)
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance { try await phase(id, bench) == .quiesced }
            let freezer = try #require(bench.engine.freezer)
            #expect(await freezer.freeze(.all, by: Self.ann, reason: "to be sure") == .accepted)
            try await move(.resume, id, bench)
            try await bench.advance {
                try await bench.engine.maintenance.view(id)?.blockers.contains { $0.name == "schedules-shared" }
                    ?? false
            }
            #expect(await freezer.thaw(.all, by: Self.ann, reason: "enough") == .accepted)
            try await bench.advance { try await phase(id, bench) == .completed }
            #expect(try await setup.central.schedules().map(\.isEnabled) == [true])
        }
    }

    @Test("R41 a window that closed the gate does not open it while a maintenance is under way, and does afterwards")
    func keepsAWindowFromOpening() async throws {
        let setup = setup()
        try await run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.windows.run() }
                defer { group.cancelAll() }
                let now = bench.clocks.now().wall
                var window = Window(
                    id: WindowID("w"), kind: .maintenance, summary: "Upgrade", scope: nil,
                    start: now.advanced(by: .seconds(60)), timeZone: "UTC", seconds: 600, by: Self.ann, reason: "why",
                    plannedAt: now)
                window.startsByItself = true
                window.endsByItself = true
                let zones = bench.engine.windows.zones
                _ = try await bench.engine.windows.change { [window] ledger, now throws(WindowLedger.Refusal) in
                    try ledger.plan(window, at: now, zones)
                }
                func mode() -> GateMode { bench.engine.gatekeeper.snapshot().record.whole.mode }
                try await bench.advance(by: .seconds(1)) { mode() == .hold }
                let id = try await plan(bench)
                try await move(.start(available: bench.engine.maintenance.parts), id, bench)
                try await bench.advance(by: .seconds(1)) { try await phase(id, bench) == .quiesced }
                await bench.advance(by: .seconds(1200), step: .seconds(5))
                #expect(mode() == .hold, "the window is over, the maintenance is not")
                try await move(.resume, id, bench)
                try await bench.advance(by: .seconds(1)) { try await phase(id, bench) == .completed }
                try await bench.advance(by: .seconds(5)) { mode() == .open }
            }
        }
    }

    @Test("R31 a scope of CSA's that was open comes back in a maintenance of OO alone")
    func putsASourceBack() async throws {
        try await run(setup()) { bench in
            try await bench.set(.open, scope: .source(.csa), reason: "always")
            let id = try await plan(bench)
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance { try await phase(id, bench) == .quiesced }
            func mode() -> GateMode? { bench.engine.gatekeeper.snapshot().record.entry(for: .source(.csa))?.mode }
            #expect(mode() == .hold)
            try await move(.resume, id, bench)
            try await bench.advance { try await phase(id, bench) == .completed }
            #expect(mode() == .open)
        }
    }

    @Test("what a person keeps closed is not waited for; a release that is paused is a blocker by name")
    func endsItsRelease() async throws {
        try await run(setup()) { bench in
            try await bench.set(.hold, scope: .flow(FlowID("kept")), reason: "not this one")
            let kept = try await bench.hold(LaunchRequest(flow: FlowID("kept"), source: .api))
            let id = try await plan(bench)
            try await move(.start(available: bench.engine.maintenance.parts), id, bench)
            try await bench.advance { try await phase(id, bench) == .quiesced }
            let other = try await bench.hold()
            _ = try await bench.engine.releases.order(.pause, by: Self.ann, reason: "wait")
            try await move(.resume, id, bench)
            try await bench.advance {
                try await bench.engine.maintenance.view(id)?.blockers.contains { $0.name == "backlog/release" } ?? false
            }
            _ = try await bench.engine.releases.order(.continue, by: Self.ann, reason: "go on")
            try await bench.advance(by: .seconds(1)) { try await phase(id, bench) == .completed }
            try await bench.advance { try await bench.state(other) == .ended }
            #expect(try await bench.state(kept) == .held)
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
