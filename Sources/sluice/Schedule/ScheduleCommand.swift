import ArgumentParser

/// `sluice schedule`: what schedulers have planned.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Look into schedule files.",
        discussion: """
            Example:
              sluice schedule inspect quartz_data.xml
            """,
        subcommands: [ScheduleInspectCommand.self])
}
