import SluiceJSON
import Testing

@Suite struct JSONWriterTests {
    @Test func writesCompactAndPretty() {
        let value: JSONValue = ["a": [1, "x", .null], "b": [:], "c": [], "d": ["e": true]]
        #expect(value.write() == #"{"a":[1,"x",null],"b":{},"c":[],"d":{"e":true}}"#)
        #expect(
            value.write(.pretty) == """
                {
                  "a": [
                    1,
                    "x",
                    null
                  ],
                  "b": {},
                  "c": [],
                  "d": {
                    "e": true
                  }
                }
                """)
    }

    @Test func escapesWhatMustBe() {
        let text = "\"\\/\n\r\t\u{0}\u{8}\u{1f}\u{7f}é😀"
        #expect(JSONValue.string(text).write() == #""\"\\/\n\r\t\u0000\u0008\u001f\u007fé😀""#)
    }

    @Test func editsObjectsInPlace() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        object["d"] = nil
        object.set("e", ifPresent: nil)
        object.set("f", ifPresent: "x")
        #expect(object.write() == #"{"a":3,"c":4,"f":"x"}"#)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func readsBackWhatItWrites(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = generator.value(depth: 6)
        #expect(try JSONReader.read(value.bytes()) == value)
        #expect(try JSONReader.read(value.write(.pretty)) == value)
    }
}

/// SplitMix64, so that a failing seed can be run again.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .int(Int64.random(in: .min ... .max, using: &self))
        case 3: return JSONNumber(Double(bitPattern: next())).map { .number($0) } ?? 0
        case 4, 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0..<6, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<24, using: &self) { object[text()] = value(depth: depth - 3) }
            return .object(object)
        }
    }

    private mutating func text() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &self) {
            let limit: UInt32 = [0x20, 0x80, 0x800, 0x10000, 0x110000].randomElement(using: &self)!
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &self)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
