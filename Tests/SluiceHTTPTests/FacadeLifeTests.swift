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

/// The life of a virtual execution, as its requester reads it.
@Suite(.timeLimit(.minutes(10)))
struct FacadeLifeTests {
    private static var closed: FacadeBench.Setup {
        var setup = FacadeBench.Setup()
        setup.mode = .hold
        return setup
    }

    @Test("a held launch reads RUNNING until it is released, and then as the execution that it became")
    func lives() async throws {
        try await FacadeBench.run(Self.closed) { bench, sandbox, _ in
            let id = try await bench.start(inputs: #"{"host":"h1","password":"geheim"}"#).text
            let waiting = try await bench.summary(id)
            #expect(waiting["executionId"]?.string == id)
            #expect(waiting["status"] == "RUNNING")
            #expect(waiting["executionName"] == "nightly")
            #expect(waiting["flowPath"] == "Library/Backup/Nightly")
            #expect(waiting["endTime"]?.isNull == true)
            let log = try await bench.send(.GET, "/oo/rest/v1/executions/\(id)/execution-log")
            #expect(log.json["executionSummary"]?["executionId"]?.string == id)
            #expect(log.text.contains("h1"))
            #expect(!log.text.contains("geheim"))
            #expect(try await bench.send(.GET, "/oo/rest/v1/executions/\(id)/steps?pageSize=10").text == "[]")
            #expect(try await bench.send(.GET, "/oo/rest/v1/executions/\(id)/steps/count").text == "0")
            try await bench.set(.open)
            try await bench.until { try await bench.summary(id)["status"] == "COMPLETED" }
            let done = try await bench.summary(id)
            #expect(done["executionId"]?.string == id)
            #expect(done["resultStatusType"] == "RESOLVED")
            let hold = try #require(try await bench.holds().first)
            #expect(hold.state == .ended)
            // Central's own row: its run name has the ticket.
            #expect(done["executionName"]?.string?.contains("\(hold.ticket)") == true)
            #expect(sandbox.overview["executions"] == 1)
            let head = try await bench.send(.HEAD, "/oo/rest/v2/executions/\(id)/summary")
            #expect(head.status == 200)
            #expect(head.bytes.isEmpty)
        }
    }

    @Test("many ids at once, virtual and real, come back in their order")
    func mixes() async throws {
        try await FacadeBench.run { bench, _, _ in
            let real = try await bench.start().text
            try await bench.set(.hold)
            let virtual = try await bench.start().text
            let other = try await bench.start().text
            let unknown = "9000000000999999"
            let list = try await bench.send(
                .GET, "/oo/rest/v2/executions/\(virtual),\(real),\(unknown),\(other)/summary"
            ).json.array
            #expect(list?.compactMap { $0["executionId"]?.string } == [virtual, real, other])
            #expect(try await bench.send(.GET, "/oo/rest/v2/executions/\(unknown)/summary").status == 404)
            let rows = try await bench.send(.GET, "/oo/rest/v2/executions?pageSize=50&pageNum=1").json.array
            #expect(rows?.compactMap { $0["executionId"]?.string } == [other, virtual, real])
            let second = try await bench.send(.GET, "/oo/rest/v2/executions?pageSize=1&pageNum=2").json.array
            #expect(second?.isEmpty == true)
        }
    }

    @Test("virtual ids are their requester's alone")
    func hides() async throws {
        try await FacadeBench.run(Self.closed) { bench, _, _ in
            let id = try await bench.start().text
            for authorization in [FacadeBench.basic("sandbox", "wrong"), FacadeBench.basic("eve", "x"), ""] {
                for path in ["summary", "execution-log", "steps", "steps/count", "status"] {
                    let reply = try await bench.send(
                        .GET, "/oo/rest/v2/executions/\(id)/\(path)", authorization: authorization)
                    #expect([401, 404, 503].contains(reply.status), "\(path): \(reply.status)")
                    #expect(!reply.text.contains("nightly"))
                }
                let cancel = try await bench.send(
                    .PUT, "/oo/rest/v2/executions/\(id)/status", #"{"action":"CANCEL"}"#, authorization: authorization)
                #expect(cancel.status >= 400)
            }
            #expect(try await bench.holds().first?.state == .held)
        }
    }

    @Test("cancel discards the hold; what is over cannot be canceled", arguments: ["CANCEL", "cancel"])
    func cancels(word: String) async throws {
        try await FacadeBench.run(Self.closed) { bench, _, _ in
            let id = try await bench.start().text
            let path = "/oo/rest/v2/executions/\(id)/status"
            #expect(try await bench.send(.PUT, path, #"{"action":"RESUME"}"#).status == 409)
            #expect(try await bench.send(.PUT, path, #"{"action":"PAUSE"}"#).status == 409)
            let reply = try await bench.send(.PUT, path, #"{"action":"\#(word)"}"#)
            #expect(reply.status == 200)
            #expect(try await bench.holds().first?.state == .discarded)
            #expect(try await bench.summary(id)["status"] == "CANCELED")
            #expect(try await bench.send(.PUT, path, #"{"action":"\#(word)"}"#).status == 409)
        }
    }

    @Test("virtual ids answer while Central is down, to callers that it knew; starts and reads of Central's own do not")
    func outlasts() async throws {
        var setup = Self.closed
        setup.configure = { $0.verifiedFor = .zero }
        try await FacadeBench.run(setup) { bench, _, relay in
            let id = try await bench.start().text
            relay.cut()
            #expect(try await bench.summary(id)["status"] == "RUNNING")
            let held = try await bench.start()
            #expect(held.status == 201)
            #expect(bench.isVirtual(held.text))
            #expect(try await bench.send(.GET, "/oo/rest/v2/executions/1/summary").status == 502)
            let stranger = try await bench.start(authorization: FacadeBench.basic("sandbox", "guess"))
            #expect(stranger.status == 503)
            #expect(stranger.headers.contains(name: "Retry-After"))
            #expect(try await bench.holds().count == 2)
            relay.heal()
            try await bench.set(.open)
            try await bench.until { try await bench.summary(id)["status"] == "COMPLETED" }
            relay.cut()
            // What Central said is not at hand, but how it ended is.
            let summary = try await bench.summary(id)
            #expect(summary["status"] == "COMPLETED")
            #expect(summary["resultStatusType"] == "RESOLVED")
            #expect(summary["executionId"]?.string == id)
        }
    }

    @Test("virtual ids answer while Central takes connections and says nothing, long before callers give up")
    func outlastsSilence() async throws {
        var setup = Self.closed
        setup.configure = { $0.readTimeout = .milliseconds(200) }
        try await FacadeBench.run(setup) { bench, _, relay in
            let id = try await bench.start().text
            try await bench.set(.open)
            try await bench.until { try await bench.summary(id)["status"] == "COMPLETED" }
            relay.set(.frozen)
            let summary = try await bench.summary(id)
            #expect(summary["status"] == "COMPLETED")
            #expect(summary["executionId"]?.string == id)
            relay.heal()
        }
    }

    @Test("R10 schedules that could fire, and resumes, are decided; what stops work passes")
    func works() async throws {
        try await FacadeBench.run(duration: 600_000) { bench, sandbox, _ in
            func schedule(_ enabled: String) -> String {
                #"{"flowScheduleName":"s","flowUuid":"\#(FacadeBench.flow)","triggerExpression":"*/60000"\#(enabled)}"#
            }
            let made = try await bench.send(.POST, "/oo/rest/latest/schedules", schedule(#","enabled":true"#))
            #expect(made.status == 201)
            let id = try #require(sandbox.schedules.first.map { String($0.id) })
            let running = try await bench.start().text
            let inside = try #require(sandbox.startInside(flow: FacadeBench.flow))
            try await bench.set(.hold)
            for enabled in ["", #","enabled":true"#, #","enabled":"false""#] {
                #expect(try await bench.send(.POST, "/oo/rest/latest/schedules", schedule(enabled)).status == 503)
            }
            #expect(
                try await bench.send(.POST, "/oo/rest/latest/schedules", schedule(#","enabled":false"#)).status == 201)
            #expect(try await bench.send(.PUT, "/oo/rest/latest/schedules/\(id)/enabled", "false").status < 300)
            for body in ["true", "", "1", "\"true\"", "null"] {
                let reply = try await bench.send(.PUT, "/oo/rest/latest/schedules/\(id)/enabled", body)
                #expect(reply.status == 503, "\(body)")
            }
            #expect(sandbox.schedules.allSatisfy { !$0.isEnabled })
            for word in ["RESUME", "resume", "Resume", " RESUME", ""] {
                let reply = try await bench.send(
                    .PUT, "/oo/rest/v2/executions/\(inside)/status", #"{"action":"\#(word)"}"#)
                #expect(reply.status == 503, "\(word)")
            }
            // It was admitted, and has not ended: Central says that it runs already.
            let own = try await bench.send(.PUT, "/oo/rest/v2/executions/\(running)/status", #"{"action":"RESUME"}"#)
            #expect(own.status == 409)
            let pause = try await bench.send(.PUT, "/oo/rest/v2/executions/\(inside)/status", #"{"action":"PAUSE"}"#)
            #expect(pause.status == 200)
            #expect(try await bench.send(.POST, "/oo/rest/v2/executions/\(inside)/rerun", "{}").status == 503)
            #expect(try await bench.send(.PUT, "/oo/rest/v2/executions/\(inside)/status", "nonsense").status == 400)
        }
    }
}
