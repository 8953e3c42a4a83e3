/// Reads an expression as `org.quartz.CronExpression` 2.3.2 does, quirk for quirk, and says each quirk.
///
/// The order of the tests is Quartz's: what it finds first decides whether it takes a text.
struct CronParser {
    var sets = [CronSet](repeating: CronSet(), count: 6)
    var years = CronYears()
    var isLastDayOfMonth = false
    var lastDayOffset = 0
    var isNearestWeekday = false
    var isLastDayOfWeek = false
    var nthDayOfWeek = 0
    var remarks: [CronRemark] = []
    let yearMax: Int
    /// Whether a day must be in both day fields, which then are plain lists; Quartz wants one of them to be `?`.
    let asksBothDays: Bool

    /// The field and the text being read.
    var field = CronField.second
    var token = CronToken(units: [], position: 1)
    /// How many items the field has.
    var itemCount = 0

    init(yearMax: Int, asksBothDays: Bool = false) {
        self.yearMax = yearMax
        self.asksBothDays = asksBothDays
    }

    mutating func read(_ text: String) throws(CronError) {
        let tokens = Self.tokens(text)
        for (index, token) in tokens.prefix(7).enumerated() {
            field = CronField(rawValue: index) ?? .year
            self.token = token
            try readField()
        }
        guard tokens.count > CronField.dayOfWeek.rawValue else {
            throw CronError(
                "it has \(tokens.count) of at least 6 fields: the \(CronField(rawValue: tokens.count)?.name ?? "")"
                    + " is missing; allowed: second, minute, hour, day of month, month, day of week and perhaps year")
        }
        if tokens.count > CronField.year.rawValue {
            field = .year
            token = tokens[6]
            remark(.yearField, "Quartz takes the year, OO Central 10.51 refuses it")
        } else {
            years = .every
        }
        if tokens.count > 7 {
            remark(.fieldsIgnored, "ignores what follows the seventh field: '\(tokens[7].shown)'", at: tokens[7])
        }
        if asksBothDays { return try checkBothDays(tokens) }
        let hasDay = !set(.dayOfMonth).contains(CronSet.none)
        let hasWeekday = !set(.dayOfWeek).contains(CronSet.none)
        guard hasDay != hasWeekday else {
            field = .dayOfWeek
            throw CronError(
                field, tokens[5],
                hasDay
                    ? "stands beside a day of month, '\(tokens[3].shown)': one of the two must be ?"
                    : "and the day of month are both ?: only one may be")
        }
    }

    private mutating func checkBothDays(_ tokens: [CronToken]) throws(CronError) {
        for field in [CronField.dayOfMonth, .dayOfWeek] where set(field).contains(CronSet.none) {
            throw CronError(field, tokens[field.rawValue], "is ?, but a day must be in both day fields")
        }
        guard !isLastDayOfMonth, !isNearestWeekday, !isLastDayOfWeek, nthDayOfWeek == 0 else {
            field = .dayOfMonth
            token = tokens[field.rawValue]
            throw wrong("or the day of week has L, W or #; where a day must be in both, they are plain lists")
        }
    }

    /// Splits at spaces and tabs; control characters around a field do not count.
    private static func tokens(_ text: String) -> [CronToken] {
        let units = Array(text.uppercased().utf16)
        return units.indices.split { units[$0] == 32 || units[$0] == 9 }.map { range in
            var range = range
            while let first = range.first, units[first] <= 32 { range = range.dropFirst() }
            while let last = range.last, units[last] <= 32 { range = range.dropLast() }
            return CronToken(units: Array(units[range.startIndex..<range.endIndex]), position: range.startIndex + 1)
        }
    }

    private mutating func readField() throws(CronError) {
        let units = token.units
        let hasL = units.contains(.letterL) && units.count > 1 && units.contains(.comma)
        if hasL, field == .dayOfMonth || field == .dayOfWeek { throw wrong("has L in a list, which Quartz refuses") }
        if field == .dayOfWeek, units.count(where: { $0 == .hash }) > 1 {
            throw wrong("has # more than once")
        }
        let items = units.split(separator: .comma).map(Array.init)
        itemCount = items.count
        if !items.isEmpty, units.count(where: { $0 == .comma }) >= items.count {
            remark(.emptyItem, "has a comma without a value, which is ignored")
        }
        for item in items { try readItem(item) }
        remarkOnField()
    }

    private mutating func readItem(_ text: [UInt16]) throws(CronError) {
        let first = text[0]
        if first.isCapital, !Self.isLastDay(text) {
            try readName(text)
        } else if first == .question {
            try readQuestion(text)
        } else if first == .star || first == .slash {
            try readStar(text)
        } else if first == .letterL {
            try readLast(text)
        } else if first.isDigit {
            try readNumber(text)
        } else {
            throw wrong("begins with a character that no value begins with")
        }
    }

