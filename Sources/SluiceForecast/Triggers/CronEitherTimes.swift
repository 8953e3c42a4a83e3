import SluiceModel

/// The fire times of either of two expressions in a zone, once where both have one: what `next` gives of both.
struct CronEitherTimes: WallTimes {
    let one: CronTimes
    let other: CronTimes
    private let shared: CronDayTimes
    private let sharedPerDay: Int

    var zone: ZoneTable { one.zone }
    var needsWalk: Bool { one.needsWalk || other.needsWalk }

    init(_ one: CronExpression, _ other: CronExpression, _ zone: ZoneTable) {
        self.one = CronTimes(expression: one, zone: zone)
        self.other = CronTimes(expression: other, zone: zone)
        shared = one.fields.times & other.fields.times
        sharedPerDay = shared.count(before: 86_400)
    }

    func next(after instant: Int64) -> Int64? {
        guard let next = one.next(after: instant) else { return other.next(after: instant) }
        return other.next(after: instant).map { min($0, next) } ?? next
    }

    func previous(before instant: Int64, since start: Int64) -> Int64? {
        guard let last = one.previous(before: instant, since: start) else {
            return other.previous(before: instant, since: start)
        }
        return other.previous(before: instant, since: start).map { max($0, last) } ?? last
    }

    /// Where Quartz's own steps are needed for the days of one, at most `CronSteps.maximumFires` are counted.
    func count(from begin: Int64, to end: Int64, since start: Int64) -> Int {
        guard needsWalk else { return countByWall(from: begin, to: end, since: start) }
        var (count, time) = (0, max(begin, Self.earliest) - 1)
        while count < CronSteps.maximumFires, let next = next(after: time), next < end {
            count += 1
            time = next
        }
        return count
    }

    func count(fromWall begin: Int64, to end: Int64) -> Int {
        guard begin < end else { return 0 }
        let (left, right) = (one.expression.fields, other.expression.fields)
        var count = 0
        CronFields.forEachMonth(from: begin, to: end, yearMax: max(left.yearMax, right.yearMax)) { year, month, days in
            let (mine, theirs) = (left.dayMask(ofKnown: year, month) & days, right.dayMask(ofKnown: year, month) & days)
            count += mine.nonzeroBitCount * left.countPerDay + theirs.nonzeroBitCount * right.countPerDay
            count -= (mine & theirs).nonzeroBitCount * sharedPerDay
        }
        return count + countOfDay(end) - countOfDay(begin)
    }

    /// Of the day of a wall time, those before it.
    private func countOfDay(_ wall: Int64) -> Int {
        let days = wall.flooredQuotient(by: 86_400)
        let (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        let time = Int(wall - days * 86_400)
        func fires(_ fields: CronFields) -> Bool { fields.dayMask(ofKnown: year, month) >> UInt32(day) & 1 == 1 }
        let (left, right) = (one.expression.fields, other.expression.fields)
        let (mine, theirs) = (fires(left), fires(right))
        return (mine ? left.times.count(before: time) : 0) + (theirs ? right.times.count(before: time) : 0)
            - (mine && theirs ? shared.count(before: time) : 0)
    }
}
