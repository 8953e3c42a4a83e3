/// The ways in which a server may read the path of a call, so that none of them smuggles a decided call past.
///
/// Tomcat and Spring decode escapes, drop path parameters (`;x=y`), fold `//`, walk `.` and `..`, and in older versions
/// take `/executions.json` for `/executions`; what a given Central does of this is UNKNOWN, so every reading counts,
/// and what has more readings than are looked at is refused.
public struct CallAddress: Hashable, Sendable {
    /// Segments below the root, in lower case but for those that are compared as they are: one list for each reading.
    let readings: [[String]]
    /// Whether it is spelt as every client spells it, so that it may be sent on as it came.
    public let isPlain: Bool

    /// Why an address is not sent on at all.
    public enum Objection: Error, Hashable, Sendable {
        /// It leads out of the root it begins with, by `..` in some spelling.
        case climbs
        /// An escape is broken, or what it stands for is no text, or it is escaped too often.
        case unreadable
        /// It has a character that no address may have: what is behind it would be read differently by each server.
        case badCharacter
        /// Servers disagree about where it leads: it has a backslash in some spelling, or `..` together with `//` or
        /// `;`. Tomcat refuses backslashes as well; of the others no client is known that sends them.
        case ambiguous
        /// It is longer than `byteCountMax`.
        case tooLong
    }

    /// Longest path and query taken, in bytes.
    public static let byteCountMax = 16 * 1024
    /// How often escapes within escapes are undone.
    static let decodingCountMax = 3

    /// - Parameter path: Below the root, as it came: `/rest/v2/executions/`; without the query.
    public init(path: String) throws(Objection) {
        guard path.utf8.count <= Self.byteCountMax else { throw .tooLong }
        isPlain = Self.isPlain(path)
        // There is but one way to read it.
        if isPlain {
            readings = [path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0).lowercased() }]
            return
        }
        var bytes = Array(path.utf8)
        guard bytes.allSatisfy(Self.isAddressByte) else { throw .badCharacter }
        var readings: [[String]] = []
        for round in 0... {
            guard let text = String(validating: bytes, as: UTF8.self),
                !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
            else { throw .unreadable }
            let segments = try Self.segments(text)
            if !readings.contains(segments) { readings.append(segments) }
            guard bytes.contains(UInt8(ascii: "%")) else { break }
            // A lone percent sign that an escape stood for is a character like any other.
            guard let decoded = Self.decoded(bytes) else {
                if round == 0 { throw .unreadable }
                break
            }
            guard round < Self.decodingCountMax else { throw .unreadable }
            bytes = decoded
        }
        self.readings = readings
    }

    /// Bytes that a path or a query may have (RFC 3986 section 3.3), and those that browsers send all the same.
    public static func isAddressByte(_ byte: UInt8) -> Bool {
        // No control characters and spaces, no `#`, behind which a client drops everything, and only ASCII.
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    private static func segments(_ text: String) throws(Objection) -> [String] {
        // To one server it parts segments, to the next it is a letter.
        if text.utf8.contains(UInt8(ascii: "\\")) { throw .ambiguous }
        var segments: [String] = []
        var goesBack = false
        var hasParameter = false
        // By scalars, as other languages read it: to Swift, a `;` with an accent upon it is no `;`.
        for part in text.unicodeScalars.split(separator: "/") {
            let word = part.prefix { $0 != ";" }
            if word.endIndex != part.endIndex { hasParameter = true }
            let name = String(String.UnicodeScalarView(word))
            switch name {
            case "", ".": continue
            case "..":
                goesBack = true
                guard segments.popLast() != nil else { throw .climbs }
            default: segments.append(name.lowercased())
            }
        }
        // `x//..` is `x/` by RFC 3986 and nothing where `//` is folded first; `..;x` leads back only for some.
        if goesBack, hasParameter || hasEmptySegment(text) { throw .ambiguous }
        return segments
    }

    private static func hasEmptySegment(_ text: String) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/"), last == byte { return true }
            last = byte
        }
        return false
    }

    // MARK: The query

    /// Whether a parameter's name asks to take the call for another method, as `_method=POST` does for some frameworks,
    /// or cannot be read, so that nobody can tell.
    public static func overridesMethod(query: String) -> Bool {
        // Nearly every query has neither.
        guard query.utf8.contains(where: { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "%") }) else { return false }
        let pairs = query.utf8.split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") })
        return pairs.contains { pair in
            guard let name = decodedWhole(Array(pair.prefix { $0 != UInt8(ascii: "=") })) else { return true }
            return String(decoding: name, as: UTF8.self).lowercased() == "_method"
        }
    }

    /// nil when an escape is broken, or escaped too often.
    private static func decodedWhole(_ bytes: [UInt8]) -> [UInt8]? {
        var bytes = bytes
        for round in 0...decodingCountMax {
            guard bytes.contains(UInt8(ascii: "%")) else { return bytes }
            // A lone percent sign that an escape stood for is a character like any other.
            guard let next = decoded(bytes) else { return round == 0 ? nil : bytes }
            bytes = next
        }
        return nil
    }

    /// nil when an escape is broken.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let high = hexDigit(bytes[index + 1]), let low = hexDigit(bytes[index + 2])
            else { return nil }
            result.append(high << 4 | low)
            index += 3
        }
        return result
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Letters, digits, `-`, `_`, `,`, `~` and single slashes; dots only within a segment that has no suffix to be cut.
    private static func isPlain(_ path: String) -> Bool {
        var last: UInt8 = 0
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ","),
                UInt8(ascii: "~"):
                break
            case UInt8(ascii: "/") where last != UInt8(ascii: "/"): break
            default: return false
            }
            last = byte
        }
        return true
    }
}
