import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

/// Canary, breaker and orders of persons, through the whole engine.
@Suite(.timeLimit(.minutes(10)))
struct ReleaseCourseTests {
    private static func setup(_ settings: ReleaseSettings) -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: .hold)
        setup.release = ReleasePolicy(settings: settings)
        return setup
    }

    @Test("R25 a canary that fails opens the breaker, nothing else starts, and a person's continue begins anew")
    func aFailingCanaryStopsTheRelease() async throws {
        let settings = ReleaseSettings(ratePerMinute: 6000, ceiling: 50, canary: .init(count: 2))
        try await EngineBench.run(Self.setup(settings)) { bench in
            for _ in 0..<30 { _ = try await bench.hold() }
            bench.central.setOnStart { _, _ in .error }
            try await bench.set(.open)
            try await bench.advance { bench.engine.releaser.status().record.stage == .broken }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(bench.central.orders.count <= 2)
            let stop = try #require(bench.engine.releaser.status().stop)
            #expect(stop.contains("the breaker is open: canary") && stop.contains("error"))
            #expect(try await bench.store.release()?.stage == .broken)
            // A restart changes nothing about it.
            let launched = bench.central.orders.count
            var again = Self.setup(settings)
            again.store = bench.store.copy()
            again.central = bench.central
            try await EngineBench.run(again) { restarted in
                await restarted.advance(by: .seconds(30), step: .seconds(1))
                #expect(restarted.central.orders.count == launched)
                bench.central.setOnStart { _, _ in .resolved }
                let outcome = try await restarted.engine.releases.order(
                    .continue, by: Principal("ann"), reason: "mended")
                guard case .changed = outcome else { return #expect(Bool(false), "\(outcome)") }
                try await restarted.advance { try await restarted.store.counts().total(.ended) == 30 }
                try await restarted.advance { restarted.engine.releaser.status().record.stage == .idle }
                #expect(Set(restarted.central.orders.map(\.ticket)).count == 30)
            }
        }
    }

    @Test func anOrderOfAnotherReplicaIsFoundInTheStore() async throws {
        try await EngineBench.run(Self.setup(ReleaseSettings(ratePerMinute: 6000))) { bench in
            let record = try await bench.engine.releases.record()
            let paused = try #require(
                record.ordered(.pause, at: bench.clocks.now().wall, by: Principal("ann"), reason: "elsewhere"))
            try await bench.store.commit(
                [.setRelease(paused, replacing: nil)], fence: Fence(timeline: 1, term: 1))
            try await bench.advance { bench.engine.releaser.status().record.stage == .paused }
        }
    }

    @Test("direct launches take places under the ceiling while a release is under way")
    func directLaunchesCount() async throws {
        try await EngineBench.run(Self.setup(ReleaseSettings(ratePerMinute: 6000, ceiling: 5))) { bench in
            for number in 0..<4 {
                let order = LaunchOrder(
                    ticket: .fixture(UInt64(900 + number)), attempt: 1, flow: .fixture, runName: "direct",
                    logLevel: nil, inputPromptUseBlank: nil, inputs: [])
                _ = await bench.central.start(order)
            }
            for _ in 0..<10 { _ = try await bench.hold() }
            try await bench.set(.open)
            try await bench.advance(by: .seconds(1)) {
                bench.engine.releaser.status().limit?.hasPrefix("the ceiling of 5 is full: 1 launched") == true
            }
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(bench.central.orders.count == 4 + 1)
            let status = bench.engine.releaser.status()
            #expect(status.load == .known(directCount: 4))
            #expect(status.limit == "the ceiling of 5 is full: 1 launched by Sluice, 4 direct")
            #expect(status.stop == nil, "a full ceiling is what a release should have")
        }
    }
}
