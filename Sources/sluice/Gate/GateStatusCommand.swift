import ArgumentParser

/// `sluice gate status`: the gate's mode, since when, by whom, why.
struct GateStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the gate's mode, its scopes, and how many launches it holds.",
        discussion: """
            Example:
              sluice gate status --server https://sluice.example.org
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("GET", ["gate"]), within: self.client.timeout.duration, doing: "show the gate")
        }
        if output.json { console.print(object) } else { console.print(GateView(object: object).lines) }
    }
}
