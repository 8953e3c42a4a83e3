/// What Java 17's `TimeZone.getTimeZone` makes of a text.
///
/// Its rules, as asked of OpenJDK 17.0.15:
///
/// | text | becomes |
/// |---|---|
/// | `GMT+h`, `GMT+hh`, `GMT+hmm`, `GMT+hhmm`, `GMT+h:mm`, `GMT+hh:mm` to 23:59 | that offset, named `GMT+hh:mm` |
/// | `GMT+005` | five minutes: three digits are one of hours and two of minutes |
/// | `EST`, `MST`, `HST` | -05:00, -07:00, -10:00 all year |
/// | `IST`, `BST`, `CST`, `PST`, `AST`, ... | by an old table: Kolkata, Dhaka, Chicago, Los Angeles, Anchorage |
/// | `MIT`, `NST`, `SST` | Apia, Auckland, Guadalcanal: not Midway, Newfoundland, Samoa |
/// | `SystemV/EST5EDT` and its like | summer time from the last Sunday of April to the last of October |
/// | `Europe/berlin`, `utc`, `Z`, `UT`, `UTC+3`, `EST5`, `GMT+24` | unknown, which Java takes for GMT without a word |
public enum JavaZoneName: Hashable, Sendable {
    /// The zone of a compiled file of that name; Java keeps the id as it was written.
    case region(file: String)
    /// Always so many seconds east of Greenwich, under that id.
    case fixed(identifier: String, offsetSeconds: Int)
    /// Standard time, and an hour more from the last Sunday of April to the last of October, both at 02:00.
    case systemV(offsetSeconds: Int)

    /// Longest id looked at.
    public static let maximumBytes = 64

    /// - Returns: nil for texts that Java cannot know. A region may still be unknown: whoever has the files knows.
    public init?(_ identifier: String) {
        let bytes = Array(identifier.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.maximumBytes else { return nil }
        if let minutes = Self.customMinutes(bytes) {
            let digits = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
            let sign = bytes[3] == UInt8(ascii: "-") ? "-" : "+"
            let name = "GMT\(sign)\(digits(abs(minutes) / 60)):\(digits(abs(minutes) % 60))"
            self = .fixed(identifier: name, offsetSeconds: minutes * 60)
        } else if identifier == "UTC" || identifier == "GMT" {
            self = .fixed(identifier: identifier, offsetSeconds: 0)
        } else if let hours = Self.fixedHours.first(where: { $0.name == identifier })?.hours {
            self = .fixed(identifier: identifier, offsetSeconds: hours * 3600)
        } else if let hours = Self.systemVHours.first(where: { $0.name == identifier })?.hours {
            self = .systemV(offsetSeconds: hours * 3600)
        } else if let file = Self.oldNames.first(where: { $0.name == identifier })?.region {
            self = .region(file: file)
        } else if Self.isRegion(bytes), !Self.unknownFiles.contains(identifier) {
            self = .region(file: identifier)
        } else {
            return nil
        }
    }

    /// Segments of letters, digits, `_`, `-` and `+`, joined by slashes; none empty, so no path leads out of a folder.
    private static func isRegion(_ bytes: [UInt8]) -> Bool {
        let segments = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let first = segments.first, !first.elementsEqual("posix".utf8), !first.elementsEqual("right".utf8) else {
            return false
        }
        return segments.allSatisfy { segment in
            !segment.isEmpty
                && segment.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                        || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+")].contains(byte)
                }
        }
    }

    /// Minutes of `GMT+h`, `GMT+hh`, `GMT+hmm`, `GMT+hhmm`, `GMT+h:mm` or `GMT+hh:mm`; nil for all else.
    private static func customMinutes(_ bytes: [UInt8]) -> Int? {
        guard bytes.count > 4, bytes.starts(with: "GMT".utf8), bytes[3] == 43 || bytes[3] == 45 else { return nil }
        let parts = bytes[4...].split(separator: 58, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.count <= 4 }),
            parts.joined().allSatisfy({ (48...57).contains($0) })
        else { return nil }
        let number = { (digits: [UInt8]) in digits.reduce(0) { $0 * 10 + Int($1 - 48) } }
        let (hours, minutes): (Int, Int)
        if parts.count == 2 {
            guard parts[0].count <= 2, parts[1].count == 2 else { return nil }
            (hours, minutes) = (number(parts[0]), number(parts[1]))
        } else {
            let value = number(parts[0])
            (hours, minutes) = parts[0].count <= 2 ? (value, 0) : (value / 100, value % 100)
        }
        guard hours <= 23, minutes <= 59 else { return nil }
        return (hours * 60 + minutes) * (bytes[3] == 45 ? -1 : 1)
    }
}
