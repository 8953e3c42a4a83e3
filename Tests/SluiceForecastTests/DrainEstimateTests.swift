import SluiceModel
import Testing

@testable import SluiceForecast

/// When a drain ends: the solved product agrees with playing it out, and with what happens.
@Suite struct DrainEstimateTests {
    private let now = Timestamp("2026-12-01T22:00:00Z")

    /// A duration of a flow: mostly near its own length, sometimes several times as long.
    private func duration(of flow: Int, _ numbers: inout SeededNumbers) -> Int64 {
        let base = Double(30 + flow * 90)
        let spread = (numbers.unit() + numbers.unit() + numbers.unit()) / 1.5
        let tail = numbers.unit() < 0.05 ? 1 + 4 * numbers.unit() : 1
        return Int64(base * spread * tail * 1000) + 1
    }

    @Test("R14 nothing runs: the drain ends as it starts")
    func endsAtOnceWhenNothingRuns() {
        var history = DurationHistory()
        let drain = DrainEstimate(of: [], at: now, history: &history)
        #expect(drain.expectedRunningCount == 0)
        #expect(drain.end(withChance: 0.5) == now)
        #expect(drain.end(withChance: 0.9) == now)
    }

    @Test("what began beyond all clocks has run for long, and nothing traps", arguments: [Int64.min, .min + 1, .max])
    func takesAnyStart(milliseconds: Int64) {
        var history = DurationHistory()
        history.add(FlowID("f"), milliseconds: 60_000)
        let running = RunningExecution(
            id: ExecutionID("1"), flow: FlowID("f"), startedAt: Timestamp(milliseconds: milliseconds))
        let drain = DrainEstimate(of: [running], at: now, history: &history)
        #expect(drain.expectedRunningCount >= 0)
        #expect(drain.end(withChance: 0.5).map { $0 >= now } ?? true)
        #expect(drain.blockers.map { $0.runningMilliseconds >= 0 } == [true])
    }

    @Test("R14 p50 and p90 are those of playing the drain out 40,000 times")
    func agreesWithMonteCarlo() throws {
        var numbers = SeededNumbers(7)
        var history = DurationHistory()
        for flow in 0..<4 {
            for _ in 0..<200 { history.add(FlowID("f\(flow)"), milliseconds: duration(of: flow, &numbers)) }
        }
        let running = (0..<9).map { number in
            RunningExecution(
                id: ExecutionID("\(number)"), flow: FlowID("f\(number % 4)"),
                startedAt: now.advanced(by: .seconds(-20 * number)))
        }
        let drain = DrainEstimate(of: running, at: now, history: &history)
        // Draws from the same distribution by inverting the chance, without the product.
        var ends: [Double] = []
        for _ in 0..<40_000 {
            var last = 0.0
            for (number, execution) in running.enumerated() {
                let estimate = history.estimate(execution.flow)
                let age = Double(20_000 * number)
                let target = numbers.unit() * estimate.chance(longerThan: age)
                var (low, high) = (age, 2e9)
                for _ in 0..<45 {
                    let middle = (low + high) / 2
                    if estimate.chance(longerThan: middle) > target { low = middle } else { high = middle }
                }
                last = max(last, low - age)
            }
            ends.append(last)
        }
        ends.sort()
        for chance in [0.5, 0.9] {
            let expected = ends[Int(chance * Double(ends.count))]
            let found = try #require(drain.end(withChance: chance)).since(now).wholeMilliseconds
            #expect(abs(Double(found) / expected - 1) < 0.03, "p\(Int(chance * 100)): \(found) for \(expected) ms")
        }
    }

