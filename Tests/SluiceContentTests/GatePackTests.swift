import Foundation
import SluiceModel
import Testing

@testable import SluiceContent

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Our own pack: readable, whole by the invariants of real packs, and the same jar each time.
@Suite struct GatePackTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../ContentPack").standardized.path

    private static let flowPaths = ["Maintenance Gate", "Gated Entry"].map { "Content/Library/Sluice/\($0).xml" }

    private func tree(_ path: String) throws -> XMLDocument {
        try XMLDocument(data: Data(contentsOf: URL(filePath: "\(Self.project)/\(path)")), options: [])
    }

    private func texts(_ node: XMLNode, _ path: String) throws -> [String] {
        try node.nodes(forXPath: path).map { $0.stringValue ?? "" }
    }

    @Test func readsWithoutRemarks() {
        let pack = ContentPackReader().read(path: Self.project)
        #expect(pack.diagnostics.isEmpty, "\(pack.diagnostics)")
        #expect(pack.name == "Sluice Gate" && pack.version == "1.0.0")
        let ids = pack.flows.map(\.id)
        #expect(ids.contains(PackGate.flowID) && ids.contains(PackGate.cloudSlangName))
        #expect(pack.flows.first { $0.name == "Gated Entry" }?.isGated == true)
        #expect(Set(ids).count == ids.count)
    }

    @Test(arguments: flowPaths)
    func keepsTheInvariantsOfRealFlows(path: String) throws {
        let document = try tree(path)
        let ids = try texts(document, "//@id")
        #expect(Set(ids).count == ids.count)
        let steps = try document.nodes(forXPath: "/flow/steps/*")
        let stepIDs = Set(try texts(document, "/flow/steps/*/@id"))
        #expect(stepIDs.contains(try texts(document, "/flow/startSteps").joined()))
        for step in steps {
            let id = try texts(step, "@id")
            let symbols = try texts(step, "transitions/transition/responseSymbol")
            #expect(!symbols.isEmpty && Set(symbols).count == symbols.count)
            #expect(Set(try texts(step, "transitions/transition/source/refId")) == Set(id))
            let destinations = Set(try texts(step, "transitions/transition/destination/refId"))
            #expect(destinations.isSubset(of: stepIDs))
            guard step.name == "returnStep" else { continue }
            let type = try texts(document, "//opResponse[name='\(symbols[0])']/type")
            #expect(try type == texts(step, "returnStepType") && destinations == Set(id))
        }
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        #expect(try texts(document, "/flow/name") == [name])
    }

    @Test func buildsTheSameJarTwiceWithTheSameFlowsAndTheTextsInTheBundle() throws {
        let folder = try TemporaryFolder()
        let jars = ["a.jar", "b.jar"].map { folder.path + "/" + $0 }
        for jar in jars { #expect(PackBuilder.build(project: Self.project, output: jar).isEmpty) }
        #expect(try Data(contentsOf: URL(filePath: jars[0])) == Data(contentsOf: URL(filePath: jars[1])))
        let built = ContentPackReader().read(path: jars[0])
        #expect(built.diagnostics.isEmpty, "\(built.diagnostics)")
        #expect(built.flows == ContentPackReader().read(path: Self.project).flows)
        let files = try TestZip.contents(of: jars[0])
        let bundle = JavaProperties(try #require(files["resource-bundles/cp.properties"]))
        #expect(bundle["\(PackGate.flowID).description"]?.hasPrefix("Asks Sluice") == true)
        let documents = files.filter { $0.key.hasSuffix(".xml") && $0.key.hasPrefix("Content/") }
        for (name, bytes) in documents {
            let document = try XMLDocument(data: Data(bytes), options: [])
            #expect(try texts(document, "//descriptionCdata").isEmpty, "\(name)")
            for key in try texts(document, "//annotation[text()]") { #expect(bundle[key] != nil, "\(key)") }
        }
        #expect(!files.keys.contains { $0.hasPrefix("scripts/") || $0 == "generate" })
    }

    @Test func refusesAFolderThatIsNoProject() throws {
        let folder = try TemporaryFolder()
        let remarks = PackBuilder.build(project: folder.path, output: folder.path + "/a.jar")
        #expect(remarks.map(\.code) == ["not-a-project"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func bringsTextsThroughTheBundleUnchanged() throws {
        var texts = PackTexts()
        let source = "Library\\\\A\\ b.description=\\ two  spaces\\: \\u00fc \\ud83d\\ude00 \\n=#!\n"
        let given = JavaProperties(Array(source.utf8))
        let text = "<flow id=\"f\"><descriptionCdata><![CDATA[\(source)]]></descriptionCdata></flow>"
        let document = try ProjectDocument(Array(text.utf8), path: "f", file: "f", limits: ContentLimits())
        #expect(document.bytes == Array("<flow id=\"f\"></flow>".utf8) && document.texts == [source])
        texts.take(properties: Array(source.utf8))
        #expect(texts.bundle.allSatisfy { $0 < 0x80 })
        let kept = JavaProperties(texts.bundle)
        #expect(kept.entries.map(\.key) == ["Library\\A b.description"])
        #expect(kept.entries.map(\.value) == given.entries.map(\.value))
    }
}
