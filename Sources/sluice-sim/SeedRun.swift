import SluiceSimulator

/// Runs many seeds on several threads, and tells of what failed.
struct SeedRun {
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    /// What one thread saw.
    private struct Part: Sendable {
        var failures: [Simulation.Outcome] = []
        var seedCount = 0
        var stepCount = 0
        var tally = Simulation.Tally()
    }

    /// - Returns: Whether every promise was kept.
    func run() async -> Bool {
        if let seed = arguments.seed { return one(seed) }
        let begin = ContinuousClock.now
        let total = await parts()
        let took = begin.duration(to: .now)
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let rate = Double(total.seedCount) / max(seconds, 0.001)
        print(
            "\(total.seedCount) seeds, \(total.stepCount) steps (\(total.stepCount / max(1, total.seedCount)) a seed) "
                + "in \(tenths(seconds)) s on \(arguments.threadCount) threads: \(Int(rate)) seeds a second, "
                + "\(Int(rate) / arguments.threadCount) a thread")
        let tally = total.tally
        print(
            "\(tally.questionCount) questions, \(tally.holdCount) holds, \(tally.executionCount) executions, "
                + "\(tally.bodyCount) did their work, \(tally.gateChangeCount) changes of the gate, "
                + "\(tally.crashCount) crashes")
        for failure in total.failures.prefix(arguments.reportCount) { tell(of: failure) }
        if total.failures.isEmpty {
            print("every promise was kept")
        } else {
            print("\(total.failures.count) seeds broke a promise: " + summary(total.failures))
        }
        return total.failures.isEmpty
    }

    private func parts() async -> Part {
        let simulation = arguments.simulation
        let (first, count, threads) = (arguments.firstSeed, arguments.seedCount ?? 1000, arguments.threadCount)
        return await withTaskGroup(of: Part.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    var part = Part()
                    for index in stride(from: thread, to: count, by: threads) {
                        let outcome = simulation.run(first + UInt64(index))
                        part.seedCount += 1
                        part.stepCount += outcome.stepCount
                        part.tally += outcome.tally
                        if outcome.finding != nil { part.failures.append(outcome) }
                        if thread == 0, index > 0, index % 20_000 < threads {
                            print("… \(index) of \(count) seeds")
                        }
                    }
                    return part
                }
            }
            var total = Part()
            for await part in group {
                total.failures += part.failures
                total.seedCount += part.seedCount
                total.stepCount += part.stepCount
                total.tally += part.tally
            }
            total.failures.sort { $0.seed < $1.seed }
            return total
        }
    }

    private func one(_ seed: UInt64) -> Bool {
        let outcome = arguments.simulation.run(seed, isTracing: arguments.isTracing)
        for line in outcome.trace { print(line) }
        guard outcome.finding != nil else {
            print(
                "seed \(seed) (\(outcome.profile.rawValue)): every promise was kept in \(outcome.stepCount) steps, "
                    + "\(outcome.seconds) s")
            return true
        }
        if arguments.isTracing { tell(outcome, with: arguments.simulation) } else { tell(of: outcome) }
        return false
    }

    /// In a smaller run, if one fails the same way, with its last events.
    private func tell(of outcome: Simulation.Outcome) {
        let found =
            arguments.isShrinking
            ? arguments.simulation.shrunk(outcome) : (simulation: arguments.simulation, outcome: outcome)
        let traced = found.simulation.run(outcome.seed, isTracing: true)
        print("")
        for line in traced.trace.suffix(arguments.eventCount) { print(line) }
        tell(traced, with: found.simulation)
    }

    private func tell(_ outcome: Simulation.Outcome, with simulation: Simulation) {
        guard let finding = outcome.finding else { return }
        print(
            """
            seed \(outcome.seed) (\(outcome.profile.rawValue)) breaks \(finding.checker.rawValue) \
            at step \(finding.step):
              promised: \(finding.checker.sentence)
              seen:     \(finding.detail)
              again:    \(simulation.command(for: outcome.seed))
            """)
    }

    private func summary(_ failures: [Simulation.Outcome]) -> String {
        Checker.allCases.compactMap { checker in
            let seeds = failures.filter { $0.finding?.checker == checker }.map(\.seed)
            guard !seeds.isEmpty else { return nil }
            return "\(checker.rawValue) \(seeds.count) (\(seeds.prefix(5).map { String($0) }.joined(separator: " ")))"
        }.joined(separator: ", ")
    }

    private func tenths(_ seconds: Double) -> String { String(Double(Int(seconds * 10)) / 10) }
}
