import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// Windows in the real `sluice serve`, with the system's clock and its time zones, and over kills.
@Suite(.timeLimit(.minutes(10)))
struct WindowRunTests {
    /// A time in UTC, as the API takes it.
    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    private func plan(
        _ site: TestSite, start: Date, seconds: Int, _ more: [(String, JSONValue)] = []
    ) async throws -> String {
        var body: JSONObject = [
            "summary": "Upgrade", "start": .string(Self.text(start)), "durationSeconds": .int(seconds),
            "autoStart": true, "autoEnd": true, "reason": "a test",
        ]
        for (name, value) in more { body[name] = value }
        let answer = try await site.post("/v1/windows", body)
        #expect(answer.status == 201, "\(answer)")
        return try #require(answer.body["id"]?.string)
    }

    private func wait(_ site: TestSite, _ mode: String) async throws {
        try await site.until("the gate is \(mode)\n\(site.logText)", within: .seconds(30)) {
            try await site.get("/v1/gate").body["mode"] == .string(mode)
        }
    }

    private func occurrence(_ site: TestSite, _ id: String) async throws -> JSONValue {
        try #require(try await site.get("/v1/windows/\(id)").body["occurrences"]?.array?.first)
    }

    @Test("R34 R40: a window closes and opens the gate by itself, over kills, and is extended and shortened live")
    func goesItsWayOverKills() async throws {
        try await TestSite.with { site in
            try await site.start()
            let id = try await plan(site, start: Date() + 2, seconds: 3600)
            site.kill()
            try await site.start()
            try await wait(site, "hold")
            let held = try await site.ask("w-1")
            #expect(held.status == 202 && held.body["reason"]?["message"]?.string?.contains(id) == true, "\(held)")
            site.kill()
            try await site.start()
            #expect(try await site.get("/v1/gate").body["mode"] == "hold")
            let before = try #require(try await occurrence(site, id)["end"]?.string)
            let longer = try await site.post("/v1/windows/\(id)/extend", ["seconds": 600, "reason": "slow"])
            let end = try #require(longer.body["occurrences"]?.array?.first?["end"]?.string)
            #expect(FrozenSchedules.milliseconds(end) - FrozenSchedules.milliseconds(before) == 600_000)
            site.kill()
            try await site.start()
            #expect(try await occurrence(site, id)["end"]?.string == end, "the change is durable")
            #expect(try await occurrence(site, id)["state"] == "begun")
            let shorter = try await site.post("/v1/windows/\(id)/shorten", ["seconds": 4199, "reason": "done"])
            #expect(shorter.status == 200, "\(shorter)")
            try await wait(site, "open")
            let ended = try await occurrence(site, id)
            #expect(ended["state"] == "ended" && ended["gate"] == "opened", "\(ended)")
            try await site.until("the launch ended", within: .seconds(30)) {
                try await site.counts()["ended"] == 1
            }
            #expect(site.sandbox.bodyCounts(key: "order") == ["w-1": 1])
            #expect(try await site.metric("sluice_window_events_total{event=\"window-ended\"}") == 1)
        }
    }

    @Test("R34: what came due while the service was killed is done at its start")
    func catchesUp() async throws {
        try await TestSite.with { site in
            try await site.start()
            let start = Date() + 1
            let id = try await plan(site, start: start, seconds: 4)
            let over = try await plan(site, start: start, seconds: 1, [("autoStart", false), ("autoEnd", false)])
            try await wait(site, "hold")
            site.kill()
            try await site.until("the window is over", within: .seconds(30)) { Date() > start + 5 }
            try await site.start()
            try await wait(site, "open")
            #expect(try await occurrence(site, id)["state"] == "ended")
            #expect(try await occurrence(site, over)["state"] == "ended")
            let lateStart = Date() + 3
            let late = try await plan(site, start: lateStart, seconds: 3600)
            site.kill()
            // However long the steps before took.
            try await site.until("it is due", within: .seconds(30)) { Date() > lateStart + 3 }
            try await site.start()
            try await wait(site, "hold")
            #expect(try await occurrence(site, late)["cause"]?.string?.contains("begun late") == true)
        }
    }

