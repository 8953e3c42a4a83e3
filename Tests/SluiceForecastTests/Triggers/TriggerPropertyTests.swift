import SluiceForecast
import SluiceModel
import Testing

/// What holds for every trigger, over random ones from seeds.
@Suite struct TriggerPropertyTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var mixed = state ^ state >> 33
            mixed = mixed &* 0xFF51_AFD7_ED55_8CCD
            return mixed ^ mixed >> 33
        }
    }

    private static let zones = [
        "UTC", "Europe/London", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Antarctica/Troll",
        "Pacific/Apia", "America/New_York", "Asia/Kathmandu", "Africa/Casablanca", "Asia/Gaza",
    ]

    /// Near a change of an offset more often than not.
    private func instant(_ random: inout Random) -> Timestamp {
        let changes: [Int64] = [
            1_711_846_800, 1_729_990_800, 1_728_142_200, 1_541_300_400, 1_325_239_200, 1_711_846_800,
        ]
        let base =
            Bool.random(using: &random)
            ? changes.randomElement(using: &random)! : Int64.random(in: 0...4_000_000_000, using: &random)
        return Timestamp(milliseconds: (base + Int64.random(in: -50_000...50_000, using: &random)) * 1000)
    }

    private func trigger(_ random: inout Random) throws -> Trigger {
        let zone = try TestZones.zone(Self.zones.randomElement(using: &random)!)
        let start = instant(&random)
        var end: Timestamp?
        if Int.random(in: 0..<3, using: &random) == 0 {
            end = start.advanced(by: .seconds(Int64.random(in: 1...40_000_000, using: &random)))
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let count = Int.random(in: -1...60, using: &random)
            let beat = Int64.random(in: 1...90_000_000, using: &random)
            return Trigger(timing: .simple(repeatCount: count, intervalMilliseconds: beat), start: start, end: end)
        case 1:
            let unit = Trigger.IntervalUnit.allCases.dropFirst().randomElement(using: &random)!
            let interval = Trigger.CalendarInterval(
                interval: Int.random(in: 1...40, using: &random), unit: unit, zone: zone)
            return Trigger(timing: .calendarInterval(interval), start: start, end: end)
        default:
            func pick(_ list: [String]) -> String { list.randomElement(using: &random)! }
            let days = pick([
                "* * ?", "? * MON-FRI", "L * ?", "15W * ?", "LW * ?", "? * 6L", "? * 1#2", "31W * ?", "31 * ?",
            ])
            let text = [
                pick(["0", "*/20", "7,41"]), pick(["0", "*", "0/15", "15,30,45", "59-1"]),
                pick(["*", "2", "0", "0-3", "*/2", "23,1"]), days,
            ].joined(separator: " ")
            return Trigger(timing: .cron(try CronExpression(text), zone), start: start, end: end)
        }
    }

    @Test(arguments: 0..<8)
    func nextIsMonotoneAndPreviousIsItsInverse(seed: Int) throws {
        var random = Random(state: UInt64(seed))
        for _ in 0..<150 {
            let trigger = try trigger(&random)
            var instant = trigger.start.advanced(by: .seconds(Int64.random(in: -2...10_000_000, using: &random)))
            instant = trigger.next(after: instant) ?? trigger.start.advanced(by: .milliseconds(-1))
            for _ in 0..<12 {
                guard let next = trigger.next(after: instant) else { break }
                #expect(next > instant)
                let previous = trigger.previous(before: next)
                if trigger.next(after: trigger.start.advanced(by: .seconds(-1))) != next {
                    #expect(previous.flatMap { trigger.next(after: $0) } == next, "\(trigger) at \(next)")
                }
                #expect(trigger.previous(before: Timestamp(milliseconds: next.milliseconds + 1)) == next)
                instant = next
            }
        }
    }

    @Test(arguments: 0..<8)
    func timesOfASpanAreRepeatedNextTimesAndCountIsTheirNumber(seed: Int) throws {
        var random = Random(state: UInt64(seed) + 100)
        for _ in 0..<60 {
            let trigger = try trigger(&random)
            let begin = trigger.start.advanced(by: .seconds(Int64.random(in: -90_000...400_000, using: &random)))
            let span = begin..<begin.advanced(by: .seconds(Int64.random(in: 0...200_000, using: &random)))
            let fires = trigger.fires(in: span, limit: 200_000)
            #expect(!fires.isCut)
            #expect(trigger.count(in: span) == fires.times.count, "\(trigger) \(span)")
            #expect(trigger.first(in: span) == fires.times.first)
            #expect(fires.times == fires.times.sorted() && Set(fires.times).count == fires.times.count)
        }
    }

    @Test("R33 either of two expressions is counted as often as next times are", arguments: 0..<12)
    func countsEitherOfTwo(seed: Int) throws {
        var random = Random(state: UInt64(seed) + 700)
        func pick(_ list: [String]) -> String { list.randomElement(using: &random)! }
        for _ in 0..<25 {
            // A line of crontab has both with the same times; any two may be asked for.
            let times = (0..<2).map { _ in
                [pick(["0", "0/20"]), pick(["*", "0/10", "15,45"]), pick(["*", "0-3", "1,2,23", "2"])]
                    .joined(separator: " ")
            }
            let isLine = Bool.random(using: &random)
            let one = try CronExpression("\(times[0]) \(pick(["1,15", "*/3", "28-31", "*"])) \(pick(["*", "3,10"])) ?")
            let other = try CronExpression("\(times[isLine ? 0 : 1]) ? * \(pick(["SUN", "MON-FRI", "7L", "1#4"]))")
            let zone = try TestZones.zone(Self.zones.randomElement(using: &random)!)
            let begin = instant(&random)
            let trigger = Trigger(
                timing: .cronEither(one, other, zone),
                start: begin.advanced(by: .seconds(Int64.random(in: -8_000_000...90_000, using: &random))))
            let days = Int64.random(in: 1...40, using: &random)
            let span =
                begin..<begin.advanced(by: .seconds(days * 86_400 - Int64.random(in: 0...86_399, using: &random)))
            let walked = trigger.fires(in: span, limit: .max).times.count
            #expect(trigger.count(in: span) == walked, "\(one.text) or \(other.text) \(zone.identifier) \(span)")
        }
    }

    @Test("R33 either of two expressions over decades is counted by arithmetic")
    func countsEitherOverDecades() throws {
        let london = try TestZones.zone("Europe/London")
        let (all, sundays) = (try CronExpression("* * * * * ?"), try CronExpression("* * * ? * SUN"))
        let start = Timestamp(rfc3339: "2024-01-01T00:00:00Z")!
        let span = start..<start.advanced(by: .seconds(20 * 31_557_600))
        let count = Trigger(timing: .cronEither(sundays, all, london), start: start).count(in: span)
        #expect(count > 600_000_000)
        #expect(count == Trigger(timing: .cron(all, london), start: start).count(in: span))
    }

    @Test(
        "R37 a span that begins in the first pass of a doubled hour has all times of the second",
        arguments: [
            // London, on 27 October 2024: 01:00 to 02:00 twice, the second from 01:00 UTC on.
            ("2024-01-01T00:00:00Z", ["2024-10-27T01:15:00Z", "2024-10-27T01:45:00Z"]),
            // One that starts in the first pass at 01:30 goes on from that wall time, as Quartz does.
            ("2024-10-27T00:30:00Z", ["2024-10-27T01:45:00Z"]),
        ])
    func hasTheWholeSecondPass(start: String, expected: [String]) throws {
        let start = try #require(Timestamp(rfc3339: start))
        let span = Timestamp(rfc3339: "2024-10-27T00:40:00Z")!..<Timestamp(rfc3339: "2024-10-27T06:00:00Z")!
        let trigger = Trigger(
            timing: .cron(try CronExpression("0 15,45 1 * * ?"), try TestZones.zone("Europe/London")), start: start)
        #expect(trigger.fires(in: span, limit: 10).times.map(\.rfc3339) == expected)
        #expect(trigger.count(in: span) == expected.count)
        #expect(trigger.first(in: span)?.rfc3339 == expected.first)
        let second = Timestamp(rfc3339: "2024-10-27T01:20:00Z")!
        #expect(trigger.last(in: span.lowerBound..<second)?.rfc3339 == (expected.count > 1 ? expected.first : nil))
    }

    @Test func aBeatOfAMillisecondOverAYearIsCountedByArithmetic() {
        let start = Timestamp(rfc3339: "2024-01-01T00:00:00Z")!
        let trigger = Trigger(timing: .simple(repeatCount: -1, intervalMilliseconds: 1), start: start)
        let year = start..<start.advanced(by: .seconds(365 * 86_400))
        #expect(trigger.count(in: year) == 31_536_000_000)
        let cut = trigger.fires(in: year, limit: 1000)
        #expect(cut.isCut && cut.times.count == 1000)
    }

    @Test func everySecondOfAYearIsCountedByArithmeticWithItsGapAndItsDoubledHour() throws {
        let berlin = try TestZones.zone("Europe/Berlin")
        let start = Timestamp(rfc3339: "2024-01-01T00:00:00Z")!
        let trigger = Trigger(timing: .cron(try CronExpression("* * * * * ?"), berlin), start: start)
        // 366 days; the first pass of the doubled hour does not fire.
        #expect(trigger.count(in: start..<start.advanced(by: .seconds(366 * 86_400))) == 366 * 86_400 - 3600)
    }

    /// Times are written as local ones with the offset that holds there.
    @Test(arguments: [
        (
            "R37: 02:30 of the gap's day, Berlin", "0 30 2 * * ?", "Europe/Berlin", "2024-03-29T12:00:00Z",
            ["2024-03-30T01:30:00Z", "2024-04-01T00:30:00Z"]
        ),
        (
            "R37: 01:30 twice in autumn, London: once, the second", "0 30 1 * * ?", "Europe/London",
            "2024-10-26T12:00:00Z",
            ["2024-10-27T01:30:00Z", "2024-10-28T01:30:00Z"]
        ),
        (
            "R37: half an hour of gap, Lord Howe", "0 0 2 * * ?", "Australia/Lord_Howe", "2024-10-04T12:00:00Z",
            ["2024-10-04T15:30:00Z", "2024-10-06T15:00:00Z"]
        ),
        (
            "R37: half an hour doubled, Lord Howe", "0 45 1 * * ?", "Australia/Lord_Howe", "2024-04-06T00:00:00Z",
            ["2024-04-06T15:15:00Z", "2024-04-07T15:15:00Z"]
        ),
        (
            "R37: month end", "0 0 0 L * ?", "Europe/London", "2024-02-01T00:00:00Z",
            ["2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z"]
        ),
        (
            "R37: last Saturday", "0 0 3 ? * 7L", "Europe/London", "2024-03-01T00:00:00Z",
            ["2024-03-30T03:00:00Z", "2024-04-27T02:00:00Z"]
        ),
        (
            "R37: over midnight", "0 0 23-1 * * ?", "Europe/London", "2024-06-01T00:30:00Z",
            ["2024-06-01T22:00:00Z", "2024-06-01T23:00:00Z"]
        ),
    ])
    func schedulesAreRightAcrossSummerTime(
        name: String, text: String, zone: String, after: String, expected: [String]
    ) throws {
        let trigger = Trigger(timing: .cron(try CronExpression(text), try TestZones.zone(zone)), start: .zero)
        var instant = try #require(Timestamp(rfc3339: after))
        for time in expected {
            instant = try #require(trigger.next(after: instant))
            #expect(instant.rfc3339 == time, "\(name)")
        }
    }

    @Test(
        "R30: an interval goes on on its grid, or anchored anew as its misfire instruction says, once for a gap",
        arguments: [
            (MisfireInstruction.smartPolicy, true), (.fireNow, false), (.rescheduleNowWithExistingRepeatCount, false),
            (.rescheduleNowWithRemainingRepeatCount, false), (.rescheduleNextWithRemainingCount, true),
            (.rescheduleNextWithExistingCount, true),
        ])
    func intervalsGoOnOnTheirGrid(instruction: MisfireInstruction, staysOnGrid: Bool) throws {
        let start = try #require(Timestamp(rfc3339: "2024-05-15T09:00:00Z"))
        let now = try #require(Timestamp(rfc3339: "2024-05-15T12:03:30Z"))
        let trigger = Trigger(timing: .simple(repeatCount: -1, intervalMilliseconds: 600_000), start: start)
        let after = trigger.afterMisfire(instruction, now: now, missed: start)
        var fires = [try #require(after.next)]
        for _ in 0..<5 { fires.append(try #require(after.trigger.next(after: fires.last ?? start))) }
        // Of the 19 times of the gap at most one is made up for, now; the rest come at their beat.
        let first = staysOnGrid ? try #require(Timestamp(rfc3339: "2024-05-15T12:10:00Z")) : now
        #expect(fires == (0..<6).map { first.advanced(by: .seconds(600 * $0)) })
    }
}
