/// One pass over the bytes of a document. Calls itself once a level, and never deeper than the limit.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var offset = 0
    /// Bytes of a string with escapes, reused.
    var scratch: [UInt8] = []
    private var depth = 0
    private var valueCount = 0

    /// An error before its line and column were counted; the path grows on the way out, innermost first.
    struct Failure: Error {
        var code: JSONError.Code
        var offset: Int
        var message: String
        var path: [String] = []

        func inside(_ step: String) -> Failure {
            var failure = self
            failure.path.append(step)
            return failure
        }
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(Failure) -> JSONValue {
        guard bytes.count <= limits.byteCountMax else {
            throw Failure(
                code: .tooLong, offset: limits.byteCountMax,
                message: "the document has \(bytes.count) bytes; \(limits.byteCountMax) are allowed")
        }
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        guard offset == bytes.count else {
            throw Failure(code: .trailing, offset: offset, message: "something follows the value")
        }
        return value
    }

    private mutating func value() throws(Failure) -> JSONValue {
        valueCount += 1
        guard valueCount <= limits.valueCountMax else {
            throw Failure(
                code: .tooLong, offset: offset, message: "the document has more than \(limits.valueCountMax) values")
        }
        guard offset < bytes.count else { throw malformed("the document ends where a value should be") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw malformed("expected a value")
        }
    }

    private mutating func object() throws(Failure) -> JSONObject {
        try enter()
        var members: [JSONObject.Member] = []
        skipWhitespace()
        if take("}") {
            depth -= 1
            return JSONObject()
        }
        var nameOffsets: [Int] = []
        while true {
            nameOffsets.append(offset)
            guard peek() == UInt8(ascii: "\"") else { throw malformed("expected a name in quotes") }
            let name = try string()
            skipWhitespace()
            guard take(":") else { throw malformed("expected ':' after a name").inside(name) }
            skipWhitespace()
            do throws(Failure) {
                members.append(JSONObject.Member(name: name, value: try value()))
            } catch {
                throw error.inside(name)
            }
            skipWhitespace()
            if take("}") { break }
            guard take(",") else { throw malformed("expected ',' or '}' in an object") }
            skipWhitespace()
        }
        if let index = members.firstDuplicateName() {
            throw Failure(
                code: .duplicateName, offset: nameOffsets[index], message: "this name occurs twice in one object",
                path: [members[index].name])
        }
        depth -= 1
        return JSONObject(unchecked: members)
    }

    private mutating func array() throws(Failure) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        skipWhitespace()
        if take("]") {
            depth -= 1
            return elements
        }
        while true {
            do throws(Failure) {
                elements.append(try value())
            } catch {
                throw error.inside(String(elements.count))
            }
            skipWhitespace()
            if take("]") { break }
            guard take(",") else { throw malformed("expected ',' or ']' in an array") }
            skipWhitespace()
        }
        depth -= 1
        return elements
    }

    private mutating func number() throws(Failure) -> JSONNumber {
        let start = offset
        var scanner = JSONNumberScanner()
        while offset < bytes.count, scanner.take(bytes[offset]) {
            offset += 1
            guard offset - start <= limits.numberByteCountMax else {
                throw Failure(
                    code: .tooLong, offset: start,
                    message: "a number has more than \(limits.numberByteCountMax) characters")
            }
        }
        guard scanner.isComplete, !isNumberByte(peek()) else { throw malformed("not a JSON number") }
        return JSONNumber(unchecked: String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    /// `01`, `1.2.3` and `1e5e` are one bad number, not a number and something behind it.
    private func isNumberByte(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return byte >= 0x30 && byte <= 0x39 || ".eE+-".utf8.contains(byte)
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset < bytes.count, bytes[offset] == word.utf8Start[index] else {
                throw malformed("expected '\(word)'")
            }
            offset += 1
        }
        return value
    }

    /// Opens an array or object: takes its bracket.
    private mutating func enter() throws(Failure) {
        depth += 1
        let depthMax = min(limits.depthMax, JSONLimits.depthCeiling)
        guard depth <= depthMax else {
            throw Failure(code: .tooDeep, offset: offset, message: "nested deeper than \(depthMax) levels")
        }
        offset += 1
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    private func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    func malformed(_ message: String) -> Failure {
        let isAtEnd = offset >= bytes.count
        return Failure(
            code: .malformed, offset: min(offset, bytes.count),
            message: isAtEnd ? "the document ends too early: \(message)" : message)
    }
}
