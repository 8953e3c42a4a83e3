import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceForecast

/// Quiet windows among triggers that fire every second: bounded work, counted in steps, and said where it ends.
@Suite struct QuietWorkTests {
    private let from = Timestamp("2027-01-04T00:00:00Z")

    /// 300 beats of a second from 90 different seconds on, of 30 flows, and every second of three zones.
    private func dense() throws -> [PlannedSchedule] {
        func schedule(_ timing: Trigger.Timing, _ number: Int) -> PlannedSchedule {
            PlannedSchedule(
                id: ScheduleID("s\(number)"), origin: .file("x"), name: "s\(number)", flow: FlowID("f\(number % 30)"),
                trigger: Trigger(timing: timing, start: from.advanced(by: .seconds(number % 90 - 90 * 86_400))),
                policy: .latest)
        }
        let crons = try ["Europe/London", "America/New_York", "Australia/Lord_Howe"].map {
            Trigger.Timing.cron(try CronExpression("* * * * * ?"), try TestZones.zone($0))
        }
        return (0..<300).map { schedule(.simple(repeatCount: -1, intervalMilliseconds: 1000), $0) }
            + crons.enumerated().map { schedule($1, 300 + $0) }
    }

    private func history() -> DurationHistory {
        var history = DurationHistory()
        for flow in 0..<29 {
            for number in 1...50 { history.add(FlowID("f\(flow)"), milliseconds: Int64(number * 20_000)) }
        }
        return history
    }

    private func query() -> QuietSearch.Query {
        .init(
            horizon: from..<from.advanced(by: .seconds(ForecastLimits.spanSecondsMax)), lengthMilliseconds: 14_400_000,
            now: from)
    }

    @Test("R33 a year of triggers of a second takes few steps, and everything is counted")
    func takesFewSteps() throws {
        let schedules = try dense()
        // Beats of whole seconds are one rhythm.
        #expect(FireWalk(schedules, span: query().horizon).groups.count == 4)
        var history = history()
        let quiet = QuietSearch(schedules, query: query(), outlook: .held, history: &history)
        #expect(quiet.windows.count == 5 && !quiet.drainsAreCut && quiet.walkedUntil == nil)
        #expect(quiet.windows.allSatisfy { $0.drainMinutes != nil && !$0.drain.isCut })
        #expect(quiet.startCount > 35_000 && quiet.heldCounts.max() == 14_400 * 303)
        // 33 flows' launches, each by some 150 steps of age, for 65 starts; each by itself they are 100 times as many.
        #expect(quiet.drainStepCount < 60_000_000, "\(quiet.drainStepCount) steps")
    }

    @Test("R33 drains that would take more steps than there are count a part of the launches, and that is said")
    func saysWhatIsLeftOut() throws {
        var history = history()
        let stepCountMax = 65 * 4000
        let quiet = QuietSearch(
            try dense(), query: query(), outlook: .held, history: &history,
            stepCountMax: ForecastLimits.walkStepCountMax, drainStepCountMax: stepCountMax)
        #expect(quiet.drainStepCount <= stepCountMax && quiet.drainStepCount > stepCountMax / 10)
        #expect(quiet.drainsAreCut && quiet.windows.count == 5)
        #expect(quiet.notes.contains { $0.contains("those drains may take longer than is said") })
        #expect(quiet.windows.allSatisfy { $0.drain.json["complete"] == false })
    }

    @Test("schedules that launch seldom leave their share of the steps to the dense ones, wherever these stand")
    func sharesTheSteps() throws {
        let seldom = (0..<500).map { PlannedSchedule.every(minutes: 1440, from: from.plus(minutes: $0), "d\($0)") }
        var history = history()
        var query = query()
        query.horizon = from..<from.plus(minutes: 14 * 1440)
        // An even share is 400 steps; those of a second need some 30,000, which is what there is for all.
        let quiet = QuietSearch(
            Array(try dense().prefix(1)) + seldom, query: query, outlook: .held, history: &history,
            stepCountMax: ForecastLimits.walkStepCountMax, drainStepCountMax: 65 * 200_000)
        #expect(!quiet.drainsAreCut && quiet.windows.count == 5)
    }

