import Logging
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts

/// Reads the schedule files that the configuration names, for forecasts.
enum ScheduleLoading {
    /// What cannot be read is logged, and what can be is used: a forecast stands in nobody's way.
    /// - Throws: `ServiceError` when the zone is unknown.
    static func load(
        _ settings: ServiceSettings.Schedules, on shelf: ScheduleShelf, at now: Timestamp, logger: Logger
    ) throws {
        let schedules = try read(settings, at: now, logger: logger)
        guard !settings.files.isEmpty else { return }
        shelf.setFiles(schedules)
        logger.notice("schedules loaded", metadata: ["count": "\(schedules.count)"])
    }

    /// Reads every file, and changes nothing; what is odd is logged.
    /// - Throws: `ServiceError` when the zone is unknown.
    @discardableResult
    static func read(
        _ settings: ServiceSettings.Schedules, at now: Timestamp, logger: Logger
    ) throws -> [PlannedSchedule] {
        guard ScheduleFiles.zone(settings.zone) != nil else {
            throw ServiceError(
                "schedules.zone: \(settings.zone) is unknown; name a region such as Europe/Berlin, or GMT+02:00")
        }
        var (schedules, diagnostics, _) = ScheduleFiles.read(
            settings.files, zone: settings.zone, policy: .latest, now: now, rules: settings.flows)
        for diagnostic in diagnostics where diagnostic.severity != .note {
            logger.warning("schedule file", metadata: ["diagnostic": "\(diagnostic)"])
        }
        let unsafe = settings.unsafeToMiss.compactMap { PathGlob($0) }
        for index in schedules.indices where unsafe.contains(where: { $0.matches(schedules[index].name) }) {
            schedules[index].isUnsafeToMiss = true
        }
        return schedules
    }
}
