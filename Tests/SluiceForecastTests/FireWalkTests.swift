import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceForecast

/// Fire times by minutes: as many as going through each finds, in bounded work.
@Suite struct FireWalkTests {
    private let from = Timestamp("2027-03-27T21:13:07.250Z")

    private func schedule(_ timing: Trigger.Timing, _ name: String = "s", end: Timestamp? = nil) -> PlannedSchedule {
        PlannedSchedule(
            id: ScheduleID(name), origin: .file("x"), name: name, flow: FlowID("f"),
            trigger: Trigger(timing: timing, start: from.plus(minutes: -30), end: end), policy: .all)
    }

    private static let expressions = [
        "* * * * * ?", "0-58 * * * * ?", "0/7 * 1-3 * * ?", "59 */5 * * * ?", "0 0 2,3 * * ?", "13 30 2 * * ?",
        "1,59 59 23 * * ?", "0/20 0-10 0 ? * SUN", "* * 22-2 28W * ?", "5 5 5 29W 3 ?", "30 0 0 L * ?",
    ]

    @Test(
        "minutes and days that are counted at once are those of each fire time",
        arguments: ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata", "Australia/Lord_Howe"])
    func agreesWithEachFire(zone: String) throws {
        let zone = zone == "UTC" ? TimeZoneRules.utc : try TestZones.zone(zone)
        var timings = try Self.expressions.map { Trigger.Timing.cron(try CronExpression($0), zone) }
        timings.append(.cronEither(try CronExpression("0 0/3 1 * * ?"), try CronExpression("0 * 2 ? * SUN"), zone))
        for interval in [1000, 7000, 59_999, 60_000, 61_000, 100_000_007] as [Int64] {
            timings.append(.simple(repeatCount: -1, intervalMilliseconds: interval))
            timings.append(.simple(repeatCount: 30, intervalMilliseconds: interval))
        }
        for (unit, count) in [(Trigger.IntervalUnit.second, 11), (.minute, 3), (.hour, 1), (.day, 1)] {
            timings.append(.calendarInterval(.init(interval: count, unit: unit, zone: zone)))
        }
        for (number, start) in [from, Timestamp("2027-10-02T12:00:00Z"), Timestamp("2027-10-31T00:20:30Z")].enumerated()
        {
            let span = start..<start.advanced(by: .milliseconds(2 * 86_400_000 + 12_345))
            for timing in timings {
                for end in [nil, start.advanced(by: .milliseconds(36 * 3_600_000 + 1))] {
                    var one = schedule(timing, end: end)
                    one.trigger.start = start.plus(minutes: number * 40 - 30)
                    var walk = FireWalk([one], span: span)
                    walk.begin(0)
                    var fires = MinuteFires()
                    let part = span.lowerBound.plus(minutes: 3)..<span.upperBound.advanced(by: .milliseconds(-70_001))
                    walk.fill(&fires, of: one.trigger, in: part)
                    var expected: [Int32: Int32] = [:]
                    for time in one.trigger.fires(in: part, limit: .max).times {
                        expected[walk.minute(of: time), default: 0] += 1
                    }
                    var found: [Int32: Int32] = [:]
                    for run in fires.runs {
                        for minute in run.minute..<run.end { found[minute, default: 0] += run.count }
                    }
                    #expect(found == expected && !fires.isCut, "\(timing) in \(zone.identifier) from \(start)")
                    #expect(Int(expected.values.reduce(0, +)) == fires.total)
                }
            }
        }
    }

    @Test("a year of each second, of many schedules, is counted by runs of minutes")
    func countsDenseSchedules() throws {
        let berlin = try TestZones.zone("Europe/Berlin")
        let schedules = (0..<200).map { number in
            schedule(.simple(repeatCount: -1, intervalMilliseconds: 1000), "s\(number)")
        }
        let crons = try ["* * * * * ?", "0-58 * * * * ?"].map {
            schedule(.cron(try CronExpression($0), berlin), $0)
        }
        let span = from..<from.advanced(by: .seconds(366 * 86_400))
        var walk = FireWalk(schedules + crons, span: span)
        var fires = MinuteFires()
        for (index, group) in walk.groups.enumerated() {
            walk.begin(index)
            walk.fill(&fires, of: group.trigger, in: span)
            #expect(fires.runs.count < 20_000 && !fires.isCut)
        }
    }

    @Test("R33 what is left of the work is shared, and nothing beyond the part that was gone through is told")
    func sharesTheWork() throws {
        let start = Timestamp("2027-12-01T00:00:00Z")
        let crons = try ["0 0/2 * * * ?", "0 1/3 * * * ?", "0 0 3 * * ?"].map {
            schedule(.cron(try CronExpression($0), .utc), $0)
        }
        var history = DurationHistory()
        let window = start..<start.plus(minutes: 14 * 1440)
        let forecast = Forecast(
            crons, query: .init(window: window, now: start), outlook: .held, history: &history, stepCountMax: 6000)
        let until = try #require(forecast.walkedUntil)
        #expect(until > start && until < window.upperBound)
        #expect(forecast.schedules.map(\.isCut) == [true, true, false])
        #expect(forecast.schedules[2].counts.total == 14, "one that is seldom has its share")
        #expect(forecast.notes.contains { $0.contains("more launches than were gone through") })
        #expect(ForecastDrawing(forecast, zone: .utc).svg.contains("There are more launches than were"))
        #expect(forecast.json["complete"] == false && forecast.json["walkedUntil"] == .string(until.rfc3339))
        #expect(forecast.listedUntil > start && forecast.listedUntil <= until)
        #expect(forecast.launches.contains { forecast.schedules[$0.schedule].schedule.name == "0 0 3 * * ?" })
        let query = QuietSearch.Query(horizon: window, lengthMilliseconds: 14_400_000, now: start)
        let quiet = QuietSearch(crons, query: query, outlook: .held, history: &history, stepCountMax: 6000)
        let walked = try #require(quiet.walkedUntil)
        #expect(!quiet.windows.isEmpty && quiet.windows.allSatisfy { $0.span.upperBound <= walked })
        #expect(quiet.windows.allSatisfy { $0.heldCount > 100 })
        #expect(quiet.notes.contains { $0.contains("no window that ends after") })
        #expect(QuietDrawing(quiet).svg.contains("no window that ends after"))
        #expect(quiet.json["complete"] == false && quiet.allowedCount < quiet.startCount)
    }
}
