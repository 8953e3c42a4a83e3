import SluiceContent
import SluiceModel
import Testing

/// Lint behind the readers: what real packs write must not be taken for a fault.
@Suite struct LintReadingTests {
    private static func cloudSlang(_ name: String, results: String, steps: String) -> String {
        "namespace: own\nflow:\n  name: \(name)\n  workflow:\n\(steps)\n  results: \(results)\n"
    }

    private static func operation(_ name: String, results: String) -> String {
        """
        namespace: own
        operation:
          name: \(name)
          python_action: {script: 'x = 1'}
          results:
        \(results)
        """
    }

    /// Lints files of one pack, without the rule that every flow ought to have a gate.
    private func report(_ files: [String: String]) throws -> LintReport {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        for (name, text) in files { try folder.write(text, to: "Content/Library/own/\(name)") }
        return lint([folder.path])
    }

    private func lint(_ paths: [String]) -> LintReport {
        let packs = paths.map { path in
            var documents: [FlowDocument] = []
            let pack = ContentPackReader().documents(path: path) { documents.append($0) }
            return LintPack(pack: pack, documents: documents)
        }
        return LintRun(disabled: ["OO101"]).report(on: LintInput(packs: packs))
    }

    private static let two = operation("two", results: "    - SUCCESS: '${x}'\n    - FAILURE")

    @Test func findsNothingWhereCloudSlangNavigatesByItself() throws {
        let steps = """
                - first: {do: {own.two: []}}
                - each: {loop: {for: x in names, do: {own.two: [{n: '${x}'}]}, break: []}}
                - beside: {parallel_loop: {for: x in names, do: {own.odd: []}}, navigate: [{SUCCESS: last}]}
                - last: {do: {own.two: []}}
                - on_failure:
                  - mail: {do: {own.odd: []}}
            """
        let found = try report([
            "two.sl": Self.two, "odd.sl": Self.operation("odd", results: "    - ODD: '${x}'\n    - SUCCESS"),
            "night.sl": Self.cloudSlang("night", results: "[SUCCESS, FAILURE]", steps: steps),
        ])
        #expect(found.findings == [], "\(found.text)")
    }

    @Test func takesANavigateInsideALoopForTheSteps() throws {
        let steps = """
                - each:
                    loop:
                      for: x in names
                      do: {own.three: []}
                      publish: [y]
                      break: []
                      navigate: [{MORE: rest}, {SUCCESS: SUCCESS}]
                - rest: {do: {own.two: []}, navigate: [{SUCCESS: SUCCESS}, {FAILURE: SUCCESS}]}
            """
        let found = try report([
            "two.sl": Self.two, "three.sl": Self.operation("three", results: "    - MORE: '${x}'\n    - SUCCESS"),
            "night.sl": Self.cloudSlang("night", results: "[SUCCESS]", steps: steps),
        ])
        #expect(found.findings == [], "\(found.text)")
    }

    @Test func takesOnlyTheFirstOfTheResultsThatShareAnEntry() throws {
        let steps = "    - go: {do: {own.shared: []}, navigate: [{WRONG: SUCCESS}, {SUCCESS: SUCCESS}]}"
        let found = try report([
            "shared.sl": Self.operation("shared", results: "    - WRONG: '${x}'\n      CUSTOM: '${x}'\n    - SUCCESS"),
            "night.sl": Self.cloudSlang("night", results: "[SUCCESS]", steps: steps),
        ])
        #expect(found.findings == [], "\(found.text)")
    }

    @Test(arguments: [
        ("- go: {do: {own.two: []}, navigate: [{SUCCESS: SUCCESS}]}", "FAILURE"),
        ("- go: {parallel_loop: {for: x in y, do: {own.two: []}}, navigate: [{SUCCESS: SUCCESS}]}", "FAILURE"),
    ])
    func findsAResultThatNavigateLeavesOut(step: String, result: String) throws {
        let found = try report([
            "two.sl": Self.two,
            "night.sl": Self.cloudSlang("night", results: "[SUCCESS]", steps: "    " + step),
        ])
        #expect(found.findings.map(\.rule) == ["OO403"] && found.findings[0].message.contains("'\(result)'"))
    }

    /// Verdicts of the real compiler (cloud-slang d5ccc5f).
    @Test(arguments: [
        ("- go: {do: {own.ask: []}}", ["OO405"]), ("- go: {do: {own.ask: [host: '']}}", ["OO405"]),
        ("- go: {do: {own.ask: [host]}}", []), ("- go: {do: {own.ask: [host: 'x']}}", []),
        ("- go: {do: {own.ask: [host: {prompt: {type: text}}]}}", []),
        ("- go: {do: {own.ask: [host: 'x', Answer: 'y']}}", ["OO406"]),
        ("- go: {loop: {for: x in y, do: {own.ask: [host]}}}", []),
        ("- go: {loop: {for: x in y, do: {own.only: []}}, navigate: [{SUCCESS: SUCCESS}]}", ["OO407"]),
        ("- go: {loop: {for: x in y, do: {own.only: []}, break: []}, navigate: [{SUCCESS: SUCCESS}]}", []),
        ("- go: {do: {own.only: []}}", ["OO407"]), ("- go: {do: {own.only: []}, navigate: [{SUCCESS: SUCCESS}]}", []),
    ])
    func holdsAStepToItsCallee(step: String, rules: [String]) throws {
        let ask = """
            namespace: own
            operation:
              name: ask
              inputs: [host, port: {default: '1'}, zone: {required: false}, who: {prompt: {type: text}}]
              python_action: {script: 'x = 1'}
              outputs: [answer: '${x}']
              results: [SUCCESS: '${x}', FAILURE]
            """
        let found = try report([
            "ask.sl": ask, "only.sl": Self.operation("only", results: "    - SUCCESS"),
            "night.sl": Self.cloudSlang("night", results: "[SUCCESS, FAILURE]", steps: "    " + step),
        ])
        #expect(found.findings.filter { $0.file.hasSuffix("night.sl") }.map(\.rule) == rules, "\(found.text)")
    }

