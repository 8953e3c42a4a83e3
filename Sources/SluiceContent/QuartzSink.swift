import SluiceModel

/// Builds one small tree per job, trigger, command and directive of a schedule file, and reads it when it is whole.
final class QuartzSink: XMLEventSink {
    /// The namespace of every Quartz file since 1.7.
    static let namespace = "http://www.quartz-scheduler.org/xml/JobSchedulingData"
    private static let root = "job-scheduling-data"
    private static let sections = ["pre-processing-commands", "processing-directives", "schedule"]

    /// What was read so far.
    var result: QuartzSchedule {
        var result = schedule
        // Quartz runs the commands kind by kind, each kind in the order of the file.
        result.preProcessing = (0...3).flatMap { rank in commands.filter { $0.rank == rank } }
        result.diagnostics = diagnostics.all
        return result
    }

    private var schedule: QuartzSchedule
    private var diagnostics: DiagnosticList
    private var commands: [QuartzCommand] = []
    private let reader: QuartzUnitReader
    private let limits: ContentLimits
    private var ancestors: [String] = []
    /// The elements that are open inside the current unit, outermost first.
    private var open: [QuartzElement] = []
    private var openCount = 0
    private var unitCount = 0
    private var keptTextBytes = 0
    private var isForeign = false
    private var hasOverwrite = false
    private var hasIgnore = false

    init(reader: QuartzUnitReader, limits: ContentLimits) {
        self.reader = reader
        self.limits = limits
        schedule = QuartzSchedule(file: reader.file)
        diagnostics = DiagnosticList(countMax: limits.diagnosticCountMax)
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        let depth = ancestors.count
        let name = element.name
        defer { ancestors.append(name) }
        if depth == 0 { checkRoot(element) }
        guard !isForeign, depth > 0 else { return false }
        let isQuartz = element.namespace == Self.namespace
        let qualifiedName = element.prefix.map { "\($0):\(name)" } ?? name
        if depth == 1, name != "processing-directives" || !isQuartz {
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
        open.append(
            QuartzElement(
                name: name, qualifiedName: qualifiedName, isQuartz: isQuartz, line: element.line,
                column: element.column))
        return QuartzSchema.leaves.contains(name)
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
    func end(_ problem: Diagnostic) { diagnostics.append(problem) }

    // MARK: Units

    private func checkRoot(_ element: XMLStartElement) {
        guard element.name != Self.root || element.namespace != Self.namespace else { return }
        isForeign = true
        let namespace = element.namespace.map { "namespace \(shown($0))" } ?? "no namespace"
        diagnostics.append(
            ContentError(
                "quartz-root",
                "Quartz refuses this file: its root is <\(shown(element.name))> in \(namespace), not "
                    + "<\(Self.root)> in \(Self.namespace)", file: reader.file, line: element.line,
                column: element.column))
    }

    private func finish(_ element: QuartzElement, section: String) {
        for fault in QuartzSchema.faults(element) { self.fault(fault.message, fault.line, fault.column) }
        do throws(ContentError) {
            switch (section, element.name) {
            case ("schedule", "job") where element.isQuartz: schedule.jobs.append(try reader.job(element))
            case ("schedule", "trigger") where element.isQuartz:
                for child in element.children { readTrigger(child) }
            case (Self.root, _): readDirectives(element)
            case ("pre-processing-commands", _) where element.isQuartz && isCommand(element.name):
                if let command = try reader.command(element) { commands.append(command) }
            default: fault("<\(shown(element.qualifiedName))> is not allowed here", element.line, element.column)
            }
        } catch {
            diagnostics.append(error)
        }
    }

    private func readTrigger(_ element: QuartzElement) {
        do throws(ContentError) {
            schedule.triggers.append(try reader.trigger(element, warnings: &diagnostics))
        } catch {
            diagnostics.append(error)
        }
    }

    /// The first directive of each kind in the file counts, as in Quartz.
    private func readDirectives(_ element: QuartzElement) {
        if let text = element.value("overwrite-existing-data"), !hasOverwrite {
            schedule.directives.overwritesExistingData = QuartzUnitReader.isYes(text)
            hasOverwrite = true
        }
        if let text = element.value("ignore-duplicates"), !hasIgnore {
            schedule.directives.ignoresDuplicates = QuartzUnitReader.isYes(text)
            hasIgnore = true
        }
    }

    private func isCommand(_ name: String) -> Bool {
        ["delete-jobs-in-group", "delete-triggers-in-group", "delete-job", "delete-trigger"].contains(name)
    }

    private func fault(_ message: String, _ line: Int, _ column: Int) {
        diagnostics.append(
            ContentError(
                "quartz-schema", "Quartz refuses this file: \(message)", file: reader.file, line: line, column: column))
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
