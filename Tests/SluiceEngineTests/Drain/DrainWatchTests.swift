import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// A drain of Central from its beginning to dry, and what it says on the way.
@Suite(.timeLimit(.minutes(10)))
struct DrainWatchTests {
    private typealias Bench = DrainTestBench

    @Test("R12 R13 it names what it waits for, tells each end, and is dry only when nothing runs any more")
    func drains() async throws {
        try await Bench.run { bench in
            let news = bench.drains.news()
            let first = bench.add(name: "nightly", owner: "DOM\\ann", ago: 300)
            let second = bench.add(ago: 60)
            try await bench.look()
            let report = try #require(bench.report)
            #expect(report.left == 2 && !report.isDry && bench.names == [first.text, second.text])
            let blocker = try #require(report.blockers.first)
            #expect(blocker.item.title == "nightly" && blocker.item.owner == "DOM\\ann")
            #expect(blocker.elapsedMilliseconds >= 300_000 && blocker.item.flow == Bench.flow)
            bench.central.end(first)
            try await bench.look()
            #expect(bench.names == [second.text])
            bench.central.end(second)
            try await bench.look()
            #expect(bench.report?.left == 0 && bench.words == ["settling"])
            let endedAt = bench.bench.clocks.now().monotonic
            try await bench.advanceUntilDry()
            #expect(bench.bench.clocks.now().monotonic.since(endedAt) >= .seconds(60))
            bench.drains.end(Bench.order)
            #expect(bench.report == nil)
            var told: [DrainChange] = []
            for await one in news {
                told.append(one.change)
                if one.change == .dry { break }
            }
            let gone = told.compactMap { change in
                if case .gone(let item) = change { item.id.text } else { nil }
            }
            #expect(gone == [first.text, second.text])
        }
    }

    @Test("R8 R15 while nobody looks time goes on, and a deadline asks and ends nothing")
    func goesOn() async throws {
        try await Bench.run { bench in
            let id = bench.add(ago: 100)
            try await bench.look()
            let before = try #require(bench.report?.blockers.first?.elapsedMilliseconds)
            bench.bench.clocks.advance(by: .milliseconds(500))
            #expect(bench.report?.blockers.first?.elapsedMilliseconds == before + 500)
            let report = try #require(bench.report)
            let settle = Duration.seconds(60)
            #expect(report.outlook(by: report.at) == .overdue)
            let p90 = try #require(report.eta?.p90)
            #expect(report.outlook(by: p90.advanced(by: settle)) == .likely)
            #expect(report.outlook(by: p90.advanced(by: .seconds(59))) == .uncertain)
            #expect(report.outlook(by: report.at.advanced(by: .seconds(61))) == .unlikely)
            await bench.bench.advance(by: .seconds(3600), step: .seconds(5))
            #expect(bench.central.executions.first?.status == .running && bench.names == [id.text])
            bench.central.end(id)
            try await bench.advanceUntilDry()
            #expect(try #require(bench.report).outlook(by: .zero) == .dry)
        }
    }

