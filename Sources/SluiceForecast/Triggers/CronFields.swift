import SluiceModel

/// An expression's values as masks, for arithmetic with wall times.
struct CronFields: Hashable, Sendable {
    enum Days: Hashable, Sendable {
        /// Bit n is day n.
        case ofMonth(UInt32)
        /// So many days before the last; with nearest: or the weekday nearest to it.
        case last(offset: Int, nearestWeekday: Bool)
        case nearestWeekday(Int)
        /// Bit n is weekday n, 1 being Sunday.
        case weekdays(UInt32)
        /// Days in both: bit n is day n, and bit n is weekday n.
        case both(ofMonth: UInt32, weekdays: UInt32)
        case lastWeekday(Int)
        case nthWeekday(Int, Int)
        case never
    }

    let seconds: UInt64
    let minutes: UInt64
    let hours: UInt64
    let months: UInt64
    let days: Days
    let years: CronYears
    let yearMax: Int
    /// Fires on a day that fires.
    let countPerDay: Int
    /// Seconds after midnight of the first and the last of them; nil when there are none.
    let firstOfDay: Int?
    let lastOfDay: Int?

    init(_ parser: CronParser) {
        seconds = UInt64(truncatingIfNeeded: parser.set(.second).bits) & (1 << 60 - 1)
        minutes = UInt64(truncatingIfNeeded: parser.set(.minute).bits) & (1 << 60 - 1)
        hours = UInt64(truncatingIfNeeded: parser.set(.hour).bits) & (1 << 24 - 1)
        months = UInt64(truncatingIfNeeded: parser.set(.month).bits) & (1 << 13 - 2)
        years = parser.years
        yearMax = min(parser.yearMax, CronExpression.lastYear)
        days = Self.days(parser)
        countPerDay = seconds.nonzeroBitCount * minutes.nonzeroBitCount * hours.nonzeroBitCount
        if countPerDay == 0 {
            firstOfDay = nil
            lastOfDay = nil
        } else {
            firstOfDay = hours.firstBit * 3600 + minutes.firstBit * 60 + seconds.firstBit
            lastOfDay = hours.lastBit * 3600 + minutes.lastBit * 60 + seconds.lastBit
        }
    }

    private static func days(_ parser: CronParser) -> Days {
        let ofMonth = parser.set(.dayOfMonth)
        let ofWeek = parser.set(.dayOfWeek)
        if parser.asksBothDays {
            return .both(
                ofMonth: UInt32(truncatingIfNeeded: ofMonth.bits) & ~1,
                weekdays: UInt32(truncatingIfNeeded: ofWeek.bits) & 0xFE)
        }
        if !ofMonth.contains(CronSet.none) {
            if parser.isLastDayOfMonth {
                return .last(offset: parser.lastDayOffset, nearestWeekday: parser.isNearestWeekday)
            }
            if parser.isNearestWeekday { return ofMonth.first.map { .nearestWeekday($0) } ?? .never }
            return .ofMonth(UInt32(truncatingIfNeeded: ofMonth.bits) & ~1)
        }
        guard let first = ofWeek.first else { return .never }
        // Quartz takes weekday 0, which only `0#n` can be, for Saturday, and never meets one beyond 7.
        let weekday = first == 0 ? 7 : first
        if parser.isLastDayOfWeek { return weekday <= 7 ? .lastWeekday(weekday) : .never }
        if parser.nthDayOfWeek > 0 {
            return weekday <= 7 ? .nthWeekday(weekday, parser.nthDayOfWeek) : .never
        }
        return .weekdays(UInt32(truncatingIfNeeded: ofWeek.bits) & 0xFE)
    }

    /// Whether a month's days depend on where Quartz's search comes from, so that only its own steps tell them.
    var needsWalk: Bool {
        switch days {
        case .nearestWeekday(let day): !(1...28).contains(day)
        case .last(let offset, let nearestWeekday): nearestWeekday && offset > 27
        default: false
        }
    }

    /// Days of a month on which it fires; bit n is day n.
    func dayMask(year: Int, month: Int) -> UInt32 {
        guard months >> UInt64(month) & 1 == 1 else { return 0 }
        let length = CivilDate.daysInMonth(year: year, month: month)
        let all = UInt32(truncatingIfNeeded: (Int64(2) << Int64(length)) - 2)
        switch days {
        case .never: return 0
        case .ofMonth(let mask): return mask & all
        case .last(let offset, let nearestWeekday):
            let day = length - offset
            guard day >= 1 else { return 0 }
            return 1 << UInt32(nearestWeekday ? nearest(to: day, of: length, year, month) : day)
        case .nearestWeekday(let day):
            guard (1...length).contains(day) else { return 0 }
            return 1 << UInt32(nearest(to: day, of: length, year, month))
        case .weekdays(let mask): return Self.days(of: mask, year, month) & all
        case .both(let ofMonth, let weekdays): return ofMonth & Self.days(of: weekdays, year, month) & all
        case .lastWeekday(let weekday):
            let back = (Self.weekday(year, month, length) - weekday + 7) % 7
            return 1 << UInt32(length - back)
        case .nthWeekday(let weekday, let nth):
            let day = 1 + (weekday - Self.weekday(year, month, 1) + 7) % 7 + (nth - 1) * 7
            return day <= length ? 1 << UInt32(day) : 0
        }
    }

    /// The days of a month that are on some weekdays, perhaps beyond its end.
    private static func days(of weekdays: UInt32, _ year: Int, _ month: Int) -> UInt32 {
        let first = UInt64(weekday(year, month, 1))
        // Seven days from the 1st on, then the same again, four times.
        let days = UInt64(weekdays >> 1 & 0x7F)
        let week = (days >> (first - 1) | days << (8 - first)) & 0x7F
        return UInt32(truncatingIfNeeded: week * 0x1020_4081 << 1)
    }

    private func nearest(to day: Int, of length: Int, _ year: Int, _ month: Int) -> Int {
        switch Self.weekday(year, month, day) {
        case 7: day == 1 ? 3 : day - 1
        case 1: day == length ? day - 2 : day + 1
        default: day
        }
    }

    /// 1 is Sunday.
    static func weekday(_ year: Int, _ month: Int, _ day: Int) -> Int {
        Int(CivilDate.weekday(daysSinceEpoch: CivilDate.daysSinceEpoch(year: year, month: month, day: day))) + 1
    }
}

extension UInt64 {
    /// Of a mask that is not empty.
    var firstBit: Int { trailingZeroBitCount }
    var lastBit: Int { 63 - leadingZeroBitCount }

    /// The least set bit that is not below a number.
    func firstBit(from bit: Int) -> Int? {
        guard bit < 64 else { return nil }
        let rest = self >> UInt64(bit)
        return rest == 0 ? nil : bit + rest.trailingZeroBitCount
    }

    /// The greatest set bit that is not above a number.
    func lastBit(upTo bit: Int) -> Int? {
        guard bit >= 0 else { return nil }
        let rest = self & (bit >= 63 ? .max : 1 << UInt64(bit + 1) - 1)
        return rest == 0 ? nil : 63 - rest.leadingZeroBitCount
    }
}
