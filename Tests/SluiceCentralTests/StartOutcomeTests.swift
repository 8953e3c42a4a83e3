import SluiceCentral
import SluiceModel
import SluicePorts
import Testing

/// The heart of "at most once, and never lost": what each thing that can happen on the wire tells of a start.
@Suite struct StartOutcomeTests {
    private static let html = "<!DOCTYPE html><html><body>Login</body></html>"
    private static let v1Started = #"{"feedUrl":"https://h/oo/x","executionId":"112600043","errorCode":"NO_ERROR"}"#

    /// Answers that arrive whole, and what they mean.
    private static let answers: [(String, String)] = [
        (answer("201 Created", "459301278"), "started 459301278"),
        (answer("201 Created", "459301278\n"), "started 459301278"),
        (answer("200 OK", " 459301278 \r\n", type: "text/plain"), "started 459301278"),
        (answer("201 Created", "\"459301278\"", type: nil), "started 459301278"),
        (answer("201 Created", v1Started), "started 112600043"),
        (answer("201 Created", #"{"executionId":112600043}"#), "started 112600043"),
        (
            "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n459\r\n3\r\n301\r\n0\r\n\r\n",
            "started 459301"
        ),
        ("HTTP/1.1 201 Created\r\n\r\n" + v1Started, "started 112600043"),
        // Without a length a bare number may be cut.
        ("HTTP/1.1 201 Created\r\n\r\n4593", "unknown"),
        (answer("201 Created", #"{"executionId":null,"errorCode":"FLOW_NOT_FOUND"}"#), "refused"),
        (answer("201 Created", #"{"executionId":"112600043","errorCode":"ODD"}"#), "unknown"),
        (answer("201 Created", ""), "unknown"), (answer("204 No Content", "", type: nil), "unknown"),
        (answer("201 Created", "{}"), "unknown"), (answer("201 Created", "-5"), "unknown"),
        (answer("201 Created", "0"), "unknown"), (answer("201 Created", "1.5"), "unknown"),
        (answer("201 Created", "true"), "unknown"), (answer("201 Created", "[459301278]"), "unknown"),
        (answer("201 Created", #"{"executionId":"1126"#), "unknown"), (answer("201 Created", "garbage"), "unknown"),
        (answer("200 OK", html, type: "text/html;charset=UTF-8"), "unknown"),
        (answer("200 OK", html, type: nil), "unknown"),
        (answer("400 Bad Request"), "refused"), (answer("404 Not Found", html, type: "text/html"), "refusedForNow"),
        (answer("405 Method Not Allowed"), "refused"), (answer("409 Conflict"), "refused"),
        (answer("413 Content Too Large"), "refused"), (answer("422 Unprocessable Content"), "refused"),
        (answer("401 Unauthorized"), "refusedForNow"), (answer("403 Forbidden"), "refusedForNow"),
        (answer("429 Too Many Requests", headers: ["Retry-After: 5"]), "refusedForNow"),
        (answer("302 Found", headers: ["Location: /oo/login/login-form"]), "refusedForNow"),
        (answer("302 Found", headers: ["Location: https://elsewhere/"]), "unknown"), (answer("302 Found"), "unknown"),
        (answer("307 Temporary Redirect", headers: ["Location: /oo/rest/v2/executions/"]), "unknown"),
        (answer("406 Not Acceptable"), "unknown"), (answer("408 Request Timeout"), "unknown"),
        (answer("418 I'm a teapot"), "unknown"), (answer("500 Internal Server Error"), "unknown"),
        (answer("502 Bad Gateway", html, type: "text/html"), "unknown"),
        (answer("503 Service Unavailable", headers: ["Retry-After: 120"]), "unknown"),
        (answer("504 Gateway Timeout"), "unknown"),
    ]

    @Test(arguments: answers)
    func readsEachAnswer(bytes: String, expected: String) async throws {
        let (outcome, server) = try await start(.raw(bytes))
        #expect(outcome.kind == expected)
        #expect(server.count("POST") == 1)
        #expect(server.requests.count == 1)
        checkCause(outcome)
    }

    /// What the wire can do to a request that was sent.
    private static let troubles: [(String, RawServer.Act)] = [
        ("close after reading", .closeAfterReading), ("reset after reading", .reset), ("no answer", .silence),
        ("garbage", .raw("SSH-2.0-OpenSSH_9.2\r\n")), ("head cut", .raw("HTTP/1.1 201 Crea")),
        ("body cut", .raw("HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n4593")),
        ("chunk cut", .raw("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n459\r\n")),
        ("body never ends", .hang("HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n4593")),
        ("head never ends", .hang("HTTP/1.1 201 Created\r\n")),
        ("huge body", .raw(answer("201 Created", String(repeating: " ", count: 2 << 20) + "459301278"))),
    ]

    @Test(arguments: troubles)
    func takesTroubleAfterSendingForUnknown(name: String, act: RawServer.Act) async throws {
        let isEndless = if case .silence = act { true } else if case .hang = act { true } else { false }
        let (outcome, server) = try await start(act, timeout: isEndless ? patience : .seconds(20))
        #expect(outcome.kind == "unknown")
        #expect(server.count("POST") == 1)
        checkCause(outcome)
    }

    @Test func takesAConnectionClosedUnreadForUnknownAtBest() async throws {
        let (outcome, server) = try await start(.closeUnread)
        // Which of both depends on who was faster; a start is impossible, and so is a second try.
        #expect(["unknown", "notSent"].contains(outcome.kind))
        #expect(server.requests.isEmpty)
        checkCause(outcome)
    }

    @Test func readsARefusalThatComesBeforeTheRequest() async throws {
        let (outcome, server) = try await start(.rawUnasked(answer("401 Unauthorized")))
        #expect(["refusedForNow", "unknown", "notSent"].contains(outcome.kind))
        #expect(server.count("POST") <= 1)
    }

    @Test func knowsThatNothingLeftWhenThePortIsClosed() async throws {
        let server = try RawServer(.closeUnread)
        server.stop()
        let outcome = try await withClient(port: server.port) { await $0.start(.fixture) }
        #expect(outcome.kind == "notSent")
        #expect(outcome.cause == "POST /oo/rest/v2/executions failed: connection refused; nothing was sent")
    }

    @Test func knowsThatNothingLeftWhenThereIsNoSuchHost() async throws {
        let outcome = try await withClient(port: 1, adjust: { $0.baseURL = "http://central.invalid:8443/oo" }) {
            await $0.start(.fixture)
        }
        #expect(outcome.kind == "notSent")
        #expect(outcome.cause.hasSuffix("failed: its host name cannot be resolved; nothing was sent"))
    }

    @Test func knowsThatNothingLeftWhenTheCAFileIsMissing() async throws {
        let server = try RawServer(.silence)
        defer { server.stop() }
        let outcome = try await withClient(
            port: 1,
            adjust: {
                $0.baseURL = "https://127.0.0.1:\(server.port)/oo"
                $0.caFile = "/nonexistent/ca.pem"
            }
        ) { await $0.start(.fixture) }
        #expect(outcome.kind == "notSent")
        #expect(outcome.cause.hasSuffix("failed: central.caFile cannot be read; nothing was sent"))
    }

    @Test func knowsThatNothingLeftWhenTLSFails() async throws {
        let server = try RawServer(.rawUnasked("HTTP/1.1 400 Bad Request\r\n\r\n"))
        defer { server.stop() }
        let outcome = try await withClient(port: 1, adjust: { $0.baseURL = "https://127.0.0.1:\(server.port)/oo" }) {
            await $0.start(.fixture)
        }
        #expect(outcome.kind == "notSent")
        #expect(outcome.cause.contains("it does not speak TLS"))
    }

    @Test func knowsThatNothingLeftWhenTLSNeverAnswers() async throws {
        let server = try RawServer(.silence)
        defer { server.stop() }
        let outcome = try await withClient(
            port: 1,
            adjust: {
                $0.baseURL = "https://127.0.0.1:\(server.port)/oo"
                $0.connectTimeout = patience
            }
        ) { await $0.start(.fixture) }
        #expect(outcome.kind == "notSent")
        checkCause(outcome)
    }

    @Test func knowsThatNothingLeftWhenItsTaskWasCancelledBefore() async throws {
        let server = try RawServer(.silence)
        defer { server.stop() }
        let outcome = try await withClient(port: server.port) { client in
            let task = Task { () async -> LaunchOutcome in
                while !Task.isCancelled { await Task.yield() }
                return await client.start(.fixture)
            }
            task.cancel()
            return await task.value
        }
        #expect(outcome.kind == "notSent")
        #expect(server.requests.isEmpty)
    }

    @Test func takesACancelledStartThatHasLeftForUnknown() async throws {
        let server = try RawServer(.silence)
        defer { server.stop() }
        let outcome = try await withClient(port: server.port) { client in
            let task = Task { await client.start(.fixture) }
            while server.requests.isEmpty { await Task.yield() }
            task.cancel()
            return await task.value
        }
        #expect(outcome.kind == "unknown")
        checkCause(outcome)
    }

    @Test func refusesAnInputThatIsStillSealed() async throws {
        var order = LaunchOrder.fixture
        order.inputs.append(LaunchInput(name: "x", value: .sealed(SealedBytes([1]))))
        let server = try RawServer(.closeUnread)
        defer { server.stop() }
        let outcome = try await withClient(port: server.port) { [order] in await $0.start(order) }
        #expect(outcome.kind == "refused")
        #expect(server.requests.isEmpty)
    }

    private func start(
        _ act: RawServer.Act, timeout: Duration = .seconds(20)
    ) async throws -> (LaunchOutcome, RawServer) {
        let server = try RawServer(act)
        defer { server.stop() }
        let outcome = try await withClient(port: server.port, timeout: timeout) { await $0.start(.fixture) }
        return (outcome, server)
    }

    /// A cause is one short line for an operator and holds no secret.
    private func checkCause(_ outcome: LaunchOutcome) {
        if outcome.kind.hasPrefix("started") { return }
        #expect(outcome.cause.hasPrefix("POST /oo/rest/v2/executions "))
        #expect(outcome.cause.count < 400 && !outcome.cause.contains("\n"))
        for secret in ["hunter2", ".build", "NIO", "s3cr3t", "Basic", "svc-sluice"] {
            #expect(!outcome.cause.contains(secret))
        }
    }
}
