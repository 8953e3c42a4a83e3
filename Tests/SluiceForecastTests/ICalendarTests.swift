import SluiceForecast
import SluiceModel
import Testing

@Suite struct ICalendarTests {
    private static func read(_ lines: [String], ending: String = "\r\n") -> ICalendarReader.Reading {
        var reader = ICalendarReader(calendar: "site") { name in
            ["UTC", "Europe/London"].contains(name) ? TimeZoneRules(identifier: name, fixedOffsetSeconds: 0) : nil
        }
        return reader.read(Array(lines.joined(separator: ending).utf8))
    }

    private static func event(_ lines: String...) -> [String] {
        ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u1"] + lines + ["END:VEVENT", "END:VCALENDAR"]
    }

    @Test func readsWhatCalendarsWrite() throws {
        let lines = [
            "BEGIN:VCALENDAR", "X-WR-TIMEZONE:Europe/London", "BEGIN:VTIMEZONE", "TZID:GMT Standard Time",
            "X-LIC-LOCATION:Europe/London", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:u1",
            "DTSTART;TZID=\"GMT Standard Time\":20261201T220000", "DTEND;TZID=GMT Standard Time:20261202T020000",
            "RRULE:FREQ=DAILY;COUNT=5", "EXDATE;TZID=GMT Standard Time:20261203T220000", "SUMMARY:Year\\, end",
            "  close", "BEGIN:VALARM", "SUMMARY:not this", "END:VALARM", "END:VEVENT", "BEGIN:VEVENT", "UID:u1",
            "RECURRENCE-ID:20261204T220000Z", "DTSTART:20261204T230000", "DURATION:PT1H", "END:VEVENT",
            "BEGIN:VEVENT", "UID:u2", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "END:VEVENT",
            "BEGIN:VEVENT", "UID:u3", "STATUS:CANCELLED", "DTSTART:20261224", "END:VEVENT",
            "BEGIN:VEVENT", "UID:u4", "TRANSP:TRANSPARENT", "DTSTART:20261224", "END:VEVENT", "END:VCALENDAR",
        ]
        for ending in ["\r\n", "\n"] {
            let reading = Self.read(lines, ending: ending)
            #expect(reading.diagnostics.isEmpty)
            #expect(reading.blackouts.count == 3)
            let first = try #require(reading.blackouts.first)
            #expect(first.summary == "Year, end close" && first.timeZone == "Europe/London")
            #expect(first.seconds == 14_400 && first.rule == "FREQ=DAILY;COUNT=5")
            let excluded = ["2026-12-03T22:00:00Z", "2026-12-04T22:00:00Z"].map { Timestamp(rfc3339: $0)! }
            #expect(first.exclusions == excluded)
            #expect(reading.blackouts[2].days == 3 && reading.blackouts[2].seconds == 0)
        }
    }

    @Test(
        "a hostile or broken calendar is refused with the line, and never hangs",
        arguments: [
            (["hello"], "ics-line"), (["BEGIN:VEVENT"], "ics-no-calendar"), ([""], "ics-no-calendar"),
            (["BEGIN:VCALENDAR", "END:VEVENT"], "ics-structure"), (["BEGIN:VCALENDAR"], "ics-structure"),
            (Array(repeating: "BEGIN:VCALENDAR", count: 100_000), "ics-limit"),
            (["BEGIN:VCALENDAR", "X:" + String(repeating: "x", count: 100_000)], "ics-line"),
            (event("SUMMARY:x"), "ics-event"), (event("DTSTART:20260231"), "ics-event"),
            (event("DTSTART;TZID=Mars/Base:20261201T220000", "DURATION:PT1H"), "ics-event"),
            (event("DTSTART:20261201T220000Z"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT0S"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DTEND:20261201T210000Z"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT99999999999H"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "EXRULE:FREQ=DAILY"), "ics-event"),
        ])
    func refuses(lines: [String], code: String) {
        let reading = Self.read(lines)
        #expect(reading.blackouts.isEmpty && reading.hasErrors)
        #expect(reading.diagnostics.contains { $0.code == code && $0.severity == .error })
    }

    @Test func whatIsWrittenReadsBack() throws {
        let world = WindowWorld()
        var window = world.window("w_1", at: "10:00", hours: 30, rule: "FREQ=MONTHLY;BYDAY=1SA")
        window.summary = "Größer, \"besser\"; \\schneller\nund " + String(repeating: "länger ", count: 20)
        window.exclusions = [world.time("2027-01-02T10:00:00Z")]
        window.leadSeconds = [86_400, 1800]
        var changed = WindowOccurrence(
            window: window.id, wall: world.time("2027-02-06T10:00:00Z"), start: world.time("2027-02-06T10:00:00Z"),
            end: world.time("2027-02-07T20:00:00Z"), stateSince: world.now, cause: "")
        changed.isChanged = true
        var writer = ICalendarWriter(zones: world.zones)
        let text = writer.write([window], [changed], at: world.now)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 75 } && lines.last == "")
        #expect(text.contains("TRIGGER:-PT24H\r\n") && text.contains("RECURRENCE-ID:20270206T100000Z\r\n"))
        var reader = ICalendarReader(calendar: "back", zones: world.zones)
        let reading = reader.read(Array(text.utf8))
        #expect(reading.diagnostics.isEmpty)
        let back = try #require(reading.blackouts.first)
        #expect(back.summary == String(window.summary.prefix(125)) && back.rule == window.rule)
        #expect(back.start == window.start && back.seconds == window.seconds)
        #expect(back.exclusions == window.exclusions + [changed.wall])
    }
}
