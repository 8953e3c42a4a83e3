import SluiceSimulator

/// Runs seeds against each planted bug until a checker sees it, and prints what it took.
struct MutantRun {
    private let arguments: Arguments
    private let seedCountMax: Int

    init(_ arguments: Arguments) {
        self.arguments = arguments
        seedCountMax = arguments.seedCount ?? 10_000
    }

    /// Seeds that are run at once before anybody looks.
    private static let chunkSize = 64

    /// - Returns: Whether every bug was seen.
    func run() async throws -> Bool {
        guard MutantHunt.isBuiltIn else {
            throw Arguments.Problem("this build has no mutants: build it with SLUICE_MUTANTS=1 (make mutants)")
        }
        let bugs = MutantHunt.bugs.filter { arguments.mutant == nil || $0.name == arguments.mutant }
        guard !bugs.isEmpty else {
            throw Arguments.Problem(
                "there is no mutant '\(arguments.mutant ?? "")': "
                    + MutantHunt.bugs.map(\.name).joined(separator: ", "))
        }
        print("\(padded("mutant", 30)) \(padded("seeds", 7)) \(padded("checker", 26)) what it does wrong")
        var survivors: [String] = []
        for bug in bugs {
            MutantHunt.plant(bug)
            let found = await hunt()
            MutantHunt.plant(nil)
            if let found {
                let seeds = String(found.seedCount)
                print("\(padded(bug.name, 30)) \(padded(seeds, 7)) \(padded(found.checker.rawValue, 26)) \(bug.what)")
            } else {
                survivors.append(bug.name)
                print("\(padded(bug.name, 30)) \(padded("-", 7)) \(padded("SURVIVES", 26)) \(bug.what)")
            }
        }
        print(
            survivors.isEmpty
                ? "all \(bugs.count) mutants were seen"
                : "\(survivors.count) of \(bugs.count) mutants survive \(seedCountMax) seeds: "
                    + survivors.joined(separator: ", "))
        return survivors.isEmpty
    }

    private func hunt() async -> (seedCount: Int, checker: Checker)? {
        var done = 0
        while done < seedCountMax {
            let first = arguments.firstSeed + UInt64(done)
            let count = min(Self.chunkSize, seedCountMax - done)
            if let found = await chunk(first, count) {
                return (Int(found.seed - arguments.firstSeed) + 1, found.checker)
            }
            done += count
        }
        return nil
    }

    /// The first failing seed of some.
    private func chunk(_ first: UInt64, _ count: Int) async -> (seed: UInt64, checker: Checker)? {
        let (simulation, threads) = (arguments.simulation, arguments.threadCount)
        return await withTaskGroup(of: (seed: UInt64, checker: Checker)?.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    for index in stride(from: thread, to: count, by: threads) {
                        let outcome = simulation.run(first + UInt64(index))
                        if let finding = outcome.finding { return (outcome.seed, finding.checker) }
                    }
                    return nil
                }
            }
            var found: (seed: UInt64, checker: Checker)?
            for await part in group {
                if let part, part.seed < found?.seed ?? .max { found = part }
            }
            return found
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
    }
}