    @Test("R31: what a person paused inside a window, gate or schedule, stays paused after its end")
    func leavesWhatAPersonPaused() async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            try await site.start(["SLUICE_GATE_INITIAL_MODE": "open"])
            let id = try await plan(site, start: Date() + 1, seconds: 3)
            try await wait(site, "hold")
            #expect(try await site.ask("w-1").status == 202)
            try await site.setGate("hold")
            site.sandbox.switchSchedule(try #require(schedules.ids["all"]), to: false)
            try await site.until("the window is over\n\(site.logText)", within: .seconds(30)) {
                try await occurrence(site, id)["state"] == "ended"
            }
            try await site.until("what was to be done to the gate is done", within: .seconds(30)) {
                try await occurrence(site, id)["gate"] == "left"
            }
            let gate = try await site.get("/v1/gate").body
            #expect(gate["mode"] == "hold" && gate["reason"] == "a test", "\(gate)")
            #expect(try await site.counts()["held"] == 1 && site.sandbox.bodyCounts(key: "order")["w-1"] == nil)
            #expect(schedules.enabled == ["latest", "skip"], "a window touches no schedule")
        }
    }

    @Test("R40: a live occurrence that is cancelled opens the gate, and the others stay; the CLI does the same")
    func cancels() async throws {
        try await TestSite.with { site in
            try await site.start()
            let start = Date() + 1
            let id = try await plan(site, start: start, seconds: 3600, [("rrule", "FREQ=DAILY;COUNT=3")])
            try await wait(site, "hold")
            let name = String(Self.text(start).dropLast())
            let cancel = ["window", "cancel", id, "--reason", "called off", "--occurrence"]
            let run = try await site.run(cancel + [name])
            #expect(run.status == 0 && run.output.contains("cancelled"), "\(run)")
            try await wait(site, "open")
            let states = try await site.get("/v1/windows/\(id)").body["occurrences"]?.array?.map { $0["state"]?.string }
            #expect(states == ["cancelled", "scheduled", "scheduled"])
            let again = try await site.run(cancel + [name])
            #expect(again.status == 1 && again.errors.contains("is over or cancelled"), "\(again)")
            let all = try await site.run(["window", "cancel", id, "--reason", "no more", "--json"])
            #expect(try all.json["cancelled"] == true)
            let list = try await site.run(["window", "list"])
            #expect(list.output.contains("Upgrade") && !list.output.contains("scheduled"), "\(list)")
        }
    }

    /// In 2037, so that it stays ahead; spring is on 29 March in London and on 4 October at Lord Howe.
    @Test(
        "R37: through the system's zones: gap, overlap, half an hour, month end, last Saturday, midnight",
        arguments: [
            (
                "Europe/London", "2037-03-28T22:00:00", "FREQ=DAILY;COUNT=3", 14_400,
                [
                    ("2037-03-28T22:00:00Z", "2037-03-29T02:00:00Z"), ("2037-03-29T21:00:00Z", "2037-03-30T01:00:00Z"),
                    ("2037-03-30T21:00:00Z", "2037-03-31T01:00:00Z"),
                ]
            ),
            (
                "Europe/London", "2037-03-28T01:30:00", "FREQ=DAILY;COUNT=3", 3600,
                [
                    ("2037-03-28T01:30:00Z", "2037-03-28T02:30:00Z"), ("2037-03-29T01:30:00Z", "2037-03-29T02:30:00Z"),
                    ("2037-03-30T00:30:00Z", "2037-03-30T01:30:00Z"),
                ]
            ),
            ("Europe/London", "2037-10-25T01:30:00", "", 7200, [("2037-10-25T00:30:00Z", "2037-10-25T02:30:00Z")]),
            (
                "Australia/Lord_Howe", "2037-10-04T02:15:00", "", 3600,
                [
                    ("2037-10-03T15:45:00Z", "2037-10-03T16:45:00Z")
                ]
            ),
            (
                "Europe/London", "2037-01-31T23:00:00", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", 7200,
                [
                    ("2037-01-31T23:00:00Z", "2037-02-01T01:00:00Z"), ("2037-02-28T23:00:00Z", "2037-03-01T01:00:00Z"),
                    ("2037-03-31T22:00:00Z", "2037-04-01T00:00:00Z"),
                ]
            ),
            (
                "America/New_York", "2037-02-28T22:00:00", "FREQ=MONTHLY;BYDAY=-1SA;COUNT=2", 3600,
                [
                    ("2037-03-01T03:00:00Z", "2037-03-01T04:00:00Z"), ("2037-03-29T02:00:00Z", "2037-03-29T03:00:00Z"),
                ]
            ),
        ] as [(String, String, String, Int, [(String, String)])])
    func keepsTheWallClock(
        zone: String, start: String, rule: String, seconds: Int, expected: [(String, String)]
    ) async throws {
        try await TestSite.with { site in
            try await site.start()
            var more: [(String, JSONValue)] = [
                ("start", .string(start)), ("timeZone", .string(zone)), ("dryRun", true),
            ]
            if !rule.isEmpty { more.append(("rrule", .string(rule))) }
            var body: JSONObject = ["summary": "Upgrade", "durationSeconds": .int(seconds), "reason": "a test"]
            for (name, value) in more { body[name] = value }
            let dry = try await site.post("/v1/windows", body)
            let times = dry.body["occurrences"]?.array?.map {
                "\($0["start"]?.string ?? "") \($0["end"]?.string ?? "")"
            }
            #expect(times == expected.map { "\($0.0) \($0.1)" }, "\(dry)")
            body["dryRun"] = false
            let planned = try await site.post("/v1/windows", body)
            let id = try #require(planned.body["id"]?.string)
            let stored = try await site.get("/v1/windows/\(id)").body["occurrences"]?.array
            #expect(stored?.map { $0["start"]?.string ?? "" } == expected.map(\.0), "\(planned)")
        }
    }
}
