import ArgumentParser

/// `sluice holds`: the launches that are kept.
struct HoldsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds",
        abstract: "List, show, release, discard and retry the launches that are kept; move them to another site.",
        discussion: """
            Example:
              sluice holds list --state held,awaiting-operator
            """,
        subcommands: [
            HoldsListCommand.self, HoldsShowCommand.self, HoldsReleaseCommand.self, HoldsDiscardCommand.self,
            HoldsRetryCommand.self, HoldsExportCommand.self, HoldsImportCommand.self,
            HoldsDiscardExportedCommand.self,
        ])
}
