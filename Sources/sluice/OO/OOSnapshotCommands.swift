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
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("GET", ["schedules", "snapshot"]), within: self.client.timeout.duration,
                doing: "take a snapshot of Central's schedules")
        }
        guard let out else { return console.print(object) }
        try SnapshotFile.write(object, to: out)
        let count = object["schedules"]?.array?.count ?? 0
        console.note(
            "\(count) schedules written to \(out.printable)", json: ["file": .string(out), "schedules": .int(count)])
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
        let console = output.console
        var body: JSONObject = ["from": .object(try SnapshotFile.read(old, of: "oo"))]
        if let new { body["to"] = .object(try SnapshotFile.read(new, of: "oo")) }
        let object = try await client.withClient(console) { [body] client in
            try await client.object(
                APIRequest("POST", ["schedules", "diff"], body: body), within: self.client.timeout.duration,
                doing: "compare Central's schedules")
        }
        let differences = object["differences"]?.array ?? []
        if output.json {
            console.print(object)
        } else {
            console.print(
                differences.map { difference in
                    func text(_ name: String) -> String { (difference[name]?.string ?? "").printable }
                    return "\(text("id")) (\(text("name"))): \(text("sentence"))"
                })
            let (from, to) = (object["from"]?.string ?? "", object["to"]?.string ?? "")
            console.note("\(differences.isEmpty ? "the same" : "\(differences.count) differ"), \(from) to \(to)")
            if object["areInputsCompared"] == false {
                console.warn("taken with another key: values of inputs were not compared")
            }
        }
        if exitCode, !differences.isEmpty { throw CommandFailure(.findings, "the schedules differ") }
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
        let body: JSONObject = [
            "snapshot": .object(try SnapshotFile.read(file, of: "oo")), "reason": .string(reason.text),
            "dryRun": .bool(dryRun),
        ]
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("POST", ["schedules", "restore"], body: body), within: self.client.timeout.duration,
                doing: "restore Central's schedules")
        }
        if output.json { return console.print(object) }
        OOView.print(object["switches"]?.array ?? [], OOView.restored, console, none: "no schedule is to be switched")
        for conflict in object["conflicts"]?.array ?? [] {
            let name = "\(conflict["id"]?.string ?? "") (\(conflict["name"]?.string ?? ""))"
            console.warn("\(name) is left: \(conflict["cause"]?.string ?? "")")
        }
        OOView.note(object, console)
    }
}
