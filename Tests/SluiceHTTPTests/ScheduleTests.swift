import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// `/v1/schedules`: Central's schedules, their freeze, the journal and what was missed.
@Suite(.timeLimit(.minutes(10)))
struct ScheduleTests {
    private static var setup: Bench.Setup {
        var setup = Bench.Setup()
        setup.hasCentral = true
        return setup
    }

    private static func schedule(_ id: String, path: String, from start: Timestamp) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID(id), name: "s\(id)", triggerExpression: "*/60000", isEnabled: true)
        schedule.flow = FlowID("flow-\(id)")
        schedule.flowPath = path
        schedule.startDate = start
        schedule.inputs = [LaunchInput(name: "password", value: .clear("hunter2"))]
        return schedule
    }

    private struct Overdue: Error {}

    private func wait(_ bench: Bench, _ phase: String) async throws -> Reply {
        for _ in 0..<400 {
            let reply = try await bench.client.send(.get, "/v1/schedules", as: .viewer, bytes: nil)
            if reply["freeze"]?["phase"]?.string == phase { return reply }
            bench.clocks.advance(by: .milliseconds(250))
            await letOthersRun(turns: 50)
        }
        throw Overdue()
    }

    @Test("R32 R44: frozen and thawed by selection, an operator's alone, and told in journal and missed times")
    func freezesAndThaws() async throws {
        try await Bench.run(Self.setup) { bench in
            let start = bench.clocks.now().wall.advanced(by: .seconds(30))
            bench.central.put(Self.schedule("1", path: "Library/A/x", from: start))
            bench.central.put(Self.schedule("2", path: "Library/B/x", from: start))
            let order: JSONValue = ["paths": ["Library/A/**"], "reason": "upgrade"]
            for token in [Bench.Token.gate, .viewer] {
                let refused = try await bench.client.send(.post, "/v1/schedules/freeze", as: token, body: order)
                #expect(refused.status == 403)
            }
            let dry = try await bench.client.send(
                .post, "/v1/schedules/freeze", as: .operator,
                body: ["paths": ["Library/A/**"], "reason": "upgrade", "dryRun": true])
            #expect(dry.status == 200 && dry["count"] == 1 && bench.central.switches.isEmpty)
            let accepted = try await bench.client.send(.post, "/v1/schedules/freeze", as: .operator, body: order)
            #expect(accepted.status == 202)
            let frozen = try await wait(bench, "frozen")
            let states = frozen["schedules"]?.array?.map { $0["isEnabled"]?.bool }
            #expect(states == [false, true])
            #expect(frozen["schedules"]?.array?.first?["frozen"]?.string == "done")
            for _ in 0..<20 { bench.clocks.advance(by: .seconds(10)) }
            let thaw = try await bench.client.send(
                .post, "/v1/schedules/thaw", as: .operator, body: ["reason": "done"])
            #expect(thaw.status == 202)
            _ = try await wait(bench, "idle")
            let journal = try await bench.client.send(.get, "/v1/schedules/journal", as: .viewer, bytes: nil)
            #expect(journal["entries"]?.array?.count == 2)
            #expect(journal["entries"]?.array?.allSatisfy { $0["state"]?.string == "reverted" } == true)
            let missed = try await bench.client.send(.get, "/v1/schedules/missed?schedule=1", as: .viewer, bytes: nil)
            #expect((missed["missed"]?.array?.count ?? 0) >= 3)
            #expect(missed["missed"]?.array?.last?["outcome"]?.string == "held")
            let cut = try await bench.client.send(.get, "/v1/schedules/missed?limit=2", as: .viewer, bytes: nil)
            let cursor = try #require(cut["next"]?.string)
            let rest = try await bench.client.send(
                .get, "/v1/schedules/missed?cursor=\(cursor)", as: .viewer, bytes: nil)
            #expect((rest["missed"]?.array?.count ?? 0) + 2 == missed["missed"]?.array?.count)
            #expect(![frozen, journal, missed].contains { $0.text.contains("hunter2") })
        }
    }

    @Test func saysWhatIsWrong() async throws {
        try await Bench.run(Self.setup) { bench in
            let bodies: [JSONValue] = [
                [:], ["reason": " "], ["reason": "r", "ids": [""]], ["reason": "r", "what": 1],
            ]
            for body in bodies {
                let reply = try await bench.client.send(.post, "/v1/schedules/freeze", as: .operator, body: body)
                #expect(reply.status == 400, "\(body)")
            }
            for path in ["journal?limit=0", "missed?limit=x", "missed?what=1", "missed?schedule="] {
                let reply = try await bench.client.send(.get, "/v1/schedules/\(path)", as: .viewer, bytes: nil)
                #expect(reply.status == 400, "\(path)")
            }
            bench.central.failReads(CentralError(.unreachable, "no route"))
            let reply = try await bench.client.send(.get, "/v1/schedules", as: .viewer, bytes: nil)
            #expect(reply.status == 502)
        }
        try await Bench.run { bench in
            let reply = try await bench.client.send(.get, "/v1/schedules", as: .viewer, bytes: nil)
            #expect(reply.status == 409)
        }
    }

    @Test(
        "brackets in a pattern over paths are refused, and nothing is frozen",
        arguments: ["Library/[A]/**", "Library/A]", "{Library,Other}/**", "Library/A}/x", "[!B]*"])
    func refusesBrackets(pattern: String) async throws {
        try await Bench.run(Self.setup) { bench in
            bench.central.put(Self.schedule("1", path: "Library/A/x", from: bench.clocks.now().wall))
            for verb in ["freeze", "thaw"] {
                for isDryRun in [false, true] {
                    let reply = try await bench.client.send(
                        .post, "/v1/schedules/\(verb)", as: .operator,
                        body: [
                            "paths": ["Library/A/**", .string(pattern)], "reason": "r", "dryRun": .bool(isDryRun),
                        ])
                    #expect(reply.status == 400 && reply.text.contains("/paths"), "\(reply)")
                    #expect(reply.text.contains("write ? for a bracket"), "\(reply)")
                }
            }
            // A question mark stands for one of them.
            let taken = try await bench.client.send(
                .post, "/v1/schedules/freeze", as: .operator,
                body: ["paths": ["Library/?/**"], "reason": "r", "dryRun": true])
            #expect(taken.status == 200 && taken["count"] == 1, "\(taken)")
            #expect(bench.central.switches.isEmpty && bench.engine.freezer?.status().phase == .idle)
        }
    }

    @Test func namesAScheduleThatCentralDoesNotList() async throws {
        try await Bench.run(Self.setup) { bench in
            bench.central.put(Self.schedule("1", path: "Library/A/x", from: bench.clocks.now().wall))
            for verb in ["freeze", "thaw"] {
                for isDryRun in [false, true] {
                    let reply = try await bench.client.send(
                        .post, "/v1/schedules/\(verb)", as: .operator,
                        body: ["ids": ["1", "nope"], "reason": "r", "dryRun": .bool(isDryRun)])
                    #expect(reply.status == 400 && reply.text.contains("nope"), "\(verb) \(reply)")
                }
            }
            #expect(bench.central.switches.isEmpty)
            // A freeze need not wait for a Central that is away: it is on disk, and done later.
            bench.central.failReads(CentralError(.unreachable, "no route"))
            let accepted = try await bench.client.send(
                .post, "/v1/schedules/freeze", as: .operator, body: ["ids": ["1"], "reason": "r"])
            #expect(accepted.status == 202 && accepted["isAccepted"] == true, "\(accepted)")
        }
    }

    @Test("R31: a dry run of a thaw shows what would be enabled, and apart what somebody changed meanwhile")
    func showsWhatAThawLeaves() async throws {
        try await Bench.run(Self.setup) { bench in
            let start = bench.clocks.now().wall.advanced(by: .seconds(30))
            for id in ["1", "2", "3", "4"] {
                bench.central.put(Self.schedule(id, path: "Library/A/x", from: start))
            }
            let none = try await bench.client.send(.post, "/v1/schedules/thaw", as: .operator, body: ["reason": "r"])
            #expect(none.status == 200 && none["isAccepted"] == false, "\(none)")
            _ = try await bench.client.send(.post, "/v1/schedules/freeze", as: .operator, body: ["reason": "r"])
            _ = try await wait(bench, "frozen")
            bench.central.put(Self.schedule("2", path: "Library/A/x", from: start))
            var renamed = Self.schedule("3", path: "Library/A/x", from: start)
            renamed.isEnabled = false
            renamed.name = "other"
            bench.central.put(renamed)
            bench.central.removeSchedule(ScheduleID("4"))
            let dry = try await bench.client.send(
                .post, "/v1/schedules/thaw", as: .operator, body: ["reason": "r", "dryRun": true])
            #expect(dry["schedules"]?.array?.map { $0["id"]?.string } == ["1"], "\(dry)")
            #expect(dry["schedules", "0", "frozen"]?.string == "done")
            let causes =
                dry["conflicts"]?.array?.map { "\($0["id"]?.string ?? ""): \($0["cause"]?.string ?? "")" } ?? []
            #expect(causes.count == 3 && causes[0].hasPrefix("2: ") && causes[0].contains("enabled"), "\(causes)")
            #expect(causes[1].contains("name") && causes[2].contains("deleted"), "\(causes)")
        }
    }

    @Test("R31 R44: a snapshot is compared and put back, by an operator alone, with no value of an input in it")
    func comparesAndRestores() async throws {
        try await Bench.run(Self.setup) { bench in
            let start = bench.clocks.now().wall.advanced(by: .seconds(30))
            for id in ["1", "2"] { bench.central.put(Self.schedule(id, path: "Library/A/x", from: start)) }
            func send(_ path: String, _ body: JSONValue, as token: Bench.Token = .operator) async throws -> Reply {
                try await bench.client.send(.post, "/v1/schedules/\(path)", as: token, body: body)
            }
            let taken = try await bench.client.send(.get, "/v1/schedules/snapshot", as: .viewer, bytes: nil)
            #expect(taken.status == 200 && !taken.text.contains("hunter2"))
            let snapshot = try JSONReader.read(taken.text)
            #expect(try await send("diff", ["from": snapshot], as: .viewer)["same"] == true)
            for (method, path) in [(HTTPRequest.Method.get, "snapshot"), (.post, "diff"), (.post, "restore")] {
                let refused = try await bench.client.send(method, "/v1/schedules/\(path)", as: .gate, bytes: nil)
                #expect(refused.status == 403, "\(path)")
            }
            let order: JSONValue = ["snapshot": snapshot, "reason": "back"]
            #expect(try await send("restore", order, as: .viewer).status == 403)
            let nothing = try await send("restore", order)
            #expect(nothing.status == 200 && nothing["isAccepted"] == false, "\(nothing)")
            try await bench.central.setEnabled(ScheduleID("1"), false)
            var changed = Self.schedule("2", path: "Library/A/x", from: start)
            changed.inputs = [LaunchInput(name: "password", value: .clear("hunter3"))]
            changed.isEnabled = false
            bench.central.put(changed)
            let drift = try await send("diff", ["from": snapshot])
            #expect(drift["differences", "1", "sentence"]?.string?.contains("input password has another value") == true)
            #expect(!drift.text.contains("hunter"), "\(drift)")
            let accepted = try await send("restore", order)
            #expect(accepted.status == 202 && accepted["switches"]?.array?.count == 1, "\(accepted)")
            #expect(accepted["conflicts", "0", "id"]?.string == "2", "\(accepted)")
            let after = try await wait(bench, "idle")
            #expect(after["schedules"]?.array?.map { $0["isEnabled"]?.bool } == [true, false], "\(after)")
            let bad: [JSONValue] = [[:], ["snapshot": snapshot], ["snapshot": [:], "reason": "r"], ["reason": "r"]]
            for body in bad { #expect(try await send("restore", body).status == 400, "\(body)") }
            #expect(try await send("diff", ["from": 7]).status == 400)
        }
    }

    @Test("the freeze's status asks Central nothing, and shows why it does not get on")
    func showsTheStatusAlone() async throws {
        try await Bench.run(Self.setup) { bench in
            bench.central.put(Self.schedule("1", path: "Library/A/x", from: bench.clocks.now().wall))
            bench.central.failReads(CentralError(.unauthorized, "401; check central.username"))
            let order: JSONValue = ["reason": "upgrade"]
            _ = try await bench.client.send(.post, "/v1/schedules/freeze", as: .operator, body: order)
            func status(_ token: Bench.Token = .viewer) async throws -> Reply {
                try await bench.client.send(.get, "/v1/schedules/freeze", as: token, bytes: nil)
            }
            try await bench.advance(by: .seconds(1)) { try await status()["freeze", "trouble"]?.string != nil }
            let count = bench.central.failedScheduleCallCount
            let shown = try await status()
            #expect(shown["freeze", "phase"] == "freezing" && shown["freeze", "isIncomplete"] == false, "\(shown)")
            #expect(shown["freeze", "trouble"]?.string?.contains("check central.username") == true)
            #expect(bench.central.failedScheduleCallCount == count)
            #expect(try await status(.gate).status == 403)
            let listing = try await bench.client.send(.get, "/v1/schedules", as: .viewer, bytes: nil)
            #expect(listing.status == 502 && listing.text.contains("not asked again before"), "\(listing)")
        }
        try await Bench.run { bench in
            let reply = try await bench.client.send(.get, "/v1/schedules/freeze", as: .viewer, bytes: nil)
            #expect(reply.status == 409)
        }
    }

    @Test("R31 R44: an operator waives what Central does not enable; the thaw ends, and a new freeze may begin")
    func waives() async throws {
        try await Bench.run(Self.setup) { bench in
            for id in ["1", "2"] {
                bench.central.put(Self.schedule(id, path: "Library/A/x", from: bench.clocks.now().wall))
            }
            let order: JSONValue = ["reason": "upgrade"]
            func send(_ verb: String, _ body: JSONValue, as token: Bench.Token = .operator) async throws -> Reply {
                try await bench.client.send(.post, "/v1/schedules/\(verb)", as: token, body: body)
            }
            _ = try await send("freeze", order)
            _ = try await wait(bench, "frozen")
            let wish: JSONValue = ["ids": ["1"], "reason": "its owner left"]
            let early = try await send("waive", wish)
            #expect(early.status == 409 && early.text.contains("thaw or restore of 1"), "\(early)")
            bench.central.planSwitches(.fail, .take, .fail, .fail, .fail, .fail)
            _ = try await send("thaw", order)
            try await bench.advance(by: .seconds(1)) { bench.central.switches.count == 3 }
            let refused = try await send("freeze", order)
            #expect(refused.status == 409 && refused.text.contains("waive"), "\(refused)")
            for body in [["reason": "r"], ["ids": [], "reason": "r"], ["ids": ["1"]], ["paths": ["x"]]] as [JSONValue] {
                #expect(try await send("waive", body).status == 400, "\(body)")
            }
            #expect(try await send("waive", wish, as: .viewer).status == 403)
            let waived = try await send("waive", wish)
            #expect(waived.status == 202 && waived["isAccepted"] == true, "\(waived)")
            _ = try await wait(bench, "idle")
            let journal = try await bench.client.send(.get, "/v1/schedules/journal", as: .viewer, bytes: nil)
            let entry = journal["entries"]?.array?.first { $0["object"] == "1" }
            #expect(entry?["state"] == "conflict" && entry?["intended"] == "enabled=false; waived", "\(journal)")
            #expect(
                entry?["cause"]?.string?.hasPrefix("waived by ann: its owner left; it is left disabled") == true)
            #expect(try await send("freeze", order).status == 202)
        }
    }
}
