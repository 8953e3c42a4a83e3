import Foundation
import SluiceJSON
import Testing

/// `sluice pack lint`, `diff`, `build` and `inspect --graph` as scripts see them.
@Suite struct PackToolTests {
    private static let secret = "pa55-planted"
    private static let gate = "6f1c5f0e-5a7e-4c8e-9a39-5b1ce5a7e001"

    /// Steps of a flow that has nothing wrong but that it may lack the gate.
    private static func flow(
        id: String, name: String, calls: String, destination: String = "end", value: String = "x", text: String = ""
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="\(id)">\(text)<name>\(name)</name><inputs/>
        <possibleResponses><opResponse id="r"><name>success</name><type>RESOLVED</type></opResponse></possibleResponses>
        <steps><step id="ask"><name>Ask</name><bindings><staticBinding id="b"><inputSymbol>password</inputSymbol>
        <inputType>STRING</inputType><value>\(value)</value></staticBinding></bindings>
        <transitions><transition id="t"><name>go</name><responseSymbol>success</responseSymbol>
        <destination><refId>\(destination)</refId></destination></transition></transitions>
        <opRef><refId>\(calls)</refId></opRef></step>
        <returnStep id="end"><name>End</name><transitions><transition id="u"><name>return</name>
        <responseSymbol>success</responseSymbol><destination><refId>end</refId></destination></transition></transitions>
        <returnStepType>RESOLVED</returnStepType></returnStep></steps><startSteps>ask</startSteps></flow>
        """
    }

    private static let operation = """
        <operation id="op"><name>Op</name><possibleResponses><opResponse><name>success</name><type>RESOLVED</type>
        </opResponse></possibleResponses></operation>
        """

    /// A project with an operation and the given flows.
    private func project(_ flows: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(
            "content.pack.name=Test\ncontent.pack.version=1.0\n", to: "pack/contentpack.properties")
        try folder.write(Self.operation, to: "pack/Content/Library/Op.xml")
        for (name, text) in flows { try folder.write(text, to: "pack/Content/Library/\(name).xml") }
        return folder
    }

    private func path(_ folder: TemporaryFolder, _ name: String = "pack") -> String {
        folder.url.appending(path: name).path
    }

    private func lint(_ folder: TemporaryFolder, _ arguments: String...) async throws -> ProgramRun {
        try await ProgramRun(["pack", "lint", path(folder)] + arguments)
    }

    // MARK: lint

    private static let thresholds: [(arguments: [String], status: Int32)] = [
        ([], 0), (["--fail-on", "error"], 0), (["--fail-on", "warning"], 3), (["--fail-on", "note"], 3),
        (["--fail-on", "note", "--disable", "OO101"], 3),
        (["--fail-on", "note", "--disable", "oo101", "--disable", "OO502"], 0),
    ]

    @Test(arguments: thresholds)
    func lintExitsWith3ForFindingsAtLeastAsBadAsAskedFor(arguments: [String], status: Int32) async throws {
        let folder = try project(["Ungated": Self.flow(id: "f", name: "Ungated", calls: "op")])
        defer { folder.remove() }
        let run = try await ProgramRun(["pack", "lint", path(folder)] + arguments)
        #expect(run.status == status, "\(run.output) \(run.errors)")
        #expect(run.output.contains("[OO101]") == !arguments.contains { $0.lowercased() == "oo101" })
        #expect(run.errors.contains(" at or above ") == (status == 3))
    }

    @Test func lintExitsWith3ForAnErrorByDefaultAndNamesItsPlace() async throws {
        let folder = try project([
            "Broken": Self.flow(id: "f", name: "Broken", calls: Self.gate, destination: "gone", value: Self.secret)
        ])
        defer { folder.remove() }
        let text = try await lint(folder)
        #expect(text.status == 3)
        #expect(text.output.contains("/pack/Content/Library/Broken.xml:6: error: ") && text.output.contains("[OO203]"))
        let json = try await lint(folder, "--json")
        #expect(json.status == 3)
        let found = try #require(try json.json["findings"]?.array)
        #expect(found.contains { $0["rule"] == "OO203" && $0["line"] == 6 && $0["severity"] == "error" })
        #expect(try json.problem["exitCode"] == 3)
        let sarif = try await lint(folder, "--format", "sarif")
        #expect(sarif.status == 3)
        #expect(try sarif.json["version"] == "2.1.0")
        let results = try #require(try sarif.json["runs"]?.array?.first?["results"]?.array)
        #expect(results.contains { $0["ruleId"] == "OO203" && $0["level"] == "error" })
        for run in [text, json, sarif] { #expect(!(run.output + run.errors).contains(Self.secret)) }
    }

    @Test func lintExitsWith1WhenSomethingCannotBeRead() async throws {
        let folder = try project(["Cut": "<flow id=\"f\"><name>Cut"])
        defer { folder.remove() }
        let run = try await lint(folder)
        #expect(run.status == 1 && run.errors.contains("Cut.xml") && run.errors.contains("[xml-not-well-formed]"))
        let missing = try await ProgramRun(["pack", "lint", "/nonexistent.jar"])
        #expect(missing.status == 1 && missing.errors.contains("file-not-found"))
        #expect(missing.output.contains("findings may be missing"))
    }

    @Test func lintListsItsRulesWithWhatToDo() async throws {
        let run = try await ProgramRun(["pack", "lint", "--list-rules"])
        #expect(run.status == 0)
        let lines = run.output.split(separator: "\n")
        #expect(
            lines.count >= 21
                && lines.allSatisfy { $0.wholeMatch(of: /OO\d{3} (error|warning|note): .+\. .+\./) != nil })
        let fewer = try await ProgramRun(["pack", "lint", "--list-rules", "--disable", "OO101"])
        #expect(fewer.output.split(separator: "\n").count == lines.count - 1)
    }

    @Test(arguments: [
        ["pack", "lint"], ["pack", "lint", "x.jar", "--disable", "OO999"],
        ["pack", "lint", "x.jar", "--fail-on", "all"],
        ["pack", "lint", "x.jar", "--format", "xml"], ["pack", "diff", "a.jar"], ["pack", "build", "dir"],
        ["pack", "inspect", "--graph"],
    ])
    func exitsWith64WhenTheCommandLineIsWrong(arguments: [String]) async throws {
        let run = try await ProgramRun(arguments)
        #expect(run.status == 64 && run.output.isEmpty && run.errors.hasPrefix("Error: "))
    }

    // MARK: diff

    @Test func diffExitsWith3WhenPacksDifferAndThatIsAskedFor() async throws {
        let old = try project(["Flow": Self.flow(id: "f", name: "Flow", calls: "op", value: "old-" + Self.secret)])
        let new = try project(["Flow": Self.flow(id: "F", name: "Flow", calls: Self.gate, value: "new-" + Self.secret)])
        defer {
            old.remove()
            new.remove()
        }
        let same = try await ProgramRun(["pack", "diff", path(old), path(old), "--exit-code"])
        #expect(same.status == 0 && same.output.contains("no difference (flows: 2)"))
        let told = try await ProgramRun(["pack", "diff", path(old), path(new)])
        #expect(told.status == 0 && told.output.contains("calls \(Self.gate), was op"))
        #expect(told.output.contains("has another value"))
        let asked = try await ProgramRun(["pack", "diff", path(old), path(new), "--exit-code", "--json"])
        #expect(asked.status == 3)
        #expect(try asked.json["format"] == 1 && asked.problem["exitCode"] == 3)
        for run in [told, asked] { #expect(!(run.output + run.errors).contains(Self.secret)) }
        let missing = try await ProgramRun(["pack", "diff", path(old), "/nonexistent.jar", "--exit-code"])
        #expect(missing.status == 1 && missing.errors.contains("file-not-found"))
    }

    // MARK: build

    @Test func buildMakesAJarThatReadsAsTheProjectWithTheSameBytesEachTime() async throws {
        let text = "<descriptionCdata><![CDATA[f.description=What it does]]></descriptionCdata>"
        let folder = try project(["Flow": Self.flow(id: "f", name: "Flow", calls: "op", text: text)])
        defer { folder.remove() }
        let jars = ["a.jar", "b.jar"].map { path(folder, $0) }
        for jar in jars {
            let run = try await ProgramRun(["pack", "build", path(folder), "--out", jar])
            #expect(run.status == 0 && run.output.isEmpty && run.errors.contains("wrote \(jar)"), "\(run.errors)")
        }
        let bytes = try jars.map { try Data(contentsOf: URL(filePath: $0)) }
        #expect(bytes[0] == bytes[1] && !bytes[0].isEmpty)
        let packed = try await ProgramRun(["pack", "inspect", jars[0], "--json"])
        let source = try await ProgramRun(["pack", "inspect", path(folder), "--json"])
        #expect(packed.status == 0)
        #expect(try packed.json["flows"] == source.json["flows"])
        let shown = try await ProgramRun(["pack", "inspect", jars[0]])
        #expect(shown.output.contains("\n    What it does\n"))
    }

    @Test func buildLeavesWhatWasThereWhenItFails() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("kept", to: "own.jar")
        try folder.write("x", to: "empty/readme.txt")
        let run = try await ProgramRun(["pack", "build", path(folder, "empty"), "--out", path(folder, "own.jar")])
        #expect(run.status == 1 && run.errors.contains("[not-a-project]"))
        #expect(try String(contentsOf: folder.url.appending(path: "own.jar"), encoding: .utf8) == "kept")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(Set(left) == ["own.jar", "empty"])
    }

    // MARK: inspect --graph

    @Test func inspectShowsWhoCallsWhomAcrossPacks() async throws {
        let first = try project(["Inner": Self.flow(id: "inner", name: "Inner", calls: "op")])
        let second = try project(["Outer": Self.flow(id: "outer", name: "Outer", calls: "INNER")])
        let third = try project(["Lost": Self.flow(id: "lost", name: "Lost", calls: "far-away", value: Self.secret)])
        defer { for folder in [first, second, third] { folder.remove() } }
        let paths = [first, second, third].map { path($0) }
        let text = try await ProgramRun(["pack", "inspect"] + paths + ["--graph"])
        #expect(text.status == 0)
        let graph = try #require(text.output.components(separatedBy: "across 3 packs").last)
        #expect(graph.contains("entry flows (no other flow calls them): 2"))
        #expect(
            graph.contains("ungated  outer") && graph.contains("ungated  lost") && !graph.contains("ungated  inner"))
        #expect(graph.contains("far-away  1 step, in Content/Library/Lost.xml"))
        let json = try await ProgramRun(["pack", "inspect"] + paths + ["--graph", "--json"])
        let lines = json.output.split(separator: "\n")
        #expect(json.status == 0 && lines.count == 4)
        let flows = try #require(try JSONReader.read(String(lines.last ?? ""))["flows"]?.array)
        let inner = try #require(flows.first { $0["id"] == "inner" })
        #expect(inner["callers"] == ["outer"] && inner["entry"] == false)
        #expect(flows.first { $0["id"] == "outer" }?["entry"] == true)
        #expect(!(text.output + json.output).contains(Self.secret))
    }
}
