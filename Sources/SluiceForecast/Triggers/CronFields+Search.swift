import SluiceModel

/// Wall times that an expression names, in seconds as if they were UTC. Zones play no part here.
extension CronFields {
    private static let day: Int64 = 86_400

    /// Whether any date answers to it; true also when only Quartz's steps can tell.
    var canFire: Bool { countPerDay > 0 && (needsWalk || nextDay(from: 0) != nil || yearMax < 1970) }

    /// The first that is not before a wall time; nil when there is none up to the last year.
    func first(from wall: Int64) -> Int64? {
        guard let firstOfDay else { return nil }
        let days = wall.flooredQuotient(by: Self.day)
        let (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        let second = Int(wall - days * Self.day)
        if year <= yearMax, years.contains(year), dayMask(year: year, month: month) >> UInt32(day) & 1 == 1,
            let time = time(from: second)
        {
            return days * Self.day + Int64(time)
        }
        return nextDay(year, month, after: day).map { $0 * Self.day + Int64(firstOfDay) }
    }

    /// The last that is before a wall time; nil when there is none.
    func last(before wall: Int64) -> Int64? {
        guard let lastOfDay else { return nil }
        let wall = wall - 1
        let days = wall.flooredQuotient(by: Self.day)
        let (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        let second = Int(wall - days * Self.day)
        if year <= yearMax, years.contains(year), dayMask(year: year, month: month) >> UInt32(day) & 1 == 1,
            let time = time(upTo: second)
        {
            return days * Self.day + Int64(time)
        }
        return previousDay(year, month, before: day).map { $0 * Self.day + Int64(lastOfDay) }
    }

    /// How many there are from a wall time on and before another.
    func count(from start: Int64, to end: Int64) -> Int {
        guard start < end, countPerDay > 0 else { return 0 }
        return countBefore(end, since: start) - countOfDay(start)
    }

    /// From the midnight before `start` up to `end`, this not counted.
    private func countBefore(_ end: Int64, since start: Int64) -> Int {
        var count = 0
        Self.forEachMonth(from: start, to: end, yearMax: yearMax) { year, month, days in
            count += (dayMask(ofKnown: year, month) & days).nonzeroBitCount * countPerDay
        }
        return count + countOfDay(end)
    }

    /// The months from the day of a wall time on up to that of another, this day not counted, with those days of each.
    static func forEachMonth(
        from start: Int64, to end: Int64, yearMax: Int, _ body: (_ year: Int, _ month: Int, _ days: UInt32) -> Void
    ) {
        var (year, month, day) = CivilDate.civil(daysSinceEpoch: start.flooredQuotient(by: Self.day))
        let (endYear, endMonth, endDay) = CivilDate.civil(daysSinceEpoch: end.flooredQuotient(by: Self.day))
        while (year, month) <= (endYear, endMonth), year <= yearMax {
            let isLast = (year, month) == (endYear, endMonth)
            body(year, month, (~0 << UInt32(day)) & (isLast ? 1 << UInt32(endDay) - 1 : ~0))
            day = 1
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
    }

    /// `dayMask` of years that are the expression's, else 0.
    func dayMask(ofKnown year: Int, _ month: Int) -> UInt32 {
        year <= yearMax && years.contains(year) ? dayMask(year: year, month: month) : 0
    }

    /// Of the day of a wall time, those before it.
    private func countOfDay(_ wall: Int64) -> Int {
        let days = wall.flooredQuotient(by: Self.day)
        let (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        guard dayMask(ofKnown: year, month) >> UInt32(day) & 1 == 1 else { return 0 }
        return times.count(before: Int(wall - days * Self.day))
    }

    /// Of one day that fires, from a wall time on and before another of that day.
    func countOfTimes(from start: Int64, to end: Int64) -> Int {
        let midnight = start.flooredQuotient(by: Self.day) * Self.day
        return times.count(before: Int(end - midnight)) - times.count(before: Int(start - midnight))
    }

    /// The times of a day that fires.
    var times: CronDayTimes { CronDayTimes(seconds: seconds, minutes: minutes, hours: hours) }

    private func time(from time: Int) -> Int? {
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        if hours >> UInt64(hour) & 1 == 1 {
            if minutes >> UInt64(minute) & 1 == 1, let second = seconds.firstBit(from: second) {
                return hour * 3600 + minute * 60 + second
            }
            if let minute = minutes.firstBit(from: minute + 1) {
                return hour * 3600 + minute * 60 + seconds.firstBit
            }
        }
        return hours.firstBit(from: hour + 1).map { $0 * 3600 + minutes.firstBit * 60 + seconds.firstBit }
    }

    /// The last time of a day that fires, not after a second of it.
    func time(upTo time: Int) -> Int? {
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        if hours >> UInt64(hour) & 1 == 1 {
            if minutes >> UInt64(minute) & 1 == 1, let second = seconds.lastBit(upTo: second) {
                return hour * 3600 + minute * 60 + second
            }
            if let minute = minutes.lastBit(upTo: minute - 1) {
                return hour * 3600 + minute * 60 + seconds.lastBit
            }
        }
        return hours.lastBit(upTo: hour - 1).map { $0 * 3600 + minutes.lastBit * 60 + seconds.lastBit }
    }

    private func nextDay(from days: Int64) -> Int64? {
        let (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        return nextDay(year, month, after: day - 1)
    }

    private func nextDay(_ year: Int, _ month: Int, after day: Int) -> Int64? {
        var (year, month, mask) = (year, month, (~UInt32(0) << UInt32(day)) << 1)
        while let next = years.first(from: year), next <= yearMax {
            if next > year { (year, month, mask) = (next, 1, ~0) }
            while let nextMonth = months.firstBit(from: month) {
                if nextMonth > month { (month, mask) = (nextMonth, ~0) }
                let days = dayMask(year: year, month: month) & mask
                if days != 0 {
                    return CivilDate.daysSinceEpoch(year: year, month: month, day: days.trailingZeroBitCount)
                }
                (month, mask) = (month + 1, ~0)
            }
            (year, month, mask) = (year + 1, 1, ~0)
        }
        return nil
    }

    private func previousDay(_ year: Int, _ month: Int, before day: Int) -> Int64? {
        var (year, month, mask) = (year, month, UInt32(1) << UInt32(day) - 1)
        if year > yearMax { (year, month, mask) = (yearMax, 12, ~0) }
        while let next = years.last(upTo: year) {
            if next < year { (year, month, mask) = (next, 12, ~0) }
            while let nextMonth = months.lastBit(upTo: month) {
                if nextMonth < month { (month, mask) = (nextMonth, ~0) }
                let days = dayMask(year: year, month: month) & mask
                if days != 0 {
                    return CivilDate.daysSinceEpoch(year: year, month: month, day: 31 - days.leadingZeroBitCount)
                }
                (month, mask) = (month - 1, ~0)
            }
            (year, month, mask) = (year - 1, 12, ~0)
        }
        return nil
    }
}
