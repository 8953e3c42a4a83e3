import SluiceModel

/// What schedules launch before a gate closes, ready to estimate the drain for many starts.
struct DrainArrivals {
    /// Schedules of one rhythm whose flows take equally long, by what is known.
    private struct Kind {
        var trigger: Trigger
        var flow: FlowID?
        var estimate: DurationEstimate
        var count: Int
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
                    kinds.append(
                        Kind(trigger: group.trigger, flow: flow, estimate: history.estimate(flow), count: 1))
                }
            }
        }
    }

    /// The drain that starts at a time.
    ///
    /// - Parameter running: What runs now, where that is known; then schedules count from `now` on only.
    func drain(
        at start: Timestamp, running: [RunningExecution]?, now: Timestamp, _ history: inout DurationHistory
    ) -> DrainEstimate {
        var terms = (running ?? []).map { DrainEstimate.term($0, now: now, start: max(start, now), &history) }
        var assumed = (running ?? []).compactMap(\.flow).filter { history.estimate($0).isAssumed }
        var left = ForecastLimits.runningLaunchCountMax
        var isCut = false
        for kind in kinds {
            var from = start.advanced(by: .milliseconds(-Int64(kind.estimate.runningMilliseconds)))
            if running != nil { from = max(from, now) }
            guard from < start else { continue }
            let fires = kind.trigger.fires(in: from..<start, limit: left)
            isCut = isCut || fires.isCut
            left -= fires.times.count
            for time in fires.times {
                let age = Double(start.milliseconds - time.milliseconds)
                terms.append(.init(estimate: kind.estimate, age: age, knownAge: 0, count: kind.count))
            }
            if kind.estimate.isAssumed, !fires.times.isEmpty, let flow = kind.flow { assumed.append(flow) }
        }
        return DrainEstimate(
            start: start, terms: terms, isCut: isCut, assumedFlows: assumed,
            blockers: Blocker.longest(of: running ?? [], at: now, &history))
    }
}
