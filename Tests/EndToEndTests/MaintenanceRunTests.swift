import Foundation
import SluiceJSON
import Testing

/// A maintenance of OO by the command line, against the real service and the sandbox of Central.
@Suite(.timeLimit(.minutes(10)))
struct MaintenanceRunTests {
    /// Looks that are quick enough for a test; what they decide is the same.
    private static let settings = [
        "SLUICE_DRAIN_POLL_SECONDS": "1", "SLUICE_DRAIN_QUIET_LOOKS": "2", "SLUICE_DRAIN_SETTLE_SECONDS": "1",
        "SLUICE_DRAIN_ACCOUNT_SEES": "everything", "SLUICE_GATE_START_WINDOW_SECONDS": "2",
    ]

    private func sluice(_ site: TestSite, _ arguments: String...) async throws -> ProgramRun {
        try await ProgramRun(
            arguments + ["--server", site.url], environment: ["SLUICE_TOKEN": TestSite.operatorToken],
            in: site.folder)
    }

    private func write(_ text: String, _ name: String, _ site: TestSite) throws {
        try Data(text.utf8).write(to: site.folder.appending(path: name))
    }

    private static func plan(_ end: Date, _ more: String = "") -> String {
        """
        title: Upgrade
        owner: the night shift
        systems: oo
        expectedEnd: \(end.formatted(.iso8601))
        drainDeadline: 2h
        \(more)
        """
    }

    @Test("R13 R34 planned, started, dry, survived a kill, resumed and completed; what was held is launched once")
    func goesItsCourse() async throws {
        try await TestSite.with(settings: Self.settings) { site in
            try await site.start()
            try write(Self.plan(.now.addingTimeInterval(4 * 3600)), "plan.yaml", site)
            let planned = try await sluice(site, "maintenance", "plan", "plan.yaml")
            #expect(planned.status == 0, "\(planned.errors)")
            #expect(planned.output.contains("planned"))
            let warned = try await sluice(site, "maintenance", "start", "--reason", "upgrade")
            #expect(warned.status != 0 && warned.errors.contains("no fence stands in front of Central"), "\(warned)")
            let started = try await sluice(site, "maintenance", "start", "--reason", "upgrade", "--yes")
            #expect(started.status == 0, "\(started.errors)")
            let dry = try await sluice(site, "maintenance", "wait", "--for", "quiesced", "--timeout", "120s")
            #expect(dry.status == 0, "\(dry.errors)")
            #expect(dry.errors.contains("draining-oo"), "each change is printed")
            #expect(dry.errors.contains("0 left, quiet central"), "and how far it is: \(dry.errors)")
            let journal = try await sluice(site, "maintenance", "journal")
            #expect(journal.status == 0 && journal.errors.contains("no entries"), "\(journal)")
            let decided = try await sluice(
                site, "maintenance", "decide", "csa/p0@1", "keep", "--reason", "theirs is right")
            #expect(decided.status == 1 && decided.errors.contains("no system is configured"), "\(decided.errors)")
            #expect(try await site.ask("one", flow: TestSite.ungatedFlow).status == 202)
            site.kill()
            try await site.start()
            let status = try await sluice(site, "maintenance", "status")
            #expect(status.output.contains("quiesced") && status.output.contains("safe to stop"))
            let late = try await sluice(site, "maintenance", "wait", "--for", "completed", "--timeout", "1s")
            #expect(late.status == 124)
            let back = try await sluice(site, "maintenance", "wait", "--for", "draining-oo", "--timeout", "5s")
            #expect(back.status == 1, "it has left that behind")
            #expect(try await sluice(site, "maintenance", "resume", "--reason", "it is up").status == 0)
            let done = try await sluice(site, "maintenance", "wait", "--for", "completed", "--timeout", "120s")
            #expect(done.status == 0, "\(done.errors)")
            try await site.until("the launch has ended", within: .seconds(30)) {
                try await site.counts()["ended"] == 1
            }
            #expect(try await site.get("/v1/gate").body["mode"] == "open")
            let none = try await sluice(site, "maintenance", "status")
            #expect(none.status == 1 && none.errors.contains("no maintenance is planned or under way"))
        }
    }

    @Test("a plan with faults is refused by line and name, and changes nothing")
    func refusesFaultyPlans() async throws {
        try await TestSite.with(settings: Self.settings) { site in
            try await site.start()
            let end = Date.now.addingTimeInterval(4 * 3600)
            for (more, words) in [
                ("ownr: me", "unknown key the plan.ownr (did you mean \"owner\"?)"),
                ("onDeadline: kill", "onDeadline must be ask or abort"),
                ("scope: flow", "scope must be flow:ID"), ("csaMode: [a]", "the plan.csaMode must be a text"),
            ] {
                try write(Self.plan(end, more), "plan.yaml", site)
                let run = try await sluice(site, "maintenance", "plan", "plan.yaml")
                #expect(run.status == 1 && run.errors.contains(words), "\(more): \(run.errors)")
                #expect(run.errors.contains("plan.yaml:6"), "\(run.errors)")
            }
            try write(Self.plan(.now.addingTimeInterval(-60)), "plan.yaml", site)
            let past = try await sluice(site, "maintenance", "plan", "plan.yaml")
            #expect(past.status == 1 && past.errors.contains("does not come after the start"), "\(past.errors)")
            try write(Self.plan(end).replacing("systems: oo", with: "systems: csa"), "plan.yaml", site)
            let csa = try await sluice(site, "maintenance", "plan", "plan.yaml")
            #expect(csa.status == 1 && csa.errors.contains("csa.url is not configured"), "\(csa.errors)")
            #expect(try await site.get("/v1/maintenances").body["maintenances"] == .array([]))
        }
    }
}
