import Foundation
import SluiceJSON
import Testing

/// The program as scripts see it: arguments, exit codes, stdout, stderr.
@Suite struct CommandLineTests {
    private static let ticket = "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD"
    private static let ask = ["gate", "ask", "--flow", "backup.nightly", "--source", "scheduler"]
    private static let set = ["release", "set", "--reason", "r"]
    private static let proceed: JSONValue = [
        "decision": "proceed", "reason": ["code": "open", "message": "The gate is open"], "pass": "p_secret",
        "epoch": 6, "validForSeconds": 60,
    ]
    private static let hold: JSONValue = [
        "decision": "hold", "reason": ["code": "maintenance", "message": "Held: upgrade"], "ticket": .string(ticket),
        "position": 42, "epoch": 7,
    ]
    private static let reject: JSONValue = [
        "decision": "reject", "reason": ["code": "maintenance", "message": "Refused"], "epoch": 7,
    ]

    // MARK: Without a server

    @Test(arguments: [
        ["gate", "ask"], ["gate", "status"], ["gate", "set"], ["holds", "list"], ["holds", "show"],
        ["holds", "release"], ["holds", "discard"], ["holds", "retry"], ["why"], ["pack", "inspect"],
        ["pack", "load"], ["pack", "loaded"], ["schedule", "inspect"], ["schedule", "forecast"], ["schedule", "quiet"],
        ["window", "plan"], ["window", "list"], ["window", "show"], ["window", "extend"], ["window", "shorten"],
        ["window", "cancel"], ["window", "ics"], ["window", "import"], ["oo", "schedules"], ["oo", "freeze"],
        ["oo", "thaw"], ["oo", "journal"], ["oo", "missed"], ["oo", "snapshot"], ["oo", "diff"], ["oo", "restore"],
        ["csa", "snapshot"], ["csa", "diff"], ["csa", "restore"],
    ])
    func everyCommandHasHelpWithAnExample(command: [String]) async throws {
        let run = try await ProgramRun(command + ["--help"])
        #expect(run.status == 0)
        #expect(run.output.contains("Example") && run.output.contains("sluice " + command.joined(separator: " ")))
        #expect(run.output.contains("--json"))
    }

    @Test(arguments: [
        ["gate", "ask"], ["gate", "bogus"], ["gate", "set", "shut", "--reason", "r"],
        ["gate", "set", "inherit", "--reason", "r"], ["gate", "set", "open"],
        ["gate", "set", "hold", "--reason", "r", "--scope", "nonsense"], ["holds", "list", "--state", "held,bogus"],
        ["holds", "list", "--limit", "0"], ["holds", "show", "bogus"], ["holds", "release", ticket], ["why"],
        ["pack", "inspect"], ["pack", "load"], ["schedule", "inspect", "x.xml", "--zone", "Nowhere/Land"],
        ["gate", "status", "--server", "ftp://h"], ["gate", "status", "--timeout", "soon"],
        ask + ["--input", "noequals"], ask + ["--input", "a=1", "--input", "a=2"], ask + ["--sensitive", "nobody"],
        ask + ["--priority", "10"], ask + ["--ticket", ticket], ask + ["--launcher", "sluice", "--wait", "1m"],
        ask + ["--not-before", "2026-12-02T00:00:00Z", "--expires-at", "2026-12-01T00:00:00Z"],
        ask + ["--input-file", "/nonexistent.json"], set, set + ["--no-canary", "--canary", "5"],
        set + ["--no-ramp", "--ramp-from", "10"], set + ["--ramp-factor", "200", "--ramp-step", "5"],
        set + ["--canary", "500"], set + ["--ceiling", "0"],
    ])
    func exitsWith64WhenTheCommandLineIsWrong(arguments: [String]) async throws {
        let run = try await ProgramRun(arguments)
        #expect(run.status == 64)
        #expect(run.output.isEmpty && run.errors.hasPrefix("Error: "))
        let json = try await ProgramRun(arguments + ["--json"])
        #expect(json.status == 64)
        #expect(try json.problem["exitCode"] == 64)
    }

    @Test(arguments: [["gate", "status"], ["holds", "list"], ["why", ticket], ask + ["--timeout", "3s"]])
    func exitsWith69WhenNobodyListens(arguments: [String]) async throws {
        let server = try StubServer { _, _ in nil }
        server.stop()
        let run = try await ProgramRun(arguments, environment: ["SLUICE_SERVER": server.url])
        #expect(run.status == 69)
        #expect(run.errors.contains("connection refused"))
    }

    @Test func tellsNoSecretOfItsEnvironmentOrAddress() async throws {
        let address = try await ProgramRun(["gate", "status", "--server", "http://me:hidden@127.0.0.1:1"])
        #expect(address.status == 64 && !address.errors.contains("hidden"))
        let both = try await ProgramRun(
            ["gate", "status"], environment: ["SLUICE_TOKEN": "hidden", "SLUICE_TOKEN_FILE": "/tmp/x"])
        #expect(both.status == 64 && !both.errors.contains("hidden"))
        let input = try await ProgramRun(Self.ask + ["--input", "hidden"])
        #expect(input.status == 64 && !input.errors.contains("hidden"))
    }

