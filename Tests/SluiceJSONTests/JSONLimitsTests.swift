import SluiceJSON
import Testing

@Suite struct JSONLimitsTests {
    @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
    func stopsADepthBomb(opening: String) throws {
        let bomb = String(repeating: opening, count: 1_000_000)
        let error = try #require(throws: JSONError.self) { try JSONReader.read(bomb) }
        #expect(error.code == .tooDeep)
    }

    @Test func allowsExactlyTheDepthLimit() throws {
        let limits = JSONLimits.standard
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONReader.read(nested(limits.depthMax)) }
        #expect(throws: JSONError.self) { try JSONReader.read(nested(limits.depthMax + 1)) }
        var deep = limits
        deep.depthMax = .max
        #expect(throws: Never.self) { try JSONReader.read(nested(JSONLimits.depthCeiling), limits: deep) }
        #expect(throws: JSONError.self) { try JSONReader.read(nested(JSONLimits.depthCeiling + 1), limits: deep) }
    }

    @Test func readsAMebibyteOfText() throws {
        let text = String(repeating: "é\\n", count: 1 << 18)
        let value = try JSONReader.read("\"\(text)\"")
        #expect(value.string?.utf8.count == 3 << 18)
        #expect(value.write() == "\"\(text)\"")
    }

    @Test func countsBytesOfStringsAndNumbers() {
        var limits = JSONLimits()
        limits.stringByteCountMax = 4
        limits.numberByteCountMax = 3
        #expect(throws: Never.self) { try JSONReader.read(#"["abcd","\u0061bcd",-12]"#, limits: limits) }
        for text in [#""abcde""#, #""\u0061bcde""#, #"{"abcde":1}"#, "1234", "1e10"] {
            let error = #expect(throws: JSONError.self) { try JSONReader.read(text, limits: limits) }
            #expect(error?.code == .tooLong)
        }
    }

    @Test func countsValuesAndBytesOfTheDocument() {
        var limits = JSONLimits()
        limits.valueCountMax = 4
        #expect(throws: Never.self) { try JSONReader.read("[1,[2]]", limits: limits) }
        let tooMany = #expect(throws: JSONError.self) { try JSONReader.read("[1,[2],3]", limits: limits) }
        #expect(tooMany?.code == .tooLong)
        limits = JSONLimits()
        limits.byteCountMax = 4
        #expect(throws: Never.self) { try JSONReader.read("1234", limits: limits) }
        let tooLong = #expect(throws: JSONError.self) { try JSONReader.read("1234 ", limits: limits) }
        #expect(tooLong?.code == .tooLong)
    }

    @Test func neverReadsACutDocument() throws {
        let text =
            #"{"flow":"a98c","inputs":{"h\u00e9\ud83d\ude00":"dé1","n":null},"l":[1,-2.5e3,true,false,{}],"s":"\\"}"#
        let bytes = Array(text.utf8)
        _ = try JSONReader.read(bytes)
        for length in bytes.indices {
            let error = #expect(throws: JSONError.self) { try JSONReader.read(bytes[..<length]) }
            #expect((error?.offset ?? -1) <= length)
        }
    }

    @Test func survivesAnyByteChanged() throws {
        let bytes = Array(#"{"a":["\u00e9é",1.5e3,{"b":null}],"c":true}"#.utf8)
        for index in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = byte
                // What still reads must survive its own writing.
                if let value = try? JSONReader.read(changed) { #expect(try JSONReader.read(value.bytes()) == value) }
            }
        }
    }
}
