import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice holds list`: a table of holds, oldest first.
struct HoldsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the launches that are kept.",
        discussion: """
            States: \(HoldState.allCases.map(\.rawValue).joined(separator: ", ")).

            Examples:
              sluice holds list --state held,released --source csa
              sluice holds list --all --json | jq -r '.holds[].ticket'
            """)

    @OptionGroup(title: "Filters") var filters: HoldFilterOptions

    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = 100

    @Flag(help: "All of them, however many.")
    var all = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Holds of one request.
    private static let pageSize = 100

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit \(limit) is less than 1") }
    }

    func run() async throws {
        let console = output.console
        try await client.withClient(console) { try await list(with: $0, on: console) }
    }

    /// Prints page by page; JSON is one document at the end.
    private func list(with client: APIClient, on console: Console) async throws {
        var table = Table(HoldView.headings)
        var collected: [JSONValue] = []
        var count = 0
        var cursor: String?
        repeat {
            let size = all ? Self.pageSize : min(Self.pageSize, limit - count)
            let page = try await client.object(
                request(cursor: cursor, size: size), within: self.client.timeout.duration, doing: "list the holds")
            let holds = page["holds"]?.array ?? []
            let next = page["next"]?.string
            if output.json {
                collected += holds
            } else {
                let rows = holds.map { HoldView(object: $0.object ?? JSONObject()).row }
                if count == 0, !rows.isEmpty { console.print(table.heading(for: rows)) }
                console.print(table.lines(rows))
            }
            count += holds.count
            guard next == nil || (next != cursor && !holds.isEmpty) else {
                throw CommandFailure(.failed, "the server's list of holds does not go on after \(count) of them")
            }
            cursor = next
        } while cursor != nil && (all || count < limit)
        if output.json {
            console.print(["holds": .array(collected), "next": .optional(cursor)])
        } else if count == 0 {
            console.note("no holds")
        } else if cursor != nil {
            console.note("\(count) shown, there are more: use --limit or --all")
        }
    }

    private func request(cursor: String?, size: Int) -> APIRequest {
        APIRequest(
            "GET", ["holds"],
            query: filters.query + [("limit", String(size)), ("cursor", cursor)])
    }
}
