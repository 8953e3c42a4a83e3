import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

@Suite struct ScheduleTimeTests {
    @Test(arguments: [
        ("2024-06-01T12:00:00Z", "2024-06-01T12:00:00Z"),
        ("2024-06-01T12:00:00+02:00", "2024-06-01T10:00:00Z"),
        ("2024-06-01T12:00:00-05:30", "2024-06-01T17:30:00Z"),
        ("2024-06-01T12:00:00+14:00", "2024-05-31T22:00:00Z"),
        ("2024-06-01T12:00:00.75Z", "2024-06-01T12:00:00.750Z"),
        ("2024-06-01T12:00:00.123999Z", "2024-06-01T12:00:00.123Z"),
        ("2024-06-01T12:00:00.0Z", "2024-06-01T12:00:00Z"),
        ("2024-06-01T24:00:00Z", "2024-06-02T00:00:00Z"),
        ("2024-12-31T24:00:00Z", "2025-01-01T00:00:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        (" \n2024-06-01T12:00:00Z\t", "2024-06-01T12:00:00Z"),
        ("2024-06-01T12:00:00", "2024-06-01T12:00:00Z"),
    ])
    func readsTimes(text: String, expected: String) {
        #expect(XMLDateTime(text)?.instant(in: .utc).rfc3339 == expected)
    }

    @Test(arguments: [
        "", "2024-06-01", "12:00:00", "2024-06-01 12:00:00", "2024-6-1T12:00:00", "2024-06-01T12:00",
        "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-06-00T00:00:00Z",
        "2024-06-31T00:00:00Z", "2024-06-01T25:00:00Z", "2024-06-01T24:00:01Z", "2024-06-01T24:00:00.5Z",
        "2024-06-01T12:60:00Z", "2024-06-01T12:00:60Z", "2024-06-01T12:00:00.Z", "2024-06-01T12:00:00+14:01",
        "2024-06-01T12:00:00+02", "2024-06-01T12:00:00z", "2024-06-01T12:00:00ZZ", "0000-01-01T00:00:00Z",
        "-2024-06-01T12:00:00Z", "12024-06-01T12:00:00Z", "٢٠٢٤-06-01T12:00:00Z",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(XMLDateTime(text) == nil)
    }

    @Test(arguments: [
        ("2024-01-15T12:00:00", "2024-01-15T11:00:00Z"),
        ("2024-07-15T12:00:00", "2024-07-15T10:00:00Z"),
        // The gap of 2024-03-31: 02:30 becomes 03:30 summer time. Just before and after it nothing moves.
        ("2024-03-31T01:59:59", "2024-03-31T00:59:59Z"),
        ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
        ("2024-03-31T03:00:00", "2024-03-31T01:00:00Z"),
        // The doubled hour of 2024-10-27 is taken in standard time.
        ("2024-10-27T01:59:59", "2024-10-26T23:59:59Z"),
        ("2024-10-27T02:30:00", "2024-10-27T01:30:00Z"),
        ("2024-10-27T03:00:00", "2024-10-27T02:00:00Z"),
        ("2024-10-27T02:30:00+02:00", "2024-10-27T00:30:00Z"),
    ])
    func placesWallTimesInAZone(text: String, expected: String) throws {
        let berlin = try #require(TimeZoneRules(javaIdentifier: "Europe/Berlin"))
        #expect(XMLDateTime(text)?.instant(in: berlin).rfc3339 == expected)
    }

    @Test func takesAZoneOfOnesOwn() {
        let zone = TimeZoneRules(identifier: "here", fixedOffsetSeconds: -3600)
        #expect(XMLDateTime("2024-01-01T00:00:00")?.instant(in: zone).rfc3339 == "2024-01-01T01:00:00Z")
    }

    @Test(arguments: [
        ("UTC", "UTC", 0), ("GMT", "GMT", 0), ("Europe/Berlin", "Europe/Berlin", 7200), ("EST", "EST", -18_000),
        ("US/Eastern", "US/Eastern", -14_400), ("GMT+5", "GMT+05:00", 18_000), ("GMT-03:30", "GMT-03:30", -12_600),
        ("GMT+530", "GMT+05:30", 19_800), ("GMT-1130", "GMT-11:30", -41_400), ("Etc/GMT+5", "Etc/GMT+5", -18_000),
    ])
    func knowsZonesByJavasRules(id: String, expected: String, offset: Int) throws {
        let zone = try #require(TimeZoneRules(javaIdentifier: id))
        #expect(zone.identifier == expected)
        #expect(zone.offsetSeconds(at: Timestamp(rfc3339: "2024-06-01T00:00:00Z") ?? .zero) == offset)
    }

    @Test(arguments: [
        "", "Z", "UTC+3", "No/Such_Zone", "europe/berlin", "GMT+24", "GMT+5:3", "GMT+5:60", "GMT+", "GMT+12345",
        "GMT+5:30:10", "+05:00",
    ])
    func knowsNoOtherZones(id: String) {
        #expect(TimeZoneRules(javaIdentifier: id) == nil)
    }
}
