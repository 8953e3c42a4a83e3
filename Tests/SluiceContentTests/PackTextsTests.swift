import SluiceContent
import SluiceModel
import Testing

/// Descriptions and prompts, in projects and in packed packs (oo-content-pack.md section 1.4).
@Suite struct PackTextsTests {
    private static let keys = """
        f-1.description=Backs up\\: all\\nof it
        f-1.b-1.prompt=Which h\\u00f6st?
        f-1.b-1.description=A host
        f-1.b-2.prompt=
        f-1.s-1.description=First <pre>
        f-1.s-2.description=Inside
        f-1.x-1.prompt=Ask in the step
        f-2.description=Of another flow
        Library\\\\Own\\ Folder.description=All about it
        """

    /// A flow with the keys of its texts, and the texts themselves before or behind everything else.
    private static func flow(before: String = "", behind: String = "", id: String = "f-1") -> String {
        """
        <flow id="\(id)">\(before)<annotation>\(id).description</annotation><name>Own</name>
        <inputs><userInputBinding id="b-1"><annotation>\(id).b-1.description</annotation><inputSymbol>host</inputSymbol>
        <prompt>\(id).b-1.prompt</prompt></userInputBinding><userInputBinding id="b-2"><inputSymbol>other</inputSymbol>
        </userInputBinding></inputs>
        <steps><multiInstanceStep id="s-1"><name>Each</name><bindings><userInputBinding id="x-1">
        <inputSymbol>in</inputSymbol></userInputBinding></bindings><steps><step id="s-2"><name>In</name></step>
        <step id="s-3"><name>Silent</name></step></steps></multiInstanceStep></steps>\(behind)</flow>
        """
    }

    private static let cdata = "<descriptionCdata><![CDATA[\(keys)]]></descriptionCdata>"

    private func expectTexts(_ graph: FlowDocument) {
        #expect(graph.description == "Backs up: all\nof it")
        #expect(graph.inputs.map(\.prompt) == ["Which höst?", nil])
        #expect(graph.inputs.map(\.description) == ["A host", nil])
        #expect(graph.allSteps.map(\.description) == ["First <pre>", "Inside", nil])
    }

