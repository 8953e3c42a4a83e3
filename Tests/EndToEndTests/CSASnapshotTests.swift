import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// `sluice csa snapshot`, `diff` and `restore` with a real `sluice serve` and the sandbox's CSA.
@Suite(.timeLimit(.minutes(10)))
struct CSASnapshotTests {
    /// A person makes the automatic policy manual, and gives an offering another policy.
    private func disturb(_ site: MaintenanceSite) throws {
        var seed = CSASeed()
        var policy = CSASeed.Policy("Auto", kind: .named, of: "CONSUMER", id: "auto")
        policy.approvers = ["boss"]
        policy.automaticApproval = false
        policy.automaticApprovalDecision = "APPROVED"
        seed.policies = [policy]
        var offering = try #require(MaintenanceSite.seed.offerings?.first { $0.id == "server" })
        offering.publications = [
            .init("Main", "CRM", policies: ["ORDER": "Delegated", "MODIFY_SUBSCRIPTION": "Delegated"])
        ]
        seed.offerings = [offering]
        try site.csa.seed(seed)
    }

    @Test("policies and assignments of the stand-in are written down, compared and put back, also after a kill")
    func restores() async throws {
        try await MaintenanceSite.with { site in
            try await site.start()
            let file = site.folder.appending(path: "csa.json").path + ".before"
            let taken = try await site.program("csa", "snapshot", "--out", file)
            #expect(taken.status == 0 && taken.errors.contains("2 policies and 3 offerings"), "\(taken)")
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(!text.contains("sandbox") && !text.contains("\"pw\""), "no password is in it")
            let same = try await site.program("csa", "diff", file, "--exit-code")
            #expect(same.status == 0 && same.output.isEmpty && same.errors.hasPrefix("the same"), "\(same)")

            try disturb(site)
            let drift = try await site.program("csa", "diff", file, "--exit-code")
            #expect(drift.status == 3, "\(drift)")
            #expect(
                drift.output.contains("Auto (organization CONSUMER): automaticApproval was true, now false"),
                "\(drift)")
            #expect(drift.output.contains("offering Server"), "\(drift)")
            let json = try await site.program("csa", "diff", file, "--json")
            #expect(try json.status == 0 && json.json["same"] == false, "\(json)")

            let order = ["csa", "restore", file, "--reason", "back as it was"]
            let dry = try await site.run(order + ["--dry-run"])
            #expect(dry.status == 0 && dry.output.contains("Auto (organization CONSUMER)"), "\(dry)")
            #expect(try await site.program("csa", "diff", file, "--exit-code").status == 3, "a dry run changes nothing")
            let restored = try await site.run(order)
            #expect(restored.status == 0 && restored.output.contains("restored"), "\(restored)\n\(site.logText)")
            #expect(try await site.program("csa", "diff", file, "--exit-code").status == 0)
            let again = try await site.run(order)
            #expect(again.status == 0 && again.errors.contains("nothing is to be changed"), "\(again)")

            // Killed at its first write it goes on after the start.
            try disturb(site)
            _ = try site.csa.add(faults: [
                SandboxFault(
                    .delay(milliseconds: 600_000), id: "put", method: "PUT", path: "/organization/*/approvalPolicy/*")
            ])
            async let waiting = site.run(order)
            try await site.until("it is at the write\n\(site.logText)", within: .seconds(30)) {
                try site.csa.hitCount(ofFault: "put") > 0
            }
            site.kill()
            try site.csa.removeFaults()
            try await site.start()
            let resumed = try await waiting
            #expect(resumed.status == 0, "\(resumed)\n\(site.logText)")
            #expect(try await site.program("csa", "diff", file, "--exit-code").status == 0)
        }
    }

    @Test func saysWhatIsWrong() async throws {
        try await MaintenanceSite.with { site in
            try await site.start()
            let file = site.folder.appending(path: "before.json").path
            #expect(try await site.program("csa", "snapshot", "--out", file).status == 0)
            let good = try String(contentsOfFile: file, encoding: .utf8)
            let cases: [(String, Int32, String)] = [
                ("", 64, "no JSON"), ("[1]", 64, "no snapshot"), ("{}", 1, "format"),
                (good.replacing("\"format\": 1", with: "\"format\": 2"), 1, "format"),
                (good.replacing("\"of\": \"csa\"", with: "\"of\": \"central-schedules\""), 1, "/of"),
                (good.replacing("/csa\"", with: "/other\""), 1, "/other, not of"),
                (good.replacing("\"CONSUMER\"", with: "\"NOBODY\""), 1, "NOBODY"),
            ]
            for (text, status, words) in cases {
                try TestSite.write(text, "bad.json", in: site.folder)
                let path = site.folder.appending(path: "bad.json").path
                for command in [["csa", "diff", path], ["csa", "restore", path, "--reason", "r"]] {
                    let run = try await site.run(command)
                    #expect(run.status == status && run.errors.contains(words), "\(words): \(run)")
                }
            }
            let none = try await site.program("csa", "restore", "/nonexistent.json", "--reason", "r")
            #expect(none.status == 64 && none.errors.contains("cannot read"), "\(none)")
            let gate = try await ProgramRun(
                ["csa", "restore", file, "--reason", "r", "--server", site.url],
                environment: ["SLUICE_TOKEN": TestSite.gateToken])
            #expect(gate.status == 77, "\(gate)")
        }
    }
}
