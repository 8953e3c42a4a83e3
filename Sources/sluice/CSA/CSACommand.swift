import ArgumentParser

/// `sluice csa`: CSA's approval policies and published offerings, as they are and as they were.
struct CSACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csa",
        abstract: "Write down CSA's policies, offerings and assignments, compare and restore them.",
        discussion: """
            A maintenance closes CSA and puts it back by itself; this is for what happens besides, such as an upgrade \
            that loses something.

            Example:
              sluice csa snapshot --out csa-before.json
            """,
        subcommands: [CSASnapshotCommand.self, CSADiffCommand.self, CSARestoreCommand.self])
}

/// `sluice csa snapshot`: CSA as it is now.
struct CSASnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Write down CSA's policies, offerings and assignments as they are.",
        discussion: """
            Versioned JSON (format 1), to be compared with "sluice csa diff" and put back with "sluice csa restore". \
            Of policies it has what CSA documents, and no secrets. Which policy an offering has is in it only where \
            csa.policyElement is configured.

            Example:
              sluice csa snapshot --out csa-before.json
            """)

    @Option(
        help: ArgumentHelp("The file to write; without it, stdout.", valueName: "file"), completion: .file())
    var out: String?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SnapshotSystem.csa.take(to: out, client, output.console)
    }
}

/// `sluice csa diff`: what changed since a snapshot.
struct CSADiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what changed in CSA since a snapshot, or between two.",
        discussion: """
            Exits 0; with --exit-code 3 when anything differs.

            Examples:
              sluice csa diff csa-before.json
              sluice csa diff monday.json tuesday.json --exit-code
            """)

    @Argument(help: ArgumentHelp("The older snapshot.", valueName: "old"), completion: .file())
    var old: String

    @Argument(
        help: ArgumentHelp("The newer one; without it, CSA as it is now.", valueName: "new"), completion: .file())
    var new: String?

    @Flag(name: .customLong("exit-code"), help: "Exit 3 when anything differs.")
    var exitCode = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SnapshotSystem.csa.compare(old, to: new, fails: exitCode, client, output)
    }
}
