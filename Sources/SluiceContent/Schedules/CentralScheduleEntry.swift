import SluiceForecast
import SluiceJSON
import SluiceModel

/// One schedule of Central's list on its way to a trigger and a job.
struct CentralScheduleEntry {
    /// What is remarkable about it, in the order found.
    private(set) var remarks: [Diagnostic] = []
    private let value: JSONValue
    private let file: String
    private let line: Int
    private let now: Timestamp
    private let defaultZone: ScheduleZone
    private let limits: ContentLimits

    init(
        _ value: JSONValue, file: String, line: Int, now: Timestamp, defaultZone: ScheduleZone,
        keeps limits: ContentLimits
    ) {
        self.value = value
        self.file = file
        self.line = line
        self.now = now
        self.defaultZone = defaultZone
        self.limits = limits
    }

    /// - Throws: When it has no id, flow or expression, or one that cannot be read; it is left out then.
    mutating func read() throws(ContentError) -> (trigger: ScheduleTrigger, job: ScheduleJob) {
        guard value.object != nil else { throw failure("a schedule must be an object, not \(value.kind)") }
        guard let id = try text("id"), let flowText = try text("flowUuid") else {
            throw failure("a schedule lacks id or flowUuid")
        }
        guard ScheduleID(checking: id) != nil, let flow = FlowID(checking: flowText) else {
            throw failure("id or flowUuid is empty, too long, or has control characters")
        }
        guard let expression = try text("triggerExpression"), !expression.isEmpty else {
            throw failure("the schedule \(shown(id)) has no triggerExpression")
        }
        let job = ScheduleJob(
            key: ScheduleKey(group: CentralScheduleReader.group, name: try text("flowPath") ?? flowText),
            jobClass: nil, flow: flow, line: line)
        let start = try instant("startDate")
        var end = try instant("endDate")
        let timing: ScheduleTrigger.Timing
        if expression.hasPrefix("*/"), !expression.contains(" ") {
            timing = try beat(expression, isOnce: start != nil && start == end)
            if start != nil, start == end { end = nil }
        } else {
            timing = try cron(expression)
        }
        // One that names no start and has ended began before that; only then is the order kept.
        var begin = start ?? min(now, end ?? now)
        if case .cron = timing {
            let rest = begin.milliseconds % 1000
            begin = Timestamp(milliseconds: begin.milliseconds - (rest < 0 ? rest + 1000 : rest))
        }
        if let end, end < begin { throw failure("the schedule \(shown(id)) ends before it starts") }
        let trigger = ScheduleTrigger(
            key: ScheduleKey(group: CentralScheduleReader.group, name: id), job: job.key, timing: timing,
            description: try text("flowScheduleName"), start: begin, end: end, data: inputs(),
            isEnabled: try flag("enabled") ?? true, isReplayable: !hasSecrets(id), line: line)
        if value["misfireInstruction"].map({ !$0.isNull }) == true {
            remark(.note, "central-misfire", "misfireInstruction is set; what Central makes of it is not known")
        }
        return (trigger, job)
    }

    // MARK: Timing

    /// `*/N`: every N milliseconds; the number of occurrences counts launches, 0 is no end.
    private func beat(_ expression: String, isOnce: Bool) throws(ContentError) -> ScheduleTrigger.Timing {
        guard let beat = Int64(expression.dropFirst(2)), beat > 0, !expression.dropFirst(2).hasPrefix("+") else {
            throw failure(
                "triggerExpression may not be “\(shown(expression))”: */N needs a number of milliseconds above 0")
        }
        if isOnce { return .simple(repeatCount: 0, repeatIntervalMilliseconds: beat) }
        let count = try occurrences()
        return .simple(repeatCount: count == 0 ? -1 : count - 1, repeatIntervalMilliseconds: beat)
    }

