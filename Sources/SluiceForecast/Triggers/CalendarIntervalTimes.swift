import SluiceModel

/// A beat in calendar units (`CalendarIntervalTriggerImpl`), path by path: after a gap of the zone Quartz goes on from
/// the hour to which it was pushed, and where it was pushed depends on how far it leapt from the start.
struct CalendarIntervalTimes {
    /// Quartz gives up after this year.
    static let yearMax = CronExpression.defaultYearMax
    /// Most steps of one search: a step of a year or more for each year, of a month for each month.
    static let maximumSteps = 40_000

    let interval: Trigger.CalendarInterval
    let start: Int64
    /// No longer counts itself.
    let end: Int64?

    func next(after instant: Timestamp) -> Timestamp? {
        let after = instant.milliseconds
        if let end, end <= after { return nil }
        guard let time = next(after: after), time > after else { return nil }
        if let end, end <= time { return nil }
        return Timestamp(milliseconds: time)
    }

    /// Without regard to the end.
    func next(after: Int64) -> Int64? {
        if after < start { return start }
        guard interval.interval > 0 else { return nil }
        let (elapsed, isTooLong) = after.subtractingReportingOverflow(start)
        guard !isTooLong else { return nil }
        if let seconds = unitSeconds {
            let step = Int64(interval.interval).multipliedReportingOverflow(by: seconds)
            guard !step.overflow else { return nil }
            let count = (elapsed / 1000) / step.partialValue + 1
            let (span, isTooFar) = count.multipliedReportingOverflow(by: step.partialValue)
            let (move, isFar) = span.multipliedReportingOverflow(by: 1000)
            let (time, isBeyond) = start.addingReportingOverflow(move)
            return isTooFar || isFar || isBeyond ? nil : time
        }
        guard abs(start) < 1 << 50, abs(after) < 1 << 50 else { return nil }
        return search(after: after, elapsedSeconds: 1 + elapsed / 1000)
    }

    /// Of units that are elapsed time; nil for those of the calendar.
    var unitSeconds: Int64? {
        switch interval.unit {
        case .second: 1
        case .minute: 60
        case .hour: 3600
        default: nil
        }
    }

    private func search(after: Int64, elapsedSeconds: Int64) -> Int64? {
        let begin = start.flooredQuotient(by: 1000)
        let fraction = start - begin * 1000
        // The calendar has whole seconds; with the start's milliseconds it is later than `after` beyond this one.
        let limit = (after - fraction).flooredQuotient(by: 1000)
        var calendar = LenientCalendar(interval.zone.table, at: begin)
        let hour = calendar.hour
        if let days = unitDays {
            let step = Int64(interval.interval).multipliedReportingOverflow(by: days)
            guard !step.overflow, step.partialValue < 1 << 31 else { return nil }
            let leap = Self.leap(elapsedSeconds / (step.partialValue * 86_400))
            if leap > 0 { calendar.add(days: step.partialValue * leap) }
        } else if interval.unit == .millisecond {
            return nil
        }
        for _ in 0..<Self.maximumSteps where calendar.instant <= limit && calendar.year < Self.yearMax {
            advance(&calendar, towards: limit)
        }
        if interval.preservesHourOfDayAcrossDaylightSavings {
            for _ in 0..<Self.maximumSteps {
                guard needsAdvance(&calendar, hour, limit), calendar.year < Self.yearMax else { break }
                advance(&calendar, towards: calendar.instant)
            }
        }
        return calendar.instant * 1000 + fraction
    }

    /// Of units that are a number of days; nil for months and years.
    private var unitDays: Int64? {
        switch interval.unit {
        case .day: 1
        case .week: 7
        default: nil
        }
    }

    /// So many intervals Quartz leaps from the start before it goes step by step.
    private static func leap(_ count: Int64) -> Int64 {
        switch count {
        case ...20: 0
        case ..<50: Int64(Double(count) * 0.80)
        case ..<500: Int64(Double(count) * 0.90)
        default: Int64(Double(count) * 0.95)
        }
    }

    /// One step, or as many as lead towards a limit without a change of the zone's offset.
    private func advance(_ calendar: inout LenientCalendar, towards limit: Int64) {
        guard let days = unitDays else {
            return calendar.add(months: interval.interval * (interval.unit == .year ? 12 : 1))
        }
        let step = Int64(interval.interval) * days
        let room = min(limit, interval.zone.table.span(at: calendar.instant).end - 1) - calendar.instant
        calendar.add(days: step * max(1, room / (step * 86_400)))
    }

