import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// What a drain finds in Central's list: old work, a list that moves, gate steps, and what the account may see.
@Suite(.timeLimit(.minutes(10)))
struct CentralDrainSourceTests {
    private typealias Bench = DrainTestBench

    private static let smallPages: @Sendable (inout EngineConfiguration) -> Void = { $0.listPageSize = 5 }

    @Test("R12 what began long before Sluice knew of it is found at the end of the list")
    func findsOldWork() async throws {
        let setup = EngineBench.Setup()
        let old = setup.central.addExecution(flow: Bench.flow, at: setup.clocks.now().wall.advanced(by: .seconds(-9e6)))
        for _ in 0..<400 { setup.central.addExecution(flow: Bench.flow, status: .completed) }
        try await Bench.run(setup, adjust: Self.smallPages) { bench in
            try await bench.look()
            #expect(bench.names == [old.text])
            bench.central.end(old)
            try await bench.advanceUntilDry()
        }
    }

    @Test("A list that is cut by age says so, and what is older is not waited for")
    func cutsByAge() async throws {
        let setup = EngineBench.Setup()
        let now = setup.clocks.now().wall
        setup.central.addExecution(flow: Bench.flow, at: now.advanced(by: .seconds(-40 * 86_400)))
        for day in 0..<39 {
            let at = now.advanced(by: .seconds(Int64(day - 39) * 86_400))
            setup.central.addExecution(flow: Bench.flow, status: .completed, at: at)
        }
        let adjust: @Sendable (inout EngineConfiguration) -> Void = { configuration in
            configuration.listPageSize = 5
            configuration.drain.oldestDays = 20
        }
        try await Bench.run(setup, adjust: adjust) { bench in
            try await bench.advanceUntilDry()
            #expect(bench.status?.notes.contains { $0.contains("drain.oldestDays") } == true)
        }
    }

    @Test("R12 an execution that slips to a page that was read already is found by the second reading")
    func survivesAMovingList() async throws {
        let setup = EngineBench.Setup()
        let old = setup.central.addExecution(flow: Bench.flow)
        var filler: [ExecutionID] = []
        for _ in 0..<14 { filler.append(setup.central.addExecution(flow: Bench.flow, status: .completed)) }
        let newest = filler
        let slips = Mutex(0)
        let central = setup.central
        // The old one ends page 4 of 4; when newer ones are removed right before that is read, it is on page 3.
        for _ in 0..<5 { central.addExecution(flow: Bench.flow, status: .completed) }
        central.onPage { page in
            guard page == 4,
                slips.withLock({
                    $0 += 1; return $0
                }) == 1
            else { return }
            for id in newest.suffix(5) { central.forget(id) }
        }
        try await Bench.run(setup, adjust: Self.smallPages) { bench in
            try await bench.look()
            #expect(bench.names == [old.text] && bench.words.contains("running"))
            #expect(slips.withLock { $0 } >= 2, "it was read more than once")
        }
    }

    @Test("R13 a list that moves all the time is never quiet, and says so")
    func isNeverQuietWhileTheListMoves() async throws {
        let setup = EngineBench.Setup()
        for _ in 0..<30 { setup.central.addExecution(flow: Bench.flow, status: .completed) }
        let central = setup.central
        let start = setup.clocks.now().wall
        central.onPage { page in
            guard page == 4 else { return }
            // One that runs and began before is shown only now: two readings never agree.
            central.addExecution(flow: Bench.flow, at: start.advanced(by: .seconds(-50)))
            for summary in central.executions.dropFirst(1).prefix(6) where !summary.status.isTerminal {
                central.end(summary.id)
            }
        }
        try await Bench.run(setup, adjust: Self.smallPages) { bench in
            try await bench.look()
            #expect(bench.words.contains("incomplete"))
            let sentence = bench.status?.obstacles.first { $0.word == "incomplete" }?.sentence
            #expect(sentence?.contains("no two of them agree") == true, "\(sentence ?? "")")
            central.onPage(nil)
            for summary in central.executions where !summary.status.isTerminal { central.end(summary.id) }
            try await bench.advanceUntilDry()
        }
    }