    /// `L`, `LW`, `L-n`, `L-nW`.
    private static func isLastDay(_ text: [UInt16]) -> Bool {
        if text == [.letterL] || text == [.letterL, .letterW] { return true }
        guard text.count > 1, text[0] == .letterL, text[1] == .minus else { return false }
        let rest = text[2...].drop { $0.isDigit }
        return rest.isEmpty || rest.elementsEqual([.letterW])
    }

    private mutating func readQuestion(_ text: [UInt16]) throws(CronError) {
        if text.count > 2 { throw wrong("has something after its ?") }
        guard field == .dayOfMonth || field == .dayOfWeek else {
            throw wrong("is ?, which may only stand for a day")
        }
        if field == .dayOfWeek, !isLastDayOfMonth {
            guard let last = set(.dayOfMonth).last else { throw wrong("is ? beside an empty day of month") }
            if last == CronSet.none { throw wrong("is ? as the day of month is: only one may be") }
        }
        ignored(text, from: 1)
        try add(CronSet.none, to: -1, step: 0)
    }

    private mutating func readStar(_ text: [UInt16]) throws(CronError) {
        if text == [.star] { return try add(CronSet.any, to: -1, step: 0) }
        if text == [.slash] { throw wrong("has no number after its /") }
        let start = text[0] == .star ? 1 : 0
        guard text[start] == .slash else {
            ignored(text, from: 1)
            return try add(CronSet.any, to: -1, step: 1)
        }
        guard let step = JavaInteger.parse(text[(start + 1)...]) else {
            throw wrong("has no whole number after its /")
        }
        try checkStep(step)
        if step <= 0 { remark(.stepZero, "a step of \(step) counts as every \(field.name)") }
        try add(CronSet.any, to: -1, step: step)
    }

    private mutating func readLast(_ text: [UInt16]) throws(CronError) {
        if field == .dayOfWeek { try add(7, to: 7, step: 0) }
        guard field == .dayOfMonth else {
            if field == .dayOfWeek {
                remark(.weekdayLastIsSaturday, "L without a day is every Saturday, not a last day")
            }
            return ignored(text, from: 1)
        }
        isLastDayOfMonth = true
        var index = 1
        if text.count > 1, text[1] == .minus {
            guard let (offset, end) = Self.number(text, from: 2) else { throw wrong("has no number of days after L-") }
            lastDayOffset = offset
            if offset > 30 { throw wrong("counts \(offset) days back from the last, 30 at most are allowed") }
            index = end
        }
        if text.count > index, text[index] == .letterW { isNearestWeekday = true }
    }

    mutating func checkStep(_ step: Int) throws(CronError) {
        guard field != .year, step > field.maximumStep else { return }
        throw wrong("has a step of \(step), more than \(field.maximumStep)")
    }

    /// Digits from an index on, which must be inside the text; nil where Java's parser would fail.
    static func number(_ text: [UInt16], from start: Int, prefix: [UInt16] = []) -> (value: Int, end: Int)? {
        guard start < text.count else { return nil }
        let digits = text[start...].prefix { $0.isDigit }
        guard let value = JavaInteger.parse((prefix.isEmpty ? [.zero] : prefix) + digits) else { return nil }
        return (value, start + digits.count)
    }

    func set(_ field: CronField) -> CronSet { sets[field.rawValue] }

    func wrong(_ problem: String) -> CronError { CronError(field, token, problem) }
}

extension CronField {
    /// Greatest step that Quartz 2.3 takes.
    var maximumStep: Int {
        switch self {
        case .second, .minute: 59
        case .hour: 23
        case .dayOfMonth: 31
        case .month: 12
        case .dayOfWeek: 7
        case .year: .max
        }
    }
}

/// `Integer.parseInt` of Java.
enum JavaInteger {
    static func parse(_ text: some Sequence<UInt16>) -> Int? {
        var digits = Array(text)
        let isNegative = digits.first == .minus
        if isNegative || digits.first == .plus { digits.removeFirst() }
        guard !digits.isEmpty else { return nil }
        var value = 0
        for unit in digits {
            guard let scalar = Unicode.Scalar(unit), scalar.properties.numericType == .decimal,
                let digit = scalar.properties.numericValue
            else { return nil }
            value = value * 10 + Int(digit)
            guard value <= (isNegative ? 1 << 31 : 1 << 31 - 1) else { return nil }
        }
        return isNegative ? -value : value
    }
}

extension UInt16 {
    static let comma: UInt16 = 44
    static let hash: UInt16 = 35
    static let minus: UInt16 = 45
    static let plus: UInt16 = 43
    static let question: UInt16 = 63
    static let slash: UInt16 = 47
    static let star: UInt16 = 42
    static let zero: UInt16 = 48
    static let letterL: UInt16 = 76
    static let letterW: UInt16 = 87

    var isDigit: Bool { (48...57).contains(self) }
    var isCapital: Bool { (65...90).contains(self) }
}
