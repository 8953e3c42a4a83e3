import SluiceContent
import SluiceFlowRunner
import Testing

/// Http Client's trap (oo-content-pack.md section 7): any status is `success`, only no answer is `failure`.
@Suite struct HTTPOperationTests {
    /// A gate as section 7 draws it: the status, then the decision, branch.
    private let gated = flow(
        inputs: [flowInput("token", type: "ENCRYPTED")],
        responses: [
            ("proceed", "RESOLVED"), ("held", "NO_ACTION_TAKEN"), ("rejected", "ERROR"), ("unreachable", "ERROR"),
        ],
        [
            step(
                "ask", calls: BaseOperations.httpClient,
                [
                    input("method", "POST"), input("url", "${Sluice/Gate URL}/v1/launches?answer=body"),
                    input("contentType", "application/json"), input("body", "{\"flow\":\"f\"}"),
                    input("authType", "basic"), input("username", "sluice"),
                    input("password", from: "token", type: "ENCRYPTED"), input("connectTimeout", "10"),
                    input("socketTimeout", "45"),
                ], set: [assign("reply", "returnResult"), assign("status", "statusCode")],
                to: ["success": "is200", "failure": "unreachable"]),
            step(
                "is200", calls: BaseOperations.stringEquals, [input("string1", "${status}"), input("string2", "200")],
                to: ["true": "decision", "false": "is403"]),
            step(
                "decision", calls: BaseOperations.getValueFromObject,
                [input("object", from: "reply"), input("key", "decision")],
                set: [assign("verdict", "returnResult")], to: ["success": "isProceed", "failure": "unreachable"]),
            step(
                "isProceed", calls: BaseOperations.stringEquals,
                [input("string1", "${verdict}"), input("string2", "proceed")],
                to: ["true": "proceed", "false": "held"]),
            step(
                "is403", calls: BaseOperations.stringEquals, [input("string1", "${status}"), input("string2", "403")],
                to: ["true": "rejected", "false": "unreachable"]),
            end("proceed", response: "proceed"), end("held", response: "held", type: "NO_ACTION_TAKEN"),
            end("rejected", response: "rejected", type: "ERROR"),
            end("unreachable", response: "unreachable", type: "ERROR"),
        ])

    private func runner(_ http: some HTTPPerformer) -> FlowRunner {
        var runner = FlowRunner(
            library: FlowLibrary([gated]), operations: BaseOperations.table(http: http, nextUUID: { "" }))
        runner.systemProperties = ["Sluice/Gate URL": "https://sluice.example"]
        return runner
    }

