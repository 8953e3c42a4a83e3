import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceForecast

/// What a window holds: the counts and the list agree with going through every launch one by one.
@Suite struct ForecastTests {
    private let from = Timestamp("2026-12-05T22:00:00Z")

    private func forecast(
        _ schedules: [PlannedSchedule], _ query: Forecast.Query, _ outlook: GateOutlook = .held
    ) -> Forecast {
        var history = DurationHistory()
        return Forecast(schedules, query: query, outlook: outlook, history: &history)
    }

    @Test("R33 lists every launch of the window with what the gate and the policy make of it")
    func listsEveryLaunch() {
        let schedules = [
            PlannedSchedule.every(minutes: 60, from: from, "skips", policy: .skip),
            .every(minutes: 60, from: from, "newest", policy: .latest),
            .every(minutes: 60, from: from, "each", policy: .all),
            .every(minutes: 60, from: from, "young", policy: .notOlderThan(seconds: 3600)),
        ]
        let result = forecast(schedules, .init(window: from..<from.plus(minutes: 180), now: from))
        let shown = result.launches.map { launch in
            "\(launch.time) \(result.schedules[launch.schedule].schedule.name) \(launch.decision.word) \(launch.fate)"
        }
        #expect(
            shown == [
                "2026-12-05T22:00:00Z skips hold skipped", "2026-12-05T22:00:00Z newest hold stoodFor",
                "2026-12-05T22:00:00Z each hold launchedAtRelease", "2026-12-05T22:00:00Z young hold tooOld",
                "2026-12-05T23:00:00Z skips hold skipped", "2026-12-05T23:00:00Z newest hold stoodFor",
                "2026-12-05T23:00:00Z each hold launchedAtRelease", "2026-12-05T23:00:00Z young hold tooOld",
                "2026-12-06T00:00:00Z skips hold skipped", "2026-12-06T00:00:00Z newest hold standsFor(2)",
                "2026-12-06T00:00:00Z each hold launchedAtRelease",
                "2026-12-06T00:00:00Z young hold launchedAtRelease",
            ])
        #expect(result.backlog.count == 5)
        #expect(result.countsInWindow.held == 12 && result.countsInWindow.dropped == 7)
        #expect(result.listedUntil == from.plus(minutes: 180) && !result.isCut)
    }

    @Test("R33 a span that is past is forecast by the rules of today, and says so")
    func looksBack() {
        let start = Timestamp("2001-01-01T00:00:00Z")
        let result = forecast(
            [.every(minutes: 10, from: start)],
            .init(window: start.plus(minutes: 60)..<start.plus(minutes: 120), now: from))
        #expect(result.launches.count == 6)
        #expect(result.launches.first?.time == start.plus(minutes: 60))
        #expect(result.notes.first == Forecast.pastNote && result.notes.count == 2)
        #expect(result.json["notes"]?.array?.count == 2, "that schedules of files ask is assumed")
        #expect(ForecastDrawing(result, zone: .utc).svg.contains("today are applied"))
        let soon = forecast([], .init(window: from..<from.plus(minutes: 1), now: from.advanced(by: .seconds(59))))
        #expect(!soon.notes.contains(Forecast.pastNote), "a question takes its time")
    }

    @Test func saysWhatTheGateDoes() {
        let schedules = ["runs", "held", "refused", "kept-out"].map {
            PlannedSchedule.every(minutes: 30, from: from, $0, policy: .all)
        }
        var secret = PlannedSchedule.every(minutes: 30, from: from, "secret", policy: .all)
        secret.isReplayable = false
        var disabled = PlannedSchedule.every(minutes: 1, from: from, "disabled")
        disabled.isEnabled = false
        let outlook = GateOutlook(
            inWindow: { schedule in
                switch schedule.name {
                case "runs": .proceed(.allowedByRule)
                case "refused": .reject(.maintenance)
                case "kept-out": .reject(.notReplayable)
                default: .hold(.maintenance)
                }
            }, outside: { _ in .proceed(.open) })
        let result = forecast(
            schedules + [secret, disabled], .init(window: from..<from.plus(minutes: 60), now: from), outlook)
        let counts = result.countsInWindow
        #expect(counts.runs == 2 && counts.released == 2 && counts.rejected == 2 && counts.notReplayable == 4)
        #expect(counts.total == 10 && result.backlog.count == 2)
        #expect(
            result.launches.prefix(5).map(\.fate)
                == [.runs, .launchedAtRelease, .rejected, .notReplayable, .notReplayable])
    }

    private static let expressions = [
        "0 0/15 * * * ?", "30 5 * * * ?", "0 0 22-2 * * ?", "0 30 0 ? * SUN", "* 0 23 * * ?", "0 0 0 L * ?",
    ]

    /// Schedules of random rhythms, bounds and policies; several have the same cron expression.
    private func randomSchedules(_ count: Int, _ numbers: inout SeededNumbers) throws -> [PlannedSchedule] {
        try (0..<count).map { number in
            let interval = max(20_000, Int64(1 + numbers.next() % 7_000_000))
            let start = from.advanced(by: .milliseconds(Int64(numbers.next() % 40_000_000) - 20_000_000))
            let repeats = numbers.next() % 3 == 0 ? Int(numbers.next() % 20) : -1
            let length = Duration.milliseconds(Int64(numbers.next() % 30_000_000))
            let hours = Int(numbers.next() % 3)
            let zone = TimeZoneRules(identifier: "GMT+0\(hours):00", fixedOffsetSeconds: 3600 * hours)
            let expression = Self.expressions[Int(numbers.next() % UInt64(Self.expressions.count))]
            let policies: [MisfirePolicy] = [.skip, .latest, .all, .notOlderThan(seconds: 1800)]
            return PlannedSchedule(
                id: ScheduleID("s\(number)"), origin: .file("x"), name: "s\(number)",
                trigger: Trigger(
                    timing: number % 3 == 0
                        ? .simple(repeatCount: repeats, intervalMilliseconds: interval)
                        : .cron(try CronExpression(expression), zone),
                    start: start, end: numbers.next() % 4 == 0 ? start.advanced(by: length) : nil),
                policy: policies[number % 4])
        }
    }

    @Test(arguments: 1...20)
    func agreesWithGoingThroughEach(seed: Int) throws {
        var numbers = SeededNumbers(UInt64(seed))
        let schedules = try randomSchedules(30, &numbers)
        // Bounds within a minute, too.
        let start = from.advanced(by: .milliseconds(Int64(numbers.next() % 60_000)))
        let window = start.plus(minutes: 40)..<start.plus(minutes: 40).advanced(by: .milliseconds(7_213_456))
        var query = Forecast.Query(window: window, now: from)
        query.span = start..<start.plus(minutes: 300)
        query.listed = query.span
        query.listedLaunchCountMax = 1_000_000
        let result = forecast(schedules, query)
        var all: [(Timestamp, Int, LaunchFate)] = []
        for (index, schedule) in schedules.enumerated() {
            let times = schedule.trigger.fires(in: query.span, limit: 1_000_000).times
            let inside = times.filter { window.contains($0) }
            #expect(result.schedules[index].counts.total == times.count)
            #expect(result.schedules[index].countsInWindow.total == inside.count)
            for time in times {
                guard window.contains(time) else {
                    all.append((time, index, .runs))
                    continue
                }
                let age = window.upperBound.since(time)
                let fate: LaunchFate =
                    switch schedule.policy {
                    case .skip: .skipped
                    case .all: .launchedAtRelease
                    case .latest where time != inside.last: .stoodFor
                    case .latest: inside.count > 1 ? .standsFor(inside.count - 1) : .launchedAtRelease
                    case .notOlderThan: age <= .seconds(1800) ? .launchedAtRelease : .tooOld
                    }
                all.append((time, index, fate))
            }
        }
        all.sort { ($0.0, $0.1) < ($1.0, $1.1) }
        #expect(result.launches.map(\.time) == all.map(\.0))
        #expect(result.launches.map(\.fate) == all.map(\.2))
        #expect(result.counts.total == all.count)
        let released = all.count { launch in
            switch launch.2 {
            case .launchedAtRelease, .standsFor: true
            default: false
            }
        }
        #expect(result.backlog.count == released && result.countsInWindow.released == released)
        // The load is the same launches by their minute.
        var minutes = [Int](repeating: 0, count: result.load.count)
        for launch in all { minutes[Int(launch.0.since(start).wholeMilliseconds / 60_000)] += 1 }
        #expect((0..<result.load.count).map { result.load.total($0) } == minutes)
        #expect(result.load.released.reduce(0, +) == Int32(released))
    }

    @Test func goesThroughSchedulesThatAreAlikeOnce() throws {
        let daily = try CronExpression("0 0 3 * * ?")
        func schedule(_ number: Int, end: Timestamp? = nil) -> PlannedSchedule {
            PlannedSchedule(
                id: ScheduleID("s\(number)"), origin: .file("x"), name: "s\(number)",
                trigger: Trigger(
                    timing: .cron(daily, .utc), start: Timestamp(milliseconds: Int64(number)), end: end))
        }
        let span = from..<from.plus(minutes: 3 * 1440)
        let walk = FireWalk(
            (0..<1000).map { schedule($0) } + [schedule(1000, end: from.plus(minutes: 2000))], span: span)
        #expect(walk.groups.map(\.members.count) == [1000, 1])
    }

    @Test("1 ms over a year is counted, not walked through")
    func countsAnyBeat() {
        let schedule = PlannedSchedule(
            id: ScheduleID("s"), origin: .file("x"), name: "s",
            trigger: Trigger(timing: .simple(repeatCount: -1, intervalMilliseconds: 1), start: from), policy: .all)
        let result = forecast([schedule], .init(window: from..<from.advanced(by: .seconds(366 * 86_400)), now: from))
        #expect(result.counts.total == 366 * 86_400_000)
        #expect(result.launches.isEmpty && result.listedUntil == from)
        #expect(result.backlog.isBound && result.backlog.count == 366 * 86_400_000)
    }

    @Test func endsTheListAtAWholeMinuteAndSaysSo() {
        var query = Forecast.Query(window: from..<from.plus(minutes: 600), now: from)
        query.listedLaunchCountMax = 100
        let schedules = (0..<7).map { PlannedSchedule.every(minutes: 1, from: from, "s\($0)") }
        let result = forecast(schedules, query)
        #expect(result.launches.count == 98)
        #expect(result.listedUntil == from.plus(minutes: 14))
        #expect(result.counts.total == 4200)
    }

    @Test(arguments: [(31, 60), (32, 300), (366, 900)])
    func tellsTheLoadInAsManyStepsAsAreOfUse(days: Int, stepSeconds: Int) {
        let schedule = PlannedSchedule.every(minutes: 7, from: from)
        let result = forecast([schedule], .init(window: from..<from.plus(minutes: days * 1440), now: from))
        let load = result.json["load"]
        let launches = (load?["launches"]?.array ?? []).compactMap { $0.number?.int }
        #expect(load?["stepSeconds"] == .int(stepSeconds))
        #expect(launches.count == days * 86_400 / stepSeconds)
        #expect(launches.reduce(0, +) == result.counts.total && load?["held"] == load?["launches"])
    }

    @Test func takesNothingForNothing() {
        let result = forecast([], .init(window: from..<from.plus(minutes: 60), now: from))
        #expect(result.launches.isEmpty && result.counts.total == 0 && result.backlog.count == 0)
        #expect(result.drain.end(withChance: 0.9) == from)
    }
}
