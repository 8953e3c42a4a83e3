public import SluiceModel

/// Writes maintenance windows as an iCalendar feed (RFC 5545) that Outlook, Google and Apple subscribe to.
///
/// A window is one event with its rule; an occurrence that was changed or cancelled is one with a `RECURRENCE-ID`.
/// Times are local ones with a `VTIMEZONE` of explicit changes, so that a reader needs no zone data of its own.
public struct ICalendarWriter {
    private var text = ""
    private let zones: WindowLedger.Zones

    public init(zones: @escaping WindowLedger.Zones) { self.zones = zones }

    /// Years of changes of offset that are written from now on.
    private static let yearCount = 6

    /// The feed, lines folded at 75 octets and ended by CRLF.
    /// - Parameters:
    ///   - occurrences: On record; those that say other than their rule are written.
    ///   - isCut: Whether there are more of those; then the feed says so.
    public mutating func write(
        _ windows: [Window], _ occurrences: [WindowOccurrence], at now: Timestamp, isCut: Bool = false
    ) -> String {
        text = ""
        line("BEGIN:VCALENDAR")
        line("VERSION:2.0")
        line("PRODID:-//Sluice//Windows//EN")
        line("CALSCALE:GREGORIAN")
        line("METHOD:PUBLISH")
        line("X-WR-CALNAME:Sluice windows")
        if isCut {
            line("X-WR-CALDESC:\(Self.escaped(Self.cutNote(occurrences.last?.start)))")
        }
        let names = windows.map(\.timeZone).filter { $0 != "UTC" }
        for name in names.reduce(into: [String](), { if !$0.contains($1) { $0.append($1) } }).sorted() {
            let first = windows.filter { $0.timeZone == name }.map(\.start).min() ?? now
            if let zone = zones(name) { write(zone, named: name, from: min(first, now), now: now) }
        }
        let altered = Dictionary(
            grouping: occurrences.filter { $0.isChanged || $0.state == .cancelled }, by: \.window)
        for window in windows {
            let changed = window.isCancelled ? [] : altered[window.id] ?? []
            guard window.rule != nil || !window.additions.isEmpty else {
                write(window, at: now, only: changed.first)
                continue
            }
            write(window, at: now)
            for occurrence in changed { write(window, at: now, changed: occurrence) }
        }
        line("END:VCALENDAR")
        return text
    }

    private static func cutNote(_ last: Timestamp?) -> String {
        "Incomplete: windows that were changed or cancelled and begin after \(last.map { "\($0)" } ?? "now") are shown "
            + "as they were planned."
    }

    /// - Parameters:
    ///   - changed: Written in place of the window as its rule has it.
    ///   - only: The one occurrence of a window that happens once, if it says other than the window.
    private mutating func write(
        _ window: Window, at now: Timestamp, changed: WindowOccurrence? = nil, only: WindowOccurrence? = nil
    ) {
        line("BEGIN:VEVENT")
        line("UID:\(window.id)@sluice")
        line("DTSTAMP:\(CalendarText.text(ofWall: now))Z")
        line("SEQUENCE:\(max(0, ((changed ?? only)?.revision ?? window.revision) - 1))")
        let isUTC = window.timeZone == "UTC"
        let place = isUTC ? "" : ";TZID=\(window.timeZone)"
        let end = isUTC ? "Z" : ""
        if let changed {
            line("RECURRENCE-ID\(place):\(CalendarText.text(ofWall: changed.wall))\(end)")
            line("DTSTART:\(CalendarText.text(ofWall: changed.start))Z")
            line("DTEND:\(CalendarText.text(ofWall: changed.end))Z")
        } else {
            line("DTSTART\(place):\(CalendarText.text(ofWall: window.start))\(end)")
        }
        if let only {
            line("DTEND:\(CalendarText.text(ofWall: only.end))Z")
        } else if changed == nil {
            line("DURATION:P\(window.days > 0 ? "\(window.days)D" : "")\(Self.time(window.seconds))")
            if let rule = window.rule { line("RRULE:\(rule)") }
            add("RDATE", window.additions, place, end)
            if window.rule != nil || !window.additions.isEmpty { add("EXDATE", window.exclusions, place, end) }
        }
        line("SUMMARY:\(Self.escaped(window.summary))")
        let scope = window.scope?.description ?? "the whole gate"
        line("DESCRIPTION:\(Self.escaped("\(window.kind.rawValue) of \(scope): \(window.reason)"))")
        line("CATEGORIES:\(window.kind.rawValue.uppercased())")
        let isOnlyOne = window.rule == nil && window.additions.isEmpty
        let isLeftOut = isOnlyOne && window.exclusions.contains(window.start)
        let isCancelled = window.isCancelled || (changed ?? only)?.state == .cancelled || isLeftOut
        line("STATUS:\(isCancelled ? "CANCELLED" : "CONFIRMED")")
        for lead in isCancelled ? [] : window.leadSeconds {
            line("BEGIN:VALARM")
            line("ACTION:DISPLAY")
            line("DESCRIPTION:\(Self.escaped(window.summary))")
            line("TRIGGER:-P\(Self.time(lead))")
            line("END:VALARM")
        }
        line("END:VEVENT")
    }

