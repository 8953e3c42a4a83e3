import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice maintenance journal`.
struct MaintenanceJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "List what it changed outside, and how far each change is.",
        discussion: """
            States: \(JournalState.allCases.map(\.rawValue).joined(separator: ", ")).
            Exits with 3 when a conflict waits for a decision.

            Example:
              sluice maintenance journal --state conflict
            """)

    @Option(help: ArgumentHelp("Only those in these states, separated by commas.", valueName: "states"))
    var state: NameArgument?
    @Option(help: ArgumentHelp("Only those of this system.", valueName: "name")) var system: NameArgument?
    @Option(help: ArgumentHelp("How many at most.", valueName: "count")) var limit = 10_000
    @OptionGroup var which: MaintenanceOptions
    @OptionGroup var output: OutputOptions

    /// Entries of one request.
    private static let pageSize = 1000

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit \(limit) is less than 1") }
    }

    func run() async throws {
        let console = output.console
        let (entries, next) = try await which.client.withClient(console) { client in
            try await load(try await which.resolve(with: client), with: client)
        }
        let asking = entries.filter { $0["asks"]?.bool == true }
        if output.json {
            console.print(["entries": .array(entries), "next": .optional(next)])
        } else {
            let rows = entries.map { entry in
                ["id", "title", "intended", "state", "since", "cause"].map { entry[$0]?.string ?? "" }
            }
            var table = Table(["ENTRY", "WHAT", "CHANGE", "STATE", "SINCE", "CAUSE"])
            if rows.isEmpty { console.note("no entries") } else { console.print([table.heading(for: rows)]) }
            console.print(table.lines(rows) + JournalView.conflicts(asking))
            if next != nil { console.note("there are more: use --limit") }
        }
        guard asking.isEmpty else {
            throw CommandFailure(
                .findings, asking.count == 1 ? "1 conflict waits" : "\(asking.count) conflicts wait",
                advice: "decide each: sluice maintenance decide ENTRY keep|put-back --reason …")
        }
    }

    private func load(_ id: String, with client: APIClient) async throws -> ([JSONValue], String?) {
        var entries: [JSONValue] = []
        var cursor: String?
        repeat {
            let size = min(Self.pageSize, limit - entries.count)
            let page = try await client.object(
                APIRequest(
                    "GET", ["maintenances", id, "journal"],
                    query: [
                        ("state", state?.text), ("system", system?.text), ("limit", String(size)), ("cursor", cursor),
                    ]), within: which.client.timeout.duration, doing: "list the journal of \(id)")
            let found = page["entries"]?.array ?? []
            entries += found
            let next = page["next"]?.string
            guard next == nil || (next != cursor && !found.isEmpty) else {
                throw CommandFailure(.failed, "the server's list does not go on after \(entries.count) entries")
            }
            cursor = next
        } while cursor != nil && entries.count < limit
        return (entries, cursor)
    }
}

/// `sluice maintenance decide`.
struct MaintenanceDecideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Say what becomes of a conflict: the value that is there now, or ours.",
        discussion: """
            keep      what is there now stays, and is none of ours any more
            put-back  it is overwritten: with the value from before, or with ours while it is still being closed

            keep also gives up on a change that its system does not take.

            Example:
              sluice maintenance decide csa-policies/8a81/90d9@1795989600000 keep --reason "M. changed it at 23:10"
            """)

    @Argument(help: ArgumentHelp("The entry, as status and journal show it.", valueName: "entry"))
    var entry: EntryArgument
    @Argument(help: ArgumentHelp("keep or put-back.", valueName: "decision")) var decision: DecisionArgument
    @OptionGroup var order: MaintenanceOrderOptions

    enum DecisionArgument: String, Sendable, ExpressibleByArgument, CaseIterable {
        case keep
        case putBack = "put-back"
    }

    func run() async throws {
        try await order.send(
            "decide", JSONObject([("entry", .string(entry.text)), ("decision", .string(decision.rawValue))]))
    }
}

/// The name of an entry of the journal.
struct EntryArgument: Hashable, Sendable, ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let id = JournalID(checking: argument) else { return nil }
        text = id.text
    }
}

/// `sluice maintenance retry`.
struct MaintenanceRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try a system again that refused Sluice's account.",
        discussion: """
            Nothing is sent to it before, since accounts lock out. Correct the account first.

            Example:
              sluice maintenance retry csa-policies --reason "unlocked, and the password corrected"
            """)

    @Argument(help: ArgumentHelp("The system, as status shows it.", valueName: "system")) var system: NameArgument
    @OptionGroup var order: MaintenanceOrderOptions

    func run() async throws { try await order.send("retry", JSONObject([("system", .string(system.text))])) }
}