    /// `daylightSavingHourShiftOccurredAndAdvanceNeeded`
    private func needsAdvance(_ calendar: inout LenientCalendar, _ hour: Int, _ limit: Int64) -> Bool {
        guard calendar.hour != hour else { return false }
        calendar.set(hour: hour)
        if calendar.hour != hour { return interval.skipsDayIfHourDoesNotExist }
        return calendar.instant <= limit
    }

    func previous(before instant: Timestamp) -> Timestamp? {
        var before = instant.milliseconds
        if let end { before = min(before, end == start ? end + 1 : end) }
        guard before > start else { return nil }
        guard interval.interval > 0 else { return Timestamp(milliseconds: start) }
        let origin = start == .min ? start : start - 1
        func fires(after instant: Int64) -> Bool { next(after: instant).map { $0 > instant && $0 < before } ?? false }
        // Twice as far back each round: few searches, and the last times before are those that follow from there.
        var back = max(backSeconds, 1)
        var quiet = before
        for _ in 0..<48 {
            let (from, isTooFar) = before.subtractingReportingOverflow(back &* 1000)
            var begin = isTooFar ? origin : max(from, origin)
            if fires(after: begin) {
                // Long before the end it fired last: closer to that, so that few times are left to walk over.
                while let middle = Self.middle(begin, quiet, within: max(backSeconds, 1) * Self.walkedIntervals) {
                    if fires(after: middle) { begin = middle } else { quiet = middle }
                }
            }
            quiet = begin
            var last: Int64?
            var time = begin
            for _ in 0..<Self.maximumSteps {
                guard let next = next(after: time), next > time, next < before else { break }
                last = next
                time = next
            }
            if let last { return Timestamp(milliseconds: last) }
            if begin <= origin { return nil }
            back = back > Int64.max / 4000 ? back : back * 2
        }
        return nil
    }

    /// Half way between two instants; nil when they are within so many seconds.
    private static func middle(_ low: Int64, _ high: Int64, within seconds: Int64) -> Int64? {
        let (span, isTooLong) = high.subtractingReportingOverflow(low)
        if !isTooLong, span / 1000 <= seconds { return nil }
        return low / 2 + high / 2
    }

    /// Most intervals between which the last time is looked for one by one.
    private static let walkedIntervals: Int64 = 8

    /// A little more than one interval, in seconds.
    private var backSeconds: Int64 {
        let unit: Int64 =
            switch interval.unit {
            case .millisecond, .second: 1
            case .minute: 60
            case .hour: 3600
            case .day: 86_400
            case .week: 604_800
            case .month: 31 * 86_400
            case .year: 366 * 86_400
            }
        let (span, isTooLong) = Int64(interval.interval).multipliedReportingOverflow(by: unit)
        return isTooLong || span > 1 << 40 ? 1 << 40 : span + (unitSeconds == nil ? 3 * 86_400 : 0)
    }

    func count(in span: Range<Timestamp>) -> Int {
        if let seconds = unitSeconds, interval.interval > 0 {
            let (step, isTooLong) = Int64(interval.interval).multipliedReportingOverflow(by: seconds * 1000)
            return SimpleTimes(start: start, end: end, repeatCount: -1, interval: isTooLong ? .max : step)
                .count(in: span)
        }
        var count = 0
        var time = span.lowerBound.justBefore
        for _ in 0..<Self.maximumCounted {
            guard let next = next(after: time), next < span.upperBound else { break }
            count += 1
            time = next
        }
        return count
    }

    /// Most times of days or longer that are counted one by one: those of 500 years.
    static let maximumCounted = 200_000

    /// `getFinalFireTime`: the last time before the end, or the end itself.
    var quartzFinal: Timestamp? {
        guard let end, interval.interval > 0, end > .min + 1000, let time = next(after: end - 1000) else { return nil }
        if time == end { return Timestamp(milliseconds: time) }
        let second = time.flooredQuotient(by: 1000)
        let fraction = time - second * 1000
        var calendar = LenientCalendar(interval.zone.table, at: second)
        switch interval.unit {
        case .month: calendar.add(months: -interval.interval)
        case .year: calendar.add(months: -interval.interval * 12)
        case .day: calendar.add(days: -Int64(interval.interval))
        case .week: calendar.add(days: -7 * Int64(interval.interval))
        case .millisecond: return nil
        case .second, .minute, .hour:
            let (span, isTooLong) = Int64(interval.interval).multipliedReportingOverflow(by: unitSeconds ?? 1)
            guard !isTooLong, second > .min / 2 + span else { return nil }
            calendar.move(to: second - span)
        }
        return Timestamp(milliseconds: calendar.instant * 1000 + fraction)
    }
}
