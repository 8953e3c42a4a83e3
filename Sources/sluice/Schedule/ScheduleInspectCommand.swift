public import ArgumentParser
import FoundationEssentials
public import SluiceContent
import SluiceForecast
import SluiceModel
import SluiceScenarios

/// `sluice schedule inspect`: the jobs and triggers of schedule files.
struct ScheduleInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show the jobs and triggers of schedule files, and what is wrong with them.",
        discussion: """
            Reads Quartz XML 2.0, 1.8 and 1.5, Quartz.NET, Sundial, crontabs, and JSON as Central lists schedules; \
            which it is, the content tells, or --format. Schedulers take times without an offset, and cron \
            expressions without a zone, in a zone of their own: name that with --zone.

            For each file there are two verdicts: what was read, and whether Quartz 2.3.2 would take it. Exits 1 when \
            something could not be read, when Quartz would refuse a file of its own dialect, and with --as quartz \
            when it would refuse any; remarks go to stderr too.

            Examples:
              sluice schedule inspect quartz_data.xml --zone Europe/Berlin --as quartz
              sluice schedule inspect quartz_data.xml --xsd job_scheduling_data_2_0.xsd
              sluice schedule inspect /etc/crontab --flow-of '/opt/oo/run *=$1'
              sluice schedule inspect jobs.xml --format quartz.net --flow-key flowUuid --json
            """)

    /// Whose verdict counts.
    enum Judge: String, ExpressibleByArgument, CaseIterable { case quartz }

    @Argument(help: ArgumentHelp("Schedule files; - is standard input.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(help: ArgumentHelp("Zone of what names none, such as Europe/Berlin.", valueName: "zone"))
    var zone = "UTC"

    @Option(help: ArgumentHelp("What the files are, whatever they look like.", valueName: "dialect"))
    var format: DialectArgument?

    @Option(name: .customLong("as"), help: "Whose verdict makes the command fail.")
    var judge: Judge?

    @Option(
        help: ArgumentHelp("An XML schema that the files must keep.", valueName: "file"),
        completion: .file(extensions: ["xsd"]))
    var xsd: String?

    @OptionGroup var flows: FlowRuleOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard TimeZoneRules(javaIdentifier: zone) != nil else {
            throw ValidationError(
                "--zone '\(zone.printable)' is unknown; name a region such as Europe/Berlin, or GMT+02:00")
        }
    }

    func run() async throws {
        let console = output.console
        let defaultZone = TimeZoneRules(javaIdentifier: zone) ?? .utc
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let schedules =
            try xsd.map { try read(against: $0, now: now, defaultZone: defaultZone) }
            ?? files.map { ScheduleReader().read(path: $0, now: now, defaultZone: defaultZone, as: format?.dialect) }
        let inspection = ScheduleInspection(
            schedules, rules: flows.rules, zoneData: SystemTimeZones.shared.version
        ) { next($0, after: now) }
        if output.json {
            console.print(inspection.json)
        } else {
            console.print(inspection.text.withoutLastLineBreak)
            for schedule in schedules { console.note(schedule.diagnostics) }
        }
        try Inspection.end(schedules.flatMap(\.diagnostics), of: "schedule file")
        guard judge == .quartz, let refused = ScheduleFile.notTaken(of: schedules) else { return }
        let reason = (refused.quartz.reason ?? "").printable
        throw CommandFailure(
            .failed,
            refused.quartz.isAccepted == nil
                ? "whether Quartz 2.3.2 takes \(refused.file.printable) is unknown: \(reason)"
                : "Quartz 2.3.2 refuses \(refused.file.printable): \(reason)",
            advice: "mend the file, or leave out --as quartz")
    }

    private func next(_ trigger: ScheduleTrigger, after now: Timestamp) -> Timestamp? {
        let zone = ScheduleFiles.zone(zone) ?? .utc
        return trigger.isEnabled
            ? trigger.trigger(defaultZone: zone, zone: ScheduleFiles.zone)?.next(after: now) : nil
    }

    /// Each file is read once for both, since a stream cannot be read twice; what both find wrong is said once.
    private func read(against path: String, now: Timestamp, defaultZone: TimeZoneRules) throws -> [ScheduleFile] {
        let (schema, diagnostics) = ScheduleSchema.read(path: path)
        guard let schema else {
            throw CommandFailure(
                .usage, "--xsd: \(path.printable) cannot be used", advice: "name an XML schema",
                diagnostics: diagnostics)
        }
        return files.map {
            ScheduleReader().read(
                path: $0, now: now, defaultZone: defaultZone, as: format?.dialect, against: schema)
        }
    }
}

/// A dialect by its word.
struct DialectArgument: ExpressibleByArgument {
    let dialect: ScheduleDialect

    init?(argument: String) {
        guard let dialect = ScheduleDialect(rawValue: argument) else { return nil }
        self.dialect = dialect
    }

    static var allValueStrings: [String] { ScheduleDialect.allCases.map(\.rawValue) }
}
