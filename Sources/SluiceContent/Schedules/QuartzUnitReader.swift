import SluiceForecast
import SluiceModel

/// Turns the small trees of a schedule file into jobs, triggers and commands, by the rules of Quartz 2.3.2.
///
/// The rules are those of `XMLSchedulingDataProcessor`: texts are trimmed, blank is absent, and what its builders
/// would throw is an error here, with the unit left out (scheduler-xml.md section 5).
struct QuartzUnitReader {
    let file: String
    let now: Timestamp
    let defaultZone: TimeZoneRules
    var dialect = ScheduleDialect.quartz

    /// A job; an error when it has no name or class.
    func job(_ element: QuartzElement, warnings: inout DiagnosticList) throws(ContentError) -> ScheduleJob {
        guard let key = element.key() else { throw failure("a job has no name", element) }
        let jobClass = element.value("job-class") ?? (dialect.isQuartzNamespace ? nil : element.value("job-type"))
        guard let jobClass else {
            let name = dialect.isDotNET ? "job-type" : "job-class"
            throw failure("the job \(shown(key.name)) has no \(name)", element)
        }
        warnOfKeyless(element, warnings: &warnings)
        let durability = dialect.isDotNET ? "durable" : "durability"
        return ScheduleJob(
            key: key, jobClass: jobClass, description: element.value("description"),
            isDurable: flag(durability, element, warnings: &warnings),
            requestsRecovery: flag("recover", element, warnings: &warnings), data: element.data, line: element.line)
    }

    /// A trigger, from the `cron`, `simple` or `calendar-interval` element; warnings go to the list.
    ///
    /// - Parameter enclosing: The job inside which it stands, in a legacy file; it need not name that.
    func trigger(
        _ element: QuartzElement, enclosing: ScheduleKey? = nil, warnings: inout DiagnosticList
    ) throws(ContentError) -> ScheduleTrigger {
        // Quartz asks for the name as written: a prefix makes it unknown.
        let kinds = ["simple", "cron", "calendar-interval"] + (dialect == .quartz18 ? ["date-interval"] : [])
        let kind = dialect.isQuartzNamespace ? element.qualifiedName : element.name
        guard kinds.contains(kind), element.isQuartz else {
            throw failure("unknown trigger type <\(shown(element.qualifiedName))>", element)
        }
        guard let key = element.key() else { throw failure("a trigger has no name", element) }
        guard let job = element.key(name: "job-name", group: "job-group") ?? enclosing else {
            throw failure("the trigger \(shown(key.name)) has no job-name", element)
        }
        let isSimple = element.name == "simple"
        var misfire = QuartzMisfire.smartPolicy
        if let word = element.value("misfire-instruction") {
            let isStrict = dialect.isQuartz2
            guard
                let known = isStrict
                    ? QuartzMisfire(word: word, isSimple: isSimple)
                    : QuartzMisfire(lenientWord: word, isSimple: isSimple)
            else {
                throw failure(
                    "the trigger \(shown(key.name)) has an unknown misfire instruction: \(shown(word))", element)
            }
            misfire = known
        }
        var start = try start(element, warnings: &warnings)
        if element.name == "cron" {
            // Cron triggers begin at whole seconds (CronTriggerImpl.setStartTime).
            start = start.cutToSecond
        }
        let endText = element.value("end-time")
        let isBeforeAll = endText.map { $0.hasPrefix("-") && XMLDateTime.isBeyond($0) } == true
        let end =
            try isBeforeAll
            ? nil : endText.map { text throws(ContentError) in try instant(text, "end-time", element) }
        if isBeforeAll || end.map({ $0 < start }) == true {
            throw failure("the trigger \(shown(key.name)) ends before it starts", element)
        }
        warnOfKeyless(element, warnings: &warnings)
        return ScheduleTrigger(
            key: key, job: job, timing: try timing(element, warnings: &warnings),
            description: element.value("description"),
            priority: Int(try integer("priority", element, Int64(Int32.min)...Int64(Int32.max)) ?? 5),
            calendarName: element.value("calendar-name"), misfire: misfire, start: start, end: end,
            data: element.data, line: element.line)
    }

