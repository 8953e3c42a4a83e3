import Foundation
import SluiceContent
import SluiceFlowRunner
import Testing

/// The gate flow of the gate pack takes the right exit for whatever it is answered.
@Suite struct GateFlowTests {
    private static let types = [
        "proceed": "RESOLVED", "held": "NO_ACTION_TAKEN", "rejected": "ERROR", "unreachable": "ERROR",
    ]

    @Test("R47: the gate step does what was chosen for each failure", arguments: GateCase.all)
    func takesTheRightExit(of: GateCase) async throws {
        let http = ScriptedHTTP(of.answers)
        let runner = GatePackUnderTest.runner(http: http, settings: of.settings)
        let run = await runner.run(
            PackGate.flowID,
            inputs: [
                "flowId": "f-1", "flowPath": "Library/F", "source": "flow", "onHold": of.onHold,
                "encodedInputs": #"{"host":"db1"}"#,
            ])
        let end = try run.end()
        #expect(end.response == of.response && end.type == Self.types[of.response])
        #expect(http.requests.count == of.questionCount)
        #expect(http.requests.allSatisfy { $0.connectSeconds == 10 && $0.answerSeconds == 45 })
        let base = of.settings["URL"] == "" ? "" : "http://sluice.test:8470"
        #expect(http.requests.allSatisfy { $0.url.hasPrefix(base + "/v1/launches?answer=body") })
        for (name, value) in of.outputs { #expect(end.outputs[name] == value, "\(name)") }
        if of.response != "proceed" { #expect((end.outputs["sluicePass"] ?? "").isEmpty) }
    }

    @Test func repeatsOneQuestionWithOneAskID() async throws {
        let http = ScriptedHTTP([GateCase.busy, GateCase.nobody, GateCase.hold, GateCase.hold, GateCase.proceed])
        let run = await GatePackUnderTest.runner(http: http).run(
            PackGate.flowID, inputs: ["flowId": "f-1", "onHold": "wait", "sluicePass": "p_given"])
        #expect(try run.end().response == "proceed")
        let questions = http.questions
        #expect(questions.count == 5)
        let ids = Set(questions.compactMap { $0["askId"] as? String })
        #expect(ids.count == 1 && ids.first.flatMap { UUID(uuidString: $0) } != nil)
        #expect(questions.allSatisfy { $0["pass"] as? String == "p_given" && $0["launcher"] as? String == "caller" })
        // The ticket and the long poll come with the first hold.
        #expect(questions.map { $0["ticket"] as? String } == [nil, nil, nil, "h_1", "h_1"])
        let urls = http.requests.map(\.url)
        #expect(urls[..<3].allSatisfy { $0 == "http://sluice.test:8470/v1/launches?answer=body" })
        #expect(urls[3...].allSatisfy { $0 == "http://sluice.test:8470/v1/launches?answer=body&wait=30s" })
        #expect(run.seconds == 10)
    }

    @Test func asksWhatItWasGiven() async throws {
        let http = ScriptedHTTP([GateCase.proceed])
        let inputs = #"{"host":"a\"b\\c\n\u00fc\ud83d\ude00","empty":""}"#
        let run = await GatePackUnderTest.runner(http: http).run(
            PackGate.flowID,
            inputs: [
                "flowId": "f-1", "flowPath": "Library/Sauer & Söhne/\"x\"", "source": "csa", "orderingKey": "sub:1",
                "coalesceKey": "pool:1", "encodedInputs": inputs, "sensitiveInputs": #"["password"]"#,
            ])
        #expect(try run.end().response == "proceed")
        let question = try #require(http.questions.first)
        #expect(
            question["flow"] as? String == "f-1" && question["flowPath"] as? String == "Library/Sauer & Söhne/\"x\"")
        #expect(question["source"] as? String == "csa" && question["launcher"] as? String == "sluice")
        #expect(question["orderingKey"] as? String == "sub:1" && question["coalesceKey"] as? String == "pool:1")
        #expect(question["inputs"] as? [String: String] == ["host": "a\"b\\c\nü😀", "empty": ""])
        #expect(question["sensitiveInputs"] as? [String] == ["password"])
        let request = try #require(http.requests.first)
        let basic = Data("gate:the-token".utf8).base64EncodedString()
        #expect(request.header("Authorization")?.exposed == "Basic \(basic)")
        #expect(request.header("Content-Type")?.exposed.hasPrefix("application/json") == true)
    }

    @Test func showsNoSecretInAnyStepLog() async throws {
        let http = ScriptedHTTP([GateCase.hold, GateCase.proceed])
        let run = await GatePackUnderTest.runner(http: http).run(
            PackGate.flowID,
            inputs: [
                "flowId": "f-1", "onHold": "wait", "sluicePass": "p_given_secret",
                "encodedInputs": #"{"password":"hunter2-secret"}"#, "sensitiveInputs": #"["password"]"#,
            ])
        #expect(try run.end().response == "proceed")
        #expect(http.questions.first?["inputs"] as? [String: String] == ["password": "hunter2-secret"])
        for entry in run.trace {
            for input in entry.inputs {
                let value = input.value?.exposed ?? ""
                for secret in ["hunter2-secret", "p_given_secret", "p_new", "the-token"] {
                    #expect(!value.contains(secret), "\(entry.name): \(input.name)")
                }
            }
        }
    }
}
