public import SluiceForecast
public import SluicePluginKit

/// How a date is written: `rfc3339`, `epoch-milliseconds`, `epoch-seconds`, or a pattern such as `dd.MM.yyyy HH:mm`.
///
/// In a pattern `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss` and `SSS` are that many digits, and everything else stands for
/// itself; text between apostrophes does, too. Without `yyyy`, `MM` and `dd` it is no pattern.
public struct DatePattern: Hashable, Sendable {
    /// As configured.
    public let text: String
    private let kind: Kind

    private enum Kind: Hashable, Sendable {
        case rfc3339
        /// Milliseconds that one unit has.
        case epoch(Int64)
        case parts([Part])
    }

    private enum Part: Hashable, Sendable {
        case number(Field, digits: Int)
        case literal(UInt8)
    }

    private enum Field: Hashable, Sendable { case year, month, day, hour, minute, second, millisecond }

    /// Longest pattern, and longest date that is read, in bytes.
    public static let byteCountMax = 64

    /// - Returns: nil when it is no pattern.
    public init?(_ text: String) {
        self.text = text
        switch text {
        case "rfc3339": kind = .rfc3339
        case "epoch-milliseconds": kind = .epoch(1)
        case "epoch-seconds": kind = .epoch(1000)
        default:
            guard let parts = DatePattern.parts(of: text) else { return nil }
            kind = .parts(parts)
        }
    }

    private static func parts(of text: String) -> [Part]? {
        guard text.utf8.count <= byteCountMax else { return nil }
        let fields: [(UInt8, Int, Field)] = [
            (UInt8(ascii: "y"), 4, .year), (UInt8(ascii: "M"), 2, .month), (UInt8(ascii: "d"), 2, .day),
            (UInt8(ascii: "H"), 2, .hour), (UInt8(ascii: "m"), 2, .minute), (UInt8(ascii: "s"), 2, .second),
            (UInt8(ascii: "S"), 3, .millisecond),
        ]
        var parts: [Part] = []
        var found: Set<Field> = []
        var isQuoted = false
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "'") {
                isQuoted.toggle()
                rest.removeFirst()
            } else if !isQuoted, let (_, digits, field) = fields.first(where: { $0.0 == byte }) {
                guard rest.prefix(while: { $0 == byte }).count == digits, found.insert(field).inserted else {
                    return nil
                }
                parts.append(.number(field, digits: digits))
                rest.removeFirst(digits)
            } else {
                // Letters have a meaning, some day.
                guard isQuoted || !(0x41...0x5A).contains(byte & 0xDF) else { return nil }
                parts.append(.literal(byte))
                rest.removeFirst()
            }
        }
        guard !isQuoted, found.isSuperset(of: [.year, .month, .day]) else { return nil }
        return parts
    }

    /// The instant that a date names, in a zone where it names none itself; nil when it is no such date.
    ///
    /// A local time that a change of clocks skips is that much later; one that happens twice is the first.
    public func instant(of date: String, in zone: TimeZoneRules) -> Timestamp? {
        guard date.utf8.count <= DatePattern.byteCountMax else { return nil }
        let instant: Timestamp?
        switch kind {
        case .rfc3339: instant = Timestamp(rfc3339: date)
        case .epoch(let unit):
            let (milliseconds, isOver) = (Int64(date) ?? .max).multipliedReportingOverflow(by: unit)
            instant = isOver || Int64(date) == nil ? nil : Timestamp(milliseconds: milliseconds)
        case .parts(let parts):
            instant = DatePattern.wallTime(of: date, parts).map { zone.instant(ofWallTime: $0) }
        }
        guard let instant, Timestamp.calendarYears.contains(instant) else { return nil }
        return instant
    }

    private static func wallTime(of date: String, _ parts: [Part]) -> Timestamp? {
        var values: [Field: Int] = [:]
        var rest = Array(date.utf8)[...]
        for part in parts {
            switch part {
            case .literal(let byte):
                guard rest.first == byte else { return nil }
                rest.removeFirst()
            case .number(let field, let digits):
                let number = rest.prefix(digits)
                guard number.count == digits, number.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
                values[field] = number.reduce(0) { $0 * 10 + Int($1) - 0x30 }
                rest.removeFirst(digits)
            }
        }
        guard rest.isEmpty, let year = values[.year], let month = values[.month], let day = values[.day] else {
            return nil
        }
        let (hour, minute, second) = (values[.hour] ?? 0, values[.minute] ?? 0, values[.second] ?? 0)
        guard year >= 1, (1...12).contains(month), (1...CivilDate.daysInMonth(year: year, month: month)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = CivilDate.daysSinceEpoch(year: year, month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return Timestamp(milliseconds: seconds * 1000 + Int64(values[.millisecond] ?? 0))
    }
}
