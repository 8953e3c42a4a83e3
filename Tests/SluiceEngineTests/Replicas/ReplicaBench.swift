import Logging
import ServiceLifecycle
import SluiceCore
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit

@testable import SluiceEngine

/// Several engines over one store, each with its own way to it and its own clocks: replicas without processes.
struct ReplicaBench: Sendable {
    struct Replica: Sendable {
        let engine: Engine
        let link: StoreLink
        let clocks: ManualClocks

        func ask(_ request: LaunchRequest = .fixture()) async -> Reply {
            let prepared = try? engine.intake.prepare(
                request, ref: Ask.Ref(engine.gatekeeper.nextRef()), principal: .fixture, sensitiveInputs: [])
            guard let prepared else { return .refused(.overloaded) }
            return await engine.gatekeeper.ask(prepared.ask)
        }

        /// What an asker is told, in one word.
        func word(_ request: LaunchRequest = .fixture()) async -> String {
            switch await ask(request) {
            case .decided(let answer): answer.decision.word
            case .refused(let refusal): "\(refusal)"
            }
        }

        /// Closes or opens, and waits for no other replica.
        func change(to mode: GateMode, scope: Scope? = nil) async -> GateRecord? {
            let change = ModeChange(
                ref: ModeChange.Ref(engine.gatekeeper.nextRef()), scope: scope, mode: mode, by: Principal("ann"),
                reason: "\(mode)")
            guard case .changed(let record) = await engine.gatekeeper.change(change) else { return nil }
            return record
        }

        /// Closes or opens, and waits until no replica can say `proceed` any more.
        func set(_ mode: GateMode, scope: Scope? = nil) async -> (GateRecord, CloseAcknowledgement?)? {
            let begunAt = clocks.now().monotonic
            guard let record = await change(to: mode, scope: scope) else { return nil }
            guard !mode.isOpen else { return (record, nil) }
            return (record, await engine.gatekeeper.acknowledge(record, since: begunAt))
        }
    }

    let store: InMemoryStore
    let central: FakeCentral
    let replicas: [Replica]

    static let lease: Duration = .seconds(3)

    /// Runs the services of all replicas around a test.
    static func run(
        _ count: Int = 3, store: InMemoryStore = InMemoryStore(), csa: CSASite? = nil,
        adjust: @Sendable (inout EngineConfiguration) -> Void = { _ in },
        _ body: @Sendable (ReplicaBench) async throws -> Void
    ) async throws {
        let first = ManualClocks()
        let central = FakeCentral(now: { first.now().wall })
        let sealer = AESSealer(MasterKey())
        var replicas: [Replica] = []
        for index in 0..<count {
            let clocks = index == 0 ? first : ManualClocks()
            var configuration = EngineConfiguration(release: ReleasePolicy(ratePerMinute: 6000))
            configuration.replicas = ReplicaConfiguration(
                name: "r\(index)", version: "1", seat: SeatPolicy(lease: lease),
                leader: LeaderPolicy(lease: .seconds(9)), effectDuration: .seconds(2))
            adjust(&configuration)
            let link = StoreLink(store)
            let engine = try await Engine.make(
                configuration: configuration, store: link, central: central, sealer: sealer, inventory: Inventory(),
                clocks: clocks, random: SystemRandomSource(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, csa: csa)
            replicas.append(Replica(engine: engine, link: link, clocks: clocks))
        }
        let bench = ReplicaBench(store: store, central: central, replicas: replicas)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for replica in replicas {
                for service in replica.engine.services { group.addTask { try? await service.run() } }
            }
            defer {
                group.cancelAll()
                // A frozen call cannot be cancelled.
                for replica in replicas { replica.link.set(.cut) }
            }
            try await bench.advance { replicas.allSatisfy(\.engine.mayDecide) }
            try await body(bench)
        }
    }

    /// Moves every clock on, but those that stand still, until something is so.
    func advance(
        by step: Duration = .milliseconds(50), but still: Set<Int> = [], until isSo: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw EngineBench.Overdue() }
            await move(by: step, but: still)
        }
    }

    /// Moves the clocks on by a span.
    func advance(by span: Duration, but still: Set<Int> = []) async {
        var left = span
        while left > .zero {
            await move(by: min(.milliseconds(50), left), but: still)
            left -= .milliseconds(50)
        }
    }

    private func move(by step: Duration, but still: Set<Int>) async {
        for (index, replica) in replicas.enumerated() where !still.contains(index) { replica.clocks.advance(by: step) }
        await letOthersRun(turns: 100)
    }

    /// Does something while the clocks go on.
    /// - Parameter meanwhile: Done at each step.
    func during<Value: Sendable>(
        but still: Set<Int> = [], meanwhile: () -> Void = {}, _ body: @escaping @Sendable () async -> Value
    ) async throws -> Value {
        // why: it ends when the clocks have moved far enough, which this task does.
        let task = Task { await body() }
        let done = Signal()
        let watch = Task {  // why: tells when the other one has ended.
            _ = await task.value
            done.set()
        }
        try await advance(but: still) {
            meanwhile()
            return done.isSet
        }
        await watch.value
        return await task.value
    }

    /// The replica that leads, when it takes orders.
    func leader() async throws -> Int {
        var leader: Int?
        try await advance {
            leader = replicas.firstIndex { $0.engine.notLeading == nil && !$0.engine.releaser.isResting }
            return leader != nil
        }
        return leader ?? 0
    }
}
