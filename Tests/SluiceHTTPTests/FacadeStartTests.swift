import FoundationEssentials
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceSealing
import SluiceTestServers
import Testing

@testable import SluiceHTTP

/// Starts through the facade, in both dialects, in every mode, by patient and impatient requesters.
@Suite(.timeLimit(.minutes(10)))
struct FacadeStartTests {
    private static let roots = ["/oo/rest", "/oo/rest/v1", "/oo/rest/v2", "/oo/rest/latest"]

    @Test("a start through the open gate is Central's own, and on record for lineage", arguments: roots)
    func opens(root: String) async throws {
        try await FacadeBench.run { bench, sandbox, _ in
            let reply = try await bench.start(root: root, inputs: #"{"host":"h1"}"#)
            #expect(reply.status == 201)
            #expect(reply.headers.first(name: "Sluice-Decision") == "proceed")
            #expect(reply.headers.first(name: "Server") == "OO")
            let id = try #require(RealAnswers.executionID(reply.json)).text
            if root.hasSuffix("v1") || root.hasSuffix("rest") {
                #expect(reply.json["feedUrl"]?.string == "\(bench.url)\(root)/executions/\(id)/steps")
                #expect(reply.json["errorCode"] == "NO_ERROR")
            } else {
                #expect(reply.text == id)
            }
            #expect(sandbox.inputs(ofExecution: id) == ["host": "h1"])
            var keys = LookupKeys(principal: Principal("x"))
            keys.parentRunID = ExecutionID(id)
            let facts = try await bench.engine.store.facts(for: keys, at: bench.engine.clocks.now().wall)
            #expect(facts.parent?.executionID == ExecutionID(id))
            #expect(bench.engine.gatekeeper.snapshot().inFlightCount == 1)
            #expect(try await bench.holds().isEmpty)
        }
    }

    @Test("R21 a patient requester's start is kept and answered in its dialect, with a virtual id", arguments: roots)
    func holds(root: String) async throws {
        var setup = FacadeBench.Setup()
        setup.mode = .hold
        try await FacadeBench.run(setup) { bench, sandbox, _ in
            let reply = try await bench.start(
                root: root, inputs: #"{"CSA_CONTEXT_ID":"i1","CSA_PROCESS_ID":"p1","password":"x"}"#)
            #expect(reply.status == 201)
            #expect(reply.headers.first(name: "Sluice-Decision") == "hold")
            let hold = try #require(try await bench.holds().first)
            let id = String(VirtualIDs.standardBase + hold.arrival)
            #expect(reply.headers.first(name: "Sluice-Ticket") == "\(hold.ticket)")
            if root.hasSuffix("v1") || root.hasSuffix("rest") {
                #expect(
                    reply.json == [
                        "feedUrl": .string("\(bench.url)\(root)/executions/\(id)/steps"), "executionId": .string(id),
                        "errorCode": "NO_ERROR",
                    ])
            } else {
                #expect(reply.text == id)
            }
            #expect(hold.principal == Principal("central:sandbox"))
            #expect(hold.request.source == .csa)
            #expect(hold.request.csaInstanceID?.text == "i1")
            #expect(hold.request.csaProcessID?.text == "p1")
            #expect(hold.request.start.runName == "nightly")
            #expect(
                hold.request.expiresAt == hold.arrivedAt.advanced(by: .seconds(3600)) || hold.request.expiresAt != nil)
            #expect(hold.request.inputs.first { $0.name == "password" }?.isSensitive == true)
            #expect(sandbox.overview["executions"] == 0)
        }
    }

