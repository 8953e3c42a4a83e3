import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// What a look before the start tells of the drain, and that it changes nothing.
@Suite(.timeLimit(.minutes(10)))
struct DrainPreflightTests {
    private static let plain = FlowID("plain")

    /// Twenty that took 100 to 290 s.
    private func addPast(_ bench: EngineBench) {
        let now = bench.clocks.now().wall
        for index in 0..<20 {
            let id = bench.central.addExecution(flow: Self.plain, at: now.advanced(by: .seconds(Int64(index) - 40_000)))
            bench.central.change(id) { summary in
                summary.status = .completed
                summary.endedAt = summary.startedAt?.advanced(by: .seconds(Int64(100 + index * 10)))
            }
        }
    }

    @discardableResult
    private func add(_ bench: EngineBench, _ flow: FlowID = plain, ago seconds: Int64) -> ExecutionID {
        bench.central.addExecution(flow: flow, at: bench.clocks.now().wall.advanced(by: .seconds(-seconds)))
    }

    private func find(
        _ code: String, _ plan: MaintenancePlan, _ bench: EngineBench
    ) async -> [PreflightFinding] {
        await bench.engine.maintenance.preflight(plan).filter { $0.code == code }
    }

    @Test("R17 long runners are warnings by name with what is usual; what runs as ever is only told")
    func tellsLongRunners() async throws {
        try await EngineBench.runMaintenances { bench in
            addPast(bench)
            let plan = bench.maintenancePlan
            let (usual, fresh) = (add(bench, ago: 60), add(bench, FlowID("unknown"), ago: 3599))
            #expect(await find("drain-slow", plan, bench).isEmpty)
            let running = try #require(await find("drain-running", plan, bench).first)
            #expect(running.severity == .note && running.text.hasPrefix("2 would have to end in Central"))
            #expect(running.text.contains("execution:\(usual)") && running.text.contains("usually 3 min"))
            let slow = add(bench, ago: 7200)
            bench.clocks.advance(by: .seconds(2))
            let told = await find("drain-slow", plan, bench)
            #expect(told.map(\.severity) == [.warning, .warning] && told.allSatisfy { $0.part == .ooDrain })
            #expect(told.first?.text.hasPrefix("execution:\(slow): ") == true)
            #expect(told.first?.text.contains("running for 120 min, usually 3 min, slow") == true)
            #expect(told.last?.text.hasPrefix("execution:\(fresh): ") == true, "an hour, and nothing known")
            for _ in 0..<20 { add(bench, ago: 7300) }
            #expect(await find("drain-slow", plan, bench).count == 10)
            #expect(await find("drain-slow-more", plan, bench).first?.text.hasPrefix("12 more") == true)
            #expect(bench.engine.gatekeeper.snapshot().record.isAnyOpen && bench.engine.drains.report() == nil)
        }
    }

    @Test("R17 paused executions are a warning by reason, for none of them ends by itself")
    func tellsPaused() async throws {
        try await EngineBench.runMaintenances { bench in
            for reason in ["USER_PAUSED", "INPUT_REQUIRED", "USER_PAUSED"] {
                bench.central.change(add(bench, ago: 9000)) { summary in
                    summary.status = .paused
                    summary.pauseReason = reason
                }
            }
            let told = await find("drain-paused", bench.maintenancePlan, bench)
            #expect(told.map(\.severity) == [.warning])
            #expect(told.first?.text.contains("3 are paused in Central") == true)
            #expect(told.first?.text.hasSuffix("1 input, 2 user") == true, "\(told)")
            #expect(await find("drain-slow", bench.maintenancePlan, bench).isEmpty, "each is told once")
        }
    }

    @Test("R17 the drain's time is told as p50 and p90, and a deadline that it will likely miss is a warning")
    func tellsDrainTime() async throws {
        try await EngineBench.runMaintenances { bench in
            addPast(bench)
            var plan = bench.maintenancePlan
            #expect(await find("drain-time", plan, bench).map(\.severity) == [.note], "nothing runs")
            add(bench, ago: 0)
            let time = try #require(await find("drain-time", plan, bench).first)
            #expect(time.text.contains("of 1 running") && time.text.contains("in nine of ten"), "\(time.text)")
            plan.drainSeconds = 120
            #expect(await find("drain-time", plan, bench).isEmpty)
            let warning = try #require(await find("drain-too-long", plan, bench).first)
            #expect(warning.severity == .warning && warning.text.contains("its deadline is at"))
            plan.drainSeconds = 3600
            #expect(await find("drain-too-long", plan, bench).isEmpty)
            add(bench, FlowID("unknown"), ago: 0)
            plan.drainSeconds = 120
            #expect(await find("drain-too-long", plan, bench).isEmpty, "a guess is no warning")
            plan.startsAt = bench.clocks.now().wall.advanced(by: .seconds(3600))
            let later = try #require(await find("drain-time", plan, bench).first)
            #expect(later.text.contains("from \(plan.startsAt?.description ?? "")"), "\(later.text)")
        }
    }

