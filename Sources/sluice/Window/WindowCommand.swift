import ArgumentParser
import SluiceJSON

/// `sluice window`: planned and recurring windows, and blackout calendars.
struct WindowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "window",
        abstract: "Plan, list, show, change and cancel windows; import blackout calendars.",
        discussion: """
            Example:
              sluice window plan --summary "Upgrade OO" --start 2026-12-05T22:00:00 \\
                --time-zone Europe/London --duration 4h --rrule "FREQ=MONTHLY;BYDAY=1SA" \\
                --auto-start --auto-end --reason "monthly upgrade"
            """,
        subcommands: [
            WindowPlanCommand.self, WindowListCommand.self, WindowShowCommand.self, WindowExtendCommand.self,
            WindowShortenCommand.self, WindowCancelCommand.self, WindowICSCommand.self, WindowImportCommand.self,
        ])
}

/// Shows windows and occurrences as the API gives them.
enum WindowView {
    static func lines(_ occurrences: [JSONValue], _ windows: [JSONValue]) -> [String] {
        let rows = occurrences.map { occurrence -> [String] in
            let id = occurrence["window"]?.string ?? ""
            // In a dry run neither has a name.
            let window = windows.first { $0["id"]?.string ?? "" == id }
            return [
                id, occurrence["occurrence"]?.string ?? "", occurrence["start"]?.string ?? "",
                occurrence["end"]?.string ?? "", occurrence["state"]?.string ?? "", window?["kind"]?.string ?? "",
                window?["summary"]?.string ?? "",
            ]
        }
        guard !rows.isEmpty else { return [] }
        var table = Table(["WINDOW", "OCCURRENCE", "START", "END", "STATE", "KIND", "SUMMARY"])
        return [table.heading(for: rows)] + table.lines(rows)
    }

    static func show(_ object: JSONObject, _ output: OutputOptions) {
        let console = output.console
        if output.json { return console.print(object) }
        var facts = Facts()
        for name in ["id", "kind", "summary", "scope", "start", "timeZone"] { facts.add(name, object[name]?.string) }
        facts.add("length", length(days: object["durationDays"], seconds: object["durationSeconds"]))
        facts.add("rrule", object["rrule"]?.string)
        for name in ["rdates", "exdates"] {
            facts.add(name, object[name]?.array?.compactMap(\.string).joined(separator: ", "))
        }
        let leads = object["leadTimeSeconds"]?.array ?? []
        facts.add("warns before", leads.map { length(seconds: $0) }.joined(separator: ", "))
        let (starts, ends) = (object["autoStart"] == true, object["autoEnd"] == true)
        facts.add("gate", starts ? (ends ? "closed and opened by itself" : "closed by itself") : nil)
        for name in ["calendar", "reason", "by"] { facts.add(name, object[name]?.string) }
        facts.add("cancelled", object["cancelled"] == true ? "yes" : nil)
        let table = lines(object["occurrences"]?.array ?? [], [.object(object)])
        console.print(facts.lines + (table.isEmpty ? [] : [""]) + table)
        if table.isEmpty { console.note("no occurrences") }
        if object["isCut"] == true { console.note("there are more; see sluice window list --from --to") }
    }

    /// Such as `1d 4h`.
    static func length(days: JSONValue? = nil, seconds: JSONValue?) -> String {
        let days = days?.number?.int ?? 0
        var rest = seconds?.number?.int ?? 0
        var parts = days > 0 ? ["\(days)d"] : []
        for (unit, size) in [("h", 3600), ("m", 60), ("s", 1)] where rest >= size {
            parts.append("\(rest / size)\(unit)")
            rest %= size
        }
        return parts.isEmpty ? "0s" : parts.joined(separator: " ")
    }
}

/// The window that a command is about, and how its server is reached.
struct WindowOptions: ParsableArguments {
    @Argument(help: "The window's id, such as w_01KB….")
    var id: NameArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    /// Sends a wish and shows the window as it is then.
    func send(_ verb: String, _ body: JSONObject) async throws {
        let request = APIRequest("POST", ["windows", id.text, verb], body: body)
        let object = try await client.withClient(output.console) { client in
            try await client.object(request, within: self.client.timeout.duration, doing: "\(verb) window \(id.text)")
        }
        WindowView.show(object, output)
    }
}
