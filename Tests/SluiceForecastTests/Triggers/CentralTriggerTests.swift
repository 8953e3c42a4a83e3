import SluiceForecast
import SluiceModel
import Testing

/// When Central's schedules fire (oo-central-api.md section 5.1): one reading for files and a running Central.
@Suite struct CentralTriggerTests {
    private let start = Timestamp("2026-12-01T00:00:00.250Z")
    private var day: Range<Timestamp> { start.plus(minutes: -60)..<start.plus(minutes: 1440) }

    private func schedule(
        _ expression: String, _ adjust: (inout CentralSchedule) -> Void = { _ in }
    ) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID("17"), name: "s", triggerExpression: expression, isEnabled: true)
        schedule.startDate = start
        adjust(&schedule)
        return schedule
    }

    private func trigger(
        _ schedule: CentralSchedule, silentStart: Timestamp? = nil, repeats: Bool = false
    ) throws(Trigger.CentralFault) -> Trigger {
        let berlin = TimeZoneRules(identifier: "Europe/Berlin", fixedOffsetSeconds: 3600)
        return try Trigger(
            schedule, defaultZone: .init(identifier: "GMT-05:00", fixedOffsetSeconds: -18_000),
            silentStart: silentStart, occurrencesAreRepeats: repeats,
            zones: { $0 == "Europe/Berlin" ? berlin : nil })
    }

    @Test("R41 */N is a beat in milliseconds, once where the start is the end, else as often as it has occurrences")
    func readsIntervals() throws {
        let beat = "*/3600000"
        func count(_ schedule: CentralSchedule, repeats: Bool = false) throws -> Int {
            try trigger(schedule, repeats: repeats).count(in: day)
        }
        #expect(try count(schedule(beat)) == 24)
        #expect(try count(schedule(beat) { $0.endDate = start }) == 1)
        #expect(try count(schedule(beat) { ($0.endDate, $0.occurrenceCount) = (start, 9) }) == 1)
        #expect(try count(schedule(beat) { $0.occurrenceCount = 3 }) == 3)
        #expect(try count(schedule(beat) { $0.occurrenceCount = 3 }, repeats: true) == 4)
        #expect(try count(schedule(beat), repeats: true) == 24, "0 is no end, whatever OO counts")
        // The end itself no longer fires.
        #expect(try count(schedule(beat) { $0.endDate = start.plus(minutes: 120) }) == 2)
    }

    @Test("without a start a cron expression counts since ever, and an interval from what anchors it")
    func anchorsWhatHasNoStart() throws {
        func silent(_ expression: String, next: Timestamp? = nil) -> CentralSchedule {
            schedule(expression) { ($0.startDate, $0.nextFireTime) = (nil, next) }
        }
        #expect(try trigger(silent("0 0 3 * * ?")).start == .zero)
        #expect(try trigger(silent("*/60000", next: start)).start == start)
        #expect(throws: Trigger.CentralFault.unanchored) { try trigger(silent("*/60000")) }
        #expect(try trigger(silent("*/60000"), silentStart: start).start == start)
        #expect(try trigger(silent("*/60000", next: start.plus(minutes: 5)), silentStart: start).start > start)
        // Cron starts at whole seconds.
        #expect(try trigger(silent("0 0 3 * * ?"), silentStart: start).start == Timestamp("2026-12-01T00:00:00Z"))
        #expect(try trigger(schedule("0 0 3 * * ?")).start == Timestamp("2026-12-01T00:00:00Z"))
    }

    @Test(
        "R26 an interval without a start is counted back from its next time, on its grid, to the time that is asked for"
    )
    func countsBackOnTheGrid() throws {
        var schedule = schedule("*/600000") { ($0.startDate, $0.nextFireTime) = (nil, start) }
        func times(since: Timestamp?) throws -> [Int64] {
            let trigger = try Trigger(schedule, defaultZone: .utc, since: since, zones: { _ in nil })
            let span = start.plus(minutes: -35)..<start.plus(minutes: 15)
            return trigger.fires(in: span, limit: 99).times.map { ($0.milliseconds - start.milliseconds) / 60_000 }
        }
        #expect(try times(since: nil) == [0, 10])
        #expect(try times(since: start.plus(minutes: -25)) == [-30, -20, -10, 0, 10])
        #expect(try times(since: start.plus(minutes: -20)) == [-20, -10, 0, 10])
        #expect(try times(since: start) == [0, 10] && times(since: start.plus(minutes: 90)) == [0, 10])
        // What is left of its occurrences comes after that, too.
        schedule.occurrenceCount = 1
        #expect(try times(since: start.plus(minutes: -20)) == [-20, -10, 0])
        // A start is a start.
        schedule.startDate = start.plus(minutes: -10)
        #expect(try times(since: start.plus(minutes: -25)) == [-10])
        schedule = self.schedule("*/1") { ($0.startDate, $0.nextFireTime) = (nil, Timestamp(milliseconds: .max)) }
        let far = try Trigger(schedule, defaultZone: .utc, since: .zero, zones: { _ in nil })
        #expect(far.start == .zero)
    }

    @Test("what no clock can show saturates", arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
    func saturates(milliseconds: Int64) throws {
        let time = Timestamp(milliseconds: milliseconds)
        for expression in ["*/60000", "*/9007199254740992", "0 0 3 * * ?"] {
            for count in [0, 1, Int64.max] {
                for end in [nil, Timestamp(milliseconds: .max)] {
                    let schedule = schedule(expression) {
                        ($0.startDate, $0.endDate, $0.occurrenceCount) = (time, end, count)
                    }
                    for repeats in [false, true] {
                        let trigger = try trigger(schedule, repeats: repeats)
                        for instant in [Int64.min, .min + 1, 0, .max - 1, .max].map({ Timestamp(milliseconds: $0) }) {
                            #expect(trigger.next(after: instant).map { $0 > instant } ?? true)
                            #expect(trigger.previous(before: instant).map { $0 < instant } ?? true)
                        }
                        #expect(trigger.count(in: day) >= 0)
                        _ = (trigger.finalFireTime, trigger.quartzFinalFireTime)
                    }
                }
            }
        }
    }

    @Test(
        "R26 a zone that is not named is the default, and one that nobody knows Greenwich's",
        arguments: [
            ("Europe/Berlin", "2026-12-01T02:00:00Z"), (nil, "2026-12-01T08:00:00Z"),
            ("Europe/Belrin", "2026-12-01T03:00:00Z"),
        ] as [(String?, String)])
    func readsZones(zone: String?, first: String) throws {
        let trigger = try trigger(schedule("0 0 3 * * ?") { $0.timeZone = zone })
        #expect(trigger.next(after: start) == Timestamp(first))
    }

    @Test func saysWhatCannotBeRead() {
        for expression in ["*/0", "*/x", "*/", "*/-5", "*/9999999999999999999", "*/9007199254740993"] {
            #expect(throws: Trigger.CentralFault.interval, "\(expression)") { try trigger(schedule(expression)) }
        }
        #expect(throws: Trigger.CentralFault.self) { try trigger(schedule("0 0 25 * * ?")) }
        #expect(throws: Trigger.CentralFault.endsBeforeStart) {
            try trigger(schedule("*/60000") { $0.endDate = start.plus(minutes: -1) })
        }
        #expect(throws: Trigger.CentralFault.endsBeforeStart) {
            try trigger(schedule("0 0 3 * * ?") { $0.endDate = start.plus(minutes: -1) })
        }
    }

    @Test(
        "the last time of a beat of days is found from the end, however far the start is",
        arguments: [
            ("2000-01-01T03:00:00Z", 1, Trigger.IntervalUnit.day), ("1970-01-01T03:00:00Z", 1, .day),
            ("0001-01-01T00:00:00Z", 1, .day), ("1900-06-01T12:30:00Z", 3, .day), ("0200-06-01T12:30:00Z", 1, .week),
            ("2016-01-01T03:00:00Z", 1, .month),
        ])
    func findsTheFinalTimeFromTheEnd(start: String, interval: Int, unit: Trigger.IntervalUnit) throws {
        let beat = Trigger.CalendarInterval(interval: interval, unit: unit, zone: .utc)
        var trigger = Trigger(timing: .calendarInterval(beat), start: Timestamp(start))
        for end in ["9999-12-31T23:59:59Z", "2126-01-01T00:00:00Z"] {
            trigger.end = Timestamp(end)
            let final = try #require(trigger.finalFireTime)
            #expect(trigger.next(after: final) == nil, "\(final)")
            #expect(trigger.next(after: final.advanced(by: .milliseconds(-1))) == final)
        }
    }

    @Test("a last time of its own is said of each trigger that ends", arguments: Trigger.IntervalUnit.allCases)
    func namesTheFinalTime(unit: Trigger.IntervalUnit) throws {
        let interval = Trigger.CalendarInterval(interval: 2, unit: unit, zone: .utc)
        var trigger = Trigger(timing: .calendarInterval(interval), start: start)
        #expect(trigger.finalFireTime == nil)
        for end in [start.advanced(by: .milliseconds(1)), start.plus(minutes: 3), start.plus(minutes: 9 * 366 * 1440)] {
            trigger.end = end
            var last: Timestamp?
            var time = end.advanced(by: .seconds(-12 * 366 * 86_400))
            // The last few thousand suffice: shorter units are arithmetic.
            if unit == .second || unit == .minute || unit == .hour {
                time = end.advanced(by: .seconds(-20_000))
            }
            while let next = trigger.next(after: time) {
                last = next
                time = next
            }
            #expect(trigger.finalFireTime == last && last != nil, "\(unit) until \(end)")
        }
    }
}
