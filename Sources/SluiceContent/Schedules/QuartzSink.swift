import SluiceModel

/// Builds one small tree per job, trigger, command and directive of a schedule file, and reads it when it is whole.
///
/// One sink for all XML dialects: they differ in their root, in where jobs stand and in the names of a few elements.
final class QuartzSink: XMLEventSink {
    /// The namespace of every Quartz file since 1.7.
    static let namespace = "http://www.quartz-scheduler.org/xml/JobSchedulingData"
    private static let sections = ["pre-processing-commands", "processing-directives", "schedule"]

    /// What was read so far.
    var result: ScheduleFile {
        var result = schedule
        result.directives = directives.result
        // Quartz runs the commands kind by kind, each kind in the order of the file.
        result.preProcessing = (0...3).flatMap { rank in commands.filter { $0.rank == rank } }
        result.quartz = findings.verdict
        var diagnostics = findings.diagnostics
        if isWhole { ScheduleReferences.check(result, into: &diagnostics) }
        result.diagnostics = diagnostics.all
        return result
    }

    private var schedule: ScheduleFile
    private var findings: QuartzFindings
    private var commands: [QuartzCommand] = []
    private var reader: QuartzUnitReader
    private let limits: ContentLimits
    private var ancestors: [String] = []
    /// Depth of the section whose text was reported last, with the number of elements then.
    private var reportedText = (depth: -1, elements: 0)
    private var elementCount = 0
    /// The elements that are open inside the current unit, outermost first.
    private var open: [QuartzElement] = []
    private var openCount = 0
    private var unitCount = 0
    private var keptTextBytes = 0
    private var isForeign = false
    /// What its elements must be in; the root's.
    private var namespace: String?
    /// Of a legacy file: the job inside which we are.
    private var enclosingJob: ScheduleKey?
    /// What the user says it is; nil to tell by the root.
    private let chosen: ScheduleDialect?
    private var dialect: ScheduleDialect { schedule.dialect ?? .quartz }
    private var directives = QuartzDirectiveReader()
    /// Whether nothing ended the document before its time.
    private var isWhole = true

    init(reader: QuartzUnitReader, chosen: ScheduleDialect?, limits: ContentLimits) {
        self.reader = reader
        self.chosen = chosen
        self.limits = limits
        schedule = ScheduleFile(file: reader.file)
        findings = QuartzFindings(file: reader.file, limits: limits)
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        let depth = ancestors.count
        let name = element.name
        defer { ancestors.append(name) }
        elementCount += 1
        if depth == 0 { checkRoot(element) }
        var attributeFault: String?
        if dialect.isQuartzNamespace, !isForeign {
            let (message, isUnknown) = QuartzAttributes.fault(element, isRoot: depth == 0)
            attributeFault = message
            if message == nil, isUnknown {
                findings.decide(.unknown("an attribute xsi:type may change what the schema demands"))
            }
        }
        // Of units their own check says it.
        if depth < 2, let attributeFault, depth == 0 || name != "processing-directives" {
            fault(attributeFault, element.line, element.column)
        }
        guard !isForeign, depth > 0 else { return false }
        let isQuartz = element.namespace == namespace
        let qualifiedName = element.prefix.map { "\($0):\(name)" } ?? name
        if dialect.isLegacy {
            if depth == 1 { openLegacySection(element, name) }
            guard depth > 1, ancestors.count > 1, ancestors[1] == "job" else { return false }
        } else if depth == 1, name != "processing-directives" || !isQuartz {
            if !isQuartz || !Self.sections.contains(name) {
                fault("<\(shown(qualifiedName))> is not allowed here", element.line, element.column)
            }
            return false
        }
        if open.isEmpty {
            unitCount += 1
            openCount = 0
            guard unitCount <= limits.schedulePartCountMax else {
                throw ContentError(
                    "schedule-size", "the file has more than \(limits.schedulePartCountMax) jobs and triggers",
                    file: reader.file, line: element.line)
            }
        }
        openCount += 1
        guard openCount <= limits.scheduleElementCountMax else {
            throw ContentError(
                "schedule-size", "a job or trigger has more than \(limits.scheduleElementCountMax) elements",
                file: reader.file, line: element.line)
        }
        var unit = QuartzElement(
            name: name, qualifiedName: qualifiedName, isQuartz: isQuartz, line: element.line, column: element.column)
        unit.attributeFault = attributeFault
        open.append(unit)
        return QuartzSchema.leaves.contains(name)
    }

    var watchesStrayText: Bool { true }

    func strayText(line: Int, column: Int) {
        guard dialect.isQuartzNamespace, !isForeign, let name = ancestors.last else { return }
        if !open.isEmpty {
            open[open.count - 1].hasStrayText = true
        } else if reportedText != (ancestors.count, elementCount) {
            reportedText = (ancestors.count, elementCount)
            fault(QuartzSchema.strayTextMessage(name), line, column)
        }
    }

    /// What the bytes before the root say of Quartz's verdict, when the document is over.
    func judge(_ prolog: XMLProlog, isReadable: Bool) {
        findings.judge(prolog, isReadable: isReadable, schedule.dialect)
    }

