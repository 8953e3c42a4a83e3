import SluiceModel

/// One `VEVENT` while it becomes a blackout.
struct ICalendarEvent {
    let lines: [ICalendarLine]
    /// At most 200 characters of it.
    let uid: String

    /// Why it, or a part of it, cannot be read.
    struct Fault: Error {
        let description: String
        let line: Int?
    }

    init(_ lines: [ICalendarLine]) {
        self.lines = lines
        let text = lines.first { $0.name == "UID" }?.text ?? "no-uid-line-\(lines.first?.number ?? 0)"
        uid = String(text.prefix(200))
    }

    func line(_ name: String) -> ICalendarLine? { lines.first { $0.name == name } }

    /// Whether it lasts whole days.
    var isDate: Bool {
        guard let line = line("DTSTART"), case .date? = CalendarText.time(line.value) else { return false }
        return true
    }

    /// What is cancelled or does not make its owner busy denies nothing.
    var isBlackout: Bool {
        line("STATUS")?.value.uppercased() != "CANCELLED" && line("TRANSP")?.value.uppercased() != "TRANSPARENT"
    }

    /// Whether it has a time and neither an end nor a length: it lasts no time (RFC 5545, 3.6.1).
    var isEmpty: Bool { !isDate && line("DTEND") == nil && line("DURATION") == nil && line("RDATE") == nil }

    /// The blackout, and one for each added period of a length of its own.
    func windows(calendar: String, zone: (String?) -> TimeZoneRules?) throws(Fault) -> [Window] {
        guard let startLine = line("DTSTART") else { throw fault("has no DTSTART", lines.first) }
        guard let start = CalendarText.time(startLine.value) else { throw fault("is not a date or time", startLine) }
        let rules: TimeZoneRules
        let wall: Timestamp
        switch start {
        case .instant(let instant): (rules, wall) = (.utc, instant)
        case .date(let day), .local(let day):
            guard let known = zone(startLine["TZID"]) else {
                throw unknownZone(startLine)
            }
            (rules, wall) = (known, day)
        }
        let length = try length(from: wall, in: rules, isDate: isDate, zone)
        var window = Window(
            id: WindowID(""), kind: .blackout,
            summary: String((line("SUMMARY")?.text ?? "busy").prefix(WindowLimits.summaryByteCountMax / 4)),
            start: wall, timeZone: rules.identifier, days: length.days, seconds: length.seconds,
            by: Principal(""), reason: "", plannedAt: .zero)
        window.place = .init(
            calendar: calendar, event: line("RECURRENCE-ID").map { "\(uid) \($0.value)" } ?? uid)
        if let rule = line("RRULE") {
            do throws(RecurrenceError) { window.rule = try RecurrenceRule(rule.value).description } catch {
                throw fault("\(error)", rule)
            }
            if lines.count(where: { $0.name == "RRULE" }) > 1 {
                throw fault("has a second RRULE; write two events", rule)
            }
        }
        if let rule = line("EXRULE") { throw fault("is not read; write EXDATE", rule) }
        if let changed = line("RECURRENCE-ID"), changed["RANGE"] != nil {
            throw fault("RANGE is not read; split the event where it changes", changed)
        }
        let added = try times("RDATE", in: rules, isDate: isDate, zone)
        window.exclusions = try times("EXDATE", in: rules, isDate: isDate, zone).map(\.wall)
        guard added.count + window.exclusions.count <= WindowLimits.dateCountMax else {
            throw fault("has more than \(WindowLimits.dateCountMax) RDATE and EXDATE", startLine)
        }
        for length in [length] + added.compactMap(\.length) where !Self.isTaken(length) {
            throw fault("lasts longer than \(ICalendarLimits.daysMax) days", startLine)
        }
        return divided(window, added)
    }

    private static func isTaken(_ length: (days: Int, seconds: Int64)) -> Bool {
        Int64(length.days) * 86_400 + length.seconds <= Int64(ICalendarLimits.daysMax) * 86_400
    }

    func fault(_ text: String, _ line: ICalendarLine?) -> Fault {
        Fault(description: "event \(uid): \(line.map { "\($0.name) " } ?? "")\(text)", line: line?.number)
    }

    /// `DTEND` gives every occurrence the same exact length, a day the same nominal one (RFC 5545, 3.8.5.3).
    private func length(
        from wall: Timestamp, in rules: TimeZoneRules, isDate: Bool, _ zone: (String?) -> TimeZoneRules?
    ) throws(Fault) -> (days: Int, seconds: Int64) {
        if let line = line("DURATION") {
            guard let length = Self.duration(line.value) else { throw fault("is not one such as PT4H or P1D", line) }
            guard length.days > 0 || length.seconds > 0 else { throw fault("must be longer than nothing", line) }
            return length
        }
        guard let line = line("DTEND") else { return isDate ? (1, 0) : try empty() }
        guard let end = CalendarText.time(line.value) else { throw fault("is not a date or time", line) }
        let instant: Timestamp
        switch end {
        case .date(let day):
            let days = day.since(wall) / .seconds(86_400)
            guard isDate, days >= 1 else { throw fault("must be a later date, as DTSTART is", line) }
            return (Int(days), 0)
        case .instant(let given): instant = given
        case .local(let local):
            guard let endRules = line["TZID"] == nil ? rules : zone(line["TZID"]) else {
                throw unknownZone(line)
            }
            instant = endRules.calendarInstant(ofWallTime: local)
        }
        let length = instant.since(rules.calendarInstant(ofWallTime: wall))
        if length > .zero { return (0, length.components.seconds) }
        // A start in the gap is read after it, and so may lie behind its own end: then it lasts as long as it says.
        if case .local(let local) = end, line["TZID"].map({ zone($0)?.identifier == rules.identifier }) ?? true {
            let nominal = local.since(wall)
            if nominal > .zero { return (0, nominal.components.seconds) }
        }
        throw fault("must be later than DTSTART", line)
    }

    /// Added periods have lengths of their own, but the start has none.
    private func empty() throws(Fault) -> (days: Int, seconds: Int64) {
        throw fault("has neither DTEND nor DURATION, so it lasts no time", line("DTSTART"))
    }

    /// `P1W`, `P1DT4H`, `PT30M`: whole days count as local days, the rest exactly.
    static func duration(_ text: String) -> (days: Int, seconds: Int64)? {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard rest.popFirst() == UInt8(ascii: "P") else { return nil }
        var (days, seconds, isTime, count) = (0, Int64(0), false, 0)
        while let first = rest.first {
            if first == UInt8(ascii: "T"), !isTime {
                isTime = true
                rest.removeFirst()
                continue
            }
            let digits = rest.prefix { (48...57).contains($0) }
            guard !digits.isEmpty, digits.count <= 7, let number = Int(String(Substring(digits))) else { return nil }
            rest = rest[digits.endIndex...]
            switch (isTime, rest.popFirst()) {
            case (false, UInt8(ascii: "W")): days += number * 7
            case (false, UInt8(ascii: "D")): days += number
            case (true, UInt8(ascii: "H")): seconds += Int64(number) * 3600
            case (true, UInt8(ascii: "M")): seconds += Int64(number) * 60
            case (true, UInt8(ascii: "S")): seconds += Int64(number)
            default: return nil
            }
            count += 1
        }
        return count > 0 ? (days, seconds) : nil
    }
}
