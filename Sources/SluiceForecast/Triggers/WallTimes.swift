/// Fire times that are plain arithmetic with the wall times of a zone, but for those soon after a gap; implemented by
/// those of one cron expression and of either of two.
protocol WallTimes {
    var zone: ZoneTable { get }
    /// Whether only Quartz's own steps tell its days, so that arithmetic does not do.
    var needsWalk: Bool { get }
    /// How many wall times there are from one on and before another.
    func count(fromWall begin: Int64, to end: Int64) -> Int
    /// The first fire time after a second.
    func next(after instant: Int64) -> Int64?
    /// The last fire time before a second, of a trigger that starts at another.
    func previous(before instant: Int64, since start: Int64) -> Int64?
    /// How many fire times there are from a second on and before another, of a trigger that starts at a third.
    func count(from begin: Int64, to end: Int64, since start: Int64) -> Int
}

extension WallTimes {
    static var earliest: Int64 { -62_135_596_800 }
    static var latest: Int64 { 32_503_680_000 + 86_400 }

    /// `count(from:to:since:)` where arithmetic is enough, but for gaps.
    func countByWall(from begin: Int64, to end: Int64, since start: Int64) -> Int {
        let (begin, end) = (max(begin, Self.earliest), min(end, Self.latest))
        guard begin < end else { return 0 }
        // One that starts in the first pass of a doubled hour leaves out of the second what is before its wall time.
        let first = max(plainLimit(begin), start + zone.span(at: start).offset)
        let last = plainLimit(end)
        var count = count(fromWall: first, to: last)
        for gap in zone.gaps(from: begin - 3 * 86_400, to: end) {
            // What arithmetic counted from the gap's start until the search goes on undisturbed, counted by steps.
            let calm = gap.wallEnd + CronTimes.reach(ofGap: gap.wallEnd - gap.wallStart)
            let (from, to) = (max(first, gap.wallStart), min(last, calm))
            guard from < to else { continue }
            count -= self.count(fromWall: from, to: to)
            let anchor = gap.start > start ? previous(before: gap.start, since: start) : nil
            let until = min(end, calm - (gap.wallEnd - gap.start))
            var time = anchor ?? start - 1
            for _ in 0..<CronSteps.maximumFires {
                guard let next = next(after: time), next < until else { break }
                if next >= begin { count += next >= gap.start ? 1 : 0 }
                time = next
            }
        }
        return count
    }

    /// The wall time below which everything has fired before a second.
    private func plainLimit(_ instant: Int64) -> Int64 {
        let span = zone.span(at: instant)
        return min(instant + span.offset, span.wallEnd)
    }
}
