import ArgumentParser
import SluiceJSON
import SluiceModel

/// What an operator may do to a hold.
enum HoldMoveVerb: String, Sendable {
    case release
    case discard
    case retry
}

/// Options of the commands that move holds, and the moving itself.
struct HoldMoveOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The holds' tickets.", valueName: "ticket"))
    var tickets: [TicketArgument]

    @Option(help: "Why, in one sentence; it is kept in the holds' history.")
    var reason: NameArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Moves each hold, one after the other, and says of each what became of it.
    ///
    /// Goes on after a hold that cannot be moved. Stops when the server is gone or the token may not: the others
    /// would fail alike.
    func move(_ verb: HoldMoveVerb) async throws {
        let console = output.console
        let tickets = unique
        var results: [JSONValue] = []
        var failures: [CommandFailure] = []
        try await client.withClient(console) { client in
            for ticket in tickets {
                do {
                    let hold = try await move(ticket, verb, client)
                    results.append(["ticket": .string(ticket.description), "ok": true, "hold": .object(hold)])
                    let state = HoldView(object: hold).state
                    if !output.json { console.print("\(ticket)  \(state.printable)") }
                } catch let failure as CommandFailure {
                    failures.append(failure)
                    results.append([
                        "ticket": .string(ticket.description), "ok": false, "problem": .object(failure.json),
                    ])
                    if !output.json { console.report(failure) }
                    guard failure.status == .failed else { break }
                }
            }
        }
        if output.json { console.print(["results": .array(results)]) }
        guard let last = failures.last else { return }
        throw summary(last, failureCount: failures.count, leftCount: tickets.count - results.count, verb)
    }

    /// In the order given, each once.
    private var unique: [Ticket] {
        var seen: Set<Ticket> = []
        return tickets.map(\.ticket).filter { seen.insert($0).inserted }
    }

    private func move(_ ticket: Ticket, _ verb: HoldMoveVerb, _ client: APIClient) async throws -> JSONObject {
        try await client.object(
            APIRequest(
                "POST", ["holds", ticket.description, verb.rawValue], body: ["reason": .string(reason.text)]),
            within: self.client.timeout.duration, doing: "\(verb.rawValue) hold \(ticket)")
    }

    private func summary(
        _ last: CommandFailure, failureCount: Int, leftCount: Int, _ verb: HoldMoveVerb
    ) -> CommandFailure {
        var message = "\(failureCount) of \(unique.count) holds: \(verb.rawValue) failed"
        if leftCount > 0 { message += "; \(leftCount) not tried" }
        return CommandFailure(
            last.status, message, advice: leftCount > 0 ? "repeat the command with the tickets that are left" : nil,
            problem: last.problem)
    }
}
