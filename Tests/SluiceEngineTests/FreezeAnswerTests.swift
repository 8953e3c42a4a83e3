import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// What is answered to an order to freeze when the store is down, or the process stops.
@Suite(.timeLimit(.minutes(10)))
struct FreezeAnswerTests {
    private static func freeze(_ bench: EngineBench) async throws -> FreezeAnswer {
        await (try #require(bench.engine.freezer)).freeze(.all, by: Principal("ann"), reason: "upgrade")
    }

    @Test("an order is answered in time though the store hangs, and says whether it stands")
    func answersInTime() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            bench.store.pauseCommits()
            async let first = Self.freeze(bench)
            await bench.store.waitForPausedCommits(1)
            async let second = Self.freeze(bench)
            await letOthersRun(turns: 100)
            await bench.advance(by: .seconds(30), step: .milliseconds(250))
            #expect(try await first == .late(isWithdrawn: false), "it is being written")
            #expect(try await second == .late(isWithdrawn: true))
            #expect(freezer.status().phase == .idle)
            bench.store.resumeCommits()
            try await bench.advance { freezer.status().phase == .frozen }
            #expect(try await bench.store.journal(JournalQuery(system: "central", limit: 9)).count == 1)
        }
    }

    /// A bench whose services have ended.
    private func ended(_ setup: EngineBench.Setup) async throws -> EngineBench {
        nonisolated(unsafe) var last: EngineBench?
        try await EngineBench.runMaintenances(setup) { bench in last = bench }
        return try #require(last)
    }

    @Test("an order that comes when the process stops is answered")
    func answersAtTheEnd() async throws {
        let bench = try await ended(EngineBench.Setup(mode: .hold))
        #expect(try await Self.freeze(bench) == .late(isWithdrawn: true))
    }

    @Test("a change of the gate, a question and a move that come when the process stops are answered")
    func answersTheRestAtTheEnd() async throws {
        let setup = EngineBench.Setup()
        let id = Mutex<MaintenanceID?>(nil)
        try await EngineBench.runMaintenances(setup) { bench in
            let planned = try await bench.planMaintenance()
            id.withLock { $0 = planned }
        }
        let bench = try await ended(setup)
        let change = ModeChange(
            ref: ModeChange.Ref(bench.engine.gatekeeper.nextRef()), mode: .hold, by: Principal("ann"), reason: "late")
        guard case .refused(.storeUnavailable) = await bench.engine.gatekeeper.change(change) else {
            Issue.record("a change was taken that nobody writes")
            return
        }
        let prepared = try bench.engine.intake.prepare(
            .fixture(), ref: Ask.Ref(bench.engine.gatekeeper.nextRef()), principal: .fixture, sensitiveInputs: [])
        #expect(await bench.engine.gatekeeper.ask(prepared.ask) == .refused(.storeUnavailable))
        let planned = try #require(id.withLock { $0 })
        let outcome = try await bench.engine.maintenance.order(
            .start(available: bench.engine.maintenance.parts), of: planned, by: EngineBench.ann, reason: "late")
        guard case .refused(.notWritten) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
    }
}
