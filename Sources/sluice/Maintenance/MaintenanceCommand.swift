import ArgumentParser
import SluiceConfig
import SluiceJSON
import SluiceModel

/// `sluice maintenance`: plans one, moves it, and waits for it.
struct MaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Plan a maintenance, start it, watch it drain, and bring everything back.",
        discussion: """
            Example:
              sluice maintenance plan upgrade.yaml
              sluice maintenance start --reason "upgrade to 2026.11"
              sluice maintenance wait --for quiesced --timeout 2h
            """,
        subcommands: [
            MaintenancePlanCommand.self, MaintenanceListCommand.self, MaintenanceStatusCommand.self,
            MaintenanceStartCommand.self, MaintenanceWatchCommand.self, MaintenanceWaitCommand.self,
            MaintenanceResumeCommand.self, MaintenanceAbortCommand.self, MaintenanceExtendCommand.self,
            MaintenanceWaiveCommand.self, MaintenanceJournalCommand.self, MaintenanceDecideCommand.self,
            MaintenanceRetryCommand.self,
        ])
}

/// `sluice maintenance plan`.
struct MaintenancePlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Put a plan on record and show what a look before the start finds; nothing is changed.",
        discussion: """
            Exits with 3 when the look finds an error.

            Example:
              sluice maintenance plan upgrade.yaml
            """)

    @Argument(help: ArgumentHelp("A plan in YAML (docs/administrators.md).", valueName: "file"))
    var path: String
    @Flag(help: "Only look: put nothing on record.") var dryRun = false
    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let (plan, diagnostics) = MaintenancePlanFile.load(path) { text in
            TimeSpan(argument: text).map(\.duration.components.seconds)
        }
        guard let plan else {
            if !output.json {
                for diagnostic in diagnostics { console.note(diagnostic.description.printable) }
            }
            throw CommandFailure(
                .failed, "\(path) is not a plan: \(diagnostics.count == 1 ? "1 fault" : "\(diagnostics.count) faults")",
                diagnostics: diagnostics)
        }
        var body = MaintenanceView.body(plan)
        if dryRun { body["dryRun"] = .bool(true) }
        let object = try await client.withClient(console) { [body] client in
            try await client.object(
                APIRequest("POST", ["maintenances"], body: body), within: self.client.timeout.duration,
                doing: "plan \(path)")
        }
        if output.json { console.print(object) } else { console.print(MaintenanceView(object: object).plannedLines) }
        let problems = object["problems"]?.array?.compactMap(\.string) ?? []
        if let first = problems.first { throw CommandFailure(.findings, "the plan does not hold together: \(first)") }
        if let first = MaintenanceView(object: object).firstError {
            throw CommandFailure(.findings, "it cannot be started like this: \(first)")
        }
    }
}

/// `sluice maintenance list`.
struct MaintenanceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the maintenances, those that are not over first.",
        discussion: """
            Example:
              sluice maintenance list
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("GET", ["maintenances"]), within: self.client.timeout.duration, doing: "list maintenances")
        }
        if output.json { return console.print(object) }
        var table = Table(["ID", "PHASE", "SINCE", "SYSTEMS", "TITLE"])
        let rows = (object["maintenances"]?.array ?? []).map { entry in
            ["id", "phase", "phaseSince", "systems", "title"].map { entry[$0]?.string ?? "" }
        }
        console.print([table.heading(for: rows)] + table.lines(rows))
    }
}

/// `sluice maintenance status`.
struct MaintenanceStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the phase, what it waits for, and what can be done about it.",
        discussion: """
            Example:
              sluice maintenance status
            """)

    @OptionGroup var which: MaintenanceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await which.client.withClient(console) { client in try await which.show(with: client) }
        if output.json { console.print(object) } else { console.print(MaintenanceView(object: object).lines) }
    }
}

/// Which maintenance, and where.
struct MaintenanceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Its id; without it, the one under way, or the only one planned.", valueName: "id"))
    var id: NameArgument?
    @OptionGroup(title: "Server") var client: ClientOptions

    /// The maintenance that is meant.
    func resolve(with client: APIClient) async throws -> String {
        if let id { return id.text }
        let object = try await client.object(
            APIRequest("GET", ["maintenances"]), within: self.client.timeout.duration, doing: "find the maintenance")
        let open = (object["maintenances"]?.array ?? []).filter {
            !["completed", "aborted"].contains($0["phase"]?.string ?? "")
        }
        let underWay = open.filter { $0["phase"]?.string != "planned" }
        let found = underWay.isEmpty ? open : underWay
        guard let id = found.first?["id"]?.string else {
            throw CommandFailure(
                .failed, "no maintenance is planned or under way", advice: "plan one: sluice maintenance plan FILE")
        }
        guard found.count == 1 else {
            throw CommandFailure(
                .usage, "\(found.count) maintenances are planned",
                advice: "say which with --id; sluice maintenance list")
        }
        return id
    }

    func show(with client: APIClient) async throws -> JSONObject {
        try await show(try await resolve(with: client), with: client)
    }

    func show(_ id: String, with client: APIClient) async throws -> JSONObject {
        try await client.object(
            APIRequest("GET", ["maintenances", id]), within: self.client.timeout.duration, doing: "show \(id)")
    }
}
