import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// Holds from one running site to another with the command line: export, discard, import, release.
@Suite struct HoldFileRunTests {
    /// Writes a key as an operator does.
    private static func makeKey(in folder: TemporaryFolder, mode: Int = 0o600) throws -> String {
        let file = try folder.write(String(repeating: "5a", count: 32) + "\n", to: "holds.key")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }

    @Test("R18 R19 R34: holds move from one site to another, over a kill, and each runs once and there")
    func movesAndRunsOnce() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (key, file) = (try Self.makeKey(in: folder), folder.url.appending(path: "holds.sluice").path)
        try await TestSite.with { old in
            try await TestSite.with { new in
                for site in [old, new] {
                    try await site.start()
                    try await site.setGate("hold")
                }
                let orders = (1...12).map { "m\($0)" }
                for (index, order) in orders.enumerated() {
                    let flow = index.isMultiple(of: 3) ? TestSite.ungatedFlow : TestSite.gatedFlow
                    #expect(try await old.ask(order, flow: flow).status == 202)
                }
                let options = ["--key-file", key]
                let export = try await old.run(["holds", "export", "--out", file] + options)
                #expect(export.status == 0 && export.output.contains("12 holds exported"), "\(export)")
                // As it lies there nobody can read it.
                let bytes = try Data(contentsOf: URL(filePath: file))
                #expect(bytes.range(of: Data("hunter2".utf8)) == nil && bytes.range(of: Data("order".utf8)) == nil)
                let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(rights == 0o600)
                let again = try await old.run(["holds", "export", "--out", file] + options)
                #expect(again.status == 64 && again.errors.contains("is there already"))
                let asked = try await old.run(["holds", "discard-exported", file] + options)
                #expect(asked.status == 64 && asked.output.contains("12 would be discarded"), "\(asked)")
                let discarded = try await old.run(
                    ["holds", "discard-exported", file, "--reason", "moved", "--yes"] + options)
                #expect(discarded.status == 0 && discarded.output.contains("12 discarded"), "\(discarded)")
                let wrong = try await new.run(
                    ["holds", "discard-exported", file, "--reason", "moved", "--yes"] + options)
                #expect(wrong.status == 1 && wrong.errors.contains("at the site s_"), "\(wrong)")
                let dry = try await new.run(["holds", "import", file, "--dry-run", "--json"] + options)
                #expect(try dry.json["imported"] == 12 && dry.json["dryRun"] == true, "\(dry)")
                #expect(try await new.counts()["held", default: 0] == 0)
                for known in ["0 known", "12 known"] {
                    let run = try await new.run(["holds", "import", file] + options)
                    #expect(run.status == 0 && run.output.contains(known), "\(run)")
                }
                new.kill()
                try await new.start()
                #expect(try await new.counts()["held"] == 12)
                try await old.setGate("open")
                try await new.setGate("open")
                try await new.until("all have run\n\(new.logText)", within: .seconds(60)) {
                    try await new.counts()["ended", default: 0] == 12
                }
                let runs = new.sandbox.bodyCounts(key: "order")
                for order in orders { #expect(runs[order] == 1, "\(order)") }
                #expect(old.sandbox.bodies.isEmpty)
                #expect(!old.logText.contains("hunter2") && !new.logText.contains("hunter2"))
                let audit = try await new.run(["audit", "export"])
                let history = try folder.write(audit.output, to: "audit.jsonl").path
                let checked = try await ProgramRun(["audit", "check-history", history])
                #expect(checked.status == 0, "\(checked)")
            }
        }
    }

    @Test func refusesAKeyThatOthersCanReadAndAFileThatIsNoneOfItsOwn() async throws {
        let server = try StubServer { _, _ in .problem(500, "not asked") }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("no file of holds", to: "f").path
        let open = try Self.makeKey(in: folder, mode: 0o644)
        for arguments in [
            ["holds", "export", "--out", folder.url.appending(path: "x").path], ["holds", "import", file],
        ] {
            let run = try await ProgramRun(arguments + ["--key-file", open, "--server", server.url])
            #expect(run.status == 64 && run.errors.contains("chmod 600"), "\(run)")
        }
        let key = try Self.makeKey(in: folder)
        let odd = try await ProgramRun(["holds", "import", file, "--key-file", key, "--server", server.url])
        #expect(odd.status == 1 && odd.errors.contains("no file of exported holds"))
        let far = try await ProgramRun([
            "holds", "export", "--out", folder.url.appending(path: "y").path, "--key-file", key, "--server",
            "http://192.0.2.1:1",
        ])
        #expect(far.status == 64 && far.errors.contains("https"))
        #expect(server.requests.isEmpty)
    }
}
