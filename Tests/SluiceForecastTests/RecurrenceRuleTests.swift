import SluiceModel
import Testing

@testable import SluiceForecast

@Suite struct RecurrenceRuleTests {
    @Test("R37: 2,999 random rules recur as python-dateutil says, from the start and from any later time")
    func recursAsDateutilSays() throws {
        let vectors = try RecurrenceVectors().vectors
        #expect(vectors.count == 2999)
        for vector in vectors {
            let rule = try RecurrenceRule(vector.rule)
            let walls = Self.first(12, RecurrenceExpansion(rule, start: vector.start))
            #expect(walls == vector.walls, "\(vector.rule) from \(vector.start)")
            let later = Self.first(3, RecurrenceExpansion(rule, start: vector.start, notBefore: vector.after))
            #expect(later == vector.later, "\(vector.rule) from \(vector.start), not before \(vector.after)")
            #expect(try RecurrenceRule(rule.description) == rule, "\(rule)")
        }
    }

    @Test("R37: local times become instants as RFC 5545 says, over the changes of summer time of eight zones")
    func becomesInstantsAsZoneinfoSays() throws {
        let vectors = try RecurrenceVectors()
        for vector in vectors.vectors {
            let instants = vector.walls.map { wall in
                CalendarInstant.instant(ofWallTime: wall) { vectors.offset(vector.zone, at: $0) }
            }
            #expect(instants == vector.instants, "\(vector.rule) in \(vector.zone)")
        }
    }

    /// dateutil stops in 2080 there, and so does this.
    private static func first(_ count: Int, _ expansion: RecurrenceExpansion) -> [Timestamp] {
        let end = Timestamp(rfc3339: "2080-01-01T00:00:00Z")!
        return Array(expansion.lazy.prefix { $0 < end }.prefix(count))
    }

    /// Ours, where dateutil and RFC 5545 differ, or where a reader expects it by name.
    @Test(
        "R37: month ends, last Saturdays, whole first weeks",
        arguments: [
            ("2026-01-31T22:00:00", "FREQ=MONTHLY;COUNT=4", ["01-31", "03-31", "05-31", "07-31"]),
            ("2026-01-31T22:00:00", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4", ["01-31", "02-28", "03-31", "04-30"]),
            ("2026-01-31T22:00:00", "FREQ=MONTHLY;BYDAY=-1SA;COUNT=3", ["01-31", "02-28", "03-28"]),
            ("2026-01-01T22:00:00", "FREQ=MONTHLY;BYMONTHDAY=31,-1;COUNT=3", ["01-31", "02-28", "03-31"]),
            // Of the week from Monday 5 January the first weekday is Monday, which is before the start.
            ("2026-01-07T22:00:00", "FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1;COUNT=2", ["01-12", "01-19"]),
            ("2026-01-01T22:00:00", "FREQ=MONTHLY;BYDAY=1MO,WE;BYMONTH=1;COUNT=3", ["01-05", "01-07", "01-14"]),
            // ISO week 52 of 2038, which dateutil misses: it takes the length of 2039 for that of 2038.
            ("2038-12-01T22:00:00", "FREQ=YEARLY;BYWEEKNO=52;BYDAY=SA;COUNT=2", ["01-01", "12-31"]),
            ("2024-02-29T22:00:00", "FREQ=YEARLY;COUNT=2;BYMONTH=2;BYMONTHDAY=29", ["02-29", "02-29"]),
        ])
    func recursByName(start: String, rule: String, days: [String]) throws {
        let wall = try #require(CalendarText.localTime(start))
        let found = RecurrenceExpansion(try RecurrenceRule(rule), start: wall).map { wall in
            String(wall.rfc3339.dropFirst(5).prefix(5))
        }
        #expect(found == days)
    }

    @Test(
        "a rule is refused with the part, the value and what is allowed",
        arguments: [
            ("", "is not NAME=VALUE"), ("COUNT=3", "FREQ: is missing"), ("FREQ=SECONDLY", "YEARLY, MONTHLY"),
            ("FREQ=FORTNIGHTLY", "FORTNIGHTLY"), ("FREQ=DAILY;FREQ=DAILY", "FREQ: is there twice"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL: \"0\" is not a number from 1"), ("FREQ=DAILY;COUNT=-1", "COUNT"),
            ("FREQ=DAILY;COUNT=1;UNTIL=20260101", "COUNT: and UNTIL"), ("FREQ=DAILY;UNTIL=20260231", "UNTIL"),
            ("FREQ=DAILY;BYHOUR=24", "BYHOUR: \"24\""), ("FREQ=DAILY;BYMONTH=13", "BYMONTH"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"), ("FREQ=WEEKLY;BYDAY=XX", "BYDAY: \"XX\""),
            ("FREQ=WEEKLY;BYDAY=1MO", "needs FREQ=MONTHLY or YEARLY"), ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=YEARLY;BYWEEKNO=20", "add BYDAY"), ("FREQ=MONTHLY;BYWEEKNO=2;BYDAY=MO", "BYWEEKNO: needs"),
            ("FREQ=YEARLY;BYWEEKNO=2;BYDAY=1MO", "beside BYWEEKNO"), ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY"),
            ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS: needs another"), ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
            ("FREQ=DAILY;WKST=1", "WKST"), ("FREQ=DAILY;", "is not NAME=VALUE"),
        ])
    func refuses(rule: String, words: String) {
        let error = #expect(throws: RecurrenceError.self) { try RecurrenceRule(rule) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("rules that never come true end, and endless ones are read from any time at once")
    func isBounded() throws {
        let start = try #require(CalendarText.localTime("2026-01-01T00:00:00"))
        for rule in [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=HOURLY;INTERVAL=2;BYHOUR=1",
        ] {
            var expansion = RecurrenceExpansion(try RecurrenceRule(rule), start: start)
            #expect(expansion.next() == nil, "\(rule)")
        }
        let late = try #require(CalendarText.localTime("9999-12-31T22:00:00"))
        let all = Array(RecurrenceExpansion(try RecurrenceRule("FREQ=HOURLY"), start: start, notBefore: late))
        #expect(all.count == 2)
        let long = "FREQ=DAILY;BYMONTH=" + String(repeating: "1,", count: 600) + "1"
        #expect(throws: RecurrenceError.self) { try RecurrenceRule(long) }
    }
}
