import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// A planned maintenance that starts by itself: at its time, or when its window begins.
@Suite(.timeLimit(.minutes(10)))
struct MaintenanceStartTests {
    private static let ann = Principal("ann")

    private func setup() -> EngineBench.Setup {
        var setup = EngineBench.Setup()
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            configuration.thawInterval = .zero
            configuration.catchUp = .none
            configuration.misfires = MisfirePolicies(standard: .skip)
        }
        return setup
    }

    private func run(
        _ setup: EngineBench.Setup, _ body: @Sendable (EngineBench) async throws -> Void
    ) async throws {
        try await EngineBench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.maintenance.run() }
                group.addTask { try? await bench.engine.windows.run() }
                defer { group.cancelAll() }
                try await body(bench)
            }
        }
    }

    /// A window that begins in some seconds and lasts an hour.
    private func window(
        in seconds: Int64, _ bench: EngineBench, _ adjust: (inout Window) -> Void = { _ in }
    ) async throws -> WindowID {
        let now = bench.clocks.now().wall
        var start = now.advanced(by: .seconds(seconds))
        start = Timestamp(milliseconds: start.milliseconds - start.milliseconds % 1000)
        var window = Window(
            id: bench.engine.windows.windowID(), kind: .maintenance, summary: "Upgrade", start: start, timeZone: "UTC",
            seconds: 3600, by: Self.ann, reason: "why", plannedAt: now)
        adjust(&window)
        let zones = bench.engine.windows.zones
        try await bench.engine.windows.change { [window] ledger, now throws(WindowLedger.Refusal) in
            try ledger.plan(window, at: now, zones)
        }
        return window.id
    }

    private func plan(
        _ bench: EngineBench, end seconds: Int64 = 7200, _ adjust: (inout MaintenancePlan) -> Void = { _ in }
    ) -> MaintenancePlan {
        var plan = MaintenancePlan(
            title: "upgrade", reason: "upgrade", owner: "night shift", systems: .ooOnly,
            expectedEnd: bench.clocks.now().wall.advanced(by: .seconds(seconds)))
        adjust(&plan)
        return plan
    }

    private func put(_ plan: MaintenancePlan, _ bench: EngineBench) async throws -> MaintenanceID {
        try await bench.engine.maintenance.plan(plan, by: Self.ann).get().id
    }

    @Test("it starts when its window begins, and no sooner")
    func startsWithItsWindow() async throws {
        try await run(setup()) { bench in
            let window = try await window(in: 600, bench)
            let id = try await put(plan(bench) { $0.window = window }, bench)
            await bench.advance(by: .seconds(590), step: .seconds(5))
            #expect(try await bench.store.maintenance(id)?.phase == .planned)
            try await bench.advance { try await bench.store.maintenance(id)?.isUnderWay == true }
            let record = try #require(try await bench.store.maintenance(id))
            let started = try #require(record.steps.first { $0.phase == .closingOO })
            #expect(started.by == .sluice && started.cause == "window \(window) has begun")
            #expect(started.at.since(record.plannedAt) >= .seconds(599))
        }
    }

    @Test("with an error of the look before it is not started: it says so, and the window's next time tries again")
    func saysWhyNot() async throws {
        let setup = setup()
        try await run(setup) { bench in
            let window = try await window(in: 60, bench) { window in
                window.rule = "FREQ=HOURLY;COUNT=3"
                window.seconds = 1800
            }
            let id = try await put(plan(bench, end: 4 * 3600) { $0.window = window }, bench)
            setup.central.failReads(CentralError(.unreachable, "connection refused"))
            try await bench.advance(by: .seconds(1)) {
                try await bench.store.notes("maintenance-planned").contains { $0.contains("not started at its time") }
            }
            // The look of one failure is not repeated while the window lasts.
            await bench.advance(by: .seconds(600), step: .seconds(5))
            #expect(try await bench.store.notes("maintenance-planned").count == 2, "planned, and not started")
            let view = try #require(try await bench.engine.maintenance.view(id))
            #expect(view.record.phase == .planned)
            let blocker = try #require(view.blockers.first)
            #expect(view.blockers.count == 1 && blocker.name == "start" && !blocker.canBeWaived)
            #expect(blocker.text.contains("connection refused"), "\(blocker.text)")
            setup.central.failReads(nil)
            try await bench.advance(by: .seconds(5)) { try await bench.store.maintenance(id)?.isUnderWay == true }
            let started = try #require(try await bench.store.maintenance(id)?.startedAt)
            #expect(started.since(view.record.plannedAt) >= .seconds(3600), "with the second occurrence")
        }
    }

    @Test("a plan whose time came and went is told to its owner, not passed over")
    func tellsOfAMissedTime() async throws {
        let setup = setup()
        try await run(setup) { bench in
            let start = bench.clocks.now().wall.advanced(by: .seconds(600))
            _ = try await put(plan(bench, end: 1200) { $0.startsAt = start }, bench)
        }
        // It was down when it should have started and ended.
        setup.clocks.advance(by: .seconds(3600))
        try await run(setup) { bench in
            try await bench.advance {
                try await bench.store.notes("maintenance-planned").contains {
                    $0.contains("does not come after the start")
                }
            }
        }
    }

    @Test("a window that was open before the plan was made does not start it")
    func waitsForTheNextOne() async throws {
        try await run(setup()) { bench in
            let window = try await window(in: 10, bench) { window in
                window.rule = "FREQ=HOURLY;COUNT=2"
                window.seconds = 1800
            }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(bench.engine.windows.ledger.begunOccurrences.count == 1)
            let id = try await put(plan(bench) { $0.window = window }, bench)
            await bench.advance(by: .seconds(300), step: .seconds(5))
            #expect(try await bench.store.maintenance(id)?.phase == .planned)
            try await bench.advance(by: .seconds(5)) { try await bench.store.maintenance(id)?.isUnderWay == true }
        }
    }

    @Test("a window that cannot start a plan is refused with why")
    func refusesWindows() async throws {
        try await run(setup()) { bench in
            let base = plan(bench)
            func problems(_ window: WindowID, scope: Scope? = nil, startsAt: Timestamp? = nil) async throws -> [String]
            {
                var plan = base
                plan.window = window
                plan.scope = scope
                plan.startsAt = startsAt
                return try await bench.engine.maintenance.problems(of: plan)
            }
            let fine = try await window(in: 600, bench)
            #expect(try await problems(fine) == [])
            let unknown = try await problems(WindowID("w_none"))
            #expect(unknown.first?.contains("w_none is not planned") == true && unknown.count == 1)
            let blackout = try await problems(try await window(in: 600, bench) { $0.kind = .blackout })
            #expect(blackout.first?.contains("is a blackout") == true)
            let closing = try await problems(try await window(in: 600, bench) { $0.startsByItself = true })
            #expect(closing.first?.contains("autoStart") == true)
            let scoped = try await window(in: 600, bench) { $0.scope = .flow(FlowID("f")) }
            #expect(try await problems(scoped).first?.contains("is for flow:f") == true)
            #expect(try await problems(scoped, scope: .flow(FlowID("f"))) == [])
            let late = try await problems(try await window(in: 7300, bench))
            #expect(late.first?.contains("does not begin before") == true)
            let both = try await problems(fine, startsAt: bench.clocks.now().wall.advanced(by: .seconds(60)))
            #expect(both.first?.contains("are both given") == true)
            // Months ahead is fine: it is as long as from its window's beginning.
            let far = try await window(in: 50 * 86_400, bench)
            let planned = plan(bench, end: 51 * 86_400) { $0.window = far }
            #expect(try await bench.engine.maintenance.problems(of: planned) == [])
            let long = plan(bench, end: 90 * 86_400) { $0.window = far }
            #expect(try await bench.engine.maintenance.problems(of: long).first?.contains("31 days") == true)
        }
    }

    @Test("R45 the audit tells who waived what and why; what Sluice remembers for itself is no line of it")
    func auditsWaivers() async throws {
        let setup = setup()
        let running = setup.central.addExecution(flow: FlowID("plain"), at: setup.clocks.now().wall)
        try await run(setup) { bench in
            let id = try await put(plan(bench), bench)
            let outcome = try await bench.engine.maintenance.order(
                .start(available: bench.engine.maintenance.parts), of: id, by: Self.ann, reason: "go")
            guard case .moved = outcome else {
                Issue.record("\(String(describing: outcome))")
                return
            }
            try await bench.advance {
                try await bench.engine.maintenance.view(id)?.blockers.contains { $0.name == "execution:\(running)" }
                    ?? false
            }
            _ = try await bench.engine.maintenance.order(
                .waive(blocker: "execution:\(running)"), of: id, by: Self.ann, reason: "it may die")
            let events = try await bench.store.events(of: nil, after: 0, limit: 1000)
            let waived = try #require(events.first { $0.kind == "maintenance-waived" })
            #expect(waived.by == Self.ann && waived.cause.hasSuffix("without execution:\(running): it may die"))
            let kinds = events.map(\.kind).filter { $0.hasPrefix("maintenance-") }
            #expect(
                kinds == [
                    "maintenance-planned", "maintenance-closing-oo", "maintenance-draining-oo", "maintenance-waived",
                ])
        }
    }
}
