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
    @Argument(help: ArgumentHelp("The holds' tickets; or name many by filters.", valueName: "ticket"))
    var tickets: [TicketArgument] = []

    @Option(help: "Why, in one sentence; it is kept in the holds' history. Not needed with --dry-run.")
    var reason: NameArgument?

    @OptionGroup(title: "Filters, in place of tickets") var filters: HoldFilterOptions

    @Flag(help: "Every hold that this is possible for.")
    var all = false

    @Flag(help: "Only say how many holds the filters name, and show some.")
    var dryRun = false

    @Flag(help: "With filters: do it without asking.")
    var yes = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let isMany = filters.isNarrowed || all
        guard tickets.isEmpty == isMany else {
            throw ValidationError("name holds either by their tickets or by filters (or --all)")
        }
        if !isMany, dryRun || yes { throw ValidationError("--dry-run and --yes go with filters, not with tickets") }
        if reason == nil, !dryRun { throw ValidationError("--reason is missing") }
    }

    /// Moves the holds that the command names.
    func move(_ verb: HoldMoveVerb, dropsRepresented: Bool = false) async throws {
        guard tickets.isEmpty else { return try await moveEach(verb, dropsRepresented) }
        try await BulkMove(options: self, verb: verb, dropsRepresented: dropsRepresented).run()
    }

    /// Moves each hold, one after the other, and says of each what became of it.
    ///
    /// Goes on after a hold that cannot be moved. Stops when the server is gone or the token may not: the others
    /// would fail alike.
    private func moveEach(_ verb: HoldMoveVerb, _ dropsRepresented: Bool) async throws {
        let console = output.console
        let tickets = unique
        var results: [JSONValue] = []
        var failures: [CommandFailure] = []
        try await client.withClient(console) { client in
            for ticket in tickets {
                do {
                    let hold = try await move(ticket, verb, dropsRepresented, client)
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

    /// What is sent with an order.
    func body(_ dropsRepresented: Bool) -> JSONObject {
        var body = JSONObject()
        body.set("reason", ifPresent: reason.map { .string($0.text) })
        if dropsRepresented { body["dropRepresented"] = true }
        return body
    }

    private func move(
        _ ticket: Ticket, _ verb: HoldMoveVerb, _ dropsRepresented: Bool, _ client: APIClient
    ) async throws -> JSONObject {
        try await client.object(
            APIRequest("POST", ["holds", ticket.description, verb.rawValue], body: body(dropsRepresented)),
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
