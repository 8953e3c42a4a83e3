import SluiceForecast
import SluiceModel
import Testing

/// Expressions that fire on the days that are in both day fields, as cron's lines with `*/2` do.
@Suite struct CronBothDaysTests {
    private static let zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]

    /// Times of both days are those that a trigger of the one has and a trigger of the other too, also around the gaps
    /// and doubled hours of a zone.
    @Test(
        "R33: fires on both days at the times that each alone has",
        arguments: [
            ("0 30 2", "1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31", "*", "1"),
            ("0 0 0", "1-14", "1-6,10", "2,4-6"), ("0 0,20,40 *", "31", "3,10", "1"), ("0 45 1", "29-31", "*", "7"),
            ("0 30 0,2,3", "2-30", "*", "1-3"), ("*/30 59 23", "5", "4", "1,6"),
        ])
    func isWhatBothHave(time: String, days: String, months: String, weekdays: String) throws {
        let start = try #require(Timestamp(rfc3339: "2010-01-01T00:00:00Z"))
        let span = start..<start.advanced(by: .seconds(16 * 31_557_600))
        for name in Self.zones {
            let zone = try TestZones.zone(name)
            func trigger(_ expression: CronExpression) -> Trigger {
                Trigger(timing: .cron(expression, zone), start: start)
            }
            let ofMonth = trigger(try CronExpression("\(time) \(days) \(months) ?"))
            let ofWeek = trigger(try CronExpression("\(time) ? \(months) \(weekdays)"))
            let both = trigger(try CronExpression(onBothDays: "\(time) \(days) \(months) \(weekdays)"))
            let known = Set(ofWeek.fires(in: span, limit: 200_000).times)
            let expected = ofMonth.fires(in: span, limit: 200_000).times.filter(known.contains)
            let found = both.fires(in: span, limit: 200_000)
            #expect(found.times == expected && !found.isCut && !expected.isEmpty, "\(time) \(days) in \(name)")
            #expect(both.count(in: span) == expected.count)
            #expect(both.first(in: span) == expected.first && both.last(in: span) == expected.last)
            for (one, next) in zip(expected, expected.dropFirst()) {
                #expect(both.previous(before: next) == one, "\(next) in \(name)")
            }
        }
    }

    @Test func aDayThatNeverComesEndsTheSearch() throws {
        let expression = try CronExpression(onBothDays: "0 0 2 30 2 1-7")
        #expect(expression.remarks.map(\.code) == [.neverFires])
        let trigger = Trigger(timing: .cron(expression, try TestZones.zone("Europe/Berlin")), start: .zero)
        let after = try #require(Timestamp(rfc3339: "2026-03-28T12:00:00Z"))
        #expect(trigger.next(after: after) == nil && trigger.previous(before: after) == nil)
        #expect(trigger.count(in: .zero..<after) == 0)
    }

    @Test func aDayThatIsRareIsFound() throws {
        // The 29th of February on a Monday, every 28 years.
        let trigger = Trigger(timing: .cron(try CronExpression(onBothDays: "0 0 3 29 2 2"), .utc), start: .zero)
        let after = try #require(Timestamp(rfc3339: "2024-03-01T00:00:00Z"))
        #expect(trigger.next(after: after)?.rfc3339 == "2044-02-29T03:00:00Z")
        #expect(trigger.previous(before: after)?.rfc3339 == "2016-02-29T03:00:00Z")
    }

    @Test(arguments: [
        ("0 0 3 ? * 2", CronField.dayOfMonth), ("0 0 3 2 * ?", .dayOfWeek), ("0 0 3 L * 2", .dayOfMonth),
        ("0 0 3 15W * 2", .dayOfMonth), ("0 0 3 1 * 2#1", .dayOfMonth), ("0 0 3 1 * 6L", .dayOfMonth),
        ("0 0 3 32 * 2", .dayOfMonth), ("0 0 3 1 * 8", .dayOfWeek),
    ])
    func refusesWhatIsNoPlainList(text: String, field: CronField) {
        let error = #expect(throws: CronError.self) { try CronExpression(onBothDays: text) }
        #expect(error?.field == field && error?.description.contains("allowed: ") == true)
    }
}
