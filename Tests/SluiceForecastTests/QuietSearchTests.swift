import SluiceModel
import Testing

@testable import SluiceForecast

/// Quiet windows: ranked as trying every start one by one ranks them, and never where they may not be.
@Suite struct QuietSearchTests {
    /// A Tuesday.
    private let from = Timestamp("2026-12-01T00:00:00Z")

    private func search(_ schedules: [PlannedSchedule], _ query: QuietSearch.Query) -> QuietSearch {
        var history = DurationHistory()
        return QuietSearch(schedules, query: query, outlook: .held, history: &history)
    }

    private func query(days: Int = 14, hours: Int64 = 4) -> QuietSearch.Query {
        .init(horizon: from..<from.plus(minutes: days * 1440), lengthMilliseconds: hours * 3_600_000, now: from)
    }

    @Test(arguments: 1...10)
    func agreesWithTryingEveryStart(seed: Int) throws {
        var numbers = SeededNumbers(UInt64(seed))
        let schedules = (0..<15).map { number in
            var schedule = PlannedSchedule.every(
                minutes: Int(30 + numbers.next() % 2000),
                from: from.plus(minutes: Int(numbers.next() % 4000)).advanced(
                    by: .milliseconds(Int64(numbers.next() % 60_000))), "s\(number)")
            schedule.isUnsafeToMiss = number % 5 == 0
            schedule.isReplayable = number % 7 != 0
            return schedule
        }
        var query = query(days: 5, hours: 3)
        query.workingHours = [WorkingHours("MON-FRI 08:00-18:00")!]
        let result = search(schedules, query)
        let best = try #require(result.windows.first)
        var costs: [(Int, Int)] = []
        var start = from
        while start.plus(minutes: 180) <= query.horizon.upperBound {
            let span = start..<start.plus(minutes: 180)
            let isWorking = (0..<180).contains { minute in
                let wall = start.plus(minutes: minute).since(from).wholeMilliseconds / 60_000
                let day = Weekday.allCases[Int((1 + wall / 1440) % 7)]
                return day.rawValue <= 5 && (480..<1080).contains(wall % 1440)
            }
            if !isWorking {
                let fires = schedules.map { $0.trigger.fires(in: span, limit: 1000).times.count }
                let unsafe = zip(schedules, fires).count { $0.isUnsafeToMiss && $1 > 0 }
                costs.append((unsafe, fires.reduce(0, +)))
            }
            start = start.plus(minutes: 15)
        }
        #expect(result.allowedCount == costs.count)
        let least = try #require(costs.min { $0 < $1 })
        #expect((best.unsafeCount, best.heldCount + best.notReplayableCount) == least)
        for window in result.windows {
            let fires = schedules.map { $0.trigger.fires(in: window.span, limit: 1000).times.count }
            #expect(window.heldCount + window.notReplayableCount == fires.reduce(0, +))
        }
        for (earlier, later) in zip(result.windows, result.windows.dropFirst()) {
            let (mine, theirs) = (
                earlier.heldCount + earlier.notReplayableCount, later.heldCount + later.notReplayableCount
            )
            #expect((earlier.unsafeCount, mine) <= (later.unsafeCount, theirs))
        }
    }

