import CoreMetrics
import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// Drains of CSA: never dry before the last transition, whatever gaps lie between, and dry after it.
@Suite(.timeLimit(.minutes(10)))
struct CSADrainTests {
    private static let id = "m_1/draining-csa"

    /// A watch over CSA alone, with the gate closed.
    private func watch(_ world: CSAWorld) -> DrainWatch {
        let source = CSADrainSource(CSASurvey(world, clocks: world.clocks), store: InMemoryStore())
        let record = GateRecord.closed(at: world.clocks.now().wall)
        return DrainWatch(
            sources: [source], durations: nil,
            gate: DrainWatch.Gate(record: { record }, acknowledge: { _ in true }, inFlight: { DrainInFlight() }),
            configuration: DrainConfiguration(), memory: DrainWatch.Memory(read: { [] }, keep: { _ in }),
            clocks: world.clocks,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, metricsFactory: NOOPMetricsHandler.instance
        )
    }

    private struct Overdue: Error {}

    private func run(_ world: CSAWorld, _ body: (DrainWatch) async throws -> Void) async throws {
        let drains = watch(world)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await drains.run() }
            defer { group.cancelAll() }
            drains.begin(DrainOrder(id: Self.id, systems: [.csa], scopes: [.source(.csa)]))
            try await body(drains)
        }
    }

    private func second(_ world: CSAWorld) async {
        world.clocks.advance(by: .seconds(1))
        await letOthersRun(turns: 60)
    }

    private func advance(_ world: CSAWorld, until isSo: () -> Bool) async throws {
        for _ in 0..<3000 {
            if isSo() { return }
            await second(world)
        }
        throw Overdue()
    }

    @Test(
        "R12 R13 work that chains three transitions with gaps is never dry before its end, and is then",
        arguments: CSAOrder.Kind.allCases, [true, false])
    func isNeverDryBeforeTheEnd(kind: CSAOrder.Kind, showsStateInGaps: Bool) async throws {
        let world = CSAWorld()
        let carol = world.addPerson("carol")
        var order = CSAOrder(kind, 1, of: carol, showsStateInGaps: showsStateInGaps, in: world)
        try await run(world) { drains in
            try await advance(world) { drains.report()?.systems.first?.lookedAt != nil }
            var gapCount = 0
            while !order.isOver {
                // A gap is shorter than the settle time; what waits for a callback takes as long as it does.
                for _ in 0..<(order.isInGap ? 45 : 100) {
                    #expect(drains.report()?.isDry == false, "\(order)")
                    await second(world)
                }
                gapCount += order.isInGap ? 1 : 0
                order.goOn(in: world)
            }
            #expect(gapCount == 2 && drains.report()?.isDry == false)
            let endedAt = world.clocks.now().monotonic
            try await advance(world) { drains.report()?.isDry == true }
            #expect(world.clocks.now().monotonic.since(endedAt) >= .seconds(60))
        }
    }

    @Test("R12 what blocks is named with its owner, can be waived by name, and what is parked or reserved never blocks")
    func namesAndWaives() async throws {
        let world = CSAWorld()
        let carol = world.addPerson("carol")
        world.setRequest("r-1", "PENDING_APPROVAL", of: carol)
        world.addInstance("i-res", "RESERVED", of: carol)
        let stuck = world.addInstance("i-1", "CANCELLING", of: carol)
        try await run(world) { drains in
            try await advance(world) { (drains.report()?.blockers.isEmpty ?? true) == false }
            let report = try #require(drains.report())
            #expect(report.blockers.map(\.item.id) == [DrainItemID(.serviceInstance, stuck.text)])
            #expect(report.blockers.first?.item.owner == "carol" && report.blockers.first?.item.title == "name-i-1")
            #expect(report.systems.first?.counts.needsPerson == 1 && report.systems.first?.counts.dueLater == 1)
            let waiver = DrainWaiver(
                id: DrainItemID(.serviceInstance, stuck.text), by: Principal("ann"), reason: "it may die",
                at: report.at)
            guard case .waived = drains.waive(waiver, in: Self.id) else {
                Issue.record("not waived")
                return
            }
            try await advance(world) { drains.report()?.isDry == true }
        }
    }

    @Test("R13 it is not dry while CSA cannot be read, and says why")
    func saysThatItCannotBeRead() async throws {
        let world = CSAWorld()
        world.addPerson("carol")
        world.fail("all", CSAError(.unreachable, "no route to csa"))
        try await run(world) { drains in
            for _ in 0..<300 { await second(world) }
            let status = try #require(drains.report()?.systems.first)
            #expect(status.obstacles.contains { $0.sentence.contains("no route to csa") } && !status.isDry)
            world.fail("all", nil)
            try await advance(world) { drains.report()?.isDry == true }
        }
    }

    // MARK: Properties

    /// A machine that is told of each look, as the watch tells it.
    private struct Drain {
        var machine = DrainState(system: .csa, policy: DrainPolicy())
        let source: CSADrainSource
        let world: CSAWorld

        mutating func look() async {
            let begunAt = world.clocks.now()
            _ = machine.step(.gate(.closed(Epoch(2))), at: begunAt)
            _ = machine.step(.inFlight(DrainInFlight()), at: begunAt)
            do {
                let sight = try await source.look(machine.depth(at: begunAt))
                _ = machine.step(.looked(sight, begunAt: begunAt.monotonic), at: world.clocks.now())
            } catch {
                _ = machine.step(.lookFailed("\(error)"), at: world.clocks.now())
            }
        }
    }

    private static let seeds = Array(UInt64(1)...60)

    @Test(
        "R13 property: never dry while an instance runs, or something could not be read; dry once all is over",
        arguments: seeds)
    func isDryOnlyWhenItIsOver(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let world = CSAWorld()
        let users = (0..<Int.random(in: 1...6, using: &random)).map { number in
            world.addPerson("p-\(number)", in: number % 2 == 0 ? CSAWorld.consumer : CSAWorld.provider)
        }
        var orders = (0..<Int.random(in: 0...5, using: &random)).map { number in
            CSAOrder(
                CSAOrder.Kind.allCases.randomElement(using: &random) ?? .order, number,
                of: users.randomElement(using: &random) ?? users[0], showsStateInGaps: .random(using: &random),
                in: world)
        }
        addRest(to: world, users, &random)
        let source = CSADrainSource(CSASurvey(world, clocks: world.clocks), store: InMemoryStore())
        var drain = Drain(source: source, world: world)
        var failureCount = 0
        for number in 0..<120 {
            // One failure at least is of what each look asks for.
            let sure = ("organizations", CSAError(.unreachable, "told to"))
            let failing = number == 60 ? sure : failure(users, orders, &random)
            if let failing { world.fail(failing.call, failing.error) }
            let askedBefore = failing.map { world.count($0.call) } ?? 0
            await drain.look()
            let now = world.clocks.now()
            #expect(!drain.machine.isDry(at: now) || orders.allSatisfy(\.isOver), "seed \(seed): \(orders)")
            if let failing, world.count(failing.call) > askedBefore {
                #expect(!drain.machine.isDry(at: now), "seed \(seed): \(failing.call) was asked for and failed")
                failureCount += 1
            }
            if let failing { world.fail(failing.call, nil) }
            world.clocks.advance(by: .seconds(10))
            for index in orders.indices where orders[index].isInGap || Int.random(in: 0..<3, using: &random) == 0 {
                orders[index].goOn(in: world)
            }
        }
        for index in orders.indices { while !orders[index].isOver { orders[index].goOn(in: world) } }
        for _ in 0..<40 where !drain.machine.isDry(at: world.clocks.now()) {
            world.clocks.advance(by: .seconds(10))
            await drain.look()
        }
        let obstacles = drain.machine.obstacles(at: world.clocks.now())
        #expect(obstacles.isEmpty && failureCount > 0, "seed \(seed): \(obstacles)")
    }

    private func failure(
        _ users: [CSAUser], _ orders: [CSAOrder], _ random: inout SeededGenerator
    ) -> (call: String, error: CSAError)? {
        guard Int.random(in: 0..<12, using: &random) == 0 else { return nil }
        let calls =
            ["organizations", "counts/o-consumer", "counts/o-provider"]
            + users.flatMap { user in
                ["instances", "requests", "subscriptions"].map { "\($0)/\(user.userName)" }
            } + orders.flatMap { ["state/\($0.id)", "record/\($0.id)"] }
        let codes: [CSAError.Code] = [.unreachable, .unreadable, .status, .missing]
        return (
            calls.randomElement(using: &random) ?? "organizations",
            CSAError(codes.randomElement(using: &random) ?? .status, "told to")
        )
    }

    /// Things that block nothing.
    private func addRest(to world: CSAWorld, _ users: [CSAUser], _ random: inout SeededGenerator) {
        for number in 0..<Int.random(in: 0...8, using: &random) {
            guard let user = users.randomElement(using: &random) else { return }
            switch Int.random(in: 0..<5, using: &random) {
            case 0: world.setRequest("r-rest-\(number)", "PENDING_APPROVAL", of: user)
            case 1:
                let id = world.addInstance(
                    "i-rest-\(number)", "RESERVED", of: user, showsState: .random(using: &random))
                world.setSubscription("s-rest-\(number)", "PENDING", of: user, instance: id)
            case 2: world.addInstance("i-rest-\(number)", "MODIFY_FAILED", of: user)
            case 3: world.addInstance("i-rest-\(number)", "ACTIVE", of: user, showsState: false)
            default:
                world.setSubscription(
                    "s-rest-\(number)", "PENDING", of: user,
                    startsAt: world.clocks.now().wall.advanced(by: .seconds(86_400)))
            }
        }
    }
}

extension GateRecord {
    fileprivate static func closed(at now: Timestamp) -> GateRecord {
        GateRecord(
            epoch: Epoch(2), closedEpoch: Epoch(2),
            whole: ScopeMode(scope: nil, mode: .hold, since: now, by: Principal("ann"), reason: "upgrade"))
    }
}
