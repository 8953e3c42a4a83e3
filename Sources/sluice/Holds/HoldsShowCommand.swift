import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice holds show`: one hold with its history.
struct HoldsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one hold: its state, its launch, its history.",
        discussion: """
            With --wait it is shown as soon as its state has changed, at the latest after that time.

            Example:
              sluice holds show h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD --wait 30m
            """)

    @Argument(help: "The hold's ticket.")
    var ticket: TicketArgument

    @Option(help: ArgumentHelp("Wait this long for its state to change, such as 30s.", valueName: "time"))
    var wait: TimeSpan?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Longest the server may keep one long-poll.
    private static let pollMax: Duration = .seconds(30)
    /// A poll that comes back sooner than this was none: the next one is not sent at once.
    private static let pollMin: Duration = .seconds(1)

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            let first = try await HoldRequest(client: client, timeout: self.client.timeout.duration)
                .hold(ticket.ticket)
            guard let wait else { return first }
            return try await changed(since: first, within: wait.duration, client)
        }
        if output.json { console.print(object) } else { console.print(HoldView(object: object).lines) }
    }

    /// The hold once it left the state it is in, or as it is when the time is over.
    private func changed(
        since first: JSONObject, within time: Duration, _ client: APIClient
    ) async throws -> JSONObject {
        let request = HoldRequest(client: client, timeout: self.client.timeout.duration)
        let clock = ContinuousClock()
        let end = clock.now + time
        let state = first["state"]?.string ?? ""
        var object = first
        while HoldState(rawValue: state)?.isFinal != true, object["state"]?.string == state, clock.now < end {
            let sent = clock.now
            object = try await request.hold(ticket.ticket, poll: min(end - sent, Self.pollMax))
            if clock.now - sent < Self.pollMin { try await clock.sleep(until: min(end, sent + Self.pollMin)) }
        }
        return object
    }
}

/// Asks for one hold.
struct HoldRequest {
    let client: APIClient
    let timeout: Duration

    /// The hold with its history and rule path; with a poll, when its state changes or the poll is over.
    func hold(_ ticket: Ticket, poll: Duration = .zero) async throws -> JSONObject {
        let wait = poll > .zero ? "\(max(1, poll.components.seconds))s" : nil
        return try await client.object(
            APIRequest("GET", ["holds", ticket.description], query: [("wait", wait)]), within: timeout + poll,
            doing: "show hold \(ticket)")
    }
}
