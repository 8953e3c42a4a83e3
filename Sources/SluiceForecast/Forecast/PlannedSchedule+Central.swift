public import SluiceModel

extension PlannedSchedule {
    /// A schedule of Central's own (oo-central-api.md section 5).
    ///
    /// Without a zone it counts in Greenwich time, as with one that nobody knows (scheduler-xml.md section 5). Where
    /// Central keeps inputs to itself, a missed time cannot be launched by Sluice.
    ///
    /// - Parameters:
    ///   - zones: Finds a zone by its Java id; nil for one that is unknown.
    ///   - policy: Of its missed times.
    /// - Returns: nil when its expression cannot be read, or when it is an interval that nothing anchors.
    public init?(
        _ schedule: CentralSchedule, zones: (String) -> TimeZoneRules?, policy: MisfirePolicy = .latest,
        isUnsafeToMiss: Bool = false
    ) {
        let trigger: Trigger
        if let interval = schedule.intervalMilliseconds {
            guard let start = schedule.startDate ?? schedule.nextFireTime else { return nil }
            if schedule.isOneShot {
                trigger = Trigger(timing: .simple(repeatCount: 0, intervalMilliseconds: interval), start: start)
            } else {
                let repeats = schedule.occurrenceCount > 0 ? Int(clamping: schedule.occurrenceCount - 1) : -1
                trigger = Trigger(
                    timing: .simple(repeatCount: repeats, intervalMilliseconds: interval), start: start,
                    end: schedule.endDate)
            }
        } else {
            guard let cron = try? CronExpression(schedule.triggerExpression) else { return nil }
            trigger = Trigger(
                timing: .cron(cron, schedule.timeZone.flatMap(zones) ?? .utc), start: schedule.startDate ?? .zero,
                end: schedule.endDate)
        }
        self.init(
            id: schedule.id, origin: .central, name: schedule.name, flow: schedule.flow, flowPath: schedule.flowPath,
            trigger: trigger, isEnabled: schedule.isEnabled, policy: policy,
            isReplayable: schedule.sensitiveInputNames.isEmpty, isUnsafeToMiss: isUnsafeToMiss)
    }
}