    func endElement(text: String?) throws(ContentError) {
        ancestors.removeLast()
        guard var element = open.popLast() else { return }
        if let text {
            element.text = text
            keptTextBytes += text.utf8.count
            guard keptTextBytes <= limits.keptTextBytesMax else {
                throw ContentError(
                    "schedule-size", "the file holds more than \(limits.keptTextBytesMax) bytes of text",
                    file: reader.file, line: element.line)
            }
        }
        guard open.isEmpty else {
            open[open.count - 1].children.append(element)
            return
        }
        finish(element, section: ancestors.last ?? "")
    }

    /// The document ends before its time, for this reason.
    func end(_ problem: Diagnostic) {
        isWhole = false
        findings.refuse(ContentError(problem))
    }

    // MARK: Units

    private func checkRoot(_ element: XMLStartElement) {
        let name = element.name
        namespace = element.namespace
        let found = ScheduleDialect.ofRoot(
            name, namespace: namespace, version: element.attribute("version"))
        let place = namespace.map { "in namespace \(shown($0))" } ?? "in no namespace"
        let what = "its root is <\(shown(name))> \(place), not <job-scheduling-data> in \(Self.namespace)"
        if let chosen { schedule.dialect = chosen.rootName == name ? chosen : nil } else { schedule.dialect = found }
        if found?.isQuartzNamespace != true { findings.decide(.refuses(what)) }
        guard let dialect = schedule.dialect else {
            isForeign = true
            return findings.diagnostics.append(
                ContentError(
                    "quartz-root", "this is no schedule file that we know: \(what)", file: reader.file,
                    line: element.line, column: element.column))
        }
        reader.dialect = dialect
        if dialect.isLegacy, let word = element.attribute("overwrite-existing-jobs") {
            directives.result.overwritesExistingData = trimmed(word) == "true" || trimmed(word) == "1"
        }
    }

    /// A legacy file holds jobs, each with its triggers inside, and calendars and listeners, which we cannot know.
    private func openLegacySection(_ element: XMLStartElement, _ name: String) {
        enclosingJob = nil
        guard name != "job", name != "job-listener", name != "trigger-listener" else { return }
        findings.diagnostics.warn(
            "schedule-element",
            name == "calendar"
                ? "a <calendar> is not read; triggers that name it may fire less often than shown"
                : "<\(shown(name))> is unknown here and is left out", file: reader.file, line: element.line,
            column: element.column)
    }

    private func finish(_ element: QuartzElement, section: String) {
        if dialect.isQuartzNamespace {
            for fault in QuartzSchema.faults(element) { self.fault(fault.message, fault.line, fault.column) }
        } else {
            warnOfUnknown(element)
        }
        do throws(ContentError) {
            switch (section, element.name) {
            case ("schedule", "job") where element.isQuartz:
                schedule.jobs.append(try reader.job(element, warnings: &findings.diagnostics))
            case ("job", "job-detail") where element.isQuartz && dialect.isLegacy:
                let job = try reader.job(element, warnings: &findings.diagnostics)
                enclosingJob = job.key
                schedule.jobs.append(job)
            case ("schedule", "trigger") where element.isQuartz,
                ("job", "trigger") where element.isQuartz && dialect.isLegacy:
                for child in element.children { readTrigger(child) }
            case (dialect.rootName, _): directives.read(element, reader, &findings.diagnostics)
            case ("pre-processing-commands", _) where element.isQuartz && isCommand(element.name):
                if let command = try reader.command(element) { commands.append(command) }
            default: fault("<\(shown(element.qualifiedName))> is not allowed here", element.line, element.column)
            }
        } catch {
            findings.refuse(error)
        }
    }

    /// Elements that no dialect has are likely misspelt: what they should say is missing.
    private func warnOfUnknown(_ element: QuartzElement) {
        for child in element.children {
            if !QuartzSchema.hasElement(child.name) || !child.isQuartz {
                findings.diagnostics.warn(
                    "schedule-element", "<\(shown(child.qualifiedName))> is unknown here and is left out",
                    file: reader.file, line: child.line, column: child.column)
            } else {
                warnOfUnknown(child)
            }
        }
    }

    private func readTrigger(_ element: QuartzElement) {
        do throws(ContentError) {
            schedule.triggers.append(
                try reader.trigger(element, enclosing: enclosingJob, warnings: &findings.diagnostics))
        } catch {
            findings.refuse(error)
        }
    }

    private func isCommand(_ name: String) -> Bool {
        ["delete-jobs-in-group", "delete-triggers-in-group", "delete-job", "delete-trigger"].contains(name)
    }

    private func fault(_ message: String, _ line: Int, _ column: Int) {
        findings.fault(message, line, column, dialect)
    }
}

extension QuartzCommand {
    fileprivate var rank: Int {
        switch self {
        case .deleteJobsInGroup: 0
        case .deleteTriggersInGroup: 1
        case .deleteJob: 2
        case .deleteTrigger: 3
        }
    }
}