    @Test("R13 what Central forgets while it ran is waited for a while, and is no quiet")
    func doubtsWhatVanishes() async throws {
        try await Bench.run { bench in
            let id = bench.add()
            try await bench.look()
            bench.central.forget(id)
            try await bench.look()
            #expect(bench.names == [id.text], "not to know it once proves nothing")
            try await bench.advance { $0.report?.left == 0 }
            #expect(bench.status?.notes.contains { $0.contains("does not know execution \(id)") } == true)
            try await bench.advanceUntilDry()
        }
    }

    @Test("R12 executions that only reached their gate step do not count, and those parked there do")
    func knowsGateSteps() async throws {
        var setup = EngineBench.Setup()
        setup.inventory = Inventory([EngineBench.gated], isLoaded: true)
        try await Bench.run(setup) { bench in
            try await bench.look()
            try await bench.look()
            // Ended between two looks: no work, no disturbance.
            let ended = bench.add(EngineBench.gated.id)
            bench.central.end(ended, FakeCentral.Ending(.completed, resultName: "held"))
            try await bench.look()
            #expect((bench.status?.quietLookCount ?? 0) >= 3)
            // At its gate step just now: no quiet, no work either.
            let asking = bench.add(EngineBench.gated.id)
            try await bench.look()
            #expect(bench.words == ["at-gate", "settling"])
            let count = bench.status?.quietLookCount ?? 0
            #expect(count >= 3, "what was quiet before is still")
            bench.central.end(asking, FakeCentral.Ending(.completed, resultName: "rejected"))
            try await bench.look()
            #expect((bench.status?.quietLookCount ?? 0) > count)
            // It asks and is held: told to end, or to wait.
            for launcher in [Launcher.sluice, .caller] {
                let id = bench.add(EngineBench.gated.id)
                var request = LaunchRequest.fixture(flow: EngineBench.gated.id, source: .flow, launcher: launcher)
                request.runID = id
                request.askID = AskID("ask-\(id)")
                let hold = try await bench.bench.ask(request).hold
                let ticket = try #require(hold?.ticket)
                try await bench.look()
                if launcher == .sluice {
                    #expect(bench.status?.counts.heldAtGate == 1 && bench.report?.left == 0)
                    #expect((bench.status?.quietLookCount ?? 0) > count)
                    bench.central.end(id, FakeCentral.Ending(.completed, resultName: "held"))
                    continue
                }
                #expect(bench.status?.counts.parked == 1 && bench.words == ["parked", "settling"])
                #expect(bench.report?.blockers.first?.item.standing == .parked(ticket))
                #expect(bench.report?.eta?.runningCount == 0)
                _ = bench.waive(id)
            }
            try await bench.advanceUntilDry()
            // One that stays at its gate step for longer than that may take runs.
            let odd = bench.add(EngineBench.gated.id)
            try await bench.advance { $0.status?.counts.running == 1 }
            bench.central.end(odd)
            try await bench.advanceUntilDry()
            // One that went on.
            let worked = bench.add(EngineBench.gated.id)
            bench.central.end(worked)
            try await bench.advance { $0.report?.isDry == false }
        }
    }

    @Test("R13 what begins and ends between two looks is no quiet, unless it is exempt", arguments: [true, false])
    func seesWhatPassed(isExempt: Bool) async throws {
        let adjust: @Sendable (inout EngineConfiguration) -> Void = { configuration in
            configuration.drain.exempt = isExempt ? [PathGlob("plain.*")].compactMap(\.self) : []
        }
        try await Bench.run(adjust: adjust) { bench in
            try await bench.advanceUntilDry()
            bench.central.end(bench.add())
            try await bench.look()
            #expect(bench.report?.isDry == isExempt)
            let long = bench.add()
            try await bench.look()
            #expect(bench.report?.isDry == isExempt && bench.status?.counts.exempt == (isExempt ? 1 : 0))
            bench.central.end(long)
            try await bench.advanceUntilDry()
        }
    }

