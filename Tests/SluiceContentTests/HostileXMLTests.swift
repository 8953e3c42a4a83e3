import Foundation
import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

/// XML that attacks its reader: each document is refused with a reason, quickly, and its neighbours are still read.
@Suite struct HostileXMLTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var name: String
        var codes: Set<String>
        var bytes: [UInt8]

        var testDescription: String { name }

        init(_ name: String, _ codes: Set<String>, _ text: String) { self.init(name, codes, bytes: Array(text.utf8)) }

        init(_ name: String, _ codes: Set<String>, bytes: [UInt8]) {
            self.name = name
            self.codes = codes
            self.bytes = bytes
        }
    }

    static let attacks: [Attack] = {
        let laughs = (1...9).map { level in
            "<!ENTITY l\(level) \"\(String(repeating: "&l\(level - 1);", count: 10))\">"
        }.joined()
        let attributes = (0..<100_000).map { "a\($0)=\"\"" }.joined(separator: " ")
        return [
            Attack("internal DTD", ["xml-doctype"], "<!DOCTYPE flow [<!ELEMENT flow ANY>]><flow id=\"x\"/>"),
            Attack(
                "billion laughs", ["xml-doctype"],
                "<!DOCTYPE flow [<!ENTITY l0 \"ha\">\(laughs)]><flow id=\"x\"><name>&l9;</name></flow>"),
            Attack(
                "external entity", ["xml-doctype"],
                "<!DOCTYPE flow [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><flow id=\"x\"><name>&e;</name></flow>"),
            Attack(
                "external DTD", ["xml-doctype"], "<!DOCTYPE flow SYSTEM \"http://127.0.0.1:1/x.dtd\"><flow id=\"x\"/>"),
            Attack("undeclared entity", ["xml-entity"], "<flow id=\"x\"><name>&nope;</name></flow>"),
            Attack("truncated", ["xml-not-well-formed"], "<flow id=\"x\"><name>cut"),
            Attack("mismatched tags", ["xml-not-well-formed"], "<flow id=\"x\"><name></flow>"),
            Attack("trailing junk", ["xml-not-well-formed"], "<flow id=\"x\"/><flow id=\"y\"/>"),
            Attack("undeclared prefix", ["xml-namespace"], "<flow id=\"x\"><p:name/></flow>"),
            Attack("empty", ["xml-empty"], ""),
            Attack("blank", ["xml-empty"], "  \n  "),
            Attack(
                "wrong encoding", ["xml-encoding"],
                bytes: Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?><flow id=\"x\"><name>".utf8) + [0xFC, 0x20]
                    + Array("</name></flow>".utf8)),
            Attack(
                "unknown encoding", ["xml-encoding"], "<?xml version=\"1.0\" encoding=\"x-nothing\"?><flow id=\"x\"/>"),
            Attack("NUL", ["xml-encoding", "xml-not-well-formed"], bytes: Array("<flow id=\"x\">a\0b</flow>".utf8)),
            Attack(
                "100,000 elements deep", ["xml-depth"],
                "<flow id=\"x\">" + String(repeating: "<a>", count: 100_000)
                    + String(repeating: "</a>", count: 100_000) + "</flow>"),
            Attack("100,000 attributes", ["xml-tag-size"], "<flow id=\"x\"><a \(attributes)/></flow>"),
            Attack(
                "300 attributes", ["xml-attributes"],
                "<flow id=\"x\"><a \((0..<300).map { "a\($0)=\"\"" }.joined(separator: " "))/></flow>"),
            Attack(
                "2 MB attribute", ["xml-tag-size"],
                "<flow id=\"x\"><a v=\"\(String(repeating: "v", count: 2 << 20))\"/></flow>"),
            Attack(
                "2 MB comment", ["xml-stalled"],
                "<flow id=\"x\"><!--\(String(repeating: "c", count: 2 << 20))--></flow>"),
            Attack(
                "long name", ["xml-text-size"],
                "<flow id=\"x\"><name>\(String(repeating: "n", count: 70_000))</name></flow>"),
        ]
    }()

    @Test(arguments: attacks)
    func refusesTheDocumentAndReadsItsNeighbours(attack: Attack) throws {
        let folder = try TemporaryFolder()
        try folder.write(Documents.properties, to: "contentpack.properties")
        try folder.write(Documents.flow(id: "before"), to: "Content/Library/a.xml")
        try folder.write(attack.bytes, to: "Content/Library/b.xml")
        try folder.write(Documents.flow(id: "after"), to: "Content/Library/c.xml")
        let started = ContinuousClock.now
        let pack = ContentPackReader().read(path: folder.path)
        #expect(started.duration(to: .now) < .seconds(10))
        #expect(pack.flows.map(\.id) == ["before", "after"])
        #expect(pack.diagnostics.count == 1)
        let diagnostic = try #require(pack.diagnostics.first)
        #expect(diagnostic.severity == .error)
        #expect(attack.codes.contains(diagnostic.code), "\(diagnostic)")
        #expect(diagnostic.file == folder.path + "/Content/Library/b.xml")
        #expect(diagnostic.line != nil)
        #expect(!diagnostic.message.isEmpty && !diagnostic.message.contains("root:"))
    }

    @Test(arguments: attacks)
    func refusesTheDocumentAsAScheduleToo(attack: Attack) {
        let schedule = ScheduleReader().read(bytes: attack.bytes, file: "b.xml", now: .zero, defaultZone: .utc)
        #expect(schedule.hasErrors)
        #expect(schedule.diagnostics.allSatisfy { $0.file == "b.xml" && $0.line != nil })
        #expect(schedule.jobs.isEmpty && schedule.triggers.isEmpty)
    }

    @Test func readsOtherEncodingsAcrossChunks() throws {
        let filler = String(repeating: "<annotation>ü</annotation>", count: 8_000)
        let text = Documents.flow(id: "x", name: "Übersicht", inside: filler)
        let folder = try TemporaryFolder()
        let latin = text.replacingOccurrences(of: "UTF-8", with: "ISO-8859-1")
        try folder.write(try #require(latin.data(using: .isoLatin1)), to: "Content/Library/latin.xml")
        let wide = text.replacingOccurrences(of: "UTF-8", with: "UTF-16")
        try folder.write(try #require(wide.data(using: .utf16)), to: "Content/Library/wide.xml")
        try folder.write([0xEF, 0xBB, 0xBF] + Array(text.utf8), to: "Content/Library/z-mark.xml")
        let pack = ContentPackReader().read(path: folder.path)
        #expect(pack.flows.map(\.name) == ["Übersicht", "Übersicht", "Übersicht"])
        #expect(!pack.hasErrors, "\(pack.diagnostics)")
    }

    @Test func saysWhereTheDocumentIsWrong() throws {
        let text = "<flow id=\"x\">\n  <name>n</name>\n  <steps></step>\n</flow>"
        let folder = try TemporaryFolder()
        try folder.write(text, to: "Content/Library/b.xml")
        let diagnostic = try #require(ContentPackReader().read(path: folder.path).diagnostics.first)
        #expect(diagnostic.line == 3)
        #expect(diagnostic.column != nil)
    }

    @Test(arguments: [
        "<value>pa<hunter2 word</value>", "<value>pa<hunter2>word</value>", "<value>pa&hunter2;word</value>",
        "<value hunter2>x</value>", "<value>x</hunter2>", "<value hunter2='1' hunter2='2'/>",
        "<hunter2:value/>", "<value hunter2:a=''/>", "<value>&hunter2 </value>", "<value a='&hunter2;'/>",
        "<value a=hunter2/>", "<?hunter2", "<!hunter2>", "<value>pa<hunter2",
    ])
    func namesNoPartOfAValueThatIsNotEscaped(inside: String) {
        let text = "<flow id=\"x\"><inputs><staticBinding>\(inside)</staticBinding></inputs></flow>"
        let read = FlowDocumentReader().read(bytes: Array(text.utf8), path: "Content/Library/x.xml", file: "f")
        #expect(!read.diagnostics.isEmpty)
        #expect(!read.diagnostics.contains { $0.message.contains("hunter2") }, "\(read.diagnostics)")
    }

    @Test func namesTheElementsThatDocumentsHave() {
        let text = "<flow id=\"x\"><steps><step></steps></flow>"
        let read = FlowDocumentReader().read(bytes: Array(text.utf8), path: "Content/Library/x.xml", file: "f")
        #expect(read.diagnostics.first?.message.contains("step line 1 and steps") == true, "\(read.diagnostics)")
    }
}
