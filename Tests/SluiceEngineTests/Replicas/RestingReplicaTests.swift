import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// What a replica has instead of a leader's parts while it does not lead.
@Suite(.timeLimit(.minutes(3)))
struct RestingReplicaTests {
    private static let ann = Principal("ann")

    /// One of several replicas before its services run.
    private static func engine() async throws -> Engine {
        let clocks = ManualClocks()
        var configuration = EngineConfiguration()
        configuration.replicas = ReplicaConfiguration(
            name: "r0", seat: SeatPolicy(lease: ReplicaBench.lease), effectDuration: .seconds(2))
        return try await Engine.make(
            configuration: configuration, store: InMemoryStore(), central: FakeCentral(now: { clocks.now().wall }),
            sealer: AESSealer(MasterKey()), inventory: Inventory(), outside: [FakeOutsideSystem("csa")],
            clocks: clocks, random: SystemRandomSource(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// What is answered without anybody's help; nil: nothing is.
    private static func answer<Answer: Sendable>(_ ask: @escaping @Sendable () async -> Answer) async -> Answer? {
        let (answers, answered) = AsyncStream<Answer?>.makeStream()
        // why: an order that nobody answers cannot be cancelled, and must fail the test instead of hanging it.
        Task { answered.yield(await ask()) }
        // why: the limit of that wait.
        let limit = Task {
            try? await Task.sleep(for: hangLimit)
            answered.yield(nil)
        }
        defer { limit.cancel() }
        for await answer in answers { return answer }
        return nil
    }

    @Test("R46 an order to schedules that meets a replica before its lead is made is withdrawn at once")
    func restingFreezerAnswers() async throws {
        let freezer = try #require(try await Self.engine().freezer)
        let orders: [(String, @Sendable () async -> FreezeAnswer?)] = [
            ("freeze", { await freezer.freeze(.all, by: Self.ann, reason: "r") }),
            ("thaw", { await freezer.thaw(.all, by: Self.ann, reason: "r") }),
            ("restore", { try? await freezer.restore(RestorePlan(), [], by: Self.ann, reason: "r") }),
            ("waive", { await freezer.waive([ScheduleID("s")], by: Self.ann, reason: "r") }),
        ]
        for (name, order) in orders {
            #expect(await Self.answer(order) == .late(isWithdrawn: true), "\(name)")
        }
    }

    @Test("R46 an order to the journal that meets a replica before its lead is made is withdrawn at once")
    func restingKeeperAnswers() async throws {
        let keeper = try #require(try await Self.engine().keeper)
        let id = MaintenanceID("m_1")
        let change = PlannedChange(
            system: "csa", object: "p0", title: "policy 0", wanted: [JournalField("automatic", "false")], step: 0,
            returnStep: 0)
        let orders: [(String, @Sendable () async -> ChangeAnswer)] = [
            ("apply", { await keeper.apply([change], of: id, by: Self.ann, reason: "r") }),
            ("restore", { await keeper.restore([change], as: id, by: Self.ann, reason: "r") }),
            ("revert", { await keeper.revert(id, by: Self.ann, reason: "r") }),
            ("decide", { await keeper.decide(JournalID("j"), .keep, of: id, by: Self.ann, reason: "r") }),
            ("resume", { await keeper.resume("csa", of: id, by: Self.ann, reason: "r") }),
        ]
        for (name, order) in orders {
            #expect(await Self.answer(order) == .late(isWithdrawn: true), "\(name)")
        }
    }

    @Test("R19 a replica that lost its lead with its store rests, and what ran for that term is let go")
    func theReleaserOfALostTermIsLetGo() async throws {
        try await ReplicaBench.run(2) { bench in
            let first = try await bench.leader()
            let (lost, other) = (bench.replicas[first], bench.replicas[1 - first])
            // why: weakly, else this would keep it.
            weak let former = lost.engine.releaser
            #expect(former?.isResting == false)
            lost.link.set(.cut)
            try await bench.advance { lost.engine.notLeading != nil && other.engine.notLeading == nil }
            lost.link.set(.flowing)
            try await bench.advance { lost.engine.notLeading?.contains("ask it") == true }
            try await bench.advance { lost.engine.releaser.isResting }
            #expect(lost.engine.notLeading != nil)
            try await bench.advance { former == nil }
        }
    }
}
