import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// What a replica has instead of a leader's parts while it does not lead.
@Suite(.timeLimit(.minutes(10)))
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

    /// What is answered though nobody runs the service and no clock moves.
    /// - Throws: `EngineBench.Overdue` when nothing is.
    private static func answer<Answer: Sendable>(_ ask: @escaping @Sendable () async -> Answer) async throws -> Answer {
        let answered = Signal()
        // why: an order that nobody answers cannot be cancelled; it must fail the test, not hang it.
        let order = Task {
            defer { answered.set() }
            return await ask()
        }
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while !answered.isSet {
            guard ContinuousClock.now < deadline else { throw EngineBench.Overdue() }
            await letOthersRun(turns: 100)
        }
        return await order.value
    }

    @Test("R46 an order to schedules that meets a replica before its lead is made is withdrawn at once")
    func restingFreezerAnswers() async throws {
        let freezer = try #require(try await Self.engine().freezer)
        let snapshot = ScheduleSnapshot(takenAt: ManualClocks().now().wall, keyID: "k", schedules: [])
        let plan = snapshot.restoring(snapshot)
        let orders: [(String, @Sendable () async -> FreezeAnswer?)] = [
            ("freeze", { await freezer.freeze(.all, by: Self.ann, reason: "r") }),
            ("thaw", { await freezer.thaw(.all, by: Self.ann, reason: "r") }),
            ("restore", { try? await freezer.restore(plan, [], by: Self.ann, reason: "r") }),
            ("waive", { await freezer.waive([ScheduleID("s")], by: Self.ann, reason: "r") }),
        ]
        for (name, order) in orders {
            #expect(try await Self.answer(order) == .late(isWithdrawn: true), "\(name)")
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
            #expect(try await Self.answer(order) == .late(isWithdrawn: true), "\(name)")
        }
    }

    @Test("R19 a replica that lost its lead with its store rests before the store is back, and after")
    func aLostTermIsLetGo() async throws {
        try await ReplicaBench.run(2) { bench in
            let first = try await bench.leader()
            let (lost, other) = (bench.replicas[first], bench.replicas[1 - first])
            let former = lost.engine.releaser
            lost.link.set(.cut)
            try await bench.advance { lost.engine.notLeading != nil && other.engine.notLeading == nil }
            try await bench.advance { lost.engine.releaser !== former }
            #expect(lost.engine.releaser.isResting)
            lost.link.set(.flowing)
            try await bench.advance { lost.engine.mayDecide && lost.engine.notLeading?.contains("ask it") == true }
            #expect(lost.engine.releaser.isResting)
            let freezer = try #require(lost.engine.freezer)
            let answer = try await Self.answer { await freezer.freeze(.all, by: Self.ann, reason: "r") }
            #expect(answer == .late(isWithdrawn: true))
        }
    }
}
