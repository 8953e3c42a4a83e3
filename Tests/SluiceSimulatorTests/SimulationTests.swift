import SluiceSimulator
import Testing

/// A few seeds of each kind; scripts/test runs more of them, optimised.
@Suite struct SimulationTests {
    @Test("R25 no seed breaks a promise of the gate and the release", arguments: Profile.Name.allCases)
    func keepsEveryPromise(name: Profile.Name) {
        var options = Simulation.Options()
        options.profile = name
        for seed in 1...UInt64(8) {
            let outcome = Simulation(options).run(seed)
            #expect(outcome.finding == nil, "seed \(seed): \(outcome.finding.map { "\($0)" } ?? "")")
            #expect(outcome.stepCount >= 1000)
        }
    }

    @Test("the same seed gives the same run, to the last event")
    func isRepeatable() {
        for seed in 1...UInt64(6) {
            let first = Simulation().run(seed, isTracing: true)
            let second = Simulation().run(seed, isTracing: true)
            #expect(first.trace == second.trace)
            #expect(first.stepCount == second.stepCount && !first.trace.isEmpty)
        }
    }
}
