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

/// `POST /v1/launches/{executionId}/ended`.
@Suite(.timeLimit(.minutes(10)))
struct EndReportTests {
    @Test("R7 an end is taken in every mode, for any execution, twice as well", arguments: ["open", "hold", "refuse"])
    func takesAnEnd(mode: String) async throws {
        try await Bench.run { bench in
            try await bench.set(mode)
            for body: JSONValue in [[:], ["result": "resolved"], ["result": .null], ["result": "system-failure"]] {
                let reply = try await bench.client.send(.post, "/v1/launches/150084121/ended", body: body)
                #expect(reply.status == 204)
                #expect(reply.text.isEmpty)
            }
            #expect(try await bench.client.send(.post, "/v1/launches/150084121/ended").status == 204)
        }
    }

    @Test func namesWhatIsWrong() async throws {
        try await Bench.run { bench in
            let rows: [(String, JSONValue, String)] = [
                ("7", ["result": "fine"], "invalid-value"), ("7", ["result": 1], "wrong-type"),
                ("7", ["end": 1], "unknown-fields"), ("7", [1], "wrong-type"), ("%0a", [:], "invalid-value"),
                (String(repeating: "7", count: 513), [:], "invalid-value"),
            ]
            for (id, body, problem) in rows {
                let reply = try await bench.client.send(.post, "/v1/launches/\(id)/ended", body: body)
                #expect(reply.status == 400, "\(id.prefix(10)) \(body): \(reply)")
                #expect(reply.problem == problem, "\(id.prefix(10)) \(body): \(reply)")
            }
            #expect(try await bench.client.send(.post, "/v1/launches/7/ended", as: nil, body: [:]).status == 401)
        }
    }

    @Test func endsTheLineageOfAnExecution() async throws {
        var setup = Bench.Setup()
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            let parent = bench.central.addExecution(flow: FlowID(Client.flow)).text
            let child: JSONObject = ["source": "flow", "parentRunId": .string(parent)]
            #expect(try await bench.client.ask(["source": "flow", "runId": .string(parent)]).status == 200)
            try await bench.set("hold")
            #expect(try await bench.client.ask(child)["reason", "code"] == "continuation")
            _ = try await bench.client.send(.post, "/v1/launches/\(parent)/ended", body: [:])
            #expect(try await bench.client.ask(child)["reason", "code"] == "maintenance")
        }
    }

    // MARK: By ticket

    private static let asked: JSONObject = [
        "source": "scheduler", "launcher": "caller", "idempotencyKey": "s@1", "reportsEnd": true,
    ]

    /// Moves the clock on and lets everything run that waits for it.
    private func settle(_ bench: Bench, after time: Duration) async throws {
        bench.clocks.advance(by: time)
        await letOthersRun(turns: 50)
    }

    /// A hold whose caller was let through.
    private func taken(_ bench: Bench, _ body: JSONObject = asked) async throws -> String {
        try await bench.set("hold")
        let ticket = try #require(try await bench.client.ask(body)["ticket"]?.string)
        try await bench.set("open")
        try await bench.until { try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "released" }
        let again: JSONObject = [
            "source": "scheduler", "launcher": "caller", "ticket": .string(ticket), "askId": "a", "reportsEnd": true,
        ]
        #expect(try await bench.client.ask(again)["reason", "code"] == "released")
        return ticket
    }

    @Test(
        "R7 R8 what a caller was let through ends as it reports, in every mode, once",
        arguments: [("open", "resolved"), ("hold", "error"), ("refuse", "system-failure")])
    func endsACallersHold(mode: String, result: String) async throws {
        try await Bench.run { bench in
            let ticket = try await taken(bench)
            try await bench.set(mode)
            for body: JSONValue in [["result": .string(result)], ["result": "canceled"], [:]] {
                #expect(try await bench.client.send(.post, "/v1/launches/\(ticket)/ended", body: body).status == 204)
            }
            let hold = try await bench.client.send(.get, "/v1/holds/\(ticket)")
            #expect(hold["state"] == "ended")
            #expect(hold["result"]?.string == result)
        }
    }

    @Test("R8 a caller's hold waits for its report as long as it promised one, at most a day")
    func waitsForTheReport() async throws {
        try await Bench.run { bench in
            let ticket = try await taken(bench)
            for _ in 0..<30 { try await settle(bench, after: .seconds(600)) }
            #expect(try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "launching")
            try await bench.advance(by: .seconds(3600)) {
                try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "ended"
            }
            #expect(try await bench.client.send(.get, "/v1/holds/\(ticket)")["result"] == "unknown")
            _ = try await bench.client.send(.post, "/v1/launches/\(ticket)/ended", body: ["result": "resolved"])
            #expect(try await bench.client.send(.get, "/v1/holds/\(ticket)")["result"] == "unknown")
        }
    }

    @Test func endsNoHoldOfSomebodyElseAndNoneThatWaits() async throws {
        try await Bench.run { bench in
            let ticket = try await taken(bench)
            let stranger = try await bench.client.send(.post, "/v1/launches/\(ticket)/ended", as: .viewer, body: [:])
            #expect(stranger.status == 204 || stranger.status == 403)
            #expect(try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"] == "launching")
            try await bench.set("hold")
            let held = try #require(
                try await bench.client.ask(["launcher": "caller", "askId": "b"])["ticket"]?.string)
            #expect(try await bench.client.send(.post, "/v1/launches/\(held)/ended", body: [:]).status == 204)
            #expect(try await bench.client.send(.get, "/v1/holds/\(held)")["state"] == "held")
            let unknown = "h_01KB0000000000000000000000"
            #expect(try await bench.client.send(.post, "/v1/launches/\(unknown)/ended", body: [:]).status == 204)
        }
    }

    @Test("the next of an ordering key may start once its caller has reported the end")
    func letsTheNextOfItsKeyGo() async throws {
        try await Bench.run { bench in
            var body = Self.asked
            body["orderingKey"] = "k"
            try await bench.set("hold")
            let first = try #require(try await bench.client.ask(body)["ticket"]?.string)
            body["idempotencyKey"] = "s@2"
            let second = try #require(try await bench.client.ask(body)["ticket"]?.string)
            try await bench.set("open")
            try await bench.until { try await bench.client.send(.get, "/v1/holds/\(first)")["state"] == "released" }
            body["idempotencyKey"] = nil
            body["ticket"] = .string(first)
            body["askId"] = "a"
            #expect(try await bench.client.ask(body)["reason", "code"] == "released")
            for _ in 0..<5 { try await settle(bench, after: .seconds(100)) }
            #expect(try await bench.client.send(.get, "/v1/holds/\(second)")["state"] == "held")
            _ = try await bench.client.send(.post, "/v1/launches/\(first)/ended", body: ["result": "resolved"])
            try await bench.advance(by: .seconds(1)) {
                try await bench.client.send(.get, "/v1/holds/\(second)")["state"] == "released"
            }
        }
    }
}
