/// The cron expressions that Quartz's XML schema 2.0 accepts, which are not those that Quartz understands.
///
/// Its pattern refuses ranges with steps, lower-case names, two blanks in a row and more (scheduler-xml.md section 3).
enum QuartzCronSchema {
    private static let lengthMax = 1_024
    private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]

    /// Whether the pattern takes the whole text, blanks included.
    static func accepts(_ text: String) -> Bool {
        guard text.utf8.count <= lengthMax, text.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let fields = text.split(omittingEmptySubsequences: false) { $0 == " " || $0.isNewline || $0 == "\t" }
            .map(String.init)
        guard fields.count == 6 || fields.count == 7 else { return false }
        let accepted =
            time(fields[0], 0...59) && time(fields[1], 0...59) && time(fields[2], 0...23) && dayOfMonth(fields[3])
            && month(fields[4]) && dayOfWeek(fields[5])
        return accepted && (fields.count == 6 || year(fields[6]))
    }

    private static func isNumber(
        _ text: some StringProtocol, _ range: ClosedRange<Int>, digits: ClosedRange<Int> = 1...2
    )
        -> Bool
    {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
        return Int(text).map(range.contains) ?? false
    }

    /// `a`, `a-b` and lists of them.
    private static func isList(_ text: some StringProtocol, _ isValue: (Substring) -> Bool) -> Bool {
        Substring(text).split(separator: ",", omittingEmptySubsequences: false).allSatisfy { item in
            let ends = item.split(separator: "-", omittingEmptySubsequences: false)
            return ends.count <= 2 && ends.allSatisfy(isValue)
        }
    }

    /// `a/b`.
    private static func isStep(
        _ text: some StringProtocol, _ isFirst: (Substring) -> Bool, _ isValue: (Substring) -> Bool
    )
        -> Bool
    {
        let parts = Substring(text).split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && isFirst(parts[0]) && isValue(parts[1])
    }

    private static func time(_ text: String, _ range: ClosedRange<Int>) -> Bool {
        let isValue = { (value: Substring) in isNumber(value, range) }
        return text == "?" || text == "*" || isList(text, isValue)
            || isStep(text, { $0 == "*" || isValue($0) }, isValue)
    }

    private static func dayOfMonth(_ text: String) -> Bool {
        let isValue = { (value: Substring) in isNumber(value, 1...31) }
        if ["?", "*", "L", "LW"].contains(text) { return true }
        if text.hasPrefix("L-") {
            let days = text.dropFirst(2)
            return isNumber(days, 0...31) && (days == "0" || days.first != "0")
        }
        if text.hasSuffix("W") { return isNumber(text.dropLast(), 1...39) && text.utf8.first != 48 }
        let plain = text.hasSuffix("C") ? text.dropLast() : text[...]
        return isList(plain, isValue) || isStep(plain, isValue, isValue)
    }

    private static func month(_ text: String) -> Bool {
        let isValue = { (value: Substring) in isNumber(value, 1...12) }
        let isName = { (value: Substring) in months.contains(String(value)) }
        return text == "?" || text == "*" || isList(text, isValue) || isStep(text, isValue, isValue)
            || isList(text, isName) || isStep(text, isName, isName)
    }

    private static func dayOfWeek(_ text: String) -> Bool {
        let isValue = { (value: Substring) in isNumber(value, 1...7, digits: 1...1) }
        let isName = { (value: Substring) in weekdays.contains(String(value)) }
        let isEither = { (value: Substring) in isValue(value) || isName(value) }
        if text == "?" || text == "*" || text.isEmpty || text == "L" || text == "LW" { return true }
        if isList(text, isValue) || isStep(text, isValue, isValue) { return true }
        let plain = text.hasSuffix("C") ? text.dropLast() : text[...]
        if isList(plain, isName) || isStep(plain, isName, isName) { return true }
        if text.hasSuffix("LW") { return isEither(text.dropLast(2)) }
        if text.hasSuffix("L") { return isEither(text.dropLast()) }
        let parts = text.split(separator: "#", omittingEmptySubsequences: false)
        return parts.count == 2 && isEither(parts[0]) && (parts[1].isEmpty || isValue(parts[1]))
    }

    private static func year(_ text: String) -> Bool {
        let isValue = { (value: Substring) in isNumber(value, 1970...2099, digits: 4...4) }
        return text.isEmpty || text == "*" || isList(text, isValue) || isStep(text, isValue, isValue)
    }
}
