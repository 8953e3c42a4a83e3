import SluiceModel

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
        start = trigger.start
        end = trigger.end
        switch trigger.timing {
        case .simple(let repeatCount, let interval):
            (self.repeatCount, self.interval) = (repeatCount, interval)
            // Quartz fires at the start also when the end is that very instant.
            if end == start { (end, self.repeatCount) = (nil, 0) }
        case .calendarInterval(let calendar):
            // Seconds, minutes and hours are elapsed time; the others are the calendar's.
            guard let seconds = trigger.calendarTimes(calendar).unitSeconds else { return nil }
            let (interval, isTooLong) = Int64(calendar.interval).multipliedReportingOverflow(by: seconds * 1000)
            guard !isTooLong else { return nil }
            (repeatCount, self.interval) = (-1, interval)
        case .cron, .cronEither: return nil
        }
        guard interval > 0 else { return nil }
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

extension FireWalk {
    /// Whole minutes of a beat at once.
    mutating func fill(_ fires: inout MinuteFires, _ beat: Beat, in part: Range<Timestamp>) {
        guard let numbers = beat.numbers(in: part) else { return }
        let origin = span.lowerBound.milliseconds
        var left = numbers.upperBound - numbers.lowerBound + 1
        let (interval, perMinute, rest) = (beat.interval, 60_000 / beat.interval, 60_000 % beat.interval)
        // From the start of its minute to the next fire.
        var (minute, phase) = (beat.time(numbers.lowerBound) - origin).quotientAndRemainder(dividingBy: 60_000)
        while left > 0 {
            guard spend(1) else {
                fires.cutAt = Timestamp(milliseconds: origin + minute * 60_000 + phase)
                return
            }
            if rest == 0, phase < interval {
                // The same in each minute.
                let whole = left / perMinute
                fires.add(Int32(clamping: minute), length: Int32(clamping: whole), Int32(clamping: perMinute))
                fires.add(Int32(clamping: minute + whole), Int32(clamping: left % perMinute))
                return
            }
            // A first minute may begin in the midst of the beat.
            let count = min(
                left, phase < interval ? perMinute + (phase < rest ? 1 : 0) : (59_999 - phase) / interval + 1)
            fires.add(Int32(clamping: minute), Int32(clamping: count))
            left -= count
            phase += count * interval - 60_000
            minute += 1
            if phase >= 60_000 {
                minute += phase / 60_000
                phase %= 60_000
            }
        }
    }
}
