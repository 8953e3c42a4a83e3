import SluiceForecast
import SluiceModel
import Testing

/// Each thing that Quartz takes otherwise than its writer may think: what it fires, and what we say of it.
@Suite struct CronQuirkTests {
    private func codes(_ text: String) throws -> [String] { try CronExpression(text).remarks.map(\.code.description) }

    /// Whether two expressions fire at the same times for a while.
    private func areAlike(_ left: String, _ right: String) throws -> Bool {
        let after = Timestamp(rfc3339: "2024-01-01T00:00:00Z") ?? .zero
        let times = try [left, right].map { text in
            let trigger = Trigger(timing: .cron(try CronExpression(text), .utc), start: .zero)
            return trigger.fires(in: after..<after.advanced(by: .seconds(900 * 86_400)), limit: 60).times
        }
        return times[0] == times[1] && !times[0].isEmpty
    }

    @Test(arguments: [
        ("0 0 0 ? * MON-FRI/2", "0 0 0 ? * MON-FRI", "name-step-ignored"),
        ("0 0 0 1 JAN/3 ?", "0 0 0 1 1 ?", "name-step-ignored"),
        ("0 0 0 ? * MONDAY-FRIDAY", "0 0 0 ? * 2", "name-range-ignored"),
        ("0 0 0 ? * SUNDAY", "0 0 0 ? * 1", "name-cut"),
        ("0 5X 0 * * ?", "0 5 0 * * ?", "junk-ignored"), ("0 1.5 0 * * ?", "0 1 0 * * ?", "junk-ignored"),
        ("0 *5 0 * * ?", "0 * 0 * * ?", "junk-ignored"), ("0 **/5 0 * * ?", "0 * 0 * * ?", "junk-ignored"),
        ("0 0 0 * * ? * * *", "0 0 0 * * ? *", "fields-ignored"),
        ("0 0 0 * * ? *", "0 0 0 * * ?", "year-field"),
        ("0 0 0 ? * L", "0 0 0 ? * 7", "weekday-l-is-saturday"),
        ("0 0 0 ? * LW", "0 0 0 ? * 7", "weekday-l-is-saturday"),
        ("0 0 0 1W,15W * ?", "0 0 0 1W * ?", "nearest-weekday-list"),
        ("0 0 0 15W,1 * ?", "0 0 0 1W * ?", "nearest-weekday-list"),
        ("0 0 0 ? * 6#3,2", "0 0 0 ? * 2#3", "nth-weekday-list"),
        ("0 5/0 0 * * ?", "0 5 0 * * ?", "step-zero"), ("0 */0 0 * * ?", "0 * 0 * * ?", "step-zero"),
        ("0 0 0 ?,1 * 3", "0 0 0 ? * 3", "question-mark-list"),
        ("0 99 0 * * ?", "0 * 0 * * ?", "number-is-mark"), ("0 0 0 98 * 3", "0 0 0 ? * 3", "number-is-mark"),
        ("0 0 0 L-28W 4-12 ?", "0 0 0 L-28W 4,5,6,7,8,9,10,11,12 ?", "search-never-ends"),
        ("0 0 0 1 1 ? 2024/2", "0 0 0 1 1 ? 2024,2026", "year-step-by-clock"),
    ])
    func firesAsQuartzTakesItAndSaysSo(text: String, taken: String, code: String) throws {
        #expect(try areAlike(text, taken))
        let codes = try codes(text)
        #expect(codes.contains(code), "\(codes)")
    }

    @Test(arguments: [
        ("0 0 0 30 2 ?", "never-fires"), ("0 0 0 31 4,6,9,11 ?", "never-fires"), ("0 0 0 ? * 9#2", "never-fires"),
        (", 0 0 * * ?", "empty-field"), ("0 0 L * * ?", "empty-field"),
    ])
    func takesWhatNeverFiresAndSaysSo(text: String, code: String) throws {
        let trigger = Trigger(timing: .cron(try CronExpression(text), .utc), start: .zero)
        #expect(try codes(text) == [code])
        #expect(trigger.next(after: .zero) == nil && trigger.previous(before: Timestamp(milliseconds: .max)) == nil)
        #expect(trigger.count(in: .zero..<Timestamp(milliseconds: .max)) == 0 && trigger.finalFireTime == nil)
    }

