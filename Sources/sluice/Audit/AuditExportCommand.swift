import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice audit export`: the audit and the holds as they stand, as a history that can be checked.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the audit and the holds as lines of JSON.",
        discussion: """
            First every line of the audit, then every hold as it stands, then what the audit got meanwhile; values of \
            inputs are not among them. Launches may go on while it reads. \
            --complete says that by now everything that was held must have been launched: then check-history finds \
            what was left.

            Example:
              sluice audit export > audit.jsonl && sluice audit check-history audit.jsonl
            """)

    @Flag(help: "Everything held must have been launched by now.")
    var complete = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    private static let pageSize = 1000
    /// A line of the audit is told once no commit that is still under way could have a smaller number.
    private static let settlingTime: Duration = .milliseconds(500)

    func run() async throws {
        let console = output.console
        try await client.withClient(console) { client in
            // A hold that moves meanwhile has its line in what is read after it.
            var (eventCount, last) = try await writeEvents(after: 0, client, console)
            let holdCount = try await writeHolds(asOf: last, client, console)
            for pause in [Duration.zero, Self.settlingTime] {
                try await Task.sleep(for: pause)
                let more = try await writeEvents(after: last, client, console)
                eventCount += more.count
                last = more.last
            }
            if complete { console.print(#"{"kind":"end","complete":true}"#) }
            console.note("\(eventCount) lines of the audit, \(holdCount) holds")
        }
    }

    /// - Returns: How many there were, and the number of the last one.
    private func writeEvents(
        after start: Int, _ client: APIClient, _ console: Console
    ) async throws -> (count: Int, last: Int) {
        var after = start
        var last = start
        var count = 0
        while true {
            let page = try await client.object(
                APIRequest(
                    "GET", ["audit"], query: [("after", String(after)), ("limit", String(Self.pageSize))]),
                within: self.client.timeout.duration, doing: "read the audit")
            for event in page["events"]?.array ?? [] {
                guard let event = event.object else { continue }
                var line = JSONObject([("kind", "event")])
                line["t"] = event["at"]?.string.flatMap { Timestamp(rfc3339: $0) }.map {
                    .number(JSONNumber($0.milliseconds * 1000))
                }
                // In a history `kind` says what the line is.
                line["event"] = event["kind"]
                for name in ["sequence", "ticket", "from", "to", "by", "cause"] {
                    if let value = event[name], !value.isNull { line[name] = value }
                }
                console.print(line.write())
                count += 1
                last = event["sequence"]?.number?.int ?? last
            }
            guard let next = page["next"]?.number?.int, next > after else { return (count, last) }
            after = next
        }
    }

    private func writeHolds(asOf last: Int, _ client: APIClient, _ console: Console) async throws -> Int {
        var cursor: String?
        var count = 0
        while true {
            let page = try await client.object(
                APIRequest("GET", ["holds"], query: [("limit", String(Self.pageSize)), ("cursor", cursor)]),
                within: self.client.timeout.duration, doing: "list the holds")
            for hold in page["holds"]?.array ?? [] {
                guard let hold = hold.object else { continue }
                var line = JSONObject([("kind", "hold")])
                for name in ["ticket", "state", "arrival", "orderingKey", "representative", "result"] {
                    if let value = hold[name], !value.isNull { line[name] = value }
                }
                line["asOf"] = .number(JSONNumber(last))
                console.print(line.write())
                count += 1
            }
            guard let next = page["next"]?.string, next != cursor else { return count }
            cursor = next
        }
    }
}
