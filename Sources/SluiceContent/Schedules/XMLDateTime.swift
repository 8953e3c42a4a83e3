public import SluiceForecast
public import SluiceModel

/// An `xs:dateTime` (XML Schema 1.0 part 2, section 3.2.7): a wall time with or without an offset.
public struct XMLDateTime: Hashable, Sendable {
    /// The wall time, as if it were UTC; hour 24 has become the next day's midnight.
    public let wallTime: Timestamp
    /// Minutes east of Greenwich, -840 to 840; nil when the text has none.
    public let offsetMinutes: Int?

    /// Years that are read: Quartz knows no others of use.
    private static let years = 1...9999

    /// Reads the text; white space around it counts as nothing. Nil when it is not such a time, or no real date.
    ///
    /// Fractions are cut to milliseconds. Leap seconds (`:60`) are refused, as by the schema.
    public init?(_ text: some StringProtocol) {
        var digits = Cursor(trimmed(String(text)))
        guard let year = digits.number(4), digits.take("-"), let month = digits.number(2), digits.take("-"),
            let day = digits.number(2), digits.take("T"), let hour = digits.number(2), digits.take(":"),
            let minute = digits.number(2), digits.take(":"), let second = digits.number(2),
            let milliseconds = digits.fraction()
        else { return nil }
        guard Self.years.contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.daysInMonth(year: year, month: month), minute <= 59, second <= 59
        else { return nil }
        guard hour <= 23 || (hour == 24 && minute == 0 && second == 0 && milliseconds == 0) else { return nil }
        if digits.take("Z") {
            offsetMinutes = 0
        } else if let sign = digits.sign() {
            guard let hours = digits.number(2), digits.take(":"), let minutes = digits.number(2), minutes <= 59,
                hours * 60 + minutes <= 840
            else { return nil }
            offsetMinutes = sign * (hours * 60 + minutes)
        } else {
            offsetMinutes = nil
        }
        guard digits.isAtEnd else { return nil }
        let days = CivilDate.daysSinceEpoch(year: year, month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        wallTime = Timestamp(milliseconds: seconds * 1000 + Int64(milliseconds))
    }

    /// Whether the text is a time of the schema in a year that is not read here: before the year 1 or after 9999.
    ///
    /// Such a year has five to nine digits without a leading zero, or a sign (`xs:dateTime` has no year 0).
    static func isBeyond(_ text: some StringProtocol) -> Bool {
        let value = trimmed(String(text))
        let isNegative = value.hasPrefix("-")
        let digits = value.dropFirst(isNegative ? 1 : 0).prefix { ("0"..."9").contains($0) }
        guard (4...9).contains(digits.count), isNegative || digits.count > 4, digits.count == 4 || digits.first != "0",
            let year = Int(digits), year > 0
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return XMLDateTime((isLeap ? "2000" : "2001") + value[digits.endIndex...]) != nil
    }

    /// The instant it means; its own offset wins over the zone.
    public func instant(in zone: TimeZoneRules) -> Timestamp {
        guard let offsetMinutes else { return zone.instant(ofWallTime: wallTime) }
        return Timestamp(milliseconds: wallTime.milliseconds - Int64(offsetMinutes) * 60_000)
    }
}

/// Takes fixed numbers of ASCII digits from a text.
private struct Cursor {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func number(_ count: Int) -> Int? {
        guard index + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        index += count
        return value
    }

    mutating func sign() -> Int? { take("+") ? 1 : take("-") ? -1 : nil }

    /// Milliseconds of an optional fraction; nil when a point has no digit behind it.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var count = 0
        while let digit = number(1) {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }
}
