import SluiceForecast
import SluiceModel
import Testing

@Suite struct ICalendarTests {
    /// Each with the offset of winter.
    private static let offsets = ["UTC": 0, "Europe/London": 0, "Europe/Berlin": 3600, "America/New_York": -18_000]

    private static func read(
        _ lines: [String], ending: String = "\r\n", zone: String? = nil
    ) -> ICalendarReader.Reading {
        var reader = ICalendarReader(calendar: "site", defaultZone: zone) { name in
            offsets[name].map { TimeZoneRules(identifier: name, fixedOffsetSeconds: $0) }
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
            (event("DTSTART:20261201T220000Z", "DURATION:PT0S"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DTEND:20261201T210000Z"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT99999999999H"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "EXRULE:FREQ=DAILY"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "EXDATE;VALUE=DATE:20261201"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "EXDATE:soon"), "ics-event"),
            (event("DTSTART:20261201", "RDATE:20261201T220000Z"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RDATE;TZID=Mars:20261201T220000"), "ics-event"),
            (event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RDATE:20261202T220000Z/-PT1H"), "ics-event"),
            (
                event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RDATE:20261202T220000Z/20261202T210000Z"),
                "ics-event"
            ),
            (
                event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20261201T000000Z/P9999999W"),
                "ics-event"
            ),
            (
                event("DTSTART:20261201T220000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
                "ics-event"
            ),
        ])
    func refuses(lines: [String], code: String) {
        let reading = Self.read(lines)
        #expect(reading.blackouts.isEmpty && reading.hasErrors)
        #expect(reading.diagnostics.contains { $0.code == code && $0.severity == .error })
    }

    @Test(
        "R39: what lasts no time or only says when its owner is busy is left out with a remark, and the rest is read",
        arguments: [
            (["BEGIN:VEVENT", "UID:u9", "DTSTART:20261201T220000Z", "END:VEVENT"], "ics-empty", 4),
            (["BEGIN:VEVENT", "UID:u9", "DTSTART;TZID=Europe/Berlin:20261201T220000", "END:VEVENT"], "ics-empty", 4),
            (["BEGIN:VFREEBUSY", "FREEBUSY:20261201T220000Z/PT1H", "END:VFREEBUSY"], "ics-busy", 2),
            (
                ["BEGIN:VFREEBUSY", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261201T220000Z/PT1H", "END:VFREEBUSY"],
                "ics-busy", 2
            ),
        ])
    func leavesOutWithARemark(lines: [String], code: String, line: Int) {
        let reading = Self.read(
            ["BEGIN:VCALENDAR"] + lines + Self.event("DTSTART:20261202T220000Z", "DURATION:PT1H").dropFirst())
        #expect(reading.blackouts.map(\.seconds) == [3600])
        #expect(!reading.hasErrors && reading.diagnostics.map(\.code) == [code], "\(reading.diagnostics)")
        #expect(reading.diagnostics.first?.line == line)
    }

    @Test("a time that its owner is free in needs no remark")
    func passesOverFreeTime() {
        let busy = ["BEGIN:VFREEBUSY", "FREEBUSY;FBTYPE=FREE:20261201T220000Z/PT1H", "END:VFREEBUSY"]
        let reading = Self.read(["BEGIN:VCALENDAR"] + busy + ["END:VCALENDAR"])
        #expect(reading.blackouts.isEmpty && reading.diagnostics.isEmpty, "\(reading.diagnostics)")
    }

    @Test(
        "R39: an event across the gap of summer time lasts as long as it says, where it would last no time otherwise",
        arguments: [
            ("DTSTART;TZID=Europe/Berlin:20270328T023000", "DTEND;TZID=Europe/Berlin:20270328T033000", 3600),
            ("DTSTART;TZID=Europe/Berlin:20270328T023000", "DTEND;TZID=Europe/Berlin:20270328T031500", 2700),
            ("DTSTART;TZID=Europe/Berlin:20270328T023000", "DTEND:20270328T013000Z", 0),
            ("DTSTART;TZID=Europe/Berlin:20270328T013000", "DTEND;TZID=Europe/Berlin:20270328T033000", 3600),
        ])
    func readsEventsAcrossAGap(start: String, end: String, seconds: Int64) throws {
        let berlin = try TestZones.zone("Europe/Berlin")
        var reader = ICalendarReader(calendar: "site") { $0 == "Europe/Berlin" ? berlin : nil }
        let reading = reader.read(Array(Self.event(start, end).joined(separator: "\n").utf8))
        #expect(reading.blackouts.map(\.seconds) == (seconds > 0 ? [seconds] : []), "\(reading.diagnostics)")
        #expect(reading.hasErrors == (seconds == 0), "\(reading.diagnostics)")
    }

    @Test func readsDatesOfOtherZones() throws {
        let reading = Self.read(
            Self.event(
                "DTSTART;TZID=Europe/London:20261205T220000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=9",
                "EXDATE;TZID=America/New_York:20261212T170000", "EXDATE:20261219T220000Z, 20261226T220000",
                "RDATE;TZID=Europe/Berlin:20270401T120000"
            ).dropLast(2)
                + [
                    "END:VEVENT", "BEGIN:VEVENT", "UID:u1", "RECURRENCE-ID;TZID=America/New_York:20270102T170000",
                    "STATUS:CANCELLED", "DTSTART:20270102T220000Z", "END:VEVENT", "END:VCALENDAR",
                ])
        #expect(reading.diagnostics.isEmpty)
        let window = try #require(reading.blackouts.first)
        let days = ["2026-12-12", "2026-12-19", "2026-12-26", "2027-01-02"]
        #expect(window.exclusions.map(CalendarText.localText) == days.map { "\($0)T22:00:00" })
        #expect(window.additions.map(CalendarText.localText) == ["2027-04-01T11:00:00"])
    }

    @Test("many events with replaced occurrences and long ids are read at once", .timeLimit(.minutes(10)))
    func readsManyReplacedOccurrences() {
        let rest = String(repeating: "x", count: 3000)
        let events = (0..<500).flatMap { number in
            ["", "RECURRENCE-ID:20261202T220000Z"].flatMap { replacing in
                ["BEGIN:VEVENT", "UID:\(number)\(rest)"] + (replacing.isEmpty ? ["RRULE:FREQ=DAILY"] : [replacing])
                    + ["DTSTART:20261201T220000Z", "DURATION:PT1H", "END:VEVENT"]
            }
        }
        let reading = Self.read(["BEGIN:VCALENDAR"] + events + ["END:VCALENDAR"])
        #expect(reading.blackouts.count == 1000 && reading.diagnostics.isEmpty)
    }

    @Test func readsPeriodsWithTheirLengths() throws {
        let reading = Self.read(
            Self.event(
                "DTSTART;TZID=Europe/Berlin:20261205T220000", "DURATION:PT1H",
                "RDATE;VALUE=PERIOD:20261224T100000Z/PT5H,20261226T100000Z/20261226T110000Z"))
        #expect(reading.diagnostics.isEmpty && reading.blackouts.count == 2)
        #expect(reading.blackouts[0].additions.map(CalendarText.localText) == ["2026-12-26T11:00:00"])
        #expect(CalendarText.localText(reading.blackouts[1].start) == "2026-12-24T11:00:00")
        #expect(reading.blackouts[1].seconds == 5 * 3600 && reading.blackouts[1].rule == nil)
        #expect(reading.blackouts[0].place != reading.blackouts[1].place)
    }

    @Test(
        "a zone goes by the names that Windows and others have for it",
        arguments: ["W. Europe Standard Time", "/mozilla.org/20050126_1/Europe/Berlin", "Somewhere"])
    func findsZones(id: String) throws {
        let reading = Self.read(
            ["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:Somewhere", "X-LIC-LOCATION:Europe/Berlin", "END:VTIMEZONE"]
                + Self.event("DTSTART;TZID=\"\(id)\":20261205T220000", "DURATION:PT1H").dropFirst())
        #expect(reading.diagnostics.isEmpty)
        #expect(reading.blackouts.first?.timeZone == "Europe/Berlin")
    }

    @Test("times without a zone are in the one that is given, or in UTC with a remark")
    func remarksOnTimesWithoutAZone() throws {
        let lines = Self.event("DTSTART;VALUE=DATE:20261224")
        let guessed = Self.read(lines)
        #expect(guessed.blackouts.first?.timeZone == "UTC" && !guessed.hasErrors)
        #expect(guessed.diagnostics.map(\.code) == ["ics-zone"] && guessed.diagnostics.first?.line == 4)
        let given = Self.read(lines, zone: "Europe/Berlin")
        #expect(given.blackouts.first?.timeZone == "Europe/Berlin" && given.diagnostics.isEmpty)
        #expect(Self.read(lines, zone: "Mars/Base").hasErrors)
    }

    @Test func keepsControlCharactersOutOfTexts() throws {
        let reading = Self.read(
            Self.event("DTSTART:20261201T220000Z", "DURATION:PT1H", "SUMMARY:a\\nb\u{1B}[2Jc\u{85}d\u{2028}e"))
        #expect(reading.blackouts.first?.summary == "a b [2Jc d e")
    }

    @Test func readsAsManyEventsAsItSays() {
        func count(_ count: Int) -> ICalendarReader.Reading {
            Self.read(
                ["BEGIN:VCALENDAR"]
                    + (0..<count).flatMap { index in
                        ["BEGIN:VEVENT", "UID:\(index)", "DTSTART:20261201T220000Z", "DURATION:PT1H", "END:VEVENT"]
                    } + ["END:VCALENDAR"])
        }
        #expect(count(ICalendarLimits.eventCountMax).blackouts.count == ICalendarLimits.eventCountMax)
        #expect(count(ICalendarLimits.eventCountMax + 1).hasErrors)
    }

    @Test("the feed says that the one occurrence of a window is cancelled or longer")
    func writesTheOneOccurrence() {
        let world = WindowWorld()
        var window = world.window("w_1", at: "10:00", hours: 2)
        var writer = ICalendarWriter(zones: world.zones)
        #expect(writer.write([window], [], at: world.now).contains("STATUS:CONFIRMED\r\n"))
        var longer = WindowOccurrence(
            window: window.id, wall: window.start, start: window.start, end: world.time("15:00"),
            stateSince: world.now, cause: "")
        longer.isChanged = true
        let text = writer.write([window], [longer], at: world.now)
        #expect(text.contains("DTEND:20261205T150000Z\r\n") && !text.contains("DURATION"))
        window.exclusions = [window.start]
        let cancelled = writer.write([window], [], at: world.now)
        #expect(cancelled.contains("STATUS:CANCELLED\r\n") && !cancelled.contains("EXDATE"))
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
        let oneLine = window.summary.replacing("\n", with: " ")
        #expect(back.summary == String(oneLine.prefix(125)) && back.rule == window.rule)
        #expect(back.start == window.start && back.seconds == window.seconds)
        #expect(back.exclusions == window.exclusions + [changed.wall])
    }
}
