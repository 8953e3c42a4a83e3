import Foundation
import SluiceContent
import SluiceModel
import Testing

@Suite struct ContentPackReaderTests {
    private func read(_ files: [String: String], limits: ContentLimits = ContentLimits()) throws -> ContentPack {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(text, to: name) }
        return ContentPackReader(limits: limits).read(path: folder.path)
    }

    @Test func readsTheFactsOfAFlow() throws {
        let pack = try read([
            "contentpack.properties": Documents.properties,
            "Content/Library/A/x.xml": Documents.flow(id: "x", inside: "<scriptlet><script>1</script></scriptlet>"),
            "Content/Library/A/b.xml":
                "<operation id=\"bbbb\"><name>b</name><opRef><refId>base</refId></opRef></operation>",
        ])
        #expect(pack.name == "Own Pack" && pack.version == "1.2.3" && pack.publisher == "Us" && pack.uuid == nil)
        #expect(pack.diagnostics.isEmpty)
        let flow = try #require(pack.flows.last)
        #expect(flow.path == "Content/Library/A/x.xml" && flow.name == "Own Flow" && flow.kind == .flow)
        #expect(
            flow.inputs == [
                PackInput(name: "host", isRequired: true, type: "STRING", binding: "userInputBinding")
            ])
        #expect(flow.responses == [PackResponse(name: "success", type: "RESOLVED")])
        #expect(flow.startStep == "s1")
        #expect(flow.counts.steps == 2 && flow.counts.returnSteps == 1 && flow.counts.transitions == 2)
        #expect(flow.counts.assignments == 1 && flow.counts.callouts == 1 && flow.counts.scriptlets == 1)
        #expect(
            flow.references == [
                PackReference(id: "bbbb", isResolved: true, count: 1),
                PackReference(id: "aaaa", isResolved: false, count: 1),
            ])
        #expect(pack.flows.first?.references == [PackReference(id: "base", isResolved: false, count: 1)])
    }

    @Test(arguments: [
        (PackGate.flowID, true), (PackGate.flowID.uppercased(), true), (PackGate.cloudSlangName, true),
        ("sluice.maintenance_gate2", false), ("aaaa", false),
    ])
    func isGatedWhenTheStartStepCallsTheGate(called: String, expected: Bool) throws {
        let pack = try read(["Content/Library/x.xml": Documents.flow(id: "x", calls: called)])
        #expect(pack.flows.map(\.isGated) == [expected])
    }

    @Test func isNotGatedWhenAnotherStepCallsTheGate() throws {
        let text = Documents.flow(id: "x").replacingOccurrences(of: "bbbb", with: PackGate.flowID)
        let pack = try read(["Content/Library/x.xml": text])
        #expect(pack.flows.map(\.isGated) == [false])
        #expect(pack.flows.first?.references.contains { $0.id == PackGate.flowID } == true)
    }

    @Test func takesFoldersInAnyCaseAndPassesOverTheRest() throws {
        let pack = try read([
            "content/library/x.xml": Documents.flow(id: "x"), "Content/Library/readme.txt": "<",
            ".idx/Content/Library/y.xml": "<", "other.xml": "<", "META-INF/maven/a/pom.xml": "<",
            "Content/Library/.metadata/z.xml": "<",
        ])
        #expect(pack.flows.map(\.id) == ["x"])
        #expect(pack.diagnostics.map(\.code) == ["pack-no-properties"])
    }

    @Test func neverKeepsAValueOfAnItemOrAnInput() throws {
        let secret = "pa55-word-x"
        let input = """
            <inputs><staticBinding><inputSymbol>password</inputSymbol><inputType>ENCRYPTED</inputType>
            <value>\(secret)</value><required>true</required></staticBinding></inputs>
            """
        let slang = """
            namespace: a
            operation:
              name: op
              inputs:
                - token: {default: '\(secret)', sensitive: true}
                - other: '\(secret)'
            """
        let pack = try read([
            "Content/Library/x.xml": "<flow id=\"x\"><name>n</name>\(input)</flow>",
            "Content/Library/cut.xml": "<flow id=\"x\"><name>n</name>\(input)<value>\(secret)</valu></flow>",
            "Content/Library/op.sl": slang,
            "Content/Library/bad.sl": "namespace: a\nflow: {name: '\(secret)\n",
            "Content/Configuration/System Properties/p.xml":
                "<systemProperty id=\"p\"><name>p</name><value>\(secret)</value></systemProperty>",
            "Content/Configuration/System Accounts/q.xml":
                "<identity id=\"q\"><name>q</name><token>{OBFUSCATED}\(secret)</token></identity>",
            "Content/Configuration/System Properties/s.prop.sl":
                "namespace: a\nproperties:\n  - key: {value: '\(secret)', sensitive: true}\n",
        ])
        #expect(pack.items.map(\.kind) == ["identity", "systemProperty", "cloudslang-properties"])
        #expect(pack.flows.first { $0.id == "x" }?.inputs.first?.isSecret == true)
        #expect(pack.flows.first { $0.id == "a.op" }?.inputs.map(\.isSecret) == [true, false])
        #expect(pack.diagnostics.filter { $0.severity == .error }.count == 2)
        #expect(!String(reflecting: pack).contains(secret))
        #expect(!PackInspection.json(pack).contains(secret))
        #expect(!PackInspection.text(pack).contains(secret))
    }

    @Test func readsDependenciesOfTheRootPom() throws {
        let pom = """
            <project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>Me</artifactId>
            <dependencyManagement><dependencies><dependency><artifactId>no</artifactId></dependency></dependencies>
            </dependencyManagement>
            <dependencies><dependency><groupId>DEFAULT</groupId><artifactId>Base Pack</artifactId>
            <version>[1.9.1,)</version><exclusions><exclusion><artifactId>no</artifactId></exclusion></exclusions>
            </dependency></dependencies></project>
            """
        let pack = try read(["pom.xml": pom, "contentpack.properties": Documents.properties])
        #expect(
            pack.dependencies == [PackDependency(groupID: "DEFAULT", artifactID: "Base Pack", version: "[1.9.1,)")])
    }

    @Test func saysWhatIsNoContentPack() throws {
        #expect(try read(["a.txt": ""]).diagnostics.map(\.code) == ["pack-no-content"])
        #expect(
            try read(["Content/Library/x.xml": "<root version=\"14\"/>"]).diagnostics.map(\.code).contains(
                "pack-oo9-document"))
        #expect(try read(["Content/Library/x.xml": "<flow/>"]).diagnostics.map(\.code).contains("pack-no-id"))
    }

    @Test func warnsOfAnIDThatIsThereTwice() throws {
        let pack = try read([
            "Content/Library/a.xml": Documents.flow(id: "same"), "Content/Library/b.xml": Documents.flow(id: "same"),
        ])
        let warning = try #require(pack.diagnostics.first { $0.code == "pack-duplicate-id" })
        #expect(warning.file.hasSuffix("b.xml") && warning.message.contains("a.xml"))
    }

    @Test func doesNotFollowLinks() throws {
        let folder = try TemporaryFolder()
        let outside = try TemporaryFolder()
        try outside.write(Documents.flow(id: "outside"), to: "x.xml")
        try folder.write(Documents.properties, to: "contentpack.properties")
        try folder.write(Documents.flow(id: "x"), to: "Content/Library/x.xml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/Content/Library/l", withDestinationPath: outside.path)
        let pack = ContentPackReader().read(path: folder.path)
        #expect(pack.flows.map(\.id) == ["x"])
        #expect(pack.diagnostics.map(\.code) == ["tree-link"])
    }

    @Test func holdsItsPartLimits() throws {
        var limits = ContentLimits()
        limits.documentPartCountMax = 1
        var pack = try read(["Content/Library/x.xml": Documents.flow(id: "x")], limits: limits)
        #expect(pack.diagnostics.contains { $0.code == "pack-too-many-parts" })
        limits = ContentLimits()
        limits.packPartCountMax = 6
        let two = ["Content/Library/x.xml": Documents.flow(id: "x"), "Content/Library/y.xml": Documents.flow(id: "y")]
        pack = try read(two, limits: limits)
        #expect(pack.flows.count == 1 && pack.diagnostics.contains { $0.code == "pack-too-large" })
        limits = ContentLimits()
        limits.treeFileCountMax = 3
        #expect(try read(two, limits: limits).diagnostics.contains { $0.code == "tree-files" })
        limits = ContentLimits()
        limits.treeDepthMax = 1
        #expect(try read(two, limits: limits).diagnostics.contains { $0.code == "tree-depth" })
        limits = ContentLimits()
        limits.diagnosticCountMax = 5
        let bad = Dictionary(uniqueKeysWithValues: (0..<20).map { ("Content/Library/\($0).xml", "<a></b>") })
        #expect(
            try read(bad, limits: limits).diagnostics.map(\.code).suffix(2) == [
                "xml-not-well-formed", "too-many-diagnostics",
            ])
    }
}
