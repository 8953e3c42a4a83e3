import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts
import SluiceTestKit
import Testing

/// What the estimates of past drains were worth is known after a restart too.
@Suite(.timeLimit(.minutes(10)))
struct DrainMemoryTests {
    /// An outcome whose p90 held, or did not.
    private static func outcome(_ number: Int64, held: Bool) -> DrainOutcome {
        let begin = Timestamp(milliseconds: 1_796_000_000_000 + number * 10_000_000)
        let prediction = DrainPrediction(
            madeAt: begin, p50: begin.advanced(by: .seconds(60)), p90: begin.advanced(by: .seconds(90)), runningCount: 1
        )
        return DrainOutcome(
            predictions: [prediction], endedAt: begin.advanced(by: .seconds(held ? 80 : 100)), isNatural: true)
    }

    private static func note(_ text: String) -> Change {
        .note(AuditNote(kind: AuditNote.drainEnded, at: .zero, by: .sluice, text: text))
    }

    @Test("R14 how many drains our p90 held in is read again at the start, the newest of them")
    func readsAgain() async throws {
        let setup = EngineBench.Setup()
        for number in 0..<Int64(DrainCalibration.outcomeCountMax + 50) {
            // The oldest fifty did not hold: none of them counts.
            let line = Self.outcome(number, held: number >= 53).line
            try await setup.store.commit(
                [Self.note(line), Self.note("what nobody can read")], fence: Fence(timeline: 1))
        }
        try await EngineBench.run(setup) { bench in
            try await bench.advance { bench.engine.drains.calibration.outcomes.count == 200 }
            #expect(bench.engine.drains.calibration.sentence == "our p90 held in 197 of 200 drains")
        }
    }

    @Test("R14 a drain's outcome outlives the process that watched it, and so does that of one given up")
    func keepsOutcomes() async throws {
        let setup = EngineBench.Setup()
        try await DrainTestBench.run(setup) { bench in
            let first = bench.add(ago: 50)
            try await bench.look()
            bench.central.end(first)
            try await bench.advanceUntilDry()
            try await bench.advance { $0.drains.calibration.outcomes.count == 1 }
            // The next one is given up while something runs.
            bench.add(ago: 10)
            bench.drains.begin(DrainOrder(id: "m-2/draining-oo", systems: [.central]))
            try await bench.look()
            bench.drains.end("m-2/draining-oo")
            #expect(bench.drains.calibration.outcomes.map(\.isNatural) == [true, false])
            try await bench.bench.advance(by: .seconds(1)) {
                try await bench.bench.store.notes(AuditNote.drainEnded).count == 2
            }
        }
        try await EngineBench.run(setup) { bench in
            try await bench.advance { bench.engine.drains.calibration.outcomes.count == 2 }
            #expect(bench.engine.drains.calibration.outcomes.map(\.isNatural) == [true, false])
            #expect(bench.engine.drains.report() == nil)
        }
    }

    @Test("a store that cannot be read costs the calibration nothing that is known here")
    func livesWithoutTheStore() async throws {
        try await DrainTestBench.run { bench in
            let id = bench.add(ago: 50)
            try await bench.look()
            bench.central.end(id)
            try await bench.advanceUntilDry()
            try await bench.advance { $0.drains.calibration.outcomes.count == 1 }
            // Read anew with the next drain: what is on record by then is not counted twice.
            bench.add(ago: 10)
            bench.drains.begin(DrainOrder(id: "m-2/draining-oo", systems: [.central]))
            try await bench.look()
            #expect(bench.drains.calibration.outcomes.count == 1)
        }
    }
}

extension InMemoryStore {
    /// The texts of the notes of a kind.
    func notes(_ kind: String) async throws -> [String] {
        try await events(of: nil, after: 0, limit: 10_000).filter { $0.kind == kind }.map(\.cause)
    }
}