    private mutating func cron(_ expression: String) throws(ContentError) -> ScheduleTrigger.Timing {
        let fields = expression.split { $0 == " " || $0 == "\t" }
        do throws(CronError) {
            for found in ScheduleCron.remarks(try CronExpression(expression)) {
                remark(.warning, found.code, found.message)
            }
        } catch {
            throw failure("triggerExpression “\(shown(expression))”: \(error.description)")
        }
        if fields.count > 6 {
            remark(
                .warning, "central-cron-year",
                "triggerExpression “\(shown(expression))” has 7 fields; OO 10.51 refuses that, drop the year")
        }
        if try occurrences() != 0 {
            remark(
                .warning, "central-occurrences", "numOfOccurrences is not counted for a cron expression; use endDate")
        }
        guard let id = try text("timeZone"), !id.isEmpty else {
            return .cron(expression: expression, timeZone: defaultZone.identifier)
        }
        if let zone = ScheduleZone(javaIdentifier: id) {
            return .cron(expression: expression, timeZone: zone.identifier)
        }
        remark(.warning, "quartz-time-zone", "the time zone \(shown(id)) is unknown; Java silently takes GMT")
        return .cron(expression: expression, timeZone: ScheduleZone.gmt.identifier)
    }

    private func occurrences() throws(ContentError) -> Int {
        guard let value = value["numOfOccurrences"], !value.isNull else { return 0 }
        guard let count = value.number?.int ?? value.string.flatMap(Int.init), (0...Int(Int32.max)).contains(count)
        else { throw failure("numOfOccurrences must be a number from 0 to \(Int32.max)") }
        return count
    }

    // MARK: Fields

    /// A text, or a number as one.
    private func text(_ name: String) throws(ContentError) -> String? {
        guard let value = value[name], !value.isNull else { return nil }
        if let text = value.string { return trimmed(text) }
        if let number = value.number { return number.text }
        throw failure("\(name) must be a text, not \(value.kind)")
    }

    private func flag(_ name: String) throws(ContentError) -> Bool? {
        guard let value = value[name], !value.isNull else { return nil }
        if let flag = value.bool { return flag }
        switch value.string {
        case "true": return true
        case "false": return false
        default: throw failure("\(name) must be true or false, not \(value.kind)")
        }
    }

    /// Milliseconds since 1970, as a number or its digits, or an ISO time; without an offset in the default zone.
    private func instant(_ name: String) throws(ContentError) -> Timestamp? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        if let milliseconds = Int64(text) {
            guard Self.milliseconds.contains(milliseconds) else {
                throw failure("\(name) is no time between the years 1 and 9999")
            }
            return Timestamp(milliseconds: milliseconds)
        }
        guard let time = XMLDateTime(text) else {
            throw failure("\(name) may not be “\(shown(text))”: write milliseconds since 1970, or an ISO time")
        }
        return time.instant(in: defaultZone)
    }

    /// From the year 1 to 9999.
    private static let milliseconds: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    private func inputs() -> [ScheduleDataEntry] {
        guard let members = value["inputs"]?.object?.members else { return [] }
        return members.prefix(limits.scheduleElementCountMax).map { member in
            ScheduleDataEntry(key: member.name, value: member.value.string ?? member.value.write())
        }.sorted { $0.key < $1.key }
    }

    private mutating func hasSecrets(_ id: String) -> Bool {
        guard let count = value["sensitiveInputs"]?.object?.count, count > 0 else { return false }
        remark(
            .warning, "central-secrets",
            "the schedule \(shown(id)) has \(count) sensitive inputs, which Central does not give away: its missed "
                + "times are not-replayable and left to Central")
        return true
    }

    private mutating func remark(_ severity: Diagnostic.Severity, _ code: String, _ message: String) {
        remarks.append(Diagnostic(severity: severity, code: code, message: message, file: file, line: line))
    }

    private func failure(_ message: String) -> ContentError {
        ContentError("central-schedule", "left out: \(message)", file: file, line: line)
    }
}
