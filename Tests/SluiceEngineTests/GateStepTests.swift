import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

/// Passes, lineage, and a restart in the middle.
@Suite(.timeLimit(.minutes(10)))
struct GateStepTests {
    @Test("R19 under lost answers and lost requests each gated hold does its work exactly once")
    func doesTheWorkOnce() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.inventory = Inventory([EngineBench.gated])
        // Refused connections count as attempts too; with the default of 8 some would await the operator.
        setup.release = ReleasePolicy(ratePerMinute: 6000, attemptsMax: 100)
        try await EngineBench.run(setup) { bench in
            let worked = Mutex<[Ticket: Int]>([:])
            bench.installGateStep { order in
                worked.withLock { $0[order.ticket, default: 0] += 1 }
                return .resolved
            }
            var tickets: [Ticket] = []
            for _ in 0..<60 { tickets.append(try await bench.hold(.fixture(flow: EngineBench.gated.id))) }
            var random = SeededGenerator(seed: 7)
            let behaviors: [FakeCentral.StartBehavior] = [.start, .startUnseen, .loseUnseen, .notSent, .refuseForNow]
            for _ in 0..<150 { bench.central.plan(behaviors[Int(random.next() % 5)]) }
            try await bench.set(.open)
            try await bench.advance(by: .seconds(5)) { try await bench.store.counts().total(.ended) == 60 }
            #expect(worked.withLock { $0.values.allSatisfy { $0 == 1 } })
            #expect(worked.withLock { Set($0.keys) } == Set(tickets))
        }
    }

    @Test func returnsAHoldWhoseExecutionEndedAtTheGateToANewAttempt() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.inventory = Inventory([EngineBench.gated])
        try await EngineBench.run(setup) { bench in
            let tries = Mutex(0)
            bench.central.setOnStart { _, _ in
                let count = tries.withLock {
                    $0 += 1; return $0
                }
                return count == 1
                    ? FakeCentral.Ending(.completed, resultType: "NO_ACTION_TAKEN", resultName: "unreachable") : nil
            }
            let ticket = try await bench.hold(.fixture(flow: EngineBench.gated.id))
            try await bench.set(.open)
            try await bench.advance(by: .seconds(1)) { bench.central.orders.count == 2 }
            #expect(bench.central.orders.map(\.attempt) == [1, 2])
            let events = try await bench.store.events(of: ticket, after: 0, limit: 100)
            #expect(events.contains { $0.to == .held && $0.cause.contains("ended at its gate step") })
        }
    }

    @Test("R5 a child of an admitted, running execution proceeds while the gate is closed")
    func letsChildrenThrough() async throws {
        try await EngineBench.run(EngineBench.Setup()) { bench in
            let parent = bench.central.addExecution(flow: .fixture)
            var first = LaunchRequest.fixture(source: .flow)
            first.runID = parent
            #expect(try await bench.ask(first).decision == .proceed(.open))
            try await bench.set(.hold)
            var child = LaunchRequest.fixture(source: .flow)
            child.parentRunID = parent
            child.runID = bench.central.addExecution(flow: .fixture)
            #expect(try await bench.ask(child).decision == .proceed(.continuation))
            // Transitively: the child is on record now.
            var grandchild = LaunchRequest.fixture(source: .flow)
            grandchild.parentRunID = child.runID
            #expect(try await bench.ask(grandchild).decision == .proceed(.continuation))
            bench.central.end(parent)
            // The same step once more: its execution was let through, and has not ended.
            #expect(try await bench.ask(child).decision == .proceed(.continuation))
            var late = LaunchRequest.fixture(source: .flow)
            late.parentRunID = parent
            late.runID = bench.central.addExecution(flow: .fixture)
            #expect(try await bench.ask(late).decision == .hold(.maintenance))
        }
    }

    @Test("R6 a parent that is unknown, finished, never admitted or not to be asked about helps nobody")
    func holdsOrphans() async throws {
        try await EngineBench.run(EngineBench.Setup()) { bench in
            let admitted = bench.central.addExecution(flow: .fixture)
            var first = LaunchRequest.fixture(source: .flow)
            first.runID = admitted
            _ = try await bench.ask(first)
            try await bench.set(.hold)
            let stranger = bench.central.addExecution(flow: .fixture)
            func decision(_ parent: ExecutionID) async throws -> Decision {
                var child = LaunchRequest.fixture(source: .flow)
                child.parentRunID = parent
                return try await bench.ask(child).decision
            }
            #expect(try await decision(ExecutionID("404")) == .hold(.maintenance))
            #expect(try await decision(stranger) == .hold(.maintenance))
            #expect(try await decision(admitted) == .proceed(.continuation))
            bench.central.failReads(CentralError(.unreachable, "down"))
            #expect(try await decision(admitted) == .hold(.maintenance))
            bench.central.failReads(nil)
            try await bench.engine.executionEnded(admitted, .resolved)
            #expect(try await decision(admitted) == .hold(.maintenance))
        }
    }

    @Test func takesUpWhatAProcessBeforeLeftUnderWay() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        let tickets = Mutex<[Ticket]>([])
        try await EngineBench.run(setup) { bench in
            bench.central.plan(.startUnseen, .loseUnseen, .start)
            bench.central.failReads(CentralError(.unreachable, "down"))
            for _ in 0..<3 {
                let ticket = try await bench.hold()
                tickets.withLock { $0.append(ticket) }
            }
            try await bench.set(.open)
            try await bench.advance { bench.central.orders.count == 3 }
            await bench.settle()
        }
        setup.central.failReads(nil)
        try await EngineBench.run(setup) { bench in
            let unseen = try #require(bench.central.orders.first?.ticket)
            let lost = bench.central.orders[1].ticket
            let started = bench.central.orders[2].ticket
            try await bench.advance(by: .seconds(1)) {
                let states = [
                    try await bench.state(unseen), try await bench.state(lost), try await bench.state(started),
                ]
                return states == [.running, .awaitingOperator, .running]
            }
            for execution in bench.central.executions { bench.central.end(execution.id) }
            try await bench.advance(by: .seconds(1)) { try await bench.store.counts().total(.ended) == 2 }
            #expect(bench.central.orders.count == 3)
        }
    }

    @Test("R34 held launches survive any number of restarts and start once the gate opens")
    func survivesRestarts() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        for _ in 0..<3 {
            try await EngineBench.run(setup) { bench in
                _ = try await bench.hold()
                await bench.advance(by: .seconds(5), step: .seconds(1))
                #expect(bench.central.orders.isEmpty)
            }
        }
        try await EngineBench.run(setup) { bench in
            try await bench.set(.open)
            try await bench.advance { try await bench.store.counts().total(.running) == 3 }
        }
    }

    @Test func followsACallersLaunchToItsReportedEnd() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            var request = LaunchRequest.fixture(source: .scheduler, launcher: .caller)
            request.askID = AskID("a")
            let ticket = try await bench.hold(request)
            try await bench.set(.open)
            try await bench.advance { try await bench.state(ticket) == .released }
            #expect(bench.central.orders.isEmpty)
            let answer = try await bench.ask(request)
            #expect(answer.decision == .proceed(.released))
            #expect(try await bench.state(ticket) == .launching)
            // Nobody reports: after the start window it counts as done.
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .ended }
            #expect(try await bench.ask(request).decision == .reject(.duplicate))
        }
    }

    @Test func answersLaunchesWithoutACentralByKeepingThem() async throws {
        let setup = EngineBench.Setup(mode: .hold)
        try await EngineBench.run(setup) { bench in
            let ticket = try await bench.hold()
            bench.central.plan(.refuseForNow)
            try await bench.set(.open)
            try await bench.advance { try await bench.state(ticket) != .held }
            try await bench.set(.hold)
            // The attempt that certainly started nothing waits with the others again.
            try await bench.advance { try await bench.state(ticket) == .held }
            await bench.advance(by: .seconds(60), step: .seconds(1))
            #expect(bench.central.orders.count <= 1)
        }
    }
}
