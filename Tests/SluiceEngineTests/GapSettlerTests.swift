import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// The ends of a gap: more times than are kept, and what Quartz fires one by one.
@Suite(.timeLimit(.minutes(10)))
struct GapSettlerTests {
    private static func schedule(every interval: Int64, from start: Timestamp) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID("1"), name: "nightly", triggerExpression: "*/\(interval)", isEnabled: true)
        schedule.flow = FlowID("flow")
        schedule.startDate = start
        schedule.username = "ann"
        return schedule
    }

    private static func setup(_ policy: MisfirePolicy, _ catchUp: CatchUp) -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: .hold)
        setup.adjust = { configuration in
            configuration.misfires = MisfirePolicies(standard: policy)
            configuration.catchUp = catchUp
            configuration.thawInterval = .zero
        }
        return setup
    }

    /// Every missed minute is launched.
    private static func everyMinute(_ catchUp: CatchUp, _ misfireInstruction: String) -> EngineBench.Setup {
        let setup = setup(.all, catchUp)
        var schedule = schedule(every: 60_000, from: setup.clocks.now().wall.advanced(by: .seconds(30)))
        schedule.misfireInstruction = misfireInstruction
        setup.central.put(schedule)
        return setup
    }

    private func freeze(_ bench: EngineBench, for span: Duration) async throws {
        let freezer = try #require(bench.engine.freezer)
        #expect(await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade") == .accepted)
        try await bench.advance(by: .milliseconds(1)) { freezer.status().phase == .frozen }
        await bench.advance(by: span, step: span)
        #expect(await freezer.thaw(.all, by: Principal("ann"), reason: "done") == .accepted)
    }

    private func rows(_ bench: EngineBench) async throws -> [MissedTime] {
        try await bench.store.missed(MissedQuery(schedule: ScheduleID("1"), limit: 200_000)).times
    }

    @Test("R26: times beyond what is kept are said to be missing, and the newest is held all the same")
    func saysThatTimesAreCut() async throws {
        let setup = Self.setup(.latest, .none)
        let start = setup.clocks.now().wall.advanced(by: .seconds(1))
        setup.central.put(Self.schedule(every: 1, from: start))
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            try await freeze(bench, for: .seconds(110))
            try await bench.advance { freezer.status().phase == .idle }
            let rows = try await rows(bench)
            let cut = rows.filter { $0.outcome == .cut }
            #expect(cut.count == 1)
            #expect(rows.count == EngineLimits.missedTimeCountMax + 2)
            let last = try #require(rows.last)
            #expect(last.outcome == .held && last.nominalTime > cut[0].nominalTime)
            #expect(cut[0].nominalTime == rows[rows.count - 3].nominalTime.advanced(by: .milliseconds(1)))
        }
    }

    @Test(
        "what Quartz fires one by one (misfire instruction -1) is left to it whole, or not at all",
        arguments: [("-1", CatchUp.once, 0), ("1", .once, 5), ("-1", .none, 6)])
    func leavesABurstToQuartz(instruction: String, catchUp: CatchUp, held: Int) async throws {
        let setup = Self.everyMinute(catchUp, instruction)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            try await freeze(bench, for: .seconds(350))
            try await bench.advance { freezer.status().phase == .idle }
            let rows = try await rows(bench)
            #expect(rows.count == 6)
            #expect(rows.filter { $0.outcome == .held }.count == held)
            #expect(rows.filter { $0.outcome == .caughtUp }.count == 6 - held)
        }
    }

    @Test(
        "R30: a launch of Central's own after a burst's thaw stands for the whole burst, of others for the newest",
        arguments: [("-1", 0), ("1", 5)])
    func findsABurst(instruction: String, held: Int) async throws {
        let setup = Self.everyMinute(.unknown, instruction)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            try await freeze(bench, for: .seconds(350))
            try await bench.advance { bench.central.switches.contains { $0.isEnabled } }
            bench.central.addExecution(flow: FlowID("flow"), name: "nightly", owner: "ann", variables: [])
            try await bench.advance { freezer.status().phase == .idle }
            #expect(try await rows(bench).filter { $0.outcome == .held }.count == held)
        }
    }
}
