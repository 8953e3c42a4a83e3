import Foundation
import SluiceJSON
import Testing

/// `sluice rehearse` as a program.
@Suite(.timeLimit(.minutes(10)))
struct RehearseTests {
    private static let plan = """
        title: Upgrade
        owner: the night shift
        expectedEnd: 2026-12-06T00:00:00Z
        """

    private func run(
        _ arguments: [String], plan: String = RehearseTests.plan, load: String? = nil
    ) async throws -> ProgramRun {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(plan, to: "plan.yaml")
        if let load { try folder.write(load, to: "load.yaml") }
        let given = load == nil ? [] : ["--load", "load.yaml"]
        return try await ProgramRun(["rehearse", "--plan", "plan.yaml"] + given + arguments, in: folder.url)
    }

    // MARK: Refused

    @Test(
        "what cannot be played is refused by name and value",
        arguments: [
            (["--speed", "3601"], "speed is 3601"), (["--speed", "0"], "speed is 0"),
            (["--scale", "0.001"], "scale is 0.001"), (["--upgrade", "200h"], "upgrade is 720000 s"),
            (["--warm-up", "25h"], "warm-up is 90000 s"), (["--flow-duration", "25h"], "flow duration is 90000 s"),
            (["--speed", "3600", "--scale", "20"], "launches a second at speed 3600"),
            (["--from", "2026-12-07T22:00"], "2026-12-07T22:00:00Z"),
        ])
    func refusesOptions(_ arguments: [String], _ said: String) async throws {
        let more = arguments.contains("--from") ? [] : ["--from", "2026-12-05T22:00"]
        let run = try await run(arguments + more)
        #expect(run.status == 1)
        #expect(run.errors.contains(said), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test func refusesTimes() async throws {
        let run = try await run(["--from", "tomorrow"])
        #expect(run.status == 64)
        #expect(run.errors.contains("tomorrow"))
    }

    @Test(
        "a load file's faults are named with their lines",
        arguments: [
            ("flows:\n  - {id: a, duration: 2x}", "load.yaml:2", "\"2x\""),
            ("flows:\n  - {id: a, duration: 25h}", "load.yaml:2", "\"25h\""),
            ("flows:\n  - {id: a, duration: 2m, gated: maybe}", "load.yaml:2", "\"maybe\""),
            ("flows:\n  - {id: a, duration: 2m, colour: red}", "load.yaml:2", "flows[0].colour"),
            ("flows:\n  - {id: a, duration: 2m}\n  - {id: a, duration: 3m}", "load.yaml:2", "'a' twice"),
            ("flow: []", "load.yaml:1", "unknown key flow"),
            ("pools:\n  - {name: P, flow: b, every: 5m}", "load.yaml:2", "\"b\""),
            ("orders:\n  - {offering: Server, every: 5m}", "load.yaml:2", "\"Server\""),
            (
                "flows:\n  - {id: a, duration: 2m}\nprograms:\n  - {flow: a, every: 1s}", "load.yaml:4", "\"1s\""
            ),
            (
                "flows:\n  - {id: a, duration: 2m}\nprograms:\n  - {flow: a, every: 1m, source: csa}", "load.yaml:4",
                "\"csa\""
            ),
            (
                "flows:\n  - {id: a, duration: 2m}\nschedules:\n  - {name: S, flow: a}", "load.yaml:4",
                "one of every and cron"
            ),
            ("flows: [", "load.yaml", "no YAML"),
        ])
    func refusesLoads(_ load: String, _ place: String, _ said: String) async throws {
        let run = try await run(["--from", "2026-12-05T22:00"], load: load)
        #expect(run.status == 1)
        #expect(run.errors.contains(place), "\(run.errors)")
        #expect(run.errors.contains(said), "\(run.errors)")
    }

    @Test func refusesACronExpressionThatTheStandInDoesNotFire() async throws {
        let load = "flows:\n  - {id: a, duration: 2m}\nschedules:\n  - {name: Last, flow: a, cron: \"0 0 1 L * ?\"}"
        let run = try await run(["--from", "2026-12-05T22:00"], load: load)
        #expect(run.status == 1)
        #expect(run.errors.contains("'Last'") && run.errors.contains("0 0 1 L * ?"), "\(run.errors)")
    }

    // MARK: Played

    /// About an hour of CSA and OO in about a minute.
    private static let load = """
        flows:
          - {id: check, duration: 20s}
          - {id: deploy, name: Deploy Server, duration: 2m}
          - {id: sync, duration: 45s}
          - {id: report, duration: 30s}
          - {id: restart, duration: 20s, gated: false}
        offerings:
          - {name: Server, initialize: check, deploy: deploy}
        orders:
          - {offering: Server, every: 2m}
        pools:
          - {name: Pool, flow: sync, every: 5m}
        schedules:
          - {name: Report, flow: report, every: 5m}
        programs:
          - {name: Jenkins, flow: report, every: 1m}
          - {name: Operators, flow: restart, every: 2m, source: ui}
        """

    @Test(
        "a whole maintenance of CSA and OO is played, everything is put back, nothing runs twice, nothing is left")
    func playsAMaintenance() async throws {
        let before = try leftovers()
        let run = try await run(
            ["--from", "2026-12-05T22:00", "--speed", "60", "--warm-up", "5m", "--upgrade", "15m", "--json"],
            load: Self.load)
        #expect(run.status == 0, "\(run.errors)")
        let report = try run.json
        #expect(report["ended"]?.string == "completed")
        #expect(report["back"]?.bool == true, "\(report["checks"].map { "\($0)" } ?? "")")
        #expect(report["ran"]?["twice"]?.array?.isEmpty == true)
        let phases = report["phases"]?.array ?? []
        #expect(
            phases.compactMap { $0["phase"]?.string } == [
                "planned", "closing-csa", "draining-csa", "closing-oo", "draining-oo", "quiesced", "verifying",
                "reopening", "releasing", "completed",
            ])
        let quiesced = phases.first { $0["phase"]?.string == "quiesced" }
        #expect((quiesced?["seconds"]?.number?.int ?? 0) >= 900, "the upgrade takes its 15 minutes")
        #expect(report["dryAt"]?.string == quiesced?["from"]?.string)
        // Somebody's order or synchronisation runs when CSA closes.
        #expect(report["blockers"]?.array?.isEmpty == false)
        let held = report["held"]?.array ?? []
        #expect(held.contains { $0["source"]?.string == "api" && ($0["count"]?.number?.int ?? 0) >= 10 })
        #expect((report["orders"]?["fenced"]?.number?.int ?? 0) > 0)
        #expect(report["orders"]?["instances"]?["FAILED"] == nil)
        #expect(run.errors.contains("draining-oo"), "each change of phase is told")
        #expect(try leftovers().subtracting(before).isEmpty)
    }

    private func leftovers() throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path())
        return Set(names.filter { $0.hasPrefix("sluice-rehearse-") })
    }
}
