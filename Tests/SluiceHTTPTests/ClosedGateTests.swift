import HTTPTypes
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Every way to a launch while the gate is closed, and what is said of launches that nothing moves on.
@Suite(.timeLimit(.minutes(10)))
struct ClosedGateTests {
    @Test(
        "R3 while the gate is closed no way leads to a launch: asking, repeating, claiming, or writing into the store")
    func refusesEveryWay() async throws {
        var setup = Bench.Setup(mode: .open)
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            #expect(try await bench.client.ask(["idempotencyKey": "k", "askId": "a"])["decision"] == "proceed")
            try await bench.set("hold")
            var ways: [JSONObject] = LaunchSource.allCases.map { ["source": .string($0.rawValue)] }
            ways += [
                ["idempotencyKey": "k", "askId": "a"], ["idempotencyKey": "new"],
                ["source": "flow", "parentRunId": "1", "runId": "2"],
                ["source": "flow", "runId": "1", "parentRunId": "1"],
                ["pass": "p_forged", "askId": "b"],
                ["ticket": "h_01KB0000000000000000000000", "askId": "c"], ["launcher": "caller", "askId": "d"],
                ["csaInstanceId": "i", "csaProcessId": "p", "source": "csa"], ["priority": 9],
                ["scheduleId": "s", "nominalTime": "2026-12-01T22:00:00Z", "source": "scheduler"],
            ]
            for fields in ways {
                let reply = try await bench.client.ask(fields)
                #expect(reply["decision"] != "proceed", "\(fields.write()): \(reply)")
            }
            // Behind the API's back: released before the close, and straight into the table.
            var hold = Hold.fixture(900)
            hold.releasedEpoch = Epoch(1)
            let stale = HoldMove(
                ticket: hold.ticket, from: [.held], to: .released, at: bench.clocks.now().wall, by: .sluice,
                cause: "somebody wrote it")
            try await bench.memory.commit([.addHold(hold), .moveHold(stale)], fence: Fence(timeline: 1))
            try await bench.memory.commit([.addHold(.fixture(901))], fence: Fence(timeline: 1))
            for _ in 0..<120 {
                bench.clocks.advance(by: .milliseconds(500))
                await letOthersRun(turns: 5)
            }
            #expect(bench.central.orders.isEmpty)
            // What was held all the same is launched by the opening, each once.
            let count = try await bench.memory.counts().total(.held)
            try await bench.set("open")
            try await bench.advance { bench.central.orders.count >= min(count, 3) }
            #expect(Set(bench.central.orders.map(\.ticket)).count == bench.central.orders.count)
        }
    }

    /// What the metrics say of launches that only a person moves on.
    private static func stuck(_ bench: Bench) async throws -> Double? {
        let page = try await bench.client.send(.get, "/metrics", as: .viewer).text
        let line = page.split(separator: "\n").first { $0.hasPrefix("sluice_release_stuck ") }
        return line.flatMap { Double($0.split(separator: " ")[1]) }
    }

    @Test("R20 a release that is stuck, or a launch that awaits a person, is an alert within 60 s; waiting is none")
    func alertsOfWhatIsStuck() async throws {
        var setup = Bench.Setup(mode: .hold)
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            _ = try await bench.client.ask()
            bench.central.failReads(CentralError(.unreachable, "down"))
            bench.central.plan(.refuse, .refuse, .refuse)
            bench.clocks.advance(by: .seconds(3600))
            #expect(try await Self.stuck(bench) == 0, "held by maintenance is not stuck")
            try await bench.set("open")
            var waited = 0
            while try await Self.stuck(bench) == 0, waited < 60 {
                waited += 1
                bench.clocks.advance(by: .seconds(1))
                await letOthersRun(turns: 50)
            }
            #expect(waited < 60, "no alert within 60 s")
            let release = try await bench.client.send(.get, "/v1/release", as: .viewer)
            let counts = try await bench.memory.counts()
            #expect(release["trouble"]?.string != nil || counts.total(.awaitingOperator) == 1, "\(release)")
        }
    }

    @Test("R20 a release that a person paused, or that the breaker stopped, tells how many wait for it")
    func alertsOfAStoppedRelease() async throws {
        var setup = Bench.Setup(mode: .hold)
        setup.hasCentral = true
        try await Bench.run(setup) { bench in
            for _ in 0..<3 { _ = try await bench.client.ask() }
            _ = try await bench.client.send(.post, "/v1/release/pause", as: .operator, body: ["reason": "r"])
            try await bench.set("open")
            try await bench.advance { try await Self.stuck(bench) == 3 }
            _ = try await bench.client.send(.post, "/v1/release/continue", as: .operator, body: ["reason": "r"])
            try await bench.advance { bench.central.orders.count == 3 }
            #expect(try await Self.stuck(bench) == 0)
        }
    }
}