    @Test("R14 on a replay set the p50 is met in about half of the drains and the p90 in about nine of ten")
    func isCalibratedOnReplay() throws {
        var numbers = SeededNumbers(2026)
        var (within50, within90, errors): (Int, Int, [Double]) = (0, 0, [])
        let drainCount = 600
        for _ in 0..<drainCount {
            var history = DurationHistory()
            for flow in 0..<5 {
                for _ in 0..<(10 + Int(numbers.next() % 190)) {
                    history.add(FlowID("f\(flow)"), milliseconds: duration(of: flow, &numbers))
                }
            }
            // Executions that started within the last ten minutes; only those still running are seen.
            var running: [RunningExecution] = []
            var end = now
            while running.count < 1 + Int(numbers.next() % 12) {
                let flow = Int(numbers.next() % 5)
                let started = now.advanced(by: .milliseconds(-Int64(numbers.next() % 600_000)))
                let ended = started.advanced(by: .milliseconds(duration(of: flow, &numbers)))
                guard ended > now else { continue }
                running.append(
                    RunningExecution(
                        id: ExecutionID("\(running.count)"), flow: FlowID("f\(flow)"), startedAt: started))
                end = max(end, ended)
            }
            let drain = DrainEstimate(of: running, at: now, history: &history)
            let p50 = try #require(drain.end(withChance: 0.5))
            let p90 = try #require(drain.end(withChance: 0.9))
            if end <= p50 { within50 += 1 }
            if end <= p90 { within90 += 1 }
            errors.append(
                abs(Double(p50.since(now).wholeMilliseconds) / Double(end.since(now).wholeMilliseconds) - 1))
        }
        let (share50, share90) = (Double(within50) / Double(drainCount), Double(within90) / Double(drainCount))
        errors.sort()
        let median = errors[errors.count / 2]
        #expect((0.42...0.58).contains(share50), "p50 met in \(share50)")
        #expect((0.85...0.96).contains(share90), "p90 met in \(share90)")
        #expect(median < 0.45, "median error of the p50: \(median)")
    }

