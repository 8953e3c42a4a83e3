import SluiceForecast
import SluiceModel
import Testing

/// The first times that Quartz knows, and items that it ignores.
@Suite struct CronEdgeTests {
    /// Quartz's search knows no start: it begins with the local year 1970, which is in 1969 east of Greenwich.
    @Test(arguments: [
        ("Australia/Lord_Howe", "0 30 2 * * ?", "1969-12-31T16:30:00Z"),
        ("UTC", "0 30 2 * * ?", "1970-01-01T02:30:00Z"),
        ("America/New_York", "0 0 0 * * ?", "1970-01-01T05:00:00Z"),
        ("Asia/Tokyo", "0 0 0 * * ?", "1969-12-31T15:00:00Z"),
    ])
    func beginsWithTheLocalYear1970(name: String, expression: String, first: String) throws {
        let trigger = Trigger(
            timing: .cron(try CronExpression(expression), try TestZones.zone(name)),
            start: Timestamp(milliseconds: -2 * 86_400_000))
        let long = try #require(Timestamp(rfc3339: "1960-05-05T00:00:00Z"))
        let time = try #require(trigger.next(after: long))
        #expect(time.rfc3339 == first)
        #expect(trigger.previous(before: time) == nil)
    }

    @Test(arguments: [
        ("0 5,,10 3 * * ?", true), ("0 5, 3 * * ?", true), ("0 ,5 3 * * ?", true), ("0 5,10 3 * * ?", false),
    ])
    func remarksOnItemsWithoutAValue(text: String, isRemarked: Bool) throws {
        let expression = try CronExpression(text)
        #expect(expression.remarks.map(\.code) == (isRemarked ? [.emptyItem] : []))
    }
}
