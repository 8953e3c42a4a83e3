import SluiceModel

/// Goes through the fire times of many schedules. Schedules of the same rhythm (`RhythmKey`) are gone through once.
/// Whole days and minutes are counted by arithmetic, so 1 ms over a year costs next to nothing; what that leaves is
/// bounded by `ForecastLimits.walkStepCountMax`, of which each group may take its share.
struct FireWalk {
    /// Schedules that fire at the same times within the span, by their index.
    struct Group {
        var trigger: Trigger
        var members: [Int]
    }

    let span: Range<Timestamp>
    let groups: [Group]
    private var steps: StepBudget

    /// - Parameter stepCountMax: Steps over all groups.
    init(
        _ schedules: [PlannedSchedule], span: Range<Timestamp>, stepCountMax: Int = ForecastLimits.walkStepCountMax
    ) {
        steps = StepBudget(stepCountMax)
        self.span = span
        var groups: [Group] = []
        var places: [RhythmKey: Int] = [:]
        for (index, schedule) in schedules.enumerated() where schedule.isEnabled {
            let key = RhythmKey(schedule.trigger, in: span)
            if let group = places[key] {
                groups[group].members.append(index)
            } else {
                places[key] = groups.count
                groups.append(Group(trigger: schedule.trigger, members: [index]))
            }
        }
        self.groups = groups
    }

    /// The minute of an instant, counted from the span's start.
    func minute(of time: Timestamp) -> Int32 {
        Int32(clamping: (time.milliseconds - span.lowerBound.milliseconds) / 60_000)
    }

    /// Begins with a group: what those before it left is shared evenly by it and those after it.
    mutating func begin(_ group: Int) { steps.begin(partCount: groups.count - group) }

    /// Takes steps of the present group's share.
    /// - Returns: Whether there were as many.
    mutating func spend(_ count: Int) -> Bool { steps.spend(count) }

    /// Fills in the minutes in which a trigger fires within a part of the span.
    mutating func fill(_ fires: inout MinuteFires, of trigger: Trigger, in part: Range<Timestamp>) {
        fires.removeAll()
        if let beat = Beat(trigger) { return fill(&fires, beat, in: part) }
        if case .cron(let expression, let zone) = trigger.timing {
            return fill(&fires, CronTimes(expression: expression, zone: zone.table), of: trigger, in: part)
        }
        var from = part.lowerBound
        while let fire = trigger.first(from: from), fire < part.upperBound {
            guard spend(ForecastLimits.fireStepCount) else {
                fires.cutAt = fire
                return
            }
            fires.add(minute(of: fire))
            from = fire.advanced(by: .milliseconds(1))
        }
    }
}
