import SluiceModel
import Testing

@testable import SluiceForecast

/// How good past estimates were, told so that it can be checked.
@Suite struct DrainCalibrationTests {
    private let now = Timestamp("2026-12-01T22:00:00Z")

    private func time(_ minutes: Int64) -> Timestamp { now.advanced(by: .seconds(minutes * 60)) }

    private func outcome(
        p50: Int64?, p90: Int64?, end: Int64, isNatural: Bool = true
    ) -> DrainOutcome {
        DrainOutcome(
            predictions: [
                DrainPrediction(madeAt: now, p50: p50.map(time), p90: p90.map(time), runningCount: 3),
                DrainPrediction(madeAt: time(1), p50: p50.map(time), p90: time(end + 1), runningCount: 2),
            ], endedAt: time(end), isNatural: isNatural)
    }

    @Test("R14 a prediction held when the drain ended no later, and only what is known is counted")
    func counts() {
        var calibration = DrainCalibration()
        #expect(calibration.sentence == nil && calibration.medianErrorMilliseconds() == nil)
        calibration.add(outcome(p50: 10, p90: 20, end: 20))
        calibration.add(outcome(p50: 10, p90: 20, end: 21))
        calibration.add(outcome(p50: nil, p90: nil, end: 5))
        #expect(calibration.p90AtStart() == .init(heldCount: 1, count: 2))
        #expect(calibration.p50AtStart() == .init(heldCount: 0, count: 2))
        #expect(calibration.p90Throughout() == .init(heldCount: 4, count: 5))
        #expect(calibration.sentence == "our p90 held in 1 of 2 drains")
        #expect(calibration.medianErrorMilliseconds() == 660_000)
    }

    @Test("R14 a drain that was cut short proves a prediction wrong, never right")
    func judgesCutDrains() {
        var calibration = DrainCalibration()
        calibration.add(outcome(p50: 10, p90: 20, end: 15, isNatural: false))
        #expect(calibration.p50AtStart() == .init(heldCount: 0, count: 1))
        #expect(calibration.p90AtStart() == .init(heldCount: 0, count: 0), "it might have taken longer than 20")
    }

    @Test("It keeps so many drains, and so many predictions of each")
    func isBounded() {
        var calibration = DrainCalibration((0..<500).map { outcome(p50: 1, p90: 2, end: Int64($0)) })
        #expect(calibration.outcomes.count == DrainCalibration.outcomeCountMax)
        calibration.add(outcome(p50: 1, p90: 2, end: 777))
        #expect(calibration.outcomes.count == DrainCalibration.outcomeCountMax)
        #expect(calibration.outcomes.last?.endedAt == time(777))
        let many = (0..<500).map { DrainPrediction(madeAt: time($0), p50: nil, p90: nil, runningCount: Int($0)) }
        let kept = DrainOutcome(predictions: many, endedAt: now, isNatural: true).predictions
        #expect(kept.count == DrainOutcome.predictionCountMax)
        #expect(kept.first?.runningCount == 0 && kept.last?.runningCount == 499)
        calibration.add(DrainOutcome(predictions: [], endedAt: now, isNatural: true))
        #expect(calibration.outcomes.last?.endedAt == time(777))
    }

    @Test("An outcome is read as it is written")
    func readsItsLine() {
        for outcome in [outcome(p50: 1, p90: nil, end: 3), outcome(p50: nil, p90: nil, end: 3, isNatural: false)] {
            #expect(DrainOutcome(line: outcome.line) == outcome)
        }
        let many = (0..<DrainOutcome.predictionCountMax).map {
            DrainPrediction(madeAt: time(Int64($0)), p50: nil, p90: now, runningCount: $0)
        }
        let full = DrainOutcome(predictions: many, endedAt: now, isNatural: true)
        #expect(DrainOutcome(line: full.line) == full)
        for wrong in [
            "", "1", "x natural", "1 odd", "1 cut 1/2/3", "1 cut 1/2/3/-4", "1 cut 1/x/3/4", full.line + " 1/2/3/4",
        ] {
            #expect(DrainOutcome(line: wrong) == nil, "\(wrong)")
        }
    }

    /// A duration of a flow: mostly near its own length, sometimes several times as long.
    private func duration(of flow: Int, _ numbers: inout SeededNumbers) -> Int64 {
        let spread = (numbers.unit() + numbers.unit() + numbers.unit()) / 1.5
        let tail = numbers.unit() < 0.05 ? 1 + 4 * numbers.unit() : 1
        return Int64(Double(60 + flow * 300) * spread * tail * 1000) + 1
    }

    @Test("R14 over a replay of 400 drains, each predicted every two minutes, the p90 holds in nine of ten")
    func isCalibratedOnReplay() throws {
        var numbers = SeededNumbers(14)
        var calibration = DrainCalibration()
        var outcomes: [DrainOutcome] = []
        for _ in 0..<400 {
            var history = DurationHistory()
            for flow in 0..<4 {
                for _ in 0..<60 { history.add(FlowID("f\(flow)"), milliseconds: duration(of: flow, &numbers)) }
            }
            // Executions that began within the last half hour and still run, each with the end that it will have.
            var works: [(execution: RunningExecution, end: Timestamp)] = []
            while works.count < 8 {
                let flow = Int(numbers.unit() * 4)
                let start = now.advanced(by: .milliseconds(-Int64(numbers.unit() * 1_800_000)))
                let end = start.advanced(by: .milliseconds(duration(of: flow, &numbers)))
                guard end > now else { continue }
                works.append(
                    (
                        RunningExecution(id: ExecutionID("\(works.count)"), flow: FlowID("f\(flow)"), startedAt: start),
                        end
                    ))
            }
            let end = try #require(works.map(\.end).max())
            var predictions: [DrainPrediction] = []
            var at = now
            while at < end {
                let running = works.filter { $0.end > at }.map(\.execution)
                let drain = DrainEstimate(of: running, at: at, history: &history)
                predictions.append(
                    DrainPrediction(
                        madeAt: at, p50: drain.end(withChance: 0.5), p90: drain.end(withChance: 0.9),
                        runningCount: running.count))
                at = at.advanced(by: .seconds(120))
            }
            let outcome = DrainOutcome(predictions: predictions, endedAt: end, isNatural: true)
            outcomes.append(outcome)
            calibration.add(outcome)
        }
        let all = DrainCalibration(Array(outcomes.prefix(200)))
        for (share, wanted) in [
            (calibration.p90AtStart(), 0.9), (calibration.p50AtStart(), 0.5), (all.p90AtStart(), 0.9),
            (all.p50AtStart(), 0.5), (calibration.p90Throughout(), 0.9),
        ] {
            let found = Double(share.heldCount) / Double(share.count)
            #expect(abs(found - wanted) < 0.08, "\(share.heldCount) of \(share.count) for \(wanted)")
        }
        #expect(calibration.sentence?.hasPrefix("our p90 held in ") == true)
    }
}
