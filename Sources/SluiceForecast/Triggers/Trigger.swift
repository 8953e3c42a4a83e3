public import SluiceModel

/// When a schedule fires: exactly the times of Quartz 2.3.2 (scheduler-xml.md sections 6 to 9).
public struct Trigger: Hashable, Sendable {
    /// The three kinds.
    public enum Timing: Hashable, Sendable {
        /// At the wall times of an expression in a zone.
        case cron(CronExpression, TimeZoneRules)
        /// At the wall times of either of two expressions, once where both have one: a line of crontab with both days.
        case cronEither(CronExpression, CronExpression, TimeZoneRules)
        /// A fixed beat from the start: so many repeats after the first, -1 for ever.
        case simple(repeatCount: Int, intervalMilliseconds: Int64)
        /// A beat in calendar units from the start.
        case calendarInterval(CalendarInterval)
    }

    /// A beat in calendar units.
    public struct CalendarInterval: Hashable, Sendable {
        public var interval: Int
        public var unit: IntervalUnit
        public var zone: TimeZoneRules
        /// Quartz's flag of that name; false from XML.
        public var preservesHourOfDayAcrossDaylightSavings = false
        /// Quartz's flag of that name; false from XML.
        public var skipsDayIfHourDoesNotExist = false

        public init(interval: Int, unit: IntervalUnit, zone: TimeZoneRules) {
            self.interval = interval
            self.unit = unit
            self.zone = zone
        }
    }

    /// The units of a calendar interval, by Quartz's words. `MILLISECOND` is Quartz's, but its XML schema refuses it.
    public enum IntervalUnit: String, Hashable, Sendable, CaseIterable {
        case millisecond = "MILLISECOND"
        case second = "SECOND"
        case minute = "MINUTE"
        case hour = "HOUR"
        case day = "DAY"
        case week = "WEEK"
        case month = "MONTH"
        case year = "YEAR"
    }

    public var timing: Timing
    public var start: Timestamp
    /// The instant itself still counts for cron, and no longer for the other kinds.
    public var end: Timestamp?

    public init(timing: Timing, start: Timestamp, end: Timestamp? = nil) {
        self.timing = timing
        self.start = start
        self.end = end
    }

    /// The first fire time after an instant, itself not counted; nil when there is none.
    public func next(after instant: Timestamp) -> Timestamp? {
        switch timing {
        case .cron(let expression, let zone):
            cronTimes(expression, zone).next(after: instant)
        case .cronEither(let one, let other, let zone):
            eitherTimes(one, other, zone).next(after: instant)
        case .simple(let repeatCount, let interval):
            simpleTimes(repeatCount, interval).next(after: instant)
        case .calendarInterval(let interval):
            calendarTimes(interval).next(after: instant)
        }
    }

    /// Whether Quartz's own search for the next time after an instant goes round for ever: its scheduler thread hangs,
    /// and nothing fires any more. `next` gives nil then.
    public func hangsQuartz(after instant: Timestamp) -> Bool {
        guard case .cron(let expression, let zone) = timing, end.map({ instant < $0 }) ?? true else { return false }
        let begin = max(instant, start.justBefore).wholeSeconds
        return CronTimes(expression: expression, zone: zone.table).isEndless(after: begin)
    }

    /// The last fire time before an instant, itself not counted; nil when there is none.
    public func previous(before instant: Timestamp) -> Timestamp? {
        switch timing {
        case .cron(let expression, let zone):
            cronTimes(expression, zone).previous(before: instant)
        case .cronEither(let one, let other, let zone):
            eitherTimes(one, other, zone).previous(before: instant)
        case .simple(let repeatCount, let interval):
            simpleTimes(repeatCount, interval).previous(before: instant)
        case .calendarInterval(let interval):
            calendarTimes(interval).previous(before: instant)
        }
    }

    /// Fire times in a span, its end not counted, in order.
    /// - Parameter limit: Most times given; when there are more, `isCut` is true.
    public func fires(in span: Range<Timestamp>, limit: Int) -> FireTimes {
        var times: [Timestamp] = []
        var next = first(from: span.lowerBound)
        while let time = next, time < span.upperBound {
            if times.count >= limit { return FireTimes(times: times, isCut: true) }
            times.append(time)
            next = self.next(after: time)
        }
        return FireTimes(times: times, isCut: false)
    }

    func cronTimes(_ expression: CronExpression, _ zone: TimeZoneRules) -> CronTriggerTimes<CronTimes> {
        CronTriggerTimes(times: CronTimes(expression: expression, zone: zone.table), start: start, end: end)
    }

    func eitherTimes(
        _ one: CronExpression, _ other: CronExpression, _ zone: TimeZoneRules
    ) -> CronTriggerTimes<CronEitherTimes> {
        CronTriggerTimes(times: CronEitherTimes(one, other, zone.table), start: start, end: end)
    }

    func simpleTimes(_ repeatCount: Int, _ interval: Int64) -> SimpleTimes {
        SimpleTimes(
            start: start.milliseconds, end: end?.milliseconds, repeatCount: Int64(repeatCount), interval: interval)
    }

    func calendarTimes(_ interval: CalendarInterval) -> CalendarIntervalTimes {
        CalendarIntervalTimes(interval: interval, start: start.milliseconds, end: end?.milliseconds)
    }
}

extension Timestamp {
    /// One millisecond earlier.
    var justBefore: Timestamp { Timestamp(milliseconds: milliseconds == .min ? .min : milliseconds - 1) }
}

/// Fire times of one trigger within a span.
public struct FireTimes: Hashable, Sendable {
    /// In order.
    public var times: [Timestamp]
    /// Whether there are more than were asked for.
    public var isCut: Bool

    public init(times: [Timestamp], isCut: Bool) {
        self.times = times
        self.isCut = isCut
    }
}
