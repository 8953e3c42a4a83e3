import SluiceModel
import Testing

@testable import SluiceForecast

/// How long a release takes: the walk agrees with playing it out second by second, and the bound is one.
@Suite struct BacklogTests {
    /// Tick by tick, without a heap: when the last starts, and when the last ends, in milliseconds.
    private func playedOut(_ durations: [Double], step: Int, ceiling: Int) -> (Int, Int) {
        var ends: [Int] = []
        var (time, next, allowedAt, lastStart) = (0, 0, 0, 0)
        while next < durations.count {
            ends.removeAll { $0 <= time }
            if time >= allowedAt, ends.count < ceiling {
                ends.append(time + Int(durations[next]))
                lastStart = time
                allowedAt = time + step
                next += 1
            } else {
                time += 1000
            }
        }
        return (lastStart, max(ends.max() ?? 0, lastStart))
    }

    @Test("durations beyond all measure, as a Central with a broken clock gives them, saturate")
    func saturates() {
        let (flow, running) = (FlowID("f"), ExecutionID("1"))
        var history = DurationHistory()
        history.add(flow, milliseconds: .max)
        let mean = history.estimate(flow).meanMilliseconds
        let backlog = Backlog(durations: Array(repeating: mean, count: 200), ratePerMinute: 1, ceiling: 1)
        #expect(backlog.endedMilliseconds >= backlog.clearedMilliseconds && backlog.clearedMilliseconds > 0)
        #expect(Backlog(durations: [.infinity, 1e300], ratePerMinute: 1, ceiling: 1).endedMilliseconds > 0)
        for start in [Int64.min, -1, .max] {
            let execution = RunningExecution(
                id: running, flow: flow, startedAt: Timestamp(milliseconds: start))
            let drain = DrainEstimate(of: [execution], at: Timestamp(milliseconds: 1000), history: &history)
            #expect(drain.blockers.count == 1 && drain.blockers[0].runningMilliseconds >= 0)
        }
    }

    @Test(arguments: [(1, 1), (6, 2), (60, 3), (20, 1000)])
    func agreesWithPlayingItOut(ratePerMinute: Int, ceiling: Int) {
        var numbers = SeededNumbers(UInt64(ratePerMinute * 1000 + ceiling))
        for count in [1, 2, 17, 150] {
            let durations = (0..<count).map { _ in Double(1 + numbers.next() % 180) * 1000 }
            let backlog = Backlog(durations: durations, ratePerMinute: ratePerMinute, ceiling: ceiling)
            let (cleared, ended) = playedOut(durations, step: 60_000 / ratePerMinute, ceiling: ceiling)
            #expect(backlog.clearedMilliseconds == Int64(cleared))
            #expect(backlog.endedMilliseconds == Int64(ended))
            let bound = Backlog(
                count: count, durationSum: durations.reduce(0, +), durationMax: durations.max() ?? 0,
                ratePerMinute: ratePerMinute, ceiling: ceiling)
            #expect(bound.isBound && bound.clearedMilliseconds >= backlog.clearedMilliseconds)
            #expect(bound.endedMilliseconds >= backlog.endedMilliseconds)
        }
    }

    @Test func drawsACurveFromAllToNone() throws {
        let backlog = Backlog(durations: [Double](repeating: 60_000, count: 5000), ratePerMinute: 100, ceiling: 50)
        #expect(backlog.curve.first == .init(milliseconds: 0, waiting: 5000))
        #expect(backlog.curve.last == .init(milliseconds: backlog.clearedMilliseconds, waiting: 0))
        #expect(backlog.curve.count <= Backlog.pointCountMax + 2)
        for (before, after) in zip(backlog.curve, backlog.curve.dropFirst()) {
            #expect(before.waiting >= after.waiting && before.milliseconds <= after.milliseconds)
        }
    }

    @Test func isNothingWithoutLaunches() {
        let backlog = Backlog(durations: [], ratePerMinute: 10, ceiling: 20)
        #expect(backlog.count == 0 && backlog.clearedMilliseconds == 0 && backlog.endedMilliseconds == 0)
    }
}
