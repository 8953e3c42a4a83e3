import SluiceModel

/// Fire times of one trigger minute by minute: what forecasts count in, whatever the number of launches.
struct MinuteFires {
    /// Minutes since the walk's start, rising; each at most once.
    var minutes: [Int32] = []
    /// How many fire in that minute.
    var counts: [Int32] = []
    /// Whether there are more than were gone through.
    var isCut = false

    mutating func add(_ minute: Int32, _ count: Int32 = 1) {
        if minutes.last == minute {
            counts[counts.count - 1] += count
        } else {
            minutes.append(minute)
            counts.append(count)
        }
    }

    mutating func removeAll() {
        minutes.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        isCut = false
    }
}

/// Goes through the fire times of many schedules. Schedules with the same cron expression, zone and bounds are gone
/// through once; a fixed beat is counted by arithmetic, so 1 ms over a year costs what its minutes cost.
struct FireWalk {
    /// Schedules that fire at the same times within the span, by their index.
    struct Group {
        var trigger: Trigger
        var members: [Int]
    }

    let span: Range<Timestamp>
    let groups: [Group]
    /// Fire times that may still be gone through one by one.
    private var budget = ForecastLimits.walkedFireCountMax

    private struct CronKey: Hashable {
        var text: String
        var zone: String
        var start: Timestamp?
        var end: Timestamp?
    }

    init(_ schedules: [PlannedSchedule], span: Range<Timestamp>) {
        self.span = span
        var groups: [Group] = []
        var places: [CronKey: Int] = [:]
        for (index, schedule) in schedules.enumerated() where schedule.isEnabled {
            let trigger = schedule.trigger
            let (text, zone): (String, TimeZoneRules)
            switch trigger.timing {
            case .cron(let cron, let rules): (text, zone) = (cron.text, rules)
            // No expression has a line break in it.
            case .cronEither(let one, let other, let rules): (text, zone) = ("\(one.text)\n\(other.text)", rules)
            case .simple, .calendarInterval:
                groups.append(Group(trigger: trigger, members: [index]))
                continue
            }
            // A bound outside the span changes nothing within it.
            let key = CronKey(
                text: text, zone: zone.identifier,
                start: trigger.start > span.lowerBound ? trigger.start : nil,
                end: trigger.end.flatMap { $0 < span.upperBound ? $0 : nil })
            if let group = places[key] {
                groups[group].members.append(index)
            } else {
                places[key] = groups.count
                groups.append(Group(trigger: trigger, members: [index]))
            }
        }
        self.groups = groups
    }

    /// The minute of an instant, counted from the span's start.
    func minute(of time: Timestamp) -> Int32 {
        Int32(clamping: (time.milliseconds - span.lowerBound.milliseconds) / 60_000)
    }

    /// Fills in the minutes in which a trigger fires within a part of the span.
    mutating func fill(_ fires: inout MinuteFires, of trigger: Trigger, in part: Range<Timestamp>) {
        fires.removeAll()
        if let beat = Beat(trigger) { return fill(&fires, beat, in: part) }
        var from = part.lowerBound
        while from < part.upperBound {
            let limit = min(ForecastLimits.fireBatchCount, budget)
            guard limit > 0 else {
                if let next = trigger.next(after: from.advanced(by: .milliseconds(-1))) {
                    fires.isCut = next < part.upperBound
                }
                return
            }
            let batch = trigger.fires(in: from..<part.upperBound, limit: limit)
            budget -= batch.times.count
            for time in batch.times { fires.add(minute(of: time)) }
            guard batch.isCut, let last = batch.times.last else { return }
            from = last.advanced(by: .milliseconds(1))
        }
    }

    /// Whole minutes of a beat at once.
    private func fill(_ fires: inout MinuteFires, _ beat: Beat, in part: Range<Timestamp>) {
        guard let numbers = beat.numbers(in: part) else { return }
        let origin = span.lowerBound.milliseconds
        var number = numbers.lowerBound
        while number <= numbers.upperBound {
            let minute = (beat.time(number) - origin) / 60_000
            let end = origin + (minute + 1) * 60_000
            let last = min(numbers.upperBound, (end - 1 - beat.start.milliseconds) / beat.interval)
            fires.add(Int32(clamping: minute), Int32(clamping: last - number + 1))
            number = last + 1
        }
    }
}

/// A fixed beat as numbers: the fire `n` is at `start + n × interval` (scheduler-xml.md section 8).
struct Beat {
    var start: Timestamp
    /// No longer part of it.
    var end: Timestamp?
    /// Repeats after the first; negative for ever.
    var repeatCount: Int
    /// In milliseconds, above 0.
    var interval: Int64

    /// - Returns: nil for a trigger of another kind.
    init?(_ trigger: Trigger) {
        guard case .simple(let repeatCount, let interval) = trigger.timing, interval > 0 else { return nil }
        start = trigger.start
        end = trigger.end
        self.repeatCount = repeatCount
        self.interval = interval
    }

    func time(_ number: Int64) -> Int64 { start.milliseconds + number * interval }

    /// The first and the last fire within a span; nil when there is none.
    func numbers(in span: Range<Timestamp>) -> ClosedRange<Int64>? {
        let upper = min(span.upperBound, end ?? span.upperBound)
        guard upper > start, span.lowerBound < upper else { return nil }
        // Times far outside of what a calendar names would overflow; they are no times of a schedule.
        let (ahead, isTooFar) = span.lowerBound.milliseconds.subtractingReportingOverflow(start.milliseconds)
        let (length, isTooLong) = upper.milliseconds.subtractingReportingOverflow(start.milliseconds)
        guard !isTooFar, !isTooLong else { return nil }
        let first = ahead <= 0 ? 0 : (ahead - 1) / interval + 1
        var last = (length - 1) / interval
        if repeatCount >= 0 { last = min(last, Int64(repeatCount)) }
        return first <= last ? first...last : nil
    }
}
