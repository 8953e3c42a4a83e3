import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// How a maintenance is shown while it drains, and what metrics and events tell of it.
@Suite(.timeLimit(.minutes(10)))
struct MaintenanceStatusTests {
    /// A Central that can be drained.
    static func setup() -> Bench.Setup {
        var setup = Bench.Setup()
        setup.hasCentral = true
        setup.runsMaintenances = true
        setup.adjust = { configuration in
            configuration.drain.sight = .everything
            configuration.thawInterval = .zero
            configuration.catchUp = .none
            configuration.misfires = MisfirePolicies(standard: .skip)
        }
        return setup
    }

    static func plan(_ bench: Bench, _ more: JSONObject = [:]) async throws -> String {
        var body: JSONObject = [
            "title": "upgrade", "owner": "the night shift", "systems": "oo", "drainDeadlineSeconds": 7200,
            "expectedEnd": .string(bench.clocks.now().wall.advanced(by: .seconds(4 * 3600)).rfc3339),
        ]
        for member in more.members { body[member.name] = member.value }
        let planned = try await bench.client.send(.post, "/v1/maintenances", as: .operator, body: .object(body))
        return try #require(planned["id"]?.string, "\(planned)")
    }

    /// There is no fence at this site, which is a warning.
    static func start(_ id: String, _ bench: Bench) async throws {
        let started = try await bench.client.send(
            .post, "/v1/maintenances/\(id)/start", as: .operator, body: ["reason": "go", "acceptWarnings": true])
        #expect(started.status == 200, "\(started)")
    }

    static func show(_ id: String, _ bench: Bench) async throws -> Reply {
        try await bench.client.send(.get, "/v1/maintenances/\(id)", as: .viewer)
    }

    @Test("R17 what the look finds is answered to a plan and to a start, and a warning refuses it until it is accepted")
    func asksBeforeTheStart() async throws {
        try await Bench.run(Self.setup()) { bench in
            let paused = bench.central.addExecution(
                flow: FlowID("plain"), at: bench.clocks.now().wall.advanced(by: .seconds(-50)))
            bench.central.change(paused) { $0.status = .paused }
            let plan: JSONObject = [
                "title": "upgrade", "owner": "the night shift", "systems": "oo",
                "expectedEnd": .string(bench.clocks.now().wall.advanced(by: .seconds(4 * 3600)).rfc3339),
            ]
            let planned = try await bench.client.send(.post, "/v1/maintenances", as: .operator, body: .object(plan))
            let id = try #require(planned["id"]?.string, "\(planned)")
            func codes(_ reply: Reply, _ severity: String) -> [String] {
                (reply["preflight"]?.array ?? []).filter { $0["severity"]?.string == severity }
                    .compactMap { $0["code"]?.string }
            }
            #expect(codes(planned, "warning").contains("drain-paused"))
            #expect(Set(codes(planned, "note")).isSuperset(of: ["drain-running", "drain-time", "forecast-holds"]))
            let path = "/v1/maintenances/\(id)/start"
            let refused = try await bench.client.send(.post, path, as: .operator, body: ["reason": "go"])
            #expect(refused.status == 409 && refused.problem == "preflight-warnings", "\(refused)")
            #expect(codes(refused, "warning").contains("drain-paused"))
            #expect(try await Self.show(id, bench)["phase"] == "planned", "nothing was changed")
            #expect(bench.engine.gatekeeper.snapshot().record.isAnyOpen)
            let started = try await bench.client.send(
                .post, path, as: .operator, body: ["reason": "go", "acceptWarnings": true])
            #expect(started.status == 200 && codes(started, "warning").contains("drain-paused"))
            #expect(try OpenAPIDocument.load().faults(of: started, "POST", "/v1/maintenances/{id}/start") == [])
        }
    }

