import Foundation
import SluiceJSON
import Testing

/// `sluice schedule forecast` and `quiet` on a file, as text, JSON and picture.
@Suite struct ScheduleForecastTests {
    private static let file = """
        <?xml version="1.0" encoding="UTF-8"?>
        <job-scheduling-data xmlns="http://www.quartz-scheduler.org/xml/JobSchedulingData" version="2.0">
          <schedule>
            <job><name>backup</name><group>ops</group><job-class>x.Y</job-class></job>
            <trigger><simple><name>hourly</name><group>g</group><job-name>backup</job-name><job-group>ops</job-group>
              <start-time>2026-12-01T00:30:00Z</start-time><repeat-count>-1</repeat-count>
              <repeat-interval>3600000</repeat-interval></simple></trigger>
          </schedule>
        </job-scheduling-data>
        """
    private static let window = ["--from", "2026-12-05T22:00:00Z", "--to", "2026-12-06T02:00:00Z"]

    private func run(_ arguments: [String], history: String? = nil) async throws -> (ProgramRun, TemporaryFolder) {
        let folder = try TemporaryFolder()
        try folder.write(Self.file, to: "q.xml")
        if let history { try folder.write(history, to: "history.jsonl") }
        let command = ["schedule", arguments[0], "q.xml"] + arguments.dropFirst()
        return (try await ProgramRun(command, in: folder.url), folder)
    }

    @Test("R17 says before the close what would be held, and how long drain and release take")
    func forecastsAFile() async throws {
        let (run, folder) = try await run(
            ["forecast"] + Self.window + ["--history", "history.jsonl", "--json"],
            history: String(repeating: "{\"flow\": \"ops.backup\", \"seconds\": 2400}\n", count: 20))
        defer { folder.remove() }
        #expect(run.status == 0, "\(run.errors)")
        let json = try run.json
        #expect(json["countsInWindow"]?["held"] == 4 && json["release"]?["count"] == 1)
        #expect(json["drain"]?["assumedRunning"]?.number?.double == 0)
        #expect(json["launches"]?.array?.count == 4)
        let soonAfterOne = ["--from", "2026-12-05T21:35:00Z", "--to", "2026-12-06T02:00:00Z"]
        let (text, other) = try await self.run(["forecast"] + soonAfterOne + ["--unsafe", "hour*"])
        defer { other.remove() }
        #expect(text.output.contains("4 fall in it: 4 held") && text.output.contains("\nhourly "))
        #expect(text.output.contains("10 minutes are assumed"))
        #expect(text.output.contains("1 schedule would miss a time though that is unsafe: hourly"), "\(text.output)")
        #expect(text.output.contains("skipped: a later one stands for it"))
        #expect(text.output.contains("launched at the end, for 3 before it too"))
    }

