import SluiceContent
public import SluiceForecast
public import SluiceModel

/// Schedule files as forecasts take them.
public enum ScheduleFiles {
    /// A zone by its Java id; nil for one that is unknown.
    public static func zone(_ identifier: String) -> TimeZoneRules? { SystemTimeZones.shared.zone(identifier) }

    /// Reads files; what cannot be read is among the diagnostics, and what can be is used.
    ///
    /// - Parameters:
    ///   - zone: Of times without an offset and cron expressions without a zone, by its Java id.
    ///   - policy: Of missed times.
    ///   - now: The start of triggers that name none.
    public static func read(
        _ files: [String], zone: String, policy: MisfirePolicy, now: Timestamp
    ) -> (schedules: [PlannedSchedule], diagnostics: [Diagnostic]) {
        let reader = QuartzReader()
        let defaultZone = self.zone(zone) ?? .utc
        var schedules: [PlannedSchedule] = []
        var diagnostics: [Diagnostic] = []
        for file in files {
            let read = reader.read(path: file, now: now, defaultZone: defaultZone)
            diagnostics += read.diagnostics
            for trigger in read.triggers {
                guard let timing = timing(trigger.timing, defaultZone) else { continue }
                let name = "\(trigger.key.group).\(trigger.key.name)"
                schedules.append(
                    PlannedSchedule(
                        id: ScheduleID(name), origin: .file(file), name: name,
                        flow: FlowID("\(trigger.job.group).\(trigger.job.name)"),
                        trigger: Trigger(timing: timing, start: trigger.start, end: trigger.end), policy: policy))
            }
        }
        return (schedules, diagnostics)
    }

    private static func timing(_ timing: QuartzTrigger.Timing, _ defaultZone: TimeZoneRules) -> Trigger.Timing? {
        switch timing {
        case .cron(let text, let zone):
            guard let cron = try? CronExpression(text) else { return nil }
            // Quartz takes Greenwich time for a zone that nobody knows.
            return .cron(cron, self.zone(zone) ?? .utc)
        case .simple(let count, let milliseconds):
            return .simple(repeatCount: count, intervalMilliseconds: milliseconds)
        case .calendarInterval(let interval, let unit):
            guard let unit = Trigger.IntervalUnit(rawValue: unit.rawValue) else { return nil }
            return .calendarInterval(.init(interval: interval, unit: unit, zone: defaultZone))
        }
    }
}
