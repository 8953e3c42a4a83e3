public import SluiceModel

extension Trigger {
    /// The first fire time in a span, its end not counted.
    public func first(in span: Range<Timestamp>) -> Timestamp? {
        first(from: span.lowerBound).flatMap { $0 < span.upperBound ? $0 : nil }
    }

    /// The first fire time that is not before an instant, as the trigger comes to it from its fire times before.
    ///
    /// `next(after:)` is Quartz's answer: asked within the first pass of a doubled hour, it looks on from that wall
    /// time and leaves out the start of the second pass. The trigger itself comes from before and leaves out none.
    func first(from instant: Timestamp) -> Timestamp? {
        switch timing {
        case .cron(_, let zone), .cronEither(_, _, let zone):
            let second = instant.justBefore.wholeSeconds + 1
            let span = zone.table.span(at: second)
            guard second + span.offset > span.wallEnd else { return next(after: instant.justBefore) }
            return next(after: Timestamp(milliseconds: (span.wallEnd - span.offset - 1) * 1000))
        case .simple, .calendarInterval: return next(after: instant.justBefore)
        }
    }

    /// The last fire time in a span, its end not counted.
    public func last(in span: Range<Timestamp>) -> Timestamp? {
        previous(before: span.upperBound).flatMap { $0 >= span.lowerBound ? $0 : nil }
    }

    /// How many fire times lie in a span, its end not counted: by arithmetic, so a beat of a millisecond over a year
    /// takes no time. Of either of two expressions one of which has nearest weekdays that only Quartz's own steps tell,
    /// at most `CronSteps.maximumFires` are counted.
    public func count(in span: Range<Timestamp>) -> Int {
        switch timing {
        case .cron(let expression, let zone): cronTimes(expression, zone).count(in: span)
        case .cronEither(let one, let other, let zone): eitherTimes(one, other, zone).count(in: span)
        case .simple(let repeatCount, let interval): simpleTimes(repeatCount, interval).count(in: span)
        case .calendarInterval(let interval): calendarTimes(interval).count(in: span)
        }
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