    // MARK: gate ask

    @Test(arguments: [
        (StubServer.Answer(200, proceed), Int32(0)), (.init(202, hold), 75), (.init(403, reject), 76),
        (.problem(403, "role gate is needed"), 77), (.problem(401, "no token"), 77), (.problem(400, "no"), 1),
        (.problem(503, "the store cannot be written"), 69), (.init(200, ["hello": "world"]), 69),
    ])
    func exitCodeIsTheDecision(answer: StubServer.Answer, status: Int32) async throws {
        let server = try StubServer { _, _ in answer }
        defer { server.stop() }
        let run = try await ProgramRun(Self.ask + ["--server", server.url, "--timeout", "3s"])
        #expect(run.status == status)
        #expect(!(run.output + run.errors).contains("p_secret"))
        if let detail = answer.body["detail"]?.string { #expect(run.errors.contains(detail)) }
    }

    @Test func printsThePassOnlyWhenAskedTo() async throws {
        let server = try StubServer { _, _ in .init(200, Self.proceed) }
        defer { server.stop() }
        let text = try await ProgramRun(Self.ask + ["--server", server.url, "--print-pass"])
        #expect(text.output.contains("p_secret"))
        let json = try await ProgramRun(Self.ask + ["--server", server.url, "--json", "--ask-id", "q-1"])
        #expect(try json.json["pass"] == "p_secret")
        #expect(try json.json["askId"] == "q-1")
    }

    @Test func asksTheSameQuestionAgainWhenTheGateCannotDecide() async throws {
        let server = try StubServer { _, index in
            index == 0 ? .problem(503, "store-unavailable") : .init(200, Self.proceed)
        }
        defer { server.stop() }
        let run = try await ProgramRun(Self.ask + ["--server", server.url])
        #expect(run.status == 0)
        let askIDs = server.requests.map { $0.body?["askId"]?.string }
        #expect(askIDs.count == 2 && askIDs[0] != nil && askIDs[0] == askIDs[1])
    }

    @Test func asksAgainWhenAProceedCameTooLate() async throws {
        let server = try StubServer { _, index in
            var answer = Self.proceed.object!
            if index == 0 { answer["validForSeconds"] = 0 }
            return .init(200, .object(answer))
        }
        defer { server.stop() }
        let run = try await ProgramRun(Self.ask + ["--server", server.url])
        #expect(run.status == 0)
        #expect(server.requests.count == 2)
    }

    @Test func exitsWith124WhenNoDecisionComesInTime() async throws {
        let server = try StubServer { _, _ in nil }
        defer { server.stop() }
        let run = try await ProgramRun(Self.ask + ["--server", server.url, "--timeout", "300ms"])
        #expect(run.status == 124)
    }

    @Test func waitsForTheReleaseWithItsTicket() async throws {
        let server = try StubServer { request, index in
            index == 0 ? .init(202, Self.hold) : .init(200, Self.proceed)
        }
        defer { server.stop() }
        let run = try await ProgramRun(Self.ask + ["--server", server.url, "--wait", "1m"])
        #expect(run.status == 0)
        #expect(run.errors.contains("held: maintenance: Held: upgrade (ticket \(Self.ticket), position 42)"))
        let last = try #require(server.requests.last)
        #expect(server.requests.count == 2 && last.target == "/v1/launches?wait=30s")
        #expect(last.body?["ticket"]?.string == Self.ticket)
        #expect(last.body?["askId"] == server.requests[0].body?["askId"])
    }

    @Test func exitsWith75WhenItIsStillHeldAfterTheWait() async throws {
        let server = try StubServer { _, _ in .init(202, Self.hold) }
        defer { server.stop() }
        let run = try await ProgramRun(Self.ask + ["--server", server.url, "--wait", "500ms"])
        #expect(run.status == 75)
        #expect(run.output.contains(Self.ticket))
        #expect(run.errors.contains("--ask-id") && run.errors.contains("--ticket \(Self.ticket)"))
    }

    @Test func sendsWhatItWasTold() async throws {
        let server = try StubServer { _, _ in .init(200, Self.proceed) }
        defer { server.stop() }
        let run = try await ProgramRun(
            Self.ask + [
                "--server", server.url, "--input", "host=db=1", "--input-file", "-", "--sensitive", "password",
                "--priority", "7", "--not-before", "2026-12-01T23:00:00+01:00", "--ordering-key", "k",
            ], environment: ["SLUICE_TOKEN": "t0ken-of-the-gate"], input: #"{"password": "x", "host": "other"}"#)
        #expect(run.status == 0)
        let request = try #require(server.requests.first)
        #expect(request.headers["authorization"] == "Bearer t0ken-of-the-gate")
        var body = try #require(request.body?.object)
        body["askId"] = nil
        #expect(
            body == [
                "flow": "backup.nightly", "source": "scheduler", "launcher": "caller",
                "inputs": ["password": "x", "host": "db=1"], "sensitiveInputs": ["password"], "orderingKey": "k",
                "priority": 7, "notBefore": "2026-12-01T22:00:00Z",
            ])
    }
}