    @Test("a forecast says it too")
    func forecastSaysIt() throws {
        // As many flows as schedules, each by some 200 steps of age: more than may be gone through.
        let schedules = (0..<12_000).map { number in
            PlannedSchedule(
                id: ScheduleID("s\(number)"), origin: .file("x"), name: "s\(number)", flow: FlowID("g\(number)"),
                trigger: Trigger(timing: .simple(repeatCount: -1, intervalMilliseconds: 1000), start: .zero))
        }
        var history = history()
        let forecast = Forecast(
            schedules, query: .init(window: from..<from.plus(minutes: 1), now: from), outlook: .held, history: &history)
        #expect(forecast.drain.isCut && forecast.notes.contains(Forecast.drainNote))
    }

    /// Durations in seconds: near ten minutes; a few seconds but for one of an hour; evenly up to four minutes.
    private static let durations: [[Int64]] = [
        (0..<60).map { 590 + $0 % 20 }, (0..<59).map { 5 + $0 % 9 } + [3600], (0..<48).map { 5 * ($0 + 1) },
    ]

    @Test(
        "launches that are counted by steps of age give the drain that each by itself gives",
        arguments: durations.indices, ["2027-03-28T01:20:00Z", "2027-03-29T12:00:07.300Z", "2027-10-31T01:30:00Z"])
    func agreesWithEachLaunch(durations: Int, start: String) throws {
        let (flow, start, zone) = (FlowID("f"), Timestamp(start), try TestZones.zone("Europe/London"))
        var history = DurationHistory()
        for seconds in Self.durations[durations] { history.add(flow, milliseconds: seconds * 1000) }
        let estimate = history.estimate(flow)
        let timings: [Trigger.Timing] = [
            .simple(repeatCount: -1, intervalMilliseconds: 1000), .simple(repeatCount: -1, intervalMilliseconds: 2701),
            .cron(try CronExpression("* * * * * ?"), zone), .cron(try CronExpression("0/3 * 1-3 * * ?"), zone),
            .cronEither(try CronExpression("* 0-50 * 28 * ?"), try CronExpression("* 10-59 * ? * SUN"), zone),
        ]
        for timing in timings {
            let schedule = PlannedSchedule(
                id: ScheduleID("s"), origin: .file("x"), name: "s", flow: flow,
                trigger: Trigger(timing: timing, start: Timestamp("2027-01-01T00:00:00.250Z")))
            let walk = FireWalk([schedule], span: start..<start.plus(minutes: 1))
            var steps = StepBudget(ForecastLimits.drainStepCountMax)
            let drain = DrainArrivals(walk.groups, [schedule], .held, &history)
                .drain(at: start, running: nil, now: start, &history, steps: &steps)
            let since = start.advanced(by: .milliseconds(-Int64(estimate.runningMilliseconds)))
            let each = schedule.trigger.fires(in: since..<start, limit: .max).times.map { time in
                DrainEstimate.Term(
                    estimate: estimate, age: Double(start.since(time).wholeMilliseconds), knownAge: 0, count: 1)
            }
            let exact = DrainEstimate(start: start, terms: each, isCut: false, assumedFlows: [], blockers: [])
            let (found, expected) = (drain.expectedRunningCount, exact.expectedRunningCount)
            #expect(
                !drain.isCut && abs(found - expected) <= 0.02 * expected + 0.05, "\(found) for \(expected), \(timing)")
            for chance in [0.5, 0.9] {
                let mine = try #require(drain.end(withChance: chance)).since(start).wholeMilliseconds
                let theirs = try #require(exact.end(withChance: chance)).since(start).wholeMilliseconds
                #expect(abs(mine - theirs) <= 1000 + theirs / 100, "\(mine) for \(theirs) ms, \(timing)")
            }
        }
    }
}
