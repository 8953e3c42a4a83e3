import SluiceModel

extension RecurrenceRule: CustomStringConvertible {
    /// Reads the value of an `RRULE`, such as `FREQ=MONTHLY;BYDAY=-1SA`; any case, parts in any order.
    /// - Throws: `RecurrenceError` that names the part, the value and what is allowed.
    public init(_ text: some StringProtocol) throws(RecurrenceError) {
        guard text.utf8.count <= RecurrenceLimits.byteCountMax else {
            throw RecurrenceError("", "a rule has at most \(RecurrenceLimits.byteCountMax) bytes")
        }
        var parts: [(name: String, value: String)] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                throw RecurrenceError("", "\"\(part.prefix(60))\" is not NAME=VALUE; parts are separated by ;")
            }
            let name = pair[0].uppercased()
            guard !parts.contains(where: { $0.name == name }) else {
                throw RecurrenceError(String(name.prefix(20)), "is there twice")
            }
            parts.append((name, pair[1].uppercased()))
        }
        guard let word = parts.first(where: { $0.name == "FREQ" })?.value else {
            throw RecurrenceError("FREQ", "is missing; \(Self.frequencyWords)")
        }
        guard let frequency = Frequency(rawValue: word) else {
            throw RecurrenceError("FREQ", "\"\(word.prefix(20))\" is not taken; \(Self.frequencyWords)")
        }
        self.init(frequency)
        for part in parts where part.name != "FREQ" { try set(part.name, part.value) }
        try check()
    }

    private static let frequencyWords =
        "it is one of " + Frequency.allCases.map(\.rawValue).joined(separator: ", ")

    private mutating func set(_ name: String, _ value: String) throws(RecurrenceError) {
        switch name {
        case "INTERVAL": interval = try Self.number(name, value, 1...RecurrenceLimits.intervalMax)
        case "COUNT": count = try Self.number(name, value, 1...RecurrenceLimits.countMax)
        case "UNTIL":
            guard let parsed = Self.until(value) else {
                throw RecurrenceError(
                    name, "\"\(value.prefix(30))\" is not a date or time such as 20261224T220000Z")
            }
            until = parsed
        case "WKST":
            guard let day = Weekday.words.firstIndex(of: value) else {
                throw RecurrenceError(name, "\"\(value.prefix(20))\" is not MO, TU, WE, TH, FR, SA or SU")
            }
            weekStart = Weekday.allCases[day]
        case "BYSECOND": bySecond = try Self.numbers(name, value, 0...59, isSigned: false)
        case "BYMINUTE": byMinute = try Self.numbers(name, value, 0...59, isSigned: false)
        case "BYHOUR": byHour = try Self.numbers(name, value, 0...23, isSigned: false)
        case "BYDAY": byDay = try Self.weekdays(value)
        case "BYMONTHDAY": byMonthDay = try Self.numbers(name, value, 1...31, isSigned: true)
        case "BYYEARDAY": byYearDay = try Self.numbers(name, value, 1...366, isSigned: true)
        case "BYWEEKNO": byWeekNumber = try Self.numbers(name, value, 1...53, isSigned: true)
        case "BYMONTH": byMonth = try Self.numbers(name, value, 1...12, isSigned: false)
        case "BYSETPOS": bySetPosition = try Self.numbers(name, value, 1...366, isSigned: true)
        default: throw RecurrenceError(String(name.prefix(20)), "is no part of a rule that Sluice knows")
        }
    }

    /// What parts may not stand together (RFC 5545, 3.3.10), or mean different things to different calendars.
    private func check() throws(RecurrenceError) {
        if count != nil, until != nil { throw RecurrenceError("COUNT", "and UNTIL must not stand together") }
        if byDay.contains(where: { $0.ordinal != nil }) {
            guard frequency == .monthly || frequency == .yearly else {
                throw RecurrenceError("BYDAY", "an ordinal such as -1SA needs FREQ=MONTHLY or YEARLY")
            }
            guard byWeekNumber.isEmpty else {
                throw RecurrenceError("BYDAY", "an ordinal such as -1SA must not stand beside BYWEEKNO")
            }
        }
        if !byWeekNumber.isEmpty {
            guard frequency == .yearly else { throw RecurrenceError("BYWEEKNO", "needs FREQ=YEARLY") }
            guard !byDay.isEmpty else {
                throw RecurrenceError("BYWEEKNO", "without BYDAY means other days to other calendars; add BYDAY")
            }
        }
        if !byYearDay.isEmpty, frequency != .yearly, frequency != .hourly {
            throw RecurrenceError("BYYEARDAY", "needs FREQ=YEARLY or HOURLY")
        }
        if !byMonthDay.isEmpty, frequency == .weekly {
            throw RecurrenceError("BYMONTHDAY", "must not stand with FREQ=WEEKLY")
        }
        let hasOther = [
            bySecond, byMinute, byHour, byMonthDay, byYearDay, byWeekNumber, byMonth,
        ].contains { !$0.isEmpty }
        if !bySetPosition.isEmpty, !hasOther, byDay.isEmpty {
            throw RecurrenceError("BYSETPOS", "needs another part that begins with BY")
        }
    }

    private static func number(
        _ name: String, _ text: some StringProtocol, _ range: ClosedRange<Int>
    ) throws(RecurrenceError) -> Int {
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) }
        guard isPlain, let number = Int(text), range.contains(number) else {
            throw RecurrenceError(
                name, "\"\(text.prefix(20))\" is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func signed(
        _ name: String, _ text: some StringProtocol, _ range: ClosedRange<Int>
    ) throws(RecurrenceError) -> Int {
        if text.hasPrefix("-") { return -(try number(name, text.dropFirst(), range)) }
        return try number(name, text.hasPrefix("+") ? text.dropFirst() : text.dropFirst(0), range)
    }

    /// In ascending order, each once.
    private static func numbers(
        _ name: String, _ text: String, _ range: ClosedRange<Int>, isSigned: Bool
    ) throws(RecurrenceError) -> [Int] {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        guard words.count <= RecurrenceLimits.valueCountMax else {
            throw RecurrenceError(name, "has more than \(RecurrenceLimits.valueCountMax) values")
        }
        var numbers: [Int] = []
        for word in words {
            numbers.append(isSigned ? try signed(name, word, range) : try number(name, word, range))
        }
        return distinct(numbers.sorted())
    }

    private static func distinct(_ sorted: [Int]) -> [Int] {
        sorted.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private static func weekdays(_ text: String) throws(RecurrenceError) -> [WeekdayPosition] {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        guard words.count <= RecurrenceLimits.valueCountMax else {
            throw RecurrenceError("BYDAY", "has more than \(RecurrenceLimits.valueCountMax) values")
        }
        var positions: [WeekdayPosition] = []
        for word in words {
            guard let day = Weekday.words.firstIndex(of: String(word.suffix(2))) else {
                throw RecurrenceError("BYDAY", "\"\(word.prefix(20))\" is not a weekday such as MO, 2TU or -1SA")
            }
            let ordinal = word.dropLast(2)
            let position = WeekdayPosition(
                Weekday.allCases[day], ordinal: ordinal.isEmpty ? nil : try signed("BYDAY", ordinal, 1...53))
            if !positions.contains(position) { positions.append(position) }
        }
        return positions
    }

    private static func until(_ text: String) -> Until? {
        switch CalendarText.time(text) {
        case .date(let day): .date(day)
        case .local(let wall): .local(wall)
        case .instant(let instant): .instant(instant)
        case nil: nil
        }
    }

    /// The rule as RFC 5545 writes it, its parts in a fixed order.
    public var description: String {
        var parts = ["FREQ=\(frequency.rawValue)"]
        if interval != 1 { parts.append("INTERVAL=\(interval)") }
        if let count { parts.append("COUNT=\(count)") }
        switch until {
        case .date(let day): parts.append("UNTIL=\(CalendarText.text(ofDay: day))")
        case .local(let wall): parts.append("UNTIL=\(CalendarText.text(ofWall: wall))")
        case .instant(let instant): parts.append("UNTIL=\(CalendarText.text(ofWall: instant))Z")
        case nil: break
        }
        func add(_ name: String, _ values: [Int]) {
            if !values.isEmpty { parts.append("\(name)=\(values.map(String.init).joined(separator: ","))") }
        }
        add("BYMONTH", byMonth)
        add("BYWEEKNO", byWeekNumber)
        add("BYYEARDAY", byYearDay)
        add("BYMONTHDAY", byMonthDay)
        if !byDay.isEmpty {
            let words = byDay.map { ($0.ordinal.map(String.init) ?? "") + $0.weekday.word }
            parts.append("BYDAY=\(words.joined(separator: ","))")
        }
        add("BYHOUR", byHour)
        add("BYMINUTE", byMinute)
        add("BYSECOND", bySecond)
        add("BYSETPOS", bySetPosition)
        if weekStart != .monday { parts.append("WKST=\(weekStart.word)") }
        return parts.joined(separator: ";")
    }
}