    @Test("R14 its estimates are compared with its end, and that is on record")
    func calibrates() async throws {
        let past = { @Sendable bench in
            Bench.addPast(bench, ago: 4000, lasting: (0..<20).map { Int64(100 + $0 * 10) })
        }
        try await Bench.run(before: past) { bench in
            let id = bench.add(ago: 50)
            try await bench.look()
            let eta = try #require(bench.report?.eta)
            #expect(eta.runningCount == 1 && eta.assumedFlows.isEmpty)
            let (p50, p90) = (try #require(eta.p50), try #require(eta.p90))
            #expect(p50 < p90 && p50.since(eta.at) > .seconds(60) && p90.since(eta.at) < .seconds(400))
            #expect(bench.report?.blockers.first?.typicalMilliseconds == 200_000)
            #expect(bench.report?.blockers.first?.pace == .steady)
            bench.central.end(id)
            try await bench.advanceUntilDry()
            try await bench.advance { $0.drains.calibration.outcomes.count == 1 }
            #expect(bench.drains.calibration.sentence == "our p90 held in 1 of 1 drains")
            let outcome = try #require(bench.drains.calibration.outcomes.first)
            #expect(outcome.isNatural && outcome.predictions.first?.runningCount == 1)
            await bench.bench.settle()
            let events = try await bench.bench.store.events(of: nil, after: 0, limit: 1000)
            #expect(events.contains { $0.kind == "drain-ended" })
        }
    }

    @Test("R12 slow is told from stuck by the steps that are logged")
    func tellsSlowFromStuck() async throws {
        let past = { @Sendable bench in
            Bench.addPast(bench, ago: 9000, lasting: [Int64](repeating: 60, count: 20))
        }
        try await Bench.run(adjust: { $0.drain.policy.stuckAfter = .seconds(300) }, before: past) { bench in
            let slow = bench.add(ago: 500)
            let stuck = bench.add(ago: 400)
            let strange = bench.add(FlowID("never.ran"), ago: 10)
            bench.central.log(3, stepsOf: stuck)
            for _ in 0..<40 {
                bench.central.log(1, stepsOf: slow)
                bench.central.log(1, stepsOf: strange)
                try await bench.look()
            }
            let paces = try #require(bench.report?.blockers.map(\.pace))
            #expect(paces.count == 3 && paces[0] == .slow && paces[2] == .steady)
            guard case .stuck(.noStep) = paces[1] else {
                Issue.record("\(paces[1])")
                return
            }
        }
    }

    @Test("R12 paused executions are told apart by reason, and must be resumed, ended or waived")
    func tellsPausedApart() async throws {
        try await Bench.run { bench in
            let ids = [bench.add(), bench.add(), bench.add()]
            for (id, word) in zip(ids, ["USER_PAUSED", "NO_WORKERS_IN_GROUP", "INPUT_REQUIRED"]) {
                bench.central.change(id) { summary in
                    summary.status = .paused
                    summary.pauseReason = word
                }
            }
            try await bench.look()
            #expect(bench.status?.counts.pausedByReason.map(\.reason) == ["input", "no-workers", "user"])
            #expect(bench.words == ["paused", "settling"] && bench.status?.counts.running == 0)
            #expect(bench.report?.blockers.map(\.pace) == [.steady, .stuck(.noWorkers), .steady])
            #expect(bench.report?.eta?.waitingForPersonCount == 3)
            await bench.bench.advance(by: .seconds(300), step: .seconds(1))
            #expect(bench.report?.isDry == false)
            bench.central.end(ids[0], FakeCentral.Ending(.canceled))
            bench.central.change(ids[1]) { $0.status = .running }
            let last = try #require(bench.report?.blockers.last?.item)
            #expect(bench.waive(ids[2]) == .waived(last))
            try await bench.advance { $0.words.contains("running") && !$0.words.contains("paused") }
            bench.central.end(ids[1])
            try await bench.advanceUntilDry()
            #expect(bench.status?.counts.waived == 1 && bench.report?.left == 0)
        }
    }

    @Test("A waiver is for what runs, by name, and ends with it")
    func waives() async throws {
        try await Bench.run { bench in
            let id = bench.add()
            try await bench.look()
            #expect(bench.waive(ExecutionID("1")) == .notFound)
            let waiver = DrainWaiver(id: DrainItemID(id), by: Bench.ann, reason: "x", at: .zero)
            #expect(bench.drains.waive(waiver, in: "another") == .noDrain)
            _ = bench.waive(id)
            #expect(bench.names.isEmpty && bench.report?.left == 0, "at once")
            #expect(bench.drains.entries(.central, limit: 10).first?.waiver?.by == Bench.ann)
            try await bench.advanceUntilDry()
            bench.drains.unwaive(DrainItemID(id), in: Bench.order)
            #expect(bench.report?.isDry == false && bench.report?.left == 1)
            #expect(bench.drains.calibration.p90AtStart().count == 0, "nobody knows how long it would have taken")
        }
    }

    @Test("R13 while Central cannot be read it is not dry, says so, and settles anew afterwards")
    func survivesAnOutage() async throws {
        try await Bench.run { bench in
            try await bench.advanceUntilDry()
            bench.central.failReads(CentralError(.unreachable, "connection refused"))
            try await bench.advance { $0.words.first == "unreadable" }
            #expect(bench.status?.obstacles.first?.sentence.contains("connection refused") == true)
            #expect(bench.report?.isDry == false)
            await bench.bench.advance(by: .seconds(200), step: .seconds(1))
            #expect(bench.report?.isDry == false && bench.words.contains("unreadable"))
            // What began meanwhile is found.
            let id = bench.add()
            bench.central.failReads(nil)
            try await bench.advance { $0.names == [id.text] }
            bench.central.end(id)
            try await bench.advanceUntilDry()
        }
    }

    @Test("R13 an open gate, and one that somebody opens in the middle, are never dry")
    func needsAClosedGate() async throws {
        try await Bench.run(isClosed: false) { bench in
            await bench.bench.advance(by: .seconds(200), step: .seconds(1))
            #expect(bench.words.first == "gate" && bench.report?.isDry == false)
            try await bench.bench.set(.hold)
            try await bench.advanceUntilDry()
            try await bench.bench.set(.open)
            try await bench.advance { $0.words.first == "gate" }
            try await bench.bench.set(.hold)
            try await bench.advance { $0.words == ["settling"] }
            _ = try await bench.bench.set(.open, scope: .flow(Bench.flow))
            try await bench.advance { $0.words.first == "gate" }
            #expect(bench.status?.obstacles.first?.sentence == "the gate is open for flow:plain.flow")
        }
    }

    @Test("R13 what was let through right before the close counts until its start window has passed")
    func waitsForTheStartWindow() async throws {
        try await Bench.run(isClosed: false) { bench in
            let begunAt = bench.bench.clocks.now().monotonic
            let answer = try await bench.bench.ask(.fixture())
            #expect(answer.decision.isProceed)
            try await bench.bench.set(.hold)
            try await bench.advance { $0.words.contains("in-flight") }
            try await bench.advanceUntilDry()
            #expect(bench.bench.clocks.now().monotonic.since(begunAt) >= .seconds(120), "window, then settle period")
        }
    }

    @Test("R13 after a restart it settles anew, and what was waived stays waived")
    func restarts() async throws {
        let setup = EngineBench.Setup()
        let waived = Waived()
        try await Bench.run(setup) { bench in
            let id = bench.add()
            try await bench.look()
            _ = bench.waive(id)
            try await bench.advanceUntilDry()
            waived.id = id
        }
        let id = try #require(waived.id)
        let waiver = DrainWaiver(id: DrainItemID(id), by: Bench.ann, reason: "it may die", at: .zero)
        let order = DrainOrder(id: Bench.order, systems: [.central], waivers: [waiver])
        try await Bench.run(setup, order: order) { bench in
            #expect(bench.report?.isDry == false)
            try await bench.advance { $0.words.contains("in-flight") }
            let other = bench.add()
            try await bench.advance { $0.names == [other.text] && $0.status?.counts.waived == 1 }
            bench.central.end(other)
            try await bench.advanceUntilDry()
            #expect(bench.status?.counts.waived == 1)
        }
    }

    @Test("The same order again changes nothing, another one begins anew, and unknown systems are refused")
    func beginsOnce() async throws {
        try await Bench.run { bench in
            try await bench.advanceUntilDry()
            #expect(bench.drains.begin(DrainOrder(id: Bench.order, systems: [.central])))
            #expect(bench.report?.isDry == true)
            #expect(!bench.drains.begin(DrainOrder(id: "csa", systems: [.csa])))
            #expect(!bench.drains.begin(DrainOrder(id: "none", systems: [])))
            #expect(bench.drains.begin(DrainOrder(id: "other", systems: [.central])))
            #expect(bench.report?.isDry == false)
            bench.drains.end(Bench.order)
            #expect(bench.report?.order.id == "other", "that one is not watched any more")
            try await bench.advanceUntilDry()
        }
    }
}

/// What one life of an engine leaves to the next.
private final class Waived: @unchecked Sendable {
    // why: the lives follow each other.
    var id: ExecutionID?
}
