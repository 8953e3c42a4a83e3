import SluiceModel

/// Which days a rule names (RFC 5545, the table in 3.3.10): all its parts about days, with what the start adds.
struct RecurrenceDays: Sendable {
    /// 1970-01-05, as days since the epoch.
    static let firstMonday: Int64 = 4
    /// The last day of the last year.
    static let lastDay = CivilDate.daysSinceEpoch(year: RecurrenceLimits.yearMax, month: 12, day: 31)

    private let months: [Int]
    private let monthDays: [Int]
    private let yearDays: [Int]
    private let weekNumbers: [Int]
    private let weekdays: [RecurrenceRule.WeekdayPosition]
    private let weekStart: Int
    /// Whether ordinals of weekdays count within the year.
    private let countsWithinYear: Bool

    /// - Parameter start: Local seconds: a rule that names no day recurs on the start's.
    init(_ rule: RecurrenceRule, start: Int64) {
        let day = start.dividedDown(by: 86_400)
        let date = CivilDate.civil(daysSinceEpoch: day)
        var months = rule.byMonth
        var monthDays = rule.byMonthDay
        var weekdays = rule.byDay
        if rule.byWeekNumber.isEmpty, rule.byYearDay.isEmpty, monthDays.isEmpty, weekdays.isEmpty {
            switch rule.frequency {
            case .yearly:
                if months.isEmpty { months = [date.month] }
                monthDays = [date.day]
            case .monthly: monthDays = [date.day]
            case .weekly: weekdays = [.init(RecurrenceRule.Weekday.allCases[Self.weekday(day)])]
            case .daily, .hourly: break
            }
        }
        self.months = months
        self.monthDays = monthDays
        self.weekdays = weekdays
        yearDays = rule.byYearDay
        weekNumbers = rule.byWeekNumber
        weekStart = rule.weekStart.rawValue
        countsWithinYear = rule.frequency == .yearly && rule.byMonth.isEmpty
    }

    /// Monday is 0.
    private static func weekday(_ day: Int64) -> Int {
        let rest = Int((day - firstMonday) % 7)
        return rest < 0 ? rest + 7 : rest
    }

    /// Days since the epoch, in order.
    func ofYear(_ year: Int) -> [Int64] {
        (1...12).flatMap { months.isEmpty || months.contains($0) ? ofMonth(year: year, month: $0) : [] }
    }

    /// Days since the epoch, in order.
    func ofMonth(year: Int, month: Int) -> [Int64] {
        guard months.isEmpty || months.contains(month) else { return [] }
        let first = CivilDate.daysSinceEpoch(year: year, month: month, day: 1)
        let length = CivilDate.daysInMonth(year: year, month: month)
        return (0..<length).compactMap { offset in
            let day = first + Int64(offset)
            return matches(day, year: year, month: month, dayOfMonth: offset + 1) ? day : nil
        }
    }

    /// Whether a rule of days or hours names this day.
    func contains(_ day: Int64) -> Bool {
        let date = CivilDate.civil(daysSinceEpoch: day)
        return matches(day, year: date.year, month: date.month, dayOfMonth: date.day)
    }

    private func matches(_ day: Int64, year: Int, month: Int, dayOfMonth: Int) -> Bool {
        if !months.isEmpty, !months.contains(month) { return false }
        let monthLength = CivilDate.daysInMonth(year: year, month: month)
        if !monthDays.isEmpty, !monthDays.contains(dayOfMonth),
            !monthDays.contains(dayOfMonth - monthLength - 1)
        {
            return false
        }
        let yearLength = 337 + CivilDate.daysInMonth(year: year, month: 2)
        let dayOfYear = Int(day - CivilDate.daysSinceEpoch(year: year, month: 1, day: 1)) + 1
        if !yearDays.isEmpty, !yearDays.contains(dayOfYear), !yearDays.contains(dayOfYear - yearLength - 1) {
            return false
        }
        if !weekNumbers.isEmpty, !matchesWeek(day) { return false }
        guard !weekdays.isEmpty else { return true }
        let weekday = Self.weekday(day)
        let (place, length) = countsWithinYear ? (dayOfYear, yearLength) : (dayOfMonth, monthLength)
        return weekdays.contains { position in
            guard position.weekday.rawValue == weekday else { return false }
            guard let ordinal = position.ordinal else { return true }
            return ordinal > 0 ? (place - 1) / 7 + 1 == ordinal : (length - place) / 7 + 1 == -ordinal
        }
    }

    /// Week 1 is the first with at least four days in its year; negative numbers count from the last.
    private func matchesWeek(_ day: Int64) -> Bool {
        let shift = (Self.weekday(day) - weekStart + 7) % 7
        let first = day - Int64(shift)
        // The week belongs to the year of its fourth day.
        let year = CivilDate.civil(daysSinceEpoch: first + 3).year
        let number = Int((first + 3 - CivilDate.daysSinceEpoch(year: year, month: 1, day: 1)) / 7) + 1
        let nextNewYear = CivilDate.daysSinceEpoch(year: year + 1, month: 1, day: 1)
        // The last week's fourth day is the last such day before the next year.
        let count = number + Int((nextNewYear - 1 - (first + 3)) / 7)
        return weekNumbers.contains(number) || weekNumbers.contains(number - count - 1)
    }
}
