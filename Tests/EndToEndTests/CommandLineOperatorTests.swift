import Foundation
import SluiceJSON
import Testing

/// The operator's commands and the inspections, as scripts see them.
@Suite struct CommandLineOperatorTests {
    private static let tickets = ["h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD", "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XE"]

    private static func hold(_ ticket: String, state: String = "held") -> JSONValue {
        [
            "ticket": .string(ticket), "state": .string(state), "stateSince": "2026-12-01T22:00:00Z",
            "arrivedAt": "2026-12-01T22:00:00Z", "flow": "backup.nightly", "flowPath": .null, "source": "scheduler",
            "launcher": "caller", "reason": "maintenance", "cause": "held", "principal": "gate", "position": 1,
            "inputs": ["password": "‹redacted›"],
            "history": [
                ["at": "2026-12-01T22:00:00Z", "from": .null, "to": "held", "by": "gate", "cause": "upgrade"]
            ],
            "rulePath": [["rule": 7, "name": "mode", "outcome": "held: maintenance, hold"]],
        ]
    }

    // MARK: The gate

    @Test func setsTheModeOfAScopeInAnEpoch() async throws {
        let server = try StubServer { _, _ in
            .init(200, ["mode": "open", "epoch": 8, "scopes": [["scope": "source:csa", "mode": "hold", "by": "me"]]])
        }
        defer { server.stop() }
        let run = try await ProgramRun([
            "gate", "set", "hold", "--scope", "source:csa", "--reason", "upgrade", "--if-epoch", "7", "--server",
            server.url,
        ])
        #expect(run.status == 0)
        #expect(run.output.contains("open (epoch 8)") && run.output.contains("source:csa"))
        let request = try #require(server.requests.first)
        #expect(request.method == "PUT" && request.target == "/v1/gate" && request.headers["if-match"] == "\"7\"")
        #expect(request.body == ["mode": "hold", "scope": "source:csa", "reason": "upgrade"])
    }

    @Test("R17 says before a close what runs long and what would be held, and closes only on yes")
    func asksBeforeAClose() async throws {
        let server = try StubServer { request, _ in
            guard request.method == "GET" else { return .init(200, ["mode": "hold", "epoch": 8]) }
            return .init(
                200,
                [
                    "countsInWindow": ["launches": 12, "held": 12],
                    "drain": [
                        "blockers": [
                            [
                                "execution": "1501", "flow": "backup", "startedAt": "2026-12-01T21:00:00Z",
                                "runningSeconds": 7000, "typicalSeconds": 600, "slow": true,
                            ]
                        ]
                    ],
                ])
        }
        defer { server.stop() }
        let close = ["gate", "set", "hold", "--reason", "upgrade", "--ahead", "4h", "--server", server.url]
        for answer in ["", "no\n", "y\n"] {
            let run = try await ProgramRun(close, input: answer)
            #expect(run.status == 1 && run.errors.contains("12 held") && run.errors.contains("1501"))
            #expect(run.errors.contains("slow") && run.errors.contains("was not changed"))
        }
        #expect(server.requests.allSatisfy { $0.method == "GET" && $0.target.hasPrefix("/v1/forecast?from=") })
        let run = try await ProgramRun(close, input: "yes\n")
        #expect(run.status == 0 && server.requests.last?.method == "PUT")
        let unasked = try await ProgramRun(close + ["--yes", "--json"])
        #expect(unasked.status == 0 && server.requests.last?.method == "PUT")
    }