    private mutating func add(_ name: String, _ times: [Timestamp], _ place: String, _ end: String) {
        let texts = times.sorted().map { CalendarText.text(ofWall: $0) + end }
        if !texts.isEmpty { line("\(name)\(place):\(texts.joined(separator: ","))") }
    }

    /// The zone's offset at a time, and each change from then on.
    private mutating func write(_ zone: TimeZoneRules, named name: String, from: Timestamp, now: Timestamp) {
        line("BEGIN:VTIMEZONE")
        line("TZID:\(name)")
        let hour: Int64 = 3600
        let day: Int64 = 86_400
        var at = from.advanced(by: .seconds(-370 * day))
        let end = now.advanced(by: .seconds(Int64(Self.yearCount) * 366 * day))
        var offset = zone.offsetSeconds(at: at)
        observance("STANDARD", from: offset, to: offset, at: at)
        while at < end {
            let next = at.advanced(by: .seconds(day))
            let changed = zone.offsetSeconds(at: next)
            if changed != offset {
                var (low, high) = (at.wallSeconds, next.wallSeconds)
                while high - low > 1 {
                    let middle = (low + high) / 2
                    let isBefore = zone.offsetSeconds(at: Timestamp(milliseconds: middle * 1000)) == offset
                    (low, high) = isBefore ? (middle, high) : (low, middle)
                }
                observance(
                    changed > offset && abs(changed - offset) <= 3 * Int(hour) ? "DAYLIGHT" : "STANDARD", from: offset,
                    to: changed, at: Timestamp(milliseconds: high * 1000))
                offset = changed
            }
            at = next
        }
        line("END:VTIMEZONE")
    }

    /// Its start is the local time before the change (RFC 5545, 3.6.5).
    private mutating func observance(_ kind: String, from: Int, to: Int, at instant: Timestamp) {
        line("BEGIN:\(kind)")
        line("DTSTART:\(CalendarText.text(ofWall: instant.advanced(by: .seconds(from))))")
        line("TZOFFSETFROM:\(Self.offset(from))")
        line("TZOFFSETTO:\(Self.offset(to))")
        line("END:\(kind)")
    }

    static func offset(_ seconds: Int) -> String {
        let minutes = Int(seconds.magnitude) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (seconds < 0 ? "-" : "+") + two(minutes / 60) + two(minutes % 60)
    }

    /// `T4H30M`; empty for zero.
    static func time(_ seconds: Int64) -> String {
        let parts = [(seconds / 3600, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")].filter { $0.0 > 0 }
        return parts.isEmpty ? "" : "T" + parts.map { "\($0.0)\($0.1)" }.joined()
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: break
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Folds within 75 octets, never inside a character (3.1).
    private mutating func line(_ content: String) {
        var width = 0
        for scalar in content.unicodeScalars {
            let size = UTF8.width(scalar)
            if width + size > 75 {
                text += "\r\n "
                width = 1
            }
            text.unicodeScalars.append(scalar)
            width += size
        }
        text += "\r\n"
    }
}
