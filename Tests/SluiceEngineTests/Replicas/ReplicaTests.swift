import Logging
import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceEngine

/// Several replicas over one store.
@Suite struct ReplicaTests {
    @Test("R1 a close is acknowledged when every replica has confirmed it, and none proceeds any more")
    func aCloseWaitsForAll() async throws {
        try await ReplicaBench.run { bench in
            for replica in bench.replicas { #expect(await replica.word() == "proceed") }
            let closed = try await bench.during { await bench.replicas[0].set(.hold) }
            let (record, acknowledged) = try #require(closed)
            let acknowledgement = try #require(acknowledged)
            // One that confirmed before the seats were read was not waited for.
            #expect(Set(acknowledgement.waitedFor.map(\.name)).isSubset(of: ["r1", "r2"]))
            #expect(acknowledgement.presumedDead.isEmpty && acknowledgement.took < ReplicaBench.lease)
            for replica in bench.replicas {
                #expect(replica.engine.gatekeeper.snapshot().record == record)
                #expect(await replica.word() == "hold")
            }
            #expect(
                try await bench.store.replicas().allSatisfy { $0.confirmedEpoch == record.epoch || $0.name == "r0" })
        }
    }

    @Test("R1 a frozen replica is waited for as long as its lease, and answers no proceed when it wakes")
    func aFrozenReplicaIsPresumedDead() async throws {
        try await ReplicaBench.run { bench in
            let frozen = bench.replicas[2]
            frozen.link.set(.frozen)
            let closed = try await bench.during(but: [2]) { await bench.replicas[0].set(.hold) }
            let acknowledgement = try #require(closed?.1)
            #expect(acknowledgement.presumedDead.map(\.name) == ["r2"])
            #expect(acknowledgement.took <= ReplicaBench.lease + .seconds(1))
            // It wakes: its continuous clock went on, its calls come through, and the question is older than both.
            frozen.clocks.advance(by: acknowledgement.took)
            #expect(await frozen.word() == "noLease")
            #expect(!frozen.engine.mayDecide)
            frozen.link.set(.flowing)
            try await bench.advance { frozen.engine.mayDecide }
            #expect(await frozen.word() == "hold")
        }
    }

    @Test("R1 a partitioned replica answers 503 before its lease is over for the others, and joins anew")
    func aPartitionedReplicaStops() async throws {
        try await ReplicaBench.run { bench in
            let cut = bench.replicas[1]
            cut.link.set(.cut)
            #expect(await cut.word() == "proceed")
            await bench.advance(by: ReplicaBench.lease)
            #expect(["noLease", "storeUnavailable"].contains(await cut.word()))
            // The leader takes its seat away, and it takes a new one.
            try await bench.advance { try await bench.store.replicas().count == 2 }
            let closed = try await bench.during { await bench.replicas[0].set(.hold) }
            #expect(closed?.1?.presumedDead.isEmpty == true)
            cut.link.set(.flowing)
            try await bench.advance { cut.engine.mayDecide && cut.engine.monitor.isStoreUsable }
            #expect(await cut.word() == "hold")
            #expect(try await bench.store.replicas().count == 3)
        }
    }

    @Test("R11 close, reopen and close, raced from three sessions, end with one gate on every replica")
    func changesRaceFromThreeSessions() async throws {
        try await ReplicaBench.run { bench in
            for round in 0..<10 {
                let results = try await bench.during {
                    await withTaskGroup(of: (GateRecord, CloseAcknowledgement?)?.self) { group in
                        for (index, replica) in bench.replicas.enumerated() {
                            group.addTask { await replica.set((round + index).isMultiple(of: 2) ? .hold : .open) }
                        }
                        return await group.reduce(into: []) { $0.append($1) }
                    }
                }
                #expect(results.allSatisfy { $0 != nil }, "round \(round)")
                let stored = try #require(try await bench.store.gate())
                try await bench.advance {
                    bench.replicas.allSatisfy { $0.engine.gatekeeper.snapshot().record == stored }
                }
            }
        }
    }

