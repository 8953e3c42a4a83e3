import ArgumentParser
import SluiceConfig
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluiceScenarios

/// `sluice schedule forecast`: what a maintenance window would hold.
struct ScheduleForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Show what a window would hold, and how long drain and release would take.",
        discussion: """
            Between --from and --to the gate counts as closed. For each launch that falls in between: what the gate \
            does with it, and what its misfire policy makes of it when the window ends. Nothing is changed anywhere.

            How long the drain takes comes from past durations of each flow (--history, or Central's executions when \
            the server is asked). 10 minutes are assumed for flows without any, and it is said for how many.

            With --svg, it draws the same as a picture, and prints nothing else.

            Examples:
              sluice schedule forecast quartz.xml --zone Europe/Berlin --from 2026-12-05T22:00:00+01:00 \
            --to 2026-12-06T02:00:00+01:00
              sluice schedule forecast quartz.xml --from … --to … --history durations.jsonl --svg window.svg
              sluice schedule forecast --from … --to …
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "When the window begins, such as 2026-12-05T22:00:00+01:00; without an offset in --zone, of a "
                + "doubled time the first.",
            valueName: "time"))
    var from: LocalTimeArgument

    @Option(parsing: .unconditional, help: ArgumentHelp("When it ends.", valueName: "time"))
    var to: LocalTimeArgument

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Launches a minute that the release makes.", valueName: "count"))
    var rate: Int?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Launches of the release that run at once.", valueName: "count"))
    var ceiling: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("How many launches are listed one by one.", valueName: "count"))
    var limit = 100

    @Option(
        help: ArgumentHelp("Draw it into this file; - for stdout.", valueName: "path"), completion: .file())
    var svg: String?

    @OptionGroup var options: ForecastOptions

    func validate() throws {
        // In the zone of a configuration that is yet to be read, the order may be another: that is looked at later.
        if options.zone != nil || options.client.config == nil { _ = try window(options.rules) }
        guard (0...ForecastLimits.listedLaunchCountMax).contains(limit) else {
            throw ValidationError("--limit is 0 to \(ForecastLimits.listedLaunchCountMax), not \(limit).")
        }
        for (name, value, most) in [("--rate", rate, 60_000), ("--ceiling", ceiling, 1000)] {
            guard let value else { continue }
            guard (1...most).contains(value) else { throw ValidationError("\(name) is 1 to \(most), not \(value).") }
        }
        guard !options.files.isEmpty || (rate == nil && ceiling == nil) else {
            throw ValidationError("--rate and --ceiling go with files only: the server has its own.")
        }
    }

    private func window(_ zone: TimeZoneRules) throws -> Range<Timestamp> {
        let (start, end) = (from.timestamp(zone), to.timestamp(zone))
        guard start < end else { throw ValidationError("--to is not after --from.") }
        guard end.since(start) <= .seconds(ForecastLimits.spanSecondsMax) else {
            throw ValidationError("the window is longer than \(ForecastLimits.spanSecondsMax / 86_400) days.")
        }
        return start..<end
    }

    func run() async throws {
        guard !options.files.isEmpty else { return try await ask() }
        let setting = try options.setting()
        let window = try window(setting.rules)
        var inputs = try options.inputs(setting)
        let release = setting.configuration?.release
        var query = Forecast.Query(
            window: window, now: inputs.now,
            ratePerMinute: rate ?? release?.ratePerMinute ?? Forecast.Query.ratePerMinute,
            ceiling: ceiling ?? release?.ceiling ?? Forecast.Query.ceiling)
        query.listedLaunchCountMax = svg == nil ? limit : 0
        if svg != nil { query.span = Forecast.Query.span(around: window) }
        let forecast = Forecast(
            inputs.schedules, query: query, outlook: inputs.outlook, history: &inputs.history)
        if let svg { return try options.write(svg: ForecastDrawing(forecast, zone: setting.rules).svg, to: svg) }
        var object = forecast.json
        object["zoneData"] = .optional(ScheduleFiles.zoneDataVersion)
        show(object, setting.rules)
    }

    private func ask() async throws {
        let console = options.output.console
        let object = try await options.client.withClient(console) { client in
            let query: [(String, String?)] = [
                ("from", from.timestamp(options.rules).rfc3339), ("to", to.timestamp(options.rules).rfc3339),
                ("mode", options.mode.mode.rawValue),
                ("scope", options.scope?.scope.description), ("zone", options.zone ?? "UTC"),
            ]
            if let svg {
                let picture = try await client.picture(
                    APIRequest("GET", ["forecast"], query: query + [("format", "svg")]),
                    within: options.client.timeout.duration, doing: "draw the forecast")
                try options.write(svg: picture, to: svg)
                return JSONObject?.none
            }
            return try await client.object(
                APIRequest("GET", ["forecast"], query: query + [("limit", String(limit))]),
                within: options.client.timeout.duration, doing: "forecast")
        }
        if let object { show(object, options.rules) }
    }

    private func show(_ object: JSONObject, _ zone: TimeZoneRules) {
        let console = options.output.console
        guard !options.output.json else { return console.print(object) }
        console.print(ForecastView(object: object, zone: zone).lines)
    }
}
