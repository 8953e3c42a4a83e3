/// The plain part of a cron expression of six fields, in UTC; the sandbox's own reading.
///
/// Takes `*`, `?`, numbers, ranges, lists and `/` steps, and names of months and days. `L`, `W`, `#`, a seventh field
/// and other zones are refused: the sandbox fires nothing that it does not understand.
struct SandboxCron: Hashable, Sendable {
    private var seconds: Set<Int>
    private var minutes: Set<Int>
    private var hours: Set<Int>
    private var days: Set<Int>
    private var months: Set<Int>
    /// 0 is Sunday.
    private var weekdays: Set<Int>

    /// Nil when the expression is not one that the sandbox fires.
    init?(_ text: String) {
        let fields = text.split(separator: " ").map(String.init)
        guard fields.count == 6,
            let seconds = Self.set(fields[0], 0...59), let minutes = Self.set(fields[1], 0...59),
            let hours = Self.set(fields[2], 0...23), let days = Self.set(fields[3], 1...31),
            let months = Self.set(fields[4], 1...12, names: Self.monthNames, first: 1),
            // Quartz counts from 1, Sunday.
            let weekdays = Self.set(fields[5], 1...7, names: Self.dayNames, first: 1)
        else { return nil }
        // One of the two day fields is always `?` in Quartz.
        guard (fields[3] == "?") != (fields[5] == "?") else { return nil }
        self.seconds = seconds
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 - 1 })
    }

    private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]

    /// Days looked through for the next time: five years.
    private static let dayCountMax = 1_830
    private static let dayMilliseconds: Int64 = 86_400_000

    /// The first time after `instant`.
    func next(after instant: EpochMilliseconds) -> EpochMilliseconds? {
        let start = instant.dividedDown(by: 1000) + 1
        var day = start.dividedDown(by: 86_400)
        for offset in 0..<Self.dayCountMax {
            defer { day += 1 }
            guard isDay(day) else { continue }
            let first = offset == 0 ? Int(start - day * 86_400) : 0
            if let second = secondOfDay(from: first) { return (day * 86_400 + Int64(second)) * 1000 }
        }
        return nil
    }

    private func secondOfDay(from first: Int) -> Int? {
        for hour in (first / 3600)..<24 where hours.contains(hour) {
            for minute in 0..<60 where minutes.contains(minute) {
                let base = hour * 3600 + minute * 60
                guard base + 59 >= first else { continue }
                for second in 0..<60 where seconds.contains(second) && base + second >= first { return base + second }
            }
        }
        return nil
    }

    private func isDay(_ day: Int64) -> Bool {
        // 1970-01-01 was a Thursday.
        let weekday = Int(((day + 4) % 7 + 7) % 7)
        let (month, dayOfMonth) = Self.monthAndDay(day)
        return weekdays.contains(weekday) && months.contains(month) && days.contains(dayOfMonth)
    }

    /// Month and day of a day number, by the Gregorian calendar from 1 March of year 0.
    private static func monthAndDay(_ day: Int64) -> (Int, Int) {
        let shifted = day + 719_468
        let ofEra = shifted - shifted.dividedDown(by: 146_097) * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let index = (5 * ofYear + 2) / 153
        return (Int(index < 10 ? index + 3 : index - 9), Int(ofYear - (153 * index + 2) / 5 + 1))
    }

    private static func set(
        _ field: String, _ range: ClosedRange<Int>, names: [String] = [], first: Int = 0
    ) -> Set<Int>? {
        if field == "?" { return Set(range) }
        func number(_ text: Substring) -> Int? {
            if let index = names.firstIndex(of: text.uppercased()) { return index + first }
            guard let number = Int(text), range.contains(number) else { return nil }
            return number
        }
        var values: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2, let head = pieces.first else { return nil }
            var step = 1
            if pieces.count == 2 {
                guard let read = Int(pieces[1]), read >= 1 else { return nil }
                step = read
            }
            let bounds = head.split(separator: "-", omittingEmptySubsequences: false)
            let low: Int
            let high: Int
            if head == "*" {
                (low, high) = (range.lowerBound, range.upperBound)
            } else if bounds.count == 2, let from = number(bounds[0]), let to = number(bounds[1]), from <= to {
                (low, high) = (from, to)
            } else if bounds.count == 1, let only = number(head) {
                (low, high) = (only, pieces.count == 2 ? range.upperBound : only)
            } else {
                return nil
            }
            for value in stride(from: low, through: high, by: step) { values.insert(value) }
        }
        return values
    }
}

extension Int64 {
    /// The quotient, rounded down also below zero.
    func dividedDown(by divisor: Int64) -> Int64 { (self - ((self % divisor) + divisor) % divisor) / divisor }
}
