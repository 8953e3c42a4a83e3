import ArgumentParser
import FoundationEssentials
import SluiceContent
import SluiceForecast
import SluiceModel

/// `sluice schedule inspect`: the jobs and triggers of schedule files.
struct ScheduleInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show the jobs and triggers of Quartz files, and what is wrong with them.",
        discussion: """
            Reads job_scheduling_data files of schema 2.0. Quartz takes times without an offset, and cron expressions \
            without a zone, in the zone of its own Java machine: name that with --zone.

            Exits 1 when something could not be read or Quartz would refuse the file; remarks go to stderr too.

            Example:
              sluice schedule inspect quartz_data.xml --zone Europe/Berlin
            """)

    @Argument(help: ArgumentHelp("Quartz files.", valueName: "file"), completion: .file(extensions: ["xml"]))
    var files: [String]

    @Option(help: ArgumentHelp("Zone of what names none, such as Europe/Berlin.", valueName: "zone"))
    var zone = "UTC"

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard ScheduleZone(javaIdentifier: zone) != nil else {
            throw ValidationError(
                "--zone '\(zone.printable)' is unknown; name a region such as Europe/Berlin, or GMT+02:00")
        }
    }

    func run() async throws {
        let console = output.console
        let defaultZone = ScheduleZone(javaIdentifier: zone) ?? .utc
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let reader = QuartzReader()
        let schedules = files.map { reader.read(path: $0, now: now, defaultZone: defaultZone) }
        if output.json {
            console.print(ScheduleInspection.json(schedules))
        } else {
            console.print(ScheduleInspection.text(schedules).withoutLastLineBreak)
            for schedule in schedules { console.note(schedule.diagnostics) }
        }
        try Inspection.end(schedules.flatMap(\.diagnostics), of: "schedule file")
    }
}
