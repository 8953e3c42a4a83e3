import ArgumentParser

/// `sluice schedule`: what schedulers have planned.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Look into schedule files.",
        discussion: """
            Example:
              sluice schedule inspect quartz_data.xml
              sluice schedule next "0 30 2 ? * MON-FRI" --zone Europe/Berlin
              sluice schedule quiet quartz_data.xml --length 4h --within 14d
            """,
        subcommands: [
            ScheduleInspectCommand.self, ScheduleNextCommand.self, ScheduleForecastCommand.self,
            ScheduleQuietCommand.self,
        ])
}