    @Test("R12 R14 a drain is shown with its estimate, quiet polls, what is in flight, and how good estimates were")
    func showsTheDrain() async throws {
        let setup = Self.setup()
        let line = DrainOutcome(
            predictions: [.init(madeAt: .zero, p50: .zero, p90: Timestamp(milliseconds: 9), runningCount: 1)],
            endedAt: Timestamp(milliseconds: 5), isNatural: true
        ).line
        try await setup.memory.commit(
            [.note(AuditNote(kind: AuditNote.drainEnded, at: .zero, by: .sluice, text: line))],
            fence: Fence(timeline: 1))
        try await Bench.run(setup) { bench in
            let now = bench.clocks.now().wall
            for index in 0..<20 {
                let past = bench.central.addExecution(
                    flow: FlowID("plain"), at: now.advanced(by: .seconds(Int64(index) - 4000)))
                bench.central.change(past) { summary in
                    summary.status = .completed
                    summary.endedAt = summary.startedAt?.advanced(by: .seconds(Int64(100 + index * 10)))
                }
            }
            let running = bench.central.addExecution(flow: FlowID("plain"), at: now.advanced(by: .seconds(-50)))
            let paused = bench.central.addExecution(flow: FlowID("plain"), at: now.advanced(by: .seconds(-50)))
            bench.central.change(paused) { $0.status = .paused }
            let id = try await Self.plan(bench)
            let planned = try await Self.show(id, bench)
            #expect(planned["drain"] == .null && planned["journal"] == .null)
            try await Self.start(id, bench)
            try await bench.advance { try await Self.show(id, bench)["drain", "estimate"]?.object != nil }
            let reply = try await Self.show(id, bench)
            #expect(try OpenAPIDocument.load().faults(of: reply, "GET", "/v1/maintenances/{id}") == [], "\(reply)")
            #expect(reply["drain", "left"] == 2 && reply["drain", "dry"] == false)
            #expect(reply["drain", "systems", "0", "running"] == 1)
            #expect(reply["drain", "systems", "0", "paused"]?.object?.members.count == 1)
            #expect(reply["drain", "systems", "0", "inFlight"] == 0)
            #expect(reply["drain", "estimate", "running"] == 1 && reply["drain", "estimate", "waitingForPerson"] == 1)
            let p50 = try #require(reply["drain", "estimate", "p50"]?.string.flatMap { Timestamp(rfc3339: $0) })
            let p90 = try #require(reply["drain", "estimate", "p90"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect(now < p50 && p50 < p90 && p90.since(now) < .seconds(400))
            #expect(reply["drain", "outlook"] == "unlikely", "one waits for a person")
            #expect(reply["calibration", "text"] == "our p90 held in 1 of 1 drains")
            #expect(reply["calibration", "p50"] == ["held": 0, "of": 1])
            // Nothing is left: it counts its quiet polls.
            bench.central.end(running)
            bench.central.end(paused)
            try await bench.advance { try await Self.show(id, bench)["drain", "systems", "0", "quietPolls"] == 2 }
            let quiet = try await Self.show(id, bench)
            #expect(quiet["drain", "quietPollsNeeded"] == 3 && quiet["drain", "left"] == 0)
            #expect(quiet["drain", "systems", "0", "waitsFor", "0", "code"] == "settling")
            try await bench.advance(by: .seconds(1)) { try await Self.show(id, bench)["phase"] == "quiesced" }
            #expect(try await Self.show(id, bench)["calibration", "p90", "of"] == 2)
        }
    }

