import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

/// When a drain says that a system is dry, and what it says before.
struct DrainStateTests {
    private typealias Bench = DrainBench

    @Test("R13 an idle system is dry after the looks, the settle period and one more whole reading")
    func getsDry() {
        var bench = Bench()
        #expect(bench.words == ["not-looked-yet"])
        bench.look()
        #expect(bench.words == ["settling"])
        let begun = bench.now
        while !bench.isDry { bench.look() }
        #expect(bench.now.monotonic.since(begun.monotonic) >= .seconds(60))
        #expect(bench.changes.last == .dry)
        #expect(bench.changes.filter { $0 == .quiet }.count == 1)
    }

    @Test("R13 it is dry only once a whole reading that began after the settle period was quiet")
    func confirms() {
        var bench = Bench()
        bench.look()
        for _ in 0..<5 { bench.look() }
        bench.advance(.milliseconds(9500))
        #expect(bench.words == ["unconfirmed"], "settled, and the first whole reading was before")
        #expect(bench.state.depth(at: bench.now) == .full)
        bench.look([Bench.item(9)])
        #expect(bench.words.contains("running"), "the old one that only the whole list shows")
        #expect(bench.looksUntilDry() != nil)
    }

    @Test("R13 an open gate, an unacknowledged close and an unknown one are never dry")
    func needsTheGate() {
        for gate in [DrainGate.open("the gate is open"), .closing(Epoch(3)), .unknown("no lease")] {
            var bench = Bench()
            #expect(bench.looksUntilDry() != nil)
            bench.step(.gate(gate))
            #expect(bench.words.first == "gate" && !bench.isDry)
            #expect(bench.looksUntilDry() == nil)
            bench.step(.gate(.closed(Epoch(3))))
            #expect(!bench.isDry, "it settles anew")
            #expect(bench.looksUntilDry() != nil)
        }
    }

    @Test("R13 what is in flight, on its way or not known keeps it from being dry, and it settles anew")
    func needsNothingInFlight() {
        let part = InFlightPart(name: "r1", count: 1, source: .told)
        for flight in [
            DrainInFlight(parts: [part]), DrainInFlight(launchingCount: 1), DrainInFlight(trouble: "no store"),
        ] {
            var bench = Bench()
            #expect(bench.looksUntilDry() != nil)
            bench.step(.inFlight(flight))
            #expect(bench.words.contains("in-flight"))
            #expect(bench.looksUntilDry() == nil)
            bench.step(.inFlight(DrainInFlight()))
            #expect(!bench.isDry)
            #expect((bench.looksUntilDry() ?? 0) >= bench.state.policy.quietLookCount)
        }
    }

    @Test(
        "R12 R13 whatever blocks keeps it from being dry until it is waived by name, and what does not, does not",
        arguments: [
            .running, .atGate, .heldAtGate(.fixture(1)), .parked(.fixture(1)), .paused(.user), .paused(nil),
            .waitsForHold(.fixture(1)), .dueLater, .needsPerson("FAILED"), .unknown("?"),
        ] as [DrainStanding])
    func waitsForEach(standing: DrainStanding) {
        let item = Bench.item(7, standing)
        var bench = Bench()
        let isOver = bench.looksUntilDry([item]) != nil
        // Told to end at its gate, and still there a minute later: it runs.
        #expect(isOver == (standing == .dueLater || standing == .needsPerson("FAILED")))
        guard !isOver else { return }
        #expect(bench.state.left == 1)
        bench.step(.waived(Bench.waiver(7)))
        #expect(bench.state.left == 0)
        #expect(bench.looksUntilDry([item]) != nil)
        #expect(bench.state.counts.waived == 1 && bench.changes.contains(.waived(Bench.waiver(7))))
        bench.step(.unwaived(item.id))
        #expect(!bench.isDry)
        #expect(bench.looksUntilDry([item]) == nil)
    }

