import Foundation
import SluiceJSON
import Testing

/// `sluice window` against a real `sluice serve`: each subcommand, its text, its JSON and its exit codes.
@Suite(.timeLimit(.minutes(10)))
struct WindowCommandTests {
    private static let why = ["--reason", "a test"]
    private static let span = ["--from", "2037-12-01T00:00:00Z", "--to", "2038-01-01T00:00:00Z"]
    private static let plan = [
        "window", "plan", "--summary", "Upgrade OO", "--start", "2037-12-05T22:00:00", "--time-zone", "Europe/London",
        "--duration", "4h", "--rrule", "FREQ=WEEKLY;COUNT=3", "--exdate", "2037-12-12T22:00:00", "--lead-time", "2h",
        "--scope", "source:csa", "--auto-start", "--auto-end", "--reason", "a test",
    ]

    private static let calendar = """
        BEGIN:VCALENDAR\r
        BEGIN:VEVENT\r
        UID:1\r
        SUMMARY:Year end\r
        DTSTART;VALUE=DATE:20371224\r
        DTEND;VALUE=DATE:20371227\r
        END:VEVENT\r
        END:VCALENDAR\r

        """

    /// Starts and ends of a window's occurrences, without their year.
    private static func times(_ object: JSONValue?) -> [String] {
        (object?["occurrences"]?.array ?? []).map {
            "\($0["start"]?.string?.dropFirst(5) ?? "")/\($0["end"]?.string?.dropFirst(5) ?? "")"
        }
    }

    @Test("R40: a window is planned, shown, listed, extended, shortened and cancelled on the command line")
    func goesItsWay() async throws {
        try await TestSite.with { site in
            try await site.start()
            func json(_ arguments: [String]) async throws -> JSONValue {
                let run = try await site.run(arguments + ["--json"])
                #expect(run.status == 0, "\(arguments): \(run.errors)")
                return try run.json
            }
            let dry = try await site.run(Self.plan + ["--dry-run"])
            #expect(dry.status == 0 && dry.errors.contains("nothing was planned"), "\(dry)")
            #expect(dry.output.contains("warns before:  2h") && dry.output.contains("2037-12-19T22:00:00Z"))
            #expect(try await json(["window", "list"])["windows"]?.array == [])
            let planned = try await json(Self.plan)
            let id = try #require(planned["id"]?.string)
            #expect(Self.times(planned) == ["12-05T22:00:00Z/12-06T02:00:00Z", "12-19T22:00:00Z/12-20T02:00:00Z"])
            let longer = ["window", "extend", id, "--by", "1h", "--occurrence", "2037-12-19T22:00:00"] + Self.why
            _ = try await json(longer)
            let shorter = try await json(["window", "shorten", id, "--by", "30m"] + Self.why)
            #expect(Self.times(shorter) == ["12-05T22:00:00Z/12-06T01:30:00Z", "12-19T22:00:00Z/12-20T02:30:00Z"])
            let cancelled = try await json(
                ["window", "cancel", id, "--occurrence", "2037-12-05T22:00:00"] + Self.why)
            #expect(cancelled["cancelled"] == false)
            let shown = try await site.run(["window", "show", id])
            #expect(shown.status == 0 && shown.output.contains("scope:         source:csa"), "\(shown.output)")
            #expect(shown.output.contains("gate:          closed and opened by itself"))
            #expect(shown.output.contains("cancelled  maintenance") || shown.output.contains("2037-12-19T22:00:00Z"))
            let list = try await site.run(["window", "list"] + Self.span)
            #expect(list.output.contains(id) && list.output.contains("2037-12-20T02:30:00Z"), "\(list.output)")
            let feed = try await site.run(["window", "ics"])
            #expect(feed.output.hasPrefix("BEGIN:VCALENDAR") && feed.output.contains("SUMMARY:Upgrade OO"))
            #expect(try await json(["window", "cancel", id] + Self.why)["cancelled"] == true)
            let again = try await site.run(["window", "extend", id, "--by", "1h"] + Self.why)
            #expect(again.status == 1 && again.errors.contains("is cancelled"), "\(again)")
        }
    }

    @Test("a calendar is imported and replaced on the command line, with its zone; a broken one changes nothing")
    func importsACalendar() async throws {
        try await TestSite.with { site in
            try await site.start()
            func load(_ text: String, _ more: [String] = []) async throws -> ProgramRun {
                try TestSite.write(text, "year.ics", in: site.folder)
                let file = site.folder.appending(path: "year.ics").path
                return try await site.run(["window", "import", "--calendar", "site", file] + Self.why + more)
            }
            func starts() async throws -> [String] {
                let list = try await site.run(["window", "list", "--json"] + Self.span)
                let all = try list.json["occurrences"]?.array ?? []
                return all.filter { $0["state"] != "cancelled" }.map { $0["start"]?.string ?? "" }
            }
            let plain = try await load(Self.calendar)
            #expect(plain.status == 0 && plain.output == "site: 1 blackout\n", "\(plain)")
            #expect(plain.errors.contains("year.ics") && plain.errors.contains("UTC"), "\(plain.errors)")
            #expect(try await starts() == ["2037-12-24T00:00:00Z"])
            let zoned = try await load(Self.calendar, ["--zone", "Asia/Tokyo"])
            #expect(zoned.status == 0 && zoned.errors.isEmpty, "\(zoned.errors)")
            #expect(try await starts() == ["2037-12-23T15:00:00Z"])
            let broken = try await load(Self.calendar.replacing("20371224", with: "2037"))
            #expect(broken.status == 1 && broken.errors.contains("site:5: error: event 1: DTSTART"), "\(broken)")
            #expect(try await starts() == ["2037-12-23T15:00:00Z"])
            let none = try await load("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
            #expect(none.output == "site: 0 blackouts\n" && none.status == 0, "\(none)")
            #expect(try await starts() == [])
        }
    }

    @Test("what is wrong with a wish is said with the exit code of its kind")
    func refuses() async throws {
        try await TestSite.with { site in
            try await site.start()
            let once = ["window", "plan", "--summary", "s", "--duration", "1h"] + Self.why
            let wrong: [([String], Int32, String)] = [
                (["window", "show", "w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD"], 1, "there is no window"),
                (once + ["--start", "2037-12-05T22:00:00", "--time-zone", "Nowhere/Land"], 1, "Nowhere/Land"),
                (once + ["--start", "2001-12-05T22:00:00Z"], 1, "not over"),
                (once + ["--start", "2037-12-05T22:00:00Z", "--rrule", "FREQ=SECONDLY"], 1, "FREQ"),
                (once + ["--start", "2037-12-05T22:00:00Z", "--scope", "nonsense"], 64, "--scope"),
                (["window", "cancel", "w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD"], 64, "--reason"),
                (["window", "import", "--calendar", "c", "/nonexistent.ics"] + Self.why, 1, "/nonexistent.ics"),
            ]
            for (arguments, status, words) in wrong {
                let run = try await site.run(arguments)
                #expect(run.status == status && run.errors.contains(words), "\(arguments): \(run)")
            }
            let gate = try await ProgramRun(
                ["window", "cancel", "w_1", "--server", site.url] + Self.why,
                environment: ["SLUICE_TOKEN": TestSite.gateToken])
            #expect(gate.status == 77, "\(gate)")
        }
    }
}
