import HTTPTypes
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// What looking costs, and that looking shows one state.
@Suite(.timeLimit(.minutes(10)))
struct StatusCostTests {
    private static let pages = ["/v1/gate", "/v1/release", "/metrics", "/readyz", "/v1/replicas"]

    /// Reads that look at single holds, or decide about them.
    private static let dear = [
        "hold(_:)", "holds(_:)", "candidates(_:)", "facts(for:at:)", "events(of:after:limit:)", "position(of:)",
        "expired(at:limit:)", "lanes(_:)", "forgettableHolds(endedBefore:limit:)",
    ]

    @Test("R50 a status that is read 10 times a second reads no hold and evaluates no rule, however many wait")
    func readsNoHolds() async throws {
        let memory = InMemoryStore()
        let flaky = FlakyStore(memory)
        var setup = Bench.Setup(mode: .hold)
        setup.memory = memory
        setup.wrap = { _ in flaky }
        try await Bench.run(setup) { bench in
            // What the services read as they start is not the status'.
            try await bench.until { flaky.calls["expired(at:limit:)"] != nil }
            await letOthersRun(turns: 200)
            var costs: [[String: Int]] = []
            var number: UInt64 = 0
            for count in [10, 1000] as [UInt64] {
                while number < count {
                    number += 1
                    try await memory.commit([.addHold(.fixture(number))], fence: Fence(timeline: 1))
                }
                flaky.resetCalls()
                for _ in 0..<10 {
                    for page in Self.pages {
                        #expect(try await bench.client.send(.get, page, as: .viewer).status == 200, "\(page)")
                    }
                }
                costs.append(flaky.calls)
            }
            #expect(costs[0] == costs[1], "the cost does not grow with the holds")
            #expect(costs[0]["counts()", default: 0] > 0)
            for read in Self.dear { #expect(costs[0][read] == nil, "\(read)") }
            #expect(costs[0].values.reduce(0, +) <= 10 * Self.pages.count * 2, "\(costs[0])")
        }
    }

    @Test("R21 launches go on being kept in every mode, also while the release stands, unless the scope says reject")
    func keepsInEveryMode() async throws {
        var setup = Bench.Setup(mode: .hold)
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            func expectHeld(_ what: String, _ fields: JSONObject = [:]) async throws {
                let reply = try await bench.client.ask(fields)
                #expect(reply.status == 202 && reply["ticket"] != nil, "\(what): \(reply)")
            }
            func order(_ verb: String) async throws {
                let reply = try await bench.client.send(
                    .post, "/v1/release/\(verb)", as: .operator, body: ["reason": "r"])
                #expect(reply.status == 200, "\(verb): \(reply)")
            }
            try await expectHeld("closed")
            try await order("pause")
            try await expectHeld("closed, release paused")
            try await bench.set("open")
            try await expectHeld("open, for later", ["notBefore": "2040-01-01T00:00:00Z"])
            try await order("abort")
            try await expectHeld("open, release aborted", ["notBefore": "2040-01-01T00:00:00Z"])
            try await bench.set("hold")
            try await expectHeld("closed again")
            try await bench.set("refuse", scope: "source:ui")
            try await expectHeld("another scope is refused")
            #expect(try await bench.client.ask(["source": "ui"]).status == 403)
            try await bench.set("refuse")
            try await bench.set("hold", scope: "source:csa")
            try await expectHeld("this scope is not refused", ["source": "csa"])
            #expect(try await bench.client.ask().status == 403)
            let counts = try await bench.memory.counts()
            #expect(counts.total(.held) + counts.total(.released) == 7)
        }
    }
}