    @Test("R37 --config brings what a server takes from it: policies, zone, unsafe schedules; options go before them")
    func takesTheSchedulesOfAConfiguration() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.file, to: "q.xml")
        func configure(_ schedules: String) throws {
            try folder.write(
                "schedules:\n" + schedules.split(separator: ";").map { "  \($0)\n" }.joined(), to: "s.yaml")
        }
        func forecast(_ more: [String] = [], _ window: [String] = Self.window) async throws -> JSONValue {
            let command = ["schedule", "forecast", "q.xml", "--config", "s.yaml", "--json"] + window + more
            let run = try await ProgramRun(command, in: folder.url)
            #expect(run.status == 0, "\(run.errors)")
            return try run.json
        }
        for (schedules, options, count) in [
            ("policy: latest", [], 1), ("policy: all", [], 4), ("policy: skip", [], 0),
            ("policy: all", ["--policy", "latest"], 1),
            ("policy: skip;policies:;  - {name: 'hour*', policy: all}", [], 4),
            ("policies:;  - {name: 'hour*', policy: all}", ["--policy", "skip"], 0),
        ] as [(String, [String], Int)] {
            try configure(schedules)
            let release = try await forecast(options)["release"]
            #expect(release?["count"] == .int(Int64(count)), "\(schedules) \(options)")
        }
        for schedules in ["unsafeToMiss: ['hour*']", "policies:;  - {name: hourly, policy: all, unsafeToMiss: true}"] {
            try configure(schedules)
            let text = try await ProgramRun(
                ["schedule", "forecast", "q.xml", "--config", "s.yaml"] + Self.window, in: folder.url)
            #expect(text.output.contains("that is unsafe: hourly"), "\(text.output)")
        }
        // 22:00 in Tokyo is 13:00 UTC.
        try configure("zone: Asia/Tokyo")
        let local = ["--from", "2026-12-05T22:00:00", "--to", "2026-12-05T22:40:00"]
        #expect(try await forecast([], local)["from"] == "2026-12-05T13:00:00Z")
        #expect(try await forecast(["--zone", "UTC"], local)["from"] == "2026-12-05T22:00:00Z")
        let quiet = [
            "schedule", "quiet", "q.xml", "--length", "1h", "--within", "2h", "--from", "2026-12-05T22:00:00", "--json",
            "--config", "s.yaml",
        ]
        #expect(try await ProgramRun(quiet, in: folder.url).json["from"] == "2026-12-05T13:00:00Z")
        let wrong = try await ProgramRun(
            ["schedule", "forecast", "q.xml", "--config", "s.yaml", "--from", local[3], "--to", local[1]],
            in: folder.url)
        #expect(wrong.status == 64 && wrong.errors.contains("--to is not after --from"), "\(wrong.errors)")
        try configure("zone: Mars/Base")
        let unknown = try await ProgramRun(quiet, in: folder.url)
        #expect(unknown.status == 64 && unknown.errors.contains("Mars/Base"), "\(unknown.errors)")
    }

    @Test func findsQuietWindows() async throws {
        let (run, folder) = try await run([
            "quiet", "--length", "20m", "--within", "1d", "--from", "2026-12-05T00:00:00Z", "--json",
        ])
        defer { folder.remove() }
        let json = try run.json
        #expect(json["windows"]?.array?.count == 5)
        #expect(json["windows"]?.array?.first?["held"] == 0)
        let (other, second) = try await self.run([
            "quiet", "--length", "20m", "--within", "1d", "--from", "2026-12-05T00:00:00Z", "--json", "--blackout",
            "2026-12-05T00:00:00Z/2026-12-05T23:00:00Z", "--count", "1",
        ])
        defer { second.remove() }
        #expect(try other.json["windows"]?.array?.first?["from"] == "2026-12-05T23:00:00Z")
    }

    private static func calendar(_ summary: String, _ day: String) -> String {
        """
        BEGIN:VCALENDAR\r
        BEGIN:VEVENT\r
        UID:\(day)\r
        SUMMARY:\(summary)\r
        DTSTART;VALUE=DATE:\(day)\r
        END:VEVENT\r
        END:VCALENDAR\r

        """
    }

    @Test("calendars of blackouts are kept clear of, and shown with what they left out")
    func keepsClearOfCalendars() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(Self.file, to: "q.xml")
        try folder.write(Self.calendar("Saint Nicholas", "20261206"), to: "year.ics")
        try folder.write(Self.calendar("Second of Advent", "20261207"), to: "more.ics")
        try folder.write(Self.calendar("x", "2026"), to: "broken.ics")
        let command = [
            "schedule", "quiet", "q.xml", "--length", "4h", "--within", "3d", "--from", "2026-12-05T23:00:00Z",
            "--zone", "Europe/Berlin", "--blackout", "year.ics",
        ]
        let text = try await ProgramRun(command + ["--blackout", "more.ics"], in: folder.url)
        #expect(text.status == 0, "\(text.errors)")
        // Of 273 starts only those from the 8th on, there, are left.
        #expect(text.output.contains("2 blackouts leave out 192 of the starts"), "\(text.output)")
        #expect(text.output.contains("Saint Nicholas") && text.output.contains("more.ics"))
        let json = try await ProgramRun(command + ["--json"], in: folder.url).json
        #expect(json["blackouts"]?.array?.first?["calendar"] == "year.ics")
        #expect(json["blackouts"]?.array?.first?["to"] == "2026-12-06T23:00:00Z")
        #expect(json["windows"]?.array?.first?["from"]?.string.map { $0 >= "2026-12-06T23:00:00Z" } == true)
        let broken = try await ProgramRun(command + ["--blackout", "broken.ics"], in: folder.url)
        #expect(broken.status == 1 && broken.errors.contains("broken.ics:5:"), "\(broken.errors)")
        let missing = try await ProgramRun(command + ["--blackout", "none.ics"], in: folder.url)
        #expect(missing.status == 1 && missing.errors.contains("none.ics"), "\(missing.errors)")
    }

    @Test("windows.blackouts is read at the start and on SIGHUP, and a broken file changes nothing")
    func readsConfiguredBlackouts() async throws {
        let site = try await TestSite(settings: ["SLUICE_WINDOWS_BLACKOUTS": "year.ics"])
        defer { Task { await site.end() } }  // why: a defer cannot await
        let file = site.folder.appending(path: "year.ics")
        func write(_ text: String) throws { try Data(text.utf8).write(to: file) }
        func calendars() async throws -> [String] {
            let answer = try await site.get("/v1/forecast/quiet?length=4h&within=3d&from=2026-12-05T00:00:00Z")
            return (answer.body["blackouts"]?.array ?? []).map {
                "\($0["calendar"]?.string ?? "") \($0["summary"]?.string ?? "")"
            }
        }
        try write(Self.calendar("Saint Nicholas", "20261206"))
        try await site.start()
        #expect(try await calendars() == ["file:year.ics Saint Nicholas"])
        try write(Self.calendar("x", "2026"))
        site.hangUp()
        try await site.until("the fault is logged", within: .seconds(20)) { site.logText.contains("year.ics:5:") }
        #expect(try await calendars() == ["file:year.ics Saint Nicholas"])
        try write(Self.calendar("Feast", "20261207"))
        site.hangUp()
        try await site.until("the new one counts", within: .seconds(20)) {
            try await calendars() == ["file:year.ics Feast"]
        }
        #expect(site.terminate() == 0)
        try await site.start(["SLUICE_WINDOWS_BLACKOUTS": ""])
        #expect(try await calendars() == [], "a file that is no longer named takes its blackouts along")
    }

    @Test(arguments: [["forecast"] + window, ["quiet", "--length", "4h", "--within", "2d"]])
    func drawsAPicture(arguments: [String]) async throws {
        let (run, folder) = try await run(arguments + ["--svg", "out.svg"])
        defer { folder.remove() }
        #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
        let svg = try String(contentsOf: folder.url.appending(path: "out.svg"), encoding: .utf8)
        #expect(svg.hasPrefix("<?xml") && svg.contains("<title>") && svg.contains("<desc>"))
    }

    @Test(arguments: [
        ["forecast", "--from", "2026-12-06T00:00:00Z", "--to", "2026-12-05T00:00:00Z"],
        ["forecast", "--from", "2026-12-06T00:00:00Z", "--to", "2029-12-05T00:00:00Z"],
        ["forecast"] + window + ["--policy", "never"], ["forecast"] + window + ["--rate", "0"],
        ["forecast"] + window + ["--mode", "open"], ["quiet", "--length", "4h", "--within", "1h"],
        ["quiet", "--length", "4h", "--within", "2d", "--working-hours", "late"],
        ["quiet", "--length", "4h", "--within", "2d", "--count", "0"],
        ["quiet", "--length", "4h", "--within", "2d", "--blackout", "2026-12-06T00:00:00Z/2026-12-05T00:00:00Z"],
    ])
    func exitsWith64WhenTheCommandLineIsWrong(arguments: [String]) async throws {
        let (run, folder) = try await run(arguments)
        defer { folder.remove() }
        #expect(run.status == 64 && run.errors.hasPrefix("Error: "), "\(run.errors)")
    }

    @Test func namesTheLineOfAHistoryThatCannotBeRead() async throws {
        let (run, folder) = try await run(
            ["forecast"] + Self.window + ["--history", "history.jsonl"], history: "{\"flow\":\"f\",\"seconds\":1}\n{}\n"
        )
        defer { folder.remove() }
        #expect(run.status == 1 && run.errors.contains("line 2"))
    }
}