    /// A command of `pre-processing-commands`; nil for an element that is none.
    func command(_ element: QuartzElement) throws(ContentError) -> QuartzCommand? {
        let text = trimmed(element.text)
        switch element.name {
        case "delete-jobs-in-group": return text.isEmpty ? nil : .deleteJobsInGroup(text)
        case "delete-triggers-in-group": return text.isEmpty ? nil : .deleteTriggersInGroup(text)
        case "delete-job", "delete-trigger":
            guard let key = element.key() else { throw failure("<\(element.name)> has no name", element) }
            return element.name == "delete-job" ? .deleteJob(key) : .deleteTrigger(key)
        default: return nil
        }
    }

    /// A directive. Quartz knows `true`, `yes` and `y`: `1` is valid XML and means no.
    func directive(_ name: String, _ element: QuartzElement, warnings: inout DiagnosticList) -> Bool {
        let text = element.value(name)?.lowercased() ?? ""
        if dialect.isDotNET { return text == "true" || text == "1" }
        let isYes = ["true", "yes", "y"].contains(text)
        if !isYes, text != "false", text != "0" { warnOfBoolean(name, element, warnings: &warnings) }
        return isYes
    }

    /// `durability` or `recover`: for Quartz only the word `true` is true.
    private func flag(_ name: String, _ element: QuartzElement, warnings: inout DiagnosticList) -> Bool {
        guard let text = element.value(name) else { return false }
        if dialect.isDotNET { return text.lowercased() == "true" || text == "1" }
        if !["true", "false", "0"].contains(text) { warnOfBoolean(name, element, warnings: &warnings) }
        return text == "true"
    }

    private func warnOfKeyless(_ element: QuartzElement, warnings: inout DiagnosticList) {
        for entry in element.keylessEntries {
            warnings.warn(
                "schedule-data-key", "an entry of a job-data-map has no key and is left out", file: file,
                line: entry.line, column: entry.column)
        }
    }

    private func warnOfBoolean(_ name: String, _ element: QuartzElement, warnings: inout DiagnosticList) {
        let child = element.child(name) ?? element
        warnings.warn(
            "quartz-boolean",
            "Quartz silently takes “\(shown(trimmed(child.text)))” of <\(name)> for false; write true or false",
            file: file, line: child.line, column: child.column)
    }

    // MARK: Timing

    private func timing(
        _ element: QuartzElement, warnings: inout DiagnosticList
    ) throws(ContentError) -> ScheduleTrigger.Timing {
        switch element.name {
        case "cron":
            guard let expression = element.value("cron-expression") else {
                throw failure("a cron trigger has no cron-expression", element)
            }
            try check(expression, element, warnings: &warnings)
            return .cron(expression: expression, timeZone: try zone(element, warnings: &warnings).identifier)
        case "simple":
            let isEndless = dialect.isDotNET && element.value("repeat-count") == "RepeatIndefinitely"
            let count = isEndless ? -1 : try integer("repeat-count", element, -1...Int64(Int32.max)) ?? 0
            let interval = try integer("repeat-interval", element, 0...Int64.max) ?? 0
            return .simple(repeatCount: Int(count), repeatIntervalMilliseconds: interval)
        default:
            guard let interval = try integer("repeat-interval", element, 1...Int64(Int32.max)) else {
                throw failure("a \(element.name) trigger has no repeat-interval", element)
            }
            let word = element.value("repeat-interval-unit")
            let unitWord = dialect.isDotNET ? word?.uppercased() : word
            guard let unit = unitWord.flatMap(ScheduleTrigger.IntervalUnit.init(rawValue:)) else {
                throw failure("<repeat-interval-unit> may not be “\(shown(word ?? ""))”", element)
            }
            return .calendarInterval(interval: Int(interval), unit: unit)
        }
    }

