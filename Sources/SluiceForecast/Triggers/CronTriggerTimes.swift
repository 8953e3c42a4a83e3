import SluiceModel

/// A cron expression, or either of two, between a start, which counts to the second, and an end, which still counts
/// (`CronTriggerImpl.getFireTimeAfter`).
struct CronTriggerTimes<Times: WallTimes> {
    var times: Times
    var start: Timestamp
    var end: Timestamp?

    func next(after instant: Timestamp) -> Timestamp? {
        let begin = start.wholeSeconds
        var after = instant.wholeSeconds
        if begin > after { after = begin - 1 }
        if let end, instant >= end, after == instant.wholeSeconds { return nil }
        guard let next = times.next(after: after) else { return nil }
        let time = Timestamp(milliseconds: next * 1000)
        if let end, time > end { return nil }
        return time
    }

    func previous(before instant: Timestamp) -> Timestamp? {
        var before = instant.milliseconds == .min ? instant.wholeSeconds : instant.justBefore.wholeSeconds + 1
        if let end { before = min(before, end.wholeSeconds + 1) }
        let begin = start.wholeSeconds
        guard before > begin else { return nil }
        return times.previous(before: before, since: begin).map { Timestamp(milliseconds: $0 * 1000) }
    }

    func count(in span: Range<Timestamp>) -> Int {
        let begin = max(start.wholeSeconds, span.lowerBound.justBefore.wholeSeconds + 1)
        var stop = span.upperBound.justBefore.wholeSeconds + 1
        if let end { stop = min(stop, end.wholeSeconds + 1) }
        return begin < stop ? times.count(from: begin, to: stop, since: start.wholeSeconds) : 0
    }
}
