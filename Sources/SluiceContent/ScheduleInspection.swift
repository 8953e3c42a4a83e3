import SluiceModel

/// Shows what schedule files hold, merged; the JSON is read by other tools and versioned (design/interfaces.md).
public enum ScheduleInspection {
    /// Version of the JSON's shape.
    public static let format = 1

    /// One JSON object for all files, without a newline at its end; keys always stand in the same order.
    ///
    /// Times are RFC 3339 in UTC. A calendar interval has its number in `repeatInterval`, in `repeatIntervalUnit`s:
    /// a month is no number of milliseconds, so `repeatIntervalMilliseconds` is null then.
    public static func json(_ schedules: [QuartzSchedule]) -> String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(format))
            json.key("jobs")
            json.array(schedules.flatMap(\.jobs)) { json, job in
                json.object { json in
                    json.member("group", job.key.group)
                    json.member("name", job.key.name)
                    json.member("class", job.jobClass)
                    json.member("description", job.description)
                    json.member("durable", job.isDurable)
                    append(job.data, to: &json)
                }
            }
            json.key("triggers")
            json.array(schedules.flatMap(\.triggers)) { json, trigger in append(trigger, to: &json) }
            json.key("diagnostics")
            json.array(schedules.flatMap(\.diagnostics)) { json, diagnostic in diagnostic.append(to: &json) }
        }
        return json.text
    }

    private static func append(_ trigger: QuartzTrigger, to json: inout JSONText) {
        var cron: String?
        var timeZone: String?
        var repeatCount: Int?
        var milliseconds: Int64?
        var interval: Int?
        var unit: String?
        switch trigger.timing {
        case .cron(let expression, let zone): (cron, timeZone) = (expression, zone)
        case .simple(let count, let beat): (repeatCount, milliseconds) = (count, beat)
        case .calendarInterval(let count, let word): (interval, unit) = (count, word.rawValue)
        }
        json.object { json in
            json.member("group", trigger.key.group)
            json.member("name", trigger.key.name)
            json.key("job")
            json.object { json in
                json.member("group", trigger.job.group)
                json.member("name", trigger.job.name)
            }
            json.member("type", trigger.timing.word)
            json.member("cron", cron)
            json.member("timeZone", timeZone)
            json.member("start", trigger.start.rfc3339)
            json.member("end", trigger.end?.rfc3339)
            json.member("repeatCount", repeatCount.map(Int64.init))
            json.member("repeatIntervalMilliseconds", milliseconds)
            if let interval { json.member("repeatInterval", Int64(interval)) }
            json.member("repeatIntervalUnit", unit)
            json.member("misfire", trigger.misfire.word)
            json.member("priority", Int64(trigger.priority))
            append(trigger.data, to: &json)
        }
    }

    private static func append(_ data: [QuartzDataEntry], to json: inout JSONText) {
        json.key("data")
        json.object { json in
            for entry in data { json.member(entry.key, entry.value) }
        }
    }

    /// A summary for people: one line per job and trigger of each file, then its diagnostics.
    public static func text(_ schedules: [QuartzSchedule]) -> String {
        var lines: [String] = []
        for schedule in schedules {
            lines.append("\(shown(schedule.file)): \(schedule.jobs.count) jobs, \(schedule.triggers.count) triggers")
            for job in schedule.jobs {
                lines.append("  job \(shown(job.key)): \(shown(job.jobClass))\(job.isDurable ? ", durable" : "")")
            }
            for trigger in schedule.triggers {
                var line = "  trigger \(shown(trigger.key)) runs \(shown(trigger.job)): \(words(trigger.timing))"
                line += ", from \(trigger.start)"
                if let end = trigger.end { line += " to \(end)" }
                lines.append(line + ", misfire \(trigger.misfire.word.dropFirst("MISFIRE_INSTRUCTION_".count))")
            }
            lines += schedule.diagnostics.map { "  " + SluiceContent.shown($0.description, charactersMax: 1000) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func shown(_ text: String) -> String { SluiceContent.shown(text) }
    private static func shown(_ key: QuartzKey) -> String { "\(shown(key.group)).\(shown(key.name))" }

    private static func words(_ timing: QuartzTrigger.Timing) -> String {
        switch timing {
        case .cron(let expression, let zone): "cron \(shown(expression)) in \(shown(zone))"
        case .simple(0, _): "once"
        case .simple(-1, let beat): "every \(beat) ms for ever"
        case .simple(let count, let beat): "every \(beat) ms, \(count) repeats"
        case .calendarInterval(let interval, let unit): "every \(interval) \(unit.rawValue)"
        }
    }
}

extension QuartzTrigger.Timing {
    /// The kind's name in the JSON.
    public var word: String {
        switch self {
        case .cron: "cron"
        case .simple: "simple"
        case .calendarInterval: "calendarInterval"
        }
    }
}
