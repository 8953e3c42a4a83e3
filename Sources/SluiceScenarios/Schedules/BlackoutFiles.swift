public import SluiceForecast
public import SluiceModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Calendars of blackouts, as files in iCalendar (RFC 5545).
public enum BlackoutFiles {
    /// What was read.
    public struct Reading: Sendable {
        /// With empty ids; the calendar is the path.
        public var windows: [Window]
        /// Each names the file, and where it can the line.
        public var diagnostics: [Diagnostic]
        public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    /// Reads one file.
    ///
    /// - Parameters:
    ///   - zone: Of times without a zone in a file that names none, by its Java id; so of whole days too.
    ///   - calendar: The name that its blackouts are kept under; the path, unless told otherwise.
    public static func read(_ path: String, zone: String, calendar: String? = nil) -> Reading {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let isFile = attributes?[.type] as? FileAttributeType == .typeRegular
        // One that is too large is not taken into memory to be told so.
        let isTooLarge = attributes?[.size] as? UInt64 ?? .max > UInt64(ICalendarLimits.byteCountMax)
        guard isFile, !isTooLarge, let data = FileManager.default.contents(atPath: path) else {
            let problem =
                isFile && isTooLarge
                ? "the file has more than \(ICalendarLimits.byteCountMax) bytes"
                : "the file cannot be read; name an iCalendar file that is there"
            let diagnostic = Diagnostic(severity: .error, code: "ics-unreadable", message: problem, file: path)
            return Reading(windows: [], diagnostics: [diagnostic])
        }
        var reader = ICalendarReader(calendar: path, defaultZone: zone) { ScheduleFiles.zone($0) }
        let read = reader.read(Array(data))
        return Reading(
            windows: read.blackouts.map { window in
                var window = window
                if let calendar { window.place?.calendar = calendar }
                return window
            }, diagnostics: read.diagnostics)
    }

    /// What the windows leave out of a span.
    /// - Throws: `ServiceError` when there are more than `ForecastLimits.blackoutCountMax`, or a zone is not to be had.
    public static func spans(of windows: [Window], in span: Range<Timestamp>) throws -> [Blackout] {
        do {
            let found = try Blackout.spans(of: windows, in: span) { ScheduleFiles.zone($0) }
            guard !found.isCut else {
                throw ServiceError(
                    "the calendars have more than \(ForecastLimits.blackoutCountMax) blackouts until "
                        + "\(span.upperBound); look less far ahead")
            }
            return found.blackouts
        } catch let refusal as WindowLedger.Refusal {
            throw ServiceError("a blackout cannot be used: \(refusal.description)")
        }
    }
}