    @Test("Parked executions do not block where they are known to survive a restart of Central")
    func letsParkedOnesStay() {
        var policy = Bench.policy
        policy.parkedBlocks = false
        var bench = Bench(policy)
        #expect(bench.looksUntilDry([Bench.item(1, .parked(.fixture(1)))]) != nil)
        #expect(bench.state.counts.parked == 1 && bench.state.left == 0)
    }

    @Test("R16 what the configuration exempts is shown and not waited for")
    func exempts() {
        var item = Bench.item(1)
        item.isExempt = true
        var bench = Bench()
        #expect(bench.looksUntilDry([item]) != nil)
        #expect(bench.state.counts.exempt == 1)
    }

    @Test("R13 a look with a gap, a failed one and none for a while are not quiet, and say why")
    func needsWholeFreshLooks() throws {
        var bench = Bench()
        #expect(bench.looksUntilDry() != nil)
        bench.look(gaps: ["page 3 could not be read"])
        #expect(bench.words == ["incomplete", "settling"])
        #expect(bench.looksUntilDry() != nil)
        bench.step(.lookFailed("connection refused"))
        #expect(bench.words == ["unreadable", "settling"])
        let failing = bench.state.obstacles(at: bench.now)
        #expect(try #require(failing.first).sentence.contains("connection refused"))
        #expect(bench.changes.contains(.unreadable("connection refused")))
        bench.look()
        #expect(bench.words == ["settling"], "it came back, and settles anew")
        #expect(bench.looksUntilDry() != nil)
        bench.advance(.seconds(31))
        bench.advance(.seconds(10))
        #expect(bench.words.first == "stale" && !bench.isDry)
        bench.look()
        #expect(bench.words == ["settling"], "what went on meanwhile nobody knows")
    }

    @Test("R13 hurried looks count once, and time alone does not settle")
    func countsLooksApart() {
        var bench = Bench()
        for _ in 0..<100 { bench.look(after: .milliseconds(700)) }
        #expect(bench.state.status(at: bench.now).quietLookCount < 10)
        var rare = Bench(DrainPolicy(lookInterval: .seconds(10), quietLookCount: 5, settle: .zero))
        rare.look()
        #expect(rare.words.contains("settling"))
        #expect(rare.looksUntilDry() == 5, "four more, and one to confirm it")
    }

    @Test("R14 a blocker that is gone is not counted from the next look on")
    func forgetsWhatIsGone() {
        var bench = Bench()
        bench.look([Bench.item(1), Bench.item(2)])
        #expect(bench.state.left == 2)
        bench.look([Bench.item(2)])
        #expect(bench.state.left == 1 && bench.state.blockers(limit: 10, at: bench.now).map(\.item.id.text) == ["2"])
        #expect(bench.changes.contains(.gone(Bench.item(1))))
    }

    @Test("R13 what began and ended between two looks is no quiet; what ended at its gate is none the less")
    func seesWhatPassed() {
        var bench = Bench()
        bench.look()
        bench.look()
        bench.look(ended: [Bench.end(5, isIdle: true)])
        #expect(bench.state.status(at: bench.now).quietLookCount == 3)
        bench.look(ended: [Bench.end(6)])
        #expect(bench.state.status(at: bench.now).quietLookCount == 0)
        #expect(bench.changes.contains(.passed(Bench.end(6))))
    }

    @Test("R13 the end of what was known to run is no new disturbance")
    func startsQuietWithTheLastEnd() {
        var bench = Bench()
        bench.look([Bench.item(1)])
        bench.look(ended: [Bench.end(1)])
        #expect(bench.state.status(at: bench.now).quietLookCount == 1)
        var waived = Bench()
        _ = waived.looksUntilDry()
        waived.look([Bench.item(1)])
        waived.step(.waived(Bench.waiver(1)))
        #expect(waived.looksUntilDry([Bench.item(1)]) != nil)
        waived.look(ended: [Bench.end(1)])
        #expect(waived.isDry, "what was waived may end")
    }

