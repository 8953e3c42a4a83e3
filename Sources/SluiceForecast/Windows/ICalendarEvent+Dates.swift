import SluiceModel

/// Dates beside the start: `RDATE`, `EXDATE`, `RECURRENCE-ID`.
extension ICalendarEvent {
    /// A time that a line names.
    struct Listed {
        /// In the event's zone, as if it were UTC.
        var wall: Timestamp
        /// Of a period.
        var length: (days: Int, seconds: Int64)?
    }

    /// The times of all lines of a name.
    /// - Throws: For one that cannot be read: a blackout must not go missing in silence.
    func times(
        _ name: String, in rules: TimeZoneRules, isDate: Bool, _ zone: (String?) -> TimeZoneRules?
    ) throws(Fault) -> [Listed] {
        var found: [Listed] = []
        for line in lines where line.name == name {
            for text in line.value.split(separator: ",", omittingEmptySubsequences: false) {
                guard found.count <= WindowLimits.dateCountMax else { return found }
                found.append(try date(text, line, in: rules, isDate: isDate, zone))
            }
        }
        return found
    }

    /// Of an event that stands in place of an occurrence, that one's time in the zone of the event that recurs.
    func replaced(
        in rules: TimeZoneRules, isDate: Bool, zone: (String?) -> TimeZoneRules?
    ) throws(Fault) -> [Timestamp] {
        try times("RECURRENCE-ID", in: rules, isDate: isDate, zone).map(\.wall)
    }

    private func date(
        _ text: Substring, _ line: ICalendarLine, in rules: TimeZoneRules, isDate: Bool,
        _ zone: (String?) -> TimeZoneRules?
    ) throws(Fault) -> Listed {
        let parts = text.split(separator: " ").joined().split(separator: "/", omittingEmptySubsequences: false)
        let start = try wall(parts.first ?? "", line, in: rules, isDate: isDate, zone)
        guard parts.count > 1 else { return Listed(wall: start) }
        guard line.name == "RDATE", parts.count == 2, !isDate else {
            throw fault("\"\(text.prefix(60))\" is a period, which only RDATE of an event with a time has", line)
        }
        if parts[1].hasPrefix("P") {
            guard let length = Self.duration(String(parts[1])), length.days > 0 || length.seconds > 0 else {
                throw fault("\"\(text.prefix(60))\" is not a start and a length such as PT4H", line)
            }
            return Listed(wall: start, length: length)
        }
        let end = try wall(parts[1], line, in: rules, isDate: isDate, zone)
        let length = rules.calendarInstant(ofWallTime: end).since(rules.calendarInstant(ofWallTime: start))
        guard length > .zero else { throw fault("\"\(text.prefix(60))\" ends before it begins", line) }
        return Listed(wall: start, length: (0, length.components.seconds))
    }

    /// A time without a zone is in that of `DTSTART`.
    private func wall(
        _ text: Substring, _ line: ICalendarLine, in rules: TimeZoneRules, isDate: Bool,
        _ zone: (String?) -> TimeZoneRules?
    ) throws(Fault) -> Timestamp {
        switch CalendarText.time(text) {
        case .date(let day) where isDate: return day
        case .instant(let instant) where !isDate: return rules.wallTime(at: instant)
        case .local(let wall) where !isDate:
            guard line["TZID"] != nil else { return wall }
            guard let own = zone(line["TZID"]) else { throw unknownZone(line) }
            if own.identifier == rules.identifier { return wall }
            return rules.wallTime(at: own.calendarInstant(ofWallTime: wall))
        case nil: throw fault("\"\(text.prefix(40))\" is not a date or time", line)
        default:
            throw fault(
                "\"\(text.prefix(40))\" must be a \(isDate ? "date" : "date with a time"), as DTSTART is", line)
        }
    }

    /// Periods as long as the event are more of its times; each other one is a blackout by itself.
    func divided(_ window: Window, _ added: [Listed]) -> [Window] {
        var main = window
        var others: [Window] = []
        for date in added {
            guard let length = date.length, length != (window.days, window.seconds) else {
                main.additions.append(date.wall)
                continue
            }
            guard !window.exclusions.contains(date.wall) else { continue }
            var other = window
            other.rule = nil
            other.exclusions = []
            (other.start, other.days, other.seconds) = (date.wall, length.days, length.seconds)
            other.place?.event += " \(CalendarText.text(ofWall: date.wall))"
            others.append(other)
        }
        return [main] + others
    }

    func unknownZone(_ line: ICalendarLine) -> Fault {
        fault(
            "the time zone \"\((line["TZID"] ?? "of times without one").prefix(60))\" is not known; use an id such as "
                + "Europe/London, or name one by X-LIC-LOCATION in its VTIMEZONE", line)
    }
}

extension ICalendarLine {
    /// Whether it has a date or time that stands for another instant in each zone.
    var isWithoutZone: Bool {
        guard name == "DTSTART", self["TZID"] == nil else { return false }
        switch CalendarText.time(value) {
        case .date, .local: return true
        case .instant, nil: return false
        }
    }
}