    @Test func doesNotMissACalleeWhoseFileCouldNotBeRead() throws {
        let step = "    - go: {do: {own.two: []}, navigate: [{SUCCESS: SUCCESS}, {FAILURE: SUCCESS}]}"
        let flow = Self.cloudSlang("night", results: "[SUCCESS]", steps: step)
        #expect(try report(["night.sl": flow]).findings.map(\.rule) == ["OO402"])
        #expect(try report(["night.sl": flow, "two.sl": "namespace: own\nnamespace: own\n"]).findings == [])
    }

    @Test func takesWhatAPackNeedsForThereWhenThatIsNotGiven() throws {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        try folder.write(
            """
            <flow id="x"><name>x</name><possibleResponses><opResponse><name>success</name><type>RESOLVED</type>
            </opResponse></possibleResponses><startSteps>s</startSteps>
            <steps><step id="s"><name>s</name><opRef><refId>far</refId></opRef>
            <transitions>\(FlowXML.transition("success", to: "r"))</transitions></step>
            <returnStep id="r"><transitions>\(FlowXML.transition("success", to: "r"))</transitions>
            <returnStepType>RESOLVED</returnStepType></returnStep></steps></flow>
            """, to: "Content/Library/x.xml")
        #expect(lint([folder.path]).findings.map { [$0.rule, $0.severity.rawValue] } == [["OO401", "warning"]])
        let pom = { (name: String) in
            """
            <project><dependencies><dependency><groupId>DEFAULT</groupId><artifactId>\(name)</artifactId>
            <version>[1]</version></dependency></dependencies></project>
            """
        }
        try folder.write(pom("Base"), to: "pom.xml")
        #expect(lint([folder.path]).findings.map(\.severity) == [.note])
        // Given all that it needs, the reference is dangling.
        try folder.write(pom("Own Pack"), to: "pom.xml")
        #expect(lint([folder.path]).findings.map(\.severity) == [.warning])
    }

    @Test func findsJavasOwnPasswordWorthANoteOnly() throws {
        let text = """
            <operation id="o"><name>o</name><inputs><staticBinding id="b"><inputSymbol>trustPassword</inputSymbol>
            <inputType>ENCRYPTED</inputType><value>changeit</value></staticBinding><staticBinding id="c">
            <inputSymbol>keystorePassword</inputSymbol><inputType>STRING</inputType><value>changeit</value>
            </staticBinding></inputs></operation>
            """
        let found = try report(["o.xml": text])
        #expect(found.findings.map { [$0.rule, $0.severity.rawValue] } == [["OO501", "note"]], "\(found.text)")
    }

    // MARK: Content of others

    @Test(.enabled(if: GoldenPackTests.areHere, "needs the four repositories in ../.mirror"))
    func findsNoErrorInRealProjectsButTheUnfinishedFlow() throws {
        for golden in GoldenPackTests.all {
            let folder = try TemporaryFolder()
            let report = lint([try golden.extract(into: folder)])
            let errors = report.findings.filter { $0.severity == .error }
            #expect(errors.map(\.rule) == (golden.repository == "smexp+test" ? ["OO201"] : []), "\(report.text)")
            #expect(Set(report.findings.map(\.rule)).isSubset(of: ["OO201", "OO401", "OO501"]))
        }
    }

    @Test(.enabled(if: GoldenPackTests.areHere, "needs the four repositories in ../.mirror"))
    func findsNothingAboutTheGateInRealProjectsThatWereGated() throws {
        for golden in GoldenPackTests.all {
            let folder = try TemporaryFolder()
            let output = try TemporaryFolder()
            let gating = PackGating().gate(
                path: try golden.extract(into: folder), output: output.path + "/gated", options: PackGating.Options())
            #expect(gating.changes.contains { $0.plan != nil }, "\(gating.diagnostics)")
            let report = lint([output.path + "/gated"])
            #expect(!report.findings.contains { $0.rule.hasPrefix("OO1") }, "\(report.text)")
            #expect(!report.findings.contains { $0.rule == "OO205" && $0.severity == .error }, "\(report.text)")
        }
    }

    @Test(.enabled(if: SharedFiles.hasContent, "needs ../shared/samples"))
    func findsNothingWrongInCloudSlangsOwnContent() throws {
        let jars = SharedFiles.files(below: SharedFiles.samples + "/content/assembled", suffix: ".jar")
        #expect(!jars.isEmpty)
        let report = lint(jars)
        // The password that CSA is shipped with.
        let worse = report.findings.filter { $0.severity > .note }
        #expect(worse.map(\.rule) == ["OO503"], "\(report.text)")
        #expect(worse.allSatisfy { $0.file.hasSuffix("/hcm_oo.prop.sl") && $0.line == 19 })
        #expect(Set(report.findings.map(\.rule)) == ["OO501", "OO503"])
    }

    @Test func findsNothingWrongInTheGatePack() {
        let report = lint([SharedFiles.gatePack])
        #expect(report.count(atLeast: .warning) == 0, "\(report.text)")
    }
}
