import ArgumentParser
import SluiceJSON

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
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("GET", ["csa", "snapshot"]), within: self.client.timeout.duration,
                doing: "take a snapshot of CSA")
        }
        guard let out else { return console.print(object) }
        try SnapshotFile.write(object, to: out)
        let policies = object["policies"]?.array?.count ?? 0
        let offerings = object["offerings"]?.array?.count ?? 0
        console.note(
            "\(policies) policies and \(offerings) offerings written to \(out.printable)",
            json: ["file": .string(out), "policies": .int(policies), "offerings": .int(offerings)])
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
        let console = output.console
        var body: JSONObject = ["from": .object(try SnapshotFile.read(old, of: "csa"))]
        if let new { body["to"] = .object(try SnapshotFile.read(new, of: "csa")) }
        let object = try await client.withClient(console) { [body] client in
            try await client.object(
                APIRequest("POST", ["csa", "diff"], body: body), within: self.client.timeout.duration,
                doing: "compare CSA")
        }
        let differences = object["differences"]?.array ?? []
        if output.json {
            console.print(object)
        } else {
            console.print(
                differences.map { difference in
                    func text(_ name: String) -> String { (difference[name]?.string ?? "").printable }
                    return "\(text("what")) \(text("name")): \(text("sentence"))"
                })
            let (from, to) = (object["from"]?.string ?? "", object["to"]?.string ?? "")
            console.note("\(differences.isEmpty ? "the same" : "\(differences.count) differ"), \(from) to \(to)")
        }
        if exitCode, !differences.isEmpty { throw CommandFailure(.findings, "CSA differs") }
    }
}
