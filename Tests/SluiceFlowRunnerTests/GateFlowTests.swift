import Foundation
import SluiceContent
import SluiceFlowRunner
import Testing

/// The gate flow of the gate pack takes the right exit for whatever it is answered.
@Suite struct GateFlowTests {
    private static let proceed = answer(#"{"decision": "proceed", "pass": "p_new", "validForSeconds": 2}"#)
    private static let hold = answer(
        #"{"decision": "hold", "ticket": "h_1", "reason": {"code": "maintenance", "message": "Held: upgrade"}}"#)
    private static let reject = answer(#"{"decision": "reject", "reason": {"code": "maintenance", "message": "No"}}"#)
    private static let busy = FlowHTTPOutcome.answered(status: 503, body: #"{"title": "no store"}"#)
    private static let nobody = FlowHTTPOutcome.noAnswer("connection refused")

    private static func answer(_ body: String, status: Int = 200) -> FlowHTTPOutcome {
        .answered(status: status, body: body)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var answers: [FlowHTTPOutcome]
        var onHold = "end"
        var properties: [String: String] = [:]
        var response: String
        var type: String
        var questionCount = 1
        var outputs: [String: String] = [:]
    }

    static let cases = [
        Case(
            testDescription: "proceed", answers: [proceed], response: "proceed", type: "RESOLVED",
            outputs: ["sluicePass": "p_new", "sluiceFallback": "false"]),
        Case(
            testDescription: "hold, and the run ends", answers: [hold], response: "held", type: "NO_ACTION_TAKEN",
            outputs: ["gateTicket": "h_1", "gateReason": "Held: upgrade"]),
        Case(
            testDescription: "hold, and the run waits", answers: [hold, hold, proceed], onHold: "wait",
            response: "proceed", type: "RESOLVED", questionCount: 3, outputs: ["sluicePass": "p_new"]),
        Case(
            testDescription: "hold beyond the budget", answers: [hold], onHold: "wait",
            properties: ["Sluice/Gate Wait Hours": "0"], response: "rejected", type: "ERROR"),
        Case(
            testDescription: "reject", answers: [reject], response: "rejected", type: "ERROR",
            outputs: ["gateReason": "No"]),
        Case(testDescription: "400", answers: [answer("{}", status: 400)], response: "rejected", type: "ERROR"),
        Case(testDescription: "401", answers: [answer("", status: 401)], response: "rejected", type: "ERROR"),
        Case(
            testDescription: "403", answers: [answer(#"{"detail": "no role"}"#, status: 403)], response: "rejected",
            type: "ERROR", outputs: ["gateReason": "no role"]),
        Case(testDescription: "404", answers: [answer("<html>", status: 404)], response: "rejected", type: "ERROR"),
        Case(
            testDescription: "503 to the end", answers: [busy], response: "unreachable", type: "ERROR", questionCount: 5
        ),
        Case(
            testDescription: "503, then proceed", answers: [busy, busy, proceed], response: "proceed", type: "RESOLVED",
            questionCount: 3),
        Case(
            testDescription: "no answer", answers: [nobody], response: "unreachable", type: "ERROR", questionCount: 5),
        Case(
            testDescription: "no answer, two tries", answers: [nobody], properties: ["Sluice/Gate Tries": "2"],
            response: "unreachable", type: "ERROR", questionCount: 2),
        Case(
            testDescription: "garbage", answers: [answer("<html>proceed</html>")], response: "unreachable",
            type: "ERROR",
            questionCount: 5),
        Case(
            testDescription: "JSON without a decision", answers: [answer(#"{"hello": 1}"#)], response: "unreachable",
            type: "ERROR", questionCount: 5),
        Case(
            testDescription: "an array", answers: [answer(#"["proceed"]"#)], response: "unreachable", type: "ERROR",
            questionCount: 5),
        Case(
            testDescription: "proceed with another status",
            answers: [
                answer(#"{"decision": "proceed", "validForSeconds": 2}"#, status: 202)
            ], response: "unreachable", type: "ERROR", questionCount: 5),
        Case(
            testDescription: "hold without a ticket", answers: [answer(#"{"decision": "hold"}"#)],
            response: "unreachable", type: "ERROR", questionCount: 5),
        Case(
            testDescription: "proceed that comes too late",
            answers: [
                answer(#"{"decision": "proceed", "pass": "p_old", "validForSeconds": -1}"#), proceed,
            ], response: "proceed", type: "RESOLVED", questionCount: 2, outputs: ["sluicePass": "p_new"]),
        Case(
            testDescription: "fail open", answers: [nobody], properties: ["Sluice/Gate Fail Mode": "open"],
            response: "proceed", type: "RESOLVED", questionCount: 5, outputs: ["sluiceFallback": "true"]),
        Case(
            testDescription: "parked, then unreachable for long, then proceed",
            answers: [hold] + Array(repeating: busy, count: 20) + [proceed], onHold: "wait",
            properties: ["Sluice/Gate Fail Mode": "open"], response: "proceed", type: "RESOLVED", questionCount: 22,
            outputs: ["sluiceFallback": "false"]),
    ]

    @Test("R47: the gate step does what was chosen for each failure", arguments: cases)
    func takesTheRightExit(of: Case) async throws {
        let http = ScriptedHTTP(of.answers)
        let runner = GatePackUnderTest.runner(http: http, properties: of.properties)
        let run = await runner.run(
            PackGate.flowID,
            inputs: [
                "flowId": "f-1", "flowPath": "Library/F", "source": "flow", "onHold": of.onHold,
                "encodedInputs": #"{"host":"db1"}"#,
            ])
        let end = try run.end()
        #expect(end.response == of.response && end.type == of.type)
        #expect(http.requests.count == of.questionCount)
        for (name, value) in of.outputs { #expect(end.outputs[name] == value, "\(name)") }
        if of.response != "proceed" { #expect((end.outputs["sluicePass"] ?? "").isEmpty) }
    }

    @Test func repeatsOneQuestionWithOneAskID() async throws {
        let http = ScriptedHTTP([Self.busy, Self.nobody, Self.hold, Self.hold, Self.proceed])
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
        let http = ScriptedHTTP([Self.proceed])
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
        let http = ScriptedHTTP([Self.hold, Self.proceed])
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
