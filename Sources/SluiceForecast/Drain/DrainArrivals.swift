import SluiceModel

/// What schedules launch before a gate closes, ready to estimate the drain for many starts.
///
/// Where a schedule launches more than `ForecastLimits.drainLaunchCountMax` that may still run, they are counted by
/// arithmetic in steps of age: each is taken for as old as the middle of its step, so by less than one in 128 off, or,
/// of those younger than the flow's median duration, by less than a 128th of that.
struct DrainArrivals {
    /// Schedules of one rhythm whose flows take equally long, by what is known.
    private struct Kind {
        var trigger: Trigger
        var flow: FlowID?
        var estimate: DurationEstimate
        var count: Int
        /// A bound on how many of its launches may still run when a drain starts.
        var most: Int

        /// Whether its launches are counted by steps of age.
        var isDense: Bool { most > ForecastLimits.drainLaunchCountMax }
    }

    private var kinds: [Kind] = []

    /// - Parameter outlook: What the gate lets through before it closes.
    init(
        _ groups: [FireWalk.Group], _ schedules: [PlannedSchedule], _ outlook: GateOutlook,
        _ history: inout DurationHistory
    ) {
        for group in groups {
            var places: [FlowID?: Int] = [:]
            for member in group.members where outlook.outside(schedules[member]).isProceed {
                let flow = schedules[member].flow
                if let place = places[flow] {
                    kinds[place].count += 1
                } else {
                    places[flow] = kinds.count
                    let estimate = history.estimate(flow)
                    let most = group.trigger.mostFires(inMilliseconds: Int64(estimate.runningMilliseconds))
                    kinds.append(
                        Kind(
                            trigger: group.trigger, flow: flow, estimate: estimate, count: 1, most: most))
                }
            }
        }
        // The seldom ones first: what they leave of their shares is for those that need more.
        kinds = kinds.enumerated().sorted { ($0.element.most, $0.offset) < ($1.element.most, $1.offset) }
            .map(\.element)
    }

    /// The drain that starts at a time.
    ///
    /// - Parameters:
    ///   - running: What runs now, where that is known; then schedules count from `now` on only.
    ///   - steps: What it may cost; each schedule has its share of it, and what goes beyond it is left out.
    func drain(
        at start: Timestamp, running: [RunningExecution]?, now: Timestamp, _ history: inout DurationHistory,
        steps: inout StepBudget
    ) -> DrainEstimate {
        var terms = (running ?? []).map { DrainEstimate.term($0, now: now, start: max(start, now), &history) }
        var assumed = (running ?? []).compactMap(\.flow).filter { history.estimate($0).isAssumed }
        var isCut = false
        for (number, kind) in kinds.enumerated() {
            var from = start.advanced(by: .milliseconds(-Int64(kind.estimate.runningMilliseconds)))
            if running != nil { from = max(from, now) }
            guard from < start else { continue }
            steps.begin(partCount: kinds.count - number)
            let count = terms.count
            let isWhole =
                kind.isDense
                ? Self.addCounted(kind, from..<start, to: &terms, &steps)
                : Self.addEach(kind, from..<start, to: &terms, &steps)
            isCut = isCut || !isWhole
            if kind.estimate.isAssumed, terms.count > count, let flow = kind.flow { assumed.append(flow) }
        }
        return DrainEstimate(
            start: start, terms: terms, isCut: isCut, assumedFlows: assumed,
            blockers: Blocker.longest(of: running ?? [], at: now, &history))
    }

    /// Adds launches one by one.
    /// - Returns: Whether the steps sufficed.
    private static func addEach(
        _ kind: Kind, _ span: Range<Timestamp>, to terms: inout [DrainEstimate.Term], _ steps: inout StepBudget
    ) -> Bool {
        var next = kind.trigger.first(from: span.lowerBound)
        while steps.spend(ForecastLimits.fireStepCount) {
            guard let time = next, time < span.upperBound else { return true }
            guard steps.spend(ForecastLimits.drainTermStepCount) else { return false }
            let age = Double(span.upperBound.milliseconds - time.milliseconds)
            terms.append(.init(estimate: kind.estimate, age: age, knownAge: 0, count: kind.count))
            next = kind.trigger.next(after: time)
        }
        return false
    }

    /// Adds launches by steps of age, the youngest first: they are the likeliest to run.
    private static func addCounted(
        _ kind: Kind, _ span: Range<Timestamp>, to terms: inout [DrainEstimate.Term], _ steps: inout StepBudget
    ) -> Bool {
        let (start, median) = (span.upperBound.milliseconds, kind.estimate.medianMilliseconds)
        let oldest = start - span.lowerBound.milliseconds
        let restless = kind.trigger.restlessSpans(in: span)
        var age: Int64 = 0
        while age < oldest {
            let end = min(oldest, age + max(1, max(age, median) / ForecastLimits.drainAgeStepCount))
            let part = Timestamp(milliseconds: start - end)..<Timestamp(milliseconds: start - age)
            let isCalm = !restless.contains { $0.overlaps(part) }
            guard let count = isCalm ? counted(kind.trigger, part, &steps) : walked(kind.trigger, part, &steps) else {
                return false
            }
            if count > 0 {
                guard steps.spend(ForecastLimits.drainTermStepCount) else { return false }
                terms.append(
                    .init(
                        estimate: kind.estimate, age: Double(age + end) / 2, knownAge: 0,
                        count: count.multipliedReportingOverflow(by: kind.count).partialValue))
            }
            age = end
        }
        return true
    }

    /// Fire times of a span by arithmetic; nil when the steps do not suffice.
    private static func counted(_ trigger: Trigger, _ span: Range<Timestamp>, _ steps: inout StepBudget) -> Int? {
        steps.spend(ForecastLimits.fireStepCount) ? trigger.count(in: span) : nil
    }

    /// The same, one by one.
    private static func walked(_ trigger: Trigger, _ span: Range<Timestamp>, _ steps: inout StepBudget) -> Int? {
        var (count, next) = (0, trigger.first(from: span.lowerBound))
        while steps.spend(ForecastLimits.fireStepCount) {
            guard let time = next, time < span.upperBound else { return count }
            count += 1
            next = trigger.next(after: time)
        }
        return nil
    }
}
