public import SluiceModel

extension Trigger {
    /// The first fire time in a span, its end not counted.
    public func first(in span: Range<Timestamp>) -> Timestamp? {
        next(after: span.lowerBound.justBefore).flatMap { $0 < span.upperBound ? $0 : nil }
    }

    /// The last fire time in a span, its end not counted.
    public func last(in span: Range<Timestamp>) -> Timestamp? {
        previous(before: span.upperBound).flatMap { $0 >= span.lowerBound ? $0 : nil }
    }

    /// How many fire times lie in a span, its end not counted: by arithmetic, so a beat of a millisecond over a year
    /// takes no time. Of either of two expressions at most `ForecastLimits.walkedFireCountMax` are counted.
    public func count(in span: Range<Timestamp>) -> Int {
        switch timing {
        case .cron(let expression, let zone): cronTimes(expression, zone).count(in: span)
        case .cronEither: countOneByOne(in: span)
        case .simple(let repeatCount, let interval): simpleTimes(repeatCount, interval).count(in: span)
        case .calendarInterval(let interval): calendarTimes(interval).count(in: span)
        }
    }

    private func countOneByOne(in span: Range<Timestamp>) -> Int {
        var (count, instant) = (0, span.lowerBound.justBefore)
        while count < ForecastLimits.walkedFireCountMax, let time = next(after: instant), time < span.upperBound {
            count += 1
            instant = time
        }
        return count
    }

    /// The last time at which it ever fires; nil when it fires for ever or never.
    ///
    /// Of a cron trigger without an end that is the last up to its expression's `yearMax`.
    public var finalFireTime: Timestamp? {
        switch timing {
        case .simple(-1, _) where end == nil: nil
        case .calendarInterval where end == nil: nil
        default: previous(before: Timestamp(milliseconds: .max))
        }
    }

    /// `getFinalFireTime` of Quartz 2.3.2, which may name an end that it never reaches: a fire time must lie before the
    /// end, and this one may lie on it. Nil for cron triggers, of which Quartz does not know it.
    public var quartzFinalFireTime: Timestamp? {
        switch timing {
        case .cron, .cronEither: nil
        case .simple(let repeatCount, let interval): simpleTimes(repeatCount, interval).quartzFinal
        case .calendarInterval(let interval): calendarTimes(interval).quartzFinal
        }
    }
}
