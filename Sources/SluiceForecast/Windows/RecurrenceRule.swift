public import SluiceModel

/// A recurrence rule of RFC 5545 (section 3.3.10): which local times a window or a calendar's event recurs at.
///
/// `FREQ` from `YEARLY` to `HOURLY`; every part of the RFC but those that make no sense for a window, which are refused
/// by name. Expanded by `RecurrenceExpansion`, proved against python-dateutil's answers.
public struct RecurrenceRule: Hashable, Sendable {
    /// How long one period is. `MINUTELY` and `SECONDLY` are refused: no window recurs that often.
    public enum Frequency: String, Hashable, Sendable, CaseIterable {
        case yearly = "YEARLY"
        case monthly = "MONTHLY"
        case weekly = "WEEKLY"
        case daily = "DAILY"
        case hourly = "HOURLY"
    }

    /// Monday is 0.
    public enum Weekday: Int, Hashable, Sendable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday

        /// `MO` to `SU`.
        public var word: String { Self.words[rawValue] }

        static let words = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    }

    /// A weekday, or the n-th one of the month or year; negative ordinals count from its end.
    public struct WeekdayPosition: Hashable, Sendable {
        public var ordinal: Int?
        public var weekday: Weekday

        public init(_ weekday: Weekday, ordinal: Int? = nil) {
            self.weekday = weekday
            self.ordinal = ordinal
        }
    }

    /// The last time that may be an occurrence.
    public enum Until: Hashable, Sendable {
        /// A day, given as its midnight; with a start that has a time the whole day still counts.
        case date(Timestamp)
        /// A local time, given as if it were UTC.
        case local(Timestamp)
        case instant(Timestamp)
    }

    public var frequency: Frequency
    public var interval = 1
    public var count: Int?
    public var until: Until?
    public var weekStart = Weekday.monday
    public var bySecond: [Int] = []
    public var byMinute: [Int] = []
    public var byHour: [Int] = []
    public var byDay: [WeekdayPosition] = []
    public var byMonthDay: [Int] = []
    public var byYearDay: [Int] = []
    public var byWeekNumber: [Int] = []
    public var byMonth: [Int] = []
    public var bySetPosition: [Int] = []

    public init(_ frequency: Frequency) { self.frequency = frequency }
}

/// Why a rule is refused.
public struct RecurrenceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The part, such as `BYDAY`; empty when it is about the whole rule.
    public let part: String
    /// The part, the value, and what is allowed.
    public let description: String

    init(_ part: String, _ description: String) {
        self.part = part
        self.description = part.isEmpty ? description : "\(part): \(description)"
    }
}

/// How far rules are read and expanded.
public enum RecurrenceLimits {
    /// Longest rule, in bytes.
    public static let byteCountMax = 1000
    /// Most values of one part.
    public static let valueCountMax = 366
    public static let intervalMax = 100_000
    public static let countMax = 100_000
    /// Periods in a row without an occurrence after which a rule is taken to have no more: 410 years of days, 17 of
    /// hours.
    public static let emptyPeriodCountMax = 150_000
    /// Most periods of one expansion: 114 years of hours. What lies further from its start is not found.
    public static let periodCountMax = 1_000_000
    /// No occurrence lies in a later year.
    public static let yearMax = 9999
}
