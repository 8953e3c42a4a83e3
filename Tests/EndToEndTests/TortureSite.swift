import SluiceHistory
import SluiceSandbox
import SluiceTestKit
import SluiceTestServers

/// How much of everything a round of torture has.
struct TortureLoad: Sendable {
    var callerCount = 64
    /// Answered questions of one caller at most: what is held must be launched afterwards.
    var questionCountMax = 4
    /// How long callers ask.
    var duration: Duration = .seconds(2)
    var killCount = 2
    /// How long everything may take to be launched afterwards.
    var releaseDuration: Duration = .seconds(120)
}

/// What the checker found in a round.
struct TortureResult: Sendable {
    var findings: [HistoryFinding]
    /// What there was to find it in.
    var counts: HistoryChecker.Counts
    /// How long each part of the round took.
    var phases: [String]
    /// All that was seen, to be kept when something is found.
    var lines: String
}

/// What can be tortured: services, a Central, and a killer.
protocol TortureSite: ServiceCalls {
    var sandbox: SandboxServer { get }
    var logText: String { get }
    /// Starts all there is; returns when it is ready.
    func start() async throws
    /// Kills something, and starts it again; returns when everything is ready.
    func killOne(using random: inout SeededGenerator) async throws
}

extension TestSite: TortureSite {
    func start() async throws { try await start([:]) }

    func killOne(using random: inout SeededGenerator) async throws {
        kill()
        try await start()
    }
}

extension ReplicaSite: TortureSite {
    /// Mostly a replica; now and then the database.
    func killOne(using random: inout SeededGenerator) async throws {
        let isDatabase = Int.random(in: 0..<4, using: &random) == 0
        let victim = replicas[Int.random(in: replicas.indices, using: &random)]
        if isDatabase {
            try cluster.control("-m immediate restart")
        } else {
            victim.process.kill()
            try await launch(victim)
        }
        try await untilReady()
    }
}
