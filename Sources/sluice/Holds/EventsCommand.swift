import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice events`: what happens, as it happens.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Follow what happens: holds, the gate, the release.",
        discussion: """
            Runs until it is interrupted; with --ticket, until that hold's life is over. When the connection breaks it \
            comes back and goes on where it was. With --json each line is one event.

            Examples:
              sluice events
              sluice events --ticket h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD
            """)

    @Option(help: ArgumentHelp("Only of this hold.", valueName: "ticket"))
    var ticket: TicketArgument?

    @Option(help: ArgumentHelp("Begin after the event with this id; 0: with the oldest.", valueName: "id"))
    var after: Int64?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// How often a connection that brings nothing is tried again before it is given up.
    private static let fruitlessCountMax = 5
    /// Between two tries.
    private static let pause: Duration = .seconds(3)

    func validate() throws {
        if let after, after < 0 { throw ValidationError("--after \(after) is less than 0") }
    }

    func run() async throws {
        let console = output.console
        try await client.withClient(console, silenceMax: APIClient.silenceMax) { client in
            var last = after ?? (ticket == nil ? nil : 0)
            var fruitlessCount = 0
            while true {
                var isOver = false
                do throws(CommandFailure) {
                    try await client.follow(ticket?.ticket, after: last) { event in
                        fruitlessCount = 0
                        if let id = event.id { last = id }
                        isOver = show(event, on: console)
                        return !isOver
                    }
                } catch {
                    guard error.status == .notReachable, fruitlessCount < Self.fruitlessCountMax else { throw error }
                }
                if isOver { return }
                fruitlessCount += 1
                console.note("the connection ended; trying again", json: ["reconnecting": true])
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    /// - Returns: Whether the hold that is followed has come to its end.
    private func show(_ event: ServerEvent, on console: Console) -> Bool {
        guard let object = event.object else { return false }
        if output.json {
            console.print(object.write())
        } else if event.name != "end" {
            var line = "\(object["at"]?.string ?? "?")  "
            line += object["ticket"]?.string.map { "\($0)  " } ?? ""
            let to = object["to"]?.string ?? object["kind"]?.string ?? "?"
            line += object["from"]?.string.map { "\($0) → \(to)" } ?? to
            line += ", by \(object["by"]?.string ?? "?"): \(object["cause"]?.string ?? "")"
            console.print(line.printable)
        }
        // A coalesced one may come back.
        let state = object["to"]?.string.flatMap { HoldState(rawValue: $0) }
        return ticket != nil && state.map { $0.isFinal && $0 != .coalesced } ?? false
    }
}
