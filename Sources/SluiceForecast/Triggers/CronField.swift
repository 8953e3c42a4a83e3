/// A field of a cron expression, in Quartz's order.
public enum CronField: Int, Hashable, Sendable, CaseIterable {
    case second, minute, hour, dayOfMonth, month, dayOfWeek, year

    /// In words, as errors and remarks say it.
    public var name: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of month"
        case .month: "month"
        case .dayOfWeek: "day of week"
        case .year: "year"
        }
    }

    /// What may stand in it, in words (scheduler-xml.md section 6).
    public var allowed: String {
        switch self {
        case .second, .minute: "0 to 59, lists, ranges and steps up to 59"
        case .hour: "0 to 23, lists, ranges and steps up to 23"
        case .dayOfMonth:
            "1 to 31, lists, ranges and steps up to 31, L, L-n, LW, L-nW, nW, or ? when a weekday is given"
        case .month: "1 to 12, JAN to DEC, lists, ranges and steps up to 12"
        case .dayOfWeek: "1 (Sunday) to 7, SUN to SAT, lists, ranges and steps up to 7, nL, d#k with k 1 to 5, or ?"
        case .year: "1970 and later, lists, ranges that do not go backwards, and steps"
        }
    }

    /// Least and greatest value; of a year, greatest is another's affair.
    var bounds: (least: Int, greatest: Int) {
        switch self {
        case .second, .minute: (0, 59)
        case .hour: (0, 23)
        case .dayOfMonth: (1, 31)
        case .month: (1, 12)
        case .dayOfWeek: (1, 7)
        case .year: (1970, CronExpression.lastYear)
        }
    }
}

/// Why an expression is refused: the field, the value, and what is allowed.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field that is wrong; nil when the whole is.
    public var field: CronField?
    /// What stands there, cut when it is long.
    public var value: String?
    /// Where the field begins, counted in characters from 1.
    public var position: Int?
    /// In words, with the field, the value and what is allowed.
    public let description: String

    public init(_ description: String) { self.description = description }

    init(_ field: CronField, _ token: CronToken, _ problem: String) {
        self.field = field
        value = token.shown
        position = token.position
        description =
            "the \(field.name) field, '\(token.shown)' at character \(token.position), \(problem); allowed: "
            + field.allowed
    }
}

/// One field's text in capitals, as UTF-16 like Java's.
struct CronToken {
    /// Longest text shown in errors and remarks.
    static let maximumShown = 40

    var units: [UInt16]
    /// Of its first character in the expression, from 1.
    var position: Int

    var shown: String {
        units.count <= Self.maximumShown
            ? String(decoding: units, as: UTF16.self)
            : String(decoding: units[..<Self.maximumShown], as: UTF16.self) + "..."
    }
}
