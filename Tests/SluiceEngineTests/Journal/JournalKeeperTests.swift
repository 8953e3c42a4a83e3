import Logging
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// The journal's driver between a store and systems in memory.
@Suite(.timeLimit(.minutes(10)))
struct JournalKeeperTests {
    private static let maintenance = MaintenanceID("m_1")
    private static let ann = Principal("ann")

    private struct Bench: Sendable {
        let store: InMemoryStore
        let clocks: ManualClocks
        let keeper: JournalKeeper

        /// Ticks until a condition holds.
        func advance(until isMet: () -> Bool) async throws {
            for _ in 0..<4000 {
                await letOthersRun(turns: 32)
                if isMet() { return }
                clocks.advance(by: .milliseconds(250))
            }
            Issue.record("it did not get there: \(keeper.status())")
        }
    }

    private static func run(
        _ systems: [FakeOutsideSystem], store: InMemoryStore = InMemoryStore(),
        _ body: @Sendable (Bench) async throws -> Void
    ) async throws {
        let clocks = ManualClocks()
        let keeper = try await JournalKeeper.alone(
            systems: systems, lateDuration: .seconds(10), store: store, clocks: clocks,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await keeper.run() }
            try await body(Bench(store: store, clocks: clocks, keeper: keeper))
            group.cancelAll()
        }
    }

    private static func csa(_ count: Int, callCountMax: Int = 4, writeCountMax: Int = 3) -> FakeOutsideSystem {
        let csa = FakeOutsideSystem(
            "csa", callCountMax: callCountMax, writeCountMax: writeCountMax, wait: { await letOthersRun(turns: 3) })
        for number in 0..<count {
            csa.put("p\(number)", [JournalField("automatic", "true"), JournalField("approvers", "a")])
        }
        return csa
    }

    private static func plan(_ count: Int) -> [PlannedChange] {
        (0..<count).map {
            PlannedChange(
                system: "csa", object: "p\($0)", title: "policy \($0)", wanted: [JournalField("automatic", "false")],
                step: 0, returnStep: 0)
        }
    }

    @Test("changes are made, verified, put back, and told from the journal")
    func makesAndPutsBack() async throws {
        let csa = Self.csa(60)
        csa.planWrites(.take, .takeUnseen, .refuse, .notSent, .fail(.status))
        try await Self.run([csa]) { bench in
            let keeper = bench.keeper
            #expect(
                await keeper.apply(Self.plan(60), of: Self.maintenance, by: Self.ann, reason: "upgrade") == .accepted)
            try await bench.advance { keeper.status().isMade }
            #expect(keeper.status().counts == [.done: 60])
            #expect((0..<60).allSatisfy { csa.image("p\($0)")?.fields.value(of: "automatic") == "false" })
            #expect(csa.image("p0")?.marker == Self.maintenance)
            #expect(csa.callCountPeak <= 4)
            #expect(csa.callCountPeak > 1)
            csa.edit("p7", JournalField("approvers", "eve"))
            csa.edit("p8", JournalField("automatic", "maybe"))
            csa.remove("p9")
            #expect(await keeper.revert(Self.maintenance, by: Self.ann, reason: "done") == .accepted)
            try await bench.advance { keeper.asking().count == 1 && keeper.status().counts[.reverting] == nil }
            let asking = try #require(keeper.asking().first)
            #expect(asking.object == "p8")
            #expect(asking.ourBefore == [JournalField("automatic", "true")])
            #expect(asking.ours == [JournalField("automatic", "false")])
            #expect(asking.found == [JournalField("automatic", "maybe")])
            #expect(
                await keeper.decide(asking.id, .keep, of: Self.maintenance, by: Self.ann, reason: "theirs")
                    == .accepted)
            #expect(keeper.status().isSettled)
            #expect(csa.image("p7")?.fields == [JournalField("automatic", "true"), JournalField("approvers", "eve")])
            let entries = try await JournalKeeper.entries(of: Self.maintenance, in: bench.store)
            #expect(entries.count == 60)
            #expect(entries.first { $0.object == "p9" }?.state == .gone)
            #expect(entries.first { $0.object == "p8" }?.decision?.reason == "theirs")
            #expect(entries.count { $0.state == .reverted } == 58)
            let writeCount = csa.writes.count
            #expect(await keeper.revert(Self.maintenance, by: Self.ann, reason: "again") == .accepted)
            try await bench.advance { keeper.status().isSettled }
            #expect(csa.writes.count == writeCount)
        }
    }

    @Test("another process goes on from the journal, and refuses another maintenance")
    func goesOnElsewhere() async throws {
        let csa = Self.csa(5)
        let store = InMemoryStore()
        try await Self.run([csa], store: store) { bench in
            _ = await bench.keeper.apply(Self.plan(5), of: Self.maintenance, by: Self.ann, reason: "upgrade")
            try await bench.advance { bench.keeper.status().isMade }
        }
        try await Self.run([csa], store: store) { bench in
            let other = await bench.keeper.apply(
                Self.plan(1), of: MaintenanceID("m_2"), by: Self.ann, reason: "mine")
            #expect(other == .taken(by: Self.maintenance))
            #expect(await bench.keeper.revert(Self.maintenance, by: Self.ann, reason: "done") == .accepted)
            try await bench.advance { bench.keeper.status().isSettled }
            #expect((0..<5).allSatisfy { csa.image("p\($0)")?.fields.value(of: "automatic") == "true" })
        }
    }

    @Test("a refused account stops everything until an operator goes on")
    func stopsWhenRefused() async throws {
        let csa = Self.csa(3)
        csa.failReads(.unauthorized)
        try await Self.run([csa]) { bench in
            let keeper = bench.keeper
            _ = await keeper.apply(Self.plan(3), of: Self.maintenance, by: Self.ann, reason: "upgrade")
            try await bench.advance { keeper.status().troubles.contains(where: \.asks) }
            for _ in 0..<100 {
                bench.clocks.advance(by: .seconds(60))
                await letOthersRun(turns: 16)
            }
            #expect(csa.readCount == 1)
            #expect(await keeper.resume("csa", of: Self.maintenance, by: Self.ann, reason: "unlocked") == .accepted)
            try await bench.advance { keeper.status().isMade }
        }
    }

    @Test("a wish that is asked when the service is over is answered")
    func answersWhenStopped() async throws {
        let keeper = try await JournalKeeper.alone(
            systems: [], lateDuration: .zero, store: InMemoryStore(), clocks: ManualClocks(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await keeper.run() }
            group.cancelAll()
        }
        #expect(
            await keeper.revert(Self.maintenance, by: Self.ann, reason: "late") == .late(isWithdrawn: true))
    }
}