    private func read(_ files: [String: String]) throws -> (pack: ContentPack, documents: [FlowDocument]) {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(text, to: name) }
        var documents: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: folder.path) { documents.append($0) }
        #expect(pack.flows == ContentPackReader().read(path: folder.path).flows)
        return (pack, documents)
    }

    // MARK: Projects

    @Test func findsTheTextsOfAProjectsDocument() throws {
        let graph = try FlowXML.graph(Self.flow(before: Self.cdata))
        expectTexts(graph)
        #expect(graph.steps.first?.bindings.map(\.prompt) == ["Ask in the step"])
    }

    @Test func findsTextsThatComeLast() throws { expectTexts(try FlowXML.graph(Self.flow(behind: Self.cdata))) }

    @Test(arguments: ["", "<descriptionCdata/>", "<descriptionCdata><![CDATA[]]></descriptionCdata>"])
    func hasNoTextsWhereNoneAreWritten(before: String) throws {
        let graph = try FlowXML.graph(Self.flow(before: before))
        #expect(graph.description == nil && graph.inputs.allSatisfy { $0.prompt == nil && $0.description == nil })
        #expect(graph.allSteps.allSatisfy { $0.description == nil })
    }

    @Test func showsTheTextsOfAProjectInTheInventory() throws {
        let (pack, _) = try read([
            "contentpack.properties": Documents.properties,
            "Content/Library/Own Folder/x.xml": Self.flow(before: Self.cdata),
            "Content/Library/Own Folder.properties": "Library\\\\Own\\ Folder.description=All about it\r\n",
            "Content/Library.properties": "",
            "Content/Library/Bare.properties": "Library\\\\Bare.description=None in it",
        ])
        let flow = try #require(pack.flows.first)
        #expect(flow.description == "Backs up: all\nof it")
        #expect(flow.inputs.map(\.prompt) == ["Which höst?", nil] && flow.inputs[0].description == "A host")
        #expect(pack.folders == [PackFolder(path: "Content/Library/Own Folder", description: "All about it")])
        #expect(pack.diagnostics.isEmpty)
    }

    @Test func readsTextsOfAnyLength() throws {
        let long = String(repeating: "words ", count: 40_000)
        let graph = try FlowXML.graph(
            Self.flow(before: "<descriptionCdata><![CDATA[f-1.description=\(long)x]]></descriptionCdata>"))
        #expect(graph.description == long + "x")
    }

    @Test func holdsNoMoreTextsThanItsLimit() {
        var limits = ContentLimits()
        limits.documentGraphPartCountMax = 20
        let texts = (0..<30).map { "k\($0)=v" }.joined(separator: "\n")
        let text = FlowXML.flow("<descriptionCdata>\(texts)</descriptionCdata>")
        #expect(FlowXML.read(text, limits: limits).diagnostics.map(\.code) == ["pack-too-many-parts"])
    }

    // MARK: Packs

    @Test func findsTheTextsOfAPackInItsBundle() throws {
        let (pack, documents) = try read([
            "contentpack.properties": Documents.properties, "Content/Library/Own Folder/x.xml": Self.flow(),
            "Content/Library/y.xml": Self.flow(id: "f-2"), "resource-bundles/cp.properties": Self.keys,
        ])
        expectTexts(try #require(documents.first))
        #expect(documents.first?.steps.first?.bindings.map(\.prompt) == ["Ask in the step"])
        #expect(pack.flows.map(\.description) == ["Backs up: all\nof it", "Of another flow"])
        #expect(pack.folders.map(\.path) == ["Content/Library/Own Folder"])
    }

    @Test func prefersADocumentsOwnTextsToTheBundles() throws {
        let (_, documents) = try read([
            "Content/Library/x.xml": Self.flow(
                before: "<descriptionCdata>f-1.description=Own words</descriptionCdata>"),
            "resource-bundles/cp.properties": Self.keys,
        ])
        #expect(documents.first?.description == "Own words")
        #expect(documents.first?.inputs.first?.prompt == "Which höst?")
    }

    @Test func findsTheTextsOfCloudSlangInTheBundle() throws {
        let (pack, documents) = try read([
            "Content/Library/my/tidy.sl": """
            namespace: my
            flow:
              name: tidy
              inputs:
                - host
                - port: '80'
              workflow:
                - go: {do: {my.op: []}, navigate: [{SUCCESS: SUCCESS}]}
              results: [SUCCESS]
            """,
            "resource-bundles/cp.properties":
                "my.tidy.description=Tidies\nmy.tidy.input.port.description=A port\nmy.tidy.result.OK.description=x",
        ])
        #expect(pack.flows.map(\.description) == ["Tidies"] && documents.map(\.description) == ["Tidies"])
        #expect(pack.flows.first?.inputs.map(\.description) == [nil, "A port"])
        #expect(documents.first?.inputs.map(\.description) == [nil, "A port"])
    }

    @Test func saysWhenABundleHasTooManyTexts() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.flow(), to: "Content/Library/x.xml")
        try folder.write(Self.keys, to: "resource-bundles/cp.properties")
        var limits = ContentLimits()
        limits.textCountMax = 2
        var pack = ContentPackReader(limits: limits).read(path: folder.path)
        #expect(pack.diagnostics.contains { $0.code == "pack-too-many-texts" && $0.file.hasSuffix("cp.properties") })
        #expect(pack.flows.first?.description != nil)
        limits.textsBytesMax = 10
        pack = ContentPackReader(limits: limits).read(path: folder.path)
        #expect(pack.diagnostics.contains { $0.code == "file-size" } && pack.flows.count == 1)
    }

    @Test func readsWhatTheBuilderHasPacked() throws {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        try folder.write(Self.flow(before: Self.cdata), to: "Content/Library/Own Folder/x.xml")
        try folder.write(
            "Library\\\\Own\\ Folder.description=All about it", to: "Content/Library/Own Folder.properties")
        let jar = folder.path + "/own.jar"
        #expect(PackBuilder.build(project: folder.path, output: jar).isEmpty)
        var packed: [FlowDocument] = []
        var inProject: [FlowDocument] = []
        let pack = ContentPackReader().documents(path: jar) { packed.append($0) }
        let project = ContentPackReader().documents(path: folder.path) { inProject.append($0) }
        expectTexts(try #require(packed.first))
        #expect(pack.flows == project.flows && pack.folders == project.folders && !pack.folders.isEmpty)
        #expect(packed.flatMap(\.inputs).map(\.prompt) == inProject.flatMap(\.inputs).map(\.prompt))
    }
}