    @Test("R17 R33 what will be held is told: a maintenance disables Central's schedules, those of its scope")
    func tellsHolds() async throws {
        let setup = EngineBench.Setup()
        let now = setup.clocks.now().wall
        for (id, isSecret) in [("1", false), ("2", false), ("3", true)] {
            var schedule = CentralSchedule(
                id: ScheduleID(id), name: id, triggerExpression: "*/600000", isEnabled: true)
            schedule.flow = FlowID("flow-\(id)")
            schedule.startDate = now.advanced(by: .seconds(1))
            if isSecret { schedule.sensitiveInputNames = ["password"] }
            setup.central.put(schedule)
        }
        try await EngineBench.runMaintenances(setup) { bench in
            var plan = bench.maintenancePlan
            plan.expectedEnd = now.advanced(by: .seconds(3600))
            let all = try #require(await find("forecast-holds", plan, bench).first)
            #expect(all.severity == .note && all.part == .schedules)
            #expect(all.text.contains("schedules fire 18 times: 12 are held"), "\(all.text)")
            let secret = await find("forecast-not-replayable", plan, bench)
            #expect(secret.map(\.severity) == [.warning] && secret.first?.text.hasPrefix("6 launches") == true)
            plan.scope = .flow(FlowID("flow-1"))
            let some = try #require(await find("forecast-holds", plan, bench).first)
            #expect(some.text.contains("6 are held") && some.text.hasSuffix("12 run all the same"), "\(some.text)")
            #expect(try await setup.central.schedules().allSatisfy(\.isEnabled), "it only looks")
        }
    }

    @Test("R17 of CSA too: paused subscriptions are a warning, failed instances and parked requests are told")
    func tellsOfCSA() async throws {
        let site = try CSAMaintenanceBench()
        let carol = site.world.addPerson("carol")
        site.world.addInstance("i-1", "CANCEL_FAILED", of: carol)
        site.world.addInstance("i-2", "FAILED", of: carol)
        site.world.addInstance("i-3", "FAILED", of: carol)
        let paused = site.world.addInstance("i-4", "DEPLOYING", of: carol)
        site.world.setRecord(paused, isPending: true, isPaused: true)
        site.world.addInstance("i-5", "DEPLOYING", of: carol)
        try await site.run { bench in
            var plan = bench.maintenancePlan
            plan.systems = .both
            let rest = try #require(await find("at-rest", plan, bench).first)
            #expect(rest.severity == .note && rest.part == .csaDrain)
            #expect(rest.text.hasSuffix("1 CANCEL_FAILED, 2 FAILED"), "\(rest.text)")
            let told = await find("drain-paused", plan, bench)
            #expect(told.map(\.severity) == [.warning] && told.first?.text.contains("1 are paused in CSA") == true)
            let running = await find("drain-running", plan, bench).filter { $0.part == .csaDrain }
            #expect(running.first?.text.hasPrefix("1 would have to end in CSA") == true, "\(running)")
            site.world.fail("organizations", CSAError(.unreachable, "gone"))
            let unread = await find("drain-unreadable", plan, bench)
            #expect(unread.map(\.severity) == [.warning] && unread.first?.part == .csaDrain)
        }
    }

    @Test("a look beside a drain that is watched leaves that one alone")
    func looksBeside() async throws {
        try await EngineBench.runMaintenances { bench in
            let running = add(bench, ago: 60)
            let id = try await bench.planMaintenance()
            try await bench.start(id)
            try await bench.advance { bench.engine.drains.report()?.left == 1 }
            let other = add(bench, ago: 0)
            let before = bench.engine.drains.report()?.order
            #expect(await find("drain-running", bench.maintenancePlan, bench).first?.text.hasPrefix("2 would") == true)
            #expect(bench.engine.drains.report()?.order == before)
            bench.central.end(other)
            bench.central.end(running)
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .quiesced }
        }
    }

    @Test("R5 a parent that waits synchronously for its child: both end while it drains, and only then it is dry")
    func letsParentAndChildEnd() async throws {
        try await EngineBench.runMaintenances { bench in
            let parent = bench.central.addExecution(flow: .fixture)
            var first = LaunchRequest.fixture(source: .flow)
            first.runID = parent
            #expect(try await bench.ask(first).decision == .proceed(.open))
            let id = try await bench.planMaintenance()
            try await bench.start(id)
            try await bench.advance { try await bench.phase(id) == .drainingOO }
            let other = try await bench.ask(.fixture())
            #expect(other.hold != nil, "R6: what is not its child is held")
            let child = bench.central.addExecution(flow: .fixture)
            var asked = LaunchRequest.fixture(source: .flow)
            asked.parentRunID = parent
            asked.runID = child
            #expect(try await bench.ask(asked).decision == .proceed(.continuation))
            await bench.advance(by: .seconds(300), step: .seconds(5))
            #expect(try await bench.phase(id) == .drainingOO)
            let names = try await bench.engine.maintenance.view(id)?.blockers.map(\.name) ?? []
            #expect(names.contains("execution:\(parent)") && names.contains("execution:\(child)"), "\(names)")
            bench.central.end(child)
            await bench.advance(by: .seconds(300), step: .seconds(5))
            #expect(try await bench.phase(id) == .drainingOO, "the parent goes on with its child's result")
            bench.central.end(parent)
            try await bench.advance(by: .seconds(1)) { try await bench.phase(id) == .quiesced }
        }
    }
}
