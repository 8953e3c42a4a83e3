public import SluiceModel

/// Reads the events of an iCalendar file (RFC 5545) as blackouts.
///
/// Reads `VEVENT` with `DTSTART`, `DTEND` or `DURATION`, `RRULE`, `RDATE`, `EXDATE` and `RECURRENCE-ID`; what is
/// cancelled or free (`TRANSP:TRANSPARENT`) is no blackout. The rules of a `VTIMEZONE` are not read: its id must name
/// an IANA zone or one of Windows, if need be by its end or by its `X-LIC-LOCATION`. An event that cannot be read
/// gives an error and no blackout; one that lasts no time, and busy times of a `VFREEBUSY`, are left out with a
/// warning.
public struct ICalendarReader {
    private let calendar: String
    private let zones: WindowLedger.Zones
    private var diagnostics: [Diagnostic] = []
    private var locations: [String: String] = [:]
    /// Dates and times without a zone are in it: of `X-WR-TIMEZONE`, or as given.
    private var zoneName: String?
    private var searchedPeriodCount = 0

    /// What was read.
    public struct Reading: Sendable {
        /// With empty ids, and what a person says left empty.
        public var blackouts: [Window]
        public var diagnostics: [Diagnostic]
        public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    /// - Parameters:
    ///   - calendar: The name that the blackouts are kept under, and the file of the diagnostics.
    ///   - defaultZone: Of dates and times without a zone in a file that names none with `X-WR-TIMEZONE`; nil: UTC,
    ///     with a remark.
    public init(calendar: String, defaultZone: String? = nil, zones: @escaping WindowLedger.Zones) {
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
        var busyLine: ICalendarLine?
        var busyCount = 0
        for line in lines {
            switch line.name {
            case "BEGIN":
                let isEvent = path == ["VCALENDAR"] && line.value.uppercased() == "VEVENT"
                guard path.count < ICalendarLimits.depthMax,
                    !isEvent || events.count < ICalendarLimits.eventCountMax
                else {
                    remark(
                        .error, "ics-limit",
                        "more than \(ICalendarLimits.eventCountMax) events or \(ICalendarLimits.depthMax) levels",
                        line: line.number)
                    return Reading(blackouts: [], diagnostics: diagnostics)
                }
                path.append(line.value.uppercased())
                if path == ["VCALENDAR", "VFREEBUSY"] { busyLine = line }
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
            case "FREEBUSY" where path == ["VCALENDAR", "VFREEBUSY"] && line["FBTYPE"]?.uppercased() != "FREE":
                busyCount += 1
            default: if path == ["VCALENDAR", "VEVENT"] { events[events.count - 1].append(line) }
            }
        }
        if busyCount > 0 {
            remark(
                .warning, "ics-busy",
                "\(busyCount) busy \(busyCount == 1 ? "line" : "lines") of VFREEBUSY are not read: only events are; "
                    + "export the calendar with its events", line: busyLine?.number)
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
        var found: [(window: Window, event: ICalendarEvent)] = []
        var replacing: [ICalendarEvent] = []
        if zoneName == nil, let line = events.joined().first(where: \.isWithoutZone) {
            remark(
                .warning, "ics-zone",
                "dates and times without a zone are read as UTC, since the file has no X-WR-TIMEZONE; name the zone by "
                    + "?zone= or --zone", line: line.number)
        }
        for lines in events {
            let event = ICalendarEvent(lines)
            if event.line("RECURRENCE-ID") != nil { replacing.append(event) }
            guard event.isBlackout else { continue }
            if event.isEmpty, let line = event.line("DTSTART"), CalendarText.time(line.value) != nil {
                let fault = event.fault("has neither DTEND nor DURATION: it lasts no time, and is left out", line)
                remark(.warning, "ics-empty", fault.description, line: line.number)
                continue
            }
            do throws(ICalendarEvent.Fault) {
                let windows = try event.windows(calendar: calendar, zone: { self.zone($0) })
                for window in windows {
                    try check(window, of: event)
                    found.append((window, event))
                }
            } catch {
                remark(.error, "ics-event", error.description, line: error.line)
            }
        }
        var masters: [String: [Int]] = [:]
        for index in found.indices where found[index].event.line("RECURRENCE-ID") == nil {
            masters[found[index].event.uid, default: []].append(index)
        }
        for change in replacing {
            for index in masters[change.uid] ?? [] {
                let (window, event) = found[index]
                guard let rules = zones(window.timeZone) else { continue }
                do throws(ICalendarEvent.Fault) {
                    found[index].window.exclusions += try change.replaced(
                        in: rules, isDate: event.isDate, zone: { self.zone($0) })
                } catch {
                    remark(.error, "ics-event", error.description, line: error.line)
                }
            }
        }
        return found.map(\.window)
    }

    /// A rule that never names a time would be looked through at each import and each change.
    private mutating func check(_ window: Window, of event: ICalendarEvent) throws(ICalendarEvent.Fault) {
        guard let text = window.rule, let rule = try? RecurrenceRule(text) else { return }
        guard searchedPeriodCount < ICalendarLimits.periodCountMax else {
            throw event.fault(
                "was not looked through: rules before it took \(ICalendarLimits.periodCountMax) periods to find a "
                    + "time; write rare events without a rule", event.line("RRULE"))
        }
        let found = rule.isPossible(from: window.start)
        searchedPeriodCount += found.periodCount
        guard found.isPossible else { throw event.fault(RecurrenceRule.impossible, event.line("RRULE")) }
    }

    /// The zone that a `TZID` means; nil when none is known.
    private func zone(_ id: String?) -> TimeZoneRules? {
        guard let id else { return named(zoneName ?? "UTC") }
        if let zone = named(id) { return zone }
        if let location = locations[id], let zone = named(location) { return zone }
        // `/mozilla.org/20050126_1/America/Argentina/Buenos_Aires`, as some writers have it.
        let parts = id.split(separator: "/")
        for count in [3, 2] where parts.count > count {
            if let zone = zones(parts.suffix(count).joined(separator: "/")) { return zone }
        }
        return nil
    }

    private func named(_ name: String) -> TimeZoneRules? {
        zones(name) ?? WindowsZones.region(of: name).flatMap(zones)
    }
}
