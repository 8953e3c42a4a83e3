import SluiceModel

/// Quartz's own search for the next time, step by step (`CronExpression.getTimeAfter` of 2.3.2).
///
/// It counts where arithmetic is not enough: around gaps of a zone, through which a step is pushed on, and for days
/// that depend on where the search comes from.
struct CronSteps: Hashable, Sendable {
    /// Most steps of one search; Quartz itself takes under 3,000 for an impossible date, and for `0W` never ends.
    static let maximumSteps = 40_000
    /// Most steps in a row that lead no further: by then the search goes round in a circle.
    static let maximumIdleSteps = 100
    /// Most fire times walked through for one question; a day and a gap of a day have fewer.
    static let maximumFires = 400_000
    /// Most days walked through for one question: a day in each month of the whole calendar.
    static let maximumDays = 36_000

    private let seconds: CronSet
    private let minutes: CronSet
    private let hours: CronSet
    private let daysOfMonth: CronSet
    private let months: CronSet
    private let daysOfWeek: CronSet
    private let isLastDayOfMonth: Bool
    private let lastDayOffset: Int
    private let isNearestWeekday: Bool
    private let isLastDayOfWeek: Bool
    private let nthDayOfWeek: Int
    private let asksBothDays: Bool
    private let years: CronYears
    private let yearMax: Int

    init(_ parser: CronParser) {
        seconds = parser.set(.second)
        minutes = parser.set(.minute)
        hours = parser.set(.hour)
        daysOfMonth = parser.set(.dayOfMonth)
        months = parser.set(.month)
        daysOfWeek = parser.set(.dayOfWeek)
        isLastDayOfMonth = parser.isLastDayOfMonth
        lastDayOffset = parser.lastDayOffset
        isNearestWeekday = parser.isNearestWeekday
        isLastDayOfWeek = parser.isLastDayOfWeek
        nthDayOfWeek = parser.nthDayOfWeek
        asksBothDays = parser.asksBothDays
        years = parser.years
        yearMax = parser.yearMax
    }

    /// What a step of the search makes of the calendar's place.
    private enum Step {
        /// It moved on; look again from the seconds up.
        case again
        case fits
        case never
    }

    /// How a search ends.
    enum Outcome: Hashable {
        case time(Int64)
        case none
        /// Quartz goes round in a circle, for ever.
        case circle
    }

    /// The first fire time after a second; nil when there is none, or when Quartz would search for ever.
    func next(after instant: Int64, in zone: ZoneTable) -> Int64? {
        guard case .time(let time) = search(after: instant, in: zone) else { return nil }
        return time
    }

    /// What Quartz's search for the first fire time after a second comes to.
    func search(after instant: Int64, in zone: ZoneTable) -> Outcome {
        let from = instant + 1
        var calendar = LenientCalendar(zone, at: from)
        calendar.set()  // Quartz sets the milliseconds, so the wall time counts: of a doubled one, the second.
        var farthest = calendar.instant
        var idleSteps = 0
        for _ in 0..<Self.maximumSteps {
            if calendar.instant > farthest {
                farthest = calendar.instant
                idleSteps = 0
            }
            idleSteps += 1
            guard idleSteps <= Self.maximumIdleSteps else { return .circle }
            guard calendar.year <= CronExpression.lastYear, let firstSecond = seconds.first,
                let firstMinute = minutes.first, let firstHour = hours.first
            else { return .none }
            if let second = seconds.first(from: calendar.second) {
                calendar.set(second: second)
            } else {
                calendar.set(minute: calendar.minute + 1, second: firstSecond)
            }
            let minute = minutes.first(from: calendar.minute)
            if minute != calendar.minute {
                let hour = calendar.hour + (minute == nil ? 1 : 0)
                setHour(&calendar, hour: hour, minute: minute ?? firstMinute)
                continue
            }
            let hour = hours.first(from: calendar.hour)
            if hour != calendar.hour {
                let day = calendar.day + (hour == nil ? 1 : 0)
                setHour(&calendar, day: day, hour: hour ?? firstHour, minute: 0)
                continue
            }
            var step =
                daysOfMonth.contains(CronSet.none)
                ? stepToWeekday(&calendar) : stepToDayOfMonth(&calendar, from: from, zone)
            // A day in both is none of Quartz's: where it fits the one, the other is asked.
            if asksBothDays, case .fits = step { step = stepToWeekday(&calendar) }
            if case .fits = step { step = stepToMonth(&calendar) }
            switch step {
            case .again: continue
            case .never: return .none
            case .fits: return .time(calendar.instant)
            }
        }
        return .none
    }

