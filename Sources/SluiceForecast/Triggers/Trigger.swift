public import SluiceModel

/// When a schedule fires: exactly the times of Quartz 2.3.2 (scheduler-xml.md sections 6 to 9).
public struct Trigger: Hashable, Sendable {
    /// The three kinds.
    public enum Timing: Hashable, Sendable {
        /// At the wall times of an expression in a zone.
        case cron(CronExpression, TimeZoneRules)
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
    public func next(after instant: Timestamp) -> Timestamp? { nil }

    /// The last fire time before an instant, itself not counted; nil when there is none.
    public func previous(before instant: Timestamp) -> Timestamp? { nil }

    /// Fire times in a span, its end not counted, in order.
    /// - Parameter limit: Most times given; when there are more, `isCut` is true.
    public func fires(in span: Range<Timestamp>, limit: Int) -> FireTimes { FireTimes(times: [], isCut: false) }
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
