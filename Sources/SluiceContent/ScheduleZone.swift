import Foundation
public import SluiceModel

/// A time zone as schedule files name it, by Java's rules (`java.util.TimeZone.getTimeZone`).
public struct ScheduleZone: Sendable {
    /// The id that Java would give it.
    public let identifier: String
    private let offset: @Sendable (Timestamp) -> Int

    /// Greenwich time, under the id `UTC`.
    public static let utc = ScheduleZone(identifier: "UTC") { _ in 0 }
    /// What Java takes for every id it does not know.
    static let gmt = ScheduleZone(identifier: "GMT") { _ in 0 }

    /// A zone of one's own; `offsetSeconds` answers seconds east of Greenwich at an instant.
    public init(identifier: String, offsetSeconds: @escaping @Sendable (Timestamp) -> Int) {
        self.identifier = identifier
        offset = offsetSeconds
    }

    /// A zone by its Java id: a region, an abbreviation such as `EST`, or `GMT+5`, `GMT-03:30`; nil for all else.
    public init?(javaIdentifier: String) {
        if javaIdentifier == "UTC" || javaIdentifier == "GMT" {
            self.init(identifier: javaIdentifier) { _ in 0 }
        } else if let minutes = Self.customMinutes(javaIdentifier) {
            let digits = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
            let sign = javaIdentifier.contains("-") ? "-" : "+"
            self.init(identifier: "GMT\(sign)\(digits(abs(minutes) / 60)):\(digits(abs(minutes) % 60))") { _ in
                minutes * 60
            }
        } else {
            // Foundation also takes `UTC+3` and its like; Java does not.
            let isRegion =
                javaIdentifier.contains("/") || !javaIdentifier.contains { $0 == "+" || $0 == "-" || $0 == ":" }
            guard isRegion, javaIdentifier.utf8.count <= 64, let zone = TimeZone(identifier: javaIdentifier) else {
                return nil
            }
            self.init(identifier: javaIdentifier) { instant in
                zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000))
            }
        }
    }

    /// Seconds east of Greenwich at an instant.
    public func offsetSeconds(at instant: Timestamp) -> Int { offset(instant) }

    /// The instant of a wall time, given as if it were UTC, as Java's lenient calendar takes it.
    ///
    /// A time inside a gap moves on by the gap's length; a doubled time is the second one, in standard time.
    public func instant(ofWallTime wall: Timestamp) -> Timestamp {
        let day: Int64 = 86_400_000
        let before = offset(Timestamp(milliseconds: wall.milliseconds - day))
        let after = offset(Timestamp(milliseconds: wall.milliseconds + day))
        // The smaller offset gives the later instant: of a doubled time, the second.
        for seconds in [min(before, after), max(before, after)] {
            let instant = Timestamp(milliseconds: wall.milliseconds - Int64(seconds) * 1000)
            if offset(instant) == seconds { return instant }
        }
        return Timestamp(milliseconds: wall.milliseconds - Int64(before) * 1000)
    }

    /// Minutes of `GMT+h`, `GMT+hh`, `GMT+hmm`, `GMT+hhmm`, `GMT+h:mm` or `GMT+hh:mm`; nil for all else.
    private static func customMinutes(_ identifier: String) -> Int? {
        let bytes = Array(identifier.utf8)
        guard bytes.count > 4, bytes.starts(with: Array("GMT".utf8)), bytes[3] == 43 || bytes[3] == 45 else {
            return nil
        }
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