    @Test("R14 a blocker that has ended counts no longer")
    func forgetsWhatHasEnded() throws {
        var history = DurationHistory()
        for flow in ["short", "long"] {
            for number in 1...50 {
                history.add(FlowID(flow), milliseconds: Int64(number) * (flow == "long" ? 100_000 : 1000))
            }
        }
        let short = RunningExecution(id: ExecutionID("1"), flow: FlowID("short"), startedAt: now)
        let long = RunningExecution(id: ExecutionID("2"), flow: FlowID("long"), startedAt: now)
        let both = DrainEstimate(of: [short, long], at: now, history: &history)
        let one = DrainEstimate(of: [short], at: now, history: &history)
        #expect(both.expectedRunningCount == 2)
        #expect(one.expectedRunningCount == 1)
        let (late, early) = (try #require(both.end(withChance: 0.9)), try #require(one.end(withChance: 0.9)))
        #expect(late.since(now) > .seconds(3600))
        #expect(early.since(now) < .seconds(60))
    }

    @Test func expectsMoreOfWhatRunsLongAlready() throws {
        var history = DurationHistory()
        for number in 1...100 { history.add(FlowID("f"), milliseconds: Int64(number) * 1000) }
        // Longer than any before: about a quarter of its age more, not gone.
        let old = RunningExecution(
            id: ExecutionID("1"), flow: FlowID("f"), startedAt: now.advanced(by: .seconds(-1000)))
        let drain = DrainEstimate(of: [old], at: now, history: &history)
        let p50 = try #require(drain.end(withChance: 0.5)).since(now)
        #expect(p50 > .seconds(255) && p50 < .seconds(265))
        #expect(drain.expectedRunningCount == 1)
    }

    @Test("R17 R12 names what runs, the longest first, with what is usual, and what is slow")
    func namesBlockers() {
        var history = DurationHistory()
        for number in 1...100 { history.add(FlowID("f"), milliseconds: Int64(number) * 1000) }
        let running = [("young", "f", 10), ("old", "f", 99), ("new", "g", 50)].map { id, flow, seconds in
            RunningExecution(
                id: ExecutionID(id), flow: FlowID(flow), startedAt: now.advanced(by: .seconds(-seconds)))
        }
        let blockers = DrainEstimate(of: running, at: now, history: &history).blockers
        #expect(blockers.map(\.execution.id.text) == ["old", "new", "young"])
        #expect(blockers.map(\.isSlow) == [true, false, false])
        #expect(blockers.map(\.typicalMilliseconds) == [51_000, nil, 51_000])
        #expect(blockers.map(\.runningMilliseconds) == [99_000, 50_000, 10_000])
    }

    @Test func saysWhichDurationsAreAssumed() {
        var history = DurationHistory()
        history.add(FlowID("known"), milliseconds: 5000)
        let running = ["new", "known", "new", "other"].enumerated().map {
            RunningExecution(id: ExecutionID("\($0.offset)"), flow: FlowID($0.element), startedAt: now)
        }
        let drain = DrainEstimate(of: running, at: now, history: &history)
        #expect(drain.assumedFlows == [FlowID("new"), FlowID("other")])
        #expect(drain.assumedCount == 3)
        #expect(history.estimate(nil).isAssumed)
    }

    @Test func keepsTheNewestDurations() {
        var history = DurationHistory()
        for _ in 0..<500 { history.add(FlowID("f"), milliseconds: 1_000_000) }
        for _ in 0..<ForecastLimits.durationCountMax { history.add(FlowID("f"), milliseconds: 1000) }
        let estimate = history.estimate(FlowID("f"))
        #expect(estimate.count == ForecastLimits.durationCountMax)
        #expect(estimate.meanMilliseconds == 1000)
    }

    @Test func countsExecutionsThatAreAlikeEach() throws {
        let estimate = DurationEstimate(milliseconds: (1...50).map { $0 * 1000 })
        func drain(_ terms: [DrainEstimate.Term]) -> DrainEstimate {
            DrainEstimate(start: now, terms: terms, isCut: false, assumedFlows: [], blockers: [])
        }
        let one = DrainEstimate.Term(estimate: estimate, age: 5000, knownAge: 0, count: 1)
        for count in [2, 3, 7, 100] {
            var all = one
            all.count = count
            let (together, apart) = (drain([all]), drain([DrainEstimate.Term](repeating: one, count: count)))
            #expect(together.end(withChance: 0.9) == apart.end(withChance: 0.9))
            #expect(abs(together.expectedRunningCount - apart.expectedRunningCount) < 1e-9)
            #expect(abs(together.chance(endedAfter: 9000) - apart.chance(endedAfter: 9000)) < 1e-9)
        }
    }

    @Test func chancesFallFromOneToNothing() {
        let estimate = DurationEstimate(milliseconds: [1000, 2000, 2000, 8000])
        #expect(estimate.chance(longerThan: 0) == 1)
        var last = 1.0
        for time in stride(from: 0.0, to: 40_000, by: 37) {
            let chance = estimate.chance(longerThan: time)
            #expect(chance <= last && chance > 0)
            last = chance
        }
        #expect(abs(estimate.chance(longerThan: 8000) - 0.2) < 1e-9)
        // Half-way between two past durations, half of their chance.
        #expect(abs(estimate.chance(longerThan: 5000) - 0.3) < 1e-9)
        #expect(estimate.chance(longerThan: 80_000) < 0.001)
    }

    @Test("the drain of a time to come counts what schedules launch before it, as often as playing it out does")
    func estimatesADrainToCome() throws {
        var numbers = SeededNumbers(11)
        var history = DurationHistory()
        for _ in 0..<200 { history.add(FlowID("f"), milliseconds: duration(of: 2, &numbers)) }
        let schedules = [3, 7].map { PlannedSchedule.every(minutes: $0, from: now.plus(minutes: -600), "s\($0)") }
        let groups = FireWalk(schedules, span: now..<now.plus(minutes: 1)).groups
        var steps = StepBudget(ForecastLimits.drainStepCountMax)
        let drain = DrainArrivals(groups, schedules, .held, &history).drain(
            at: now, running: nil, now: now.plus(minutes: -300), &history, steps: &steps)
        let estimate = history.estimate(FlowID("f"))
        var (count, ends): (Int, [Double]) = (0, [])
        let rounds = 8000
        for _ in 0..<rounds {
            var last = 0.0
            for schedule in schedules {
                // 200 minutes back: hardly anything runs that long.
                for time in schedule.trigger.fires(in: now.plus(minutes: -200)..<now, limit: 1000).times {
                    let age = Double(now.since(time).wholeMilliseconds)
                    let target = numbers.unit()
                    guard estimate.chance(longerThan: age) > target else { continue }
                    count += 1
                    var (low, high) = (age, 2e9)
                    for _ in 0..<45 {
                        let middle = (low + high) / 2
                        if estimate.chance(longerThan: middle) > target { low = middle } else { high = middle }
                    }
                    last = max(last, low - age)
                }
            }
            ends.append(last)
        }
        #expect(abs(drain.expectedRunningCount - Double(count) / Double(rounds)) < 0.06)
        for chance in [0.5, 0.9] {
            let end = Double(try #require(drain.end(withChance: chance)).since(now).wholeMilliseconds)
            let share = Double(ends.count { $0 <= end }) / Double(rounds)
            #expect(abs(share - chance) < 0.02, "p\(Int(chance * 100)) met in \(share)")
        }
    }
}
