import Foundation
import SluiceModel
import SluiceTestKit
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, 0), (999, 0), (1000, 1000), (-1, -1000), (-1000, -1000), (-1500, -2000),
            (Int64.min, Int64.min), (.max, 9_223_372_036_854_775_000),
        ] as [(Int64, Int64)])
    func isCutToItsSecond(milliseconds: Int64, second: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).cutToSecond.milliseconds == second)
    }

    @Test func knowsTheYearsOfTheCalendar() {
        let years = Timestamp.calendarYears
        #expect(years.lowerBound.rfc3339 == "0001-01-01T00:00:00Z")
        #expect(years.upperBound.rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(!years.contains(Timestamp(milliseconds: years.upperBound.milliseconds + 1)))
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-12-01T22:00:00Z", 1_796_162_400_000),
            ("2026-12-01T23:00:00.5+01:00", 1_796_162_400_500),
            ("2026-12-01t22:00:00z", 1_796_162_400_000),
            ("2026-12-01 22:00:00Z", 1_796_162_400_000),
            ("2026-12-01T22:00:00-00:00", 1_796_162_400_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123),
            ("2026-01-01T00:00:00.1Z", 1_767_225_600_100),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("2026-01-01T00:30:00+23:59", 1_767_225_600_000 + 1_800_000 - 86_340_000),
        ] as [(String, Int64)])
    func readsValidTimes(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-12-01", "2026-12-01T22:00:00", "2026-12-01T22:00Z", "2026-12-01T22:00:00+0100",
        "2026-12-01T22:00:00+01", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60", "-026-01-01T00:00:00Z", "2026-01-01T00:00:00,5Z", "+2026-01-01T00:00:00Z",
        "２０２６-01-01T00:00:00Z", "2026-01-01T-1:00:00Z", "2026-1-1T0:0:0Z", "2026/01/01T00:00:00Z",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func readsBackEveryTimeItWritesAndAgreesWithFoundation() throws {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<4000 {
            let instant = Timestamp(
                milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator))
            let text = instant.rfc3339
            #expect(Timestamp(rfc3339: text) == instant, "\(text)")
            // Foundation's Gregorian calendar turns Julian before 1582; later it is the judge.
            guard round % 4 == 0, instant.milliseconds > -12_000_000_000_000 else { continue }
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: instant.milliseconds % 1000 != 0)
            let date = try Date(text, strategy: style)
            #expect(Int64((date.timeIntervalSince1970 * 1000).rounded()) == instant.milliseconds, "\(text)")
        }
    }

    @Test func writesNoFractionForWholeSecondsAndSaturatesOutsideFourDigits() {
        #expect(Timestamp(milliseconds: 1_000).rfc3339 == "1970-01-01T00:00:01Z")
        #expect(Timestamp(milliseconds: 1_007).rfc3339 == "1970-01-01T00:00:01.007Z")
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00Z")
        #expect("\(Timestamp.zero)" == "1970-01-01T00:00:00Z")
    }

    @Test func everyDayOfFourCenturiesIsFoundAgain() {
        for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
            let (year, month, dayOfMonth) = CivilDate.civil(daysSinceEpoch: day)
            #expect(CivilDate.daysSinceEpoch(year: year, month: month, day: dayOfMonth) == day)
            guard (1...12).contains(month), (1...CivilDate.daysInMonth(year: year, month: month)).contains(dayOfMonth)
            else {
                Issue.record("day \(day) is \(year)-\(month)-\(dayOfMonth)")
                return
            }
        }
    }

    @Test func neverWrapsAroundAtTheEndsOfTheRange() {
        let first = Timestamp(milliseconds: .min)
        let last = Timestamp(milliseconds: .max)
        #expect(last.advanced(by: .seconds(1)) == last)
        #expect(first.advanced(by: .seconds(-1)) == first)
        #expect(last.since(first) > .seconds(Int64.max / 1000))
        #expect(first.since(last) < .zero)
        #expect(MonotonicTime(nanoseconds: 5).advanced(by: .seconds(Int64.max)).nanoseconds == .max)
        #expect(MonotonicTime(nanoseconds: .max - 5).advanced(by: .nanoseconds(6)).nanoseconds == .max)
        #expect(MonotonicTime(nanoseconds: -5).advanced(by: .seconds(Int64.min)).nanoseconds == .min)
        #expect(MonotonicTime(nanoseconds: .max).since(MonotonicTime(nanoseconds: .min)) > .zero)
        #expect(
            Duration(secondsComponent: .max / 1000, attosecondsComponent: 999_000_000_000_000_000).wholeMilliseconds
                == .max)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMilliseconds == .min)
        #expect(Duration.microseconds(1_999).wholeMilliseconds == 1)
    }

    @Test func movesBothReadingsOfAMomentAlike() {
        let moved = Moment.fixture.advanced(by: .milliseconds(1500))
        #expect(moved.wall.since(Moment.fixture.wall) == .milliseconds(1500))
        #expect(moved.monotonic.since(Moment.fixture.monotonic) == .milliseconds(1500))
    }
}
