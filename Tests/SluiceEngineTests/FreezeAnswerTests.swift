import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
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

    @Test("an order that comes when the process stops is answered")
    func answersAtTheEnd() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        let bench = try await {
            nonisolated(unsafe) var last: EngineBench?
            try await EngineBench.run(setup) { bench in last = bench }
            return try #require(last)
        }()
        #expect(try await Self.freeze(bench) == .late(isWithdrawn: true))
    }
}
