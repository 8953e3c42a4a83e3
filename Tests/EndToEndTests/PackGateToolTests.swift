import Foundation
import SluiceJSON
import Testing

/// `sluice pack gate` and `pack ungate` as scripts see them, on the example that the flow authors' guide walks through.
@Suite struct PackGateToolTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardized
    private static let example = root.appending(path: "Examples/nightly").path
    private static let flow = "Content/Library/Backup/Nightly Backup.xml"

    /// A project with the example's flow, and what is added.
    private func project(_ files: [String: String] = [:]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["contentpack.properties", Self.flow] {
            let text = try String(contentsOfFile: "\(Self.example)/\(name)", encoding: .utf8)
            try folder.write(text, to: "pack/\(name)")
        }
        for (name, text) in files { try folder.write(text, to: "pack/\(name)") }
        return folder
    }

    private func sluice(_ command: String, _ folder: TemporaryFolder, _ more: [String] = []) async throws -> ProgramRun
    {
        try await ProgramRun(["pack", command, folder.url.appending(path: "pack").path] + more)
    }

    private func text(_ folder: TemporaryFolder, _ path: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: path), encoding: .utf8)
    }

    @Test func saysWhatItDidAndTakesItBack() async throws {
        let folder = try project()
        defer { folder.remove() }
        let out = folder.url.appending(path: "out").path
        let run = try await sluice("gate", folder, ["--out", out])
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        #expect(
            run.output == """
                gated  \(Self.flow)  end: nobody waits for the run, and its inputs can be kept
                wrote \(out): flows: 1 gated

                """)
        let lint = try await ProgramRun(["pack", "lint", out, "--fail-on", "warning"])
        #expect(lint.status == 0, "\(lint.output)")
        let back = try await ProgramRun([
            "pack", "ungate", out, "--out", folder.url.appending(path: "back").path, "--json",
        ])
        #expect(back.status == 0)
        #expect(try back.json["flows"]?.array?.first?["outcome"] == "restored")
        #expect(try text(folder, "back/\(Self.flow)") == text(folder, "pack/\(Self.flow)"))
        let again = try await ProgramRun(["pack", "gate", out, "--out", folder.url.appending(path: "twice").path])
        #expect(again.status == 0 && again.output.contains("already-gated"))
        #expect(try text(folder, "twice/\(Self.flow)") == text(folder, "out/\(Self.flow)"))
    }

    @Test func takesAJarAndAnswersInJSON() async throws {
        let folder = try project()
        defer { folder.remove() }
        let jar = folder.url.appending(path: "mine.jar").path
        let out = folder.url.appending(path: "mine-gated.jar").path
        #expect(try await sluice("build", folder, ["--out", jar]).status == 0)
        let run = try await ProgramRun(["pack", "gate", jar, "--out", out, "--on-hold", "wait", "--json"])
        #expect(run.status == 0 && run.errors.isEmpty)
        let change = try #require(try run.json["flows"]?.array?.first)
        #expect(change["outcome"] == "gated" && change["onHold"] == "wait" && change["path"] == .string(Self.flow))
        #expect(try run.json["written"] == .string(out))
        let entries = try await ProgramRun(["pack", "inspect", out, "--json"])
        #expect(try entries.json["flows"]?.array?.first?["gated"] == true)
    }

    private static let refused: [(files: [String: String], arguments: [String], code: String)] = [
        ([:], ["--flow", "Weekly Backup"], "pack-gate-unknown-flow"),
        (["Content/Library/cut.xml": "<flow id='x'><name>"], [], "xml-not-well-formed"),
        (["Content/Library/old.xml": "<root version=\"14\"/>"], [], "pack-oo9-document"),
    ]

    @Test(arguments: refused)
    func writesNothingWhenItCannot(files: [String: String], arguments: [String], code: String) async throws {
        let folder = try project(files)
        defer { folder.remove() }
        let run = try await sluice("gate", folder, ["--out", folder.url.appending(path: "out").path] + arguments)
        #expect(run.status == 1 && run.output.isEmpty && run.errors.contains("[\(code)]"), "\(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["pack"])
    }

    @Test func writesNeitherOverItselfNorOverAFolder() async throws {
        let folder = try project()
        defer { folder.remove() }
        let same = try await sluice("gate", folder, ["--out", folder.url.appending(path: "pack").path])
        #expect(same.status == 1 && same.errors.contains("is the pack itself"), "\(same.errors)")
        try folder.write("mine", to: "out/file")
        let there = try await sluice("gate", folder, ["--out", folder.url.appending(path: "out").path])
        #expect(there.status == 1 && there.errors.contains("is there already"), "\(there.errors)")
        #expect(try text(folder, "out/file") == "mine")
    }

    @Test func goesOnPastWhatCannotBeReadWhenAsked() async throws {
        let folder = try project(["Content/Library/cut.xml": "<flow id='x'><name>"])
        defer { folder.remove() }
        let out = folder.url.appending(path: "out").path
        let run = try await sluice("gate", folder, ["--out", out, "--leave-unreadable"])
        #expect(run.status == 0 && run.errors.contains("cut.xml"), "\(run.errors)")
        #expect(try text(folder, "out/Content/Library/cut.xml") == "<flow id='x'><name>")
        let back = try await ProgramRun([
            "pack", "ungate", out, "--out", folder.url.appending(path: "b").path, "--leave-unreadable",
        ])
        #expect(back.status == 0 && back.output.contains("restored"))
    }

    @Test func passesKeysOnAndLeavesExceptedFlows() async throws {
        let folder = try project()
        defer { folder.remove() }
        let keys = ["--ordering-key", "${host}", "--coalesce-key", "nightly"]
        let run = try await sluice("gate", folder, ["--out", folder.url.appending(path: "out").path] + keys)
        #expect(run.status == 0, "\(run.errors)")
        let result = try text(folder, "out/\(Self.flow)")
        #expect(result.contains("<inputSymbol>orderingKey</inputSymbol>") && result.contains("<value>${host}</value>"))
        #expect(result.contains("<inputSymbol>coalesceKey</inputSymbol>") && result.contains("<value>nightly</value>"))
        let left = try await sluice(
            "gate", folder, ["--out", folder.url.appending(path: "left").path, "--except", "Nightly Backup"])
        #expect(left.status == 0 && left.output.contains("no flow was changed"), "\(left.output)")
    }

    @Test func theGuideSaysWhatTheProgramSays() async throws {
        let guide = try String(contentsOf: Self.root.appending(path: "docs/flow-authors.md"), encoding: .utf8)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let out = folder.url.appending(path: "nightly-gated").path
        let graph = try await ProgramRun(["pack", "inspect", "Examples/nightly", "--graph"], in: Self.root)
        let gate = try await ProgramRun(["pack", "gate", "Examples/nightly", "--out", out], in: Self.root)
        let diff = try await ProgramRun(["pack", "diff", "Examples/nightly", out], in: Self.root)
        // The guide shortens the first with an ellipsis.
        let entry = try #require(graph.output.range(of: "entry flows"))
        let end = try #require(graph.output.range(of: "called: 0"))
        let shown = [
            graph.output[entry.lowerBound..<end.lowerBound].trimmingCharacters(in: .newlines),
            gate.output.replacingOccurrences(of: out, with: "nightly-gated"),
            diff.output,
        ]
        for text in shown { #expect(guide.contains(text), "the guide lacks:\n\(text)") }
    }
}