    @Test(
        "R46 an impatient requester is refused, can read it, and nothing is kept", arguments: roots,
        [GateMode.hold, .refuse])
    func refuses(root: String, mode: GateMode) async throws {
        var setup = FacadeBench.Setup.impatient
        setup.mode = mode
        try await FacadeBench.run(setup) { bench, sandbox, _ in
            let reply = try await bench.start(root: root)
            #expect(reply.status == 503)
            #expect(reply.headers.first(name: "Retry-After") == "60")
            #expect(reply.headers.first(name: "Sluice-Decision") == "reject")
            #expect(reply.headers.first(name: "Content-Type") == "application/problem+json")
            #expect(reply.json["decision"] == "reject")
            let isV1 = root.hasSuffix("v1") || root.hasSuffix("rest")
            #expect((reply.json["errorCode"] == "SLUICE_REFUSED") == isV1)
            #expect(try await bench.holds().isEmpty)
            #expect(sandbox.overview["executions"] == 0)
        }
    }

    @Test("only a gated flow's start gets a pass, and a refused mode refuses the patient too")
    func passes() async throws {
        try await FacadeBench.run { bench, sandbox, _ in
            let plain = try await bench.start()
            #expect(sandbox.inputs(ofExecution: plain.text) == [:])
            let gated = try await bench.start(FacadeBench.gated, inputs: #"{"a":"1"}"#)
            let inputs = try #require(sandbox.inputs(ofExecution: gated.text))
            #expect(inputs["a"] == "1")
            guard case .genuine(let claims) = bench.sealer.readPass(inputs["sluicePass"] ?? "") else {
                Issue.record("no pass")
                return
            }
            #expect(claims.flow == FlowID(FacadeBench.gated))
            #expect(claims.kind == .attempt)
            // The caller's own is left where it is, and decided by.
            try await bench.set(.refuse)
            #expect(try await bench.start().status == 503)
            let pass = bench.sealer.makePass(claims)
            let own = try await bench.start(FacadeBench.gated, inputs: #"{"sluicePass":"\#(pass)"}"#)
            #expect(own.status == 201)
            #expect(sandbox.inputs(ofExecution: own.text)?["sluicePass"] == pass)
            #expect(try await bench.start(FacadeBench.gated, inputs: #"{"sluicePass":"p_forged"}"#).status == 403)
            #expect(try await bench.start(FacadeBench.flow, inputs: #"{"sluicePass":"\#(pass)"}"#).status == 403)
            #expect(!bench.log.lines.contains { $0.contains("sandbox:sandbox") || $0.contains(FacadeBench.basic()) })
        }
    }

    @Test("nothing is kept for a caller that Central does not know, nor for what a relaunch could not repeat")
    func verifies() async throws {
        var setup = FacadeBench.Setup()
        setup.mode = .hold
        try await FacadeBench.run(setup) { bench, sandbox, _ in
            let wrong = try await bench.start(authorization: FacadeBench.basic("sandbox", "wrong"))
            #expect(wrong.status == 401)
            #expect(
                try await bench.send(.POST, "/oo/rest/v2/executions", #"{"flowUuid":"x"}"#, authorization: nil).status
                    == 503)
            let odd = try await bench.send(
                .POST, "/oo/rest/v2/executions", #"{"flowUuid":"\#(FacadeBench.flow)","priority":9}"#)
            #expect(odd.status == 503)
            let other = try await bench.start(authorization: FacadeBench.basic("somebody", "x"))
            #expect(other.status == 503)
            #expect(try await bench.holds().isEmpty)
            #expect(sandbox.overview["executions"] == 0)
            #expect(try await bench.start().status == 201)
        }
    }

    @Test("a read that is open to everybody verifies nobody")
    func needsALogin() async throws {
        var setup = FacadeBench.Setup()
        setup.mode = .hold
        setup.configure = { $0.verifyPath = "/version" }
        try await FacadeBench.run(setup) { bench, sandbox, _ in
            sandbox.settings.versionNeedsLogin = false
            let reply = try await bench.start()
            #expect(reply.status == 503)
            let holds = try await bench.holds()
            #expect(holds.isEmpty)
        }
    }

    @Test(
        "R3 no spelling smuggles a start past the closed gate",
        arguments: [
            "//oo/rest/v2/executions", "/oo//rest/v2//executions", "/oo/rest/v2/%65xecutions",
            "/oo/rest/v2/executions/", "/oo/rest/v2/executions;jsessionid=x", "/oo/./rest/v2/./executions",
            "/oo/css/../rest/v2/executions", "/oo/rest/v2%2fexecutions", "/oo/rest/v2/executions.json",
            "/oo/rest/v2/%2565xecutions", "/oo/%2e%2e/oo/rest/v2/executions", "/x/../oo/rest/v2/executions",
            "/%6fo/rest/v2/executions", "/OO/rest/v2/executions", "/oo/rest/v2/EXECUTIONS",
            "/oo/rest/v2/executions#x", "/oo/rest/v2/executions?_method=POST",
        ])
    func smuggles(target: String) async throws {
        try await FacadeBench.run(.impatient) { bench, sandbox, _ in
            try await bench.set(.hold)
            let body = #"{"flowUuid":"\#(FacadeBench.flow)"}"#
            let port = try #require(Int(bench.url.split(separator: ":").last ?? ""))
            let answer = try await RawExchange.send(
                "POST \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                    + "Authorization: \(FacadeBench.basic())\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)",
                port: port)
            #expect(["HTTP/1.1 503", "HTTP/1.1 400", "HTTP/1.1 404"].contains { answer.hasPrefix($0) }, "\(answer)")
            #expect(sandbox.overview["executions"] == 0)
        }
    }

    @Test(
        "R3 nor does a body that only Central could read",
        arguments: [
            "", "{", "[]", "null", #"{"flowUuid":1}"#, #"{"uuid":"a","flowUuid":"b"}"#,
            #"{"flowUuid":"a","flowUuid":"b"}"#, #"{/**/"flowUuid":"a"}"#, #"{'flowUuid':'a'}"#,
            "\u{feff}{\"flowUuid\":\"a\"}",
        ])
    func bodies(body: String) async throws {
        try await FacadeBench.run(.impatient) { bench, sandbox, _ in
            let reply = try await bench.send(.POST, "/oo/rest/v2/executions", body)
            #expect(reply.status == 400)
            #expect(sandbox.overview["executions"] == 0)
            let zipped = try await bench.send(
                .POST, "/oo/rest/v2/executions", body, headers: [("Content-Encoding", "gzip")])
            #expect(zipped.status == 415)
            let overridden = try await bench.send(
                .GET, "/oo/rest/v2/executions", headers: [("X-HTTP-Method-Override", "POST")])
            #expect(overridden.status == 400)
        }
    }

    @Test("R21 a patient requester whose start meets the closing gate is kept, not refused")
    func meetsTheClose() async throws {
        try await FacadeBench.run { bench, _, _ in
            func ask() async throws -> String {
                let reply = try await bench.start(inputs: "{}")
                return "\(reply.status) \(reply.status == 201 ? "" : reply.text)"
            }
            for _ in 0..<20 {
                try await bench.set(.open)
                let replies = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<16 { group.addTask { try await ask() } }
                    try await bench.set(.hold)
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(replies.allSatisfy { $0.hasPrefix("201") }, "\(Set(replies))")
            }
        }
    }

    @Test("64 callers at once: each is let through or kept once")
    func concurrent() async throws {
        try await FacadeBench.run { bench, sandbox, _ in
            func ask() async throws -> [String] {
                try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<64 {
                        group.addTask { try await bench.start(inputs: #"{"n":"\#(number)"}"#).text }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            let open = try await ask()
            #expect(Set(open).count == 64)
            #expect(sandbox.overview["executions"] == 64)
            try await bench.set(.hold)
            let held = try await ask()
            #expect(Set(held).count == 64)
            #expect(held.allSatisfy { bench.isVirtual($0) })
            #expect(try await bench.holds().count == 64)
        }
    }
}

extension FacadeBench {
    func isVirtual(_ id: String) -> Bool { VirtualIDs().contains(id) }
}
