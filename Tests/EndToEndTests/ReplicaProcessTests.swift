import Foundation
import SluiceJSON
import SluiceSandbox
import SluiceTestServers
import Testing

/// Real services over a real PostgreSQL, with faults: closed means closed, one leads, nothing is lost (SLU-0007).
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ReplicaProcessTests {
    @Test("R1 R46: once a close is acknowledged nothing proceeds", arguments: ReplicaFault.allCases)
    func closedMeansClosed(_ fault: ReplicaFault) async throws {
        try await ReplicaSite.with { site in
            let (first, victim) = (site.replicas[0], site.replicas[2])
            let callers = ReplicaCallers(site)
            var acknowledged = ContinuousClock.now
            try await callers.during {
                try await callers.until(site.replicas, answer: "proceed")
                fault.begin(on: victim)
                let began = ContinuousClock.now
                async let answer = first.setGate("hold")
                if fault == .killed { try await site.launch(victim) }
                let acknowledgement = try #require(try await answer["acknowledged"])
                acknowledged = .now
                #expect(acknowledged - began <= ReplicaSite.lease + .seconds(1))
                let dead = acknowledgement["presumedDead"]?.array ?? []
                if fault == .none {
                    #expect(dead.isEmpty)
                } else {
                    let waitedFor = acknowledgement["waitedFor"]?.array ?? []
                    #expect(waitedFor.contains(.string(victim.name)), "\(acknowledgement)")
                    // Or the leader took its seat away first.
                    let isRemoved = site.logText.contains("removed a replica's seat")
                    #expect(dead == [.string(victim.name)] || (isRemoved && dead.isEmpty), "\(acknowledgement)")
                }
                try await callers.until(Array(site.replicas.dropLast()), answer: "hold")
                fault.end(on: victim)
                // It has its lease back by itself.
                try await callers.until([victim], answer: "hold")
            }
            let late = callers.answers(since: acknowledged)
            #expect(late.filter { $0.decision == "proceed" }.isEmpty)
            for answer in late where answer.decision == nil {
                #expect(answer.status == 503 && answer.hasRetryAfter, "\(answer)")
            }
            try await site.replicas[1].setGate("open")
            try await callersProceed(site)
        }
    }

    private func callersProceed(_ site: ReplicaSite) async throws {
        for replica in site.replicas {
            try await site.until("\(replica.name) proceeds", within: .seconds(20)) {
                try await replica.ask("again").body["decision"] == "proceed"
            }
        }
    }

    @Test("R34 R46: without its database a replica answers 503 with Retry-After, and decides again by itself")
    func decidesAgainWhenTheDatabaseIsBack() async throws {
        let cluster = try TestCluster()
        try await ReplicaSite.with(on: cluster) { site in
            let callers = ReplicaCallers(site)
            var acknowledged = ContinuousClock.now
            try await callers.during {
                try await callers.until(site.replicas, answer: "proceed")
                try cluster.control("-m immediate stop")
                try await callers.until(site.replicas, answer: nil)
                try cluster.control("start")
                try await callers.until(site.replicas, answer: "proceed")
                try await site.replicas[0].setGate("hold")
                acknowledged = .now
                try await callers.until(site.replicas, answer: "hold")
                try cluster.control("-m immediate restart")
                try await callers.until(site.replicas, answer: "hold")
            }
            for answer in callers.answers() where answer.decision == nil {
                #expect(answer.status == 503 && answer.hasRetryAfter, "\(answer)")
            }
            try await expectNothingLost(of: callers, since: acknowledged, on: site)
        }
    }

    @Test(
        "R19 R25: a leader frozen in the middle of a release is replaced, and writes nothing more when it wakes")
    func aFrozenLeaderIsReplaced() async throws {
        let settings = ["SLUICE_REPLICAS_LEADER_LEASE_SECONDS": "3", "SLUICE_RELEASE_CEILING": "6"]
        try await ReplicaSite.with(settings: settings) { site in
            try await site.setGate("hold")
            let orders = (1...24).map { "l-\($0)" }
            for (index, order) in orders.enumerated() {
                let flow = index.isMultiple(of: 3) ? TestSite.gatedFlow : TestSite.ungatedFlow
                #expect(try await site.ask(order, flow: flow).status == 202)
            }
            // So that the leader is stopped with launches on their way.
            _ = site.sandbox.add(faults: [
                SandboxFault(.delay(milliseconds: 300), method: "POST", path: "/executions*")
            ])
            try await site.setGate("open")
            try await site.until("six bodies", within: .seconds(30)) { site.sandbox.bodies.count >= 6 }
            let name = try #require(try await site.leader(seenBy: site.replicas[0]))
            let old = try #require(site.replicas.first { $0.name == name })
            let others = site.replicas.filter { $0.name != name }
            old.process.signal(SIGSTOP)
            site.balance(between: others)
            try await site.until("another leads\n\(site.logText)", within: .seconds(30)) {
                try await site.leader(seenBy: others[0]) != name
            }
            old.process.signal(SIGCONT)
            try await site.until("all are settled\n\(site.logText)", within: .seconds(60)) {
                let counts = try await others[0].counts()
                return counts["ended", default: 0] + counts["awaiting-operator", default: 0] == orders.count
            }
            let runs = site.sandbox.bodyCounts(key: "order")
            for (index, order) in orders.enumerated() {
                // Without a gate step nobody can tell whether a launch without an answer was made.
                let least = index.isMultiple(of: 3) ? 1 : 0
                #expect((least...1).contains(runs[order, default: 0]), "\(order) ran \(runs[order, default: 0]) times")
            }
            // Either its first write is refused, or it sees before that that its lease is over.
            try await site.until("the old leader gave up\n\(site.logText)", within: .seconds(10)) {
                let log = old.process.logText
                return log.contains("a newer leader writes") || log.contains("decides nothing for now")
            }
            try await site.untilReady([old])
            #expect(try await site.leader(seenBy: old) != name)
        }
    }

    @Test(
        "R18 R34: after a failover to a synchronous standby nothing that was acknowledged is lost, and closed is closed"
    )
    func failsOver() async throws {
        let primary = try TestCluster(settings: [])
        let standby = try TestCluster(settings: [], standbyOf: primary)
        try primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
        try primary.control("reload")
        let settings = [
            "SLUICE_STORE_ACCEPT_LOSS": "false", "SLUICE_REPLICAS_LEADER_LEASE_SECONDS": "3",
            "SLUICE_RELEASE_CEILING": "256", "SLUICE_RELEASE_RATE_PER_MINUTE": "60000",
        ]
        try await ReplicaSite.with(replicaCount: 2, on: primary, standby: standby, settings: settings) { site in
            let callers = ReplicaCallers(site)
            var acknowledged = ContinuousClock.now
            try await callers.during {
                try await callers.until(site.replicas, answer: "proceed")
                try await site.replicas[0].setGate("hold")
                acknowledged = .now
                try await callers.until(site.replicas, answer: "hold")
                try primary.control("-m immediate stop")
                try standby.control("promote")
                try standby.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
                try standby.control("reload")
                try await callers.until(site.replicas, answer: "hold")
            }
            try await expectNothingLost(of: callers, since: acknowledged, on: site, standby)
            try await site.setGate("open")
            try await site.until("all are settled\n\(site.logText)", within: .seconds(60)) {
                let counts = try await site.counts()
                return ["held", "released", "launching", "running"].allSatisfy { counts[$0, default: 0] == 0 }
            }
            #expect(site.sandbox.bodyCounts(key: "order").values.allSatisfy { $0 == 1 })
        }
    }

    @Test("R34: replicas upgraded one after the other, beside a newer schema, lose nothing and keep a close")
    func upgradesOneAfterTheOther() async throws {
        try await ReplicaSite.with { site in
            let callers = ReplicaCallers(site)
            var acknowledged = ContinuousClock.now
            try await callers.during {
                try await callers.until(site.replicas, answer: "proceed")
                // What the first replica of a newer Sluice does to the database: it adds.
                try site.cluster.sql(Self.newerSchema, on: site.database)
                try await callers.until(site.replicas, answer: "proceed")
                for (index, replica) in site.replicas.enumerated() {
                    #expect(replica.process.terminate() == 0, "\(site.logText)")
                    if index == 1 {
                        // In the middle: one new, one old, one away.
                        try await site.replicas[2].setGate("hold")
                        acknowledged = .now
                    }
                    try await site.launch(replica)
                    try await callers.until([replica], answer: index == 0 ? "proceed" : "hold")
                }
                try await callers.until(site.replicas, answer: "hold")
            }
            try await expectNothingLost(of: callers, since: acknowledged, on: site)
            // A newer Sluice that this one cannot stand beside: the next start is refused, those that run go on.
            try site.cluster.sql("UPDATE sluice.schema_version SET compatible = 99", on: site.database)
            #expect(site.replicas[0].process.terminate() == 0)
            try await site.launch(site.replicas[0])
            try await site.until("it is refused", within: .seconds(20)) { site.replicas[0].process.status == 1 }
            #expect(site.replicas[0].process.logText.contains("start the newer Sluice"))
            #expect(try await site.replicas[1].ask("still").body["decision"] == "hold")
        }
    }

    private static let newerSchema = """
        BEGIN;
        ALTER TABLE sluice.holds ADD COLUMN later text;
        ALTER TABLE sluice.events ADD COLUMN later bigint NOT NULL DEFAULT 0;
        ALTER TABLE sluice.replicas ADD COLUMN later bigint;
        ALTER TABLE sluice.gate ADD COLUMN later bigint;
        CREATE TABLE sluice.later (id bigint PRIMARY KEY);
        UPDATE sluice.schema_version SET version = 99;
        COMMIT;
        """

    /// Every hold that was answered is on record, and nothing sent after the close was let through.
    private func expectNothingLost(
        of callers: ReplicaCallers, since acknowledged: ContinuousClock.Instant, on site: ReplicaSite,
        _ cluster: TestCluster? = nil
    ) async throws {
        #expect(callers.answers(since: acknowledged).filter { $0.decision == "proceed" }.isEmpty)
        let promised = Set(callers.answers().filter { $0.decision == "hold" }.compactMap(\.ticket))
        #expect(!promised.isEmpty)
        let found = try (cluster ?? site.cluster).sql("SELECT ticket FROM sluice.holds", on: site.database)
        #expect(promised.subtracting(found.split(separator: "\n").map(String.init)).isEmpty)
    }
}