    @Test func theThirtyFirstsWeekdayIsSkippedInShorterMonths() throws {
        #expect(try codes("0 0 0 31W * ?") == ["nearest-weekday-beyond-month"])
        let trigger = Trigger(timing: .cron(try CronExpression("0 0 12 31W * ?"), .utc), start: .zero)
        let year = Timestamp(rfc3339: "2023-06-01T00:00:00Z")!..<Timestamp(rfc3339: "2023-08-01T00:00:00Z")!
        // 1 July 2023 is a Saturday, so June fires on its 30th.
        #expect(
            trigger.fires(in: year, limit: 9).times.map(\.rfc3339) == ["2023-06-30T12:00:00Z", "2023-07-31T12:00:00Z"])
    }

    @Test(arguments: ["0 0 12 * * ?", "0 0/5 8-17 ? * MON-FRI", "0 0 0 L-3 * ?", "0 0 0 LW * ?", "0 0 22-2 ? * 6L"])
    func saysNothingOfWhatMeansWhatItSays(text: String) throws { #expect(try codes(text).isEmpty) }

    @Test(arguments: [
        ("60 0 0 * * ?", CronField.second, "60", 1), ("0 0 24 * * ?", .hour, "24", 5),
        ("0 0 0 32 * ?", .dayOfMonth, "32", 7),
        ("0 0 0 ? 13 1", .month, "13", 9), ("0 0 0 ? * 8", .dayOfWeek, "8", 11), ("0 0/60 0 * * ?", .minute, "0/60", 3),
        ("0 0 0 1 * ? 2030-2020", .year, "2030-2020", 13), ("0 0 0 * * *", .dayOfWeek, "*", 11),
    ])
    func namesFieldValueAndPlaceOfWhatItRefuses(text: String, field: CronField, value: String, position: Int) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.field == field && error?.value == value && error?.position == position)
        #expect(error?.description.contains("allowed: \(field.allowed)") == true)
    }

    @Test(arguments: [
        "", " ", "\t", String(repeating: "0 ", count: 500_000), String(repeating: "*/1,", count: 300_000),
    ])
    func refusesHostileTexts(text: String) { #expect(throws: CronError.self) { try CronExpression(text) } }

    /// Seen with Quartz 2.3.2: its search does not return.
    @Test(
        "R26 where Quartz searches for ever we end, and say that its scheduler hangs",
        arguments: [
            ("0 0 0 0W * ?", "2024-01-05T00:00:00Z", 0), ("0 0 0 L-30W * ?", "2024-01-05T00:00:00Z", 0),
            ("0 0 0 L-30W * ?", "2026-01-01T00:00:00Z", 0), ("0 0 0 L-29W * ?", "2026-01-01T00:00:00Z", 1),
        ])
    func endsWhereQuartzSearchesForEver(text: String, after: String, count: Int) throws {
        let expression = try CronExpression(text)
        #expect(expression.remarks.map(\.code) == [.searchNeverEnds])
        #expect(expression.remarks.first?.description.contains("scheduler thread hangs") == true)
        let trigger = Trigger(timing: .cron(expression, .utc), start: .zero)
        var instant = try #require(Timestamp(rfc3339: after))
        for _ in 0..<count {
            #expect(!trigger.hangsQuartz(after: instant))
            instant = try #require(trigger.next(after: instant))
        }
        #expect(trigger.next(after: instant) == nil && trigger.hangsQuartz(after: instant))
    }

    @Test(
        "R26 what has an end or a next time is not said to hang",
        arguments: ["0 0 0 30 2 ?", "0 0 0 L-27W * ?", "0 0 0 31W 2 ?", "0 0 0 1 1 ? 2020", "0 0 0 L-30 * ?"])
    func hangsNowhereElse(text: String) throws {
        let expression = try CronExpression(text)
        #expect(!expression.remarks.map(\.code).contains(.searchNeverEnds))
        let trigger = Trigger(timing: .cron(expression, .utc), start: .zero)
        #expect(!trigger.hangsQuartz(after: Timestamp(rfc3339: "2026-01-05T00:00:00Z") ?? .zero))
    }

    @Test func yearsEndAHundredYearsAfterTheStart() throws {
        let trigger = Trigger(timing: .cron(try CronExpression("* * * * * ?", yearMax: 2199), .utc), start: .zero)
        #expect(trigger.finalFireTime?.rfc3339 == "2199-12-31T23:59:59Z")
        #expect(trigger.next(after: Timestamp(rfc3339: "9999-12-31T23:59:59Z")!) == nil)
        #expect(trigger.next(after: Timestamp(milliseconds: .min))?.rfc3339 == "1970-01-01T00:00:00Z")
    }
}
