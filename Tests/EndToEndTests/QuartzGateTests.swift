import AsyncHTTPClient
import Foundation
import NIOCore
import SluiceJSON
import SluiceModel
import Testing

/// The plugin in the real Quartz of Debian's libquartz2-java, before the real `sluice serve`.
@Suite(.serialized, .enabled(if: QuartzGate.isDatabaseThere, QuartzGate.missing), .timeLimit(.minutes(10)))
struct QuartzGateTests {
    /// Where a scheduler keeps its jobs.
    enum JobStore: CaseIterable {
        case memory
        case postgres
    }

    private func nominalTimes(_ holds: [JSONObject]) -> [String] { holds.compactMap { $0["nominalTime"]?.string } }

    // MARK: Open, hold, open

    @Test(
        "R3 R26 R30: none runs while closed, each missed time is a hold, and each runs once after the release",
        arguments: JobStore.allCases)
    func openHoldOpen(store: JobStore) async throws {
        try await QuartzBench.site { site in
            switch store {
            case .memory: try await openHoldOpen(site, [:])
            case .postgres: try await QuartzBench.database { try await openHoldOpen(site, $0) }
            }
        }
    }

    private func openHoldOpen(_ site: TestSite, _ store: [String: String]) async throws {
        let quartz = try await QuartzHost(site, store: store)
        defer { quartz.kill() }
        let tickCount = 30
        try await quartz.tell("every tick 200 \(tickCount)")
        try await quartz.tell("start")
        try await site.waitForRuns(3)
        try await site.setGate("hold")
        let closed = Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))
        try await site.waitForHeld(8)
        let whileClosed = site.runs().filter { $0.nominal > closed }
        #expect(whileClosed.isEmpty, "ran while closed: \(whileClosed)")
        try await site.setGate("open")
        try await site.waitForRuns(tickCount)
        let runs = site.runs()
        #expect(Set(runs.map(\.nominal)).count == tickCount && runs.count == tickCount)
        let times = runs.compactMap { Timestamp(rfc3339: $0.nominal)?.milliseconds }.sorted()
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 200 }, "the schedule keeps its grid")
        let holds = try await site.scheduledHolds()
        #expect(Set(nominalTimes(holds)) == Set(runs.filter { $0.ticket != nil }.map(\.nominal)))
        #expect(holds.count >= 8 && holds.count == runs.count { $0.ticket != nil })
        #expect(holds.allSatisfy { $0["scheduleId"] == "tests/tests.tick" && $0["launcher"] == "caller" })
        #expect(holds.allSatisfy { $0["flow"] == "tests.tick" })
        #expect(runs.allSatisfy { $0.colour == "blue" && !$0.isFallback }, "the data of the trigger is there")
        try await site.until("the records are gone", within: .seconds(20)) { try await quartz.tell("records") == "0" }
    }

    @Test("R28: after 1,000 held ticks the next one runs normally, and all of them once")
    func thousandHeldTicks() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await site.setGate("hold")
            try await quartz.tell("every tick 5 1000000")
            try await quartz.tell("start")
            try await site.waitForHeld(1000)
            #expect(site.runs().isEmpty)
            try await site.setGate("open")
            try await site.until("a tick runs as ever", within: .seconds(60)) {
                site.runs().contains { $0.ticket == nil }
            }
            #expect(try await quartz.tell("next tick") == "NORMAL")
            try await quartz.tell("stop tick")
            try await site.until("the records are gone", within: .seconds(60)) {
                try await quartz.tell("records") == "0"
            }
            let runs = site.runs()
            #expect(Set(runs.map(\.nominal)).count == runs.count)
            let tickets = try await site.scheduledHolds().compactMap { $0["ticket"]?.string }
            #expect(Set(tickets) == Set(runs.compactMap(\.ticket)) && tickets.count >= 1000)
        }
    }

    // MARK: Crashes and clusters

    @Test("R19 R26: killed while closed, the holds of a store in PostgreSQL run once after the restart")
    func killedWhileClosed() async throws {
        try await QuartzBench.site { site in
            try await QuartzBench.database { store in
                let first = try await QuartzHost(site, store: store)
                defer { first.kill() }
                try await site.setGate("hold")
                try await first.tell("every tick 100 10")
                try await first.tell("start")
                try await site.waitForHeld(10)
                first.kill()
                let second = try await QuartzHost(site, node: "b", store: store)
                defer { second.kill() }
                try await second.tell("start")
                try await site.setGate("open")
                try await site.waitForRuns(10)
                #expect(Set(site.runs().map(\.nominal)).count == 10 && site.runs().count == 10)
                #expect(site.runs().allSatisfy { $0.colour == "blue" }, "the data of a trigger that is gone is there")
            }
        }
    }

    @Test("R19: killed while closed, the holds of a store in memory are found again at Sluice")
    func killedWithoutStore() async throws {
        try await QuartzBench.site { site in
            let first = try await QuartzHost(site)
            defer { first.kill() }
            try await site.setGate("hold")
            try await first.tell("every tick 50 5")
            try await first.tell("start")
            try await site.waitForHeld(5)
            first.kill()
            let second = try await QuartzHost(site, settings: ["timeoutMillis": "500"])
            defer { second.kill() }
            try await second.tell("job tick")
            try await second.tell("start")
            try await site.setGate("open")
            try await site.waitForRuns(5)
            #expect(Set(site.runs().map(\.nominal)) == Set(nominalTimes(try await site.scheduledHolds())))
            #expect(site.runs().count == 5)
        }
    }

    @Test("R19: of two schedulers of a cluster that see one release, one runs it")
    func cluster() async throws {
        try await QuartzBench.site { site in
            try await QuartzBench.database { store in
                let settings = ["pollMillis": "100"]
                let hosts = [
                    try await QuartzHost(site, node: "a", store: store, settings: settings, threads: 16),
                    try await QuartzHost(site, node: "b", store: store, settings: settings, threads: 16),
                ]
                defer { for host in hosts { host.kill() } }
                try await site.setGate("hold")
                // All run at a time, so that both see holds as released that run already.
                try await hosts[0].tell("every tick 50 24 until=\(site.signal.path)")
                for host in hosts { try await host.tell("start") }
                try await site.waitForHeld(24)
                try await site.setGate("open")
                try await site.waitForRuns(24)
                try site.giveSignal()
                let logs = { hosts.map(\.logText).joined(separator: "\n") }
                try await site.until("all ended\n\(logs())", within: .seconds(30)) {
                    try await site.scheduledHolds(in: "ended").count == 24
                }
                #expect(try await site.scheduledHolds().allSatisfy { $0["result"] == "resolved" })
                try await site.until("the records are gone", within: .seconds(30)) {
                    try await hosts[0].tell("records") == "0"
                }
                #expect(Set(site.runs().map(\.nominal)).count == 24 && site.runs().count == 24)
            }
        }
    }

    // MARK: People

    @Test("R31: what a person paused while the gate was closed stays paused after it, held launches too")
    func pauseOfAPersonStays() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await site.setGate("hold")
            try await quartz.tell("every tick 100 1000")
            try await quartz.tell("every other 100 5")
            try await quartz.tell("start")
            try await site.waitForHeld(10)
            try await quartz.tell("pause tick")
            try await site.setGate("open")
            try await site.until("the others ran", within: .seconds(30)) {
                site.runs().filter { $0.job == "other" }.count == 5
            }
            #expect(!site.runs().contains { $0.job == "tick" })
            #expect(try await quartz.tell("next tick") == "PAUSED")
            try await quartz.tell("resume tick")
            let held = try await site.scheduledHolds().filter { $0["scheduleId"] == "tests/tests.tick" }
            try await site.until("its held launches ran", within: .seconds(30)) {
                Set(site.runs().map(\.nominal)).isSuperset(of: nominalTimes(held))
            }
        }
    }

    @Test func aFireByHandIsAskedForToo() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await quartz.tell("job report")
            try await quartz.tell("start")
            try await site.setGate("hold")
            try await quartz.tell("run report")
            try await site.waitForHeld(1)
            #expect(site.runs().isEmpty)
            try await site.setGate("open")
            try await site.waitForRuns(1)
            #expect(site.runs().map(\.job) == ["report"])
        }
    }

    @Test func runsUnaskedWhatIsNotToBeGated() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site, settings: ["exclude": "tests.free*"])
            defer { quartz.kill() }
            try await site.setGate("refuse")
            try await quartz.tell("every free 50 3")
            try await quartz.tell("every bound 50 3")
            try await quartz.tell("start")
            try await site.waitForRuns(3)
            try await site.until("the others were rejected", within: .seconds(20)) {
                quartz.logText.components(separatedBy: "rejected: maintenance").count == 4
            }
            #expect(site.runs().allSatisfy { $0.job == "free" })
        }
    }

    @Test func forgetsWhatAnOperatorDiscards() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await site.setGate("hold")
            try await quartz.tell("every tick 50 3")
            try await quartz.tell("every other 50 1")
            try await quartz.tell("start")
            try await site.waitForHeld(4)
            for hold in try await site.scheduledHolds() where hold["flow"] == "tests.tick" {
                let ticket = try #require(hold["ticket"]?.string)
                let reply = try await site.post(
                    "/v1/holds/\(ticket)/discard", JSONObject([("reason", .string("a test"))]))
                #expect(reply.status == 200)
            }
            try await site.until("their records are gone", within: .seconds(20)) {
                try await quartz.tell("records") == "1"
            }
            try await site.setGate("open")
            try await site.waitForHolds(1, in: "ended")
            #expect(site.runs().map(\.job) == ["other"])
        }
    }
}
