import SluiceContent
import SluiceFuzzing
import SluiceModel
import Testing

/// What the fuzzer found, made small; each of these broke an invariant once.
@Suite struct FuzzFindingTests {
    struct Finding: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var target: FuzzTarget
        var bytes: [UInt8]

        init(_ name: String, _ target: FuzzTarget, _ bytes: [UInt8]) {
            testDescription = name
            self.target = target
            self.bytes = bytes
        }

        init(_ name: String, _ target: FuzzTarget, _ text: String) { self.init(name, target, Array(text.utf8)) }
    }

    static let findings = [
        Finding(
            "wrong UTF-8 in an end tag had another reason in small pieces", .xml,
            Array("<flow id=\"x\"><name>a</nam".utf8) + [0xE1] + Array("></flow>".utf8)),
        Finding(
            "wrong UTF-8 in a text had another reason in small pieces", .quartz,
            Array("<a><b>".utf8) + [0xE1] + Array("></b></a>".utf8)),
        Finding("a text without a newline at its end was wrong on the line after its last", .yaml, "a: [b"),
        Finding("an empty document was wrong on the line after its last", .yaml, "--- "),
        Finding(
            "escapes made a shown text many times as long as its limit", .quartz,
            "<a xmlns=\"http:\(String(repeating: "\u{7F}", count: 300))\"/>"),
        Finding(
            "a damaged schedule had one remark more than the limit", .quartz,
            Documents.schedule(String(repeating: "<x/>", count: 20)) + "<"),
        Finding(
            "a remark showed the control characters of an entry's name", .zip,
            TestZip(.init("Content/Library/\u{1B}[31m\n.xml", "<flow")).bytes),
        Finding(
            "a remark showed all of a long entry's name", .zip,
            TestZip(.init("Content/Library/\(String(repeating: "n", count: 5_000)).xml", "<flow")).bytes),
        Finding(
            "a summary showed every response of a flow on one line", .zip,
            TestZip(.init("Content/Library/a.xml", Array(flowWithResponses(60).utf8), isStored: true)).bytes),
    ]

    private static func flowWithResponses(_ count: Int) -> String {
        let responses = (0..<count).map { number in
            "<opResponse id=\"r\"><name>\(String(repeating: "r", count: 200))\(number)</name></opResponse>"
        }
        return "<flow id=\"f\"><possibleResponses>\(responses.joined())</possibleResponses></flow>"
    }

    @Test(arguments: findings)
    func keepsTheInvariantsNow(finding: Finding) {
        #expect(throws: Never.self) { try finding.target.check(finding.bytes) }
    }

    /// It was the place of one of them, by chance: keys of different kinds have no order in Yams.
    @Test func givesNoPlaceForSeveralKeysThatAppearTwice() throws {
        let bytes = Array("a: 1\na: 1\n? -\n: 2\n? -\n: 2\n".utf8)
        let outcome = PiecewiseReading(bytes, pieceBytes: bytes.count, limits: ContentLimits()).cloudSlang()
        let diagnostic = try #require(outcome.diagnostics.first)
        #expect(diagnostic.code == "yaml-duplicate-key")
        #expect(diagnostic.message.hasPrefix("keys appear twice: ") && diagnostic.message.hasSuffix(", a"))
        #expect(diagnostic.line == nil && diagnostic.column == nil)
    }
}
