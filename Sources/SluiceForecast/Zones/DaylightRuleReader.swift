/// Reads the footer of a zone file: a POSIX TZ text such as `CET-1CEST,M3.5.0,M10.5.0/3`.
struct DaylightRuleReader {
    /// What a footer says.
    enum Footer: Hashable {
        case fixed(Int64)
        case changing(DaylightRule)
    }

    /// Longest footer read.
    static let maximumBytes = 256

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Nil when the text is no such rule.
    mutating func footer() -> Footer? {
        guard rest.count <= Self.maximumBytes, name(), let standard = signedTime(maximumHours: 24) else { return nil }
        if rest.isEmpty { return .fixed(-standard) }
        guard name() else { return nil }
        var daylight = -standard + 3600
        if let byte = rest.first, byte != UInt8(ascii: ",") {
            guard let offset = signedTime(maximumHours: 24) else { return nil }
            daylight = -offset
        }
        guard take(","), let start = moment(), take(","), let end = moment(), rest.isEmpty else { return nil }
        return .changing(
            DaylightRule(standardOffset: -standard, daylightOffset: daylight, start: start, end: end))
    }

    /// An abbreviation: three letters or more, or anything in angle brackets.
    private mutating func name() -> Bool {
        if take("<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
            rest = rest[(end + 1)...]
            return true
        }
        let letters = rest.prefix { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }.count
        rest = rest.dropFirst(letters)
        return letters >= 3
    }

    private mutating func moment() -> DaylightRule.Moment? {
        let day: DaylightRule.Moment.Day
        if take("M") {
            guard let month = number(in: 1...12), take("."), let week = number(in: 1...5), take("."),
                let weekday = number(in: 0...6)
            else { return nil }
            day = .weekday(month: month, week: week, weekday: weekday)
        } else if take("J") {
            guard let number = number(in: 1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = number(in: 0...365) else { return nil }
            day = .zeroBased(number)
        }
        guard take("/") else { return DaylightRule.Moment(day: day, time: 7200) }
        guard let time = signedTime(maximumHours: 167) else { return nil }
        return DaylightRule.Moment(day: day, time: time)
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
    private mutating func signedTime(maximumHours: Int) -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(in: 0...maximumHours) else { return nil }
        var seconds = Int64(hours) * 3600
        if take(":") {
            guard let minutes = number(in: 0...59) else { return nil }
            seconds += Int64(minutes) * 60
            if take(":") {
                guard let rest = number(in: 0...59) else { return nil }
                seconds += Int64(rest)
            }
        }
        return isNegative ? -seconds : seconds
    }

    private mutating func number(in range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { (48...57).contains($0) }
        guard (1...3).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        return range.contains(value) ? value : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }
}
