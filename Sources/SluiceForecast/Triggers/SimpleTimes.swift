import SluiceModel

/// A fixed beat in milliseconds (`SimpleTriggerImpl`).
struct SimpleTimes {
    let start: Int64
    /// No longer counts itself.
    let end: Int64?
    /// -1 for ever.
    let repeatCount: Int64
    /// Where it is 0 and repeats are wanted, Quartz fails after the first time: there is no second.
    let interval: Int64

    /// The time of a repeat; nil beyond the range of times.
    private func time(_ index: Int64) -> Int64? {
        let (span, isTooLong) = index.multipliedReportingOverflow(by: interval)
        let (time, isTooFar) = start.addingReportingOverflow(span)
        return isTooLong || isTooFar ? nil : time
    }

    func next(after instant: Timestamp) -> Timestamp? {
        let after = instant.milliseconds
        if let end, end <= after { return nil }
        if after < start { return Timestamp(milliseconds: start) }
        guard repeatCount != 0, interval > 0 else { return nil }
        let (elapsed, isTooLong) = after.subtractingReportingOverflow(start)
        guard !isTooLong else { return nil }
        let index = elapsed / interval + 1
        guard repeatCount < 0 || index <= repeatCount, let time = time(index) else { return nil }
        if let end, end <= time { return nil }
        return Timestamp(milliseconds: time)
    }

    func previous(before instant: Timestamp) -> Timestamp? {
        var index = last
        guard index >= 0, instant.milliseconds > start else { return nil }
        if interval > 0 {
            let (elapsed, isTooLong) = (instant.milliseconds - 1).subtractingReportingOverflow(start)
            // The last time that can be told, where the range of times ends before the repeats do.
            let room = Int64.max.subtractingReportingOverflow(start)
            index = min(
                index, isTooLong ? .max : elapsed / interval, room.overflow ? .max : room.partialValue / interval)
        } else {
            index = 0
        }
        return time(index).map { Timestamp(milliseconds: $0) }
    }

    /// How many fire times there are from an instant on and before another.
    func count(in span: Range<Timestamp>) -> Int {
        Int(clamping: index(from: span.upperBound) - index(from: span.lowerBound))
    }

    /// Of the last repeat before the end; `Int64.max / 4` for none, and -1 when not even the start fires.
    private var last: Int64 {
        if let end, end <= start { return firesAtEnd ? 0 : -1 }
        guard repeatCount != 0, interval > 0 else { return 0 }
        var index = repeatCount < 0 ? Int64.max / 4 : repeatCount
        if let end, end > start {
            let (elapsed, isTooLong) = (end - 1).subtractingReportingOverflow(start)
            if !isTooLong { index = min(index, elapsed / interval) }
        }
        return index
    }

    /// Quartz fires at the start also when the end is that very instant.
    private var firesAtEnd: Bool { end == start }

    /// Of the first repeat that is not before an instant.
    private func index(from instant: Timestamp) -> Int64 {
        let count = last == .max ? last : last + 1
        let (elapsed, isTooLong) = instant.milliseconds.subtractingReportingOverflow(start)
        if elapsed <= 0, !isTooLong { return 0 }
        guard interval > 0, !isTooLong else { return instant.milliseconds > start ? count : 0 }
        let index = (elapsed - 1) / interval
        return index == .max ? count : min(count, index + 1)
    }

    /// `getFinalFireTime`
    var quartzFinal: Timestamp? {
        if repeatCount == 0 { return Timestamp(milliseconds: start) }
        let last = repeatCount < 0 ? nil : time(repeatCount)
        guard let end, !(last.map { $0 < end } ?? false) else { return last.map { Timestamp(milliseconds: $0) } }
        guard end >= start else { return nil }
        let (elapsed, isTooLong) = end.subtractingReportingOverflow(start)
        return (interval < 1 ? start : isTooLong ? nil : time(elapsed / interval)).map { Timestamp(milliseconds: $0) }
    }
}
