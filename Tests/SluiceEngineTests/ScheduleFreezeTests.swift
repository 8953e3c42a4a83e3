import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// Central's schedules through a freeze and a thaw: what is missed, what is launched, and what a person did.
@Suite(.timeLimit(.minutes(10)))
struct ScheduleFreezeTests {
    private static let minute: Int64 = 60_000

    private static func schedule(
        _ id: String, every interval: Int64 = minute, from start: Timestamp,
        _ vary: (inout CentralSchedule) -> Void = { _ in }
    ) -> CentralSchedule {
        var schedule = CentralSchedule(
            id: ScheduleID(id), name: "s\(id)", triggerExpression: "*/\(interval)", isEnabled: true)
        schedule.flow = FlowID("flow-\(id)")
        schedule.flowPath = "Library/S/\(id)"
        schedule.startDate = start
        schedule.inputs = [
            LaunchInput(name: "host", value: .clear("host-one")),
            LaunchInput(name: "password", value: .clear("hunter2")),
        ]
        schedule.username = "ann"
        vary(&schedule)
        return schedule
    }

    private func setup(_ policy: MisfirePolicy, catchUp: CatchUp = .none) -> EngineBench.Setup {
        var setup = EngineBench.Setup(mode: .hold)
        setup.adjust = { configuration in
            configuration.misfires = MisfirePolicies(standard: policy)
            configuration.catchUp = catchUp
            configuration.thawInterval = .zero
        }
        setup.central.setOnStart { _, _ in .resolved }
        return setup
    }

    /// Freezes, lets minutes pass, and thaws; ends when the thaw has ended.
    private func window(_ bench: EngineBench, minutes: Int) async throws {
        let freezer = try #require(bench.engine.freezer)
        #expect(await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade") == .accepted)
        try await bench.advance { freezer.status().phase == .frozen }
        await bench.advance(by: .seconds(60 * minutes), step: .seconds(10))
        #expect(await freezer.thaw(.all, by: Principal("ann"), reason: "done") == .accepted)
        try await bench.advance { freezer.status().phase == .idle }
    }

    private func rows(_ bench: EngineBench, _ id: String = "1") async throws -> [MissedTime] {
        try await bench.store.missed(MissedQuery(schedule: ScheduleID(id), limit: 100_000)).times
    }

    @Test("R26 the gap of a schedule without a start is found on the grid of the time that Central names after it")
    func findsMissedTimesWithoutAStart() async throws {
        let setup = setup(.all)
        let first = setup.clocks.now().wall.advanced(by: .seconds(30))
        let schedule = Self.schedule("1", from: first) { ($0.startDate, $0.nextFireTime) = (nil, first) }
        let central = setup.central
        central.put(schedule)
        central.onListing { _ in
            guard central.switches.last?.isEnabled == true else { return }
            var resumed = schedule
            resumed.nextFireTime = first.advanced(by: .seconds(360))
            central.put(resumed)
        }
        try await EngineBench.run(setup) { bench in
            try await window(bench, minutes: 6)
            let rows = try await rows(bench)
            #expect(rows.map(\.nominalTime) == (0..<6).map { first.advanced(by: .seconds(60 * $0)) })
            #expect(Set(rows.map(\.outcome)) == [.held])
        }
    }

    @Test(
        "R26 R27 each missed minute is a row with its nominal time, and the policy alone decides what is launched",
        arguments: [
            (MisfirePolicy.skip, 0, [MissedTime.Outcome.skipped]), (.latest, 1, [.coalesced, .held]),
            (.all, 6, [.held]), (.notOlderThan(seconds: 175), 3, [.tooOld, .held]),
        ])
    func recordsEachAndLaunchesByPolicy(
        policy: MisfirePolicy, launches: Int, outcomes: [MissedTime.Outcome]
    )
        async throws
    {
        let setup = setup(policy)
        let start = setup.clocks.now().wall.advanced(by: .seconds(30))
        setup.central.put(Self.schedule("1", from: start))
        try await EngineBench.run(setup) { bench in
            try await window(bench, minutes: 6)
            let rows = try await rows(bench)
            #expect(rows.map(\.nominalTime) == (0..<6).map { start.advanced(by: .seconds(60 * $0)) })
            #expect(Set(rows.map(\.outcome)) == Set(outcomes))
            #expect(rows.last?.outcome == outcomes.last)
            #expect(bench.central.switches.map(\.isEnabled) == [false, true], "only enabled was touched")
            try await bench.set(.open)
            try await bench.advance(by: .seconds(5)) {
                let counts = try await bench.store.counts()
                return counts.total(.held) + counts.total(.released) + counts.total(.launching)
                    + counts.total(.running) == 0
            }
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(bench.central.orders.count == launches, "six missed ticks with \(policy.word)")
        }
    }