    @Test("R17 a start that is refused shows what the look found, line by line, and so does one that is not")
    func showsWhatIsFound() async throws {
        let found: JSONValue = [
            [
                "severity": "warning", "code": "drain-slow", "part": "oo-drain",
                "text": "execution:1501: backup, running for 116 min, usually 10 min, slow", "remedy": "wait",
            ],
            [
                "severity": "note", "code": "forecast-holds", "part": "schedules", "text": "12 are held",
                "remedy": "",
            ],
        ]
        let server = try StubServer { request, _ in
            request.body?["acceptWarnings"]?.bool == true
                ? .init(200, ["id": "m_1", "phase": "closing-oo", "preflight": found])
                : .init(409, ["type": "preflight-warnings", "detail": "it is slow", "preflight": found])
        }
        defer { server.stop() }
        let start = ["maintenance", "start", "--id", "m_1", "--reason", "upgrade", "--server", server.url]
        let refused = try await ProgramRun(start)
        #expect(refused.status == 1 && refused.output.isEmpty)
        for words in ["execution:1501: backup", "usually 10 min", "12 are held", "it is slow"] {
            #expect(refused.errors.contains(words), "\(refused.errors)")
        }
        let started = try await ProgramRun(start + ["--yes"])
        #expect(started.status == 0 && started.output.contains("execution:1501: backup"), "\(started)")
        #expect(started.output.contains("12 are held"))
    }

    @Test(arguments: [
        ["open", "--ahead", "4h"], ["inherit", "--scope", "source:csa", "--ahead", "4h"], ["hold", "--yes"],
        ["hold", "--ahead", "0s"], ["hold", "--ahead", "4h", "--json"],
    ])
    func asksOnlyWhereItMakesSense(arguments: [String]) async throws {
        let run = try await ProgramRun(["gate", "set"] + arguments + ["--reason", "r"])
        #expect(run.status == 64)
    }

    @Test func exitsWith1WhenTheEpochChanged() async throws {
        let server = try StubServer { _, _ in .problem(412, "it is at epoch 9") }
        defer { server.stop() }
        let arguments = ["gate", "set", "open", "--reason", "done", "--if-epoch", "7", "--server", server.url]
        let run = try await ProgramRun(arguments)
        #expect(run.status == 1 && run.errors.contains("it is at epoch 9"))
        let json = try await ProgramRun(arguments + ["--json"])
        #expect(try json.problem["status"] == 412)
        #expect(try json.problem["exitCode"] == 1)
    }

    @Test func findsServerAndTokenInItsConfiguration() async throws {
        let server = try StubServer { _, _ in .init(200, ["mode": "open", "epoch": 1]) }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let token = try folder.write("operator-token-0123456789\n", to: "operator.token")
        let file = try folder.write(
            "listen: 0.0.0.0:\(server.port)\nauth:\n  operatorTokenFile: \(token.path)\n", to: "sluice.yaml")
        let run = try await ProgramRun(["gate", "status", "--config", file.path])
        #expect(run.status == 0)
        #expect(server.requests.first?.headers["authorization"] == "Bearer operator-token-0123456789")
        let missing = try await ProgramRun(["gate", "status", "--config", "/nonexistent.yaml"])
        #expect(missing.status == 64)
    }

    // MARK: Holds

    @Test func listsAllPages() async throws {
        let server = try StubServer { request, _ in
            let isFirst = !request.target.contains("cursor=5")
            return .init(
                200, ["holds": [Self.hold(Self.tickets[isFirst ? 0 : 1])], "next": isFirst ? "5" : .null])
        }
        defer { server.stop() }
        let all = try await ProgramRun(["holds", "list", "--all", "--state", "held,released", "--server", server.url])
        #expect(all.status == 0)
        #expect(all.output.split(separator: "\n").count == 3 && all.output.hasPrefix("TICKET"))
        #expect(server.requests[0].target == "/v1/holds?state=held%2Creleased&limit=100")
        let one = try await ProgramRun(["holds", "list", "--limit", "1", "--json", "--server", server.url])
        #expect(try one.json["holds"]?.array?.count == 1)
        #expect(try one.json["next"] == "5")
    }

