import Foundation
import SluiceJSON
import Testing

/// Which options of `sluice schedule forecast` and `quiet` go with what, and what they do.
@Suite struct ForecastOptionTests {
    private static let window = ["--from", "2037-12-05T22:00:00Z", "--to", "2037-12-06T02:00:00Z"]
    private static let quiet = ["--length", "4h", "--within", "14d"]

    @Test(
        "what only files can be told is refused when the server is asked, and the server is not asked",
        arguments: [
            ["--policy", "all"], ["--flow-key", "flow"], ["--flow-of", "a*=b"], ["--history", "history.jsonl"],
            ["--unsafe", "night*"],
        ])
    func refusesFileOptions(option: [String]) async throws {
        let server = try StubServer { _, _ in .init(200, ["format": 1]) }
        defer { server.stop() }
        for command in [["schedule", "forecast"] + Self.window, ["schedule", "quiet"] + Self.quiet] {
            let run = try await ProgramRun(command + option + ["--server", server.url])
            #expect(run.status == 64 && run.output.isEmpty, "\(run)")
            #expect(run.errors.contains("\(option[0])") && run.errors.contains("go with files only"), "\(run.errors)")
        }
        #expect(server.requests.isEmpty)
    }

    @Test(
        "of one of the two only, likewise",
        arguments: [
            (["forecast"] + window, ["--rate", "60"]), (["forecast"] + window, ["--ceiling", "4"]),
            (["quiet"] + quiet, ["--blackout", "2037-12-24T00:00:00Z/2037-12-27T00:00:00Z"]),
            (["quiet"] + quiet, ["--working-hours", "MON 08:00-18:00", "--working-hours", "TUE 08:00-18:00"]),
        ])
    func refusesOptionsOfOne(command: [String], option: [String]) async throws {
        let server = try StubServer { _, _ in .init(200, ["format": 1]) }
        defer { server.stop() }
        let run = try await ProgramRun(["schedule"] + command + option + ["--server", server.url])
        #expect(run.status == 64 && run.errors.contains(option[0]), "\(run)")
        #expect(server.requests.isEmpty)
    }

    @Test("a length that is not in whole minutes is refused by name", arguments: ["1ms", "59s", "90s", "1m1ms", "0m"])
    func refusesLengthsOfParts(length: String) async throws {
        let run = try await ProgramRun(["schedule", "quiet", "--length", length, "--within", "1d"])
        #expect(run.status == 64 && run.errors.contains("--length") && run.errors.contains(length), "\(run)")
        #expect(run.errors.contains("whole minutes"), "\(run.errors)")
    }

    @Test("R33 where no window is listed, the server's reason stands alone, without advice that contradicts it")
    func showsWhyNoWindowIsListed() async throws {
        let note = "All 1329 allowed starts are equal."
        let server = try StubServer { _, _ in
            .init(200, ["format": 1, "starts": 1329, "allowedStarts": 1329, "windows": [], "notes": [.string(note)]])
        }
        defer { server.stop() }
        let run = try await ProgramRun(["schedule", "quiet"] + Self.quiet + ["--server", server.url])
        #expect(run.status == 0 && run.output.contains(note) && run.output.contains("1329 are allowed"), "\(run)")
        #expect(!run.output.contains("Widen") && !run.output.contains("No window fits"), "\(run)")
    }

