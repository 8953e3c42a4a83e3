import ArgumentParser
import SluiceJSON

/// `sluice oo snapshot`: Central's schedules as they are now.
struct OOSnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Write down Central's schedules as they are.",
        discussion: """
            Versioned JSON (format 1), to be compared with "sluice oo diff" and put back with "sluice oo restore". \
            Values of inputs are in it as keyed hashes only; whether one changed can be told by this Sluice alone.

            Example:
              sluice oo snapshot --out before-upgrade.json
            """)

    @Option(
        help: ArgumentHelp("The file to write; without it, stdout.", valueName: "file"), completion: .file())
    var out: String?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SnapshotSystem.central.take(to: out, client, output.console)
    }
}

/// `sluice oo diff`: what changed since a snapshot.
struct OODiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what changed in Central's schedules since a snapshot, or between two.",
        discussion: """
            Exits 0; with --exit-code 3 when anything differs.

            Examples:
              sluice oo diff before-upgrade.json
              sluice oo diff monday.json tuesday.json --exit-code
            """)

    @Argument(help: ArgumentHelp("The older snapshot.", valueName: "old"), completion: .file())
    var old: String

    @Argument(
        help: ArgumentHelp("The newer one; without it, Central as it is now.", valueName: "new"), completion: .file())
    var new: String?

    @Flag(name: .customLong("exit-code"), help: "Exit 3 when anything differs.")
    var exitCode = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SnapshotSystem.central.compare(old, to: new, fails: exitCode, client, output)
    }
}

/// `sluice oo restore`: puts `enabled` back.
struct OORestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Enable and disable schedules as they were in a snapshot.",
        discussion: """
            Nothing but "enabled" is touched. A schedule in which somebody changed anything else is left as it is, and \
            named. Returns when the order is on disk; "sluice oo schedules" and "sluice oo journal" show how it goes \
            on. What is frozen has to be thawed first.

            Examples:
              sluice oo restore before-upgrade.json --dry-run --reason "the upgrade is done"
              sluice oo restore before-upgrade.json --reason "the upgrade is done"
            """)

    @Argument(help: ArgumentHelp("The snapshot.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @Flag(help: "Change nothing, and say which schedules it would be.")
    var dryRun = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await SnapshotSystem.central.restore(
            file, reason: reason.text, isDryRun: dryRun, client, console
        ) { object, _ in object }
        if output.json { return console.print(object) }
        OOView.print(object["switches"]?.array ?? [], OOView.restored, console, none: "no schedule is to be switched")
        SnapshotSystem.central.warnOfConflicts(in: object, console)
        OOView.note(object, console)
    }
}
