import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

/// What the callers of one round share.
private final class Race: Sendable {
    let isClosed = Mutex(false)
    let leakCount = Mutex(0)
}

/// From a closed gate to the end of each held launch.
@Suite(.timeLimit(.minutes(10)))
struct ReleaseTests {
    @Test("R22 the release goes by priority, then arrival, one at a time when the ceiling says so")
    func releasesInOrder() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        // Launches under way together reach Central in any order.
        setup.release = ReleasePolicy(ratePerMinute: 6000, ceiling: 1)
        try await EngineBench.run(setup) { bench in
            bench.central.setOnStart { _, _ in .resolved }
            var expected: [(Int, Int)] = []
            for number in 0..<12 {
                var request = LaunchRequest.fixture()
                request.priority = try #require(Priority(number % 3))
                request.start.runName = "\(number)"
                _ = try await bench.hold(request)
                expected.append((number % 3, number))
            }
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(bench.central.orders.isEmpty)
            try await bench.set(.open)
            try await bench.advance { bench.central.orders.count == 12 }
            let started = bench.central.orders.map { String($0.runName.prefix { $0 != " " }) }
            let sorted = expected.sorted { ($1.0, $0.1) < ($0.0, $1.1) }
            #expect(started == sorted.map { "\($0.1)" })
        }
    }

    @Test("R19 R20 on reopen every hold starts exactly once, and nothing stays held")
    func startsEachOnce() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            for _ in 0..<300 { _ = try await bench.hold() }
            bench.central.setOnStart { _, _ in .resolved }
            try await bench.set(.open)
            try await bench.advance(by: .seconds(1)) { try await bench.store.counts().total(.ended) == 300 }
            #expect(bench.central.orders.count == 300)
            #expect(Set(bench.central.orders.map(\.ticket)).count == 300)
        }
    }

    @Test("a close takes back all that was released, however much, and each once")
    func takesBackAll() async throws {
        let setup = EngineBench.Setup(mode: .open)
        let count = UInt64(Recall.countMax + 700)
        try await EngineBench.run(setup) { bench in
            let fence = Fence(timeline: 1)
            for number in 1...count {
                var hold = Hold.fixture(number)
                hold.arrival = 0
                hold.request.launcher = .caller
                var move = HoldMove(
                    ticket: hold.ticket, from: [.held], to: .released, at: .zero, by: .sluice, cause: "open")
                move.update.releasedEpoch = Epoch(1)
                try await bench.store.commit([.addHold(hold), .moveHold(move)], fence: fence)
            }
            try await bench.set(.hold)
            #expect(try await bench.store.counts().total(.released) == 700)
            // One that an operator releases now goes.
            var move = HoldMove(
                ticket: .fixture(count), from: [.released], to: .released, at: .zero, by: .fixture, cause: "now")
            move.update.releasedEpoch = try await bench.store.gate()?.epoch
            try await bench.store.commit([.moveHold(move)], fence: fence)
            try await bench.advance { try await bench.store.counts().total(.released) == 1 }
            await bench.advance(by: .seconds(5), step: .seconds(1))
            #expect(try await bench.store.hold(.fixture(count))?.state == .released)
            let recalls = try await bench.store.events(of: .fixture(count - 1), after: 0, limit: 10)
                .filter { $0.from == .released && $0.to == .held }
            #expect(recalls.count == 1)
        }
    }

    @Test func keepsTheCeiling() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.release = ReleasePolicy(ratePerMinute: 6000, ceiling: 3)
        try await EngineBench.run(setup) { bench in
            for _ in 0..<7 { _ = try await bench.hold() }
            try await bench.set(.open)
            try await bench.advance { bench.central.executions.count == 3 }
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(bench.central.executions.count == 3)
            bench.central.end(bench.central.executions[0].id)
            try await bench.advance { bench.central.executions.count == 4 }
            await bench.advance(by: .seconds(30), step: .seconds(1))
            #expect(bench.central.executions.count == 4)
        }
    }

    @Test func launchesTheNextOfAnOrderingKeyOnlyWhenTheOneBeforeHasEnded() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            var request = LaunchRequest.fixture()
            request.orderingKey = OrderingKey("subscription-1")
            let tickets = [try await bench.hold(request), try await bench.hold(request), try await bench.hold(request)]
            try await bench.set(.open)
            for (index, ticket) in tickets.enumerated() {
                try await bench.advance { try await bench.state(ticket) == .running }
                await bench.advance(by: .seconds(20), step: .seconds(1))
                #expect(bench.central.orders.map(\.ticket) == Array(tickets.prefix(index + 1)))
                // A new launch of the key goes behind them though the gate is open.
                if index == 0 {
                    let answer = try await bench.ask(request)
                    #expect(answer.decision == .hold(.behindBacklog))
                }
                bench.central.end(bench.central.executions[0].id)
            }
            try await bench.advance { try await bench.store.counts().total(.running) == 1 }
        }
    }

    @Test func releasesOnlyWhatTheScopeOpens() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            let api = try await bench.hold(.fixture(source: .api))
            let csa = try await bench.hold(.fixture(source: .csa))
            try await bench.set(.open, scope: .source(.csa))
            try await bench.advance { try await bench.state(csa) == .running }
            await bench.advance(by: .seconds(10), step: .seconds(1))
            #expect(try await bench.state(api) == .held)
            try await bench.set(.hold, scope: .source(.api))
            try await bench.set(.open)
            await bench.advance(by: .seconds(10), step: .seconds(1))
            #expect(try await bench.state(api) == .held)
            try await bench.set(nil, scope: .source(.api))
            try await bench.advance { try await bench.state(api) == .running }
        }
    }

    @Test func findsWhatMayStartBehindThousandsThatMayNot() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            for _ in 0..<900 { _ = try await bench.hold(.fixture(source: .ui)) }
            let last = try await bench.hold(.fixture(source: .csa))
            try await bench.set(.open, scope: .source(.csa))
            try await bench.advance { try await bench.state(last) == .running }
            #expect(bench.central.orders.count == 1)
        }
    }

    @Test("R2 R10 a close during the release stops it, and an open goes on with it")
    func stopsWhenTheGateCloses() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.release = ReleasePolicy(ratePerMinute: 60)
        try await EngineBench.run(setup) { bench in
            for _ in 0..<10 { _ = try await bench.hold() }
            try await bench.set(.open)
            try await bench.advance { bench.central.orders.count == 4 }
            try await bench.set(.hold)
            await bench.settle()
            let count = bench.central.orders.count
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(bench.central.orders.count == count)
            #expect(try await bench.store.counts().total(.released) == 0)
            try await bench.set(.open)
            try await bench.advance { bench.central.orders.count == 10 }
            #expect(Set(bench.central.orders.map(\.ticket)).count == 10)
        }
    }

    @Test("R1 nothing asked after the close was acknowledged proceeds, with 64 callers at once")
    func closesForGood() async throws {
        try await EngineBench.run(EngineBench.Setup()) { bench in
            for round in 0..<20 {
                let race = Race()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<64 {
                        group.addTask {
                            for turn in 0..<8 {
                                var request = LaunchRequest.fixture()
                                if (caller + turn) % 3 == 0 { request.askID = AskID("\(round)-\(caller)-\(turn)") }
                                let wasClosed = race.isClosed.withLock { $0 }
                                let answer = try await bench.ask(request)
                                if wasClosed, answer.decision.isProceed { race.leakCount.withLock { $0 += 1 } }
                            }
                        }
                    }
                    group.addTask {
                        await letOthersRun(turns: round)
                        try await bench.set(.refuse, reason: "round \(round)")
                        race.isClosed.withLock { $0 = true }
                    }
                    try await group.waitForAll()
                }
                #expect(race.leakCount.withLock { $0 } == 0)
                try await bench.set(.open, reason: "round \(round)")
            }
        }
    }
}
