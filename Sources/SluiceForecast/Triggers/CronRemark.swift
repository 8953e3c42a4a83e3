/// Something in an expression that Quartz takes otherwise than its writer may think (scheduler-xml.md section 6).
public struct CronRemark: Hashable, Sendable, CustomStringConvertible {
    /// The kind of remark; stable, and more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) { self.description = description }

        /// `MON-FRI/2` and `JAN/3`: the step after a name is ignored.
        public static let nameStepIgnored = Code("name-step-ignored")
        /// `MONDAY-FRIDAY` is Monday alone.
        public static let nameRangeIgnored = Code("name-range-ignored")
        /// `SUNDAY` counts by its first three letters.
        public static let nameCut = Code("name-cut")
        /// `5X`, `*5`, `1.5`: what follows the first value is ignored.
        public static let junkIgnored = Code("junk-ignored")
        /// An eighth field and later ones are ignored.
        public static let fieldsIgnored = Code("fields-ignored")
        /// A year stands in it, which OO Central 10.51 refuses.
        public static let yearField = Code("year-field")
        /// `L` as weekday is every Saturday.
        public static let weekdayLastIsSaturday = Code("weekday-l-is-saturday")
        /// `1W,15W`: only the smallest day counts.
        public static let nearestWeekdayList = Code("nearest-weekday-list")
        /// `29W` to `31W`: in a shorter month it fires seldom or never.
        public static let nearestWeekdayBeyondMonth = Code("nearest-weekday-beyond-month")
        /// `6#3,2`: only the smallest weekday counts, with the number of another.
        public static let nthWeekdayList = Code("nth-weekday-list")
        /// `*/2` or `2024/2` as year ends a hundred years after the scheduler's start.
        public static let yearStepByClock = Code("year-step-by-clock")
        /// A step of 0 takes the first value alone.
        public static let stepZero = Code("step-zero")
        /// `?,1` is `?`.
        public static let questionMarkList = Code("question-mark-list")
        /// 98 is Quartz's own mark for `?`, 99 that for `*`.
        public static let numberIsMark = Code("number-is-mark")
        /// A field without a value: Quartz takes the expression and fails at its first use.
        public static let emptyField = Code("empty-field")
        /// `5,,10`: a list has an item without anything in it.
        public static let emptyItem = Code("empty-item")
        /// `0W`, `L-28W` to `L-30W`: in some month the day lies before the first, and Quartz's search never ends.
        public static let searchNeverEnds = Code("search-never-ends")
        /// No date answers to it.
        public static let neverFires = Code("never-fires")
    }

    public let code: Code
    public let field: CronField?
    /// In words, with the field and the value.
    public let description: String

    init(_ code: Code, field: CronField?, _ description: String) {
        self.code = code
        self.field = field
        self.description = description
    }
}

extension CronParser {
    mutating func remark(_ code: CronRemark.Code, _ words: String, at token: CronToken? = nil) {
        guard !remarks.contains(where: { $0.code == code && $0.field == field }) else { return }
        guard token == nil else { return remarks.append(CronRemark(code, field: nil, words)) }
        remarks.append(
            CronRemark(code, field: field, "the \(field.name) field, '\(self.token.shown)': \(words)"))
    }

    /// Says what of an item Quartz does not look at.
    mutating func ignored(_ text: [UInt16], from index: Int, afterName: Bool = false) {
        guard index < text.count else { return }
        let rest = String(decoding: text[index...].prefix(CronToken.maximumShown), as: UTF16.self)
        guard afterName else { return remark(.junkIgnored, "ignores '\(rest)'") }
        let read = String(decoding: text[..<index], as: UTF16.self)
        if text[index] == .slash {
            remark(.nameStepIgnored, "ignores the step '\(rest)', for it follows a name; write numbers")
        } else if text[index...].contains(.minus) {
            remark(.nameRangeIgnored, "is \(read) alone: names have three letters, and '\(rest)' is ignored")
        } else {
            remark(.nameCut, "is read as \(read): names have three letters, and '\(rest)' is ignored")
        }
    }

    mutating func remarkOnMark(_ value: Int) {
        let isDay = field == .dayOfMonth || field == .dayOfWeek
        if value == CronSet.any { remark(.numberIsMark, "99 is Quartz's own mark for *") }
        if value == CronSet.none, isDay { remark(.numberIsMark, "98 is Quartz's own mark for ?") }
    }

    private static let hangs = "Quartz never comes back from its search, so that its scheduler thread hangs"

    /// What shows only when the field has been read.
    mutating func remarkOnField() {
        if field == .year {
            if years == CronYears() { remark(.emptyField, "has no value, so no year answers to it") }
            return
        }
        if set(field).isEmpty, !(field == .dayOfMonth && isLastDayOfMonth) {
            remark(.emptyField, "has no value: Quartz takes it and fails at its first use")
        }
        if field == .dayOfMonth, isNearestWeekday, !isLastDayOfMonth, let day = set(.dayOfMonth).first {
            if itemCount > 1 {
                remark(.nearestWeekdayList, "is \(day)W alone: with a W only the smallest day counts")
            }
            if day < 1 {
                remark(.searchNeverEnds, "\(Self.hangs); days begin with 1: write 1W for the first weekday")
            }
            if day > 28 {
                remark(.nearestWeekdayBeyondMonth, "fires seldom or never in months of fewer than \(day) days")
            }
        }
        if field == .dayOfMonth, isLastDayOfMonth, isNearestWeekday, lastDayOffset > 27 {
            remark(
                .searchNeverEnds,
                "a month of fewer than \(lastDayOffset + 1) days has no such day, and there \(Self.hangs); write L-27W "
                    + "or less, or a day from the month's start such as 1W")
        }
        if field == .dayOfWeek, nthDayOfWeek > 0, itemCount > 1, let day = set(.dayOfWeek).first {
            remark(.nthWeekdayList, "is \(day)#\(nthDayOfWeek) alone: with a # only the smallest weekday counts")
        }
        if field == .dayOfMonth || field == .dayOfWeek, itemCount > 1, set(field).contains(CronSet.none) {
            remark(.questionMarkList, "is ?, which makes the rest of its list void")
        }
    }
}
