import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import SluiceSandbox

/// Over real sockets: what a client sees, and the gate step against a fake gate.
@Suite(.timeLimit(.minutes(10))) struct SandboxServerTests {
    static let proceed = FakeGate.Answer(body: #"{"decision": "proceed", "validForSeconds": 2}"#)

    /// Runs a sandbox (and a gate, if there is a script), lets `body` use them, and stops both.
    private func withSandbox(
        flows: [SandboxFlow], script: [FakeGate.Answer]? = nil, clock: any SandboxClock = SystemSandboxClock(),
        stateFile: String? = nil, _ body: (SandboxServer, HTTPClient, FakeGate?) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            var configuration = SandboxConfiguration()
            configuration.flows = flows
            configuration.stateFile = stateFile
            let gate = script.map(FakeGate.init)
            if let gate {
                group.addTask { try await gate.run() }
                configuration.gate = .init(url: "http://127.0.0.1:\(try await gate.port)/", credentials: .bearer("t0k"))
                configuration.gate?.retryDelayMilliseconds = 0
                configuration.gate?.parkedPauseMilliseconds = 0
            }
            let server = SandboxServer(configuration: configuration, clock: clock, logger: quiet)
            let services = ServiceGroup(configuration: .init(services: [server], logger: quiet))
            group.addTask { try await services.run() }
            _ = try await server.port
            try await body(server, HTTPClient.shared, gate)
            await services.triggerGracefulShutdown()
            if gate == nil { try await group.waitForAll() } else { group.cancelAll() }
        }
    }

    private func call(
        _ client: HTTPClient, _ server: SandboxServer, _ method: HTTPMethod, _ path: String, _ body: String = ""
    ) async throws -> (status: Int, text: String) {
        var request = HTTPClientRequest(url: try await server.centralURL + path)
        request.method = method
        request.headers.add(name: "Authorization", value: Bench.authorization)
        if !body.isEmpty { request.body = .bytes(Array(body.utf8)) }
        let response = try await client.execute(request, timeout: .seconds(10))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return (Int(response.status.code), String(buffer: bytes))
    }

    /// Asks for a summary until it shows an end; each question is an answer awaited, so there is no sleep.
    private func end(_ id: String, _ client: HTTPClient, _ server: SandboxServer) async throws -> LooseValue {
        for _ in 0..<5_000 {
            let text = try await call(client, server, .GET, "/rest/v2/executions/\(id)/summary").text
            let summary = try SandboxCodec.decode([LooseValue].self, from: Array(text.utf8))[0]
            if summary["endTime"] != .null { return summary }
            await Task.yield()
        }
        Issue.record("execution \(id) did not end")
        return .null
    }

    @Test func startsAndShowsAnExecution() async throws {
        try await withSandbox(flows: [SandboxFlow(id: "f")]) { server, client, _ in
            let start = try await call(client, server, .POST, "/rest/v2/executions/", #"{"flowUuid": "f"}"#)
            #expect(start.status == 201)
            #expect(start.text == "100000001")
            let summary = try await call(client, server, .GET, "/rest/v1/executions/100000001/summary/")
            #expect(summary.status == 200)
            #expect(summary.text.hasPrefix("["))
            #expect(server.bodies.map(\.executionID) == ["100000001"])
            let large = String(repeating: " ", count: SandboxLimits.requestBytesMax + 1)
            #expect(try await call(client, server, .POST, "/rest/v2/executions", large).status == 413)
        }
    }

    @Test(arguments: [(SandboxFault.Effect.dropBefore, 0), (.dropAfter, 1)])
    func closesTheConnectionWithoutAnAnswer(effect: SandboxFault.Effect, bodyCount: Int) async throws {
        try await withSandbox(flows: [SandboxFlow(id: "f")]) { server, client, _ in
            server.add(faults: [SandboxFault(effect, method: "POST", limit: 1)])
            await #expect(throws: (any Error).self) {
                try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#)
            }
            #expect(server.bodies.count == bodyCount)
            let again = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#)
            #expect(again.status == 201)
        }
    }

    @Test func takesEffectAfterTheClientWentAway() async throws {
        let clock = ManualSandboxClock()
        try await withSandbox(flows: [SandboxFlow(id: "f")], clock: clock) { server, client, _ in
            server.add(faults: [SandboxFault(.lateEffect(milliseconds: 60_000), limit: 1)])
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let start = #"{"flowUuid": "f"}"#
                    let reply = try? await call(client, server, .POST, "/rest/v2/executions", start)
                    #expect(reply == nil)
                }
                while server.overview["counts"]?["starts"] == 0 { await Task.yield() }
                group.cancelAll()
            }
            #expect(server.bodies.isEmpty)
            clock.advance(byMilliseconds: 60_000)
            #expect(server.bodies.count == 1)
        }
    }

    @Test func asksTheGateAndRunsOnProceed() async throws {
        let flow = SandboxFlow(id: "f", isGated: true, inputs: [.init("password", isEncrypted: true)])
        try await withSandbox(flows: [flow], script: [Self.proceed]) { server, client, gate in
            let start = #"{"flowUuid": "f", "inputs": {"password": "x", "sluicePass": "p_1"}}"#
            let id = try await call(client, server, .POST, "/rest/v2/executions", start).text
            #expect(try await end(id, client, server)["resultStatusType"] == "RESOLVED")
            let asked = try #require(gate?.asked.first)
            #expect(asked.uri == "/v1/launches?answer=body")
            #expect(asked.authorization == "Bearer t0k")
            #expect(asked.members["pass"] == "p_1")
            #expect(asked.members["runId"] == .text(id))
            #expect(server.bodies.count == 1)
        }
    }

    @Test(arguments: [
        (FakeGate.Answer(body: #"{"decision": "hold", "ticket": "h_1"}"#), "held"),
        (FakeGate.Answer(body: #"{"decision": "reject"}"#), "rejected"), (FakeGate.Answer(status: 403), "rejected"),
        (FakeGate.Answer(status: 503), "unreachable"), (FakeGate.Answer(body: "<html>"), "unreachable"),
    ])
    func endsAtTheGate(answer: FakeGate.Answer, name: String) async throws {
        try await withSandbox(flows: [SandboxFlow(id: "f", isGated: true)], script: [answer]) { server, client, _ in
            let id = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#).text
            #expect(try await end(id, client, server)["resultStatusName"] == .text(name))
            #expect(server.bodies.isEmpty)
        }
    }

    @Test func repeatsTheSameAskIDAfterTrouble() async throws {
        let script = [FakeGate.Answer(status: 503), FakeGate.Answer(body: "[]"), Self.proceed]
        try await withSandbox(flows: [SandboxFlow(id: "f", isGated: true)], script: script) { server, client, gate in
            let id = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#).text
            _ = try await end(id, client, server)
            let asked = gate?.asked ?? []
            #expect(asked.count == 3)
            #expect(Set(asked.map { $0.members["askId"] }).count == 1)
            #expect(server.bodies.count == 1)
        }
    }

    @Test func dropsAnAnswerThatCameLate() async throws {
        let clock = ManualSandboxClock()
        let late = FakeGate.Answer(body: Self.proceed.body, before: { clock.advance(byMilliseconds: 2_001) })
        try await withSandbox(flows: [SandboxFlow(id: "f", isGated: true)], script: [late, Self.proceed], clock: clock)
        {
            server, client, gate in
            let id = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#).text
            _ = try await end(id, client, server)
            #expect(gate?.asked.count == 2)
            #expect(server.overview["counts"]?["lateAnswers"] == 1)
            #expect(server.bodies.count == 1)
        }
    }

    @Test func staysParkedUntilReleased() async throws {
        let hold = FakeGate.Answer(body: #"{"decision": "hold", "ticket": "h_1"}"#)
        let flow = SandboxFlow(id: "f", isGated: true, atHold: .wait)
        try await withSandbox(flows: [flow], script: [hold, hold, Self.proceed]) { server, client, gate in
            let id = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#).text
            #expect(try await end(id, client, server)["resultStatusType"] == "RESOLVED")
            let asked = gate?.asked ?? []
            #expect(asked.map(\.uri) == Array(repeating: "/v1/launches?answer=body&wait=30s", count: 3))
            #expect(asked.map { $0.members["ticket"] } == [nil, "h_1", "h_1"])
            #expect(server.bodies.count == 1)
        }
    }

    @Test func keepsItsStateOverARestart() async throws {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "sandbox-state-\(UInt64.random(in: 0 ... .max))"
        )
        .path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withSandbox(flows: [SandboxFlow(id: "f")], stateFile: file) { server, client, _ in
            let again = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#)
            #expect(again.status == 201)
        }
        let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        try await withSandbox(flows: [], stateFile: file) { server, client, _ in
            #expect(server.bodies.count == 1)
            let second = try await call(client, server, .POST, "/rest/v2/executions", #"{"flowUuid": "f"}"#)
            #expect(second.text == "100000002")
        }
    }
}
