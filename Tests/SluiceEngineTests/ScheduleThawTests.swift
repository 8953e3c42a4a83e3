import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// Schedules of a Central that fires them by the clock, through freezes and thaws: each time is fired or on record,
/// once.
@Suite(.timeLimit(.minutes(10)))
struct ScheduleThawTests {
    private static let id = ScheduleID("1")
    private static let ann = Principal("ann")

    /// The flow asks the gate as its first step.
    private static func setup() -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: .hold)
        setup.firesSchedules = true
        setup.inventory = Inventory([EngineBench.gated])
        setup.adjust = { configuration in
            configuration.misfires = MisfirePolicies(standard: .latest)
            configuration.catchUp = .none
            configuration.thawInterval = .zero
        }
        return setup
    }

    private static func schedule(every milliseconds: Int64, from start: Timestamp) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: id, name: "s1", triggerExpression: "*/\(milliseconds)", isEnabled: true)
        schedule.flow = EngineBench.gated.id
        schedule.startDate = start
        schedule.username = "ann"
        return schedule
    }

    private func freeze(_ bench: EngineBench) async throws {
        let freezer = try #require(bench.engine.freezer)
        #expect(await freezer.freeze(.all, by: Self.ann, reason: "upgrade") == .accepted)
        try await bench.advance(by: .milliseconds(1)) { freezer.status().phase == .frozen }
    }

    private func thaw(_ bench: EngineBench) async throws {
        let freezer = try #require(bench.engine.freezer)
        #expect(await freezer.thaw(.all, by: Self.ann, reason: "done") == .accepted)
        try await bench.advance(by: .milliseconds(1)) { freezer.status().phase == .idle }
    }

    private func rows(_ bench: EngineBench) async throws -> [MissedTime] {
        try await bench.store.missed(MissedQuery(schedule: Self.id, limit: 100_000)).times
    }

    /// What the gate step of an execution that Central fired is answered.
    private func answer(_ fire: FakeFire, _ bench: EngineBench) async throws -> Answer {
        var request = LaunchRequest(flow: fire.flow, source: .flow)
        request.askID = AskID("ask-\(fire.execution)")
        request.runID = fire.execution
        return try await bench.ask(request)
    }

    /// R30: the times of the grid, up to the last that was fired or recorded, are each one of the two, once; only one
    /// that is recorded as uncertain may be fired too.
    private func checkGrid(_ bench: EngineBench, every milliseconds: Int64, from start: Timestamp) async throws {
        let fired = bench.central.fires.map(\.time)
        let missed = try await rows(bench).filter { $0.outcome != .uncertain || !fired.contains($0.nominalTime) }
            .map(\.nominalTime)
        let all = (fired + missed).sorted()
        let grid = all.indices.map { start.advanced(by: .milliseconds(Int64($0) * milliseconds)) }
        #expect(all == grid, "fired \(fired.count), missed \(missed.count)")
        #expect(missed == missed.sorted())
    }

    @Test("R28: after 1,000 held ticks a schedule runs at its next tick as before, once, and is not held")
    func goesOnAfterAThousandTicks() async throws {
        let setup = Self.setup()
        let start = setup.clocks.now().wall.advanced(by: .milliseconds(500))
        setup.central.put(Self.schedule(every: 1000, from: start))
        try await EngineBench.run(setup) { bench in
            bench.installGateStep { _ in .resolved }
            try await freeze(bench)
            #expect(bench.central.fires.isEmpty)
            await bench.advance(by: .seconds(1000), step: .seconds(20))
            #expect(bench.central.fires.isEmpty, "it is frozen")
            try await thaw(bench)
            let missed = try await rows(bench)
            #expect((1000...1001).contains(missed.count))
            #expect(
                missed.filter { $0.outcome == .held }.map(\.nominalTime) == [missed.last?.nominalTime].compactMap { $0 }
            )
            #expect(missed.dropLast().allSatisfy { $0.outcome == .coalesced })
            try await bench.set(.open)
            try await bench.advance(by: .milliseconds(100)) {
                try await bench.store.counts().total(.ended) == 1
            }
            let next = try #require(missed.last).nominalTime.advanced(by: .seconds(1))
            await bench.advance(by: .seconds(5), step: .milliseconds(100))
            let fires = bench.central.fires
            #expect(
                fires.first?.time == next && fires.count { $0.time == next } == 1, "\(fires.first.debugDescription)")
            #expect(fires.count >= 5, "and at those after it")
            for fire in fires {
                let answer = try await answer(fire, bench)
                #expect(answer.decision == .proceed(.open), "\(fire.time): \(answer)")
            }
            #expect(bench.central.orders.count == 1, "one launch of ours, for all that was held")
            #expect(try await rows(bench) == missed, "no tick is missed any more")
            #expect(try await bench.store.counts().total(.held) == 0)
            try await checkGrid(bench, every: 1000, from: start)
        }
    }

    @Test(
        "R30: through freeze after freeze each time of an interval is fired or missed, once, on its grid",
        arguments: [0, 1, 499, 500, 999])
    func firesNothingTwiceForAGap(offset: Int) async throws {
        let setup = Self.setup()
        let start = setup.clocks.now().wall.advanced(by: .milliseconds(500))
        setup.central.put(Self.schedule(every: 1000, from: start))
        try await EngineBench.run(setup) { bench in
            for round in 0..<3 {
                await bench.advance(by: .milliseconds(2000 + offset), step: .milliseconds(100))
                let (fired, missed) = (bench.central.fires.count, try await rows(bench).count)
                #expect(fired >= 2 * (round + 1), "it fires between two freezes")
                try await freeze(bench)
                // How long a freeze and a thaw take is the machine's affair; in between nothing fires.
                let frozen = bench.central.fires.count
                await bench.advance(by: .milliseconds(3000 + 2 * offset), step: .milliseconds(100))
                #expect(bench.central.fires.count == frozen)
                try await thaw(bench)
                #expect(try await rows(bench).count >= missed + 2)
            }
            await bench.advance(by: .seconds(2), step: .milliseconds(100))
            try await checkGrid(bench, every: 1000, from: start)
            let held = try await rows(bench).filter { $0.outcome == .held }
            #expect(held.count == 3, "one launch for each gap")
            #expect(try await bench.store.counts().total(.held) == 3)
        }
    }

    @Test("R30: what fires between a freeze's intention and its switch, or a thaw's and its, is not missed too")
    func countsAFireOnTheWayOnce() async throws {
        let setup = Self.setup()
        let start = setup.clocks.now().wall.advanced(by: .milliseconds(500))
        setup.central.put(Self.schedule(every: 1000, from: start))
        try await EngineBench.run(setup) { bench in
            let (clocks, central) = (setup.clocks, setup.central)
            bench.central.onSwitch { _, _ in
                // Slow on its way: two of its times pass.
                clocks.advance(by: .milliseconds(2000))
                central.fireDue()
            }
            try await freeze(bench)
            #expect(bench.central.fires.count == 2)
            await bench.advance(by: .seconds(3), step: .milliseconds(100))
            try await thaw(bench)
            await bench.advance(by: .seconds(2), step: .milliseconds(100))
            try await checkGrid(bench, every: 1000, from: start)
            #expect(try await rows(bench).count >= 5)
        }
    }

    @Test(
        "R29: a one-shot due while frozen is held and started once, over restarts, flagged when it is over meanwhile",
        arguments: [true, false])
    func keepsAOneShot(isOver: Bool) async throws {
        var setup = Self.setup()
        setup.firesSchedules = false
        let due = setup.clocks.now().wall.advanced(by: .seconds(90))
        var schedule = Self.schedule(every: 86_400_000, from: due)
        schedule.flow = FlowID("plain")
        // Its only time either is its end too, or its end is long after the thaw.
        schedule.endDate = isOver ? due : due.advanced(by: .seconds(3600))
        setup.central.put(schedule)
        setup.central.setOnStart { _, _ in .resolved }
        try await EngineBench.run(setup) { bench in try await freeze(bench) }
        setup.clocks.advance(by: .seconds(300))
        let ticket = try await thawedTicket(setup, due: due, isOver: isOver)
        try await EngineBench.run(setup) { bench in
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(try await bench.state(ticket) == .held && bench.central.orders.isEmpty)
            try await bench.set(.open)
            try await bench.advance { try await bench.state(ticket) == .ended }
        }
        try await EngineBench.run(setup) { bench in
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(bench.central.orders.map(\.ticket) == [ticket], "started once")
            let rows = try await rows(bench)
            #expect(rows.count == 1)
        }
    }

    /// Thaws after the restart; the hold that the one time became.
    private func thawedTicket(_ setup: EngineBench.Setup, due: Timestamp, isOver: Bool) async throws -> Ticket {
        let found = Mutex<Ticket?>(nil)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            try await bench.advance { freezer.status().phase == .frozen }
            try await thaw(bench)
            let rows = try await rows(bench)
            #expect(rows.count == 1 && rows.first?.nominalTime == due && rows.first?.outcome == .held)
            let ticket = try #require(rows.first?.ticket)
            let hold = try #require(try await bench.store.hold(ticket))
            #expect(hold.request.nominalTime == due && hold.request.scheduleID == Self.id)
            #expect(hold.cause?.contains("ended meanwhile") == isOver, "\(hold.cause ?? "")")
            #expect(hold.request.idempotencyKey?.text == "1@\(due.rfc3339)")
            found.withLock { $0 = ticket }
        }
        return try #require(found.withLock { $0 })
    }
}
