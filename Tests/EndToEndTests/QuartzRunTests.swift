import Foundation
import SluiceJSON
import Testing

/// What the plugin makes of runs in the real Quartz: how they end, run again, and miss their time.
@Suite(.serialized, .enabled(if: QuartzGate.isDatabaseThere, QuartzGate.missing), .timeLimit(.minutes(10)))
struct QuartzRunTests {
    // MARK: Ends

    @Test("R7 R8: a released hold runs as long as its job, and ends as the job does")
    func reportsEnds() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await site.setGate("hold")
            try await quartz.tell("every good 50 2 until=\(site.signal.path)")
            try await quartz.tell("every bad 50 2 ends=badly")
            try await quartz.tell("start")
            try await site.waitForHeld(4)
            try await site.setGate("open")
            try await site.waitForHolds(2, in: "ended")
            try await site.waitForRuns(4)
            #expect(try await site.scheduledHolds(in: "launching").map { $0["flow"] } == ["tests.good", "tests.good"])
            // Reported in every mode.
            try await site.setGate("hold")
            try site.giveSignal()
            try await site.waitForHolds(4, in: "ended")
            for hold in try await site.scheduledHolds() {
                #expect(hold["result"]?.string == (hold["flow"] == "tests.good" ? "resolved" : "error"), "\(hold)")
            }
            try await site.until("the records are gone", within: .seconds(20)) {
                try await quartz.tell("records") == "0"
            }
        }
    }

    @Test("R7: an end that Sluice could not be told is told when it is there again, or by the next start")
    func reportsEndsLater() async throws {
        try await QuartzBench.site { site in
            try await QuartzBench.database { store in
                let first = try await QuartzHost(site, store: store, settings: ["timeoutMillis": "300"])
                defer { first.kill() }
                try await site.setGate("hold")
                try await first.tell("every tick 50 2 until=\(site.signal.path)")
                try await first.tell("start")
                try await site.waitForHeld(2)
                try await site.setGate("open")
                try await site.waitForRuns(2)
                site.kill()
                try site.giveSignal()
                try await first.tell("end")
                first.kill()
                try await site.start()
                #expect(try await site.scheduledHolds(in: "launching").count == 2)
                let second = try await QuartzHost(site, node: "b", store: store)
                defer { second.kill() }
                try await second.tell("start")
                try await site.waitForHolds(2, in: "ended")
                #expect(try await site.scheduledHolds().allSatisfy { $0["result"] == "resolved" })
                #expect(site.runs().count == 2)
            }
        }
    }

    // MARK: Once more

    @Test(
        "R19: a job that fails and runs again at once is asked for again: held while closed, it goes on after it",
        arguments: [false, true])
    func asksForARefire(isHeldFirst: Bool) async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await site.setGate(isHeldFirst ? "hold" : "open")
            try await quartz.tell("every tick 50 1 fails=1 until=\(site.signal.path)")
            try await quartz.tell("start")
            if isHeldFirst {
                try await site.waitForHeld(1)
                try await site.setGate("open")
            }
            try await site.waitForRuns(1)
            try await site.setGate("hold")
            try site.giveSignal()
            try await site.waitForHeld(1)
            #expect(site.runs().count == 1)
            try await site.setGate("open")
            try await site.waitForHolds(isHeldFirst ? 2 : 1, in: "ended")
            // Run anew as a fire of its own, which fails once and is let through again.
            let runs = site.runs()
            #expect(runs.count == 3 && Set(runs.map(\.nominal)).count == 1)
            #expect(runs.last?.ticket == nil, "a launch of its own")
            let results = try await site.scheduledHolds().compactMap { $0["result"]?.string }
            #expect(results == (isHeldFirst ? ["error", "resolved"] : ["resolved"]))
        }
    }

    @Test("R47: what ran unasked and runs again at once is marked no longer when the gate lets it through")
    func marksOnlyWhatRanUnasked() async throws {
        try await QuartzBench.site { site in
            let quartz = try await QuartzHost(site, settings: ["failMode": "open", "timeoutMillis": "500"])
            defer { quartz.kill() }
            site.kill()
            try await quartz.tell("every tick 50 1 fails=1 until=\(site.signal.path)")
            try await quartz.tell("start")
            try await site.waitForRuns(1)
            try await site.start()
            try site.giveSignal()
            try await site.waitForRuns(2)
            #expect(site.runs().map(\.isFallback) == [true, false])
        }
    }

    @Test(
        "R19: killed while a job runs that requests recovery, its second run is held while closed, and runs once",
        arguments: [false, true])
    func asksForARecovery(isHeldFirst: Bool) async throws {
        try await QuartzBench.site { site in
            try await QuartzBench.database { store in
                // Without a cluster the scheduler itself recovers what it left, at its start.
                let alone = store.merging([
                    "org.quartz.jobStore.isClustered": "false", "org.quartz.scheduler.instanceId": "one",
                ]) { $1 }
                let first = try await QuartzHost(site, store: alone)
                defer { first.kill() }
                if isHeldFirst { try await site.setGate("hold") }
                try await first.tell("every tick 50 1 recovery=yes until=\(site.signal.path)")
                try await first.tell("start")
                if isHeldFirst {
                    try await site.waitForHeld(1)
                    try await site.setGate("open")
                }
                try await site.waitForRuns(1)
                first.kill()
                try await site.setGate("hold")
                let second = try await QuartzHost(site, node: "b", store: alone)
                defer { second.kill() }
                try await second.tell("start")
                try await site.waitForHeld(1)
                #expect(site.runs().count == 1)
                try site.giveSignal()
                try await site.setGate("open")
                try await site.waitForHolds(isHeldFirst ? 2 : 1, in: "ended")
                #expect(site.runs().map(\.node) == ["a", "b"])
                let results = try await site.scheduledHolds().compactMap { $0["result"]?.string }
                #expect(results == (isHeldFirst ? ["system-failure", "resolved"] : ["resolved"]))
                try await site.until("the records are gone", within: .seconds(20)) {
                    try await second.tell("records") == "0"
                }
            }
        }
    }

    @Test("R19: killed while a hold runs whose record is gone, its second run is asked for, included or not")
    func asksForARecoveryWithoutRecord() async throws {
        try await QuartzBench.site { site in
            try await QuartzBench.database { store in
                let alone = store.merging([
                    "org.quartz.jobStore.isClustered": "false", "org.quartz.scheduler.instanceId": "one",
                ]) { $1 }
                let settings = ["include": "tests.*"]
                let first = try await QuartzHost(site, store: alone, settings: settings)
                defer { first.kill() }
                try await site.setGate("hold")
                // A second fire, far away, keeps the job.
                try await first.tell("every tick 3600000 2 recovery=yes until=\(site.signal.path)")
                try await first.tell("start")
                try await site.waitForHeld(1)
                try await site.setGate("open")
                try await site.waitForRuns(1)
                try await first.tell("forget")
                first.kill()
                try await site.setGate("hold")
                let second = try await QuartzHost(site, node: "b", store: alone, settings: settings)
                defer { second.kill() }
                try await second.tell("start")
                try await site.waitForHeld(1)
                #expect(site.runs().map(\.node) == ["a"])
            }
        }
    }

    // MARK: Missed times

    @Test(
        "R27: of six missed times the policy lets none, the last or all run, whatever Quartz would do",
        arguments: [("skip", 0), ("latest", 1), ("all", 6)])
    func followsThePolicy(policy: String, count: Int) async throws {
        try await QuartzBench.site(policy: policy) { site in
            let quartz = try await QuartzHost(site)
            defer { quartz.kill() }
            try await site.setGate("hold")
            try await quartz.tell("every tick 50 6")
            try await quartz.tell("start")
            try await site.waitForHeld(6)
            let last = try #require(try await site.scheduledHolds().compactMap { $0["nominalTime"]?.string }.max())
            try await site.setGate("open")
            try await site.until("no record is left", within: .seconds(30)) {
                try await quartz.tell("records") == "0"
            }
            let runs = site.runs()
            #expect(runs.count == count && Set(runs.map(\.nominal)).count == count)
            if policy == "latest" { #expect(runs.map(\.nominal) == [last]) }
            #expect(try await site.scheduledHolds().count == 6, "each missed time is on record")
        }
    }

    @Test("R29: a single future time within the closed span, its end too, is held and runs, also across a restart")
    func keepsAFutureOrder() async throws {
        try await QuartzBench.site { site in
            try await QuartzBench.database { store in
                let first = try await QuartzHost(site, store: store)
                defer { first.kill() }
                try await site.setGate("hold")
                // The trigger is over half a second after its only time: Quartz keeps nothing of it.
                try await first.tell("every order 1000 1 in=700 for=500 colour=ordered")
                try await first.tell("start")
                try await site.waitForHeld(1)
                try await site.until("the trigger is over", within: .seconds(10)) {
                    try await first.tell("next order") == "gone"
                }
                first.kill()
                site.kill()
                try await site.start()
                let second = try await QuartzHost(site, node: "b", store: store)
                defer { second.kill() }
                try await second.tell("start")
                let hold = try #require(try await site.scheduledHolds().first)
                #expect(hold["state"] == "held" && hold["expiresAt"] == .null, "flagged as held, with its time")
                #expect(site.runs().isEmpty)
                try await site.setGate("open")
                try await site.waitForHolds(1, in: "ended")
                #expect(site.runs().map(\.nominal) == [hold["nominalTime"]?.string].compactMap { $0 })
                #expect(site.runs().map(\.colour) == ["ordered"])
            }
        }
    }
}
