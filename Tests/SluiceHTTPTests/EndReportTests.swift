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
@Suite(.timeLimit(.minutes(2)))
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
}
