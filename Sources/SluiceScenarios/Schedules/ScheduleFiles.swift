import SluiceContent
public import SluiceForecast
public import SluiceModel

/// Schedule files as forecasts take them.
public enum ScheduleFiles {
    /// A zone by its Java id; nil for one that is unknown.
    public static func zone(_ identifier: String) -> TimeZoneRules? { SystemTimeZones.shared.zone(identifier) }

    /// The version of the zone data in use; nil when it is unknown.
    public static var zoneDataVersion: String? { SystemTimeZones.shared.version }

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
    ) -> (schedules: [PlannedSchedule], diagnostics: [Diagnostic], unusedRules: [JobFlowRule]) {
        let reader = ScheduleReader()
        let defaultZone = self.zone(zone) ?? .utc
        var schedules: [PlannedSchedule] = []
        var diagnostics: [Diagnostic] = []
        var unusedRules = rules
        for file in files {
            let read = reader.read(path: file, now: now, defaultZone: defaultZone)
            diagnostics += read.diagnostics
            unusedRules.removeAll { rule in read.flows(by: [rule]).contains { $0 != nil } }
            schedules += read.plannedSchedules(
                by: rules, defaultZone: defaultZone, policy: policy, namesUnmapped: true,
                zone: self.zone)
        }
        return (schedules, diagnostics, unusedRules)
    }
}
