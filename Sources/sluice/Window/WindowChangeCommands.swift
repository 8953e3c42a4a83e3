import ArgumentParser
import SluiceJSON

/// `sluice window extend`: an occurrence, or all that have not begun, end later.
struct WindowExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Let a window end later, a live occurrence too.",
        discussion: """
            Example:
              sluice window extend w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD --by 1h \\
                --occurrence 2026-12-05T22:00:00 --reason "the migration is slow"
            """)

    @OptionGroup var change: WindowLengthOptions

    func run() async throws { try await change.send("extend") }
}

/// `sluice window shorten`: an occurrence, or all that have not begun, end sooner.
struct WindowShortenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shorten", abstract: "Let a window end sooner, a live occurrence too.",
        discussion: """
            Example:
              sluice window shorten w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD --by 30m --reason "done sooner"
            """)

    @OptionGroup var change: WindowLengthOptions

    func run() async throws { try await change.send("shorten") }
}

/// By how much, and which occurrence.
struct WindowLengthOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("By how much, such as 1h.", valueName: "time"))
    var by: TimeSpan

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("One occurrence's local time; without it all that have not begun.", valueName: "time"))
    var occurrence: NameArgument?

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @OptionGroup var options: WindowOptions

    func send(_ verb: String) async throws {
        var body = JSONObject([
            ("seconds", .number(JSONNumber(by.duration.components.seconds))), ("reason", .string(reason.text)),
        ])
        body.set("occurrence", ifPresent: occurrence.map { .string($0.text) })
        try await options.send(verb, body)
    }
}

/// `sluice window cancel`: one occurrence, or the window for good.
struct WindowCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel one occurrence, or the window with all that have not ended.",
        discussion: """
            A live occurrence ends, and the gate that it closed is opened.

            Example:
              sluice window cancel w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD --reason "postponed"
            """)

    @Option(
        parsing: .unconditional, help: ArgumentHelp("One occurrence's local time; without it, all.", valueName: "time"))
    var occurrence: NameArgument?

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @OptionGroup var options: WindowOptions

    func run() async throws {
        var body = JSONObject([("reason", .string(reason.text))])
        body.set("occurrence", ifPresent: occurrence.map { .string($0.text) })
        try await options.send("cancel", body)
    }
}

/// `sluice window import`: the blackouts of a calendar.
struct WindowImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Replace the blackouts of one calendar by the events of an .ics file.",
        discussion: """
            Example:
              sluice window import --calendar site year-end.ics --reason "dates of 2027"
            """)

    @Argument(help: ArgumentHelp("An iCalendar file.", valueName: "file"))
    var path: String

    @Option(help: "The name that its blackouts are kept under.")
    var calendar: NameArgument

    @Option(
        help: ArgumentHelp(
            "The zone of dates and times without one in a file that names none, such as Europe/London; else UTC.",
            valueName: "zone"))
    var zone: NameArgument?

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        var request = APIRequest(
            "PUT", ["calendars", calendar.text], query: [("reason", reason.text), ("zone", zone?.text)])
        request.file = try FileUpload(path: path)
        let object = try await client.withClient(console) { [request] client in
            try await client.object(request, within: self.client.timeout.duration, doing: "import \(path)")
        }
        if output.json { return console.print(object) }
        let count = object["windows"]?.array?.count ?? 0
        console.print("\(calendar.text.printable): \(count == 1 ? "1 blackout" : "\(count) blackouts")")
        for diagnostic in object["diagnostics"]?.array ?? [] {
            let line = diagnostic["line"]?.number?.int.map { ":\($0)" } ?? ""
            console.warn("\(path)\(line): \(diagnostic["message"]?.string ?? "")")
        }
    }
}
