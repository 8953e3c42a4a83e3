import SluiceForecast
import SluiceModel

/// Turns the small trees of a schedule file into jobs, triggers and commands, by the rules of Quartz 2.3.2.
///
/// The rules are those of `XMLSchedulingDataProcessor`: texts are trimmed, blank is absent, and what its builders
/// would throw is an error here, with the unit left out (scheduler-xml.md section 5).
struct QuartzUnitReader {
    let file: String
    let now: Timestamp
    let defaultZone: ScheduleZone

    /// A job; an error when it has no name or class.
    func job(_ element: QuartzElement) throws(ContentError) -> QuartzJob {
        guard let key = element.key() else { throw failure("a job has no name", element) }
        guard let jobClass = element.value("job-class") else {
            throw failure("the job \(shown(key.name)) has no job-class", element)
        }
        return QuartzJob(
            key: key, jobClass: jobClass, description: element.value("description"),
            isDurable: Self.isTrue(element.value("durability")),
            requestsRecovery: Self.isTrue(element.value("recover")), data: element.data, line: element.line)
    }

    /// A trigger, from the `cron`, `simple` or `calendar-interval` element; warnings go to the list.
    func trigger(_ element: QuartzElement, warnings: inout DiagnosticList) throws(ContentError) -> QuartzTrigger {
        // Quartz asks for the name as written: a prefix makes it unknown.
        guard ["simple", "cron", "calendar-interval"].contains(element.qualifiedName), element.isQuartz else {
            throw failure("unknown trigger type <\(shown(element.qualifiedName))>", element)
        }
        guard let key = element.key() else { throw failure("a trigger has no name", element) }
        guard let job = element.key(name: "job-name", group: "job-group") else {
            throw failure("the trigger \(shown(key.name)) has no job-name", element)
        }
        let isSimple = element.name == "simple"
        var misfire = QuartzMisfire.smartPolicy
        if let word = element.value("misfire-instruction") {
            guard let known = QuartzMisfire(word: word, isSimple: isSimple) else {
                throw failure(
                    "the trigger \(shown(key.name)) has an unknown misfire instruction: \(shown(word))", element)
            }
            misfire = known
        }
        var start = try start(element)
        if element.name == "cron" {
            // Cron triggers begin at whole seconds (CronTriggerImpl.setStartTime).
            let rest = start.milliseconds % 1000
            start = Timestamp(milliseconds: start.milliseconds - (rest < 0 ? rest + 1000 : rest))
        }
        let end = try element.value("end-time").map { text throws(ContentError) in try instant(text, element) }
        if let end, end < start {
            throw failure("the trigger \(shown(key.name)) ends before it starts", element)
        }
        return QuartzTrigger(
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

    /// How Quartz reads the booleans of its directives: `1` is valid XML and means no.
    static func isYes(_ text: String?) -> Bool { ["true", "yes", "y"].contains(text?.lowercased() ?? "") }

    private static func isTrue(_ text: String?) -> Bool { text?.lowercased() == "true" }

    // MARK: Timing

    private func timing(
        _ element: QuartzElement, warnings: inout DiagnosticList
    ) throws(ContentError) -> QuartzTrigger.Timing {
        switch element.name {
        case "cron":
            guard let expression = element.value("cron-expression") else {
                throw failure("a cron trigger has no cron-expression", element)
            }
            try checkFields(expression, element)
            return .cron(expression: expression, timeZone: zone(element, warnings: &warnings).identifier)
        case "simple":
            let count = try integer("repeat-count", element, -1...Int64(Int32.max)) ?? 0
            let interval = try integer("repeat-interval", element, 0...Int64.max) ?? 0
            return .simple(repeatCount: Int(count), repeatIntervalMilliseconds: interval)
        default:
            guard let interval = try integer("repeat-interval", element, 1...Int64(Int32.max)) else {
                throw failure("a calendar-interval trigger has no repeat-interval", element)
            }
            let word = element.value("repeat-interval-unit")
            guard let unit = word.flatMap(QuartzTrigger.IntervalUnit.init(rawValue:)) else {
                throw failure("<repeat-interval-unit> may not be “\(shown(word ?? ""))”", element)
            }
            return .calendarInterval(interval: Int(interval), unit: unit)
        }
    }

    private func zone(_ element: QuartzElement, warnings: inout DiagnosticList) -> ScheduleZone {
        guard let child = element.child("time-zone"), let id = element.value("time-zone") else { return defaultZone }
        if let zone = ScheduleZone(javaIdentifier: id) { return zone }
        warnings.warn(
            "quartz-time-zone", "the time zone \(shown(id)) is unknown; Quartz silently takes GMT", file: file,
            line: child.line, column: child.column)
        return .gmt
    }

    /// The faults that need no cron parser: too few fields, not exactly one `?` among the two day fields, and what the
    /// schema's pattern takes and Quartz does not.
    private func checkFields(_ expression: String, _ element: QuartzElement) throws(ContentError) {
        let place = element.child("cron-expression") ?? element
        let fields = expression.split { $0 == " " || $0 == "\t" }
        guard fields.count >= 6 else {
            throw failure("the cron expression “\(shown(expression))” has fewer than 6 fields", place)
        }
        guard (fields[3].hasPrefix("?")) != (fields[5].hasPrefix("?")) else {
            throw failure(
                "the cron expression “\(shown(expression))” needs ? in exactly one of day of month and day of week",
                place)
        }
        // A text that the pattern refuses has its error; Quartz takes forms there that look like these.
        if QuartzCronSchema.accepts(expression), let field = QuartzCronSchema.fieldThatQuartzRefuses(fields) {
            throw failure(
                "the cron expression “\(shown(expression))” may not have “\(shown(String(field)))” there", place)
        }
    }

    private func start(_ element: QuartzElement) throws(ContentError) -> Timestamp {
        if let text = element.value("start-time") { return try instant(text, element) }
        guard let seconds = try integer("start-time-seconds-in-future", element, -2_147_483_648...2_147_483_647) else {
            return now
        }
        return Timestamp(milliseconds: now.milliseconds + seconds * 1000)
    }

    private func instant(_ text: String, _ element: QuartzElement) throws(ContentError) -> Timestamp {
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
            "quartz-refused", "Quartz refuses this file: \(message)", file: file, line: element.line,
            column: element.column)
    }
}
