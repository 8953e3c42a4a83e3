extension CronParser {
    /// `MON`, `MON-FRI`, `MON#2`, `MONL`, `JAN`, `JAN-MAR` and what follows them.
    mutating func readName(_ text: [UInt16]) throws(CronError) {
        guard text.count >= 3 else { throw wrong("has a word of fewer than three letters") }
        let known = field == .month || field == .dayOfWeek
        guard known else { throw wrong("has a word, where only numbers are allowed") }
        let start = try named(text[0..<3])
        guard text.count > 3 else { return try add(start, to: -1, step: 0) }
        if text[3] == .minus {
            guard text.count >= 7 else { throw wrong("has no name after its -") }
            let end = try named(text[4..<7])
            ignored(text, from: 7, afterName: true)
            return try add(start, to: end, step: 1)
        }
        if field == .dayOfWeek, text[3] == .hash {
            guard let number = JavaInteger.parse(text[4...]), (1...5).contains(number) else {
                throw wrong("has no number from 1 to 5 after its #")
            }
            nthDayOfWeek = number
        } else if field == .dayOfWeek, text[3] == .letterL {
            isLastDayOfWeek = true
            ignored(text, from: 4, afterName: true)
        } else {
            ignored(text, from: 3, afterName: true)
        }
        try add(start, to: -1, step: 0)
    }

    private func named(_ letters: ArraySlice<UInt16>) throws(CronError) -> Int {
        let names = field == .month ? Self.months : Self.weekdays
        guard let index = names.firstIndex(where: { letters.elementsEqual($0.utf16) }) else {
            throw wrong("has '\(String(decoding: letters, as: UTF16.self))', which is no name")
        }
        return index + 1
    }

    static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    static let weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// A number and what follows it.
    mutating func readNumber(_ text: [UInt16]) throws(CronError) {
        guard let (value, index) = Self.number(text, from: 0) else { throw wrong("has a number that is too large") }
        remarkOnMark(value)
        guard index < text.count else { return try add(value, to: -1, step: -1) }
        switch text[index] {
        case .letterL:
            guard field == .dayOfWeek else { throw wrong("has L after a number, which only a day of week may") }
            guard (1...7).contains(value) else { throw wrong("has \(value) before L, which is no day of week") }
            isLastDayOfWeek = true
            sets[field.rawValue].insert(value)
            ignored(text, from: index + 1)
        case .letterW:
            guard field == .dayOfMonth else { throw wrong("has W, which only a day of month may") }
            guard value <= 31 else { throw wrong("has \(value) before W, which is no day of a month") }
            isNearestWeekday = true
            sets[field.rawValue].insert(value)
            ignored(text, from: index + 1)
        case .hash:
            guard field == .dayOfWeek else { throw wrong("has #, which only a day of week may") }
            guard let number = JavaInteger.parse(text[(index + 1)...]), (1...5).contains(number) else {
                throw wrong("has no number from 1 to 5 after its #")
            }
            nthDayOfWeek = number
            sets[field.rawValue].insert(value)
        case .minus: try readRange(text, from: value, at: index + 1)
        case .slash: try readStep(text, from: value, at: index + 1)
        default:
            ignored(text, from: index)
            try add(value, to: -1, step: 0)
        }
    }

    /// What follows `a-`.
    private mutating func readRange(_ text: [UInt16], from start: Int, at index: Int) throws(CronError) {
        guard let (end, next) = javaNumber(text, at: index) else { throw wrong("has no number after its -") }
        guard next < text.count, text[next] == .slash else {
            ignored(text, from: next)
            return try add(start, to: end, step: 1)
        }
        guard let (step, rest) = javaNumber(text, at: next + 1) else { throw wrong("has no number after its /") }
        if step == 0 { remark(.stepZero, "a step of 0 takes the first value alone") }
        ignored(text, from: rest)
        try add(start, to: end, step: step)
    }

    /// What follows `a/`.
    private mutating func readStep(_ text: [UInt16], from start: Int, at index: Int) throws(CronError) {
        guard let (step, next) = javaNumber(text, at: index) else { throw wrong("has no number after its /") }
        if next < text.count, next == index + 1 { throw wrong("has something else than a number after its /") }
        try checkStep(step)
        if step == 0 { remark(.stepZero, "a step of 0 takes the first value alone") }
        ignored(text, from: next)
        try add(start, to: -1, step: step)
    }

    /// A digit of any script, and the ASCII ones after it.
    private func javaNumber(_ text: [UInt16], at index: Int) -> (value: Int, end: Int)? {
        guard index < text.count, let first = JavaInteger.parse([text[index]]) else { return nil }
        guard index + 1 < text.count, text[index + 1].isDigit else { return (first, index + 1) }
        return Self.number(text, from: index + 1, prefix: Array(String(first).utf16))
    }

    /// Puts values into the field's set, as Quartz's `addToSet`.
    ///
    /// - Parameters:
    ///   - last: -1 for none.
    ///   - step: 0 or -1 for the first value alone.
    mutating func add(_ first: Int, to last: Int, step: Int) throws(CronError) {
        try checkBounds(first, last)
        if step == 0 || step == -1, first != CronSet.any {
            return field == .year ? years.insert(first) : sets[field.rawValue].insert(first)
        }
        var step = step
        if first == CronSet.any, step <= 0 {
            step = 1
            if field == .year { years.insertEvery() } else { sets[field.rawValue].insert(CronSet.any) }
        }
        let (least, greatest) = field.bounds
        let start = first == CronSet.any ? least : first
        var stop = last == -1 ? (field == .year ? yearMax : greatest) : last
        if field == .year { return try addYears(from: start, to: stop, step: step, isOpen: last == -1) }
        let count = greatest - least + 1
        let wraps = stop < start
        if wraps { stop += count }
        stop = min(stop, 2 * CronSet.greatest)
        var value = start
        while value <= stop {
            if wraps {
                let rest = value % count
                sets[field.rawValue].insert(rest == 0 && least == 1 ? count : rest)
            } else {
                sets[field.rawValue].insert(value)
            }
            value += step
        }
    }

    private mutating func addYears(from start: Int, to stop: Int, step: Int, isOpen: Bool) throws(CronError) {
        guard stop >= start else {
            throw wrong(
                isOpen ? "begins after \(yearMax), the last year known" : "has a range of years that goes backwards")
        }
        if isOpen, step > 1 || start != 1970 {
            remark(.yearStepByClock, "year steps reach to a hundred years after the scheduler's start, here \(yearMax)")
        }
        var year = start
        while year <= min(stop, CronExpression.lastYear) {
            years.insert(year)
            year += step
        }
    }

    private func checkBounds(_ first: Int, _ last: Int) throws(CronError) {
        guard field != .year, first != CronSet.any else { return }
        let (least, greatest) = field.bounds
        if field == .dayOfMonth || field == .dayOfWeek, first == CronSet.none { return }
        guard first >= least, first <= greatest else {
            throw wrong("has \(first), which is not from \(least) to \(greatest)")
        }
        guard last <= greatest else { throw wrong("has \(last), which is not from \(least) to \(greatest)") }
    }
}
