public import SluiceModel

/// A day of the week, Monday first (ISO 8601).
public enum Weekday: Int, Hashable, Sendable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday

    /// `MON` to `SUN`, in any case.
    public init?(_ word: some StringProtocol) {
        guard let day = Self.allCases.first(where: { $0.word == word.uppercased() }) else { return nil }
        self = day
    }

    /// `MON` to `SUN`.
    public var word: String { ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"][rawValue - 1] }

    /// Of a day counted from 1970-01-01, which was a Thursday.
    init(daysSinceEpoch: Int64) {
        let shifted = (daysSinceEpoch + 3) % 7
        self = Self.allCases[Int(shifted < 0 ? shifted + 7 : shifted)]
    }
}

/// Times of the week that no window may touch, as wall times of a zone.
public struct WorkingHours: Hashable, Sendable {
    /// On which days.
    public var days: Set<Weekday>
    /// Minutes since midnight; when the end is not above the start, it is on the next day.
    public var startMinute: Int
    public var endMinute: Int

    public init(days: Set<Weekday>, startMinute: Int, endMinute: Int) {
        self.days = days
        self.startMinute = startMinute
        self.endMinute = endMinute
    }

    /// Reads `MON-FRI 08:00-18:00`, `SAT,SUN 00:00-24:00` or `08:00-18:00` (every day).
    ///
    /// - Returns: nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: " ")
        guard let hours = parts.last, parts.count <= 2 else { return nil }
        let ends = hours.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let start = Self.minute(ends[0]), let end = Self.minute(ends[1]), start < 1440,
            start != end
        else { return nil }
        var days = Set(Weekday.allCases)
        if parts.count == 2 {
            guard let named = Self.days(parts[0]) else { return nil }
            days = named
        }
        self.init(days: days, startMinute: start, endMinute: end)
    }

    /// Reads `SAT,SUN`, `MON-FRI` or `FRI-MON,WED`; nil for anything else.
    public static func days(_ text: some StringProtocol) -> Set<Weekday>? {
        var result: Set<Weekday> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard let first = ends.first.flatMap({ Weekday($0) }), let last = ends.last.flatMap({ Weekday($0) }),
                ends.count <= 2
            else { return nil }
            var day = first.rawValue
            while true {
                result.insert(Weekday.allCases[day - 1])
                guard day != last.rawValue else { break }
                day = day % 7 + 1
            }
        }
        return result
    }

    private static func minute(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
        else { return nil }
        return hour * 60 + minute
    }

    /// The spans it covers that reach into a span, in order.
    func spans(in span: Range<Timestamp>, zone: TimeZoneRules) -> [Range<Timestamp>] {
        Self.eachDay(of: span, zone: zone).compactMap { day in
            guard days.contains(Weekday(daysSinceEpoch: day)) else { return nil }
            let end = endMinute > startMinute ? endMinute : endMinute + 1440
            return Self.range(day, startMinute, end, zone)
        }
    }

    /// The days other than these, as spans that reach into a span.
    static func spans(without days: Set<Weekday>, in span: Range<Timestamp>, zone: TimeZoneRules) -> [Range<Timestamp>]
    {
        eachDay(of: span, zone: zone).compactMap { day in
            days.contains(Weekday(daysSinceEpoch: day)) ? nil : range(day, 0, 1440, zone)
        }
    }

    /// Days of the zone's calendar that the span touches, with one before it, whose hours may reach into it.
    private static func eachDay(of span: Range<Timestamp>, zone: TimeZoneRules) -> ClosedRange<Int64> {
        func day(_ instant: Timestamp) -> Int64 {
            let wall = instant.milliseconds + Int64(zone.offsetSeconds(at: instant)) * 1000
            return (Double(wall) / 86_400_000).rounded(.down) < 0 ? (wall - 86_399_999) / 86_400_000 : wall / 86_400_000
        }
        return day(span.lowerBound) - 1...max(day(span.lowerBound) - 1, day(span.upperBound))
    }

    private static func range(_ day: Int64, _ start: Int, _ end: Int, _ zone: TimeZoneRules) -> Range<Timestamp>? {
        func wall(_ minute: Int) -> Timestamp { Timestamp(milliseconds: (day * 1440 + Int64(minute)) * 60_000) }
        // What is forbidden begins when its time is first shown. It ends at the second of a doubled end; but at
        // midnight another day begins, and that is the first one.
        let from = zone.calendarInstant(ofWallTime: wall(start))
        let to =
            end % 1440 == 0 ? zone.calendarInstant(ofWallTime: wall(end)) : zone.instant(ofWallTime: wall(end))
        return from < to ? from..<to : nil
    }
}