    @Test("working hours that end at a doubled midnight end when it is first shown")
    func endsAtTheFirstMidnight() throws {
        let havana = try TestZones.zone("America/Havana")
        // From 01:00 back to 00:00 on the 7th, at 05:00 UTC: midnight is at 04:00 and again at 05:00.
        let span = Timestamp("2027-11-06T00:00:00Z")..<Timestamp("2027-11-08T00:00:00Z")
        let saturday = try #require(WorkingHours("SAT 08:00-24:00")).spans(in: span, zone: havana)
        #expect(saturday == [Timestamp("2027-11-06T12:00:00Z")..<Timestamp("2027-11-07T04:00:00Z")])
        let sunday = try #require(WorkingHours("SUN 00:00-08:00")).spans(in: span, zone: havana)
        #expect(sunday == [Timestamp("2027-11-07T04:00:00Z")..<Timestamp("2027-11-07T13:00:00Z")])
        let sundays = WorkingHours.spans(without: [.saturday], in: span, zone: havana)
        #expect(
            sundays.first { $0.contains(Timestamp("2027-11-07T12:00:00Z")) }?.lowerBound
                == Timestamp("2027-11-07T04:00:00Z"))
    }

    @Test("R33 schedules that are disabled are not said to run all the same")
    func countsNoDisabledScheduleAsRunning() {
        var disabled = PlannedSchedule.every(minutes: 60, from: from, "disabled")
        disabled.isEnabled = false
        let enabled = PlannedSchedule.every(minutes: 60, from: from)
        #expect(
            search([disabled, enabled], query()).notes.filter { $0.hasPrefix("Of 1 schedule of files") }.count == 1)
        #expect(search([disabled], query()).notes.isEmpty, "one is known, so it is not said that none is")
    }

    @Test("R33 where no schedule is known, all starts are equal, and nothing is advised that would not help")
    func saysThatAllStartsAreEqual() {
        let empty = search([], query())
        #expect(empty.windows.isEmpty && empty.allowedCount == 1329)
        let notes = empty.notes
        #expect(notes.count == 2 && notes[0].hasPrefix("No schedule is known"), "\(notes)")
        #expect(notes.last?.contains("all 1329 allowed starts are equal, and none is listed") == true, "\(notes)")
    }

    @Test(
        "R33 where no start fits, it is said why, and what would help",
        arguments: [
            (7, 1440, 1440, "begin at 2026-12-01T00:15:00Z at the earliest, and end at 2026-12-02T00:15:00Z"),
            (7, 1440, 1440, "8 minutes after the horizon's end"), (0, 1440, 60, "longer than the horizon"),
        ])
    func saysWhyNoStartFits(minute: Int, length: Int, within: Int, words: String) {
        let start = from.plus(minutes: minute)
        let query = QuietSearch.Query(
            horizon: start..<start.plus(minutes: within), lengthMilliseconds: Int64(length) * 60_000, now: start)
        let result = search([.every(minutes: 60, from: from)], query)
        #expect(result.startCount == 0 && result.notes.contains { $0.contains(words) }, "\(result.notes)")
    }

    @Test("R33 where no start is allowed, days, hours and blackouts are what to look at")
    func saysWhatForbidsAllStarts() {
        var query = query()
        query.workingHours = [WorkingHours("00:00-24:00")!]
        let notes = search([.every(minutes: 60, from: from)], query).notes
        #expect(notes.contains { $0.contains("none of 1329 starts is allowed") && $0.contains("days or hours") })
    }

    @Test("the mean counts launches that cannot be kept, as the ranks do")
    func countsNotReplayableInTheMean() {
        var secret = PlannedSchedule.every(minutes: 60, from: from)
        secret.isReplayable = false
        #expect(search([secret], query()).meanHeldCount == 4)
    }

    @Test func findsTheNightThatIsFree() throws {
        // Every hour, but the schedule ends on the 5th: from 21:15 on nothing fires, and from 21:30 on hardly anything
        // of before still runs.
        var schedule = PlannedSchedule.every(minutes: 60, from: from)
        schedule.trigger.end = Timestamp("2026-12-05T22:00:00Z")
        let result = search([schedule], query())
        #expect(result.windows.first?.span.lowerBound == Timestamp("2026-12-05T21:30:00Z"))
        #expect(result.windows.first?.heldCount == 0)
        #expect(result.windows.count == 5)
    }

    @Test func keepsToWeekdaysWorkingHoursAndBlackouts() {
        var query = query()
        query.weekdays = [.saturday, .sunday]
        query.workingHours = [WorkingHours("SAT 00:00-20:00")!]
        query.blackouts = [.init(span: Timestamp("2026-12-06T00:00:00Z")..<Timestamp("2026-12-07T00:00:00Z"))]
        query.countMax = 50
        let result = search([.every(minutes: 60, from: from)], query)
        let starts = result.windows.map(\.span.lowerBound)
        // The 5th until midnight; the night of the 12th and all of the 13th.
        #expect(!starts.isEmpty && result.allowedCount == 1 + (28 * 60 - 240) / 15 + 1)
        for window in result.windows {
            let isFirst = window.span.lowerBound == Timestamp("2026-12-05T20:00:00Z")
            #expect(isFirst || window.span.lowerBound >= Timestamp("2026-12-12T20:00:00Z"))
            #expect(window.span.upperBound <= Timestamp("2026-12-14T00:00:00Z"))
        }
    }

    @Test func neverGivesWindowsThatOverlap() {
        let result = search([.every(minutes: 60, from: from)], query(days: 3))
        for (number, window) in result.windows.enumerated() {
            for other in result.windows.dropFirst(number + 1) { #expect(!window.span.overlaps(other.span)) }
        }
    }

    @Test func avoidsWhatIsUnsafeToMissEvenForMoreHolds() throws {
        var daily = PlannedSchedule.every(minutes: 1440, from: from.plus(minutes: 60), "close of books")
        daily.isUnsafeToMiss = true
        // Busy for an hour from 21:05 on.
        let busy = (0..<60).map { PlannedSchedule.every(minutes: 1440, from: from.plus(minutes: 1265 + $0), "b\($0)") }
        var query = query(days: 1, hours: 21)
        query.horizon = from..<from.plus(minutes: 22 * 60 + 15)
        let result = search([daily] + busy, query)
        let best = try #require(result.windows.first)
        #expect(best.span.lowerBound == from.plus(minutes: 75))
        #expect(best.unsafeCount == 0 && best.heldCount == 60)
        query.horizon = from..<from.plus(minutes: 21 * 60)
        let forced = try #require(search([daily] + busy, query).windows.first)
        #expect(forced.unsafeCount == 1 && forced.heldCount == 1 && forced.unsafeNames == ["close of books"])
    }

    @Test func isEmptyWhereNothingFits() {
        var query = query()
        query.workingHours = [WorkingHours("00:00-24:00")!]
        #expect(search([], query).windows.isEmpty)
        query = self.query(days: 1, hours: 30)
        #expect(search([], query).startCount == 0)
    }

    @Test(arguments: ["MON-FRI 08:00-18:00", "SAT,SUN 00:00-24:00", "08:00-18:00", "fri-mon 22:00-06:00"])
    func readsWorkingHours(text: String) { #expect(WorkingHours(text) != nil) }

    @Test(arguments: [
        "", "MON", "MON 8:00-18:00", "MON 08:00", "MON-XXX 08:00-18:00", "08:00-08:00", "24:00-08:00",
        "MON 08:60-09:00", "MON 08:00-25:00", "MON TUE 08:00-09:00",
    ])
    func refusesOtherHours(text: String) { #expect(WorkingHours(text) == nil) }

    @Test func wrapsDaysRoundTheWeek() {
        #expect(WorkingHours.days("FRI-MON") == [.friday, .saturday, .sunday, .monday])
        #expect(WorkingHours.days("WED") == [.wednesday])
        #expect(WorkingHours.days("MON-") == nil)
    }

    @Test func countsTheHoursOfTheZone() {
        var query = query(days: 2, hours: 1)
        query.zone = TimeZoneRules(identifier: "GMT+05:30", fixedOffsetSeconds: 19_800)
        query.workingHours = [WorkingHours("06:00-24:00")!]
        query.countMax = 50
        // Free from 00:00 to 06:00 there: 18:30 to 00:30 UTC.
        let starts = search([.every(minutes: 60, from: from.plus(minutes: 600_000))], query).windows.map(
            \.span.lowerBound)
        #expect(starts.first == Timestamp("2026-12-01T18:30:00Z"))
        #expect(
            starts.allSatisfy {
                (0..<300).contains(($0.milliseconds / 60_000 + 330) % 1440)
                    || ($0.milliseconds / 60_000 + 330) % 1440 == 300
            })
    }
}
