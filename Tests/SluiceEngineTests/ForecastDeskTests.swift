import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// Forecasts of a running Sluice: Central's schedules, its executions' durations, and the gate as it stands.
@Suite(.timeLimit(.minutes(1)))
struct ForecastDeskTests {
    private func schedule(
        _ id: String, everyMinutes minutes: Int, from start: Timestamp, secret: Bool = false
    ) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID(id), name: id, triggerExpression: "*/\(minutes * 60_000)", isEnabled: true)
        schedule.flow = FlowID("flow-\(id)")
        schedule.startDate = start
        if secret { schedule.sensitiveInputNames = ["password"] }
        return schedule
    }

    @Test("R33 forecasts Central's own schedules by the gate's own rules")
    func forecastsCentralsSchedules() async throws {
        var setup = EngineBench.Setup()
        let start = setup.clocks.now().wall
        setup.central.put(schedule("plain", everyMinutes: 10, from: start))
        setup.central.put(schedule("secret", everyMinutes: 30, from: start, secret: true))
        setup.central.put(schedule("health", everyMinutes: 20, from: start))
        setup.central.put(
            CentralSchedule(id: ScheduleID("odd"), name: "odd", triggerExpression: "*/x", isEnabled: true))
        setup.gate = GatePolicy(allowRules: [AllowRule(name: "health", flow: FlowID("flow-health"))])
        try await EngineBench.run(setup) { bench in
            let window = start.advanced(by: .seconds(3600))..<start.advanced(by: .seconds(7200))
            let answer = await bench.engine.forecasts.forecast(window: window, closing: .init())
            let counts = answer.result.countsInWindow
            #expect(counts.held == 6 && counts.notReplayable == 2 && counts.runs == 3)
            #expect(answer.result.query.ratePerMinute == 6000)
            #expect(answer.troubles.count == 1 && answer.troubles.first?.contains("1 of Central's schedules") == true)
            let asItIs = await bench.engine.forecasts.forecast(window: window, closing: .init(mode: nil))
            #expect(asItIs.result.countsInWindow.runs == 11)
            try await bench.set(.refuse, scope: .flow(FlowID("flow-plain")))
            let refusing = await bench.engine.forecasts.forecast(window: window, closing: .init())
            #expect(refusing.result.countsInWindow.rejected == 6)
        }
    }

    @Test("R14 durations and what runs now come from Central's executions, and what has ended counts no longer")
    func readsDurationsFromCentral() async throws {
        let setup = EngineBench.Setup()
        let flow = FlowID("f")
        for _ in 0..<30 {
            let id = setup.central.addExecution(flow: flow)
            setup.clocks.advance(by: .seconds(100))
            setup.central.end(id)
        }
        let running = setup.central.addExecution(flow: flow)
        setup.clocks.advance(by: .seconds(60))
        try await EngineBench.run(setup) { bench in
            let now = bench.clocks.now().wall
            let window = now..<now.advanced(by: .seconds(3600))
            let first = await bench.engine.forecasts.forecast(window: window, closing: .init()).result.drain
            #expect(first.expectedRunningCount == 1 && first.assumedFlows.isEmpty)
            let end = try #require(first.end(withChance: 0.5)).since(now)
            #expect(end > .seconds(10) && end <= .seconds(41), "\(end)")
            bench.central.end(running)
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            let later = bench.clocks.now().wall
            let second = await bench.engine.forecasts.forecast(
                window: later..<later.advanced(by: .seconds(3600)), closing: .init()
            ).result.drain
            #expect(second.expectedRunningCount == 0 && second.end(withChance: 0.9) == later)
        }
    }

    @Test("R14 a duration is counted once, and stays known when Central has purged its execution")
    func countsEachDurationOnce() async throws {
        let setup = EngineBench.Setup()
        let flow = FlowID("f")
        let first = setup.central.addExecution(flow: flow)
        setup.clocks.advance(by: .seconds(100))
        setup.central.end(first)
        try await EngineBench.run(setup) { bench in
            for expected in [1, 1, 2, 2] {
                var history = await bench.engine.forecasts.durations.content().history
                #expect(history.estimate(flow).count == expected)
                bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
                if expected == 1 {
                    let next = bench.central.addExecution(flow: flow)
                    bench.clocks.advance(by: .seconds(10))
                    // The second is still running when it is looked at for the first time.
                    if bench.central.executions.count == 3 { bench.central.end(next) }
                } else {
                    bench.central.forget(first)
                }
            }
        }
    }

    @Test("R14 what runs longer than Central's newest pages reach back still counts, and what may be missing is said")
    func followsWhatRunsLong() async throws {
        var setup = EngineBench.Setup()
        setup.adjust = { $0.listPageSize = 1 }
        let (flow, other) = (FlowID("f"), FlowID("g"))
        let unseen = setup.central.addExecution(flow: flow)
        setup.clocks.advance(by: .seconds(60))
        let long = setup.central.addExecution(flow: flow)
        let central = setup.central
        let push: @Sendable (ManualClocks) -> Void = { clocks in
            clocks.advance(by: .seconds(1))
            for _ in 0..<EngineLimits.historyPageCountMax - 1 { central.end(central.addExecution(flow: other)) }
        }
        push(setup.clocks)
        try await EngineBench.run(setup) { bench in
            let first = await bench.engine.forecasts.durations.content()
            #expect(first.running?.map(\.id) == [long])
            #expect(first.troubles.count == 1 && first.troubles[0].contains("a lower bound"), "\(first.troubles)")
            push(bench.clocks)
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            let second = await bench.engine.forecasts.durations.content()
            #expect(second.running?.map(\.id) == [long], "it is on none of the newest pages any more")
            central.end(long)
            central.forget(unseen)
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            var third = await bench.engine.forecasts.durations.content()
            #expect(third.running?.isEmpty == true)
            #expect(third.history.estimate(flow).count == 1, "its end is known, and so how long it took")
            // What began before the oldest page hardly runs any more after a week.
            bench.clocks.advance(by: .seconds(ForecastLimits.runningSecondsMax + 120))
            #expect(await bench.engine.forecasts.durations.content().troubles.isEmpty)
        }
    }

    @Test("past durations are there after a restart: they are read from Central at the start")
    func readsDurationsAtTheStart() async throws {
        let setup = EngineBench.Setup()
        let flow = FlowID("f")
        let id = setup.central.addExecution(flow: flow)
        setup.clocks.advance(by: .seconds(100))
        setup.central.end(id)
        try await EngineBench.run(setup) { bench in
            let library = bench.engine.forecasts.durations
            #expect(bench.engine.services.contains { $0 as? DurationLibrary === library })
            let reading = Task { try await library.run() }
            defer { reading.cancel() }
            for _ in 0..<10_000 where bench.central.listedPageCount == 0 { await Task.yield() }
            #expect(bench.central.listedPageCount == 1)
            bench.central.failReads(CentralError(.unreachable, "gone"))
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            var content = await library.content()
            for _ in 0..<10_000 where content.history.flowCount == 0 {
                await Task.yield()
                content = await library.content()
            }
            #expect(content.history.estimate(flow).count == 1 && content.troubles.count == 1)
        }
    }

    @Test func saysWhatCentralDidNotTell() async throws {
        let setup = EngineBench.Setup()
        setup.central.put(schedule("plain", everyMinutes: 10, from: setup.clocks.now().wall))
        try await EngineBench.run(setup) { bench in
            let now = bench.clocks.now().wall
            let window = now..<now.advanced(by: .seconds(3600))
            _ = await bench.engine.forecasts.forecast(window: window, closing: .init())
            bench.central.failReads(CentralError(.unreachable, "gone"))
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            let answer = await bench.engine.forecasts.forecast(window: window, closing: .init())
            #expect(answer.troubles.count == 2)
            // What was known stands.
            #expect(answer.result.schedules.count == 1)
        }
    }

    @Test("R33 R42 Central's schedules have the policies, obstacles and zones that their missed times will have")
    func takesConfiguredPolicies() async throws {
        var setup = EngineBench.Setup()
        let start = setup.clocks.now().wall
        setup.central.put(schedule("hourly", everyMinutes: 60, from: start))
        setup.central.put(schedule("books", everyMinutes: 60, from: start))
        var nowhere = schedule("nowhere", everyMinutes: 60, from: start)
        nowhere.flow = nil
        setup.central.put(nowhere)
        var twice = schedule("twice", everyMinutes: 60, from: start)
        twice.occurrenceCount = 1
        setup.central.put(twice)
        var wall = CentralSchedule(
            id: ScheduleID("wall"), name: "wall", triggerExpression: "0 0 3 * * ?", isEnabled: true)
        wall.flow = FlowID("f")
        setup.central.put(wall)
        setup.adjust = { configuration in
            configuration.misfires = MisfirePolicies(
                standard: .skip, rules: [MisfireRule(name: PathGlob("b*"), policy: .all, isUnsafeToMiss: true)])
            configuration.zone = TimeZoneRules(identifier: "GMT+02:00", fixedOffsetSeconds: 7200)
            configuration.occurrencesAreRepeats = true
        }
        try await EngineBench.run(setup) { bench in
            let file = PlannedSchedule(
                id: ScheduleID("x.backup"), origin: .file("x"), name: "backup",
                trigger: Trigger(timing: .simple(repeatCount: -1, intervalMilliseconds: 3_600_000), start: start))
            bench.engine.forecasts.shelf.setFiles([file])
            let window = start.advanced(by: .seconds(-1))..<start.advanced(by: .seconds(86_400))
            let answer = await bench.engine.forecasts.forecast(window: window, closing: .init())
            let shown = answer.result.schedules.map { schedule in
                "\(schedule.schedule.name) \(schedule.schedule.policy.word) \(schedule.schedule.isUnsafeToMiss) "
                    + "\(schedule.countsInWindow.total) \(schedule.countsInWindow.released)"
            }
            #expect(
                shown.sorted() == [
                    "backup all true 24 24", "books all true 24 24", "hourly skip false 24 0",
                    "nowhere skip false 24 0", "twice skip false 2 0", "wall skip false 1 0",
                ])
            #expect(answer.result.countsInWindow.notReplayable == 24, "one whose flow Central does not name")
            let third = answer.result.launches.first { answer.result.schedules[$0.schedule].schedule.name == "wall" }
            #expect(third.map { $0.time.milliseconds % 86_400_000 } == 3_600_000, "03:00 of the default zone")
            var query = QuietSearch.Query(horizon: window, lengthMilliseconds: 7_200_000, now: start)
            query.countMax = 1
            let quiet = try await bench.engine.forecasts.quiet(query, closing: .init())
            #expect(quiet.result.windows.first?.unsafeNames.sorted() == ["backup", "books"])
        }
    }
}
