import SluiceModel

/// How dense fire times lie, and where they are not plain arithmetic.
extension Trigger {
    /// A bound on how many fire times lie in any span of a length, found without looking for them.
    func mostFires(inMilliseconds length: Int64) -> Int {
        func most(_ fields: CronFields) -> Int {
            let perMinute = fields.seconds.nonzeroBitCount
            let perHour = perMinute * fields.minutes.nonzeroBitCount
            // A span touches two more than it has whole ones; a change of the zone makes two spans of it.
            let (minutes, hours, days) = (length / 60_000 + 4, length / 3_600_000 + 4, length / 86_400_000 + 4)
            return min(perMinute * Int(minutes), perHour * Int(hours), fields.countPerDay * Int(days))
        }
        switch timing {
        case .cron(let expression, _): return most(expression.fields)
        case .cronEither(let one, let other, _): return most(one.fields) + most(other.fields)
        case .simple, .calendarInterval:
            // Other calendar intervals are days and longer; a time may be pushed to the next day by a gap.
            guard let beat = Beat(self) else { return Int(length / 86_400_000) + 2 }
            let most = length / beat.interval + 1
            return Int(beat.repeatCount < 0 ? most : min(most, Int64(beat.repeatCount) + 1))
        }
    }

    /// The parts of a span in which counting costs a step for each fire time (`WallTimes.countByWall`).
    func restlessSpans(in span: Range<Timestamp>) -> [Range<Timestamp>] {
        let (times, needsWalk): (any WallTimes, Bool)
        switch timing {
        case .cron(let expression, let zone):
            let cron = CronTimes(expression: expression, zone: zone.table)
            (times, needsWalk) = (cron, cron.needsWalk)
        case .cronEither(let one, let other, let zone):
            let either = CronEitherTimes(one, other, zone.table)
            (times, needsWalk) = (either, either.needsWalk)
        case .simple, .calendarInterval: return []
        }
        if needsWalk { return [span] }
        return times.zone.gaps(from: span.lowerBound.wholeSeconds - 3 * 86_400, to: span.upperBound.wholeSeconds + 1)
            .map { gap in
                let end = gap.start + CronTimes.reach(ofGap: gap.wallEnd - gap.wallStart) + 1
                return Timestamp(milliseconds: gap.start * 1000)..<Timestamp(milliseconds: end * 1000)
            }
    }
}