    @Test("R13 an account that may see only its own executions never says dry")
    func needsToSeeAll() async throws {
        for (sight, account, isDry) in [
            (CentralSight.own, "sluice", false), (.detect, "sluice", false), (.detect, nil, false),
            (.everything, nil, true),
        ] as [(CentralSight, String?, Bool)] {
            let setup = EngineBench.Setup()
            setup.central.addExecution(flow: Bench.flow, status: .completed, owner: "DOM\\Sluice")
            let adjust: @Sendable (inout EngineConfiguration) -> Void = { configuration in
                configuration.drain.sight = sight
                configuration.drain.account = account
            }
            try await Bench.run(setup, adjust: adjust) { bench in
                await bench.bench.advance(by: .seconds(150), step: .seconds(1))
                #expect(bench.report?.isDry == isDry, "\(sight) \(account ?? "none")")
                #expect(bench.words.contains("incomplete") == !isDry)
                guard sight == .detect, account != nil else { return }
                let other = bench.add(owner: "DOM\\ann")
                bench.central.end(other)
                try await bench.advanceUntilDry()
            }
        }
    }

    @Test("A drain of a scope waits for what may lie in it")
    func drainsAScope() async throws {
        var setup = EngineBench.Setup()
        setup.inventory = Inventory([EngineBench.gated], isLoaded: true)
        let order = DrainOrder(id: Bench.order, systems: [.central], scopes: [.contentPack("Pack")])
        try await Bench.run(
            setup, order: order, isClosed: false,
            before: { bench in
                _ = try await bench.set(.hold, scope: .contentPack("Pack"))
                bench.central.addExecution(flow: EngineBench.gated.id)
                bench.central.addExecution(flow: FlowID("another.pack"))
            }
        ) { bench in
            try await bench.look()
            // Of a flow that no pack knows nobody can say that it is not in this one.
            #expect(bench.report?.left == 2)
            for id in bench.names { bench.central.end(ExecutionID(id)) }
            try await bench.advanceUntilDry()
        }
    }

    @Test("R12 steps are counted of those that run longest, a few at a time; that it is not possible is said")
    func countsSteps() async throws {
        try await Bench.run { bench in
            let ids = (0..<60).map { bench.add(ago: Int64(600 - $0)) }
            for id in ids { bench.central.log(2, stepsOf: id) }
            try await bench.look()
            let counted = bench.drains.entries(.central, limit: 100).filter { $0.item.stepCount == 2 }
            #expect(counted.count == DrainWatchLimits.stepCallCountMax)
            #expect(Set(counted.map(\.item.id.text)) == Set(ids.prefix(20).map(\.text)))
            for _ in 0..<3 { try await bench.look() }
            #expect(bench.drains.entries(.central, limit: 100).allSatisfy { $0.item.stepCount == 2 })
        }
    }

    @Test("10,000 running executions are followed by their ids alone, and the newest page shows what is new")
    func isCheap() async throws {
        let setup = EngineBench.Setup()
        let now = setup.clocks.now().wall
        for index in 0..<10_000 {
            setup.central.addExecution(flow: Bench.flow, at: now.advanced(by: .seconds(Int64(index - 20_000))))
        }
        let adjust: @Sendable (inout EngineConfiguration) -> Void = { configuration in
            configuration.listPageSize = 1000
            // On a busy machine the clock of this test runs far between two looks.
            configuration.drain.policy.sweepInterval = .seconds(10_000_000)
        }
        try await Bench.run(setup, adjust: adjust) { bench in
            try await bench.look()
            #expect(bench.report?.left == 10_000)
            let (pages, calls) = (bench.central.listedPageCount, bench.central.summaryCallCount)
            for _ in 0..<3 { try await bench.look() }
            #expect(bench.central.summaryCallCount - calls == 3 * 10_000 / CentralLimits.idsPerCallMax)
            #expect(bench.central.listedPageCount - pages <= 6)
            #expect(bench.report?.blockers.count == DrainWatchLimits.blockerCountMax)
            bench.central.end(ExecutionID(bench.names.first ?? ""))
            try await bench.look()
            #expect(bench.report?.left == 9999)
        }
    }
}
