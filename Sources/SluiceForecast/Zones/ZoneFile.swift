/// Reads a compiled zone file (TZif, RFC 8536) of version 2 or later.
///
/// What it promises: no input crashes it, and none takes more time or memory than its size.
struct ZoneFile {
    /// Most bytes of a file; the largest of IANA have under 4,000.
    static let maximumBytes = 1 << 17
    /// Most changes of one zone; IANA's have under 400.
    static let maximumChanges = 4096
    /// Widest offset from Greenwich, in seconds (RFC 8536 section 3.2).
    static let maximumOffset: Int64 = 93_599

    /// Start of 2038: Java takes no single changes from there on, so Casablanca stays at +01:00 in its Ramadans
    /// (`sun.util.calendar.ZoneInfoFile`, LASTYEAR).
    private static let javasEnd: Int64 = 2_145_916_800
    /// Start of 2037: from there Java goes by the yearly rule where there is one, so Gaza's Ramadans do not count.
    private static let javasRules: Int64 = 2_114_380_800

    private struct Counts {
        var isUTC: Int
        var isStandard: Int
        var leaps: Int
        var changes: Int
        var types: Int
        var characters: Int

        /// Bytes of a data block.
        func size(timeBytes: Int) -> Int {
            changes * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + isStandard + isUTC
        }
    }

    private let bytes: [UInt8]

    static func table(_ bytes: [UInt8]) throws(ZoneFileError) -> ZoneTable {
        guard bytes.count <= maximumBytes else {
            throw ZoneFileError(.tooLarge, "it has \(bytes.count) bytes, \(maximumBytes) are allowed")
        }
        return try ZoneFile(bytes: bytes).table()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func table() throws(ZoneFileError) -> ZoneTable {
        let first = try counts(at: 0)
        let start = 44 + first.size(timeBytes: 4)
        let counts = try counts(at: start)
        guard counts.leaps == 0 else {
            throw ZoneFileError(.hasLeapSeconds, "it counts leap seconds, as zones below right/ do")
        }
        guard (1...256).contains(counts.types), counts.changes <= Self.maximumChanges else {
            throw ZoneFileError(.damaged, "it names \(counts.types) kinds of time and \(counts.changes) changes")
        }
        let times = start + 44
        let indices = times + counts.changes * 8
        let types = indices + counts.changes
        let footer = times + counts.size(timeBytes: 8)
        guard footer <= bytes.count else { throw ZoneFileError(.cutShort, "its last byte is missing") }

        var offsets: [Int64] = []
        for type in 0..<counts.types {
            let offset = Int64(Int32(truncatingIfNeeded: integer(at: types + type * 6, bytes: 4)))
            guard abs(offset) <= Self.maximumOffset else {
                throw ZoneFileError(.damaged, "an offset of \(offset) seconds")
            }
            offsets.append(offset)
        }
        var changes: [ZoneChange] = []
        for change in 0..<counts.changes {
            let instant = integer(at: times + change * 8, bytes: 8)
            let type = Int(bytes[indices + change])
            guard type < offsets.count, instant > changes.last?.instant ?? .min, abs(instant) < 1 << 60 else {
                throw ZoneFileError(.damaged, "change \(change + 1) is out of order or of no kind")
            }
            changes.append(ZoneChange(instant: instant, offsetAfter: offsets[type]))
        }
        switch try rule(at: footer) {
        case nil: return ZoneTable(firstOffset: offsets[0], changes: changes.before(Self.javasEnd))
        case .changing(let rule):
            let changes = changes.before(Self.javasRules)
            return ZoneTable(firstOffset: offsets[0], changes: changes, rule: rule)
        case .fixed(let offset):
            let last = changes.last?.offsetAfter ?? offsets[0]
            guard offset == last else {
                throw ZoneFileError(.damaged, "its footer says \(offset) seconds, its last change \(last)")
            }
            return ZoneTable(firstOffset: offsets[0], changes: changes.before(Self.javasEnd))
        }
    }

    private func counts(at start: Int) throws(ZoneFileError) -> Counts {
        guard start + 44 <= bytes.count else { throw ZoneFileError(.cutShort, "a header is missing") }
        guard bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
            throw ZoneFileError(.notAZoneFile, "it does not begin with TZif")
        }
        guard bytes[start + 4] >= UInt8(ascii: "2") else {
            throw ZoneFileError(.tooOld, "it is of version 1, without 64-bit times")
        }
        let values = (0..<6).map { Int(integer(at: start + 20 + $0 * 4, bytes: 4)) }
        guard values.allSatisfy({ $0 <= Self.maximumBytes }) else {
            throw ZoneFileError(.damaged, "a count of \(values.max() ?? 0)")
        }
        return Counts(
            isUTC: values[0], isStandard: values[1], leaps: values[2], changes: values[3], types: values[4],
            characters: values[5])
    }

    private func rule(at start: Int) throws(ZoneFileError) -> DaylightRuleReader.Footer? {
        let newline = UInt8(ascii: "\n")
        guard start < bytes.count, bytes[start] == newline,
            let end = bytes[(start + 1)...].firstIndex(of: newline)
        else { throw ZoneFileError(.cutShort, "its footer is missing") }
        if end == start + 1 { return nil }
        var reader = DaylightRuleReader(bytes[(start + 1)..<end])
        guard let footer = reader.footer() else {
            throw ZoneFileError(.damaged, "its footer is no POSIX TZ text")
        }
        return footer
    }

    /// Big-endian; the caller has checked the bounds.
    private func integer(at start: Int, bytes count: Int) -> Int64 {
        var value: UInt64 = 0
        for byte in bytes[start..<start + count] { value = value << 8 | UInt64(byte) }
        return Int64(bitPattern: value)
    }
}

extension [ZoneChange] {
    fileprivate func before(_ second: Int64) -> [ZoneChange] { Array(prefix { $0.instant < second }) }
}

/// Why the bytes of a zone file are refused.
public struct ZoneFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of trouble; more kinds may come.
    public struct Code: Hashable, Sendable {
        public let text: String

        public static let notAZoneFile = Code(text: "not-a-zone-file")
        public static let tooLarge = Code(text: "too-large")
        public static let tooOld = Code(text: "too-old")
        public static let cutShort = Code(text: "cut-short")
        public static let hasLeapSeconds = Code(text: "has-leap-seconds")
        public static let damaged = Code(text: "damaged")
    }

    public let code: Code
    /// In words, without the file's name.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension TimeZoneRules {
    /// Most bytes of a zone's compiled file.
    public static let maximumFileBytes = ZoneFile.maximumBytes

    /// A zone from the bytes of its compiled file (TZif version 2 or later), as under `/usr/share/zoneinfo`.
    ///
    /// - Throws: `ZoneFileError` for anything else, also for files that count leap seconds.
    public init(identifier: String, zoneFile: [UInt8]) throws(ZoneFileError) {
        self.init(identifier: identifier, table: try ZoneFile.table(zoneFile))
    }
}