    @Test("Executions at their gate step stop the quiet only if they turn out to have gone on")
    func waitsForTheGateStep() {
        var bench = Bench()
        bench.look()
        bench.look([Bench.item(1, .atGate)])
        #expect(bench.words == ["at-gate", "settling"])
        bench.look(ended: [Bench.end(1, isIdle: true)])
        #expect(bench.state.status(at: bench.now).quietLookCount == 2, "the one before it still counts")
        bench.look([Bench.item(2, .atGate)])
        bench.look(ended: [Bench.end(2)])
        #expect(bench.state.status(at: bench.now).quietLookCount == 0, "it did something")
        bench.look()
        bench.look([Bench.item(3, .atGate)])
        bench.look()
        #expect(bench.state.status(at: bench.now).quietLookCount == 0, "nobody knows how it ended")
        bench.look()
        bench.look([Bench.item(4, .heldAtGate(.fixture(4)))])
        #expect(bench.state.status(at: bench.now).quietLookCount == 2)
    }

    @Test("Nobody stays at a gate step for ever: it runs after a minute, also between two looks")
    func runsAfterAWhile() {
        for standing in [DrainStanding.atGate, .heldAtGate(.fixture(1))] {
            var bench = Bench()
            bench.look([Bench.item(1, standing)])
            #expect(bench.state.counts.running == 0)
            bench.advance(.seconds(61))
            bench.step(.ticked)
            #expect(bench.state.counts.running == 1 && bench.state.left == 1)
            #expect(bench.state.blockers(limit: 9, at: bench.now).count == 1, "and is named")
        }
    }

    @Test("R12 every waiver that a maintenance keeps counts, given one by one or of before a restart")
    func keepsManyWaivers() {
        let ids = Array(1...MaintenanceLimits.waiverCountMax)
        let items = ids.map { Bench.item($0) }
        var restarted = Bench(waivers: ids.reversed().map { Bench.waiver($0) })
        restarted.look(items)
        #expect(restarted.state.left == 0 && restarted.state.counts.waived == ids.count)
        var bench = Bench(waivers: ids.dropLast(3).map { Bench.waiver($0) })
        bench.look(items)
        #expect(bench.state.left == 3)
        for id in ids.suffix(3) { bench.step(.waived(Bench.waiver(id))) }
        #expect(bench.state.left == 0)
        bench.look(items + [Bench.item(ids.count + 1)])
        bench.step(.waived(Bench.waiver(ids.count + 1)))
        #expect(bench.state.left == 1, "beyond that none is taken")
    }

    @Test("A waiver of before a restart counts from the first look on; of what has ended, never again")
    func keepsWaivers() {
        var bench = Bench(waivers: [Bench.waiver(1), Bench.waiver(2)])
        #expect(bench.looksUntilDry([Bench.item(1)]) != nil)
        #expect(bench.state.counts.waived == 1)
        bench.look([Bench.item(1), Bench.item(2)])
        #expect(bench.state.left == 1, "2 had ended: whatever this is, nobody waived it")
        bench.step(.waived(Bench.waiver(3)))
        #expect(!bench.changes.contains(.waived(Bench.waiver(3))), "there is no 3")
        bench.look(gaps: ["cut"])
        bench.look([Bench.item(1)])
        #expect(bench.state.counts.waived == 1, "a look with gaps proves no end")
    }

