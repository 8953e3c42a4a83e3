public import SluiceForecast
public import SluiceModel

extension ScheduleFile {
    /// What a rule of job and flow looks at: the job of a trigger with the data of both.
    private func ruleJob(_ trigger: ScheduleTrigger, _ job: ScheduleJob?) -> JobFlowRule.Job {
        JobFlowRule.Job(
            group: trigger.job.group, name: trigger.job.name, jobClass: job?.jobClass,
            data: ((job?.data ?? []) + trigger.data).map { ($0.key, $0.value) })
    }

    /// The flow of each trigger, in their order; nil where no rule gives one.
    ///
    /// In Central a schedule names its flow, and no rule is asked.
    public func flows(by rules: [JobFlowRule]) -> [FlowID?] {
        // Of jobs of one name the last counts when Quartz replaces, else the first.
        let jobs = Dictionary(self.jobs.map { ($0.key, $0) }) { directives.overwritesExistingData ? $1 : $0 }
        return triggers.map { trigger in
            let job = jobs[trigger.job]
            return job?.flow ?? rules.flow(of: ruleJob(trigger, job))
        }
    }

    /// The triggers that are left of those that share a key, by their indices in order.
    ///
    /// Quartz schedules the triggers of each job that is not durable, job by job, and then the others
    /// (`XMLSchedulingDataProcessor.scheduleJobs`); a later one replaces an earlier one, or is left out where the file
    /// says not to overwrite. Ids of Central are unique, so the later entry counts. In a crontab the two triggers
    /// of an entry share a key, and both fire.
    var keptTriggers: [Int] {
        guard let dialect, dialect.isXML || dialect == .central else { return Array(triggers.indices) }
        guard Set(triggers.map(\.key)).count < triggers.count else { return Array(triggers.indices) }
        var turns: [ScheduleKey: Int] = [:]
        for (index, job) in jobs.enumerated() where turns[job.key] == nil {
            turns[job.key] = job.isDurable ? jobs.count : index
        }
        let turn = { (index: Int) in turns[triggers[index].job] ?? jobs.count }
        let order = triggers.indices.sorted { (turn($0), $0) < (turn($1), $1) }
        var kept: [ScheduleKey: Int] = [:]
        for index in order where directives.overwritesExistingData || kept[triggers[index].key] == nil {
            kept[triggers[index].key] = index
        }
        return triggers.indices.filter { kept[triggers[$0].key] == $0 }
    }

    /// Its triggers as a forecast takes them, in their order; of those that share a key, the one that Quartz keeps.
    ///
    /// A trigger's id is `group.name`; in Central the schedule's own. The two triggers of a crontab entry with both
    /// days are one schedule, with one launch at an instant of both. One whose zone is not to be had, or whose
    /// expression Quartz refuses, is left out; reading has reported it.
    /// - Parameters:
    ///   - rules: Which flow a job launches.
    ///   - defaultZone: The zone that the file was read with; of calendar intervals.
    ///   - policy: What becomes of missed times, where nothing else is configured.
    ///   - namesUnmapped: A job that no rule maps stands for itself, as a flow called `group.name`.
    ///   - zone: The rules of a zone by its Java id.
    public func plannedSchedules(
        by rules: [JobFlowRule], defaultZone: TimeZoneRules, policy: MisfirePolicy = .latest,
        namesUnmapped: Bool = false, zone: (String) -> TimeZoneRules?
    ) -> [PlannedSchedule] {
        let flows = flows(by: rules)
        var zones: [String: TimeZoneRules] = [:]
        let isCentral = dialect == .central
        let isCrontab = dialect == .crontab || dialect == .systemCrontab
        var planned: [PlannedSchedule] = []
        for index in keptTriggers {
            let trigger = triggers[index]
            let timing = trigger.timing.trigger(defaultZone: defaultZone) { id in
                if let known = zones[id] { return known }
                let rules = zone(id)
                zones[id] = rules
                return rules
            }
            guard let timing else { continue }
            if index > 0, isCrontab, triggers[index - 1].key == trigger.key,
                planned.indices.last.map({ planned[$0].add(timing) }) == true
            {
                continue
            }
            planned.append(
                PlannedSchedule(
                    id: ScheduleID(isCentral ? trigger.key.name : "\(trigger.key.group).\(trigger.key.name)"),
                    origin: isCentral ? .central : .file(file), name: trigger.description ?? trigger.key.name,
                    flow: flows[index]
                        ?? (namesUnmapped ? FlowID("\(trigger.job.group).\(trigger.job.name)") : nil),
                    flowPath: isCentral && trigger.job.name != flows[index]?.text ? trigger.job.name : nil,
                    trigger: Trigger(timing: timing, start: trigger.start, end: trigger.end),
                    isEnabled: trigger.isEnabled, policy: policy, isReplayable: trigger.isReplayable))
        }
        return planned
    }
}

extension PlannedSchedule {
    /// Takes the second expression of its crontab entry; false when these are no two of cron.
    fileprivate mutating func add(_ timing: Trigger.Timing) -> Bool {
        guard case .cron(let one, let zone) = trigger.timing, case .cron(let other, _) = timing else { return false }
        trigger.timing = .cronEither(one, other, zone)
        return true
    }
}

extension ScheduleTrigger.Timing {
    /// The same for `Trigger`; nil when a zone is not to be had or Quartz refuses the expression.
    func trigger(defaultZone: TimeZoneRules, zone: (String) -> TimeZoneRules?) -> Trigger.Timing? {
        switch self {
        case .cron(let text, let id):
            guard let rules = zone(id), let expression = try? CronExpression(text) else { return nil }
            return .cron(expression, rules)
        case .cronOnBothDays(let text, let id):
            guard let rules = zone(id), let expression = try? CronExpression(onBothDays: text) else { return nil }
            return .cron(expression, rules)
        case .simple(let count, let beat): return .simple(repeatCount: count, intervalMilliseconds: beat)
        case .calendarInterval(let interval, let unit):
            return .calendarInterval(Trigger.CalendarInterval(interval: interval, unit: unit, zone: defaultZone))
        }
    }
}

extension ScheduleTrigger {
    /// The same for a forecast; nil when a zone is not to be had or Quartz refuses the expression.
    public func trigger(defaultZone: TimeZoneRules, zone: (String) -> TimeZoneRules?) -> Trigger? {
        timing.trigger(defaultZone: defaultZone, zone: zone).map { Trigger(timing: $0, start: start, end: end) }
    }
}
