import Foundation
import SluiceContent
import SluiceFlowRunner
import Testing

/// The gate in CloudSlang takes the right exit for whatever it is answered, its Python run by python3.
@Suite struct CloudSlangGateTests {
    private static let outputNames = [
        "sluicePass": "gate_pass", "gateReason": "gate_reason", "gateTicket": "gate_ticket",
        "sluiceFallback": "sluice_fallback",
    ]

    @Test("R47: the gate step does what was chosen for each failure", arguments: GateCase.all, ["", nil])
    func takesTheRightExit(of: GateCase, missing: String?) async throws {
        let http = ScriptedHTTP(of.answers)
        let runner = try GatePackUnderTest.slangRunner(http: http, settings: of.settings, missing: missing)
        let run = await runner.run(
            PackGate.cloudSlangName,
            inputs: [
                "flow_id": "own.nightly", "flow_path": "Library/own/nightly", "on_hold": of.onHold,
                "encoded_inputs": #"{"host":"db1"}"#,
            ])
        let end = try run.end()
        #expect(end.response == of.response.uppercased())
        #expect(http.requests.count == of.questionCount)
        #expect(http.requests.allSatisfy { $0.connectSeconds == 10 && $0.answerSeconds == 45 })
        let base = of.settings["URL"] == "" ? "" : "http://sluice.test:8470"
        #expect(http.requests.allSatisfy { $0.url.hasPrefix(base + "/v1/launches?answer=body") })
        for (name, value) in of.outputs { #expect(end.outputs[Self.outputNames[name] ?? ""] == value, "\(name)") }
        if of.response != "proceed" { #expect((end.outputs["gate_pass"] ?? "").isEmpty) }
    }

    @Test func repeatsOneQuestionWithOneAskID() async throws {
        let http = ScriptedHTTP([GateCase.busy, GateCase.nobody, GateCase.hold, GateCase.hold, GateCase.proceed])
        let run = try await GatePackUnderTest.slangRunner(http: http).run(
            PackGate.cloudSlangName,
            inputs: ["flow_id": "own.nightly", "on_hold": "wait", "sluice_pass": "p_given"])
        #expect(try run.end().response == "PROCEED")
        let questions = http.questions
        #expect(questions.count == 5)
        let ids = Set(questions.compactMap { $0["askId"] as? String })
        #expect(ids.count == 1 && ids.first.flatMap { UUID(uuidString: $0) } != nil)
        #expect(questions.allSatisfy { $0["pass"] as? String == "p_given" && $0["launcher"] as? String == "caller" })
        #expect(questions.map { $0["ticket"] as? String } == [nil, nil, nil, "h_1", "h_1"])
        let urls = http.requests.map(\.url)
        #expect(urls[..<3].allSatisfy { $0 == "http://sluice.test:8470/v1/launches?answer=body" })
        #expect(urls[3...].allSatisfy { $0 == "http://sluice.test:8470/v1/launches?answer=body&wait=30s" })
        #expect(run.seconds == 10)
        let request = try #require(http.requests.first)
        #expect(request.connectSeconds == 10 && request.answerSeconds == 45)
    }

    @Test func hasAnAskIDOfItsOwnForEachGateOfARun() async throws {
        let http = ScriptedHTTP([GateCase.proceed])
        var runner = try GatePackUnderTest.slangRunner(http: http)
        runner.runID = "4711"
        for _ in 1...2 { _ = await runner.run(PackGate.cloudSlangName, inputs: ["flow_id": "own.nightly"]) }
        #expect(http.questions.map { $0["runId"] as? String } == ["4711", "4711"])
        #expect(Set(http.questions.compactMap { $0["askId"] as? String }).count == 2)
    }

    @Test func asksWhatItWasGiven() async throws {
        let http = ScriptedHTTP([GateCase.proceed])
        var runner = try GatePackUnderTest.slangRunner(http: http)
        runner.runID = "4711"
        let run = await runner.run(
            PackGate.cloudSlangName,
            inputs: [
                "flow_id": "own.nightly", "flow_path": "Library/Sauer & Söhne/\"x\"", "source": "csa",
                "ordering_key": "sub:1", "coalesce_key": "pool:1",
                "encoded_inputs": #"{"host":"a\"b\\c\n\u00fc\ud83d\ude00","empty":""}"#,
                "sensitive_inputs": #"["password"]"#,
            ])
        #expect(try run.end().response == "PROCEED")
        let question = try #require(http.questions.first)
        #expect(question["flow"] as? String == "own.nightly" && question["runId"] as? String == "4711")
        #expect(question["flowPath"] as? String == "Library/Sauer & Söhne/\"x\"")
        #expect(question["source"] as? String == "csa" && question["launcher"] as? String == "sluice")
        #expect(question["orderingKey"] as? String == "sub:1" && question["coalesceKey"] as? String == "pool:1")
        #expect(question["inputs"] as? [String: String] == ["host": "a\"b\\c\nü😀", "empty": ""])
        #expect(question["sensitiveInputs"] as? [String] == ["password"])
        let request = try #require(http.requests.first)
        let basic = Data("gate:the-token".utf8).base64EncodedString()
        #expect(request.header("Authorization")?.exposed == "Basic \(basic)")
        #expect(request.header("Content-Type")?.exposed.hasPrefix("application/json") == true)
    }

    @Test func rejectsWhatCannotBeAsked() async throws {
        let http = ScriptedHTTP([GateCase.proceed])
        let run = try await GatePackUnderTest.slangRunner(http: http).run(
            PackGate.cloudSlangName, inputs: ["flow_id": "own.nightly", "encoded_inputs": "{broken"])
        #expect(try run.end().response == "REJECTED")
        #expect(http.requests.isEmpty)
    }

    @Test func showsNoSecretInAnyStepLog() async throws {
        let http = ScriptedHTTP([GateCase.hold, GateCase.proceed])
        let run = try await GatePackUnderTest.slangRunner(http: http).run(
            PackGate.cloudSlangName,
            inputs: [
                "flow_id": "own.nightly", "on_hold": "wait", "sluice_pass": "p_given_secret",
                "encoded_inputs": #"{"password":"hunter2-secret"}"#, "sensitive_inputs": #"["password"]"#,
            ])
        #expect(try run.end().response == "PROCEED")
        #expect(http.questions.first?["inputs"] as? [String: String] == ["password": "hunter2-secret"])
        for entry in run.trace {
            for value in entry.inputs + entry.results {
                for secret in ["hunter2-secret", "p_given_secret", "the-token"] {
                    #expect(value.value?.exposed.contains(secret) != true, "\(entry.name): \(value.name)")
                }
            }
        }
    }
}
