import SluiceXML
import Testing

@Suite struct XMLReaderTests {
    @Test func readsElementsTextsAndAttributes() throws {
        let element = try XMLReader.read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment --><a xmlns:x="u" n="1 &amp; &lt;2&gt;">
            <b> one &amp; two </b><![CDATA[<c>]]><x:d x:t="v"/>é</a>
            """)
        #expect(element.name == "a")
        #expect(element.attributes == [XMLAttribute("xmlns:x", "u"), XMLAttribute("n", "1 & <2>")])
        #expect(element.child("b")?.text == "one & two")
        #expect(element.child("d")?.name == "x:d")
        #expect(element.child("d")?.attributes == [XMLAttribute("x:t", "v")])
        #expect(element.text == "<c>é")
    }

    @Test func takesAPrefixThatNobodyDeclared() throws {
        let element = try XMLReader.read(#"<a><p xsi:type="initialPricingVO">3</p></a>"#)
        #expect(element.child("p")?.attributes == [XMLAttribute("xsi:type", "initialPricingVO")])
        #expect(try XMLReader.read(element.write()) == element)
    }

    @Test(arguments: [
        #"<a n="&quot;&amp;&#10;&#9;&#13;&lt;&gt;'">&#13;&amp;&lt;&gt;"' x </a>"#, "<a>\n  <b/>\n\t<c>1</c>\n</a>",
        #"<p:a xmlns:p="u" xmlns="v"><b xmlns=""/></p:a>"#, "<a>😀<b>é</b>&#x10FFFF;</a>",
    ])
    func writesWhatItReads(text: String) throws {
        let element = try XMLReader.read(text)
        #expect(try XMLReader.read(element.write()) == element)
        #expect(try XMLReader.read(element.document()) == element)
    }

    @Test func writesNoCharacterThatXMLCannotHold() throws {
        let element = XMLElement("a", text: "x\u{0}\u{1}\u{FFFF}y")
        #expect(element.write() == "<a>xy</a>")
    }

    @Test(arguments: [
        ("", XMLError.Code.malformed), ("<a>", .malformed), ("<a></b>", .malformed), ("<a/><b/>", .malformed),
        ("{}", .malformed), ("<a>&unknown;</a>", .malformed), ("<a b=1/>", .malformed), ("<a>\u{1}</a>", .malformed),
        ("<!DOCTYPE a><a/>", .forbidden), ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", .forbidden),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", .forbidden),
        (billionLaughs, .forbidden),
        (String(repeating: "<a>", count: 65) + String(repeating: "</a>", count: 65), .tooDeep),
        ("<a " + (0..<65).map { "b\($0)=\"\"" }.joined(separator: " ") + "/>", .tooMany),
    ])
    func refuses(text: String, code: XMLError.Code) {
        let error = #expect(throws: XMLError.self) { try XMLReader.read(text) }
        #expect(error?.code == code, "\(String(describing: error))")
    }

    private static let billionLaughs =
        #"<!DOCTYPE l [<!ENTITY a "ha">"#
        + zip("bcdefghij", "abcdefghi").map { name, of in
            "<!ENTITY \(name) \"\(String(repeating: "&\(of);", count: 10))\">"
        }.joined() + "]><l>&j;</l>"

    @Test func countsBytesTextsAndElements() {
        var limits = XMLLimits()
        limits.byteCountMax = 20
        limits.textByteCountMax = 3
        limits.elementCountMax = 2
        #expect(throws: XMLError.self) { try XMLReader.read("<a>                  </a>", limits: limits) }
        #expect(throws: XMLError.self) { try XMLReader.read("<a>1234</a>", limits: limits) }
        #expect(throws: XMLError.self) { try XMLReader.read("<a>12<b/>34</a>", limits: limits) }
        #expect(throws: XMLError.self) { try XMLReader.read("<a><b/><b/></a>", limits: limits) }
        #expect((try? XMLReader.read("<a>123<b/></a>", limits: limits)) != nil)
    }

    /// 1.2 MB in one tag took libxml2 3.6 s (swift-stack.md section 6).
    @Test func givesUpATagThatDoesNotEnd() {
        let text = "<a " + (0..<100_000).map { "b\($0)=\"\"" }.joined(separator: " ") + "/>"
        let error = #expect(throws: XMLError.self) { try XMLReader.read(text) }
        #expect(error?.code == .tooLong || error?.code == .tooMany)
    }

    @Test func saysNothingOfTheContent() {
        for text in ["<a>hunter2", "<a hunter2/>", "<hunter2></a>", "<a>&hunter2;</a>", "<a x='hunter2' x='2'/>"] {
            let error = #expect(throws: XMLError.self) { try XMLReader.read(text) }
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func editsAChildAndKeepsTheRest() throws {
        var element = try XMLReader.read("<t><x>1</x><automatic a='b'>true</automatic><y/></t>")
        element.setChild("automatic", text: "false")
        element.setChild("added", text: "2")
        #expect(element.write() == #"<t><x>1</x><automatic a="b">false</automatic><y/><added>2</added></t>"#)
    }

    @Test func standsAloneWithItsNamespaces() throws {
        let list = try XMLReader.read(#"<l xmlns:x="u" xmlns:y="v" a="1"><i xmlns:y="w" x:t="q"/></l>"#)
        let item = try #require(list.child("i")).standingAlone(from: list)
        #expect(item.write() == #"<i xmlns:x="u" xmlns:y="w" x:t="q"/>"#)
    }
}
