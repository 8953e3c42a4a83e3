import Logging
import SluiceEngine
import SluiceForecast
import SluiceModel
import SluicePorts

/// Keeps the blackouts of the files that the configuration names (`windows.blackouts`): each is a calendar of its own.
enum BlackoutLoading {
    /// Reads every file and replaces what was kept of it; what files that are named no longer gave is dropped.
    ///
    /// All are read before anything is replaced, so that one that cannot be read changes nothing.
    /// - Parameter zone: Of times without a zone, by its Java id.
    /// - Throws: `ServiceError` with the file and the line of the first fault; `StoreError`.
    static func load(_ files: [String], zone: String, in windows: WindowKeeper, logger: Logger) async throws {
        let readings = try read(files, zone: zone, logger: logger)
        let wanted = Set(files.map { calendar(of: $0) })
        let kept = Set(windows.ledger.windows.filter { !$0.isCancelled }.compactMap { $0.place?.calendar })
        for gone in kept.subtracting(wanted).sorted() where gone.hasPrefix(WindowLimits.configuredCalendarPrefix) {
            try await replace(gone, with: [], in: windows)
        }
        for (file, reading) in zip(files, readings) {
            try await replace(calendar(of: file), with: reading.windows, in: windows)
            logger.notice(
                "blackouts loaded", metadata: ["file": "\(file)", "events": "\(reading.windows.count)"])
        }
    }

    /// Reads every file, and changes nothing; what is odd is logged.
    /// - Throws: `ServiceError` with the file and the line of the first fault.
    @discardableResult
    static func read(_ files: [String], zone: String, logger: Logger) throws -> [BlackoutFiles.Reading] {
        let readings = files.map { BlackoutFiles.read($0, zone: zone, calendar: calendar(of: $0)) }
        for diagnostic in readings.flatMap(\.diagnostics) where diagnostic.severity != .note {
            logger.warning("blackouts", metadata: ["diagnostic": "\(diagnostic)"])
        }
        if let fault = readings.flatMap(\.diagnostics).first(where: { $0.severity == .error }) {
            throw ServiceError("windows.blackouts: \(fault.description)")
        }
        return readings
    }

    /// The name that the blackouts of a file are kept under.
    static func calendar(of file: String) -> String { WindowLimits.configuredCalendarPrefix + file }

    private static func replace(_ calendar: String, with events: [Window], in windows: WindowKeeper) async throws {
        let reason = "windows.blackouts of the configuration"
        let named = events.map { event in
            var event = event
            event.id = windows.windowID()
            event.by = .sluice
            event.reason = reason
            return event
        }
        do {
            try await windows.change { ledger, now throws(WindowLedger.Refusal) in
                let dated = named.map { event in
                    var event = event
                    event.plannedAt = now
                    return event
                }
                return try ledger.replaceCalendar(calendar, with: dated, by: .sluice, reason: reason, at: now)
            }
        } catch let refusal as WindowLedger.Refusal {
            throw ServiceError("windows.blackouts: \(calendar): \(refusal.description)")
        }
    }
}
