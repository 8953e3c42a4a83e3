import SluiceModel

/// The starts that a search tries: every step within the horizon.
struct QuietStarts {
    let first: Timestamp
    let step: Int64
    let length: Int64
    let count: Int

    init(_ query: QuietSearch.Query) {
        step = max(1, query.stepMinutes) * 60_000
        length = (query.lengthMilliseconds + 59_999) / 60_000 * 60_000
        let from = query.horizon.lowerBound.milliseconds
        // On the quarter of an hour, as people plan.
        let rest = ((from % step) + step) % step
        let start = rest == 0 ? from : from + step - rest
        first = Timestamp(milliseconds: start)
        let room = query.horizon.upperBound.milliseconds - start - length
        count = room < 0 || length <= 0 ? 0 : min(Int(room / step) + 1, ForecastLimits.quietStartCountMax)
    }

    /// From the first start to the last end.
    var span: Range<Timestamp> { first..<range(max(0, count - 1)).upperBound }

    func range(_ start: Int) -> Range<Timestamp> {
        let begin = first.milliseconds + Int64(start) * step
        return Timestamp(milliseconds: begin)..<Timestamp(milliseconds: begin + length)
    }

    /// Starts whose window touches nothing that is forbidden, in order; and how many only blackouts leave out.
    func allowed(_ query: QuietSearch.Query) -> (starts: [Int], blackoutStartCount: Int) {
        let isTimely = isTimely(query)
        let isBlack = isTouched(by: query.blackouts.map(\.span))
        var leftOut = 0
        let starts = (0..<count).filter { start in
            if isTimely[start], isBlack[start] { leftOut += 1 }
            return isTimely[start] && !isBlack[start]
        }
        return (starts, leftOut)
    }

    /// Blackouts that reach into a window, with the starts that they leave out of those that other constraints allow.
    func heeded(_ query: QuietSearch.Query) -> [QuietSearch.HeededBlackout] {
        // How many starts before each are timely.
        var timelyBefore = [0]
        timelyBefore.reserveCapacity(count + 1)
        for isTimely in isTimely(query) {
            timelyBefore.append(timelyBefore[timelyBefore.count - 1] + (isTimely ? 1 : 0))
        }
        return query.blackouts.sorted { $0.isBefore($1) }.compactMap { blackout in
            guard !blackout.span.isEmpty, let touched = starts(touching: Self.closed(blackout.span)) else { return nil }
            return QuietSearch.HeededBlackout(
                blackout: blackout,
                startCount: timelyBefore[touched.upperBound + 1] - timelyBefore[touched.lowerBound])
        }
    }

    /// For each start, whether working hours and weekdays allow it.
    private func isTimely(_ query: QuietSearch.Query) -> [Bool] {
        let span = span
        var forbidden: [Range<Timestamp>] = []
        for hours in query.workingHours { forbidden += hours.spans(in: span, zone: query.zone) }
        if let days = query.weekdays { forbidden += WorkingHours.spans(without: days, in: span, zone: query.zone) }
        return isTouched(by: forbidden).map { !$0 }
    }

    /// For each start, whether its window touches one of the spans.
    private func isTouched(by spans: [Range<Timestamp>]) -> [Bool] {
        // Difference from start to start of how many spans a window touches.
        var changes = [Int](repeating: 0, count: count + 1)
        for span in spans where !span.isEmpty { mark(&changes, touching: Self.closed(span)) }
        var touched = 0
        return (0..<count).map { start in
            touched += changes[start]
            return touched > 0
        }
    }

    private static func closed(_ span: Range<Timestamp>) -> ClosedRange<Int64> {
        span.lowerBound.milliseconds...(span.upperBound.milliseconds - 1)
    }

    /// Adds one to every start whose window has an instant of a range: those after `begin - length`, up to its end.
    func mark(_ changes: inout [Int], touching range: ClosedRange<Int64>) {
        guard let starts = starts(touching: range) else { return }
        changes[starts.lowerBound] += 1
        changes[starts.upperBound + 1] -= 1
    }

