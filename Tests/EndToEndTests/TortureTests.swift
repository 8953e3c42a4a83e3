import Foundation
import SluiceHistory
import SluiceTestServers
import Testing

/// Real processes, killed at random while 64 callers ask; `make torture` runs more rounds.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct TortureTests {
    /// Rounds on both stores together, of `SLUICE_TORTURE_ROUNDS`; each takes some seconds.
    static let roundCount = Int(ProcessInfo.processInfo.environment["SLUICE_TORTURE_ROUNDS"] ?? "") ?? 20
    /// The first round's seed, of `SLUICE_TORTURE_SEED`.
    static let firstSeed = UInt64(ProcessInfo.processInfo.environment["SLUICE_TORTURE_SEED"] ?? "") ?? 1

    private static let settings = [
        "SLUICE_RELEASE_CEILING": "160", "SLUICE_RELEASE_RATE_PER_MINUTE": "60000",
        "SLUICE_GATE_START_WINDOW_SECONDS": "3", "SLUICE_CENTRAL_LISTING_LAG_SECONDS": "1",
    ]

    @Test("R1 R18 R19 R20 R22 R34: killed at random on SQLite, nothing leaks, is lost or doubled")
    func keepsItsPromisesOnSQLite() async throws {
        try await play { seed in
            try await TestSite.with(settings: Self.settings) { site in
                judge(try await TortureRun(site: site, seed: seed).run(), seed)
            }
        }
    }

    @Test("R1 R18 R19 R20 R22 R34: replicas and their PostgreSQL killed at random, nothing leaks, is lost or doubled")
    func keepsItsPromisesOnPostgreSQL() async throws {
        let cluster = try TestCluster()
        let settings = Self.settings.merging(["SLUICE_REPLICAS_LEADER_LEASE_SECONDS": "3"]) { $1 }
        try await play { seed in
            try await ReplicaSite.with(
                replicaCount: 2 + Int(seed % 2), on: cluster, settings: settings, isStarted: false
            ) { site in
                judge(try await TortureRun(site: site, seed: seed).run(), seed)
            }
        }
    }

    /// Plays the rounds, also after one that went wrong.
    private func play(_ round: (UInt64) async throws -> Void) async throws {
        for number in 0..<(Self.roundCount + 1) / 2 {
            let seed = Self.firstSeed + UInt64(number)
            do { try await round(seed) } catch { Issue.record("seed \(seed): \(error)") }
        }
    }

    private func judge(_ result: TortureResult, _ seed: UInt64) {
        guard result.findings.isEmpty else {
            let file = FileManager.default.temporaryDirectory.appending(path: "sluice-torture-\(seed).txt")
            try? result.lines.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("seed \(seed), history in \(file.path): \(result.findings.prefix(10).map(\.description))")
            return
        }
        let counts = result.counts
        print(
            "torture, seed \(seed): \(counts.questions) questions, \(counts.answers) answers, \(counts.closes) closes, "
                + "\(counts.executions) executions, \(counts.holds) holds; \(result.phases.joined(separator: ", "))")
        #expect(
            counts.answers > 100 && counts.executions > 0 && counts.holds > 0,
            "seed \(seed) did next to nothing: \(counts)")
    }
}
