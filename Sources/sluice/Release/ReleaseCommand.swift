import ArgumentParser
import SluiceJSON

/// `sluice release`: shows and steers the release.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Show and steer the release: canary, ramp, breaker, rate and ceiling.",
        discussion: """
            Example:
              sluice release status --watch
            """,
        subcommands: [
            ReleaseStatusCommand.self, ReleaseSetCommand.self, ReleasePauseCommand.self, ReleaseContinueCommand.self,
            ReleaseAbortCommand.self,
        ])
}

/// `sluice release status`.
struct ReleaseStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show where the release is, what stops it, and when the last will have started.",
        discussion: """
            Exits with 3 when the breaker is open. With --watch it goes on until nothing is under way any more, and
            prints a line whenever something has changed.

            Example:
              sluice release status --watch
            """)

    @Flag(help: "Go on until the release is over, paused, aborted or broken.")
    var watch = false

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Between two looks of `--watch`.
    private static let interval: Duration = .seconds(1)

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            var view = ReleaseView(object: try await show(with: client))
            var last = ""
            while watch, view.isUnderWay {
                if view.line != last { console.note(view.line, json: view.object) }
                last = view.line
                try await Task.sleep(for: Self.interval)
                view = ReleaseView(object: try await show(with: client))
            }
            return view.object
        }
        try ReleaseView(object: object).show(on: console)
    }

    private func show(with client: APIClient) async throws -> JSONObject {
        try await client.object(
            APIRequest("GET", ["release"]), within: self.client.timeout.duration, doing: "show the release")
    }
}

/// `sluice release pause`.
struct ReleasePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Start nothing more until it is continued; what runs is followed to its end.",
        discussion: """
            Example:
              sluice release pause --reason "the database is slow"
            """)
    @OptionGroup var order: ReleaseOrderOptions
    func run() async throws { try await order.send("pause") }
}

/// `sluice release continue`.
struct ReleaseContinueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "continue",
        abstract: "Go on after a pause; after the breaker or an abort, begin anew with the canary.",
        discussion: """
            Example:
              sluice release continue --reason "the pack was mended"
            """)
    @OptionGroup var order: ReleaseOrderOptions
    func run() async throws { try await order.send("continue") }
}

/// `sluice release abort`.
struct ReleaseAbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "End the release: what was not launched stays held until the next opening or continue.",
        discussion: """
            Example:
              sluice release abort --reason "we go back to the old version"
            """)
    @OptionGroup var order: ReleaseOrderOptions
    func run() async throws { try await order.send("abort") }
}
