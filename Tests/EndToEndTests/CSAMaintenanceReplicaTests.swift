import SluiceJSON
import SluiceModel
import SluiceSandbox
import Testing

/// A busy CSA and OO through a whole maintenance by three replicas behind HAProxy, whose leader is killed all the time.
@Suite(.timeLimit(.minutes(8)), .serialized)
struct CSAMaintenanceReplicaTests {
    @Test(
        "R5 R9 R11 R34 R46 the leader killed -9 at the journal's steps and in the phases, and CSA launches all the time"
    )
    func survivesItsLeaders() async throws {
        try await MaintenanceSite.with(stepMilliseconds: 200, replicaCount: 3) { site in
            let business = MaintenanceBusiness(site)
            try business.begin()
            try await site.start()
            let before = try site.picture()
            // So slow that orders are half done while CSA closes and drains.
            try site.csa.settings.gapMilliseconds = 20_000
            try site.order(["server": 6, "gated": 4, "checked": 2])
            let callers = SteadyCallers(site)
            var killedIn: [String] = []
            var seen: Set<String> = []
            try await callers.during {
                try await site.plan()
                try await site.until("people order", within: .seconds(60)) { callers.orderCount >= 6 }
                let started = try await site.program("maintenance", "start", "--reason", "upgrade", "--yes")
                #expect(started.status == 0, "\(started.errors)\(started.output)")
                seen = try await site.drive { kind in
                    guard kind != "maintenance-planned", kind != "maintenance-completed" else { return }
                    if kind == "maintenance-quiesced" { try site.csa.settings.gapMilliseconds = 300 }
                    killedIn.append(try await site.phase())
                    try await site.killLeader()
                    if kind.hasPrefix("maintenance-") { try await business.ask("api-\(kind)") }
                }
            }
            let steps = ["intended", "applied", "done", "reverting", "reverted"].map { "journal-\($0)" }
            #expect(seen.isSuperset(of: steps), "\(seen)")
            #expect(Set(killedIn).isSuperset(of: ["closing-csa", "draining-csa", "draining-oo", "quiesced"]))
            #expect(killedIn.count >= 12, "\(killedIn)")
            #expect(callers.lookCount > 50 && callers.troubles.isEmpty, "\(callers.troubles.prefix(5))")
            #expect(try site.picture() == before, "everything is as it was")
            try await site.checkLaunches(business, orders: Int64(12 + callers.orderCount))
            try await checkClosed(site)
        }
    }

    /// Nothing began while all was stopped, and only continuations while CSA was closed.
    private func checkClosed(_ site: MaintenanceSite) async throws {
        var (times, line): ([String: Int64], Int64) = ([:], 0)
        while true {
            let answer = try await site.get("/v1/audit?after=\(line)&limit=1000")
            let events = answer.body["events"]?.array ?? []
            guard let last = events.last?["sequence"]?.number?.int else { break }
            line = Int64(last)
            for event in events {
                guard let kind = event["kind"]?.string, let text = event["at"]?.string, times[kind] == nil else {
                    continue
                }
                times[kind] = Timestamp(rfc3339: text)?.milliseconds
            }
        }
        let closed = try #require(times["maintenance-draining-csa"])
        let stopped = try #require(times["maintenance-quiesced"])
        let opened = try #require(times["maintenance-reopening"])
        let bodies = try site.central.bodies
        let between = bodies.filter { $0.startedAt > stopped && $0.startedAt < opened }
        #expect(between.isEmpty, "nothing runs while it is closed: \(between.prefix(3))")
        // Orders come in while CSA's doors are open alone, so their transitions are continuations, and nothing else is.
        let launches = try site.csa.launches.asList ?? []
        let asked = launches.filter { launch in
            let time = launch["launchedAt"]?.asInteger ?? 0
            return time > closed && time < opened
        }
        let kinds = Dictionary(grouping: asked) { $0["kind"]?.asText ?? "" }
        #expect(kinds["transition"]?.isEmpty == false, "some were half done as it closed")
        let others = Set(asked.filter { $0["kind"]?.asText != "transition" }.compactMap { $0["processId"]?.asText })
        let early = bodies.filter { others.contains($0.inputs["CSA_PROCESS_ID"] ?? "") && $0.startedAt < opened }
        #expect(!others.isEmpty && early.isEmpty, "\(early.prefix(3))")
    }
}
