/// The five time fields of a line of cron, by the rules of crontab(5) of Vixie's cron, Debian's and cronie.
///
/// A day counts when day of month and day of week both match; but when neither field begins with `*`, one is enough.
public struct CrontabSchedule: Hashable, Sendable {
    public let minutes: CrontabField
    public let hours: CrontabField
    public let daysOfMonth: CrontabField
    public let months: CrontabField
    /// 0 is Sunday; 7 is read as 0.
    public let daysOfWeek: CrontabField

    /// What is not a time of cron, with what is allowed.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Reads the five fields of a line.
    /// - Throws: `Fault`, which names the field, the value and what is allowed.
    public init(fields: [String]) throws(Fault) {
        guard fields.count == 5 else { throw Fault(description: "there are \(fields.count) time fields and not 5") }
        minutes = try CrontabField(fields[0], .minute)
        hours = try CrontabField(fields[1], .hour)
        daysOfMonth = try CrontabField(fields[2], .dayOfMonth)
        months = try CrontabField(fields[3], .month)
        daysOfWeek = try CrontabField(fields[4], .dayOfWeek)
    }

    /// The fields that stand for a word such as `@daily`; nil for `@reboot`, which is no time, and unknown words.
    public static func fields(of word: String) -> [String]? {
        switch word.lowercased() {
        case "@yearly", "@annually": ["0", "0", "1", "1", "*"]
        case "@monthly": ["0", "0", "1", "*", "*"]
        case "@weekly": ["0", "0", "*", "*", "0"]
        case "@daily", "@midnight": ["0", "0", "*", "*", "*"]
        case "@hourly": ["0", "*", "*", "*", "*"]
        default: nil
        }
    }

    /// How the two day fields work together.
    private enum Days {
        case every
        case ofMonth
        case ofWeek
        case either
        case both
    }

    private var days: Days {
        let needsBoth = daysOfMonth.beginsWithStar || daysOfWeek.beginsWithStar
        switch (daysOfMonth.isFull, daysOfWeek.isFull) {
        case (true, true): return .every
        case (true, false): return needsBoth ? .ofWeek : .every
        case (false, true): return needsBoth ? .ofMonth : .every
        case (false, false): return needsBoth ? .both : .either
        }
    }

    /// How it fires, in a zone by its id: one timing; or two, for the days of the month and of the week, where one of
    /// them is enough, and then an instant of both is one launch.
    public func timings(timeZone: String) -> [ScheduleTrigger.Timing] {
        let time = "0 \(minutes.quartz) \(hours.quartz)"
        func cron(_ days: String, _ weekdays: String) -> ScheduleTrigger.Timing {
            .cron(expression: "\(time) \(days) \(months.quartz) \(weekdays)", timeZone: timeZone)
        }
        switch days {
        case .every: return [cron("*", "?")]
        case .ofMonth: return [cron(daysOfMonth.quartz, "?")]
        case .ofWeek: return [cron("?", daysOfWeek.quartz)]
        case .either: return [cron(daysOfMonth.quartz, "?"), cron("?", daysOfWeek.quartz)]
        case .both:
            let expression = "\(time) \(daysOfMonth.quartz) \(months.quartz) \(daysOfWeek.quartz)"
            return [.cronOnBothDays(expression: expression, timeZone: timeZone)]
        }
    }

    /// Whether it fires in a minute of a day: month from 1, day of the week from 0, which is Sunday.
    public func fires(month: Int, day: Int, weekday: Int, hour: Int, minute: Int) -> Bool {
        guard minutes.contains(minute), hours.contains(hour), months.contains(month) else { return false }
        let isDay = daysOfMonth.contains(day)
        let isWeekday = daysOfWeek.contains(weekday)
        let needsBoth = daysOfMonth.beginsWithStar || daysOfWeek.beginsWithStar
        return needsBoth ? isDay && isWeekday : isDay || isWeekday
    }
}
