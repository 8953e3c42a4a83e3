import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// `sluice oo freeze|thaw --wait`, `status` and `waive` with a real `sluice serve` and the sandbox's Central.
@Suite(.timeLimit(.minutes(10)))
struct FreezeWaitTests {
    private func run(_ body: (TestSite, FrozenSchedules) async throws -> Void) async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            try await site.start()
            try await body(site, schedules)
        }
    }

    private static func refuse(_ id: String, _ status: Int = 500) -> SandboxFault {
        SandboxFault(.status(status, text: "no"), id: "refused", method: "PUT", path: "/schedules/\(id)/enabled")
    }

    @Test("R32: --wait ends with 0 when all are frozen, and when all are thawed, and says on stderr how it goes on")
    func waits() async throws {
        try await run { site, schedules in
            let freeze = try await site.run(["oo", "freeze", "--reason", "upgrade", "--wait", "30s"])
            #expect(freeze.status == 0 && freeze.output.isEmpty, "\(freeze)")
            #expect(freeze.errors.hasPrefix("freeze: freezing (upgrade)"), "\(freeze)")
            #expect(freeze.errors.hasSuffix("freeze: frozen (upgrade), 3 disabled\n"), "\(freeze)")
            #expect(schedules.enabled.isEmpty)
            let status = try await site.run(["oo", "status"])
            #expect(status.status == 0 && status.output == "freeze: frozen (upgrade), 3 disabled\n", "\(status)")
            let thaw = try await site.run(["oo", "thaw", "--reason", "done", "--wait", "60s", "--json"])
            #expect(thaw.status == 0, "\(thaw)")
            #expect(try thaw.json["freeze"]?["phase"] == "idle" && thaw.json["isAccepted"] == true, "\(thaw)")
            #expect(schedules.enabled == ["all", "latest", "skip"])
            let nothing = try await site.run(["oo", "thaw", "--reason", "done", "--wait", "60s"])
            #expect(nothing.status == 0 && nothing.errors.contains("nothing to thaw"), "\(nothing)")
        }
    }

    @Test("--wait ends with 124 when its time is over, says what is missing, and the freeze goes on")
    func timesOut() async throws {
        try await run { site, schedules in
            site.sandbox.add(faults: [Self.refuse("*")])
            let freeze = try await site.run(["oo", "freeze", "--reason", "upgrade", "--wait", "10s"])
            #expect(freeze.status == 124, "\(freeze)")
            #expect(freeze.errors.contains("Error: it is not over yet: freeze: freezing"), "\(freeze)")
            #expect(freeze.errors.contains("is not yet disabled"), "\(freeze)")
            site.sandbox.removeFaults()
            try await schedules.wait("frozen")
            for wrong in [["--wait", "soon"], ["--wait", "2s", "--dry-run"]] {
                let refused = try await site.run(["oo", "thaw", "--reason", "done"] + wrong)
                #expect(refused.status == 64, "\(refused)")
            }
            #expect(schedules.enabled.isEmpty)
        }
    }

    @Test("R31: what Central does not enable is waived, reported by name, and a new freeze may begin")
    func waives() async throws {
        try await run { site, schedules in
            let stuck = try #require(schedules.ids["skip"])
            #expect(try await site.run(["oo", "freeze", "--reason", "upgrade", "--wait", "30s"]).status == 0)
            site.sandbox.add(faults: [Self.refuse(stuck, 403)])
            let late = try await site.run(["oo", "thaw", "--reason", "done", "--wait", "10s"])
            #expect(late.status == 124 && late.errors.contains("(skip) is not yet enabled"), "\(late)")
            let refused = try await site.run(["oo", "freeze", "--reason", "again"])
            #expect(refused.status == 1 && refused.errors.contains("waive"), "\(refused)")
            let waived = try await site.run(["oo", "waive", "--id", stuck, "--reason", "its owner left"])
            #expect(waived.status == 0, "\(waived)")
            try await schedules.wait("idle")
            #expect(schedules.enabled == ["all", "latest"])
            let entry = try await schedules.journal()["skip"]
            #expect(entry?.state == "conflict" && entry?.cause.contains("its owner left; it is left disabled") == true)
            let missed = try await schedules.missed("skip")
            #expect(!missed.isEmpty && missed.allSatisfy { $0.outcome == "left-alone" }, "\(missed)")
            let again = try await site.run(["oo", "freeze", "--reason", "again", "--wait", "30s"])
            #expect(again.status == 0, "a conflict from before is none of this order's: \(again)")
            // A person switches one: whoever waits for the thaw is told.
            site.sandbox.switchSchedule(try #require(schedules.ids["all"]), to: true)
            let thaw = try await site.run(["oo", "thaw", "--reason", "done", "--wait", "60s"])
            #expect(thaw.status == 3 && thaw.errors.contains("(all): somebody enabled it in Central"), "\(thaw)")
            #expect(schedules.enabled == ["all", "latest"], "what was waived is not ours to enable")
        }
    }

    @Test("a refused password is not sent again at once; the trouble is logged once and shown; SIGHUP tries at once")
    func leavesARefusingCentralAlone() async throws {
        try await run { site, schedules in
            site.sandbox.add(faults: [
                SandboxFault(.status(401, text: "no"), id: "list", method: "GET", path: "/all-schedules")
            ])
            let freeze = try await site.run(["oo", "freeze", "--reason", "upgrade", "--wait", "7s"])
            #expect(freeze.status == 124 && freeze.errors.contains("401"), "\(freeze)")
            #expect(site.sandbox.hitCount(ofFault: "list") == 1, "it would have been two after five seconds")
            let status = try await site.run(["oo", "status"])
            #expect(status.output.contains("cannot be read: unauthorized") && status.output.contains("tried again at"))
            let list = try await site.run(["oo", "schedules"])
            #expect(list.status == 69 && list.errors.contains("not asked again before"), "\(list)")
            site.hangUp()
            try await site.until("it is tried at once", within: .seconds(10)) {
                site.sandbox.hitCount(ofFault: "list") == 2
            }
            // Its answer has come: an order before that would be overtaken by it, and wait.
            try await site.until("it is put off again", within: .seconds(10)) {
                try await site.run(["oo", "status"]).output != status.output
            }
            let lines = site.logText.split(separator: "\n").filter { $0.contains("cannot be read; it is tried") }
            #expect(lines.count == 1, "\(lines)")
            site.sandbox.removeFaults()
            try await schedules.order("freeze")
            try await schedules.wait("frozen")
        }
    }

    /// A status as the server gives it.
    private static func status(
        _ phase: String, intended: Int = 0, isIncomplete: Bool = false
    ) -> StubServer.Answer {
        let freeze: JSONValue = [
            "phase": .string(phase), "reason": "upgrade", "trouble": .null, "isIncomplete": .bool(isIncomplete),
            "open": ["intended": .int(intended), "done": 1, "reverting": 0],
        ]
        return .init(200, ["freeze": freeze, "isAccepted": true])
    }

    @Test(
        "--wait tells a freeze that is whole from one that is not, and a restart from an end",
        arguments: [
            ([status("frozen", intended: 1), status("frozen")], 0, "1 to be disabled"),
            ([.problem(503, "the store is away"), status("frozen")], 0, "the store is away; still waiting"),
            ([status("frozen", isIncomplete: true)], 3, "kept appearing"),
            ([status("thawing"), status("idle")], 1, "somebody ordered that"),
            ([.problem(401, "the token is unknown")], 77, "the token is unknown"),
        ] as [([StubServer.Answer], Int32, String)])
    func tells(answers: [StubServer.Answer], status: Int32, words: String) async throws {
        // The journal is asked for first, then the order is given.
        let server = try StubServer { request, index in
            if request.target.contains("journal") { return .init(200, ["entries": []]) }
            return request.method == "POST" ? Self.status("freezing") : answers[min(index - 2, answers.count - 1)]
        }
        defer { server.stop() }
        let run = try await ProgramRun(
            ["oo", "freeze", "--reason", "upgrade", "--wait", "20s", "--server", server.url],
            environment: ["SLUICE_TOKEN": "t"])
        #expect(run.status == status && run.errors.contains(words), "\(run)")
        let lookCount = server.requests.count { $0.method == "GET" && $0.target == "/v1/schedules/freeze" }
        #expect(lookCount == answers.count)
    }
}
