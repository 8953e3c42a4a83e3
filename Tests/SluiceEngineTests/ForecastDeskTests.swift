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

    @Test("Central's schedule of other kinds: once, so many times, and one that nothing anchors")
    func readsKindsOfCentralsSchedules() {
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        var once = schedule("once", everyMinutes: 10, from: start)
        once.endDate = start
        var thrice = schedule("thrice", everyMinutes: 10, from: start)
        thrice.occurrenceCount = 3
        let hour = start..<start.advanced(by: .seconds(3600))
        let planned = [once, thrice].map { PlannedSchedule($0, zones: { _ in nil }) }
        #expect(planned.map { $0?.trigger.fires(in: hour, limit: 100).times.count } == [1, 3])
        var floating = once
        floating.startDate = nil
        #expect(PlannedSchedule(floating, zones: { _ in nil }) == nil)
    }
}
