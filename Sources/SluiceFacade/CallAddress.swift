/// The ways in which a server may read the path of a call, so that none of them smuggles a decided call past.
///
/// Tomcat and Spring decode escapes, drop path parameters (`;x=y`), fold `//`, walk `.` and `..`, and in older versions
/// take `/executions.json` for `/executions`; what a given Central does of this is UNKNOWN, so every reading counts.
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
        /// It is longer than `byteCountMax`.
        case tooLong
    }

    /// Longest path and query taken, in bytes.
    public static let byteCountMax = 16 * 1024
    /// How often escapes within escapes are undone.
    static let decodingCountMax = 3

    /// - Parameter path: Below the root, as it came: `/rest/v2/executions/`; without the query.
    public init(path: String) throws(Objection) {
        var bytes = Array(path.utf8)
        guard bytes.count <= Self.byteCountMax else { throw .tooLong }
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
        isPlain = Self.isPlain(path)
    }

    /// Bytes that a path or a query may have (RFC 3986 section 3.3), and those that browsers send all the same.
    public static func isAddressByte(_ byte: UInt8) -> Bool {
        // No control characters and spaces, no `#`, behind which a client drops everything, and only ASCII.
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    private static func segments(_ text: String) throws(Objection) -> [String] {
        var segments: [String] = []
        // By scalars, as other languages read it: to Swift, a `;` with an accent upon it is no `;`.
        for part in text.unicodeScalars.split(whereSeparator: { $0 == "/" || $0 == "\\" }) {
            let name = String(String.UnicodeScalarView(part.prefix { $0 != ";" }))
            switch name {
            case "", ".": continue
            case "..":
                guard segments.popLast() != nil else { throw .climbs }
            default: segments.append(name.lowercased())
            }
        }
        return segments
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
