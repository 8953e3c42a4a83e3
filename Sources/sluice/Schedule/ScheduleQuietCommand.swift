import ArgumentParser
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluiceScenarios

/// `sluice schedule quiet`: where the quietest windows lie.
struct ScheduleQuietCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quiet",
        abstract: "Find the windows of a length that hold least.",
        discussion: """
            Every quarter of an hour is tried as a start. Windows are ranked by the schedules that would miss a time \
            though that is unsafe (--unsafe), then by the launches held, then by how long the drain takes. Those shown \
            do not overlap.

            No window touches a blackout: a span, or each event of an iCalendar file. Times without a zone in such a \
            file are in --zone. When the server is asked, it heeds the calendars that it has \
            (sluice window import, windows.blackouts).

            Examples:
              sluice schedule quiet quartz.xml --length 4h --within 14d --working-hours 'MON-FRI 08:00-18:00' \
            --zone Europe/Berlin
              sluice schedule quiet quartz.xml --length 4h --within 14d --weekdays SAT,SUN \
            --blackout 2026-12-24T00:00:00Z/2026-12-27T00:00:00Z --blackout year-end.ics
              sluice schedule quiet --length 4h --within 14d --svg quiet.svg
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("How long the window is, such as 4h.", valueName: "time"))
    var length: TimeSpan

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far ahead it may lie, such as 14d; at most 366d.", valueName: "time"))
    var within: TimeSpan

    @Option(parsing: .unconditional, help: ArgumentHelp("From when on; now unless told.", valueName: "time"))
    var from: LocalTimeArgument?

    @Option(
        help: ArgumentHelp("Hours that no window may touch, such as 'MON-FRI 08:00-18:00'.", valueName: "hours"))
    var workingHours: [HoursArgument] = []

    @Option(help: ArgumentHelp("Days on which the window must lie, such as SAT,SUN.", valueName: "days"))
    var weekdays: DaysArgument?

    @Option(
        help: ArgumentHelp(
            "What no window may touch: an iCalendar file, or a span such as "
                + "2026-12-24T00:00:00Z/2026-12-27T00:00:00Z; may be repeated.",
            valueName: "file.ics|from/to"), completion: .file())
    var blackout: [BlackoutArgument] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("How many windows are shown.", valueName: "count"))
    var count = 5

    @Option(
        help: ArgumentHelp("Draw it into this file; - for stdout.", valueName: "path"), completion: .file())
    var svg: String?

    @OptionGroup var options: ForecastOptions

    func validate() throws {
        let milliseconds = length.duration.wholeMilliseconds
        guard milliseconds > 0, milliseconds % 60_000 == 0 else {
            throw ValidationError(
                "--length \(length.text) must be in whole minutes, 1m or longer: windows are counted in minutes.")
        }
        guard length.duration > .zero, length.duration <= within.duration else {
            throw ValidationError("--length is longer than 0s and at most --within.")
        }
        guard within.duration <= .seconds(ForecastLimits.spanSecondsMax) else {
            throw ValidationError("--within is at most \(ForecastLimits.spanSecondsMax / 86_400) days (366d).")
        }
        guard (1...ForecastLimits.quietWindowCountMax).contains(count) else {
            throw ValidationError("--count is 1 to \(ForecastLimits.quietWindowCountMax), not \(count).")
        }
        guard !options.files.isEmpty || blackout.isEmpty else {
            throw ValidationError(
                "--blackout goes with schedule files only; the server heeds its own (sluice window import, "
                    + "windows.blackouts).")
        }
        guard !options.files.isEmpty || workingHours.count <= 1 else {
            throw ValidationError("the server takes one --working-hours.")
        }
    }

    func run() async throws {
        guard !options.files.isEmpty else { return try await ask() }
        let setting = try options.setting()
        var inputs = try options.inputs(setting)
        let start = from?.timestamp(setting.rules) ?? inputs.now
        var query = QuietSearch.Query(
            horizon: start..<start.advanced(by: within.duration), lengthMilliseconds: length.duration.wholeMilliseconds,
            zone: setting.rules, now: inputs.now)
        query.workingHours = workingHours.map(\.hours)
        query.weekdays = weekdays?.days
        query.blackouts = try blackouts(in: query.horizon, zone: setting.zone)
        query.countMax = count
        let search = QuietSearch(inputs.schedules, query: query, outlook: inputs.outlook, history: &inputs.history)
        if let svg { return try options.write(svg: QuietDrawing(search).svg, to: svg) }
        var object = search.json
        object["zoneData"] = .optional(ScheduleFiles.zoneDataVersion)
        show(object, setting.rules)
    }

    /// Spans as they are, and the events of files.
    private func blackouts(in horizon: Range<Timestamp>, zone: String) throws -> [Blackout] {
        var (spans, windows, diagnostics): ([Blackout], [Window], [Diagnostic]) = ([], [], [])
        for argument in blackout {
            switch argument {
            case .span(let span): spans.append(Blackout(span: span, summary: "--blackout"))
            case .file(let path):
                let reading = BlackoutFiles.read(path, zone: zone)
                windows += reading.windows
                diagnostics += reading.diagnostics
            }
        }
        if !options.output.json { options.output.console.note(diagnostics) }
        try Inspection.end(diagnostics, of: "calendar")
        do {
            return spans + (try BlackoutFiles.spans(of: windows, in: horizon))
        } catch {
            throw CommandFailure(.failed, "--blackout: \(error)")
        }
    }

    private func ask() async throws {
        let console = options.output.console
        let object = try await options.client.withClient(console) { client in
            let query: [(String, String?)] = [
                ("length", "\(length.duration.components.seconds)s"),
                ("within", "\(within.duration.components.seconds)s"),
                ("from", from?.timestamp(options.rules).rfc3339), ("mode", options.mode.mode.rawValue),
                ("scope", options.scope?.scope.description), ("zone", options.zone ?? "UTC"),
                ("workingHours", workingHours.first?.text), ("weekdays", weekdays?.text), ("count", String(count)),
            ]
            if let svg {
                let picture = try await client.picture(
                    APIRequest("GET", ["forecast", "quiet"], query: query + [("format", "svg")]),
                    within: options.client.timeout.duration, doing: "draw the quiet windows")
                try options.write(svg: picture, to: svg)
                return JSONObject?.none
            }
            return try await client.object(
                APIRequest("GET", ["forecast", "quiet"], query: query),
                within: options.client.timeout.duration, doing: "look for quiet windows")
        }
        if let object { show(object, options.rules) }
    }

    private func show(_ object: JSONObject, _ zone: TimeZoneRules) {
        let console = options.output.console
        guard !options.output.json else { return console.print(object) }
        console.print(QuietView(object: object, zone: zone).lines)
    }
}

/// `MON-FRI 08:00-18:00`.
struct HoursArgument: ExpressibleByArgument {
    let hours: WorkingHours
    let text: String

    init?(argument: String) {
        guard let hours = WorkingHours(argument) else { return nil }
        self.hours = hours
        text = argument
    }
}

/// A file, or two RFC 3339 times with a slash between them; the second is no longer part of it.
enum BlackoutArgument: ExpressibleByArgument {
    case span(Range<Timestamp>)
    case file(String)

    init?(argument: String) {
        let ends = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = Timestamp(rfc3339: ends[0]), let to = Timestamp(rfc3339: ends[1]) else {
            guard !argument.isEmpty else { return nil }
            self = .file(argument)
            return
        }
        guard from < to else { return nil }
        self = .span(from..<to)
    }
}

/// `SAT,SUN` or `MON-FRI`.
struct DaysArgument: ExpressibleByArgument {
    let days: Set<Weekday>
    let text: String

    init?(argument: String) {
        guard let days = WorkingHours.days(argument) else { return nil }
        self.days = days
        text = argument
    }
}
