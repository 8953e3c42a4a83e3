import SluiceModel

/// Single launches: the list, and what the release has to launch.
extension Forecast {
    /// Fills in the list: whole minutes as long as it does not grow beyond its limit, so nothing is left out between.
    mutating func list(_ groups: [FireWalk.Group], _ outside: [ScheduleForecast.Treatment]) {
        let span = listedSpan()
        listedUntil = span.upperBound
        guard !span.isEmpty else { return }
        var found: [PlannedLaunch] = []
        for group in groups {
            let fires = group.trigger.fires(in: span, limit: query.listedLaunchCountMax)
            for time in fires.times {
                for member in group.members { found.append(launch(member, at: time, outside[member])) }
            }
        }
        found.sort { ($0.time, $0.schedule) < ($1.time, $1.schedule) }
        launches = found
    }

    /// The longest start of what is to be listed that has no more launches than may be listed.
    private func listedSpan() -> Range<Timestamp> {
        let listed = query.listed.clamped(to: query.span)
        guard !listed.isEmpty else { return listed }
        let origin = load.start.milliseconds
        // The minute that the list starts in is counted whole, even if it starts within it.
        let first = Int((listed.lowerBound.milliseconds - origin) / 60_000)
        var left = query.listedLaunchCountMax
        for minute in first..<load.count {
            let begin = Timestamp(milliseconds: origin + Int64(minute) * 60_000)
            guard begin < listed.upperBound else { break }
            left -= load.total(minute)
            let isCut = walkedUntil.map { $0 < begin.advanced(by: .seconds(60)) } ?? false
            if left < 0 || isCut { return listed.lowerBound..<max(begin, listed.lowerBound) }
        }
        return listed
    }

    private func launch(
        _ member: Int, at time: Timestamp, _ outside: ScheduleForecast.Treatment
    ) -> PlannedLaunch {
        let schedule = schedules[member]
        guard !query.window.contains(time) else {
            return PlannedLaunch(
                time: time, schedule: member, decision: schedule.decision,
                fate: schedule.fate(at: time, windowEnd: query.window.upperBound))
        }
        let (decision, fate): (Decision, LaunchFate) =
            switch outside {
            case .runs: (.proceed(.open), .runs)
            case .held: (.hold(.maintenance), .launchedAtRelease)
            case .notReplayable: (.reject(.notReplayable), .notReplayable)
            case .rejected: (.reject(.maintenance), .rejected)
            }
        return PlannedLaunch(time: time, schedule: member, decision: decision, fate: fate)
    }

    /// What is launched at the release, oldest first, and how long it takes to clear it.
    func release(_ groups: [FireWalk.Group], _ history: inout DurationHistory) -> Backlog {
        let (rate, ceiling) = (query.ratePerMinute, query.ceiling)
        guard countsInWindow.released <= ForecastLimits.releasedLaunchCountMax else {
            var (sum, longest) = (0.0, 0.0)
            for schedule in schedules where schedule.countsInWindow.released > 0 {
                let mean = history.estimate(schedule.schedule.flow).meanMilliseconds
                sum += mean * Double(schedule.countsInWindow.released)
                longest = max(longest, mean)
            }
            return Backlog(
                count: countsInWindow.released, durationSum: sum, durationMax: longest, ratePerMinute: rate,
                ceiling: ceiling)
        }
        var waiting: [(time: Timestamp, duration: Double)] = []
        for group in groups {
            for member in group.members where schedules[member].countsInWindow.released > 0 {
                let duration = history.estimate(schedules[member].schedule.flow).meanMilliseconds
                for time in released(member) { waiting.append((time, duration)) }
            }
        }
        waiting.sort { ($0.time, $0.duration) < ($1.time, $1.duration) }
        return Backlog(durations: waiting.map(\.duration), ratePerMinute: rate, ceiling: ceiling)
    }

    /// Times of one schedule that are launched at the release.
    private func released(_ member: Int) -> [Timestamp] {
        let schedule = schedules[member]
        let count = schedule.countsInWindow.released
        if count == 1, case .latest = schedule.schedule.policy, let last = schedule.last { return [last] }
        let window = query.window
        var from = window.lowerBound
        if case .notOlderThan(let seconds) = schedule.schedule.policy {
            from = min(max(from, MisfireAge.oldest(seconds: seconds, at: window.upperBound)), window.upperBound)
        }
        return schedule.schedule.trigger.fires(in: from..<window.upperBound, limit: count).times
    }
}
