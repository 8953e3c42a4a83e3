import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice maintenance start`.
struct MaintenanceStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Look once more, then close: CSA first, OO second.",
        discussion: """
            An error of the look refuses the start; a warning does, too, unless --yes says that it was read.

            Example:
              sluice maintenance start --reason "upgrade to 2026.11"
            """)

    @Flag(help: "Start in spite of warnings.") var yes = false
    @OptionGroup var order: MaintenanceOrderOptions

    func run() async throws {
        do {
            try await order.send("start", JSONObject(yes ? [("acceptWarnings", .bool(true))] : []))
        } catch let failure as CommandFailure {
            // What --yes says was read; as JSON it is in the problem.
            if !order.output.json, let problem = failure.problem {
                for line in MaintenanceView(object: problem.members).plannedLines { order.output.console.note(line) }
            }
            throw failure
        }
    }
}

/// `sluice maintenance resume`.
struct MaintenanceResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "The services are up again: verify, reopen, release. While it verifies: go on all the same.",
        discussion: """
            Example:
              sluice maintenance resume --reason "OO 2026.11 is up"
            """)

    @OptionGroup var order: MaintenanceOrderOptions

    func run() async throws { try await order.send("resume") }
}

/// `sluice maintenance abort`.
struct MaintenanceAbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Put everything back as it was, from whatever phase; what is held is released.",
        discussion: """
            Example:
              sluice maintenance abort --reason "the backup failed"
            """)

    @OptionGroup var order: MaintenanceOrderOptions

    func run() async throws { try await order.send("abort") }
}

/// `sluice maintenance extend`.
struct MaintenanceExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Let it end later, or let the drain take longer.",
        discussion: """
            Example:
              sluice maintenance extend --until 2026-12-06T04:00:00Z --drain 3h --reason "a long backup"
            """)

    @Option(help: ArgumentHelp("The new expected end, with its offset.", valueName: "time")) var until: TimeArgument?
    @Option(help: ArgumentHelp("How long the drain may take, from the start.", valueName: "time")) var drain: TimeSpan?
    @OptionGroup var order: MaintenanceOrderOptions

    func run() async throws {
        guard until != nil || drain != nil else {
            throw CommandFailure(.usage, "nothing is extended", advice: "give --until or --drain")
        }
        var body = JSONObject()
        body.set("expectedEnd", ifPresent: until.map { .string($0.timestamp.rfc3339) })
        body.set("drainDeadlineSeconds", ifPresent: drain.map { .int($0.duration.components.seconds) })
        try await order.send("extend", body)
    }
}

/// `sluice maintenance waive`.
struct MaintenanceWaiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waive", abstract: "Go on without one thing that it waits for; the waiver is kept on record.",
        discussion: """
            Example:
              sluice maintenance waive execution:150084121 --reason "it may be cut off"
            """)

    @Argument(help: ArgumentHelp("The blocker's name, as status shows it.", valueName: "blocker"))
    var blocker: NameArgument
    @OptionGroup var order: MaintenanceOrderOptions

    func run() async throws {
        try await order.send("waive", JSONObject([("blocker", .string(blocker.text))]))
    }
}

/// Options of the commands that move a maintenance.
struct MaintenanceOrderOptions: ParsableArguments {
    @Option(help: "Why, in one sentence; it is kept on record.") var reason: NameArgument
    @OptionGroup var which: MaintenanceOptions
    @OptionGroup var output: OutputOptions

    func send(_ verb: String, _ body: JSONObject = JSONObject()) async throws {
        let console = output.console
        var body = body
        body["reason"] = .string(reason.text)
        let object = try await which.client.withClient(console) { [body] client in
            let id = try await which.resolve(with: client)
            return try await client.object(
                APIRequest("POST", ["maintenances", id, verb], body: body), within: which.client.timeout.duration,
                doing: "\(verb) \(id)")
        }
        if output.json { console.print(object) } else { console.print(MaintenanceView(object: object).plannedLines) }
    }
}
