import SluiceModel

/// The fire times of an expression in a zone, in whole seconds since the epoch.
///
/// Almost all are plain arithmetic with wall times: the first that fits, at its instant (of a doubled one, the second;
/// so the first pass of a doubled hour has no fires). Only after a gap Quartz's search may have been pushed beyond a
/// time that fits; there, its own steps are taken.
struct CronTimes: WallTimes {
    let expression: CronExpression
    let zone: ZoneTable

    private var fields: CronFields { expression.fields }

    /// Wall seconds after a gap's end for which the search is done by steps: the push and one hour more, with reserve.
    static func reach(ofGap jump: Int64) -> Int64 { jump + 7200 }

    func next(after instant: Int64) -> Int64? {
        guard instant < Self.latest else { return nil }
        let instant = max(instant, Self.earliest)
        if needsWalk { return expression.steps.next(after: instant, in: zone) }
        guard let wall = fields.first(from: instant + 1 + zone.span(at: instant + 1).offset) else { return nil }
        let place = zone.place(ofWall: wall)
        if place.isNearGap { return expression.steps.next(after: instant, in: zone) }
        return wall - place.offset
    }

    /// Whether Quartz's search for the first fire time after a second goes round for ever.
    func isEndless(after instant: Int64) -> Bool {
        guard fields.needsWalk, (Self.earliest..<Self.latest).contains(instant) else { return false }
        return expression.steps.search(after: instant, in: zone) == .circle
    }

    var needsWalk: Bool {
        if fields.needsWalk { return true }
        // The nearest weekday to a day that a zone skipped is Quartz's to say.
        guard zone.skipsDays else { return false }
        switch fields.days {
        case .nearestWeekday, .last(_, nearestWeekday: true): return true
        default: return false
        }
    }

    /// The last fire time before a second, of a trigger that starts at another: what `next` gave on its way there.
    func previous(before instant: Int64, since start: Int64) -> Int64? {
        let instant = min(instant, Self.latest)
        if needsWalk { return walkBack(before: instant, since: start) }
        guard let wall = lastPlain(before: instant) else { return nil }
        let place = zone.place(ofWall: wall)
        if !place.isNearGap {
            let time = wall - place.offset
            return time >= start && wall >= start + zone.span(at: start).offset ? time : nil
        }
        // Only Quartz's own steps tell what fires soon after a gap: take them from the last time before it.
        let gap = zone.gap(near: wall)
        let anchor = gap.start > start ? previous(before: gap.start, since: start) : nil
        return last(before: instant, from: anchor ?? start - 1, known: anchor)
    }

    /// The last fit before a second that is not inside a gap.
    private func lastPlain(before instant: Int64) -> Int64? {
        let span = zone.span(at: instant)
        var limit = instant + span.offset
        // In the first pass of a doubled hour, nothing of that hour has fired yet.
        if limit > span.wallEnd { limit = span.wallEnd }
        guard let wall = fields.last(before: limit) else { return nil }
        let gap = zone.gap(near: wall)
        guard wall >= gap.wallStart, wall < gap.wallEnd else { return wall }
        return fields.last(before: gap.wallStart)
    }

    private func last(before instant: Int64, from start: Int64, known: Int64?) -> Int64? {
        var last = known
        var time = start
        for _ in 0..<CronSteps.maximumFires {
            guard let next = next(after: time), next < instant else { break }
            last = next
            time = next
        }
        return last
    }

    /// Goes back twice as far each round until a time is found.
    private func walkBack(before instant: Int64, since start: Int64) -> Int64? {
        var back: Int64 = 70 * 86_400
        for _ in 0..<16 {
            let begin = max(instant - back, start - 1)
            if let last = lastDay(before: instant, from: begin) { return last }
            if begin < start || begin < Self.earliest { return nil }
            back *= 2
        }
        return nil
    }

    /// Day by day from a second on.
    private func lastDay(before instant: Int64, from start: Int64) -> Int64? {
        var found: Int64?
        var time = start
        for _ in 0..<CronSteps.maximumDays {
            guard let first = next(after: time), first < instant else { break }
            time = lastOfDay(first, before: instant)
            found = time
        }
        return found
    }

    /// The last fire time before a second on the wall day of one that is earlier, unless the zone changes on that day.
    private func lastOfDay(_ time: Int64, before instant: Int64) -> Int64 {
        let span = zone.span(at: time)
        let wall = time + span.offset
        let midnight = wall.flooredQuotient(by: 86_400) * 86_400
        let limit = min(midnight + 86_400, instant + span.offset)
        guard midnight + 86_400 < span.wallEnd, !zone.place(ofWall: wall).isNearGap,
            let last = fields.time(upTo: Int(limit - 1 - midnight))
        else { return time }
        return max(time, midnight + Int64(last) - span.offset)
    }

    func count(from begin: Int64, to end: Int64, since start: Int64) -> Int {
        needsWalk
            ? countDays(from: max(begin, Self.earliest), to: min(end, Self.latest))
            : countByWall(from: begin, to: end, since: start)
    }

    func count(fromWall begin: Int64, to end: Int64) -> Int { fields.count(from: begin, to: end) }

    private func countDays(from begin: Int64, to end: Int64) -> Int {
        var count = 0
        var time = begin - 1
        for _ in 0..<CronSteps.maximumFires {
            guard let next = next(after: time), next < end else { break }
            let last = lastOfDay(next, before: end)
            let offset = zone.span(at: next).offset
            count += last > next ? fields.countOfTimes(from: next + offset, to: last + offset + 1) : 1
            time = last
        }
        return count
    }
}