    /// Starts whose window has an instant of a range.
    func starts(touching range: ClosedRange<Int64>) -> ClosedRange<Int>? {
        let from = range.lowerBound - length + 1 - first.milliseconds
        let to = range.upperBound - first.milliseconds
        guard to >= 0 else { return nil }
        let low = from <= 0 ? 0 : (from + step - 1) / step
        let high = min(Int64(count) - 1, to / step)
        return low <= high ? Int(low)...Int(high) : nil
    }
}

/// What each start's window would hold: launches by minute, then changes from start to start, then sums.
struct QuietLoad {
    private let starts: QuietStarts
    /// Changes from minute to minute, and then their sums.
    private var heldMinutes: [Int64]
    private var notReplayableMinutes: [Int64]
    private var heldFires: [Int]
    private var notReplayableFires: [Int]
    private var unsafeChanges: [Int]
    private(set) var walkedUntil: Timestamp?
    private var fires = MinuteFires()

    init(_ starts: QuietStarts) {
        self.starts = starts
        let none = [Int](repeating: 0, count: starts.count + 1)
        (heldFires, notReplayableFires, unsafeChanges) = (none, none, none)
        let length = starts.span.upperBound.milliseconds - starts.span.lowerBound.milliseconds
        heldMinutes = [Int64](repeating: 0, count: Int((length + 59_999) / 60_000) + 1)
        notReplayableMinutes = heldMinutes
    }

    mutating func add(
        _ group: FireWalk.Group, _ schedules: [PlannedSchedule], _ outlook: GateOutlook, _ walk: inout FireWalk
    ) {
        var (held, notReplayable, unsafe) = (0, 0, 0)
        for member in group.members {
            let schedule = schedules[member]
            let treatment = ScheduleForecast.treatment(of: schedule, outlook.inWindow(schedule))
            switch treatment {
            case .runs: continue
            case .held, .rejected: held += 1
            case .notReplayable: notReplayable += 1
            }
            if schedule.isUnsafeToMiss { unsafe += 1 }
        }
        guard held + notReplayable > 0 else { return }
        walk.fill(&fires, of: group.trigger, in: walk.span)
        if let cut = fires.cutAt { walkedUntil = min(walkedUntil ?? cut, cut) }
        fires.add(to: &heldMinutes, times: Int64(held))
        fires.add(to: &notReplayableMinutes, times: Int64(notReplayable))
        guard unsafe > 0 else { return }
        var reached = -1
        for run in fires.runs {
            let times = time(ofMinute: Int(run.minute))...time(ofMinute: Int(run.end) - 1)
            guard let touched = starts.starts(touching: times), touched.upperBound > reached else { continue }
            // Each schedule counts once for a window, however often it would fire in it.
            add(&unsafeChanges, max(touched.lowerBound, reached + 1)...touched.upperBound, unsafe)
            reached = touched.upperBound
        }
    }

    /// The start of a minute stands for it: windows begin and end on whole minutes.
    private func time(ofMinute minute: Int) -> Int64 { starts.first.milliseconds + Int64(minute) * 60_000 }

    private func add(_ changes: inout [Int], _ range: ClosedRange<Int>, _ count: Int) {
        changes[range.lowerBound] += count
        changes[range.upperBound + 1] -= count
    }

    /// Turns launches by minute, and changes from start to start, into numbers.
    mutating func sum() {
        heldMinutes = MinuteFires.sums(of: heldMinutes)
        notReplayableMinutes = MinuteFires.sums(of: notReplayableMinutes)
        for minute in heldMinutes.indices where heldMinutes[minute] != 0 || notReplayableMinutes[minute] != 0 {
            let time = time(ofMinute: minute)
            guard let touched = starts.starts(touching: time...time) else { continue }
            add(&heldFires, touched, Int(heldMinutes[minute]))
            add(&notReplayableFires, touched, Int(notReplayableMinutes[minute]))
        }
        for start in 1..<max(1, starts.count) {
            heldFires[start] += heldFires[start - 1]
            notReplayableFires[start] += notReplayableFires[start - 1]
            unsafeChanges[start] += unsafeChanges[start - 1]
        }
    }

    func held(_ start: Int) -> Int { heldFires[start] }
    func notReplayable(_ start: Int) -> Int { notReplayableFires[start] }
    func unsafe(_ start: Int) -> Int { unsafeChanges[start] }
}