    @Test("R1 with 64 callers over three replicas, 10,000 questions: none sent after a close proceeds")
    func noneOfManyProceedsAfterAClose() async throws {
        try await ReplicaBench.run { bench in
            let isClosed = Signal()
            let isOver = Signal()
            async let asked: (late: Int, count: Int) = withTaskGroup(of: (Int, Int).self) { group in
                for caller in 0..<64 {
                    group.addTask {
                        var late = 0
                        for number in 0..<157 {
                            let wasClosed = isClosed.isSet
                            let word = await bench.replicas[(caller + number) % 3].word()
                            if wasClosed, word == "proceed" { late += 1 }
                            await Task.yield()
                        }
                        return (late, 157)
                    }
                }
                return await group.reduce(into: (0, 0)) { $0 = ($0.0 + $1.0, $0.1 + $1.1) }
            }
            let closed = try await bench.during { await bench.replicas[1].set(.refuse) }
            _ = try #require(closed)
            isClosed.set()
            let (late, count) = await asked
            isOver.set()
            #expect(late == 0 && count >= 10_000)
        }
    }

    @Test("R2 a question that waits on one replica hears of a release on another, and of nothing after a close")
    func waitersHearOfOtherReplicas() async throws {
        try await ReplicaBench.run { bench in
            _ = try await bench.during { await bench.replicas[0].set(.hold) }
            var request = LaunchRequest.fixture(launcher: .caller)
            request.askID = AskID("one")
            guard case .decided(let answer) = await bench.replicas[2].ask(request), let hold = answer.hold else {
                throw EngineBench.Overdue()
            }
            let subscription = try #require(bench.replicas[2].engine.watchers.subscribe(to: hold.ticket))
            defer { subscription.end() }
            // Begun to be followed.
            await bench.advance(by: .seconds(1))
            let outcome = try await bench.replicas[1].engine.desk.move(
                hold.ticket, .release, by: Principal("ann"), reason: "now")
            guard case .moved = outcome else { throw EngineBench.Overdue() }
            let woken = Signal()
            async let wait: Void = {
                for await _ in subscription.changes {
                    if try await bench.store.hold(hold.ticket)?.state == .released { break }
                }
                woken.set()
            }()
            try await bench.advance { woken.isSet }
            try await wait
            // Closed again before it asks: its release is void.
            _ = try await bench.during { await bench.replicas[0].set(.open) }
            _ = try await bench.during { await bench.replicas[1].set(.hold) }
            let word = await bench.replicas[2].word(request)
            #expect(word == "hold")
        }
    }

