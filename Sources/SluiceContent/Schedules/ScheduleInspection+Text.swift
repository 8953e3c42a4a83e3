import SluiceForecast
import SluiceModel

extension ScheduleInspection {
    /// A summary for people: of each file its dialect, both verdicts, a line per job and trigger, and its diagnostics.
    public var text: String {
        var lines: [String] = []
        for file in files {
            // One that could not be opened has nothing to show; the error is said by whoever prints this.
            if file.dialect == nil, let problem = file.diagnostics.first, problem.code.hasPrefix("file-") {
                lines.append("\(Self.shown(file.file)): not read")
                continue
            }
            lines.append("\(Self.shown(file.file)): \(file.jobs.count) jobs, \(file.triggers.count) triggers")
            let errorCount = file.diagnostics.count { $0.severity == .error }
            lines.append(
                "  dialect: \(file.dialect?.rawValue ?? "unknown"); read \(errorCount == 0 ? "well" : "with errors"); "
                    + Self.words(file.quartz))
            for job in file.jobs {
                let jobClass = job.jobClass.map { ": " + Self.shown($0) } ?? ""
                lines.append("  job \(Self.shown(job.key))\(jobClass)\(job.isDurable ? ", durable" : "")")
            }
            for (trigger, flow) in zip(file.triggers, file.flows(by: rules)) { lines.append(line(trigger, flow)) }
            lines += file.diagnostics.map { "  " + SluiceContent.shown($0.description, charactersMax: 1000) }
        }
        if let zoneData { lines.append("zone data: \(zoneData)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ trigger: ScheduleTrigger, _ flow: FlowID?) -> String {
        var line = "  trigger \(Self.shown(trigger.key)) runs \(Self.shown(trigger.job)): \(Self.words(trigger.timing))"
        line += ", from \(trigger.start)"
        if let end = trigger.end { line += " to \(end)" }
        line += ", misfire \(trigger.misfire.word.dropFirst("MISFIRE_INSTRUCTION_".count))"
        if let flow { line += ", flow \(Self.shown(flow.text))" }
        if !trigger.isEnabled { line += ", disabled" }
        if let next = next(trigger) {
            line += Self.isShown(next) ? ", next \(next)" : ", next after the year 9999"
        }
        return line
    }

    private static func shown(_ text: String) -> String { SluiceContent.shown(text) }
    private static func shown(_ key: ScheduleKey) -> String { "\(shown(key.group)).\(shown(key.name))" }

    private static func words(_ verdict: QuartzVerdict) -> String {
        switch verdict {
        case .accepts: "Quartz 2.3.2 takes it"
        case .refuses(let reason): "Quartz 2.3.2 refuses it: \(SluiceContent.shown(reason, charactersMax: 300))"
        case .unknown(let reason): "whether Quartz 2.3.2 takes it is unknown: \(shown(reason))"
        }
    }

    private static func words(_ timing: ScheduleTrigger.Timing) -> String {
        switch timing {
        case .cron(let expression, let zone): "cron \(shown(expression)) in \(shown(zone))"
        case .cronOnBothDays(let expression, let zone):
            "cron \(shown(expression)) in \(shown(zone)), on days in both day fields"
        case .simple(0, _): "once"
        case .simple(-1, let beat): "every \(beat) ms for ever"
        case .simple(let count, let beat): "every \(beat) ms, \(count) repeats"
        case .calendarInterval(let interval, let unit): "every \(interval) \(unit.rawValue)"
        }
    }
}
