import Hummingbird
import NIOHTTP1
import SluiceCore
import SluiceEngine
import SluiceFacade
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceTestServers
import Testing

@testable import SluiceHTTP

/// What virtual ids show of others' launches, of launches that stand for others, and of a Central in trouble.
@Suite(.timeLimit(.minutes(3)))
struct FacadeSharedTests {
    private static var closed: FacadeBench.Setup {
        var setup = FacadeBench.Setup()
        setup.mode = .hold
        return setup
    }

    private static func path(_ id: String, _ part: String) -> String { "/oo/rest/v2/executions/\(id)/\(part)" }

    // MARK: Coalesced, expired, forgotten

    @Test("R22 a coalesced launch reads as the one that stands for it, and cannot be canceled by its own id")
    func coalesced() async throws {
        try await FacadeBench.run(Self.closed, duration: 600_000) { bench, sandbox, _ in
            _ = try await bench.keep(coalesceKey: "pool:P1")
            _ = try await bench.keep(coalesceKey: "pool:P1")
            let holds = try await bench.holds()
            #expect(holds.map(\.state) == [.coalesced, .held])
            let ids = holds.map { String(VirtualIDs.standardBase + $0.arrival) }
            for id in ids { #expect(try await bench.summary(id)["status"] == "RUNNING") }
            for action in ["CANCEL", "pause", "RESUME"] {
                let reply = try await bench.send(.PUT, Self.path(ids[0], "status"), #"{"action":"\#(action)"}"#)
                #expect(reply.status == 409)
                #expect(reply.json == "FAILED_COALESCED")
            }
            #expect(try await bench.holds().map(\.state) == [.coalesced, .held])
            try await bench.set(.open)
            try await bench.until { try await bench.holds().last?.state == .running }
            let real = try #require(try await bench.holds().last?.executionID?.text)
            // Now it could be canceled in Central, for both.
            let reply = try await bench.send(.PUT, Self.path(ids[0], "status"), #"{"action":"CANCEL"}"#)
            #expect(reply.status == 409)
            #expect(reply.json == "FAILED_COALESCED")
            #expect(try await bench.summary(real)["status"] == "RUNNING")
            #expect(try await bench.summary(ids[0])["executionId"]?.string == ids[0])
            // Its own caller may; then the other one takes its place, and is its caller's alone.
            #expect(
                try await bench.send(.PUT, Self.path(ids[1], "status"), #"{"action":"CANCEL"}"#).status == 200)
            try await bench.until { try await bench.holds().map(\.state) == [.running, .ended] }
            #expect(try await bench.summary(ids[1])["status"] == "CANCELED")
            #expect(try await bench.summary(ids[0])["status"] == "RUNNING")
            #expect(
                try await bench.send(.PUT, Self.path(ids[0], "status"), #"{"action":"CANCEL"}"#).status == 200)
            #expect(sandbox.overview["executions"] == 2)
        }
    }

    @Test("R9 a launch that expired reads CANCELED")
    func expires() async throws {
        var setup = Self.closed
        setup.requesters = RequesterRules([RequesterRules.Rule(user: "sandbox", source: .csa, patienceSeconds: 1)!])
        try await FacadeBench.run(setup) { bench, sandbox, _ in
            let id = try await bench.start().text
            try await bench.until { try await bench.holds().first?.state == .expired }
            let summary = try await bench.summary(id)
            #expect(summary["status"] == "CANCELED")
            #expect(summary["executionId"]?.string == id)
            #expect(try await bench.send(.GET, Self.path(id, "status")).json == "CANCELED")
            #expect(sandbox.overview["executions"] == 0)
        }
    }

    @Test("a virtual id shows the real execution for the retention time, and is unknown after it")
    func retains() async throws {
        try await FacadeBench.run(Self.closed) { bench, _, _ in
            let id = try await bench.start().text
            // The newest hold is never forgotten: it keeps the count.
            _ = try await bench.start()
            try await bench.set(.open)
            // Central may tell before Sluice has seen it.
            try await bench.until { try await bench.holds().allSatisfy { $0.state.isFinal } }
            #expect(try await bench.summary(id)["status"] == "COMPLETED")
            func forget(after retention: Duration) async throws {
                let engine = bench.engine
                try await HoldRetention(
                    store: engine.store, retention: retention, clocks: engine.clocks, fence: { engine.writeFence },
                    logger: bench.log.logger()
                ).forget()
            }
            try await forget(after: .seconds(3600))
            #expect(try await bench.summary(id)["executionId"]?.string == id)
            #expect(try await bench.send(.GET, Self.path(id, "steps/count")).json != 0)
            // As if its time were over.
            try await forget(after: .seconds(-3600))
            let forgotten = try await bench.send(.GET, Self.path(id, "summary"))
            #expect(forgotten.status == 404, "\(forgotten)")
        }
    }

    // MARK: Lists

    @Test("R9 a list shows virtual rows to their requester alone, though Central knows others too")
    func lists() async throws {
        var setup = Self.closed
        setup.requesters = RequesterRules(
            ["sandbox", "eve"].map { RequesterRules.Rule(user: $0, source: .csa, patienceSeconds: 3600)! })
        let eve = FacadeBench.basic("eve", "x")
        try await FacadePassingTests.run(
            setup,
            answering: { request in
                let isKnown = request.headers[.authorization] != nil
                let isList = request.uri.path == "/oo/rest/v2/executions"
                return .json(.array([]), status: !isKnown ? .unauthorized : isList ? .ok : .notFound)
            }
        ) { bench, _, _ in
            let id = try await bench.start().text
            let other = try await bench.start(authorization: eve).text
            #expect(bench.isVirtual(id) && bench.isVirtual(other) && id != other)
            func rows(_ authorization: String) async throws -> [String?]? {
                try await bench.send(.GET, "/oo/rest/v2/executions", authorization: authorization).json.array?.map {
                    $0["executionId"]?.string
                }
            }
            #expect(try await rows(FacadeBench.basic()) == [id])
            #expect(try await rows(eve) == [other])
            // Central knows it, and it waits for nothing.
            #expect(try await rows(FacadeBench.basic("ann", "x")) == [])
            #expect(try await bench.send(.GET, Self.path(id, "summary"), authorization: eve).status == 404)
            #expect(try await bench.send(.GET, Self.path(id, "summary")).status == 200)
        }
    }

    @Test("of more waiting launches than a list shows, it shows the newest")
    func listsTheNewest() async throws {
        try await FacadeBench.run(Self.closed) { bench, _, _ in
            for _ in 0..<FacadeLimits.listedCountMax { _ = try await bench.keep() }
            let newest = try await bench.start().text
            let rows = try await bench.send(.GET, "/oo/rest/v2/executions").json.array ?? []
            #expect(rows.count == FacadeLimits.listedCountMax)
            #expect(rows.first?["executionId"]?.string == newest)
            #expect(rows.last?["executionId"]?.string == String(VirtualIDs.standardBase + 2))
        }
    }

    @Test(
        "real ids beside virtual ones are found in an odd spelling too", arguments: ["executions;x=y", "%65xecutions"])
    func spells(word: String) async throws {
        try await FacadeBench.run { bench, _, _ in
            let real = try await bench.start().text
            try await bench.set(.hold)
            let virtual = try await bench.start().text
            let rows = try await bench.send(.GET, "/oo/rest/v2/\(word)/\(virtual),\(real)/summary").json.array
            #expect(rows?.compactMap { $0["executionId"]?.string } == [virtual, real])
        }
    }

    // MARK: Central in trouble

    @Test("a failure of Central is told as one, and not as an execution without steps")
    func fails() async throws {
        try await FacadeBench.run(Self.closed) { bench, sandbox, relay in
            let id = try await bench.start().text
            let parts = ["steps", "steps/count", "execution-log", "flow-output"]
            #expect(try await bench.send(.GET, Self.path(id, "flow-output")).text.contains("waits in Sluice"))
            try await bench.set(.open)
            try await bench.until { try await bench.holds().first?.state == .ended }
            #expect(try await bench.send(.GET, Self.path(id, "steps/count")).status == 200)
            // It does not wait any more: Central's own word for a part that it has not.
            let none = try await bench.send(.GET, Self.path(id, "flow-output"))
            #expect(none.status == 404)
            #expect(!none.text.contains("waits in Sluice"))
            for status in [401, 403, 500] {
                sandbox.removeFaults()
                sandbox.add(faults: [SandboxFault(.status(status, text: "no"), path: "/executions/*/**")])
                for part in parts {
                    #expect(try await bench.send(.GET, Self.path(id, part)).status == status, "\(part)")
                }
                // How it ended is on record.
                #expect(try await bench.send(.GET, Self.path(id, "status")).json == "COMPLETED")
                #expect(try await bench.summary(id)["status"] == "COMPLETED")
            }
            sandbox.removeFaults()
            relay.cut()
            for part in parts {
                let reply = try await bench.send(.GET, Self.path(id, part))
                #expect(reply.status == 502, "\(part)")
                #expect(reply.headers.contains(name: "Retry-After"))
            }
            #expect(try await bench.summary(id)["resultStatusType"] == "RESOLVED")
        }
    }
}

extension FacadeBench {
    /// Has the gate keep a launch of the patient requester, as if it came through the facade.
    func keep(coalesceKey: String? = nil) async throws -> Answer {
        var launch = LaunchRequest(flow: FlowID(Self.flow), source: .csa)
        launch.coalesceKey = coalesceKey.map { CoalesceKey($0) }
        let ask = try engine.intake.prepare(
            launch, ref: Ask.Ref(engine.gatekeeper.nextRef()), principal: Principal("central:sandbox"),
            sensitiveInputs: []
        ).ask
        switch await engine.gatekeeper.ask(ask) {
        case .refused(let refusal): throw Unexpected(text: "\(refusal)")
        case .decided(let answer): return answer
        }
    }
}