    @Test("R19 one replica leads; when it is cut off another takes over, and the old one's writes are refused")
    func theLeadIsTakenOver() async throws {
        try await ReplicaBench.run { bench in
            let first = try await bench.leader()
            #expect(bench.replicas.count { $0.engine.notLeading == nil } == 1)
            let term = try #require(bench.replicas[first].engine.leader?.term)
            let other = bench.replicas[(first + 1) % 3]
            // It looks who leads now and then.
            try await bench.advance { other.engine.notLeading == "not the leader: replica r\(first) leads; ask it" }
            bench.replicas[first].link.set(.cut)
            try await bench.advance {
                bench.replicas.enumerated().contains { $0.offset != first && $0.element.engine.notLeading == nil }
            }
            #expect(bench.replicas[first].engine.notLeading != nil)
            let refused = await #expect(throws: StoreError.self) {
                try await bench.store.commit([], fence: Fence(timeline: 1, term: term))
            }
            #expect(refused?.code == .staleFence)
            bench.replicas[first].link.set(.flowing)
            try await bench.advance { bench.replicas[first].engine.mayDecide }
            #expect(bench.replicas.count { $0.engine.notLeading == nil } == 1)
        }
    }

    @Test("R19 R25 holds are launched once each though the leader is cut off in the midst of them")
    func launchesSurviveTheLossOfTheLeader() async throws {
        try await ReplicaBench.run { bench in
            _ = try await bench.during { await bench.replicas[0].set(.hold) }
            let first = try await bench.leader()
            var tickets: [Ticket] = []
            for number in 0..<20 {
                guard case .decided(let answer) = await bench.replicas[number % 3].ask(), let hold = answer.hold else {
                    throw EngineBench.Overdue()
                }
                tickets.append(hold.ticket)
            }
            _ = try await bench.during { await bench.replicas[1].set(.open) }
            try await bench.advance { bench.central.orders.count >= 3 }
            bench.replicas[first].link.set(.cut)
            try await bench.advance(by: .milliseconds(250)) {
                for ticket in tickets {
                    let state = try await bench.store.hold(ticket)?.state
                    if state == .held || state == .released || state == .launching { return false }
                }
                return true
            }
            let names = bench.central.orders.compactMap(\.runName)
            #expect(Set(names).count == names.count, "one launch each: \(names)")
        }
    }

    @Test("R33 R46 a resting replica forecasts and explains by what the leader froze and a person set")
    func aRestingReplicaKnowsTheFreezeAndTheRate() async throws {
        try await ReplicaBench.run(2) { bench in
            let leader = try await bench.leader()
            let (leading, resting) = (bench.replicas[leader].engine, bench.replicas[1 - leader].engine)
            var schedule = CentralSchedule(
                id: ScheduleID("s"), name: "s", triggerExpression: "*/600000", isEnabled: true)
            schedule.flow = FlowID("f")
            schedule.startDate = bench.replicas[0].clocks.now().wall
            bench.central.put(schedule)
            _ = try await bench.during { await leading.freezer?.freeze(.all, by: Principal("ann"), reason: "r") }
            try await bench.advance { leading.freezer?.status().phase == .frozen }
            let now = bench.replicas[0].clocks.now().wall
            let window = now..<now.advanced(by: .seconds(3600))
            let forecast = await resting.forecasts.forecast(window: window, closing: .init()).result
            #expect(forecast.schedules.map(\.asking) == [.frozen])

            var settings = try await leading.releases.recordInForce().settings
            settings.ratePerMinute = 6
            _ = try await leading.releases.order(.set(settings), by: Principal("ann"), reason: "slowly")
            try await bench.advance { resting.notLeading?.contains("ask it") == true }
            try await bench.store.commit([.addHold(.fixture(5))], fence: Fence(timeline: 1))
            let outlook = try await resting.outlook(of: .fixture(5)).outlook
            #expect(outlook.basis == "number 1 in the queue at 6 launches a minute", "\(outlook.waits)")
        }
    }

    @Test("R1 R34 a replica that is started closed waits until no other can say proceed", arguments: [false, true])
    func aStartedCloseWaitsForAll(_ isOneFrozen: Bool) async throws {
        try await ReplicaBench.run { bench in
            if isOneFrozen { bench.replicas[2].link.set(.frozen) }
            for replica in bench.replicas { #expect(await replica.word() == "proceed") }
            let clocks = bench.replicas[0].clocks
            let begunAt = clocks.now().monotonic
            let started = try await bench.during(but: isOneFrozen ? [2] : []) { () -> Engine? in
                var configuration = EngineConfiguration()
                configuration.startsClosed = true
                configuration.replicas = ReplicaConfiguration(
                    name: "late", seat: SeatPolicy(lease: ReplicaBench.lease), effectDuration: .seconds(2))
                return try? await Engine.make(
                    configuration: configuration, store: bench.store, central: nil, sealer: AESSealer(MasterKey()),
                    inventory: Inventory(), clocks: clocks, random: SystemRandomSource(),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }
            #expect(started != nil)
            for replica in bench.replicas.prefix(2) { #expect(await replica.word() == "hold") }
            guard isOneFrozen else { return }
            let took = clocks.now().monotonic.since(begunAt)
            #expect(took >= ReplicaBench.lease && took <= ReplicaBench.lease + .seconds(1))
            bench.replicas[2].clocks.advance(by: took)
            #expect(await bench.replicas[2].word() == "noLease")
        }
    }

    @Test("of several replicas the leader prunes the store, and stops when it does not lead any more")
    func theLeaderPrunes() async throws {
        try await ReplicaBench.run { bench in
            let first = try await bench.leader()
            let counts = Mutex([0, 0, 0])
            for (index, replica) in bench.replicas.enumerated() {
                await StorePruning(
                    clocks: replica.clocks, mayPrune: { replica.engine.leaderFence != nil },
                    prune: { _, limit in
                        let count = counts.withLock { counts in
                            counts[index] += 1
                            return counts[index]
                        }
                        guard count <= 3 else { return 0 }
                        if count == 3 {
                            replica.link.set(.cut)
                            try await bench.advance { replica.engine.notLeading != nil }
                        }
                        return limit
                    }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                ).pruneAll()
            }
            // Another one may lead by the time it is asked.
            #expect(counts.withLock { $0[first] } == 3)
        }
    }
}