    /// `setCalendarHour`: when the hour is not there, the next one.
    private func setHour(_ calendar: inout LenientCalendar, day: Int? = nil, hour: Int, minute: Int) {
        calendar.set(day: day, hour: hour, minute: minute, second: 0)
        if calendar.hour != hour, hour != 24 {
            calendar.set(hour: hour + 1)
        }
    }

    private func stepToDayOfMonth(_ calendar: inout LenientCalendar, from: Int64, _ zone: ZoneTable) -> Step {
        let today = calendar.day
        let thisMonth = calendar.month
        var (year, month, day) = (calendar.year, thisMonth, today)
        let length = CivilDate.daysInMonth(year: year, month: month)
        if isLastDayOfMonth, !isNearestWeekday {
            day = length - lastDayOffset
            if today > day {
                day = 1
                (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
            }
        } else if isLastDayOfMonth || isNearestWeekday {
            guard let first = isLastDayOfMonth ? length - lastDayOffset : daysOfMonth.first else { return .never }
            var nominal = LenientCalendar(zone, at: 0)
            nominal.set(year: year, month: month, day: first, hour: 0, minute: 0, second: 0)
            day = first
            switch nominal.weekday {
            case 7: day += day == 1 ? 2 : -1
            case 1: day += day == length ? -2 : 1
            default: break
            }
            nominal.set(
                month: month, day: day, hour: calendar.hour, minute: calendar.minute, second: calendar.second)
            if nominal.instant < from {
                day = isLastDayOfMonth ? 1 : first
                month += 1
            }
        } else if let next = daysOfMonth.first(from: today) {
            day = next
            if day > length {
                guard let first = daysOfMonth.first else { return .never }
                (month, day) = (month + 1, first)
            }
        } else {
            guard let first = daysOfMonth.first else { return .never }
            (month, day) = (month + 1, first)
        }
        if day == today, month == thisMonth, year == calendar.year { return .fits }
        calendar.set(year: year, month: month, day: day, hour: 0, minute: 0, second: 0)
        return .again
    }

    private func stepToWeekday(_ calendar: inout LenientCalendar) -> Step {
        guard let first = daysOfWeek.first else { return .never }
        let today = calendar.weekday
        let length = CivilDate.daysInMonth(year: calendar.year, month: calendar.month)
        var day = calendar.day
        let wanted = isLastDayOfWeek || nthDayOfWeek != 0 ? first : daysOfWeek.first(from: today) ?? first
        day += today <= wanted ? wanted - today : wanted + 7 - today
        var isBeyond = day > length
        if isLastDayOfWeek {
            while day + 7 <= length { day += 7 }
        } else if nthDayOfWeek != 0 {
            let weeks = nthDayOfWeek - (day + 6) / 7
            day += weeks * 7
            isBeyond = weeks < 0 || day > length
        }
        if isBeyond {
            calendar.set(month: calendar.month + 1, day: 1, hour: 0, minute: 0, second: 0)
            return .again
        }
        if day == calendar.day { return .fits }
        calendar.set(day: day, hour: 0, minute: 0, second: 0)
        return .again
    }

    private func stepToMonth(_ calendar: inout LenientCalendar) -> Step {
        guard calendar.year <= yearMax, let firstMonth = months.first else { return .never }
        let month = months.first(from: calendar.month)
        if month != calendar.month {
            let year = calendar.year + (month == nil ? 1 : 0)
            calendar.set(year: year, month: month ?? firstMonth, day: 1, hour: 0, minute: 0, second: 0)
            return .again
        }
        guard let year = years.first(from: calendar.year) else { return .never }
        if year != calendar.year {
            calendar.set(year: year, month: 1, day: 1, hour: 0, minute: 0, second: 0)
            return .again
        }
        return .fits
    }
}
