import SluiceModel
import SluiceTestKit

/// Runs seeds: each is a whole world, from its first start to its last hold.
public struct Simulation: Sendable {
    /// What a run is made of besides its seed.
    public struct Options: Sendable, Hashable {
        /// nil: the seed draws it.
        public var profile: Profile.Name?
        /// Faults that are left out.
        public var without: Set<Profile.Fault> = []
        /// Whether operators leave the gate and the holds alone.
        public var isUnattended = false
        /// Steps before all must come to its end; nil: as the profile says.
        public var stepCount: Int?
        /// Launches that are asked for; nil: as the profile says.
        public var errandCount: Int?
        /// Replicas; nil: as the profile says.
        public var replicaCount: Int?

        public init() {}
    }

    /// What became of one seed.
    public struct Outcome: Sendable {
        public var seed: UInt64
        public var profile: Profile.Name
        /// nil: every promise was kept.
        public var finding: Finding?
        public var stepCount: Int
        /// Virtual time, in seconds.
        public var seconds: Int
        /// In words, when it was asked for.
        public var trace: [String]
        public var tally: Tally
    }

    /// How much went on in a run: a run in which nothing happens proves nothing.
    public struct Tally: Sendable, Hashable {
        public var holdCount = 0
        public var questionCount = 0
        public var executionCount = 0
        public var bodyCount = 0
        public var crashCount = 0
        public var gateChangeCount = 0

        public init() {}

        public static func += (left: inout Tally, right: Tally) {
            left.holdCount += right.holdCount
            left.questionCount += right.questionCount
            left.executionCount += right.executionCount
            left.bodyCount += right.bodyCount
            left.crashCount += right.crashCount
            left.gateChangeCount += right.gateChangeCount
        }
    }

    public var options: Options

    public init(_ options: Options = Options()) { self.options = options }

    /// Runs one seed to its end, or to the first broken promise.
    public func run(_ seed: UInt64, isTracing: Bool = false) -> Outcome {
        let profile = profile(of: seed)
        let world = World(seed: seed, profile: profile, isTracing: isTracing)
        while world.finding == nil, world.stepNumber < profile.stepCount, world.step() {}
        if world.finding == nil { world.settle() }
        var tally = Tally()
        tally.holdCount = world.store.holds.count
        tally.questionCount = world.questions.reduce(0) { $0 + $1.sendTimes.count }
        tally.executionCount = world.executions.count
        tally.bodyCount = world.errands.reduce(0) { $0 + $1.bodyCount }
        tally.crashCount = world.book.crashes
        tally.gateChangeCount = world.book.gates.count
        return Outcome(
            seed: seed, profile: profile.name, finding: world.finding, stepCount: world.stepNumber,
            seconds: Int(world.now / 1_000_000), trace: world.trace?.lines ?? [], tally: tally)
    }

    private func profile(of seed: UInt64) -> Profile {
        var profile = Profile(options.profile ?? Profile.name(of: seed), seed: seed)
        for fault in Profile.Fault.allCases where options.without.contains(fault) { profile.turnOff(fault) }
        if options.isUnattended { profile.operatorPermille = 0 }
        if let count = options.stepCount { profile.stepCount = count }
        if let count = options.errandCount { profile.errandCount = count }
        if let count = options.replicaCount { profile.replicaCount = count }
        return profile
    }
}

extension Simulation {
    /// Most runs spent on making a failing one smaller.
    public static let shrinkRunCountMax = 120

    /// A failing seed with less around it: fewer faults, fewer launches, fewer steps, and the same promise broken.
    public func shrunk(_ outcome: Outcome) -> (simulation: Simulation, outcome: Outcome) {
        guard let checker = outcome.finding?.checker else { return (self, outcome) }
        var best = (simulation: self, outcome: outcome)
        var runCount = 0
        func attempt(_ change: (inout Options) -> Void) {
            guard runCount < Self.shrinkRunCountMax else { return }
            var smaller = best.simulation
            change(&smaller.options)
            guard smaller.options != best.simulation.options else { return }
            runCount += 1
            let found = smaller.run(outcome.seed)
            guard found.finding?.checker == checker, found.stepCount <= best.outcome.stepCount * 2 else { return }
            best = (smaller, found)
        }
        attempt { $0.profile = outcome.profile }
        for _ in 0..<2 {
            for fault in Profile.Fault.allCases { attempt { $0.without.insert(fault) } }
            attempt { $0.isUnattended = true }
            for count in [1, 2, 3, 4, 6, 8, 12, 16, 20] {
                attempt { $0.errandCount = min($0.errandCount ?? 99, count) }
            }
            for count in [50, 100, 200, 300, 500, 700, 900] {
                attempt { $0.stepCount = min($0.stepCount ?? 9999, count) }
            }
        }
        return best
    }

    /// The command that repeats a run.
    public func command(for seed: UInt64) -> String {
        var words = ["sluice-sim", "--seed", String(seed)]
        if let profile = options.profile { words += ["--profile", profile.rawValue] }
        let left = Profile.Fault.allCases.filter { options.without.contains($0) }.map(\.rawValue)
        if !left.isEmpty { words += ["--without", left.joined(separator: ",")] }
        if options.isUnattended { words.append("--unattended") }
        if let count = options.errandCount { words += ["--launches", String(count)] }
        if let count = options.stepCount { words += ["--steps", String(count)] }
        if let count = options.replicaCount { words += ["--replicas", String(count)] }
        return (words + ["--trace"]).joined(separator: " ")
    }
}
