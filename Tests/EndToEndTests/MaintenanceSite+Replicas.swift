import AsyncHTTPClient
import Foundation
import SluiceJSON
import SluiceSandbox

extension MaintenanceSite {
    /// One of them, called without what stands in front.
    struct Replica: ServiceCalls {
        let name: String
        let process: ServeProcess
        let client: HTTPClient

        var url: String { process.url }

        /// Whether it leads, as it says itself.
        var isLeading: Bool {
            get async {
                let rows = try? await get("/v1/replicas").body["replicas"]?.array
                return rows?.contains { $0["isOwn"]?.bool == true && $0["isLeader"]?.bool == true } ?? false
            }
        }
    }

    var replicas: [Replica] {
        services.enumerated().map { Replica(name: "r\($0 + 1)", process: $1, client: client) }
    }

    /// Who leads; returns when one does.
    func untilOneLeads() async throws -> Replica {
        var leader: Replica?
        try await until("one leads\n\(logText)", within: .seconds(60)) {
            for replica in replicas where await replica.isLeading { leader = replica }
            return leader != nil
        }
        guard let leader else { throw TestSiteError("nobody leads") }
        return leader
    }

    /// Returns when each replica may decide, and is given calls.
    func untilAllAreReady() async throws {
        for replica in replicas {
            try await until("\(replica.name) is ready\n\(logText)\n\(balancer?.logText ?? "")", within: .seconds(60)) {
                guard await replica.isReady else { return false }
                return try await balancer?.word(of: replica.name) == "UP"
            }
        }
    }

    /// Kills who leads with -9, and starts it again once another leads.
    ///
    /// A call that is on the wire to a replica as that dies is lost: no proxy may send a start twice, and CSA takes a
    /// launch without an answer for one that failed. So the leader is given none while those that CSA has sent are
    /// answered. It is given them again as soon as it is dead: HAProxy does not know yet, and what it sends there goes
    /// on to another. Everything else may be on its way: reading, the questions of gate steps, callbacks, and all that
    /// the leader itself does in CSA and Central.
    func killLeader() async throws {
        guard let balancer else { return kill() }
        let leader = try await untilOneLeads()
        try await balancer.give(callsTo: leader.name, false)
        let sent = try launchesOnTheWire
        try await until("CSA's launches are answered", within: .seconds(60)) {
            try launchesOnTheWire.isDisjoint(with: sent)
        }
        leader.process.kill()
        try await balancer.give(callsTo: leader.name, true)
        _ = try await untilOneLeads()
        try launch(leader.process)
        try await untilAllAreReady()
    }

    private var launchesOnTheWire: Set<String> {
        get throws {
            let launches = try csa.launches.asList ?? []
            return Set(launches.filter { $0["launch"]?.asText == "on-the-wire" }.compactMap { $0["processId"]?.asText })
        }
    }

    /// Drives a maintenance to its end, and does something at each new kind of event.
    func drive(at each: (String) async throws -> Void) async throws -> Set<String> {
        var (seen, line): (Set<String>, Int64) = ([], 0)
        let deadline = ContinuousClock.now.advanced(by: .seconds(420))
        var isResumed = false
        while true {
            guard ContinuousClock.now < deadline else {
                let status = try await program("maintenance", "status")
                let release = try await program("release", "status")
                throw TestSiteError("not over: \(status.output)\n\(release.output)\n\(logText.suffix(3000))")
            }
            let (kinds, last) = try await events(after: line)
            line = last
            for kind in kinds where kind.hasPrefix("journal-") || kind.hasPrefix("maintenance-") {
                if seen.insert(kind).inserted { try await each(kind) }
            }
            let phase = try await self.phase()
            if phase == "completed" { return seen }
            // Not before something was done in it.
            if phase == "quiesced", seen.contains("maintenance-quiesced"), !isResumed {
                let resumed = try await program("maintenance", "resume", "--reason", "it is up")
                isResumed = resumed.status == 0
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Kinds of the events on record after a line, and the last line that was read.
    func events(after line: Int64) async throws -> (kinds: [String], last: Int64) {
        let answer = try await get("/v1/audit?after=\(line)&limit=1000")
        let events = answer.body["events"]?.array ?? []
        let last = (events.last?["sequence"]?.number?.int).map(Int64.init) ?? line
        return (events.compactMap { $0["kind"]?.string }, last)
    }
}
