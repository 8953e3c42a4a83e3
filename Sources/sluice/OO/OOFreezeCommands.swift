import ArgumentParser
import SluiceJSON

/// `sluice oo status`: how the freeze stands, also while Central is away.
struct OOStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how the freeze stands, and why it does not get on; Central is not asked.",
        discussion: """
            Example:
              sluice oo status --json | jq -r .freeze.trouble
            """)

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let object = try await client.withClient(output.console) { client in
            try await client.object(
                APIRequest("GET", ["schedules", "freeze"]), within: self.client.timeout.duration,
                doing: "say how the freeze stands")
        }
        output.json ? output.console.print(object) : output.console.print(FreezeProgress(object).line.printable)
    }
}

/// `sluice oo freeze`.
struct OOFreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Disable Central's schedules for a maintenance.",
        discussion: """
            Without a selection all that are enabled. Returns when the order is on disk; "sluice oo status" shows how \
            it goes on.

            \(OOOrderOptions.waiting)

            Examples:
              sluice oo freeze --reason upgrade
              sluice oo freeze --reason upgrade --wait 10m && stop-central
              sluice oo freeze --path "Library/Billing/**" --dry-run --reason upgrade
            """)

    @OptionGroup var order: OOOrderOptions

    func validate() throws { try order.check() }

    func run() async throws { try await order.send(.freeze) }
}

/// `sluice oo thaw`.
struct OOThawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw", abstract: "Enable the schedules again that were frozen.",
        discussion: """
            \(OOOrderOptions.waiting)

            Examples:
              sluice oo thaw --reason "the upgrade is done"
              sluice oo thaw --reason "the upgrade is done" --wait 30m
            """)

    @OptionGroup var order: OOOrderOptions

    func validate() throws { try order.check() }

    func run() async throws { try await order.send(.thaw) }
}

/// Which schedules, and why.
struct OOOrderOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A schedule's id; may be given more than once.", valueName: "id"))
    var id: [NameArgument] = []

    @Option(help: ArgumentHelp("Those of a flow; may be given more than once.", valueName: "id"))
    var flow: [NameArgument] = []

    @Option(help: ArgumentHelp("Those of flows below a path; may be given more than once.", valueName: "pattern"))
    var path: [NameArgument] = []

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @Flag(help: "Change nothing, and say which schedules it would be.")
    var dryRun = false

    @Option(help: ArgumentHelp("Wait this long until all are frozen, or thawed, such as 10m.", valueName: "time"))
    var wait: TimeSpan?

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// What the help says of `--wait`.
    static let waiting = """
        With --wait it exits 0 only when all are switched and read back: 3 when some were left as somebody else made \
        them, 124 when the time is over. Ctrl-C ends the waiting alone; the order goes on.
        """

    func check() throws {
        if dryRun, wait != nil { throw ValidationError("--wait does not go with --dry-run: nothing is ordered.") }
    }

    func send(_ verb: FreezeWait.Verb) async throws {
        func list(_ names: [NameArgument]) -> JSONValue { .array(names.map { .string($0.text) }) }
        let body = JSONObject([
            ("ids", list(id)), ("flows", list(flow)), ("paths", list(path)), ("reason", .string(reason.text)),
            ("dryRun", .bool(dryRun)),
        ])
        let console = output.console
        let object = try await client.withClient(console) { client in
            let timeout = self.client.timeout.duration
            let waiting = wait.map {
                FreezeWait(verb: verb, client: client, console: console, timeout: timeout, wait: $0.duration)
            }
            let known = try await waiting?.conflicts() ?? []
            var object = try await client.object(
                APIRequest("POST", ["schedules", verb.rawValue], body: body), within: timeout,
                doing: "\(verb.rawValue) Central's schedules")
            guard let waiting, object["isAccepted"] == true else { return object }
            object["freeze"] = try await waiting.run(after: object, known)["freeze"]
            return object
        }
        if output.json { return console.print(object) }
        if dryRun {
            OOView.print(object["schedules"]?.array ?? [], OOView.schedule, console, none: "no schedules")
            for conflict in object["conflicts"]?.array ?? [] {
                let name = "\(conflict["id"]?.string ?? "") (\(conflict["name"]?.string ?? ""))"
                console.warn("\(name) would be left as it is: \(conflict["cause"]?.string ?? "")")
            }
        } else if object["isAccepted"] == false {
            console.note("there is nothing to \(verb.rawValue)")
        }
        // Whoever waited has read it.
        if wait == nil || object["isAccepted"] == false { OOView.note(object, console) }
    }
}

/// `sluice oo waive`: goes on without schedules that Central does not switch.
struct OOWaiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waive", abstract: "Give up on schedules that a thaw cannot enable, so that it can end.",
        discussion: """
            Nothing is sent for them any more: they stay as Central has them, are a "conflict" in "sluice oo journal", \
            and are nobody's but yours to put right there. Their missed times are recorded and not launched. After \
            that a new freeze is possible.

            Example:
              sluice oo waive --id 1347298851037 --reason "its owner left; ticket 4711"
            """)

    @Option(help: ArgumentHelp("A schedule's id; may be given more than once.", valueName: "id"))
    var id: [NameArgument]

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let body: JSONObject = ["ids": .array(id.map { .string($0.text) }), "reason": .string(reason.text)]
        let object = try await client.withClient(output.console) { client in
            try await client.object(
                APIRequest("POST", ["schedules", "waive"], body: body), within: self.client.timeout.duration,
                doing: "waive schedules")
        }
        output.json ? output.console.print(object) : OOView.note(object, output.console)
    }
}
