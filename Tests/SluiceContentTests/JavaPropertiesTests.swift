import SluiceContent
import Testing

@Suite struct JavaPropertiesTests {
    private func entries(_ text: String) -> [[String]] {
        JavaProperties(Array(text.utf8)).entries.map { [$0.key, $0.value] }
    }

    @Test(arguments: [
        ("a=b", [["a", "b"]]),
        ("a = b ", [["a", "b "]]),
        ("a:b", [["a", "b"]]),
        ("a b", [["a", "b"]]),
        ("a\t=\tb=c", [["a", "b=c"]]),
        ("a", [["a", ""]]),
        ("=b", [["", "b"]]),
        ("# no\n! no\n\n   \n  # no\na=1", [["a", "1"]]),
        ("a=1\r\nb=2\rc=3", [["a", "1"], ["b", "2"], ["c", "3"]]),
        ("a=one \\\n   two\\\n\n", [["a", "one two"]]),
        ("a=one\\\\\nb=2", [["a", "one\\"], ["b", "2"]]),
        ("a=cut\\", [["a", "cut"]]),
        ("a\\ b\\:c\\=d=e", [["a b:c=d", "e"]]),
        ("a=\\u00fc\\t\\n\\r\\f\\q", [["a", "ü\t\n\r\u{C}q"]]),
        ("a=\\ud83d\\ude00", [["a", "😀"]]),
        ("a=\\ud83d", [["a", "\u{FFFD}"]]),
        ("a=\\u12", [["a", "u12"]]),
        ("Library\\\\Community.description=x", [["Library\\Community.description", "x"]]),
        ("", []),
    ])
    func readsWhatJavaReads(text: String, expected: [[String]]) {
        #expect(entries(text) == expected)
    }

    @Test func takesTheLastOfTwoValues() {
        #expect(JavaProperties(Array("a=1\na=2".utf8))["a"] == "2")
        #expect(JavaProperties(Array("a=1".utf8))["b"] == nil)
    }

    @Test func readsLatin1AndAByteOrderMark() {
        #expect(JavaProperties([0x61, 0x3D, 0xFC])["a"] == "ü")
        #expect(JavaProperties([0xEF, 0xBB, 0xBF, 0x61, 0x3D, 0x62])["a"] == "b")
    }

    @Test func knowsTheLineOfEachEntry() {
        let entries = JavaProperties(Array("# c\na=1\\\n2\n\nb=3".utf8)).entries
        #expect(entries.map(\.line) == [2, 5])
    }

    @Test func readsAnyBytes() {
        var random = SplitMix(state: 7)
        for _ in 0..<500 {
            let alphabet = Array("\\u=: \n\rab0#".utf8)
            let bytes = (0..<40).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            #expect(JavaProperties(bytes).entries.count <= 40)
        }
    }

    @Test func readsAMillionContinuedLinesInTime() {
        // Joining by copying what is there would be quadratic and take minutes.
        let bytes = Array(String(repeating: "ab\\\n", count: 1 << 20).utf8) + Array("=end".utf8)
        let entries = JavaProperties(bytes).entries
        #expect(entries.count == 1 && entries.first?.key.utf8.count == 2 << 20 && entries.first?.value == "end")
    }
}
