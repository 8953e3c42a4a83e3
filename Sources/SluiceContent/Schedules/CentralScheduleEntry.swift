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
    private let defaultZone: TimeZoneRules
    private let limits: ContentLimits

    init(
        _ value: JSONValue, file: String, line: Int, now: Timestamp, defaultZone: TimeZoneRules,
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
        let trigger = try trigger(id, expression)
        let timing: ScheduleTrigger.Timing
        switch trigger.timing {
        case .cron(let cron, let zone): timing = .cron(expression: cron.text, timeZone: zone.identifier)
        case .simple(let count, let beat): timing = .simple(repeatCount: count, repeatIntervalMilliseconds: beat)
        case .cronEither, .calendarInterval: throw failure("the schedule \(shown(id)) has a trigger of another kind")
        }
        let result = ScheduleTrigger(
            key: ScheduleKey(group: CentralScheduleReader.group, name: id), job: job.key, timing: timing,
            description: try text("flowScheduleName"), start: trigger.start, end: trigger.end, data: inputs(),
            isEnabled: try flag("enabled") ?? true, isReplayable: !hasSecrets(id), line: line)
        if value["misfireInstruction"].map({ !$0.isNull }) == true {
            remark(.note, "central-misfire", "misfireInstruction is set; what Central makes of it is not known")
        }
        return (result, job)
    }

    // MARK: Timing

    /// When it fires, as for a schedule of a running Central; and what is odd about that.
    private mutating func trigger(_ id: String, _ expression: String) throws(ContentError) -> Trigger {
        var schedule = CentralSchedule(id: ScheduleID(id), name: id, triggerExpression: expression, isEnabled: true)
        schedule.startDate = try instant("startDate")
        schedule.endDate = try instant("endDate")
        schedule.nextFireTime = schedule.startDate == nil ? try instant("nextFireTime") : nil
        schedule.occurrenceCount = Int64(try occurrences())
        schedule.timeZone = try text("timeZone").flatMap { $0.isEmpty ? nil : $0 }
        let trigger: Trigger
        do throws(Trigger.CentralFault) {
            // One that names no start and has ended began before that; only then is the order kept.
            trigger = try Trigger(
                schedule, defaultZone: defaultZone, silentStart: min(now, schedule.endDate ?? now),
                zones: { TimeZoneRules(javaIdentifier: $0) })
        } catch {
            throw failure(words(error, id, expression))
        }
        switch trigger.timing {
        case .cron(let cron, _): remark(on: cron, schedule)
        default:
            let hasEnded = schedule.endDate.map { $0 <= now } ?? false
            if schedule.startDate ?? schedule.nextFireTime == nil, !hasEnded {
                remark(
                    .warning, "central-no-start",
                    "the schedule \(shown(id)) has neither startDate nor nextFireTime; its interval is counted from "
                        + "the time of reading")
            }
        }
        return trigger
    }

    private func words(_ fault: Trigger.CentralFault, _ id: String, _ expression: String) -> String {
        switch fault {
        case .interval: "triggerExpression may not be “\(shown(expression))”: \(fault.description)"
        case .cron: "triggerExpression “\(shown(expression))”: \(fault.description)"
        case .endsBeforeStart, .unanchored: "the schedule \(shown(id)): \(fault.description)"
        }
    }

    private mutating func remark(on cron: CronExpression, _ schedule: CentralSchedule) {
        for found in ScheduleCron.remarks(cron) { remark(.warning, found.code, found.message) }
        if cron.text.split(whereSeparator: { $0 == " " || $0 == "\t" }).count > 6 {
            remark(
                .warning, "central-cron-year",
                "triggerExpression “\(shown(cron.text))” has 7 fields; OO 10.51 refuses that, drop the year")
        }
        if schedule.occurrenceCount != 0 {
            remark(
                .warning, "central-occurrences", "numOfOccurrences is not counted for a cron expression; use endDate")
        }
        if let zone = schedule.timeZone, TimeZoneRules(javaIdentifier: zone) == nil {
            remark(.warning, "quartz-time-zone", "the time zone \(shown(zone)) is unknown; Java silently takes GMT")
        }
    }

    private func occurrences() throws(ContentError) -> Int {
        guard let value = value["numOfOccurrences"], !value.isNull else { return 0 }
        guard let count = value.number.flatMap(Self.whole).map(Int.init) ?? value.string.flatMap(Int.init),
            (0...Int(Int32.max)).contains(count)
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
        if let milliseconds = value[name]?.number.flatMap(Self.whole) ?? Int64(text) {
            let time = Timestamp(milliseconds: milliseconds)
            guard Timestamp.calendarYears.contains(time) else {
                throw failure("\(name) is no time between the years 1 and 9999")
            }
            return time
        }
        guard let time = XMLDateTime(text) else {
            throw failure("\(name) may not be “\(shown(text))”: write milliseconds since 1970, or an ISO time")
        }
        return time.instant(in: defaultZone)
    }

    /// A whole number, however it is written: also `1500000000000.0` and `1.5e12`.
    private static func whole(_ number: JSONNumber) -> Int64? {
        if let value = number.int64 { return value }
        guard let value = number.double, value.rounded() == value, value.magnitude <= 9_007_199_254_740_992 else {
            return nil
        }
        return Int64(value)
    }

    private func inputs() -> [ScheduleDataEntry] {
        guard let members = value["inputs"]?.object?.members else { return [] }
        return members.prefix(limits.scheduleElementCountMax).map { member in
            ScheduleDataEntry(key: member.name, value: member.value.string ?? member.value.write())
        }.sorted { $0.key < $1.key }
    }

    private mutating func hasSecrets(_ id: String) -> Bool {
        guard let hidden = value["sensitiveInputs"] else { return false }
        let names = hidden.namesOfHiddenValues
        guard names != [] else { return false }
        let what =
            names.map { "\($0.count) sensitive inputs, which Central does not give away" }
            ?? "sensitiveInputs of a shape that is not known (\(hidden.kind)), which may stand for any number"
        remark(
            .warning, "central-secrets",
            "the schedule \(shown(id)) has \(what): its missed times are not-replayable and left to Central")
        return true
    }

    private mutating func remark(_ severity: Diagnostic.Severity, _ code: String, _ message: String) {
        remarks.append(Diagnostic(severity: severity, code: code, message: message, file: file, line: line))
    }

    private func failure(_ message: String) -> ContentError {
        ContentError("central-schedule", "left out: \(message)", file: file, line: line)
    }
}
