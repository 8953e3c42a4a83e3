import SluiceModel

/// What the parts of a schedule file say about one another: twice the same name, a job that is elsewhere.
struct ScheduleReferences {
    /// Remarks of one kind; the last one then says how many there were.
    private static let remarksOfOneKindMax = 20

    private let file: ScheduleFile

    /// Remarks on a whole file, in the order of their kinds and then of the file.
    static func check(_ file: ScheduleFile, into list: inout DiagnosticList) {
        let references = ScheduleReferences(file: file)
        let remarks = [
            references.duplicates(file.jobs.map { ($0.key, $0.line) }, "job"),
            references.duplicates(file.triggers.map { ($0.key, $0.line) }, "trigger"),
            references.elsewhere(), references.withoutTrigger(), references.calendars(),
        ]
        for kind in remarks {
            for remark in kind.prefix(remarksOfOneKindMax) { list.append(remark) }
            guard kind.count > remarksOfOneKindMax, var last = kind.last else { continue }
            last.message = "there are \(kind.count) remarks of this kind; only the first are shown"
            list.append(last)
        }
    }

    private func duplicates(_ keys: [(key: ScheduleKey, line: Int)], _ kind: String) -> [Diagnostic] {
        var seen: Set<ScheduleKey> = []
        let directives = file.directives
        let outcome =
            directives.overwritesExistingData
            ? "the later replaces it" : directives.ignoresDuplicates ? "the first stays" : "Quartz refuses the second"
        return keys.filter { !seen.insert($0.key).inserted }.map { key, line in
            remark(
                .warning, "schedule-duplicate",
                "there is another \(kind) \(name(key)) before this one; \(outcome)", line)
        }
    }

    private func elsewhere() -> [Diagnostic] {
        let jobs = Set(file.jobs.map(\.key))
        return file.triggers.filter { !jobs.contains($0.job) }.map { trigger in
            remark(
                .note, "schedule-job-elsewhere",
                "the trigger \(name(trigger.key)) runs \(name(trigger.job)), which is not in this file: its scheduler "
                    + "must have it already", trigger.line)
        }
    }

    private func withoutTrigger() -> [Diagnostic] {
        // In a file that Quartz refuses, a trigger may be missing for being wrong.
        guard file.dialect?.isQuartzNamespace == true, file.quartz == .accepts else { return [] }
        let triggered = Set(file.triggers.map(\.job))
        return file.jobs.filter { !$0.isDurable && !triggered.contains($0.key) }.map { job in
            remark(
                .warning, "quartz-job-without-trigger",
                "the job \(name(job.key)) has no trigger and is not durable; Quartz refuses to add it", job.line)
        }
    }

    private func calendars() -> [Diagnostic] {
        file.triggers.compactMap { trigger in
            trigger.calendarName.map { calendar in
                remark(
                    .note, "schedule-calendar",
                    "the trigger \(name(trigger.key)) leaves out the times of calendar \(shown(calendar)), which only "
                        + "its scheduler knows: it may fire less often than shown", trigger.line)
            }
        }
    }

    private func remark(
        _ severity: Diagnostic.Severity, _ code: String, _ message: String, _ line: Int
    ) -> Diagnostic {
        Diagnostic(severity: severity, code: code, message: message, file: file.file, line: line)
    }

    private func name(_ key: ScheduleKey) -> String { "\(shown(key.group)).\(shown(key.name))" }
}
