import Foundation
import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePluginKit
import SluicePorts
import SluiceSQLite
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Holds whose fields stand against each other, and keys that are used without measure, through the API.
@Suite(.timeLimit(.minutes(10)))
struct ConflictingHoldTests {
    private static func ask(_ bench: Bench, _ fields: JSONObject) async throws -> String {
        let reply = try await bench.client.ask(fields)
        return try #require(reply["ticket"]?.string, "\(reply)")
    }

    private static func state(_ bench: Bench, _ ticket: String) async throws -> String? {
        try await bench.client.send(.get, "/v1/holds/\(ticket)")["state"]?.string
    }

    @Test(
        "what expires before it may start is refused and not kept, whatever the mode",
        arguments: ["open", "hold"])
    func rejectsWhatCouldNeverStart(mode: String) async throws {
        try await Bench.run { bench in
            try await bench.set(mode)
            for (notBefore, expiresAt) in [
                ("2040-01-02T00:00:00Z", "2040-01-01T00:00:00Z"), ("2040-01-01T00:00:00Z", "2040-01-01T00:00:00Z"),
            ] {
                let reply = try await bench.client.ask([
                    "notBefore": .string(notBefore), "expiresAt": .string(expiresAt),
                ])
                #expect(reply.status == 400 && reply.problem == "invalid-value", "\(reply)")
                #expect(reply["pointer"] == "/expiresAt" && reply["ticket"] == nil)
            }
            #expect(try await bench.memory.holds(HoldQuery()).holds.isEmpty)
        }
    }

    @Test("R22 a coalesce key across two ordering keys keeps both in order and loses nothing")
    func coalescesAcrossOrderingKeys() async throws {
        var setup = Bench.Setup(mode: .hold)
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            let first = try await Self.ask(bench, ["orderingKey": "a", "coalesceKey": "p"])
            let second = try await Self.ask(bench, ["orderingKey": "a"])
            let third = try await Self.ask(bench, ["orderingKey": "b"])
            let standing = try await Self.ask(bench, ["orderingKey": "b", "coalesceKey": "p"])
            #expect(try await Self.state(bench, first) == "coalesced")
            try await bench.set("open")
            // Each key's first starts; what stands for the first of a waits for its own key alone.
            try await bench.advance {
                let states = try await (Self.state(bench, second), Self.state(bench, third))
                return states == ("running", "running")
            }
            #expect(try await Self.state(bench, standing) == "held")
        }
    }

    @Test("R19 one idempotency key with other keys beside it is another body, and is refused")
    func refusesOneKeyForTwoPlaces() async throws {
        try await Bench.run(.init(mode: .hold)) { bench in
            let fields: JSONObject = ["idempotencyKey": "k", "orderingKey": "a", "coalesceKey": "p"]
            let ticket = try await Self.ask(bench, fields)
            for (name, value) in [("orderingKey", "b"), ("coalesceKey", "q")] {
                var other = fields
                other[name] = .string(value)
                let reply = try await bench.client.ask(other)
                #expect(reply.status == 422 && reply.problem != nil, "\(reply)")
            }
            #expect(try await Self.ask(bench, fields) == ticket)
            #expect(try await bench.memory.counts().total(.held) == 1)
        }
    }

    @Test("R24 a key that is held 100,000 times costs the next one no more than the first")
    func takesAKeyWithoutMeasure() async throws {
        let file = try TemporarySQLite()
        var setup = Bench.Setup(mode: .hold)
        setup.wrap = { _ in file.store }
        try await Bench.run(setup) { bench in
            let count: UInt64 = 100_000
            for start in stride(from: UInt64(1), through: count, by: 1000) {
                let changes = (start..<start + 1000).map { number in
                    var hold = Hold.fixture(number)
                    // A caller's is not coalesced by those after it: all of them wait.
                    hold.request.launcher = .caller
                    hold.request.coalesceKey = CoalesceKey("p")
                    hold.request.orderingKey = OrderingKey("o")
                    return Change.addHold(hold)
                }
                try await file.store.commit(changes, fence: Fence(timeline: 1))
            }
            var tickets: [String] = []
            for (name, key) in [("orderingKey", "o"), ("coalesceKey", "p")] {
                let began = ContinuousClock.now
                let ticket = try await Self.ask(bench, [name: .string(key)])
                let asked = ContinuousClock.now - began
                // Far more than it takes, and far less than a look at each of them would.
                #expect(asked < .seconds(10), "\(name): \(asked)")
                let page = try await bench.client.send(.get, "/v1/holds?\(name)=\(key)&limit=10", as: .viewer)
                #expect(page["holds"]?.array?.count == 10 && page["next"] != .null)
                tickets.append(ticket)
                let shown = try await bench.client.send(.get, "/v1/holds/\(ticket)", as: .viewer)
                #expect(shown["position"] == .int(Int(count) + tickets.count))
            }
            let head = try await bench.client.send(
                .post, "/v1/holds/\(Ticket.fixture(1))/discard", as: .operator, body: ["reason": "r"])
            #expect(head.status == 200)
            func next(_ launcher: Launcher) async throws -> [String] {
                let query = CandidateQuery(
                    at: bench.clocks.now().wall, includesHeld: true, launcher: launcher, limit: 5)
                return try await file.store.candidates(query).map { "\($0.ticket)" }
            }
            #expect(try await next(.caller) == ["\(Ticket.fixture(2))"])
            #expect(try await next(.sluice) == [tickets[1]])
            #expect(try await file.store.counts().total(.held) == Int(count) + 1)
        }
    }

    private struct Garbling: LaunchInterceptor {
        let annotations: LaunchAnnotations
        func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception { .annotate(annotations) }
    }

    /// What no asker could send.
    private static let garbage: [LaunchAnnotations] = [
        LaunchAnnotations(orderingKey: OrderingKey("")), LaunchAnnotations(coalesceKey: CoalesceKey("a\u{0}b")),
        LaunchAnnotations(idempotencyKey: IdempotencyKey(String(repeating: "k", count: 513))),
        LaunchAnnotations(csaProcessID: CSAProcessID("\n")),
        LaunchAnnotations(notBefore: Timestamp(milliseconds: .max)),
        LaunchAnnotations(expiresAt: Timestamp(milliseconds: .min)),
        LaunchAnnotations(notBefore: Timestamp(milliseconds: 9), expiresAt: Timestamp(milliseconds: 9)),
    ]

    @Test("R49 a plugin that returns garbage is named, and its garbage is nowhere kept", arguments: garbage.indices)
    func refusesGarbage(index: Int) async throws {
        var setup = Bench.Setup(mode: .hold)
        var plugin = HostedPlugin(
            name: "garbler", kind: "test", version: "1.0.0", summary: "Says garbage.",
            interceptor: Garbling(annotations: Self.garbage[index]))
        plugin.onFault = .hold
        setup.plugins = [plugin]
        try await Bench.run(setup) { bench in
            let answer = try await bench.client.ask()
            #expect(answer.status == 202 && answer["reason", "code"] == "plugin-fault", "\(answer)")
            let shown = try await bench.client.send(.get, "/v1/holds/\(answer["ticket"]?.string ?? "")", as: .viewer)
            #expect(shown["state"] == "awaiting-operator" && shown["cause"]?.string?.contains("garbler") == true)
            for name in ["orderingKey", "coalesceKey", "idempotencyKey", "notBefore", "expiresAt"] {
                #expect(shown[name] == .null, "\(name): \(shown)")
            }
        }
    }
}