    @Test("a secret among the inputs is sealed in the hold, and in the journal there is no value")
    func sealsSecrets() async throws {
        let setup = setup(.latest)
        setup.central.put(Self.schedule("1", from: setup.clocks.now().wall.advanced(by: .seconds(30))))
        try await EngineBench.run(setup) { bench in
            try await window(bench, minutes: 2)
            let hold = try #require(try await bench.store.holds(HoldQuery()).holds.first)
            for input in hold.request.inputs {
                if case .sealed = input.value {
                    #expect(input.name == "password")
                } else {
                    #expect(input.name == "host")
                }
            }
            let entries = try await bench.store.journal(JournalQuery(system: "central", limit: 10))
            #expect(entries.count == 2 && entries.allSatisfy { !"\($0)".contains("hunter2") })
            #expect(!entries.contains { $0.before.contains { $0.value.contains("host-one") } })
        }
    }

    @Test("a schedule whose secrets Central keeps is not replayable: recorded, and nothing is launched")
    func leavesSecretsOfCentralToIt() async throws {
        let setup = setup(.all)
        setup.central.put(
            Self.schedule("1", from: setup.clocks.now().wall.advanced(by: .seconds(30))) {
                $0.sensitiveInputNames = ["key"]
            })
        try await EngineBench.run(setup) { bench in
            try await window(bench, minutes: 3)
            let rows = try await rows(bench)
            #expect(rows.count == 3 && rows.allSatisfy { $0.outcome == .notReplayable && $0.cause.contains("key") })
            #expect(try await bench.store.holds(HoldQuery()).holds.isEmpty)
        }
    }

