import SluiceJSON
import Testing

@Suite struct JSONReaderTests {
    private static let valid: [(String, JSONValue)] = [
        ("null", .null), (" true\n", true), ("false", false), ("0", 0), ("-0", number("-0")),
        ("459301278\n", 459_301_278), ("1.5e+3", number("1.5e+3")), (#""""#, ""), (#""a""#, "a"),
        (#""\u00e9\n\/\"\\\b\f\r\t""#, "é\n/\"\\\u{8}\u{c}\r\t"), (#""\ud83d\ude00""#, "😀"),
        (#""\uD83D\uDE00!""#, "😀!"),
        (#""\u0000""#, "\0"), ("\"é😀\u{7f}\"", "é😀\u{7f}"), ("[]", []), ("[ ]", []), ("{}", [:]), ("{\t}", [:]),
        ("[1,[2,null],{}]", [1, [2, .null], [:]]), (#"{"b":1,"a":{"":[]}}"#, ["b": 1, "a": ["": []]]),
        (" [ 1 , 2 ] ", [1, 2]), (#"{ "a" : 1 , "b" : 2 }"#, ["a": 1, "b": 2]),
    ]

    private static func number(_ text: String) -> JSONValue { JSONNumber(text).map { .number($0) } ?? .null }

    @Test(arguments: valid)
    func readsWhatTheGrammarAllows(text: String, value: JSONValue) throws {
        #expect(try JSONReader.read(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "nulL", "True", "tru", "+1", "01", "-", "-a", "1.", ".5", "1.e1", "1e", "1e+", "1.2.3",
        "00", "1e5e", "Infinity", "NaN", "'a'", "\"", "\"a", "\"\\", "\"\\u", "\"\\u12\"", "\"\\u12g4\"", "\"\\x\"",
        "[",
        "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}", "{1:1}", "{,}", "\"\n\"", "\"\t\"", "\"\\n\n\"", "// c\n1", "\u{feff}1",
    ])
    func refusesWhatTheGrammarForbids(text: String) {
        #expect(code(text) == .malformed)
    }

    @Test(arguments: ["1 2", "0x10", "{} {}", "[] x", "null,", "\"a\"\0"])
    func refusesWhatFollowsTheValue(text: String) {
        #expect(code(text) == .trailing)
    }

    @Test(arguments: [
        #""\ud83d""#, #""\ude00""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#, #""\ud83dx""#, #""\udbff\n""#,
    ])
    func refusesHalfASurrogatePair(text: String) {
        #expect(code(text) == .invalidUTF8)
    }

    @Test(arguments: [
        [0x80], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0x5C, 0x6E, 0xFF],
    ])
    func refusesBytesThatAreNotUTF8(bad: [Int]) throws {
        let bytes = Array(#"{"name":"ok"#.utf8) + bad.map(UInt8.init) + Array("\"}".utf8)
        let error = try #require(throws: JSONError.self) { try JSONReader.read(bytes) }
        #expect(error.code == .invalidUTF8)
        #expect(error.offset >= 11 && error.offset < bytes.count)
        #expect(error.pointer == "/name")
    }

    @Test func namesThePlaceOfAnError() throws {
        let text = "{\n  \"inputs\": {\n    \"hést\": [1, x]\n  }\n}"
        let error = try #require(throws: JSONError.self) { try JSONReader.read(text) }
        #expect(error.pointer == "/inputs/hést/1")
        #expect(error.line == 3)
        #expect(error.column == 17)
        #expect(error.offset == Array(text.utf8).firstIndex(of: UInt8(ascii: "x")))
        #expect(error.description == "line 3, column 17 at /inputs/hést/1: expected a value [malformed]")
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, "/a", 7), (#"[{"x":{"b":1,"c":2,"b":3}}]"#, "/0/x/b", 19),
        (#"{"a":1,"\u0061":2}"#, "/a", 7),
        (#"{"a~/b":{"":1,"":2}}"#, "/a~0~1b/", 14), ("{\"é\":1,\"e\u{301}\":2}", "/e\u{301}", 8),
    ])
    func refusesOneNameTwice(text: String, pointer: String, offset: Int) throws {
        let error = try #require(throws: JSONError.self) { try JSONReader.read(text) }
        #expect(error.code == .duplicateName)
        #expect(error.pointer == pointer)
        #expect(error.offset == offset)
    }

    @Test func refusesOneNameTwiceInALargeObject() throws {
        let members = (0..<100).map { "\"n\($0)\":\($0)" } + ["\"n50\":0"]
        let error = try #require(throws: JSONError.self) {
            try JSONReader.read("{" + members.joined(separator: ",") + "}")
        }
        #expect(error.code == .duplicateName)
        #expect(error.pointer == "/n50")
    }

    @Test func keepsOrderAndNumberText() throws {
        let text = #"{"z":1.10,"a":12345678901234567890123,"m":-0}"#
        let value = try JSONReader.read(text)
        #expect(value.object?.members.map(\.name) == ["z", "a", "m"])
        #expect(value["a"]?.number?.int64 == nil)
        #expect(value["a"]?.number?.double == 1.2345678901234568e22)
        #expect(value["z"]?.number?.text == "1.10")
        #expect(value.write() == text)
    }

    @Test func readsNumbersOnlyWhereTheyFit() {
        #expect(JSONNumber("9223372036854775807")?.int64 == .max)
        #expect(JSONNumber("9223372036854775808")?.int64 == nil)
        #expect(JSONNumber("1.0")?.int64 == nil)
        #expect(JSONNumber("1e400")?.double == nil)
        #expect(JSONNumber("")?.text == nil)
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(1.5)?.text == "1.5")
    }

    @Test func readsFromAnyCollection() throws {
        let bytes = Array("xx[1]yy".utf8)
        #expect(try JSONReader.read(bytes[2..<5]) == [1])
        #expect(try bytes.withUnsafeBytes { try JSONReader.read(UnsafeRawBufferPointer(rebasing: $0[2..<5])) } == [1])
        #expect(try JSONReader.read(bytes[2..<5].reversed().reversed()) == [1])
    }

    private func code(_ text: String) -> JSONError.Code? {
        do throws(JSONError) {
            _ = try JSONReader.read(text)
            return nil
        } catch {
            return error.code
        }
    }
}
