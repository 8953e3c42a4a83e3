import Foundation
import SluiceModel
import Testing

@testable import SluiceContent

/// What `PackBuilder` refuses, and what becomes of a project's texts on the way into the jar.
@Suite struct PackBuilderTests {
    private static let cloudSlang = """
        namespace: my
        flow: {name: b, workflow: [{go: {do: {my.op: []}, navigate: [{SUCCESS: SUCCESS}]}}], results: [SUCCESS]}
        """

    private func project(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let own = [
            "contentpack.properties": Documents.properties, "Content/Library/a.xml": Documents.flow(id: "a"),
            "Content/Library/b.sl": Self.cloudSlang,
        ]
        for (path, text) in own.merging(files, uniquingKeysWith: { $1 }) { try folder.write(text, to: path) }
        return folder
    }

    /// What building a project gave: remarks, and the jar's files when it was written.
    private func build(_ more: [String: String]) throws -> (remarks: [Diagnostic], files: [String: [UInt8]]?) {
        let folder = try project(more)
        let jar = folder.path + "/own.jar"
        var remarks = PackBuilder.build(project: folder.path, output: jar)
        for index in remarks.indices { remarks[index].file.removeFirst(folder.path.count + 1) }
        return (remarks, FileManager.default.fileExists(atPath: jar) ? try TestZip.contents(of: jar) : nil)
    }

    // MARK: What is refused

    static let unreadable: [(path: String, text: String, code: String, line: Int?)] = [
        ("Content/Library/a.xml", "<flow id=\"x\">\n<a>", "xml-not-well-formed", 2),
        ("Content/Library/a.xml", "<root/>", "pack-oo9-document", 1),
        ("Content/Configuration/System Properties/p.xml", "<systemProperty", "xml-not-well-formed", 1),
        ("Content/Library/b.sl", "namespace: a\nflow: [", "yaml-syntax", 2),
        ("Content/Library/b.sl", "namespace: a\n", "cloudslang-kind", 1),
        ("pom.xml", "<project>", "xml-not-well-formed", 1),
        ("contentpack.properties", "content.pack.version=1\n", "pack-no-name", nil),
        ("contentpack.properties", "content.pack.name= \n", "pack-no-name", nil),
    ]

    @Test(arguments: unreadable.indices)
    func refusesWhatCannotBeReadAndWritesNothing(index: Int) throws {
        let (path, text, code, line) = Self.unreadable[index]
        let (remarks, files) = try build([path: text])
        #expect(remarks.map(\.code) == [code], "\(remarks)")
        #expect(remarks.first?.severity == .error && remarks.first?.line == line, "\(remarks)")
        #expect(remarks.first?.file == path && files == nil)
    }

    @Test func namesEverythingThatCannotBeReadAtOnce() throws {
        let (remarks, _) = try build([
            "Content/Library/a.xml": "<flow", "Content/Library/b.sl": "flow: [", "contentpack.properties": "",
        ])
        #expect(remarks.count == 3, "\(remarks)")
    }

    @Test func leavesAnEarlierJarAlone() throws {
        let folder = try project(["Content/Library/a.xml": "<flow"])
        try folder.write("before", to: "own.jar")
        #expect(!PackBuilder.build(project: folder.path, output: folder.path + "/own.jar").isEmpty)
        #expect(try String(contentsOfFile: folder.path + "/own.jar", encoding: .utf8) == "before")
    }

    // MARK: Texts

    static let texts: [(inside: String, expected: [String: String])] = [
        (
            "<descriptionCdata><![CDATA[a.x=one ]]]]><![CDATA[> two\nb.x=three\n]]></descriptionCdata>",
            ["a.x": "one ]]> two", "b.x": "three"]
        ),
        ("<descriptionCdata>a.x=1 &lt; 2 &amp; 3\n</descriptionCdata>", ["a.x": "1 < 2 & 3"]),
        ("<descriptionCdata>a.x=1<![CDATA[<2]]></descriptionCdata>", ["a.x": "1<2"]),
        ("<descriptionCdata >a.x=1</descriptionCdata\n>", ["a.x": "1"]),
        ("<descriptionCdata/>", [:]),
        ("<!-- a --><descriptionCdata>a.x=1</descriptionCdata><!-- b -->", ["a.x": "1"]),
    ]

    @Test(arguments: texts.indices)
    func takesTheTextsAsTheParserReadsThem(index: Int) throws {
        let (inside, expected) = Self.texts[index]
        let before = Documents.flow(id: "a", inside: inside)
        let result = try build(["Content/Library/a.xml": before])
        #expect(result.remarks.isEmpty, "\(result.remarks)")
        let files = try #require(result.files)
        let bundle = JavaProperties(try #require(files["resource-bundles/cp.properties"]))
        #expect(Dictionary(uniqueKeysWithValues: bundle.entries.map { ($0.key, $0.value) }) == expected)
        let start = try #require(inside.range(of: "<descriptionCdata")?.lowerBound)
        let end = inside.range(of: "</descriptionCdata", options: .backwards)?.lowerBound ?? start
        let kept = inside[..<start] + inside[inside.range(of: ">", range: end..<inside.endIndex)!.upperBound...]
        let after = before.replacingOccurrences(of: inside, with: String(kept))
        #expect(files["Content/Library/a.xml"].map { String(decoding: $0, as: UTF8.self) } == after)
    }

    static let untouched = [
        Documents.flow(id: "a", inside: "<!-- <descriptionCdata>evil=1</descriptionCdata> -->"),
        "<!-- <descriptionCdata>evil=1</descriptionCdata> -->" + "<flow id=\"a\"><name>a</name></flow>",
        Documents.flow(
            id: "a",
            inside: "<scriptlet><script><![CDATA[<descriptionCdata>evil=1</descriptionCdata>]]></script></scriptlet>"),
        Documents.flow(id: "a", inside: "<scriptlet><descriptionCdata>evil=1</descriptionCdata></scriptlet>"),
    ]

    @Test(arguments: untouched.indices)
    func leavesAloneWhatOnlyLooksLikeTexts(index: Int) throws {
        let result = try build(["Content/Library/a.xml": Self.untouched[index]])
        #expect(result.remarks.isEmpty, "\(result.remarks)")
        let files = try #require(result.files)
        #expect(files["Content/Library/a.xml"] == Array(Self.untouched[index].utf8))
        #expect(files["resource-bundles/cp.properties"] == [])
    }

    @Test func takesTheTextsOfAConfigurationItem() throws {
        let path = "Content/Configuration/System Properties/p.xml"
        let result = try build([
            path: "<systemProperty id=\"p\"><descriptionCdata>p.description=Mine</descriptionCdata></systemProperty>"
        ])
        let files = try #require(result.files)
        #expect(files["resource-bundles/cp.properties"] == Array("p.description=Mine\n".utf8))
        #expect(files[path] == Array("<systemProperty id=\"p\"></systemProperty>".utf8))
    }
}
