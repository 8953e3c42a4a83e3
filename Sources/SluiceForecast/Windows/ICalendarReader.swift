public import SluiceModel

/// Reads the events of an iCalendar file (RFC 5545) as blackouts.
///
/// Reads `VEVENT` with `DTSTART`, `DTEND` or `DURATION`, `RRULE`, `RDATE`, `EXDATE` and `RECURRENCE-ID`; what is
/// cancelled or free (`TRANSP:TRANSPARENT`) is no blackout. A `VTIMEZONE` is not read: its id must be one of the IANA
/// zones, if need be by its `X-LIC-LOCATION`. An event that cannot be read gives an error and no blackout.
public struct ICalendarReader {
    private let calendar: String
    private let zones: WindowLedger.Zones
    private var diagnostics: [Diagnostic] = []
    private var locations: [String: String] = [:]
    /// Of `X-WR-TIMEZONE`; times without a zone are in it.
    private var zoneName: String

    /// What was read.
    public struct Reading: Sendable {
        /// With empty ids, and what a person says left empty.
        public var blackouts: [Window]
        public var diagnostics: [Diagnostic]
        public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    /// - Parameters:
    ///   - calendar: The name that the blackouts are kept under, and the file of the diagnostics.
    ///   - defaultZone: Of times without a zone in a file that names none with `X-WR-TIMEZONE`.
    public init(calendar: String, defaultZone: String = "UTC", zones: @escaping WindowLedger.Zones) {
        self.calendar = calendar
        zoneName = defaultZone
        self.zones = zones
    }

    public mutating func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.count <= ICalendarLimits.byteCountMax else {
            remark(.error, "ics-too-large", "the file has more than \(ICalendarLimits.byteCountMax) bytes", line: nil)
            return Reading(blackouts: [], diagnostics: diagnostics)
        }
        let lines = unfolded(bytes)
        guard lines.first?.name == "BEGIN", lines.first?.value.uppercased() == "VCALENDAR" else {
            remark(.error, "ics-no-calendar", "the file does not begin with BEGIN:VCALENDAR", line: 1)
            return Reading(blackouts: [], diagnostics: diagnostics)
        }
        var events: [[ICalendarLine]] = []
        var path: [String] = []
        var zoneID: String?
        for line in lines {
            switch line.name {
            case "BEGIN":
                guard path.count < ICalendarLimits.depthMax, events.count <= ICalendarLimits.eventCountMax else {
                    remark(
                        .error, "ics-limit",
                        "more than \(ICalendarLimits.eventCountMax) events or \(ICalendarLimits.depthMax) levels",
                        line: line.number)
                    return Reading(blackouts: [], diagnostics: diagnostics)
                }
                path.append(line.value.uppercased())
                if path == ["VCALENDAR", "VEVENT"] { events.append([line]) }
            case "END":
                guard path.popLast() == line.value.uppercased() else {
                    remark(.error, "ics-structure", "END:\(line.value.prefix(40)) ends nothing", line: line.number)
                    return Reading(blackouts: [], diagnostics: diagnostics)
                }
            case "X-WR-TIMEZONE" where path == ["VCALENDAR"]: zoneName = line.text
            case "TZID" where path == ["VCALENDAR", "VTIMEZONE"]: zoneID = line.value
            case "X-LIC-LOCATION" where path == ["VCALENDAR", "VTIMEZONE"]:
                if let zoneID { locations[zoneID] = line.value }
            default: if path == ["VCALENDAR", "VEVENT"] { events[events.count - 1].append(line) }
            }
        }
        if !path.isEmpty {
            remark(.error, "ics-structure", "the file ends within \(path.last ?? "")", line: lines.last?.number)
        }
        return Reading(blackouts: blackouts(events), diagnostics: diagnostics)
    }

    private func unfoldedText(_ bytes: [UInt8]) -> [(text: [UInt8], number: Int)] {
        var lines: [(text: [UInt8], number: Int)] = []
        var number = 0
        for raw in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
            guard let first = line.first else { continue }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"), !lines.isEmpty {
                lines[lines.count - 1].text += line.dropFirst()
            } else {
                lines.append((Array(line), number))
            }
        }
        return lines
    }

    private mutating func unfolded(_ bytes: [UInt8]) -> [ICalendarLine] {
        let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
        let lines = unfoldedText(bytes.starts(with: bom) ? Array(bytes.dropFirst(3)) : bytes)
        return lines.compactMap { line in
            guard line.text.count <= ICalendarLimits.lineByteCountMax,
                let text = String(validating: line.text, as: UTF8.self),
                let parsed = ICalendarLine(text, number: line.number)
            else {
                remark(
                    .error, "ics-line",
                    "the line is not NAME:VALUE, is no UTF-8, or is over \(ICalendarLimits.lineByteCountMax) bytes",
                    line: line.number)
                return nil
            }
            return parsed
        }
    }

    private mutating func remark(_ severity: Diagnostic.Severity, _ code: String, _ message: String, line: Int?) {
        guard diagnostics.count < ICalendarLimits.diagnosticCountMax else { return }
        diagnostics.append(Diagnostic(severity: severity, code: code, message: message, file: calendar, line: line))
    }

    /// Overrides take their occurrence out of the event that recurs.
    private mutating func blackouts(_ events: [[ICalendarLine]]) -> [Window] {
        var found: [(window: Window, uid: String, replaces: CalendarText.Time?)] = []
        var replaced: [(uid: String, time: CalendarText.Time, zone: String?)] = []
        for lines in events {
            var event = ICalendarEvent(lines)
            if let recurrence = event.line("RECURRENCE-ID"), let time = CalendarText.time(recurrence.value) {
                replaced.append((event.uid, time, recurrence["TZID"]))
            }
            guard event.isBlackout else { continue }
            do throws(ICalendarEvent.Fault) {
                let window = try event.window(calendar: calendar, zone: { self.zone($0) })
                found.append((window, event.uid, event.recurrence))
            } catch {
                remark(.error, "ics-event", error.description, line: error.line)
            }
            for warning in event.warnings { remark(.warning, "ics-event", warning.description, line: warning.line) }
        }
        for change in replaced {
            for index in found.indices where found[index].uid == change.uid && found[index].replaces == nil {
                let own = found[index].window.timeZone
                switch change.time {
                case .date(let day), .local(let day): found[index].window.exclusions.append(day)
                case .instant(let instant):
                    if let rules = zones(own) { found[index].window.exclusions.append(rules.wallTime(at: instant)) }
                }
            }
        }
        return found.map(\.window)
    }

    /// The zone that a `TZID` means; nil when none is known.
    private func zone(_ id: String?) -> TimeZoneRules? {
        guard let id else { return zones(zoneName) }
        if let zone = zones(id) { return zone }
        if let location = locations[id], let zone = zones(location) { return zone }
        // `/mozilla.org/20050126_1/Europe/London`, as some writers have it.
        let parts = id.split(separator: "/")
        return parts.count > 2 ? zones(parts.suffix(2).joined(separator: "/")) : nil
    }
}
