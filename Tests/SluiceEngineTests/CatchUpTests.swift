import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// Whose launch an execution is that Central starts by itself after a thaw.
@Suite(.timeLimit(.minutes(10)))
struct CatchUpTests {
    private static let flow = FlowID("flow-1")

    private static func schedule(
        _ id: String, order: String?, name: String? = nil, isOneShot: Bool = false, from start: Timestamp
    ) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID(id), name: name ?? "s\(id)", triggerExpression: "*/3600000", isEnabled: true)
        schedule.flow = flow
        schedule.startDate = start
        schedule.endDate = isOneShot ? start : nil
        schedule.inputs = order.map { [LaunchInput(name: "order", value: .clear($0))] } ?? []
        schedule.username = "ann"
        return schedule
    }

    private static func setup(lag: Int = 60) -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: .hold)
        setup.adjust = { configuration in
            configuration.misfires = MisfirePolicies(standard: .latest)
            configuration.catchUp = .unknown
            configuration.thawInterval = .zero
            configuration.release.listingLag = .seconds(lag)
        }
        return setup
    }

    /// Freezes over the due times, thaws, and lets `action` happen once all are enabled.
    private func window(_ bench: EngineBench, _ action: (EngineBench) async throws -> Void) async throws {
        let freezer = try #require(bench.engine.freezer)
        _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
        try await bench.advance { freezer.status().phase == .frozen }
        await bench.advance(by: .seconds(60), step: .seconds(5))
        let count = bench.central.switches.count
        _ = await freezer.thaw(.all, by: Principal("ann"), reason: "done")
        try await bench.advance { bench.central.switches.count == 2 * count }
        try await action(bench)
        try await bench.advance { freezer.status().phase == .idle }
    }

    private func row(_ bench: EngineBench, _ id: String) async throws -> MissedTime? {
        try await bench.store.missed(MissedQuery(schedule: ScheduleID(id), limit: 9)).times.last
    }

    private struct Sight: Sendable, CustomTestStringConvertible {
        var name: String?
        var order: String?
        /// What becomes of the missed time of A, hourly, and of B, which fires once.
        var first: MissedTime.Outcome
        var second: MissedTime.Outcome
        var doubts: Int

        var testDescription: String { "\(name ?? "no name"), order \(order ?? "not shown")" }
    }

    @Test(
        "a launch that Central makes by itself counts for the schedule it fits, by name, inputs, and Quartz's rule",
        arguments: [
            Sight(name: "F", order: "A", first: .caughtUp, second: .held, doubts: 0),
            Sight(name: "F", order: "B", first: .held, second: .caughtUp, doubts: 0),
            Sight(name: "F", order: "by hand", first: .held, second: .held, doubts: 0),
            Sight(name: "F", order: "******", first: .held, second: .held, doubts: 1),
            Sight(name: nil, order: nil, first: .held, second: .held, doubts: 1),
            Sight(name: "sA", order: nil, first: .caughtUp, second: .held, doubts: 0),
            Sight(name: "sB", order: "B", first: .held, second: .caughtUp, doubts: 0),
            Sight(name: "sB", order: "by hand", first: .held, second: .held, doubts: 1),
        ])
    private func givesACatchUpToItsSchedule(sight: Sight) async throws {
        let setup = Self.setup()
        let due = setup.clocks.now().wall.advanced(by: .seconds(30))
        setup.central.put(Self.schedule("A", order: "A", from: due))
        setup.central.put(Self.schedule("B", order: "B", isOneShot: true, from: due))
        try await EngineBench.run(setup) { bench in
            var id: ExecutionID?
            try await window(bench) { bench in
                id = bench.central.addExecution(
                    flow: Self.flow, name: sight.name, owner: "ann",
                    variables: sight.order.map { [LaunchInput(name: "order", value: .clear($0))] })
            }
            let rows = [try await row(bench, "A"), try await row(bench, "B")]
            #expect(rows.map(\.?.outcome) == [sight.first, sight.second])
            let counts = try await bench.store.counts()
            #expect(counts.total(.awaitingOperator) == sight.doubts)
            let doubtful = try await bench.store.holds(HoldQuery()).holds.filter { $0.state == .awaitingOperator }
            #expect(doubtful.allSatisfy { $0.request.scheduleID == ScheduleID("B") }, "Quartz would catch up B")
            #expect(doubtful.allSatisfy { $0.cause?.contains("execution \(id?.text ?? "")") == true })
        }
    }

    @Test("one that Central lists late is found, as late as listingLagSeconds says")
    func waitsForTheListing() async throws {
        let setup = Self.setup(lag: 60)
        setup.central.put(
            Self.schedule("B", order: "B", isOneShot: true, from: setup.clocks.now().wall.advanced(by: .seconds(30))))
        try await EngineBench.run(setup) { bench in
            try await window(bench) { bench in
                let id = bench.central.addExecution(flow: Self.flow, name: "sB", owner: "ann")
                let late = try #require(bench.central.hide(id))
                await bench.advance(by: .seconds(55), step: .seconds(1))
                bench.central.show(late)
            }
            #expect(try await row(bench, "B")?.outcome == .caughtUp)
        }
    }

    @Test("what Central keeps secret and names no more is not launched without it")
    func keepsSecretsThatAreNotNamed() async throws {
        let setup = Self.setup()
        let unnamed = Self.schedule(
            "B", order: "B", isOneShot: true, from: setup.clocks.now().wall.advanced(by: .seconds(30)))
        var named = unnamed
        named.sensitiveInputNames = ["key"]
        setup.central.put(named)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
            try await bench.advance { freezer.status().phase == .frozen }
            await bench.advance(by: .seconds(60), step: .seconds(5))
            var frozen = unnamed
            frozen.isEnabled = false
            bench.central.put(frozen)
            _ = await freezer.thaw(.all, by: Principal("ann"), reason: "done")
            try await bench.advance { freezer.status().phase == .idle }
            #expect(bench.central.switches.map(\.isEnabled) == [false, true])
            let row = try #require(try await row(bench, "B"))
            #expect(row.outcome == .notReplayable && row.cause.contains("key"))
        }
    }
}
