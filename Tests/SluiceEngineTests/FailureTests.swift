import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

/// What the release does when Central is gone, refuses, or leaves a doubt.
@Suite(.timeLimit(.minutes(10)))
struct FailureTests {
    @Test("R25 an unreachable Central keeps the hold with its cause, and the launch goes when it is back")
    func waitsForCentral() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            bench.central.plan(.notSent, .notSent, .notSent)
            let ticket = try await bench.hold()
            try await bench.set(.open)
            try await bench.advance { try await bench.cause(ticket).contains("refuse connections") }
            #expect(bench.engine.releaser.snapshot().trouble?.contains("refuse connections") == true)
            let hold = try #require(try await bench.store.hold(ticket))
            #expect(hold.state == .released || hold.state == .launching)
            #expect(hold.retryAt != nil)
            try await bench.advance { try await bench.state(ticket) == .running }
            #expect(try await bench.store.hold(ticket)?.attempt == 1, "what never left is no attempt")
            #expect(bench.central.orders.count == 1)
            #expect(bench.engine.releaser.snapshot().trouble == nil)
        }
    }

    @Test("wrong credentials: a hundred holds knock a few times in a minute, not a hundred times")
    func doesNotHammer() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.release = ReleasePolicy()
        try await EngineBench.run(setup) { bench in
            for _ in 0..<100 { _ = try await bench.hold() }
            for _ in 0..<400 { bench.central.plan(.refuseForNow) }
            try await bench.set(.open)
            await bench.advance(by: .seconds(60), step: .milliseconds(250))
            let count = bench.central.orders.count
            #expect((2...8).contains(count), "\(count) requests in a minute")
            #expect(bench.engine.releaser.snapshot().trouble?.contains("refuse for now") == true)
            // None is given up on: it is not the launches' fault.
            await bench.advance(by: .seconds(3 * 3600), step: .seconds(10))
            #expect(try await bench.store.counts().total(.awaitingOperator) == 0)
            let later = bench.central.orders.count
            #expect(later < 60, "\(later) requests in three hours")
        }
    }

    @Test("R25 a definite refusal is tried three times, then parked with the reason; others go on")
    func parksWhatCentralRefuses() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            let bad = try await bench.hold()
            try await bench.set(.open)
            bench.central.plan(.refuse, .refuse, .refuse)
            try await bench.advance(by: .seconds(1)) { try await bench.state(bad) == .awaitingOperator }
            #expect(try await bench.cause(bad).contains("refuse"))
            #expect(bench.central.orders.count == 3)
            #expect(Set(bench.central.orders.map(\.attempt)) == [1, 2, 3])
            try await bench.set(.hold)
            let good = try await bench.hold()
            try await bench.set(.open)
            try await bench.advance { try await bench.state(good) == .running }
            #expect(try await bench.state(bad) == .awaitingOperator)
            let retried = try await bench.engine.desk.move(bad, .retry, by: Principal("ann"), reason: "fixed")
            guard case .moved = retried else {
                Issue.record("\(retried)")
                return
            }
            try await bench.advance(by: .seconds(1)) { try await bench.state(bad) == .running }
            #expect(bench.central.orders.last?.attempt == 4)
        }
    }

    @Test func leavesAnUnknownOutcomeOfAnUngatedFlowToTheOperatorAfterTwoScans() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            bench.central.plan(.loseUnseen)
            let ticket = try await bench.hold()
            try await bench.set(.open)
            try await bench.advance { try await bench.cause(ticket).contains("may have been started") }
            #expect(try await bench.state(ticket) == .launching)
            await bench.advance(by: .seconds(50), step: .seconds(1))
            #expect(try await bench.state(ticket) == .launching)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .awaitingOperator }
            #expect(try await bench.cause(ticket).contains("does not prove"))
            #expect(bench.central.orders.count == 1)
        }
    }

    @Test func findsAnUnseenExecutionByItsRunName() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            bench.central.plan(.startUnseen)
            let ticket = try await bench.hold()
            try await bench.set(.open)
            try await bench.advance { try await bench.state(ticket) == .running }
            let id = try #require(bench.central.executions.first?.id)
            #expect(try await bench.store.hold(ticket)?.executionID == id)
            bench.central.end(id, .error)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .ended }
            #expect(try await bench.store.hold(ticket)?.result == .error)
            #expect(bench.central.orders.count == 1)
        }
    }

    @Test func neverGivesUpOnADoubtWhileCentralCannotBeSearchedForMinutes() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            bench.central.plan(.startUnseen)
            bench.central.failReads(CentralError(.unreachable, "down"))
            let ticket = try await bench.hold()
            try await bench.set(.open)
            await bench.advance(by: .seconds(600), step: .seconds(1))
            #expect(try await bench.state(ticket) == .launching)
            bench.central.failReads(nil)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .running }
            #expect(bench.central.orders.count == 1)
        }
    }

    @Test func relaunchesAGatedFlowWithANewPassThatVoidsTheOldOne() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.inventory = Inventory([EngineBench.gated])
        try await EngineBench.run(setup) { bench in
            bench.central.plan(.loseUnseen)
            let ticket = try await bench.hold(.fixture(flow: EngineBench.gated.id))
            try await bench.set(.open)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .running }
            #expect(bench.central.orders.map(\.attempt) == [1, 2])
            let passes = bench.central.orders.map(\.pass)
            #expect(passes[0] != passes[1])
            func redeem(_ pass: String?, _ ask: String, _ run: String) async throws -> Decision {
                var request = LaunchRequest(flow: EngineBench.gated.id, source: .flow)
                request.pass = (pass).map { Secret($0) }
                request.askID = AskID(ask)
                request.runID = ExecutionID(run)
                return try await bench.ask(request).decision
            }
            // The first one was started after all, late: it must not run the work a second time.
            #expect(try await redeem(passes[0], "late", "1") == .reject(.duplicate))
            let id = try #require(bench.central.executions.first?.id)
            #expect(try await redeem(passes[1], "now", id.text) == .proceed(.admitted))
            #expect(try await redeem(passes[1], "now", id.text) == .proceed(.admitted))
            #expect(try await redeem(passes[1], "other", "2") == .reject(.duplicate))
            bench.central.end(id)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .ended }
        }
    }

    @Test func neverRelaunchesAnAttemptThatWasRedeemedWhileInDoubt() async throws {
        var setup = EngineBench.Setup(mode: .hold)
        setup.inventory = Inventory([EngineBench.gated])
        try await EngineBench.run(setup) { bench in
            bench.central.plan(.startUnseen)
            bench.central.failReads(CentralError(.unreachable, "down"))
            bench.installGateStep { _ in nil }
            let ticket = try await bench.hold(.fixture(flow: EngineBench.gated.id))
            try await bench.set(.open)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .running }
            await bench.advance(by: .seconds(120), step: .seconds(1))
            #expect(bench.central.orders.count == 1)
            bench.central.failReads(nil)
            let id = try #require(bench.central.executions.first?.id)
            #expect(try await bench.store.hold(ticket)?.executionID == id)
            bench.central.end(id)
            try await bench.advance(by: .seconds(1)) { try await bench.state(ticket) == .ended }
            #expect(bench.central.orders.count == 1)
        }
    }

    @Test func goesOnAfterTheStoreFailedInMidRelease() async throws {
        try await EngineBench.run(EngineBench.Setup(mode: .hold)) { bench in
            for _ in 0..<20 { _ = try await bench.hold() }
            bench.central.setOnStart { _, _ in .resolved }
            try await bench.set(.open)
            bench.store.failNextCommits(3, with: StoreError(.unavailable, "gone"))
            bench.store.failNextCommits(3, with: StoreError(.unknown, "lost"), isWritten: true)
            bench.store.failNextCommits(3, with: StoreError(.unknown, "lost"))
            try await bench.advance(by: .seconds(1)) {
                let counts = try await bench.store.counts()
                return counts.total(.ended) + counts.total(.awaitingOperator) == 20
            }
            // No launch twice, whatever became of the commits.
            #expect(Set(bench.central.orders.map(\.ticket)).count == bench.central.orders.count)
            #expect(try await bench.store.counts().total(.ended) == 20)
        }
    }
}
