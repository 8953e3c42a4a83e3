/// Why bytes could not be read as JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; open, so that adding one breaks nobody.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// Not the grammar of RFC 8259, or cut.
        public static let malformed = Code("malformed")
        /// Arrays and objects nested deeper than `JSONLimits.depthMax`.
        public static let tooDeep = Code("too-deep")
        /// Longer or more than one of the other limits allows.
        public static let tooLong = Code("too-long")
        /// One object has one name twice.
        public static let duplicateName = Code("duplicate-name")
        /// A string that is not UTF-8, or half a surrogate pair.
        public static let invalidUTF8 = Code("invalid-utf8")
        /// Something follows the value.
        public static let trailing = Code("trailing")
    }

    public let code: Code
    /// Where it was noticed: bytes from the start.
    public let offset: Int
    /// Line of that byte, from 1.
    public let line: Int
    /// Column of that byte in code points, from 1.
    public let column: Int
    /// The value that was being read, as a JSON pointer (RFC 6901); empty for the whole document.
    public let pointer: String
    /// What is wrong, without quoting a value.
    public let message: String

    public var description: String {
        let place = pointer.isEmpty ? "" : " at \(pointer)"
        return "line \(line), column \(column)\(place): \(message) [\(code)]"
    }

    init(_ failure: JSONParser.Failure, in bytes: UnsafeBufferPointer<UInt8>) {
        code = failure.code
        offset = failure.offset
        message = failure.message
        pointer = failure.path.reversed().reduce(into: "") { $0 += "/" + JSONPointer.escape($1) }
        var line = 1
        var column = 1
        for byte in bytes.prefix(failure.offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}

/// What a document may measure. Each limit is a reason to refuse it, never a crash.
public struct JSONLimits: Hashable, Sendable {
    /// Bytes of the document.
    public var byteCountMax = 16 << 20
    /// Arrays and objects inside one another; more than `depthCeiling` counts as that.
    public var depthMax = 64
    /// Bytes of one string or name, after its escapes were resolved.
    public var stringByteCountMax = 4 << 20
    /// Bytes of one number.
    public var numberByteCountMax = 128
    /// Values in the whole document, containers and what they contain.
    public var valueCountMax = 1_000_000

    /// What `depthMax` may be at most: the reader calls itself once a level.
    public static let depthCeiling = 256

    /// The limits Sluice reads requests with.
    public static let standard = JSONLimits()

    public init() {}
}

/// JSON pointers (RFC 6901).
public enum JSONPointer {
    /// A name as one step of a pointer: `~` becomes `~0`, `/` becomes `~1`.
    public static func escape(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.reduce(into: "") { text, character in
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
    }
}
