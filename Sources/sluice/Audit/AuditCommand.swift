import ArgumentParser

/// `sluice audit`: what was done, and whether it was right.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Write down what was done, and check it.",
        subcommands: [AuditExportCommand.self, CheckHistoryCommand.self])
}
