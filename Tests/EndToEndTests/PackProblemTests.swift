import Foundation
import SluiceJSON
import Testing

/// What the commands of content packs say with `--json` when a pack cannot be read: one problem document on stderr.
@Suite struct PackProblemTests {
    /// The command with `$pack` for a project whose flow is cut on its second line, and `$out` for what it writes.
    static let commands: [[String]] = [
        ["pack", "inspect", "$pack"], ["pack", "inspect", "$pack", "--graph"],
        ["pack", "inspect", "$pack", "--svg", "x"],
        ["pack", "lint", "$pack"], ["pack", "diff", "$pack", "$pack"], ["pack", "build", "$pack", "--out", "$out"],
        ["pack", "gate", "$pack", "--out", "$out"], ["pack", "ungate", "$pack", "--out", "$out"],
        ["pack", "load", "$pack", "--server", "http://127.0.0.1:9"],
    ]

    private func run(_ command: [String], _ more: String...) async throws -> (run: ProgramRun, isWritten: Bool) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("content.pack.name=P\n", to: "pack/contentpack.properties")
        try folder.write("<flow id=\"f\">\n<name>Cut", to: "pack/Content/Library/Cut.xml")
        let (pack, out) = (folder.url.appending(path: "pack").path, folder.url.appending(path: "out").path)
        let run = try await ProgramRun(
            command.map { $0 == "$pack" ? pack : $0 == "$out" ? out : $0 } + more)
        return (run, FileManager.default.fileExists(atPath: out))
    }

    @Test(arguments: commands)
    func withJSONStderrIsOneProblemWithTheDiagnostics(command: [String]) async throws {
        let (run, isWritten) = try await run(command, "--json")
        #expect(run.status == 1 && !isWritten)
        let problem = try JSONReader.read(run.errors)
        #expect(problem["type"] == "urn:sluice:cli:failed" && problem["exitCode"] == 1, "\(problem)")
        let diagnostic = try #require(problem["diagnostics"]?.array?.first, "\(problem)")
        #expect(diagnostic["code"] == "xml-not-well-formed" && diagnostic["severity"] == "error")
        #expect(
            diagnostic["file"]?.string?.hasSuffix("/pack/Content/Library/Cut.xml") == true && diagnostic["line"] == 2)
        #expect(diagnostic["message"]?.string?.isEmpty == false)
    }

    @Test(arguments: commands)
    func asTextEachIsOnALineOfItsOwn(command: [String]) async throws {
        let (run, isWritten) = try await run(command)
        #expect(run.status == 1 && !isWritten)
        let lines = run.errors.split(separator: "\n")
        #expect(lines.first?.contains("/Cut.xml:2:") == true && lines.first?.hasSuffix("[xml-not-well-formed]") == true)
        #expect(lines.contains { $0.hasPrefix("Error: ") }, "\(run.errors)")
    }

    @Test func remarksThatStopNothingAreInTheResult() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("content.pack.name=P\n", to: "pack/contentpack.properties")
        for name in ["a.txt", "A.txt"] { try folder.write("x", to: "pack/Content/Library/\(name)") }
        // Gating does not remark on names that differ in case.
        for (command, codes) in [("build", ["pack-case-collision"]), ("gate", []), ("ungate", [])] {
            let out = folder.url.appending(path: command).path
            let arguments = ["pack", command] + [folder.url.appending(path: "pack").path, "--out", out, "--json"]
            let run = try await ProgramRun(arguments)
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            #expect(try run.json["format"] == 1 && run.json["written"] == .string(out))
            let found = try run.json["diagnostics"]?.array?.map { $0["code"]?.string ?? "" }
            #expect(found == codes, "\(run.output)")
        }
    }

    @Test func aScheduleThatCannotBeReadIsOneProblemToo() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("<job-scheduling-data>\n<schedule", to: "quartz.xml").path
        let run = try await ProgramRun(["schedule", "inspect", file, "--json"])
        #expect(run.status == 1)
        #expect(try JSONReader.read(run.errors)["diagnostics"]?.array?.first?["file"] == .string(file))
    }
}
