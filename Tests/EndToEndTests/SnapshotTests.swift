import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// `sluice oo snapshot`, `diff` and `restore` with a real `sluice serve` and the sandbox's Central.
@Suite(.timeLimit(.minutes(10)))
struct SnapshotTests {
    private static let secret = "hunter2-in-an-ordinary-input"

    private struct Setup {
        var schedules: FrozenSchedules
        /// The snapshot, taken before anybody changed anything.
        var file: String
    }

    private func setUp(_ site: TestSite) async throws -> Setup {
        let schedules = try FrozenSchedules(in: site)
        site.sandbox.add(
            schedule: SandboxSchedule(
                name: "secret", flow: FrozenSchedules.flow, triggerExpression: "*/60000",
                inputs: ["order": Self.secret], sensitiveInputs: ["password": Self.secret]))
        try await site.start()
        let file = site.folder.appending(path: "before.json").path
        let run = try await site.run(["oo", "snapshot", "--out", file])
        #expect(run.status == 0 && run.errors.contains("5 schedules") && run.output.isEmpty, "\(run)")
        return Setup(schedules: schedules, file: file)
    }

    @Test("a snapshot has no value of an input in clear, is the same as Central until somebody changes it, and is told")
    func takesAndCompares() async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let setup = try await setUp(site)
            let text = try String(contentsOfFile: setup.file, encoding: .utf8)
            #expect(!text.contains(Self.secret) && text.contains("\"input order\"") && text.contains("password"))
            let snapshot = try JSONReader.read(text)
            #expect(snapshot["format"] == 1 && snapshot["schedules"]?.array?.count == 5)
            let hashes = snapshot["schedules"]?.array?.map { $0["fields"]?["input order"]?.string ?? "" } ?? []
            #expect(Set(hashes).count == 5 && hashes.allSatisfy { $0.count == 32 }, "\(hashes)")
            let same = try await site.run(["oo", "diff", setup.file, "--exit-code"])
            #expect(same.status == 0 && same.output.isEmpty && same.errors.hasPrefix("the same"), "\(same)")
            site.sandbox.switchSchedule(try #require(setup.schedules.ids["off"]), to: true)
            let newer = site.folder.appending(path: "after.json").path
            #expect(try await site.run(["oo", "snapshot", "--out", newer]).status == 0)
            let drift = try await site.run(["oo", "diff", setup.file, newer, "--exit-code"])
            #expect(drift.status == 3 && drift.output.contains("(off): enabled was false, now true"), "\(drift)")
            #expect(drift.output.split(separator: "\n").count == 1, "\(drift)")
            let json = try await site.run(["oo", "diff", setup.file, "--json"])
            #expect(json.status == 0)
            #expect(try json.json["same"] == false && json.json["differences"]?.array?.count == 1)
        }
    }

    @Test(
        "R31: a restore puts back enabled alone, through the journal, leaves what a person changed, and survives kills",
        arguments: [nil, 1, 2])
    func restores(killedAtWrite: Int?) async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let setup = try await setUp(site)
            let schedules = setup.schedules
            func id(_ name: String) throws -> String { try #require(schedules.ids[name]) }
            site.sandbox.switchSchedule(try id("all"), to: false)
            site.sandbox.switchSchedule(try id("off"), to: true)
            site.sandbox.switchSchedule(try id("latest"), to: false)
            let renamed = try await ToolRun(
                "/usr/bin/curl",
                [
                    "-sf", "-X", "PUT", "-d", "{\"flowScheduleName\": \"renamed\"}",
                    try await site.sandbox.centralURL.dropLast(3) + "/control/schedules/\(try id("latest"))",
                ])
            #expect(renamed.status == 0, "\(renamed)")
            let restore = ["oo", "restore", setup.file, "--reason", "back as it was"]
            let dry = try await site.run(restore + ["--dry-run"])
            #expect(dry.status == 0 && dry.output.contains("all") && dry.output.contains("off"), "\(dry)")
            #expect(dry.errors.contains("(renamed) is left: somebody changed its name"), "\(dry)")
            #expect(schedules.enabled == ["off", "secret", "skip"], "a dry run changes nothing")
            if let killedAtWrite {
                site.sandbox.add(faults: [
                    SandboxFault(
                        .delay(milliseconds: 600_000), id: "put", method: "PUT", path: "/schedules/*/enabled",
                        nth: killedAtWrite)
                ])
            }
            let run = try await site.run(restore)
            #expect(run.status == 0, "\(run)")
            if killedAtWrite != nil {
                try await site.until("it is at the write\n\(site.logText)", within: .seconds(30)) {
                    site.sandbox.hitCount(ofFault: "put") > 0
                }
                site.kill()
                site.sandbox.removeFaults()
                try await site.start()
            }
            try await schedules.wait("idle")
            #expect(schedules.enabled == ["all", "secret", "skip"])
            let journal = try await schedules.journal()
            #expect(journal["all"]?.state == "reverted" && journal["off"]?.state == "reverted", "\(journal)")
            #expect(journal["renamed"] == nil && journal["skip"] == nil, "\(journal)")
            #expect(try await schedules.missed("all").isEmpty, "nothing was frozen, so nothing was missed")
            let again = try await site.run(restore)
            #expect(again.status == 0 && again.errors.contains("no schedule is to be switched"), "\(again)")
        }
    }

    @Test func saysWhatIsWrong() async throws {
        try await TestSite.with(settings: FrozenSchedules.settings, moreFlows: FrozenSchedules.flows) { site in
            let setup = try await setUp(site)
            let good = try String(contentsOfFile: setup.file, encoding: .utf8)
            let cases: [(String, Int32, String)] = [
                ("", 64, "no JSON"), ("[1]", 64, "no snapshot"), ("{}", 1, "format"),
                (good.replacing("\"format\": 1", with: "\"format\": 2"), 1, "format"),
                (good.replacing("central-schedules", with: "csa"), 1, "/of"),
                (good.replacing("\"enabled\": true", with: "\"enabled\": 1"), 1, "/enabled"),
            ]
            for (text, status, words) in cases {
                try TestSite.write(text, "bad.json", in: site.folder)
                let path = site.folder.appending(path: "bad.json").path
                for command in [["oo", "diff", path], ["oo", "restore", path, "--reason", "r"]] {
                    let run = try await site.run(command)
                    #expect(run.status == status && run.errors.contains(words), "\(words): \(run)")
                }
            }
            let none = try await site.run(["oo", "restore", "/nonexistent.json", "--reason", "r"])
            #expect(none.status == 64 && none.errors.contains("cannot read"), "\(none)")
            let folder = try await site.run(["oo", "snapshot", "--out", "/nonexistent/x.json"])
            #expect(folder.status == 1, "\(folder)")
            // While anything is frozen the journal, not a snapshot, says what is to be enabled.
            try await setup.schedules.order("freeze")
            try await setup.schedules.wait("frozen")
            let frozen = try await site.run(["oo", "restore", setup.file, "--reason", "r"])
            #expect(frozen.status == 1 && frozen.errors.contains("thaw"), "\(frozen)")
            #expect(setup.schedules.enabled.isEmpty)
            let gate = try await ProgramRun(
                ["oo", "restore", setup.file, "--reason", "r", "--server", site.url],
                environment: ["SLUICE_TOKEN": TestSite.gateToken])
            #expect(gate.status == 77, "\(gate)")
        }
    }
}
