import ArgumentParser
import SluiceJSON

/// `sluice oo`: Central's own schedules, and their freeze.
struct OOCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oo",
        abstract: "Look at Central's own schedules, freeze and thaw them, compare and restore them.",
        discussion: """
            Freezing disables what is enabled and writes down each; thawing enables just that again. What a person \
            changed in Central meanwhile stays as they made it.

            Example:
              sluice oo freeze --reason "upgrade to 2026.11"
            """,
        subcommands: [
            OOSchedulesCommand.self, OOStatusCommand.self, OOFreezeCommand.self, OOThawCommand.self,
            OOWaiveCommand.self, OOJournalCommand.self, OOMissedCommand.self, OOSnapshotCommand.self,
            OODiffCommand.self, OORestoreCommand.self,
        ])
}

/// `sluice oo schedules`: what Central has, with policy and freeze.
struct OOSchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "List Central's schedules.",
        discussion: """
            Example:
              sluice oo schedules
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let object = try await client.withClient(output.console) { client in
            try await client.object(
                APIRequest("GET", ["schedules"]), within: self.client.timeout.duration,
                doing: "list Central's schedules")
        }
        if output.json { return output.console.print(object) }
        OOView.print(object["schedules"]?.array ?? [], OOView.schedule, output.console, none: "no schedules")
        OOView.note(object, output.console)
    }
}

/// `sluice oo journal`: each change of a schedule, the newest first.
struct OOJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "List what was changed in Central, and what became of it.",
        discussion: """
            Example:
              sluice oo journal --json | jq -r '.entries[] | select(.state == "conflict") | .cause'
            """)

    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = 100

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let object = try await client.withClient(output.console) { client in
            try await client.object(
                APIRequest("GET", ["schedules", "journal"], query: [("limit", String(limit))]),
                within: self.client.timeout.duration, doing: "list the journal")
        }
        if output.json { return output.console.print(object) }
        let entries = object["entries"]?.array ?? []
        OOView.print(entries, OOView.entry, output.console, none: "no entries")
        if entries.count == limit { output.console.note("there may be older ones: use --limit") }
    }
}

/// `sluice oo missed`: each time a frozen schedule missed.
struct OOMissedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "missed", abstract: "List the times that frozen schedules missed.",
        discussion: """
            Example:
              sluice oo missed --schedule 1347298851037
            """)

    @Option(help: ArgumentHelp("Of this schedule.", valueName: "id"))
    var schedule: NameArgument?

    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = 1000

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let object = try await client.withClient(output.console) { client in
            try await client.object(
                APIRequest(
                    "GET", ["schedules", "missed"], query: [("schedule", schedule?.text), ("limit", String(limit))]),
                within: self.client.timeout.duration, doing: "list missed times")
        }
        if output.json { return output.console.print(object) }
        OOView.print(object["missed"]?.array ?? [], OOView.missed, output.console, none: "no missed times")
        if object["next"]?.string != nil { output.console.note("there are more: use --limit") }
    }
}

/// Tables of what the API gives.
enum OOView {
    static let schedule = [
        ("ID", "id"), ("NAME", "name"), ("TRIGGER", "triggerExpression"), ("NEXT", "next"), ("ENABLED", "isEnabled"),
        ("FROZEN", "frozen"), ("POLICY", "policy"), ("NOT REPLAYABLE", "obstacle"),
    ]
    static let entry = [
        ("OBJECT", "object"), ("NAME", "title"), ("CHANGE", "intended"), ("STATE", "state"), ("SINCE", "since"),
        ("CAUSE", "cause"),
    ]
    static let restored = [("ID", "id"), ("NAME", "name"), ("ENABLED", "enabled")]
    static let missed = [
        ("SCHEDULE", "schedule"), ("NAME", "title"), ("TIME", "nominalTime"), ("POLICY", "policy"),
        ("OUTCOME", "outcome"), ("TICKET", "ticket"), ("CAUSE", "cause"),
    ]

    static func print(_ objects: [JSONValue], _ columns: [(String, String)], _ console: Console, none: String) {
        guard !objects.isEmpty else { return console.note(none) }
        var table = Table(columns.map(\.0))
        let rows = objects.map { object in
            columns.map { column in
                switch object[column.1] {
                case .string(let text): text.printable
                case .bool(let flag): flag ? "yes" : "no"
                default: ""
                }
            }
        }
        console.print([table.heading(for: rows)] + table.lines(rows))
    }

    /// How the freeze stands, in a sentence.
    static func note(_ object: JSONObject, _ console: Console) {
        guard object["freeze"]?["phase"]?.string != nil else { return }
        console.note(FreezeProgress(object).line.printable)
    }
}
