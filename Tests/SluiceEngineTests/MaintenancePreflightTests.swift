import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// The look at Central and at the fences before a start, and the one at Central after an upgrade.
@Suite(.timeLimit(.minutes(10)))
struct MaintenancePreflightTests {
    private static let ann = Principal("ann")

    private func setup(fences: Set<FencedSystem> = []) -> EngineBench.Setup {
        var setup = EngineBench.Setup()
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            configuration.thawInterval = .zero
            configuration.catchUp = .none
            configuration.misfires = MisfirePolicies(standard: .skip)
            configuration.fences = fences
        }
        return setup
    }

    private func plan(
        _ bench: EngineBench, _ systems: MaintenancePlan.Systems = .ooOnly, scope: Scope? = nil
    ) -> MaintenancePlan {
        var plan = MaintenancePlan(
            title: "upgrade", reason: "upgrade", owner: "night shift", systems: systems,
            expectedEnd: bench.clocks.now().wall.advanced(by: .seconds(4 * 3600)))
        plan.scope = scope
        return plan
    }

    private func findings(_ plan: MaintenancePlan, _ bench: EngineBench, _ prefix: String) async -> [String] {
        await bench.engine.maintenance.preflight(plan).filter { $0.code.hasPrefix(prefix) }
            .map { "\($0.severity) \($0.code) \($0.part.rawValue)" }
    }

    // MARK: Fences

    @Test(
        "R5 R17 a system of the plan without a fence is a warning, and names the doors",
        arguments: [
            (MaintenancePlan.Systems.both, nil as Scope?, ["csa-fence", "portal-fence", "central-fence"]),
            (.csaOnly, nil, ["csa-fence", "portal-fence"]), (.ooOnly, nil, ["central-fence"]),
            // The rest of Central stays open: no fence is asked for.
            (.ooOnly, .flow(FlowID("f")), []),
        ])
    func warnsWithoutAFence(
        _ systems: MaintenancePlan.Systems, _ scope: Scope?, _ parts: [String]
    ) async throws {
        try await EngineBench.run(setup()) { bench in
            let plan = plan(bench, systems, scope: scope)
            #expect(await findings(plan, bench, "fence-") == parts.map { "warning fence-missing \($0)" })
            let texts = await bench.engine.maintenance.preflight(plan).map(\.text)
            if systems.includesCSA { #expect(texts.contains { $0.contains("cancellations") }, "\(texts)") }
        }
    }

    @Test("R17 a fence that no proxy asks about is a warning, until one asks, and again when none does any more")
    func warnsOfASilentProxy() async throws {
        try await EngineBench.run(setup(fences: [.csa, .portal, .central])) { bench in
            let plan = plan(bench, .both)
            let all = ["csa", "portal", "central"].map { "warning fence-not-asked \($0)-fence" }
            #expect(await findings(plan, bench, "fence-") == all)
            let before = bench.clocks.now().monotonic
            for system in FencedSystem.allCases {
                #expect(bench.engine.fences.answer(of: system, at: before)?.state == .open)
            }
            #expect(await findings(plan, bench, "fence-") == [])
            await bench.advance(by: .seconds(900), step: .seconds(300))
            #expect(await findings(plan, bench, "fence-") == [])
            _ = bench.engine.fences.answer(of: .portal, at: bench.clocks.now().monotonic)
            await bench.advance(by: .seconds(1), step: .seconds(1))
            #expect(await findings(plan, bench, "fence-") == [all[0], all[2]])
        }
    }

    // MARK: Central

    @Test(
        "R17 a clock of Central that is not ours is noted from 5 s on, and refuses the start beyond 60 s",
        arguments: [
            (5, nil), (-5, nil), (6, "warning"), (-6, "warning"), (60, "warning"), (61, "error"), (-61, "error"),
        ])
    func comparesClocks(_ seconds: Int64, _ severity: String?) async throws {
        let setup = setup()
        setup.central.setClockDifference(.seconds(seconds))
        try await EngineBench.run(setup) { bench in
            let found = await findings(plan(bench), bench, "clocks-apart")
            #expect(found == (severity.map { ["\($0) clocks-apart verification"] } ?? []))
        }
    }

    @Test("R17 an account that only reads the version is refused before the start, is tried once, and touches nothing")
    func refusesTheAccount() async throws {
        let setup = setup(fences: [.central])
        var schedule = CentralSchedule(
            id: ScheduleID("1"), name: "nightly", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("flow-1")
        setup.central.put(schedule)
        setup.central.openVersion(true)
        setup.central.failReads(CentralError(.unauthorized, "GET /oo/rest/v2/executions answered 403 Forbidden"))
        try await EngineBench.run(setup) { bench in
            let gate = bench.engine.gatekeeper.snapshot().record
            let before = setup.central.failedExecutionCallCount
            for _ in 0..<5 {
                let errors = await bench.engine.maintenance.preflight(plan(bench)).filter { $0.severity == .error }
                #expect(errors.map(\.code) == ["central-unauthorized"])
                #expect(errors.first?.remedy.contains("central.username") == true)
            }
            #expect(setup.central.failedExecutionCallCount - before <= 1, "accounts lock out")
            // The configuration was read again: once more.
            bench.engine.hurryCentral()
            _ = await bench.engine.maintenance.preflight(plan(bench))
            #expect(setup.central.failedExecutionCallCount - before <= 2)
            setup.central.failReads(nil)
            let schedules = try await setup.central.schedules()
            #expect(schedules.map(\.isEnabled) == [true])
            #expect(setup.central.orders.isEmpty)
            #expect(bench.engine.gatekeeper.snapshot().record == gate)
            #expect(bench.engine.fences.standing(of: .central)?.state == .open)
        }
    }

    @Test(
        "R36 a Central that refuses the account after an upgrade is not asked every few seconds, and goes on by SIGHUP")
    func asksARefusingCentralSeldom() async throws {
        let setup = setup()
        try await EngineBench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.maintenance.run() }
                defer { group.cancelAll() }
                let keeper = bench.engine.maintenance
                let id = try await keeper.plan(plan(bench), by: Self.ann).get().id
                _ = try await keeper.order(.start(available: keeper.parts), of: id, by: Self.ann, reason: "go")
                try await bench.advance(by: .seconds(1)) { try await bench.store.maintenance(id)?.phase == .quiesced }
                setup.central.openVersion(true)
                setup.central.failReads(CentralError(.unauthorized, "answered 401 Unauthorized"))
                let before = setup.central.failedExecutionCallCount
                _ = try await keeper.order(.resume, of: id, by: Self.ann, reason: "it is up")
                try await bench.advance {
                    try await keeper.view(id)?.blockers.contains { $0.name == "central" } ?? false
                }
                await bench.advance(by: .seconds(800), step: .seconds(1))
                // At once and after 1, 3 and 7 minutes; the pause after that is longer.
                let count = setup.central.failedExecutionCallCount - before
                #expect((1...4).contains(count), "\(count) in 13 minutes")
                let blocker = try #require(try await keeper.view(id)?.blockers.first { $0.name == "central" })
                #expect(blocker.text.contains("not asked again before") && blocker.remedy.contains("SIGHUP"))
                #expect(try await bench.store.maintenance(id)?.phase == .verifying)
                setup.central.failReads(nil)
                bench.engine.hurryCentral()
                let mended = bench.clocks.now().monotonic
                try await bench.advance { try await bench.store.maintenance(id)?.phase != .verifying }
                #expect(bench.clocks.now().monotonic.since(mended) < .seconds(15))
            }
        }
    }

    @Test("a Central that is not up yet is looked at again soon")
    func asksADeadCentralSoon() async throws {
        let setup = setup()
        try await EngineBench.run(setup) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.engine.maintenance.run() }
                defer { group.cancelAll() }
                let keeper = bench.engine.maintenance
                let id = try await keeper.plan(plan(bench), by: Self.ann).get().id
                _ = try await keeper.order(.start(available: keeper.parts), of: id, by: Self.ann, reason: "go")
                try await bench.advance(by: .seconds(1)) { try await bench.store.maintenance(id)?.phase == .quiesced }
                setup.central.failReads(CentralError(.unreachable, "connection refused"))
                _ = try await keeper.order(.resume, of: id, by: Self.ann, reason: "it is up")
                await bench.advance(by: .seconds(900), step: .seconds(1))
                setup.central.failReads(nil)
                let up = bench.clocks.now().monotonic
                try await bench.advance { try await bench.store.maintenance(id)?.phase != .verifying }
                #expect(bench.clocks.now().monotonic.since(up) < .seconds(15))
            }
        }
    }
}