    @Test("R12 slow is told from stuck by steps that are logged, by lost workers and by CSA")
    func tellsSlowFromStuck() throws {
        var item = Bench.item(1)
        item.stepCount = 4
        var bench = Bench()
        bench.look([item])
        for _ in 0..<170 { bench.look([Bench.item(1)]) }
        func pace(_ isSlow: Bool?) throws -> DrainPace {
            try #require(bench.state.entry(item.id)).pace(isSlow: isSlow, at: bench.now, policy: bench.state.policy)
        }
        #expect(try pace(true) == .slow, "no step for 29 minutes")
        for _ in 0..<10 { bench.look([item]) }
        #expect(try pace(false) == .steady, "its like take as long")
        for isSlow in [true, nil] {
            guard case .stuck(.noStep(let since)) = try pace(isSlow) else {
                Issue.record("\(try pace(isSlow))")
                continue
            }
            #expect(bench.now.wall.since(since) >= .seconds(1800))
        }
        item.stepCount = 5
        bench.look([item])
        #expect(try pace(true) == .slow)
        item.stuck = .processEnded
        bench.look([item])
        #expect(try pace(false) == .stuck(.processEnded))
    }

    @Test("R12 blockers come with the longest-running first, and paused ones apart by reason")
    func listsBlockers() {
        var items = (1...5).map { Bench.item($0) }
        for index in items.indices { items[index].startedAt = Timestamp(milliseconds: Int64(100 - index)) }
        items.append(Bench.item(6, .paused(.user)))
        items.append(Bench.item(7, .paused(.noWorkers)))
        items.append(Bench.item(8, .paused(.user)))
        var bench = Bench()
        bench.look(items)
        #expect(bench.state.blockers(limit: 3, at: bench.now).map(\.item.id.text) == ["5", "4", "3"])
        #expect(
            bench.state.counts.pausedByReason == [
                .init(reason: "no-workers", count: 1), .init(reason: "user", count: 2),
            ])
        #expect(bench.words == ["running", "paused", "settling"])
    }

    @Test("More than can be followed is a gap, and many changes are told as a number")
    func isBounded() {
        var bench = Bench()
        bench.look((0..<DrainLimits.itemCountMax + 1).map { Bench.item($0) })
        #expect(bench.state.entries.count == DrainLimits.itemCountMax && bench.words.contains("incomplete"))
        let told = bench.changes.filter { if case .appeared = $0 { true } else { false } }
        #expect(told.count == DrainLimits.changeCountMax)
        #expect(bench.changes.contains(.more(DrainLimits.itemCountMax - DrainLimits.changeCountMax)))
    }

    @Test("The whole list is read at the start, now and then, and before it is dry")
    func wantsWholeReadings() {
        var bench = Bench()
        #expect(bench.state.depth(at: bench.now) == .full)
        bench.look([Bench.item(1)])
        #expect(bench.state.depth(at: bench.now) == .changes)
        for _ in 0..<130 { bench.look([Bench.item(1)]) }
        #expect(bench.fullLookCount == 3, "at the start, and every ten minutes")
    }

    @Test("A gate is closed for a drain only where nothing it is about is let through")
    func readsTheGate() {
        func entry(_ scope: Scope?, _ mode: GateMode) -> ScopeMode {
            ScopeMode(scope: scope, mode: mode, since: .zero, by: .sluice, reason: "")
        }
        let flow = Scope.flow(.fixture)
        let csa = Scope.source(.csa)
        let open = GateRecord(epoch: .first, whole: entry(nil, .open), scopes: [entry(csa, .hold)])
        let closed = GateRecord(epoch: .first, whole: entry(nil, .hold))
        let holed = GateRecord(epoch: .first, whole: entry(nil, .hold), scopes: [entry(flow, .open)])
        #expect(DrainGate.opening(of: open, for: []) == "the gate is open")
        #expect(DrainGate.opening(of: open, for: [csa]) == nil)
        #expect(DrainGate.opening(of: open, for: [csa, flow]) == "the gate is open for \(flow)")
        #expect(DrainGate.opening(of: closed, for: []) == nil && DrainGate.opening(of: closed, for: [csa]) == nil)
        #expect(DrainGate.opening(of: holed, for: []) == "the gate is open for \(flow)")
        #expect(DrainGate.opening(of: holed, for: [csa])?.contains("may lie in") == true)
    }
}
