import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// `sluice oo` against a real `sluice serve` and the sandbox's Central; snapshots are in `SnapshotTests`.
@Suite(.timeLimit(.minutes(10)))
struct OOCommandTests {
    private func with(_ body: (TestSite, FrozenSchedules) async throws -> Void) async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let schedules = try FrozenSchedules(in: site)
            try await site.start()
            try await body(site, schedules)
        }
    }

    /// A line of a table that begins with an id, its columns apart.
    private static func row(_ id: String, in text: String) -> [String] {
        let line = text.split(separator: "\n").first { $0.hasPrefix(id) } ?? ""
        return line.components(separatedBy: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    @Test("R31 R32: one schedule is frozen and thawed on the command line, and seen in schedules, journal and missed")
    func freezesAndThaws() async throws {
        try await with { site, schedules in
            let id = try #require(schedules.ids["all"])
            let one = ["--id", id, "--reason", "upgrade"]
            let dry = try await site.run(["oo", "freeze", "--dry-run"] + one)
            #expect(dry.status == 0 && Self.row(id, in: dry.output)[1] == "all", "\(dry)")
            #expect(dry.output.split(separator: "\n").count == 2, "its heading and one schedule: \(dry.output)")
            #expect(schedules.enabled == ["all", "latest", "skip"], "a dry run changes nothing")
            let freeze = try await site.run(["oo", "freeze"] + one)
            #expect(freeze.status == 0 && freeze.errors.contains("freeze: "), "\(freeze)")
            try await schedules.wait("frozen")
            #expect(schedules.enabled == ["latest", "skip"])
            let list = try await site.run(["oo", "schedules"])
            #expect(list.status == 0 && list.errors.contains("freeze: frozen (upgrade)"), "\(list.errors)")
            // ID, NAME, TRIGGER, NEXT, ENABLED, FROZEN, POLICY, NOT REPLAYABLE.
            #expect(
                Self.row(id, in: list.output) == [id, "all", "*/400", "-", "no", "done", "all", "-"], "\(list.output)")
            try await schedules.letTimesPass()
            let thaw = try await site.run(["oo", "thaw", "--reason", "done", "--json"])
            #expect(try thaw.status == 0 && thaw.json["isAccepted"] == true, "\(thaw)")
            try await schedules.wait("idle")
            #expect(schedules.enabled == ["all", "latest", "skip"])
            let journal = try await site.run(["oo", "journal", "--limit", "10"])
            #expect(Self.row(id, in: journal.output).contains("reverted"), "\(journal)")
            let missed = try await site.run(["oo", "missed", "--schedule", id])
            let rows = missed.output.split(separator: "\n").dropFirst()
            #expect(missed.status == 0 && rows.count >= 3, "\(missed)")
            #expect(rows.allSatisfy { $0.hasPrefix(id) && ($0.contains("held") || $0.contains("uncertain")) })
            let some = try await site.run(["oo", "missed", "--schedule", id, "--limit", "1"])
            #expect(some.output.split(separator: "\n").count == 2 && some.errors.contains("use --limit"), "\(some)")
            let again = try await site.run(["oo", "thaw", "--reason", "done"])
            #expect(again.status == 0 && again.errors.contains("there is nothing to thaw"), "\(again)")
        }
    }

    @Test("R31: a dry run of a thaw names what a person enabled meanwhile")
    func namesWhatAPersonDid() async throws {
        try await with { site, schedules in
            #expect(try await site.run(["oo", "freeze", "--reason", "upgrade"]).status == 0)
            try await schedules.wait("frozen")
            let id = try #require(schedules.ids["skip"])
            site.sandbox.switchSchedule(id, to: true)
            let dry = try await site.run(["oo", "thaw", "--reason", "done", "--dry-run"])
            #expect(dry.status == 0 && dry.errors.contains("\(id) (skip) would be left as it is"), "\(dry)")
            #expect(dry.output.contains("latest") && !dry.output.contains("skip"), "\(dry.output)")
        }
    }

    @Test("what is wrong with an order is said with the exit code of its kind")
    func refuses() async throws {
        try await with { site, schedules in
            let why = ["--reason", "a test"]
            let wrong: [([String], Int32, String)] = [
                (["oo", "freeze"], 64, "--reason"), (["oo", "freeze", "--id", "nope"] + why, 1, "nope"),
                (["oo", "freeze", "--path", "Library/[AB]/**"] + why, 1, "write ? for a bracket"),
                (["oo", "journal", "--limit", "0"], 1, "limit"), (["oo", "missed", "--limit", "0"], 1, "limit"),
            ]
            for (arguments, status, words) in wrong {
                let run = try await site.run(arguments)
                #expect(run.status == status && run.errors.contains(words), "\(arguments): \(run)")
            }
            let gate = try await ProgramRun(
                ["oo", "freeze", "--server", site.url] + why, environment: ["SLUICE_TOKEN": TestSite.gateToken])
            #expect(gate.status == 77, "\(gate)")
            #expect(schedules.enabled == ["all", "latest", "skip"])
        }
    }
}
