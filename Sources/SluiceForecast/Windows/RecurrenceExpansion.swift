public import SluiceModel

/// The local times of a rule from its start on, in order, each once; as if they were UTC, since a rule knows no zone.
///
/// Times that a rule names and that its zone skips or doubles are the caller's (`RecurrenceSet`). `UNTIL` as an instant
/// is, too. The start itself is given only if it matches the rule. Weeks of a set position (`BYSETPOS`) are whole weeks
/// from `WKST`, where python-dateutil takes the first one from the start on.
public struct RecurrenceExpansion: Sequence, IteratorProtocol, Sendable {
    private let rule: RecurrenceRule
    private let start: Timestamp
    private let days: RecurrenceDays
    private let clockTimes: [Int]
    /// The period that is expanded next, in units of its frequency since year 0, 1970-01-05 or the epoch.
    private var period: Int64
    private var left: Int
    private var emptyCount = 0
    private var waiting: ArraySlice<Timestamp> = []

    /// - Parameters:
    ///   - notBefore: Earlier times are left out; a rule without `COUNT` gets there at once.
    ///   - notAfter: Periods that begin later are not looked at.
    public init(
        _ rule: RecurrenceRule, start: Timestamp, notBefore: Timestamp? = nil, notAfter: Timestamp? = nil
    ) {
        // Whole seconds: an RRULE knows no smaller unit.
        let wall = start.wallSeconds
        self.rule = rule
        self.start = Timestamp(milliseconds: wall * 1000)
        days = RecurrenceDays(rule, start: wall)
        clockTimes = Self.clockTimes(rule, start: wall)
        left = rule.count ?? .max
        period = Self.period(of: wall, rule)
        // A week of a year may begin in the year before.
        lastPeriod = notAfter.map { Self.period(of: $0.wallSeconds, rule) + 1 } ?? .max
        from = Swift.max(notBefore ?? self.start, self.start)
        if rule.count == nil, from > self.start {
            let ahead = Self.period(of: from.wallSeconds, rule) - period
            period += Swift.max(0, ahead / Int64(rule.interval)) * Int64(rule.interval)
        }
    }

    private let from: Timestamp
    private let lastPeriod: Int64
    /// Periods that were looked at.
    private(set) var periodCount = 0

    public mutating func next() -> Timestamp? {
        while left > 0 {
            if let time = waiting.popFirst() {
                guard isBeforeEnd(time) else { break }
                left -= 1
                if time >= from { return time }
                continue
            }
            guard emptyCount < RecurrenceLimits.emptyPeriodCountMax, period <= lastPeriod,
                periodCount < RecurrenceLimits.periodCountMax, let times = expand()
            else { break }
            periodCount += 1
            emptyCount = times.isEmpty ? emptyCount + 1 : 0
            waiting = times
            period += Int64(rule.interval)
        }
        left = 0
        return nil
    }

    private func isBeforeEnd(_ wall: Timestamp) -> Bool {
        switch rule.until {
        case .date(let day): wall.milliseconds < day.milliseconds + 86_400_000
        case .local(let last): wall <= last
        case .instant, nil: true
        }
    }

    /// The times of the current period that are not before the start; nil after the last year.
    private func expand() -> ArraySlice<Timestamp>? {
        let (found, times): ([Int64], [Int])
        switch rule.frequency {
        case .yearly:
            guard period <= RecurrenceLimits.yearMax else { return nil }
            (found, times) = (days.ofYear(Int(period)), clockTimes)
        case .monthly:
            guard period < Int64(RecurrenceLimits.yearMax + 1) * 12 else { return nil }
            (found, times) = (days.ofMonth(year: Int(period / 12), month: Int(period % 12) + 1), clockTimes)
        case .weekly:
            let first = period * 7 + RecurrenceDays.firstMonday + Int64(rule.weekStart.rawValue)
            guard first <= RecurrenceDays.lastDay else { return nil }
            (found, times) = ((first..<first + 7).filter(days.contains), clockTimes)
        case .daily:
            guard period <= RecurrenceDays.lastDay else { return nil }
            (found, times) = (days.contains(period) ? [period] : [], clockTimes)
        case .hourly:
            let day = (period - (period % 24 + 24) % 24) / 24
            guard day <= RecurrenceDays.lastDay else { return nil }
            let hour = Int(period - day * 24)
            guard rule.byHour.isEmpty || rule.byHour.contains(hour), days.contains(day) else { return [] }
            (found, times) = ([day], clockTimes.map { hour * 3600 + $0 })
        }
        return walls(found, times)
    }

    private func walls(_ found: [Int64], _ times: [Int]) -> ArraySlice<Timestamp> {
        let total = found.count * times.count
        func wall(_ index: Int) -> Timestamp {
            Timestamp(milliseconds: (found[index / times.count] * 86_400 + Int64(times[index % times.count])) * 1000)
        }
        guard total > 0 else { return [] }
        let indices: [Int]
        if rule.bySetPosition.isEmpty {
            indices = Array(0..<total)
        } else {
            let positions = rule.bySetPosition.map { $0 > 0 ? $0 - 1 : total + $0 }.filter { (0..<total).contains($0) }
            indices = positions.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
        return ArraySlice(indices.map(wall).filter { $0 >= start })
    }

    /// Which period a local time lies in.
    private static func period(of wall: Int64, _ rule: RecurrenceRule) -> Int64 {
        let day = wall.dividedDown(by: 86_400)
        switch rule.frequency {
        case .yearly: return Int64(CivilDate.civil(daysSinceEpoch: day).year)
        case .monthly:
            let date = CivilDate.civil(daysSinceEpoch: day)
            return Int64(date.year * 12 + date.month - 1)
        case .weekly:
            return (day - RecurrenceDays.firstMonday - Int64(rule.weekStart.rawValue)).dividedDown(by: 7)
        case .daily: return day
        case .hourly: return wall.dividedDown(by: 3600)
        }
    }

    /// Seconds of the day, or of the hour for `HOURLY`, in ascending order.
    private static func clockTimes(_ rule: RecurrenceRule, start: Int64) -> [Int] {
        let second = Int(start - start.dividedDown(by: 86_400) * 86_400)
        let seconds = rule.bySecond.isEmpty ? [second % 60] : rule.bySecond
        let minutes = rule.byMinute.isEmpty ? [second / 60 % 60] : rule.byMinute
        let hours = rule.frequency == .hourly ? [0] : rule.byHour.isEmpty ? [second / 3600] : rule.byHour
        return hours.flatMap { hour in
            minutes.flatMap { minute in seconds.map { hour * 3600 + minute * 60 + $0 } }
        }
    }
}

extension Timestamp {
    /// Whole seconds, down.
    var wallSeconds: Int64 { milliseconds.dividedDown(by: 1000) }
}

extension Int64 {
    /// The quotient, rounded down.
    func dividedDown(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