    @Test("the phase and the open changes are metrics; no phase is told when none is under way")
    func measuresPhases() async throws {
        let setup = Self.setup()
        var schedule = CentralSchedule(
            id: ScheduleID("1"), name: "nightly", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("plain")
        schedule.startDate = setup.clocks.now().wall
        try await Bench.run(setup) { [schedule] bench in
            func value(_ name: String, _ labels: [String: String] = [:]) async throws -> Double? {
                try PrometheusPage(try await bench.client.send(.get, "/metrics", as: nil).text).value(name, labels)
            }
            func phases() async throws -> [String] {
                var phases: [String] = []
                for phase in MaintenancePhase.allCases {
                    let value = try #require(
                        try await value("sluice_maintenance_phase", ["phase": phase.rawValue]))
                    if value == 1 { phases.append(phase.rawValue) }
                }
                return phases
            }
            bench.central.put(schedule)
            bench.central.addExecution(flow: FlowID("plain"), at: bench.clocks.now().wall)
            let id = try await Self.plan(bench)
            #expect(try await phases() == [])
            #expect(try await value("sluice_journal_open") == 0)
            try await Self.start(id, bench)
            try await bench.advance { try await Self.show(id, bench)["phase"] == "draining-oo" }
            #expect(try await phases() == ["draining-oo"])
            #expect(try await value("sluice_journal_open") == 1, "the schedule that it disabled")
            _ = try await bench.client.send(
                .post, "/v1/maintenances/\(id)/abort", as: .operator, body: ["reason": "no"])
            try await bench.advance { try await Self.show(id, bench)["phase"] == "aborted" }
            #expect(try await phases() == [])
            #expect(try await value("sluice_journal_open") == 0)
        }
    }

    @Test("R45 each phase is an event of its own, with who and why, and waivers are")
    func tellsPhases() async throws {
        try await Bench.run(Self.setup(), .live) { bench in
            let running = bench.central.addExecution(flow: FlowID("plain"), at: bench.clocks.now().wall)
            let connection = try RawConnection(port: try #require(bench.client.base.port))
            try connection.send(
                "GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Bench.Token.viewer.rawValue)\r\n\r\n")
            _ = try await connection.text(until: "retry: 3000")
            let id = try await Self.plan(bench)
            try await Self.start(id, bench)
            try await bench.advance {
                try await Self.show(id, bench)["blockers"]?.array?.contains {
                    $0["name"]?.string == "execution:\(running)"
                } ?? false
            }
            let waived = try await bench.client.send(
                .post, "/v1/maintenances/\(id)/waive", as: .operator,
                body: ["blocker": .string("execution:\(running)"), "reason": "it may die"])
            #expect(waived.status == 200)
            let text = try await connection.text(until: "maintenance-waived")
            var kinds: [String] = []
            for block in text.split(separator: "event: ").dropFirst() where block.hasPrefix("phase\n") {
                let kind = block.split(separator: "\"kind\":\"").last?.split(separator: "\"").first
                kinds.append(String(kind ?? "?"))
            }
            #expect(
                kinds == [
                    "maintenance-planned", "maintenance-closing-oo", "maintenance-draining-oo", "maintenance-waived",
                ], "\(text)")
            #expect(text.contains("\"by\":\"ann\"") && text.contains(id))
            connection.reset()
        }
    }

    @Test("a plan may name a window; a dry run says what is wrong with it, and a plan is refused by it")
    func plansByWindow() async throws {
        try await Bench.run(Self.setup()) { bench in
            func window(_ more: JSONObject) async throws -> String {
                var body: JSONObject = [
                    "summary": "Upgrade", "start": "2025-11-30T12:00:00Z", "durationSeconds": 3600, "reason": "monthly",
                ]
                for member in more.members { body[member.name] = member.value }
                let reply = try await bench.client.send(.post, "/v1/windows", as: .operator, body: .object(body))
                return try #require(reply["id"]?.string)
            }
            let fine = try await window([:])
            let id = try await Self.plan(bench, ["window": .string(fine)])
            let shown = try await Self.show(id, bench)
            #expect(shown["window"]?.string == fine && shown["start"] == .null)
            let closing = try await window(["autoStart": true])
            let body: JSONObject = [
                "title": "upgrade", "owner": "me", "systems": "oo", "window": .string(closing),
                "expectedEnd": "2025-11-30T14:00:00Z",
            ]
            let refused = try await bench.client.send(.post, "/v1/maintenances", as: .operator, body: .object(body))
            #expect(refused.status == 422 && refused.problem == "invalid-plan" && refused.text.contains("autoStart"))
            var dry = body
            dry["dryRun"] = true
            let looked = try await bench.client.send(.post, "/v1/maintenances", as: .operator, body: .object(dry))
            #expect(looked.status == 200 && looked["problems", "0"]?.string?.contains("autoStart") == true)
        }
    }
}
