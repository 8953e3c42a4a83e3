import Foundation
import SluiceContent
import SluiceModel
import Testing

/// Packs that are well formed and still strange: each is read or refused with a place, and never crashes.
@Suite struct HostilePackTests {
    private func read(_ files: [String: String]) throws -> ContentPack {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(text, to: name) }
        return ContentPackReader().read(path: folder.path)
    }

    private func read(_ entries: [TestZip.Entry]) throws -> ContentPack {
        let folder = try TemporaryFolder()
        let path = folder.path + "/pack.jar"
        try Data(TestZip(entries).bytes).write(to: URL(fileURLWithPath: path))
        return ContentPackReader().read(path: path)
    }

    @Test func warnsOfEntriesThatDifferOnlyInCase() throws {
        let pack = try read([
            TestZip.Entry("Content/Library/Nightly.xml", Documents.flow(id: "a")),
            TestZip.Entry("Content/Library/nightly.xml", Documents.flow(id: "b")),
            TestZip.Entry("contentpack.properties", Documents.properties),
        ])
        #expect(pack.flows.map(\.id) == ["a", "b"])
        let remark = try #require(pack.diagnostics.first { $0.code == "pack-case-collision" })
        #expect(remark.severity == .warning && remark.file.hasSuffix("!/Content/Library/nightly.xml"))
        #expect(remark.message.contains("Content/Library/Nightly.xml"))
    }

    @Test func namesTheCauseOfWindowsPaths() throws {
        let pack = try read([
            TestZip.Entry("contentpack.properties", Documents.properties),
            TestZip.Entry("Content\\Library\\x.xml", Documents.flow(id: "x")),
        ])
        #expect(pack.flows.isEmpty)
        let error = try #require(pack.diagnostics.first { $0.code == "zip-unsafe-name" })
        #expect(error.severity == .error && error.message.contains("backslashes"))
    }

    @Test func namesBothPlacesOfAnIDThatStandsTwice() throws {
        let pack = try read([
            "contentpack.properties": Documents.properties, "Content/Library/a.xml": Documents.flow(id: "same"),
            "Content/Library/b.xml": Documents.flow(id: "same"),
        ])
        let remark = try #require(pack.diagnostics.first { $0.code == "pack-duplicate-id" })
        #expect(remark.file.hasSuffix("Content/Library/b.xml") && remark.message.contains("Content/Library/a.xml"))
    }

    @Test func readsFlowsThatCallEachOtherInACircle() throws {
        let pack = try read([
            "contentpack.properties": Documents.properties,
            "Content/Library/a.xml": Documents.flow(id: "a", calls: "b"),
            "Content/Library/b.xml": Documents.flow(id: "b", calls: "c"),
            "Content/Library/c.xml": Documents.flow(id: "c", calls: "a"),
        ])
        #expect(!pack.hasErrors)
        // In a circle each is called by another: none can be told to be an entry.
        #expect(PackGraph([pack]).entryFlows.isEmpty)
        #expect(PackGraph([pack]).callers(of: "a").map(\.flow.id) == ["c"])
    }

    @Test func readsTenThousandStepsInOneFlow() throws {
        let steps = (0..<10_000).map { "<step id=\"n\($0)\"><opRef><refId>aaaa</refId></opRef><transitions/></step>" }
        let text = Documents.flow(id: "x").replacingOccurrences(of: "</steps>", with: steps.joined() + "</steps>")
        let pack = try read(["contentpack.properties": Documents.properties, "Content/Library/x.xml": text])
        #expect(!pack.hasErrors)
        #expect(pack.flows.first?.counts.steps == 10_002)
    }

    @Test func keepsNamesOfEveryUnicodeCategory() throws {
        // One of each general category that XML allows; combining marks and unassigned ones too.
        let name =
            "Aa\u{1C5}\u{2B0}\u{5D0}\u{301}\u{903}\u{20DD}"
            + "5\u{2160}\u{BD}_-(\u{29})\u{AB}\u{BB}!+$^\u{A6} \u{2028}\u{2029}"
            + "\u{AD}\u{E000}\u{378}\u{1F600}\u{85}"
        let pack = try read([
            "contentpack.properties": Documents.properties,
            "Content/Library/x.xml": Documents.flow(id: "x", name: name),
        ])
        #expect(!pack.hasErrors, "\(pack.diagnostics)")
        #expect(pack.flows.first?.name.unicodeScalars.elementsEqual(name.unicodeScalars) == true)
        // What a terminal must not be given is escaped.
        let text = PackInspection.text(pack)
        #expect(!text.contains("\u{85}"))
        let parsed = try JSONSerialization.jsonObject(with: Data(PackInspection.json(pack).utf8)) as? [String: Any]
        #expect((parsed?["flows"] as? [[String: Any]])?.first?["name"] as? String == name)
    }
}