    @Test func movesEachHoldAndExitsWith1WhenOneFailed() async throws {
        let server = try StubServer { request, _ in
            request.target.contains(Self.tickets[0])
                ? .problem(409, "it is running") : .init(200, Self.hold(Self.tickets[1], state: "released"))
        }
        defer { server.stop() }
        let arguments = ["holds", "release"] + Self.tickets + ["--reason", "now", "--server", server.url]
        let run = try await ProgramRun(arguments)
        #expect(run.status == 1)
        #expect(run.output == "\(Self.tickets[1])  released\n")
        #expect(run.errors.contains("it is running") && run.errors.contains("1 of 2"))
        #expect(server.requests.map(\.body) == [["reason": "now"], ["reason": "now"]])
        let json = try await ProgramRun(arguments + ["--json"])
        #expect(try json.json["results"]?.array?.map { $0["ok"]?.bool } == [false, true])
    }

    @Test func stopsMovingWhenTheTokenMayNot() async throws {
        let server = try StubServer { _, _ in .problem(403, "role operator is needed") }
        defer { server.stop() }
        let run = try await ProgramRun(
            ["holds", "discard"] + Self.tickets + ["--reason", "no", "--server", server.url])
        #expect(run.status == 77)
        #expect(server.requests.count == 1 && run.errors.contains("1 not tried"))
    }

    @Test func saysWhyAndShowsOneHold() async throws {
        let server = try StubServer { _, _ in .init(200, Self.hold(Self.tickets[0])) }
        defer { server.stop() }
        let why = try await ProgramRun(["why", Self.tickets[0], "--server", server.url])
        #expect(why.status == 0)
        #expect(
            why.output.contains("7 mode:  held: maintenance, hold") && why.output.contains("held, by gate: upgrade"))
        let show = try await ProgramRun(["holds", "show", Self.tickets[0], "--server", server.url])
        #expect(show.output.contains("password:  ‹redacted›"))
    }

    @Test func exitsWith1WhenThereIsNoSuchHold() async throws {
        let server = try StubServer { _, _ in .problem(404, "no hold has this ticket") }
        defer { server.stop() }
        let run = try await ProgramRun(["why", Self.tickets[0], "--server", server.url])
        #expect(run.status == 1 && run.errors.contains("no hold has this ticket"))
    }

    // MARK: Inspections

    @Test func inspectsAPack() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("content.pack.name=Test\ncontent.pack.version=1.0\n", to: "contentpack.properties")
        try folder.write(
            "namespace: a.b\nflow:\n  name: c\n  workflow:\n    - go: {do: {d: []}}\n", to: "Content/Library/a/b/c.sl")
        let good = try await ProgramRun(["pack", "inspect", folder.url.path, "--json"])
        #expect(good.status == 0)
        #expect(try good.json["format"] == 1)
        #expect(try good.json["pack"]?["name"] == "Test")
        try folder.write("<flow id=", to: "Content/Library/broken.xml")
        let bad = try await ProgramRun(["pack", "inspect", folder.url.path])
        #expect(bad.status == 1 && bad.output.contains("Test") && bad.errors.contains("broken.xml"))
        let missing = try await ProgramRun(["pack", "inspect", "/nonexistent.jar", "--json"])
        #expect(missing.status == 1)
        #expect(try missing.json["diagnostics"]?.array?.count == 1)
    }

    @Test func inspectsSchedules() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write(Self.schedule(cron: "0 0 22 * * ?"), to: "good.xml").path
        let good = try await ProgramRun(["schedule", "inspect", file, "--zone", "Europe/Berlin", "--json"])
        #expect(good.status == 0)
        #expect(try good.json["triggers"]?.array?.first?["timeZone"] == "Europe/Berlin")
        let broken = try folder.write("<job-scheduling-data", to: "broken.xml").path
        let bad = try await ProgramRun(["schedule", "inspect", file, broken])
        #expect(bad.status == 1 && bad.output.contains("nightly") && bad.errors.contains("broken.xml"))
    }

    private static func schedule(cron: String) -> String {
        """
        <job-scheduling-data xmlns="http://www.quartz-scheduler.org/xml/JobSchedulingData" version="2.0">
          <schedule>
            <job><name>nightly</name><job-class>org.example.Nightly</job-class></job>
            <trigger><cron><name>t</name><job-name>nightly</job-name>
              <cron-expression>\(cron)</cron-expression></cron></trigger>
          </schedule>
        </job-scheduling-data>
        """
    }
}