    static let answers: [(FlowHTTPOutcome, String, String)] = [
        (.answered(status: 200, body: #"{"decision":"proceed"}"#), "success", "proceed"),
        (.answered(status: 200, body: #"{"decision":"hold"}"#), "success", "held"),
        (.answered(status: 200, body: "<html>"), "success", "unreachable"),
        (.answered(status: 403, body: ""), "success", "rejected"),
        (.answered(status: 503, body: ""), "success", "unreachable"),
        (.noAnswer("connection refused"), "failure", "unreachable"),
    ]

    @Test(arguments: answers)
    func branchesAsInTheTrap(outcome: FlowHTTPOutcome, response: String, exit: String) async {
        let run = await runner(Answering(outcome)).run("flow", inputs: ["token": "t"])
        #expect(run.trace.first?.response == response)
        #expect(run.response == exit)
        #expect(run.visited("is200") == (response == "success"))
    }

    @Test func sendsWhatTheStepBinds() async throws {
        let http = Answering(.answered(status: 200, body: #"{"decision":"proceed"}"#))
        _ = await runner(http).run("flow", inputs: ["token": "geheim"])
        let request = try #require(await http.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "https://sluice.example/v1/launches?answer=body")
        #expect(request.body == #"{"flow":"f"}"#)
        // printf 'sluice:geheim' | base64
        #expect(request.header("authorization")?.exposed == "Basic c2x1aWNlOmdlaGVpbQ==")
        #expect(request.header("Content-Type")?.exposed == "application/json")
        #expect(request.connectSeconds == 10)
        #expect(request.answerSeconds == 45)
        #expect(request.description == "POST https://sluice.example/v1/launches")
    }

    private func answer(
        _ inputs: [String: String], _ outcome: FlowHTTPOutcome
    ) async throws -> (
        answer: OperationAnswer, request: FlowHTTPRequest?
    ) {
        let http = Answering(outcome)
        let entry = try #require(BaseOperations.table(http: http, nextUUID: { "" })[BaseOperations.httpClient])
        let answer = try await entry(OperationCall(operation: BaseOperations.httpClient, inputs: inputs))
        return (answer, await http.requests.first)
    }

    @Test(arguments: [200, 204, 302, 400, 403, 404, 500, 503, 599])
    func succeedsForAnyStatus(status: Int) async throws {
        let (answer, _) = try await answer(
            ["method": "get", "url": "https://x/"], .answered(status: status, body: "b"))
        #expect(answer.response == "success")
        #expect(answer.results == ["returnResult": "b", "statusCode": "\(status)", "returnCode": "0"])
    }

    @Test func failsWithoutAnAnswer() async throws {
        let (answer, _) = try await answer(["method": "GET", "url": "https://x/"], .noAnswer("timed out"))
        #expect(answer.response == "failure")
        #expect(answer.results["exception"] == "timed out")
        #expect(answer.results["statusCode"] == nil)
    }

    @Test(arguments: [["url": "https://x/"], ["method": "GET"]])
    func failsWithoutMethodOrAddressAndSendsNothing(inputs: [String: String]) async throws {
        let (answer, request) = try await answer(inputs, .answered(status: 200, body: ""))
        #expect(answer.response == "failure")
        #expect(request == nil)
    }

    @Test(arguments: [
        ("anonymous", "u", nil), ("basic", "", nil), ("", "u", "Basic dTpw"), ("Basic", "u", "Basic dTpw"),
        ("ntlm", "u", nil),
    ])
    func authorisesOnlyWithBasic(type: String, user: String, expected: String?) async throws {
        let inputs = ["method": "GET", "url": "https://x/", "authType": type, "username": user, "password": "p"]
        let (_, request) = try await answer(inputs, .answered(status: 200, body: ""))
        #expect(request?.header("Authorization")?.exposed == expected)
    }

    @Test func sendsHeadersAndQuery() async throws {
        let inputs = [
            "method": "GET", "url": "https://x/?a=1", "queryParams": "b=2",
            "headers": "X-One: 1\r\nX-Two:two: 2\nbroken",
        ]
        let (_, request) = try await answer(inputs, .answered(status: 200, body: ""))
        #expect(request?.url == "https://x/?a=1&b=2")
        #expect(request?.headers.map(\.name) == ["X-One", "X-Two"])
        #expect(request?.header("x-two")?.exposed == "two: 2")
    }

    // MARK: The CloudSlang twin

    @Test(arguments: [
        (FlowHTTPOutcome.answered(status: 200, body: "b"), "SUCCESS", "200"),
        (.answered(status: 299, body: "b"), "SUCCESS", "299"), (.answered(status: 300, body: "b"), "FAILURE", "300"),
        (.answered(status: 403, body: "b"), "FAILURE", "403"), (.answered(status: 503, body: "b"), "FAILURE", "503"),
        (.noAnswer("b"), "FAILURE", ""),
    ])
    func cloudSlangReadsTheStatus(outcome: FlowHTTPOutcome, result: String, status: String) async throws {
        let entry = try #require(
            CloudSlangOperations.table(http: Answering(outcome))[CloudSlangOperations.httpClientPost])
        let answer = try await entry(OperationCall(operation: "", inputs: ["url": "https://x/"]))
        #expect(answer.response == result)
        #expect(answer.results["status_code"] == status)
        #expect(answer.results["return_result"] == "b")
    }

    @Test func withoutAPerformerNobodyAnswers() async {
        let runner = FlowRunner(
            library: FlowLibrary([gated]), operations: BaseOperations.table(nextUUID: { "" }))
        #expect(await runner.run("flow").error?.code == .unknownOperation)
    }
}

/// Answers every request alike and keeps them.
actor Answering: HTTPPerformer {
    private let outcome: FlowHTTPOutcome
    private(set) var requests: [FlowHTTPRequest] = []

    init(_ outcome: FlowHTTPOutcome) { self.outcome = outcome }

    func perform(_ request: FlowHTTPRequest) async -> FlowHTTPOutcome {
        requests.append(request)
        return outcome
    }
}