    @Test(
        "a launch that Central makes by itself after the thaw stands for the newest time, and is not doubled",
        arguments: [("ann", 1, 0), ("CORP\\ann", 1, 0), ("bob", 0, 1)])
    func doesNotDoubleACatchUp(owner: String, caughtUp: Int, holds: Int) async throws {
        let setup = setup(.latest, catchUp: .unknown)
        setup.central.put(Self.schedule("1", from: setup.clocks.now().wall.advanced(by: .seconds(30))))
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
            try await bench.advance { freezer.status().phase == .frozen }
            await bench.advance(by: .seconds(185), step: .seconds(5))
            _ = await freezer.thaw(.all, by: Principal("ann"), reason: "done")
            try await bench.advance { bench.central.switches.last?.isEnabled == true }
            bench.central.addExecution(flow: FlowID("flow-1"), name: "s1", owner: owner)
            try await bench.advance { freezer.status().phase == .idle }
            let rows = try await rows(bench)
            #expect(rows.filter { $0.outcome == .caughtUp && $0.executionID != nil }.count == caughtUp)
            #expect(try await bench.store.counts().total(.held) == holds)
        }
    }

    @Test(
        "a fire of another schedule of the same flow and owner is not taken for a catch-up", arguments: ["s2", nil])
    func tellsSchedulesOfOneFlowApart(name: String?) async throws {
        let setup = setup(.latest, catchUp: .unknown)
        let now = setup.clocks.now().wall
        setup.central.put(Self.schedule("1", from: now.advanced(by: .seconds(30))))
        let other = Self.schedule("2", from: now.advanced(by: .seconds(10))) { $0.flow = FlowID("flow-1") }
        setup.central.put(other)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
            try await bench.advance { freezer.status().phase == .frozen }
            await bench.advance(by: .seconds(180), step: .seconds(5))
            _ = await freezer.thaw(.all, by: Principal("ann"), reason: "done")
            try await bench.advance { bench.central.switches.count { $0.isEnabled } == 2 }
            let fire = try #require(
                stride(from: 10, to: 600, by: 60).map { now.advanced(by: .seconds($0)) }
                    .first { $0 > bench.clocks.now().wall })
            try await bench.advance(by: .milliseconds(100)) { bench.clocks.now().wall >= fire }
            bench.central.addExecution(flow: FlowID("flow-1"), name: name, owner: "ann")
            try await bench.advance { freezer.status().phase == .idle }
            for id in ["1", "2"] {
                #expect(try await rows(bench, id).last?.outcome == .held, "the newest missed time of \(id)")
            }
            #expect(try await bench.store.counts().total(.held) == 2)
        }
    }

    @Test("R31 what a person enabled in the window is theirs: recorded, nothing is launched, and it stays")
    func leavesAPersonsScheduleAlone() async throws {
        let setup = setup(.all)
        let schedule = Self.schedule("1", from: setup.clocks.now().wall.advanced(by: .seconds(30)))
        setup.central.put(schedule)
        try await EngineBench.run(setup) { bench in
            let freezer = try #require(bench.engine.freezer)
            _ = await freezer.freeze(.all, by: Principal("ann"), reason: "upgrade")
            try await bench.advance { freezer.status().phase == .frozen }
            await bench.advance(by: .seconds(100), step: .seconds(5))
            bench.central.put(schedule)
            try await bench.advance { try await !rows(bench).isEmpty }
            #expect(try await rows(bench).allSatisfy { $0.outcome == .leftAlone })
            let entry = try await bench.store.journal(JournalQuery(system: "central", states: [.conflict], limit: 9))
            #expect(entry.first?.cause.contains("somebody enabled it") == true)
            #expect(bench.central.switches.count == 1 && freezer.status().phase == .frozen)
        }
    }

    @Test("R27 what waits for its turn after the opening is not judged anew by how late that is, nor after a restart")
    func judgesOnceForAnOpening() async throws {
        var setup = setup(.notOlderThan(seconds: 20))
        setup.release = ReleasePolicy(ratePerMinute: 1)
        try await EngineBench.run(setup) { bench in
            for index in 0..<3 {
                var request = LaunchRequest.fixture()
                request.source = .scheduler
                request.scheduleID = ScheduleID("s\(index)")
                request.nominalTime = bench.clocks.now().wall
                _ = try await bench.hold(request)
            }
            try await bench.set(.open)
            try await bench.advance { bench.central.orders.count == 1 }
        }
        try await EngineBench.run(setup) { bench in
            await bench.advance(by: .seconds(180), step: .seconds(1))
            try await bench.advance {
                try await bench.store.holds(HoldQuery()).holds.allSatisfy { $0.state == .ended }
            }
            #expect(bench.central.orders.count == 3)
        }
    }

    @Test(
        "R26 R27 the holds of a scheduler beside are judged by the same table when the gate opens",
        arguments: [
            (MisfirePolicy.skip, 0, HoldState.discarded), (.latest, 1, .coalesced), (.all, 5, .ended),
            (.notOlderThan(seconds: 100), 1, .expired),
        ])
    func judgesHoldsAtTheOpening(policy: MisfirePolicy, launches: Int, firstState: HoldState) async throws {
        try await EngineBench.run(setup(policy)) { bench in
            var tickets: [Ticket] = []
            for _ in 0..<5 {
                var request = LaunchRequest.fixture()
                request.source = .scheduler
                request.scheduleID = ScheduleID("quartz.nightly")
                request.nominalTime = bench.clocks.now().wall
                tickets.append(try await bench.hold(request))
                await bench.advance(by: .seconds(60), step: .seconds(10))
            }
            let other = try await bench.hold()
            // The same name, as another asker uses it for another flow.
            var namesake = LaunchRequest.fixture()
            namesake.source = .scheduler
            namesake.flow = FlowID("another-flow")
            namesake.scheduleID = ScheduleID("quartz.nightly")
            namesake.nominalTime = bench.clocks.now().wall
            let apart = policy == .skip ? nil : try await bench.hold(namesake)
            #expect(
                try await bench.store.counts().total(.held) == (apart == nil ? 6 : 7),
                "nothing is decided before the opening")
            try await bench.set(.open)
            try await bench.advance {
                let states = try await bench.store.holds(HoldQuery()).holds.map(\.state)
                return states.allSatisfy(\.isFinal)
            }
            #expect(bench.central.orders.count == launches + (apart == nil ? 1 : 2))
            if let apart { #expect(try await bench.state(apart) == .ended) }
            #expect(try await bench.state(other) == .ended, "what is no schedule's is not concerned")
            #expect(try await bench.state(tickets[0]) == firstState)
            if firstState != .ended { #expect(try await bench.cause(tickets[0]).contains("misfire policy")) }
        }
    }
}
