import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// Forecasts of a running Sluice: Central's schedules, its executions' durations, and the gate as it stands.
@Suite(.timeLimit(.minutes(10)))
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

    /// Packs whose flows ask the gate first.
    private func gated(_ flows: String...) -> Inventory {
        let known = flows.map {
            KnownFlow(id: FlowID($0), name: $0, path: "L/\($0)", contentPack: "P", isGated: true, inputs: [])
        }
        return Inventory(known, isLoaded: true)
    }

    @Test("R33 a schedule of Central runs all the same, unless its flow is gated or Sluice froze it")
    func knowsWhoAsks() async throws {
        var setup = EngineBench.Setup()
        let start = setup.clocks.now().wall
        for id in ["gated", "open", "unknown"] { setup.central.put(schedule(id, everyMinutes: 10, from: start)) }
        var inventory = gated("flow-gated").flows.values.map { $0 }
        inventory.append(
            KnownFlow(id: FlowID("flow-open"), name: "o", path: "L/o", contentPack: "P", isGated: false, inputs: []))
        setup.inventory = Inventory(inventory, isLoaded: true)
        setup.adjust = { $0.thawInterval = .zero }
        try await EngineBench.run(setup) { bench in
            let window = start.advanced(by: .seconds(3600))..<start.advanced(by: .seconds(7200))
            let desk = bench.engine.forecasts
            func asked() async -> Forecast { await desk.forecast(window: window, closing: .init()).result }
            func words(_ forecast: Forecast) -> [String] {
                forecast.schedules.map { "\($0.schedule.name) \($0.decision.word) \($0.asking.rawValue)" }.sorted()
            }
            let free = await asked()
            #expect(words(free) == ["gated hold flow", "open proceed nobody", "unknown proceed nobody"])
            #expect(free.countsInWindow.held == 6 && free.countsInWindow.runs == 12)
            #expect(free.notes.contains { $0.hasPrefix("2 schedules of Central run all the same") }, "\(free.notes)")
            let freezer = try #require(bench.engine.freezer)
            _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
            try await bench.advance { freezer.status().phase == .frozen }
            let frozen = await asked()
            #expect(words(frozen) == ["gated hold frozen", "open hold frozen", "unknown hold frozen"])
            #expect(frozen.countsInWindow.held == 18 && frozen.countsInWindow.released == 3)
            #expect(frozen.notes.contains { $0.hasPrefix("3 schedules of Central are frozen") }, "\(frozen.notes)")
            let scoped = await desk.forecast(
                window: window, closing: .init(mode: .refuse, scope: .flow(FlowID("other")))
            ).result
            #expect(scoped.countsInWindow.held == 18, "missed, whatever the gate does")
            _ = await freezer.thaw(.all, by: Principal("ann"), reason: "done")
            try await bench.advance { freezer.status().phase == .idle }
            #expect(await asked().countsInWindow.runs == 12)
        }
    }

    @Test("R33 without a schedule that is known, nothing is forecast and nothing called quiet")
    func saysThatNoScheduleIsKnown() async throws {
        try await EngineBench.run(EngineBench.Setup()) { bench in
            let now = bench.clocks.now().wall
            let window = now..<now.advanced(by: .seconds(86_400))
            let answer = await bench.engine.forecasts.forecast(window: window, closing: .init()).result
            #expect(answer.notes.contains { $0.hasPrefix("No schedule is known") })
            let query = QuietSearch.Query(horizon: window, lengthMilliseconds: 7_200_000, now: now)
            let quiet = try await bench.engine.forecasts.quiet(query, closing: .init()).result
            #expect(quiet.windows.isEmpty && quiet.notes.contains { $0.hasPrefix("No schedule is known") })
        }
    }

    @Test("R33 quiet windows of a span that is past say nothing about what runs now")
    func leavesOutWhatRunsFromThePast() async throws {
        try await EngineBench.run(EngineBench.Setup()) { bench in
            let now = bench.clocks.now().wall
            for (days, isPast) in [(-7, true), (0, false), (7, false)] as [(Int64, Bool)] {
                let from = now.advanced(by: .seconds(days * 86_400))
                let query = QuietSearch.Query(
                    horizon: from..<from.advanced(by: .seconds(3 * 86_400)), lengthMilliseconds: 7_200_000, now: now)
                let answer = try await bench.engine.forecasts.quiet(query, closing: .init()).result
                #expect((answer.query.running == nil) == isPast, "\(days) days")
            }
        }
    }

    @Test("R33 every answer says which schedules cannot be read, also those from memory")
    func saysEachTimeWhatCannotBeRead() async throws {
        let setup = EngineBench.Setup()
        setup.central.put(
            CentralSchedule(id: ScheduleID("odd"), name: "odd", triggerExpression: "*/x", isEnabled: true))
        try await EngineBench.run(setup) { bench in
            let shelf = bench.engine.forecasts.shelf
            for _ in 0..<3 {
                #expect(
                    await shelf.content().troubles == ["1 of Central's schedules have a trigger that cannot be read"])
            }
            bench.central.failReads(CentralError(.unreachable, "gone"))
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            #expect(await shelf.content().troubles.count == 2)
        }
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
        setup.inventory = gated("flow-plain", "flow-secret", "flow-health")
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
            try await bench.advance(by: .zero) { bench.central.listedPageCount > 0 }
            #expect(bench.central.listedPageCount == 1)
            bench.central.failReads(CentralError(.unreachable, "gone"))
            bench.clocks.advance(by: EngineLimits.forecastCacheDuration)
            var content = await library.content()
            try await bench.advance(by: .zero) {
                content = await library.content()
                return content.history.flowCount > 0
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
        setup.inventory = gated("flow-hourly", "flow-books", "flow-twice", "f")
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
            #expect(answer.result.countsInWindow.runs == 24, "one whose flow Central does not name")
            let third = answer.result.launches.first { answer.result.schedules[$0.schedule].schedule.name == "wall" }
            #expect(third.map { $0.time.milliseconds % 86_400_000 } == 3_600_000, "03:00 of the default zone")
            var query = QuietSearch.Query(horizon: window, lengthMilliseconds: 7_200_000, now: start)
            query.countMax = 1
            let quiet = try await bench.engine.forecasts.quiet(query, closing: .init())
            #expect(quiet.result.windows.first?.unsafeNames.sorted() == ["backup", "books"])
        }
    }
}
