import ArgumentParser
import SluiceJSON

/// `sluice window list`: occurrences of all windows in a span.
struct WindowListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List windows by their occurrences; of the next 30 days when no span is given.",
        discussion: """
            Example:
              sluice window list --from 2026-12-01T00:00:00Z --to 2027-01-01T00:00:00Z
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("The span's start.", valueName: "time"))
    var from: NameArgument?

    @Option(parsing: .unconditional, help: ArgumentHelp("The span's end, not counted.", valueName: "time"))
    var to: NameArgument?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let request = APIRequest("GET", ["windows"], query: [("from", from?.text), ("to", to?.text)])
        let object = try await client.withClient(console) { client in
            try await client.object(request, within: self.client.timeout.duration, doing: "list the windows")
        }
        if output.json { return console.print(object) }
        let lines = WindowView.lines(object["occurrences"]?.array ?? [], object["windows"]?.array ?? [])
        lines.isEmpty ? console.note("no windows") : console.print(lines)
        if object["isCut"] == true { console.note("there are more: give a shorter span by --from and --to") }
        for line in object["banner"]?.array ?? [] { console.note((line.string ?? "").printable) }
    }
}

/// `sluice window show`: one window and its occurrences.
struct WindowShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one window with its next occurrences.",
        discussion: """
            Example:
              sluice window show w_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD
            """)

    @OptionGroup var options: WindowOptions

    func run() async throws {
        let request = APIRequest("GET", ["windows", options.id.text])
        let object = try await options.client.withClient(options.output.console) { client in
            try await client.object(request, within: options.client.timeout.duration, doing: "show the window")
        }
        WindowView.show(object, options.output)
    }
}

/// `sluice window ics`: the feed for calendars.
struct WindowICSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ics", abstract: "Print the maintenance windows as an iCalendar feed.",
        discussion: """
            Example:
              sluice window ics > windows.ics
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let text = try await client.withClient(console) { client in
            try await client.picture(
                APIRequest("GET", ["windows.ics"]), within: self.client.timeout.duration, doing: "get the feed")
        }
        // Its last line ends by itself.
        output.json ? console.print(["ics": .string(text)]) : console.write(text)
    }
}
