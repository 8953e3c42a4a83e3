import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

/// `GET /v1/gate` and `PUT /v1/gate`.
@Suite(.timeLimit(.minutes(10)))
struct GateTests {
    @Test func showsWhoClosedItWhenAndWhy() async throws {
        try await Bench.run { bench in
            let before = try await bench.client.send(.get, "/v1/gate")
            #expect(before.status == 200)
            #expect(before["mode"] == "open")
            #expect(before["epoch"] == 1)
            #expect(before.header("ETag") == "\"1\"")
            let change = try await bench.set("hold", reason: "upgrade")
            #expect(change.status == 200)
            #expect(change.header("ETag") == "\"2\"")
            let after = try await bench.client.send(.get, "/v1/gate")
            #expect(after["mode"] == "hold")
            #expect(after["by"] == "ann")
            #expect(after["reason"] == "upgrade")
            #expect(after["since"]?.string == bench.clocks.now().wall.rfc3339)
            #expect(after["epoch"] == 2)
            #expect(after["holds", "held"] == 0)
        }
    }

    @Test func changesOnlyTheEpochThatWasSeen() async throws {
        try await Bench.run { bench in
            func put(_ mode: String, ifMatch: String) async throws -> Reply {
                try await bench.client.send(
                    .put, "/v1/gate", as: .operator, headers: [.ifMatch: ifMatch],
                    body: ["mode": .string(mode), "reason": "r"])
            }
            #expect(try await put("hold", ifMatch: "\"1\"").status == 200)
            let late = try await put("open", ifMatch: "\"1\"")
            #expect(late.status == 412)
            #expect(late.problem == "epoch-changed")
            #expect(late["epoch"] == 2)
            #expect(try await bench.client.send(.get, "/v1/gate")["mode"] == "hold")
            #expect(try await put("open", ifMatch: "*").status == 200)
            for bad in ["\"x\"", "", "\"", "\"1", "W/\"3\"", "\"3\", \"4\""] {
                let reply = try await put("hold", ifMatch: bad)
                #expect(reply.status == 400 || reply.status == 412, "\(bad): \(reply)")
            }
            #expect(try await bench.client.send(.get, "/v1/gate")["mode"] == "open")
        }
    }

    @Test func keepsTheEpochWhenNothingChanges() async throws {
        try await Bench.run { bench async throws in
            try await bench.set("hold", reason: "a")
            let again = try await bench.set("hold", reason: "a")
            #expect(again.status == 200)
            #expect(again["epoch"] == 2)
            #expect(try await bench.set("hold", reason: "b")["epoch"] == 3)
        }
    }

    @Test func decidesByTheNarrowestScope() async throws {
        try await Bench.run { bench async throws in
            try await bench.set("hold")
            #expect(try await bench.set("open", scope: "source:csa").status == 200)
            #expect(try await bench.set("refuse", scope: "flow:\(Client.flow)").status == 200)
            #expect(try await bench.client.ask(["source": "csa"])["decision"] == "reject")
            #expect(try await bench.client.ask(["flow": "x", "source": "csa"])["decision"] == "proceed")
            #expect(try await bench.client.ask(["flow": "x"])["decision"] == "hold")
            let shown = try await bench.client.send(.get, "/v1/gate")
            #expect(shown["scopes"]?.array?.count == 2)
            #expect(shown["scopes", "0", "scope"] == "source:csa")
            #expect(try await bench.set("inherit", scope: "flow:\(Client.flow)").status == 200)
            #expect(try await bench.client.ask(["source": "csa"])["decision"] == "proceed")
            let epoch = try await bench.client.send(.get, "/v1/gate")["epoch"]
            #expect(try await bench.set("inherit", scope: "flow:\(Client.flow)")["epoch"] == epoch)
        }
    }

    @Test func refusesWhatMakesNoSense() async throws {
        try await Bench.run { bench async throws in
            let rows: [(JSONValue, String, String?)] = [
                (["mode": "hold"], "missing-field", "/reason"), (["reason": "r"], "missing-field", "/mode"),
                (["mode": "hold", "reason": ""], "invalid-value", "/reason"),
                (["mode": "hold", "reason": " \n"], "invalid-value", "/reason"),
                (["mode": "hold", "reason": .string(String(repeating: "r", count: 1001))], "invalid-value", "/reason"),
                (["mode": "shut", "reason": "r"], "invalid-value", "/mode"),
                (["mode": "inherit", "reason": "r"], "invalid-value", "/mode"),
                (["mode": "hold", "reason": "r", "scope": "everything"], "invalid-value", "/scope"),
                (["mode": "hold", "reason": "r", "scope": "source:cron"], "invalid-value", "/scope"),
                (["mode": "hold", "reason": "r", "scope": "pack:a\nb"], "invalid-value", "/scope"),
                (["mode": "hold", "reason": "r", "scope": "tenant:\u{7F}"], "invalid-value", "/scope"),
                (["mode": "hold", "reason": "r", "until": "x"], "unknown-fields", ""),
            ]
            for (body, problem, pointer) in rows {
                let reply = try await bench.client.send(.put, "/v1/gate", as: .operator, body: body)
                #expect(reply.status == 400, "\(body): \(reply)")
                #expect(reply.problem == problem, "\(body): \(reply)")
                #expect(reply["pointer"]?.string == pointer, "\(body): \(reply)")
            }
            #expect(try await bench.client.send(.get, "/v1/gate")["epoch"] == 1)
        }
    }

