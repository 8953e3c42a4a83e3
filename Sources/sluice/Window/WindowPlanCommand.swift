import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice window plan`: plans a window, once or recurring.
struct WindowPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Plan a window, once or recurring (RFC 5545).",
        discussion: """
            With --dry-run nothing is planned, and the first occurrences are shown.

            Example:
              sluice window plan --summary "Upgrade OO" --start 2026-12-05T22:00:00Z \\
                --duration 4h --reason "upgrade to 2026.11" --dry-run
            """)

    @Option(help: "What it is for; everybody who is warned sees it.")
    var summary: NameArgument

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A local time of --time-zone, or one in UTC with Z.", valueName: "time"))
    var start: NameArgument

    @Option(help: ArgumentHelp("An IANA time zone such as Europe/London.", valueName: "zone"))
    var timeZone: NameArgument?

    @Option(parsing: .unconditional, help: ArgumentHelp("How long, such as 4h.", valueName: "time"))
    var duration: TimeSpan

    @Option(help: ArgumentHelp("How it recurs, such as FREQ=MONTHLY;BYDAY=-1SA.", valueName: "rule"))
    var rrule: NameArgument?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A local time at which it does not happen; repeatable.", valueName: "time"))
    var exdate: [NameArgument] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Warn this long before, such as 24h; repeatable. Else 7d, 1d, 30m.", valueName: "time"))
    var leadTime: [TimeSpan] = []

    @Option(help: "The part of all launches that it is for; without it, all.")
    var scope: ScopeArgument?

    @Flag(help: "No maintenance may begin in it.")
    var blackout = false

    @Flag(help: "Close the gate when it begins.")
    var autoStart = false

    @Flag(help: "Open a gate that was closed so when it ends.")
    var autoEnd = false

    @Flag(help: "Only show when it would be.")
    var dryRun = false

    @Option(help: "Why, in one sentence.")
    var reason: NameArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        func seconds(_ span: TimeSpan) -> JSONValue { .number(JSONNumber(span.duration.components.seconds)) }
        var body = JSONObject([
            ("summary", .string(summary.text)), ("start", .string(start.text)), ("durationSeconds", seconds(duration)),
            ("kind", .string(blackout ? "blackout" : "maintenance")), ("autoStart", .bool(autoStart)),
            ("autoEnd", .bool(autoEnd)), ("dryRun", .bool(dryRun)), ("reason", .string(reason.text)),
        ])
        body.set("timeZone", ifPresent: timeZone.map { .string($0.text) })
        body.set("rrule", ifPresent: rrule.map { .string($0.text) })
        body.set("scope", ifPresent: scope.map { .string($0.scope.description) })
        if !exdate.isEmpty { body["exdates"] = .array(exdate.map { .string($0.text) }) }
        if !leadTime.isEmpty { body["leadTimeSeconds"] = .array(leadTime.map(seconds)) }
        let request = APIRequest("POST", ["windows"], body: body)
        let object = try await client.withClient(output.console) { client in
            try await client.object(request, within: self.client.timeout.duration, doing: "plan the window")
        }
        WindowView.show(object, output)
        if dryRun, !output.json { output.console.note("nothing was planned") }
    }
}
