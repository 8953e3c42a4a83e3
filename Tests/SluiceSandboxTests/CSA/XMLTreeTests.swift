import Testing

@testable import SluiceSandbox

/// XML in and out of the sandbox.
@Suite struct XMLTreeTests {
    @Test(arguments: ["plain", "<&>\"'", "ä€😀", " spaces ", ""])
    func writesWhatItReads(text: String) throws {
        let tree = CSAElement(
            "a", children: [CSAElement("b", text: text), CSAElement("c", children: [CSAElement("d", true)])])
        let read = try XMLTreeReader.read(XMLTreeWriter.write(tree))
        #expect(read.first("b")?.value == .text(text))
        #expect(read.text(at: "c", "d") == "true")
    }

    @Test func leavesOutWhatXMLCannotHold() throws {
        let bytes = XMLTreeWriter.write(CSAElement("a", text: "x\u{1}\u{0}y"))
        #expect(try XMLTreeReader.read(bytes).text == "xy")
    }

    @Test(arguments: [
        "", "x", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE a><a/>",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<a>&unknown;</a>", "<a b=\"\(String(repeating: "x", count: 20_000))\"/>",
        String(repeating: "<a>", count: 40) + String(repeating: "</a>", count: 40),
        "<a>" + String(repeating: "<b/>", count: 60_000) + "</a>",
    ])
    func refuses(text: String) {
        #expect(throws: XMLTreeError.self) { try XMLTreeReader.read(Array(text.utf8)) }
    }

    /// A scan of bytes alone does not see this one.
    @Test func refusesADocumentTypeInUTF16() {
        let text = "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-16\"?><!DOCTYPE a [<!ENTITY x \"y\">]><a/>"
        let bytes = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        #expect(throws: XMLTreeError.self) { try XMLTreeReader.read(bytes) }
    }

    @Test func isJSONForWhoeverAsks() {
        let tree = CSAElement(
            "List",
            children: [
                CSAElement("count", 1),
                CSAElement("ServiceOffering", children: [CSAElement("id", text: "1")], isRepeated: true),
            ])
        #expect(tree.json == ["count": 1, "serviceOffering": [["id": "1"]]])
    }

    @Test(arguments: [
        ("2026-12-01T00:00:00.000Z", 0, Int64?.some(1_796_083_200_000)),
        ("2026-12-01T00:00:00Z", 60, 1_796_083_200_000), ("2026-12-01T01:00:00+01:00", 0, 1_796_083_200_000),
        ("2026-12-01T01:00:00", 60, 1_796_083_200_000), ("2026-11-30T16:00:00.123", -480, 1_796_083_200_123),
        ("2026-13-01T00:00:00Z", 0, nil), ("x", 0, nil), ("", 0, nil),
    ])
    func readsDates(text: String, offset: Int, instant: Int64?) {
        #expect(CSATime.instant(text, offsetMinutes: offset) == instant)
        if let instant { #expect(CSATime.instant(CSATime.text(instant, offsetMinutes: offset)) == instant) }
    }
}
