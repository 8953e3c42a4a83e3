import SluiceContent
import SluiceModel
import Testing

/// What lies beside the documents in a pack: jars, manifests, signatures (oo-content-pack.md sections 1 and 1.3).
@Suite struct PackPartsTests {
    private static func jar(_ entries: [TestZip.Entry]) -> [UInt8] {
        TestZip([TestZip.Entry("contentpack.properties", Documents.properties)] + entries).bytes
    }

    private func read(_ bytes: [UInt8]) throws -> ContentPack {
        let folder = try TemporaryFolder()
        return ContentPackReader().read(path: try folder.write(bytes, to: "own.jar"))
    }

    @Test(arguments: [
        ("Lib/com/acme/tool/1.2.3/tool-1.2.3.jar", "com.acme:tool:1.2.3"),
        ("Lib/acme/tool-kit/1/tool-kit-1.jar", "acme:tool-kit:1"),
        ("Lib/com/acme/tool/1.2/tool-1.2-sources.jar", "com.acme:tool:1.2"),
        ("Lib/com/acme/tool/1.2-SNAPSHOT/tool-1.2-20240102.030405-6.jar", "com.acme:tool:1.2-SNAPSHOT"),
        ("lib/com/acme/tool/1.2/TOOL.JAR", nil), ("Lib/com/acme/tool/1.2/tool-1.3.jar", nil),
        ("Lib/tool/1/tool-1.jar", nil), ("Lib/tool.jar", nil), ("Lib/com/acme/tool/1.2/other-1.2.jar", nil),
        ("Lib/com/acme/tool/1.2/tool-1.20.jar", nil),
    ])
    func listsAJarWithItsCoordinatesByTheLayout(path: String, expected: String?) throws {
        let library = try #require(try read(Self.jar([TestZip.Entry(path, "x")])).libraries.first)
        #expect(library.path == path)
        let parts = [library.groupID, library.artifactID, library.version].compactMap { $0 }
        #expect(expected == (parts.isEmpty ? nil : parts.joined(separator: ":")))
    }

    @Test func listsOnlyJarsOfLib() throws {
        let names = [
            "Lib/", "Lib/dummy.txt", "Lib/a/b/1/b-1.pom", "Lib/a/b/1/b-1.jar", "Library/x.jar", "Content/Lib/y.jar",
            "META-INF/lib/z.jar",
        ]
        let pack = try read(Self.jar(names.map { TestZip.Entry($0, $0.hasSuffix("/") ? "" : "x") }))
        #expect(pack.libraries.map(\.path) == ["Lib/a/b/1/b-1.jar"] && pack.diagnostics.isEmpty)
    }

    @Test(arguments: [0, 1, 40 << 20])
    func readsAPackWhateverTheSizeOfItsManifest(byteCount: Int) throws {
        let manifest = TestZip.Entry(
            "META-INF/MANIFEST.MF", [UInt8](repeating: UInt8(ascii: "a"), count: byteCount))
        let pack = try read(Self.jar([manifest, TestZip.Entry("META-INF/maven/g/a/pom.xml", "<")]))
        #expect(pack.name == "Own Pack" && !pack.isSigned && pack.diagnostics.isEmpty)
    }

    @Test(arguments: [
        ("META-INF/JARSIGNK.RSA", true), ("META-INF/own.dsa", true), ("META-INF/A.EC", true),
        ("META-INF/SIG-OWN", true), ("META-INF/OWN.SF", false), ("META-INF/maven/a.rsa", false),
        ("Content/Library/a.rsa", false), ("META-INF/signature.txt", false),
    ])
    func namesTheFileThatSignsThePack(path: String, isSignature: Bool) throws {
        let pack = try read(Self.jar([TestZip.Entry(path, "x")]))
        #expect(pack.isSigned == isSignature && pack.signatures == (isSignature ? [path] : []))
        let text = PackInspection.text(pack)
        #expect(text.contains("signed by \(path): any change breaks the signature") == isSignature)
    }

    @Test func showsLibrariesPluginsGroupsAndTexts() throws {
        let operation = """
            <operation id="o-1"><descriptionCdata>o-1.description=<![CDATA[<pre>\\nDoes  it\\n]]></descriptionCdata>
            <name>Op</name><plugin><groupId>com.acme</groupId><artifactId>tool</artifactId><version>1.2.3</version>
            <actionName>run</actionName></plugin><groupAliasRef><refName>Workers</refName></groupAliasRef></operation>
            """
        let pack = try read(
            Self.jar([
                TestZip.Entry("Content/Library/Op.xml", operation),
                TestZip.Entry("Content/Library/Own/Op.xml", Documents.flow(id: "x")),
                TestZip.Entry("Lib/com/acme/tool/1.2.3/tool-1.2.3.jar", "x"),
                TestZip.Entry("Lib/odd.jar", "x"),
                TestZip.Entry(
                    "resource-bundles/cp.properties",
                    "Library\\\\Own.description=\(String(repeating: "word ", count: 100))"),
            ]))
        #expect(pack.flows.first?.plugin?.artifactID == "tool" && pack.flows.first?.groupAlias == "Workers")
        let text = PackInspection.text(pack)
        #expect(text.contains("plugin com.acme:tool:1.2.3, runs on Workers\n    Does it\n"))
        #expect(text.contains("libraries: 2\n  com.acme:tool:1.2.3  Lib/com/acme/tool/1.2.3/tool-1.2.3.jar\n"))
        #expect(text.contains("\n  Lib/odd.jar\n"))
        #expect(text.contains("folders with a description: 1\n  Content/Library/Own\n    word word "))
        #expect(text.split(separator: "\n").allSatisfy { $0.count < 200 })
        // Other tools read the JSON: its shape does not grow unasked.
        #expect(!PackInspection.json(pack).contains("Does  it"))
    }
}
