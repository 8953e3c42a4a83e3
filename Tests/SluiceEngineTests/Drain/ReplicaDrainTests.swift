import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// Drains of several replicas: what one of them let through before it died may still appear.
@Suite(.timeLimit(.minutes(10)))
struct ReplicaDrainTests {
    private static let everything: @Sendable (inout EngineConfiguration) -> Void = { $0.drain.sight = .everything }

    @Test("R13 after a replica died, one whole start window counts as in flight, wherever somebody asks")
    func remembersTheDead() async throws {
        try await ReplicaBench.run { bench in
            // Nothing was let through by anybody for a start window.
            await bench.advance(by: .seconds(61))
            try await bench.advance {
                for replica in bench.replicas where try await replica.engine.inFlightCount() != 0 { return false }
                return true
            }
            let dead = bench.replicas[1]
            // It lets one launch through that no renewal tells of.
            dead.link.set(.cut)
            #expect(await dead.word() == "proceed")
            try await bench.advance(but: [1]) { try await bench.store.replicas().count == 2 }
            let goneAt = bench.replicas[0].clocks.now().monotonic
            for index in [0, 2] {
                try await bench.advance(but: [1]) { try await bench.replicas[index].engine.inFlightCount() == 1 }
            }
            await bench.advance(by: .seconds(50), but: [1])
            #expect(try await bench.replicas[0].engine.inFlightCount() == 1)
            try await bench.advance(but: [1]) { try await bench.replicas[0].engine.inFlightCount() == 0 }
            #expect(bench.replicas[0].clocks.now().monotonic.since(goneAt) >= .seconds(59))
        }
    }

    @Test("R13 a drain waits for the start window of a replica that died, and says whose")
    func drainsAfterADeath() async throws {
        try await ReplicaBench.run(adjust: Self.everything) { bench in
            let drains = bench.replicas[0].engine.drains
            let closed = try await bench.during { await bench.replicas[0].set(.hold) }
            #expect(closed != nil)
            drains.begin(DrainOrder(id: "m", systems: [.central]))
            try await bench.advance { drains.report()?.isDry == true }
            bench.replicas[1].link.set(.cut)
            try await bench.advance(but: [1]) {
                drains.report()?.systems.first?.obstacles.contains { $0.word == "in-flight" } == true
            }
            let sentence = drains.report()?.systems.first?.obstacles.first { $0.word == "in-flight" }?.sentence
            #expect(sentence?.contains("r1") == true, "\(sentence ?? "")")
            let begunAt = bench.replicas[0].clocks.now().monotonic
            try await bench.advance(by: .milliseconds(250), but: [1]) { drains.report()?.isDry == true }
            #expect(bench.replicas[0].clocks.now().monotonic.since(begunAt) >= .seconds(110))
        }
    }

    @Test("R14 a drain that another replica goes on with is watched there alone, and counts once")
    func handsOver() async throws {
        try await ReplicaBench.run(adjust: Self.everything) { bench in
            let running = bench.central.addExecution(
                flow: FlowID("plain"), at: bench.replicas[0].clocks.now().wall.advanced(by: .seconds(-50)))
            let first = try await bench.leader()
            let old = bench.replicas[first].engine
            let plan = MaintenancePlan(
                title: "upgrade", reason: "upgrade", owner: "night shift", systems: .ooOnly,
                expectedEnd: bench.replicas[first].clocks.now().wall.advanced(by: .seconds(4 * 3600)))
            let id = try await old.maintenance.plan(plan, by: Principal("ann")).get().id
            let outcome = try await bench.during {
                try? await old.maintenance.order(
                    .start(available: old.maintenance.parts), of: id, by: Principal("ann"), reason: "go")
            }
            guard case .moved = outcome ?? nil else {
                Issue.record("\(String(describing: outcome))")
                return
            }
            try await bench.advance { old.drains.report()?.eta?.runningCount == 1 }
            bench.replicas[first].link.set(.cut)
            try await bench.advance { old.drains.report() == nil }
            try await bench.advance {
                bench.replicas.enumerated().contains { index, replica in
                    index != first && replica.engine.drains.report()?.eta?.runningCount == 1
                }
            }
            #expect(try await bench.store.endedDrains(limit: 9) == [])
            bench.central.end(running)
            try await bench.advance(by: .milliseconds(250)) { try await bench.store.endedDrains(limit: 9).count > 0 }
            let ended = try await bench.store.endedDrains(limit: 9)
            #expect(ended.count == 1 && ended[0].cause.contains(" natural "), "\(ended)")
        }
    }

    @Test("R13 a replica without a lease never says dry: another may have opened the gate")
    func needsALease() async throws {
        try await ReplicaBench.run(adjust: Self.everything) { bench in
            let drains = bench.replicas[0].engine.drains
            #expect(try await bench.during { await bench.replicas[0].set(.hold) } != nil)
            drains.begin(DrainOrder(id: "m", systems: [.central]))
            try await bench.advance { drains.report()?.isDry == true }
            bench.replicas[0].link.set(.cut)
            try await bench.advance { drains.report()?.systems.first?.obstacles.first?.word == "gate" }
            #expect(drains.report()?.isDry == false)
        }
    }
}
