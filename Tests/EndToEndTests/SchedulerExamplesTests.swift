import Foundation
import SluiceJSON
import Testing

/// `Examples/` for schedulers that know commands: run as these run them, before a gate that answers as told.
@Suite struct SchedulerExamplesTests {
    private static let examples = QuartzGate.root.appending(path: "Examples")

    /// What the gate says.
    enum Say: CaseIterable, Sendable {
        case proceed
        case hold
        case reject
        case nothing

        var answer: StubServer.Answer {
            switch self {
            case .proceed: .init(200, ["decision": "proceed", "reason": ["code": "open"], "validForSeconds": 60])
            case .hold:
                .init(
                    202,
                    [
                        "decision": "hold", "reason": ["code": "maintenance"], "state": "held",
                        "ticket": "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD",
                    ])
            case .reject: .init(403, ["decision": "reject", "reason": ["code": "duplicate"]])
            case .nothing: .problem(401, "no token")
            }
        }
    }

    private struct Outcome {
        var status: Int32
        /// The days that a backup was started for.
        var started: [String]
        var body: JSONObject?
        var text: String
    }

    private static func file(_ path: String) throws -> String {
        try String(contentsOf: examples.appending(path: path), encoding: .utf8)
    }

    /// Runs a shell command with the examples, `sluice` and a backup that only notes its day on the path.
    private func run(_ command: String, _ say: Say, environment: [String: String] = [:]) async throws -> Outcome {
        let server = try StubServer { _, _ in say.answer }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let backup = try folder.write("#!/bin/sh\necho \"$1\" >>\"$STARTED\"\n", to: "bin/start-the-backup")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: backup.path)
        let token = try folder.write("gate-token-for-tests-only", to: "token")
        let started = try folder.write("", to: "started")
        let places = ["crontab", "control-m", "autosys"].map { Self.examples.appending(path: $0).path }
        let program = ProgramRun.program("sluice").deletingLastPathComponent().path
        let path = (places + [folder.url.appending(path: "bin").path, program, "/usr/bin", "/bin"])
        let run = try await ToolRun(
            "/bin/sh", ["-c", command],
            environment: [
                "PATH": path.joined(separator: ":"), "STARTED": started.path, "SLUICE_SERVER": server.url,
                "SLUICE_TOKEN_FILE": token.path,
            ].merging(environment) { $1 })
        return Outcome(
            status: run.status,
            started: try String(contentsOf: started, encoding: .utf8).split(separator: "\n").map(String.init),
            body: server.requests.first?.body?.object, text: run.output + run.errors)
    }

    private func today() async throws -> String {
        try await ToolRun("/bin/date", ["+%F"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Checks one scheduler's command against each answer of the gate.
    private func expect(
        _ command: String, day: String, key: String, codes: [Say: Int32], environment: [String: String] = [:]
    ) async throws {
        for say in Say.allCases {
            let outcome = try await run(command, say, environment: environment)
            #expect(outcome.status == codes[say], "\(say): \(outcome.text)")
            #expect(outcome.started == (say == .proceed ? [day] : []), "\(say): \(outcome.text)")
            #expect(outcome.body?["idempotencyKey"] == .string(key))
            #expect(outcome.body?["source"] == "scheduler" && outcome.body?["scheduleId"] == "nightly")
        }
    }

    @Test func crontabLinesStartOnlyOnProceed() async throws {
        let lines = try Self.file("crontab/crontab").split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 2)
        for line in lines {
            // Five fields, then the command, in which cron takes `\%` for `%`.
            let fields = line.split(maxSplits: 5, whereSeparator: \.isWhitespace)
            let command = fields[5].trimmingCharacters(in: .whitespaces).replacing("\\%", with: "%")
                .replacing(" 4h", with: " 300ms")
            let day = try await today()
            try await expect(
                command, day: day, key: "nightly@\(day)",
                codes: [.proceed: 0, .hold: 0, .reject: 0, .nothing: 77])
        }
    }

    @Test func systemdSkipsTheUnitWhenItIsHeldAndFailsItWithoutDecision() async throws {
        let unit = try Self.file("systemd/nightly-backup.service").replacing("\\\n", with: " ")
        func command(_ setting: String) throws -> String {
            let line = try #require(unit.split(separator: "\n").first { $0.hasPrefix("\(setting)=") })
            let text = try #require(line.firstMatch(of: /=\/bin\/sh -c '(.*)'$/)).1
            return String(text).replacing("$$", with: "$").replacing("%%", with: "%")
        }
        let condition = try command("ExecCondition")
        let start = try command("ExecStart")
        let day = try await today()
        // As systemd.service(5) has it: 0 goes on, 1 to 254 skip the unit, 255 fails it.
        for (say, code) in [(Say.proceed, 0), (.hold, 75), (.reject, 76), (.nothing, 255)] {
            let outcome = try await run(condition, say)
            #expect(outcome.status == Int32(code), "\(say): \(outcome.text)")
            #expect(outcome.body?["idempotencyKey"] == .string("nightly@\(day)"))
        }
        #expect(try await run(start, .proceed).started == [day])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "needs systemd"))
    func systemdTakesTheUnits() async throws {
        let folder = Self.examples.appending(path: "systemd").path
        let run = try await ToolRun(
            "/usr/bin/systemd-analyze",
            ["verify", "--man=no", "\(folder)/nightly-backup.service", "\(folder)/nightly-backup.timer"])
        // It also speaks of units of this machine.
        let ours = (run.output + run.errors).split(separator: "\n").filter { $0.contains("nightly-backup") }
        #expect(ours.isEmpty, "\(ours)")
        let times = try await ToolRun(
            "/usr/bin/systemd-analyze", ["calendar", "*-*-* 02..05:00/10:00"])
        #expect(times.status == 0)
        #expect(try Self.file("systemd/nightly-backup.timer").contains("OnCalendar=*-*-* 02..05:00/10:00"))
    }

    @Test func controlMRunsItAgainWhileItIsHeld() async throws {
        let document = try JSONReader.read(try Self.file("control-m/nightly-backup.json"))
        let job = document["Nightly"]?["nightly-backup"]
        #expect(job?["IfHeld"]?["CompletionStatus"] == "75" && job?["IfHeld"]?["Again"]?["Type"] == "Action:Rerun")
        #expect(job?["IfRejected"]?["CompletionStatus"] == "76")
        let command = try #require(job?["Command"]?.string).replacing("%%$ODATE", with: "20261127")
        try await expect(
            command, day: "20261127", key: "nightly@20261127",
            codes: [.proceed: 0, .hold: 75, .reject: 76, .nothing: 77])
    }

    /// The number of the run, also where that of the try stands behind it: a retry is the same launch.
    @Test(arguments: ["4711", "4711/2"])
    func autoSysRetriesItWhileItIsHeld(run: String) async throws {
        let jil = try Self.file("autosys/nightly-backup.jil")
        func attribute(_ name: String) throws -> String {
            let line = try #require(jil.split(separator: "\n").first { $0.hasPrefix("\(name): ") })
            return String(line.dropFirst(name.count + 2))
        }
        #expect(try attribute("success_codes") == "0,76")
        try await expect(
            attribute("command"), day: today(), key: "nightly@4711",
            codes: [.proceed: 0, .hold: 75, .reject: 76, .nothing: 77],
            environment: ["AUTORUN": run, "NIGHTLY_BACKUP_WAIT": "300ms"])
    }

    @Test(arguments: [
        "crontab/nightly-backup", "crontab/crontab", "systemd/nightly-backup.service",
        "systemd/nightly-backup.timer", "control-m/nightly-backup.json", "control-m/nightly-backup-ctm",
        "autosys/nightly-backup.jil", "autosys/nightly-backup-autosys",
    ])
    func pageQuotesTheFile(path: String) throws {
        let page = try String(
            contentsOf: QuartzGate.root.appending(path: "docs/schedulers.md"), encoding: .utf8)
        #expect(page.contains(try Self.file(path)), "docs/schedulers.md does not quote Examples/\(path) as it is")
    }
}