    @Test func letsOnlyOperatorsChangeIt() async throws {
        try await Bench.run { bench async throws in
            let body: JSONValue = ["mode": "hold", "reason": "r"]
            for token in [Bench.Token.gate, .viewer] {
                let reply = try await bench.client.send(.put, "/v1/gate", as: token, body: body)
                #expect(reply.status == 403)
                #expect(reply.problem == "forbidden")
            }
            let unknown = try await bench.client.send(.put, "/v1/gate", as: nil, body: body)
            #expect(unknown.status == 401)
            #expect(unknown.problem == "unauthorized")
            #expect(unknown.header("WWW-Authenticate")?.contains("Basic") == true)
            #expect(try await bench.client.send(.get, "/v1/gate", as: nil).status == 401)
            #expect(try await bench.client.ask(as: nil).status == 401)
            #expect(try await bench.client.send(.get, "/v1/gate")["epoch"] == 1)
        }
    }

    @Test func takesTheTokenAsBearerOrAsThePasswordOfBasic() async throws {
        try await Bench.run { bench async throws in
            let token = Bench.Token.gate.rawValue
            func status(_ authorization: String) async throws -> Int {
                try await bench.client.send(.get, "/v1/gate", headers: [.authorization: authorization]).status
            }
            func basic(_ text: String) -> String { "Basic \(Base64Text.encode(text))" }
            #expect(try await status("Bearer \(token)") == 200)
            #expect(try await status("bearer \(token)") == 200)
            #expect(try await status(basic("anybody:\(token)")) == 200)
            #expect(try await status(basic(":\(token)")) == 200)
            for wrong in [
                "Bearer", "Bearer ", "Bearer \(token)x", "Bearer \(token.dropLast())", token, basic(token),
                basic("\(token):x"), "Basic ***", "Digest \(token)", "",
            ] {
                #expect(try await status(wrong) == 401, "\(wrong)")
            }
        }
    }

    @Test(arguments: [true, false])
    func trustsLoopbackOnlyWhenTold(isTrusted: Bool) async throws {
        var setup = Bench.Setup()
        setup.trustsLoopback = isTrusted
        try await Bench.run(setup, .live) { bench in
            #expect(try await bench.client.ask(as: nil).status == (isTrusted ? 200 : 401))
            let wrong = try await bench.client.send(.get, "/v1/gate", headers: [.authorization: "Bearer wrong"])
            #expect(wrong.status == 401)
        }
    }

    @Test("R34 the mode survives a restart, and a fresh store may start closed")
    func startsClosedAndStaysAsItWas() async throws {
        let setup = Bench.Setup(mode: .hold)
        try await Bench.run(setup) { bench in
            #expect(try await bench.client.ask()["decision"] == "hold")
            try await bench.set("open", reason: "done")
        }
        try await Bench.run(Bench.Setup(mode: .hold, memory: setup.memory)) { bench in
            let shown = try await bench.client.send(.get, "/v1/gate")
            #expect(shown["mode"] == "open")
            #expect(shown["reason"] == "done")
            #expect(shown["epoch"] == 2)
        }
    }

    @Test("R11 close, open and close raced from three sessions end in one state, and everybody is answered")
    func endsInOneStateAfterARace() async throws {
        try await Bench.run { bench in
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for (session, modes) in [["hold", "open"], ["open", "refuse"], ["refuse", "hold"]].enumerated() {
                    group.addTask {
                        var last = try await bench.set(modes[0], reason: "session \(session)")
                        for round in 0..<50 {
                            last = try await bench.set(modes[round % 2], reason: "session \(session) round \(round)")
                        }
                        return last
                    }
                }
                return try await group.reduce(into: [Reply]()) { $0.append($1) }
            }
            #expect(replies.count == 3)
            for reply in replies { #expect(reply.status == 200) }
            let shown = try await bench.client.send(.get, "/v1/gate")
            let stored = try #require(try await bench.memory.gate())
            #expect(shown["epoch"] == .int(stored.epoch.number))
            #expect(shown["mode"]?.string == stored.whole.mode.rawValue)
            #expect(stored.epoch.number == 1 + 3 * 51)
            let kinds = try await bench.memory.events(of: nil, after: 0, limit: 1000).filter {
                $0.kind == "gate-changed"
            }
            #expect(kinds.count == Int(stored.epoch.number))
        }
    }
}