    @Test("the server is asked with the times in UTC, the zone, the mode and the scope, and with nothing else")
    func asksTheServer() async throws {
        let server = try StubServer { _, _ in .init(200, ["format": 1]) }
        defer { server.stop() }
        let asked = ["--mode", "refuse", "--scope", "source:csa", "--zone", "Europe/London", "--server", server.url]
        let local = ["--from", "2037-07-01T22:00:00", "--to", "2037-07-02T02:00:00"]
        let run = try await ProgramRun(["schedule", "forecast"] + local + asked)
        #expect(run.status == 0, "\(run)")
        #expect(
            server.requests.map(\.target) == [
                "/v1/forecast?from=2037-07-01T21%3A00%3A00Z&to=2037-07-02T01%3A00%3A00Z&mode=refuse"
                    + "&scope=source%3Acsa&zone=Europe%2FLondon&limit=100"
            ])
    }

    private static func check(_ settings: String, _ files: [String: String] = [:]) async throws -> ProgramRun {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (path, text) in files { try folder.write(text, to: path) }
        // Neither the store nor Central is touched: one is not to be had, the other is nowhere.
        try folder.write(
            settings + "\nstore: {path: /nonexistent/sluice.db}\n"
                + "central: {url: 'http://127.0.0.1:1/oo', username: u}\n",
            to: "sluice.yaml")
        return try await ProgramRun(
            ["serve", "--config", "sluice.yaml", "--check"], environment: ["SLUICE_CENTRAL_PASSWORD": "p"],
            in: folder.url)
    }

    @Test(
        "serve --check reads the files that serve reads at the start, and refuses what serve would",
        arguments: [
            ("windows: {blackouts: [/nonexistent.ics]}", "windows.blackouts: /nonexistent.ics"),
            ("windows: {blackouts: [bad.ics]}", "windows.blackouts: bad.ics:"),
            ("windows: {blackouts: [.]}", "windows.blackouts: ."),
            ("packs: [/nonexistent.jar]", "/nonexistent.jar"),
            ("schedules: {zone: Mars/Olympus}", "schedules.zone"),
        ])
    func checksWhatServeReads(settings: String, said: String) async throws {
        let run = try await Self.check(settings, ["bad.ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"])
        #expect(run.status == 1 && run.output.isEmpty, "\(run)")
        #expect(run.errors.contains("Error: ") && run.errors.contains(said), "\(run)")
    }

    @Test("serve --check warns of schedule files that cannot be read, as serve does, and passes")
    func warnsOfScheduleFiles() async throws {
        let calendar = """
            BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261224\r
            SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n
            """
        let run = try await Self.check(
            "windows: {blackouts: [year.ics]}\nschedules: {files: [/nonexistent.xml]}", ["year.ics": calendar])
        #expect(run.status == 0 && run.output.contains("The configuration is valid."), "\(run)")
        #expect(run.errors.contains("/nonexistent.xml"), "\(run)")
        let quiet = try await Self.check("windows: {blackouts: [year.ics]}", ["year.ics": calendar])
        #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet)")
    }

    /// A job each ten minutes from 22:00 to 22:50, so six times in the window.
    private static func forecast(
        _ options: [String], settings: String? = nil, history: String? = nil
    ) async throws -> ProgramRun {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("*/10 22 * * * root /usr/bin/true\n", to: "crontab")
        var command = ["schedule", "forecast", "crontab"] + window + options
        if let settings {
            try folder.write(settings, to: "sluice.yaml")
            command += ["--config", "sluice.yaml"]
        }
        if let history {
            try folder.write(history, to: "history.jsonl")
            command += ["--history", "history.jsonl"]
        }
        return try await ProgramRun(command, in: folder.url)
    }

    @Test(
        "R27: --policy takes the spelling of the configuration and the one with a colon, and they mean the same",
        arguments: [
            ("not-older-than:200m", "not-older-than", 2), ("not-older-than 200m", "not-older-than", 2),
            ("not-older-than:4h", "not-older-than", 6), ("skip", "skip", 0), ("latest", "latest", 1), ("all", "all", 6),
        ])
    func spellsPolicies(text: String, word: String, released: Int) async throws {
        let json = try await Self.forecast(["--policy", text, "--json"]).json
        #expect(json["schedules"]?.array?.first?["policy"] == .string(word))
        #expect(json["countsInWindow"]?["held"] == 6)
        #expect(json["countsInWindow"]?["released"] == .int(released), "\(json["countsInWindow"] ?? .null)")
    }

    @Test(
        "a policy that is none is refused with what it may be",
        arguments: ["not-older-than", "not-older-than:", "not-older-than:soon", "not-older-than:0s", "never", ""])
    func refusesPolicies(text: String) async throws {
        let run = try await Self.forecast(["--policy", text])
        #expect(run.status == 64 && run.errors.contains("--policy"), "\(run.errors)")
    }

    @Test("the release of a configuration counts, options before it; it is said for how many a duration is assumed")
    func takesTheReleaseOfAConfiguration() async throws {
        let settings = "release:\n  ratePerMinute: 2\n  ceiling: 3\n"
        let set = try await Self.forecast(["--policy", "all", "--json"], settings: settings).json["release"]
        #expect(set?["ratePerMinute"] == 2 && set?["ceiling"] == 3 && set?["count"] == 6 && set?["assumed"] == 6)
        let over = try await Self.forecast(
            ["--policy", "all", "--rate", "60", "--ceiling", "9", "--json"], settings: settings
        ).json["release"]
        #expect(over?["ratePerMinute"] == 60 && over?["ceiling"] == 9)
        let text = try await Self.forecast(["--policy", "all"], settings: settings).output
        #expect(
            text.contains("at 2 a minute, at most 3 at once") && text.contains("for 6 of them 10 minutes are assumed"))
        let flow = try #require(
            try await Self.forecast(["--json"]).json["schedules"]?.array?.first?["flow"]?.string)
        let known = "{\"flow\": \"\(flow)\", \"seconds\": 60}\n"
        let history = String(repeating: known, count: 20)
        let measured = try await Self.forecast(["--policy", "all", "--json"], settings: settings, history: history)
        #expect(try measured.json["release"]?["assumed"] == 0)
        let plain = try await Self.forecast(["--policy", "all"], settings: settings, history: history).output
        #expect(plain.contains("at 2 a minute") && !plain.contains("are assumed"), "\(plain)")
    }
}
