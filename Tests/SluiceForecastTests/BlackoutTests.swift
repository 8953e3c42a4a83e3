import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceForecast

/// Blackouts in the search for quiet windows: kept clear of, and told of with their calendar.
@Suite struct BlackoutTests {
    /// A Tuesday.
    private let from = Timestamp("2026-12-01T00:00:00Z")
    private static let file = """
        BEGIN:VCALENDAR\r
        BEGIN:VEVENT\r
        UID:1\r
        SUMMARY:Close of books\r
        DTSTART;TZID=Europe/Berlin:20261201T120000\r
        DTEND;TZID=Europe/Berlin:20261201T140000\r
        RRULE:FREQ=DAILY;COUNT=2\r
        END:VEVENT\r
        BEGIN:VEVENT\r
        UID:2\r
        SUMMARY:Saint Nicholas\r
        DTSTART;VALUE=DATE:20261206\r
        END:VEVENT\r
        END:VCALENDAR\r

        """

    private static func zone(_ id: String) -> TimeZoneRules? {
        switch id {
        case "UTC": .utc
        case "Europe/Berlin": TimeZoneRules(identifier: id, fixedOffsetSeconds: 3600)
        default: nil
        }
    }

    private func blackouts(in span: Range<Timestamp>, limit: Int = 100) throws -> (blackouts: [Blackout], isCut: Bool) {
        var reader = ICalendarReader(calendar: "year.ics", defaultZone: "Europe/Berlin", zones: Self.zone)
        let reading = reader.read(Array(Self.file.utf8))
        #expect(reading.diagnostics.isEmpty)
        return try Blackout.spans(of: reading.blackouts, in: span, limit: limit, Self.zone)
    }

    private func search(_ query: QuietSearch.Query) -> QuietSearch {
        var history = DurationHistory()
        return QuietSearch([.every(minutes: 60, from: from)], query: query, outlook: .held, history: &history)
    }

    @Test("events of a calendar become spans; a whole day is one of the zone that the file is read in")
    func becomesSpans() throws {
        let week = from..<from.plus(minutes: 7 * 1440)
        let found = try blackouts(in: week)
        #expect(!found.isCut)
        #expect(
            found.blackouts.map { "\($0.span.lowerBound) \($0.span.upperBound) \($0.summary ?? "")" } == [
                "2026-12-01T11:00:00Z 2026-12-01T13:00:00Z Close of books",
                "2026-12-02T11:00:00Z 2026-12-02T13:00:00Z Close of books",
                "2026-12-05T23:00:00Z 2026-12-06T23:00:00Z Saint Nicholas",
            ])
        #expect(found.blackouts.allSatisfy { $0.calendar == "year.ics" })
        #expect(try blackouts(in: week, limit: 2).isCut && !blackouts(in: week, limit: 3).isCut)
    }

    @Test("no window touches a blackout, and the answer says which left out how many starts")
    func keepsClearAndSaysSo() throws {
        var query = QuietSearch.Query(
            horizon: from..<from.plus(minutes: 7 * 1440), lengthMilliseconds: 4 * 3_600_000, now: from)
        query.weekdays = [.tuesday, .saturday]
        query.countMax = 50
        let free = search(query)
        query.blackouts = try blackouts(in: query.horizon).blackouts
        let result = search(query)
        for window in result.windows {
            for blackout in query.blackouts { #expect(!window.span.overlaps(blackout.span)) }
        }
        // Windows of four hours within Tuesday, that touch 11:00 to 13:00: starts from 07:15 to 12:45. Of Saturday only
        // those that touch 23:00: from 19:15 to the last, 20:00.
        #expect(result.blackouts.map(\.startCount) == [23, 0, 4])
        #expect(result.blackoutStartCount == 27)
        #expect(result.allowedCount == free.allowedCount - 27 && free.blackoutStartCount == 0)
        let told = result.json["blackouts"]?.array ?? []
        #expect(told.count == 3 && result.json["blackoutStarts"] == 27)
        #expect(told.first?["calendar"] == "year.ics" && told.first?["summary"] == "Close of books")
        #expect(told.first?["starts"] == 23 && told.first?["from"] == "2026-12-01T11:00:00Z")
        #expect(QuietDrawing(result).svg.contains("3 blackouts leave out 27 of the starts"))
        #expect(!QuietDrawing(free).svg.contains("blackout"))
    }
}