    private func zone(
        _ element: QuartzElement, warnings: inout DiagnosticList
    ) throws(ContentError) -> TimeZoneRules {
        guard let child = element.child("time-zone"), let id = element.value("time-zone") else { return defaultZone }
        if let zone = TimeZoneRules(javaIdentifier: id) { return zone }
        guard !dialect.isDotNET else {
            if let region = WindowsZones.region(of: id), let zone = TimeZoneRules(javaIdentifier: region) {
                return zone
            }
            throw failure(
                "the time zone \(shown(id)) is neither a region nor one of Windows; name a region such as "
                    + "Europe/Berlin, which Quartz.NET knows too", child)
        }
        warnings.warn(
            "quartz-time-zone", "the time zone \(shown(id)) is unknown; Quartz silently takes GMT", file: file,
            line: child.line, column: child.column)
        return .gmt
    }

    /// Refuses what Quartz's own parser does, and warns of what it reads otherwise than meant.
    private func check(
        _ expression: String, _ element: QuartzElement, warnings: inout DiagnosticList
    ) throws(ContentError) {
        let place = element.child("cron-expression") ?? element
        do throws(CronError) {
            for remark in ScheduleCron.remarks(try CronExpression(expression)) {
                warnings.warn(
                    remark.code, remark.message, file: file, line: place.line, column: place.column)
            }
        } catch {
            throw failure("the cron expression “\(shown(expression))”: \(error.description)", place)
        }
    }

    private func start(_ element: QuartzElement, warnings: inout DiagnosticList) throws(ContentError) -> Timestamp {
        // Quartz looks for the seconds first.
        if let seconds = try integer("start-time-seconds-in-future", element, Int64.min...Int64.max) {
            // As Java reckons it, which may run over.
            let start = Timestamp(milliseconds: now.milliseconds &+ seconds &* 1000)
            guard Timestamp.calendarYears.contains(start) else {
                throw beyond("start-time-seconds-in-future", element)
            }
            return start
        }
        guard let text = element.value("start-time") else { return now }
        let start = try instant(text, "start-time", element)
        if dialect == .quartz18 || dialect == .quartzLegacy { warnOfOldTime(text, element, warnings: &warnings) }
        return start
    }

    /// Quartz 1 reads times by `yyyy-MM-dd'T'hh:mm:ss`: hour 12 is 0, and the offset counts for nothing.
    private func warnOfOldTime(_ text: String, _ element: QuartzElement, warnings: inout DiagnosticList) {
        guard let time = XMLDateTime(text), let child = element.child("start-time") else { return }
        let isNoon = (time.wallTime.milliseconds / 3_600_000) % 24 == 12
        guard isNoon || time.offsetMinutes != nil else { return }
        warnings.warn(
            "quartz-1.8-time",
            "Quartz 1 reads “\(shown(text))” otherwise than Quartz 2: it ignores an offset and takes hour 12 for 0; "
                + "shown is what Quartz 2 reads", file: file, line: child.line, column: child.column)
    }

    /// Code of an instant that Quartz may well take, but no time here can be.
    static let beyondCode = "schedule-year"

    private func beyond(_ name: String, _ element: QuartzElement) -> ContentError {
        ContentError(
            Self.beyondCode, "left out: <\(name)> is beyond the years 1 to 9999, which are read here", file: file,
            line: element.line, column: element.column)
    }

    private func instant(
        _ text: String, _ name: String, _ element: QuartzElement
    ) throws(ContentError) -> Timestamp {
        if XMLDateTime.isBeyond(text) { throw beyond(name, element) }
        guard let time = XMLDateTime(text) else { throw failure("“\(shown(text))” is not a date and time", element) }
        return time.instant(in: defaultZone)
    }

    private func integer(
        _ name: String, _ element: QuartzElement, _ range: ClosedRange<Int64>
    ) throws(ContentError) -> Int64? {
        guard let text = element.value(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw failure("<\(name)> may not be “\(shown(text))”", element.child(name) ?? element)
        }
        return value
    }

    private func failure(_ message: String, _ element: QuartzElement) -> ContentError {
        ContentError(
            dialect.isQuartzNamespace ? "quartz-refused" : "schedule-refused",
            dialect.isQuartzNamespace ? "Quartz refuses this file: \(message)" : "left out: \(message)", file: file,
            line: element.line, column: element.column)
    }
}
