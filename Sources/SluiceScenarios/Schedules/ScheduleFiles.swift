import SluiceContent
public import SluiceForecast
public import SluiceModel

/// Schedule files as forecasts take them.
public enum ScheduleFiles {
    /// A zone by its Java id; nil for one that is unknown.
    public static func zone(_ identifier: String) -> TimeZoneRules? { SystemTimeZones.shared.zone(identifier) }

    /// Reads files; what cannot be read is among the diagnostics, and what can be is used.
    ///
    /// A job that no rule maps to a flow stands for itself, under `group.name`.
    /// - Parameters:
    ///   - zone: Of times without an offset and cron expressions without a zone, by its Java id.
    ///   - policy: Of missed times.
    ///   - now: The start of triggers that name none.
    ///   - rules: Which flow a job launches.
    public static func read(
        _ files: [String], zone: String, policy: MisfirePolicy, now: Timestamp, rules: [JobFlowRule] = []
    ) -> (schedules: [PlannedSchedule], diagnostics: [Diagnostic]) {
        let reader = ScheduleReader()
        let defaultZone = self.zone(zone) ?? .utc
        var schedules: [PlannedSchedule] = []
        var diagnostics: [Diagnostic] = []
        for file in files {
            let read = reader.read(path: file, now: now, defaultZone: defaultZone)
            diagnostics += read.diagnostics
            schedules += read.plannedSchedules(
                by: rules, defaultZone: defaultZone, policy: policy, namesUnmapped: true,
                zone: self.zone)
        }
        return (schedules, diagnostics)
    }
}
