import SluiceModel

/// The minutes of a day on which a cron expression fires, counted from a second within a minute.
struct CronDay {
    let fields: CronFields
    /// From the start of the walk's minute that midnight lies in to midnight, in milliseconds.
    let phase: Int64
    /// Of the whole day, from that minute on.
    private(set) var fires = MinuteFires()

    init(_ fields: CronFields, phase: Int64) {
        self.fields = fields
        self.phase = phase
        fires = part(from: 0, to: 86_400)
    }

    /// The fires from a second of the day on and before another.
    func part(from start: Int, to end: Int) -> MinuteFires {
        var result = MinuteFires()
        // Seconds of a minute that fall into the walk's minute in which it begins; the others fall into the next.
        let early = mask(below: Int((60_000 - phase + 999) / 1000))
        for minute in start / 60..<min(1440, (end + 59) / 60) {
            guard fields.hours >> UInt64(minute / 60) & 1 == 1, fields.minutes >> UInt64(minute % 60) & 1 == 1 else {
                continue
            }
            let seconds = fields.seconds & mask(below: end - minute * 60) & ~mask(below: start - minute * 60)
            result.add(Int32(minute), Int32((seconds & early).nonzeroBitCount))
            result.add(Int32(minute + 1), Int32((seconds & ~early).nonzeroBitCount))
        }
        return result
    }

    private func mask(below bit: Int) -> UInt64 { bit >= 64 ? .max : 1 << UInt64(max(0, bit)) - 1 }
}

extension CronTimes {
    /// The midnight of the wall day on which a fire time lies, if from it to the day's end the wall clock runs evenly:
    /// then the expression's fields alone say when it fires.
    func calmMidnight(of time: Int64) -> Int64? {
        let span = zone.span(at: time)
        let wall = time + span.offset
        let midnight = wall.flooredQuotient(by: 86_400) * 86_400
        guard midnight + 86_400 < span.wallEnd, !zone.place(ofWall: wall).isNearGap else { return nil }
        return midnight - span.offset
    }
}

extension FireWalk {
    /// A day at once where the zone's clock runs evenly, else fire by fire.
    mutating func fill(
        _ fires: inout MinuteFires, _ times: CronTimes, of trigger: Trigger, in part: Range<Timestamp>
    ) {
        let origin = span.lowerBound.milliseconds
        let upper = min(part.upperBound, trigger.end.map { $0.advanced(by: .milliseconds(1)) } ?? part.upperBound)
        let isDense = times.expression.fields.countPerDay > 1
        var day: CronDay?
        var from = part.lowerBound
        while from < upper, let fire = trigger.first(from: from), fire < upper {
            guard spend(ForecastLimits.fireStepCount) else {
                fires.cutAt = fire
                return
            }
            guard isDense, let midnight = times.calmMidnight(of: fire.wholeSeconds) else {
                fires.add(minute(of: fire))
                from = fire.advanced(by: .milliseconds(1))
                continue
            }
            let begin = midnight * 1000 - origin
            let base = begin.flooredQuotient(by: 60_000)
            if day?.phase != begin - base * 60_000 {
                day = CronDay(times.expression.fields, phase: begin - base * 60_000)
            }
            guard let day else { return }
            let end = Timestamp(milliseconds: (midnight + 86_400) * 1000)
            let first = Int(fire.wholeSeconds - midnight)
            let isWhole = first == times.expression.fields.firstOfDay && end <= upper
            let today =
                isWhole
                ? day.fires
                : day.part(
                    from: first, to: min(86_400, Int((upper.milliseconds + 999).flooredQuotient(by: 1000) - midnight)))
            guard spend(today.runs.count) else {
                fires.cutAt = fire
                return
            }
            for run in today.runs { fires.add(Int32(clamping: base) + run.minute, length: run.length, run.count) }
            from = end
        }
    }
}
