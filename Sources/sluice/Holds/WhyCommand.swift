import ArgumentParser
import SluiceJSON
import SluiceModel

/// `sluice why`: the rules that decided about a hold, and its history, in words.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say why a launch was held, and what happened to it since.",
        discussion: """
            Example:
              sluice why h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD
            """)

    @Argument(help: "The hold's ticket.")
    var ticket: TicketArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await HoldRequest(client: client, timeout: self.client.timeout.duration).hold(ticket.ticket)
        }
        if output.json { console.print(object) } else { console.print(Explanation(hold: object).lines) }
    }
}

/// A hold's decision and history as sentences.
struct Explanation {
    let hold: JSONObject

    var lines: [String] { headline + waits + path + history }

    private var headline: [String] {
        let view = HoldView(object: hold)
        var first = "\(view.ticket) is \(view.state)"
        if let since = view["stateSince"] { first += " since \(since)" }
        if let cause = view["cause"], !cause.isEmpty { first += ": \(cause)" }
        var second = "It would launch \(view.flow.isEmpty ? "a flow" : view.flow)"
        if let source = view["source"] { second += ", asked by source \(source)" }
        if let principal = view["principal"] { second += " as \(principal)" }
        if let arrived = view["arrivedAt"] { second += " at \(arrived)" }
        var lines = [first.printable, (second + ".").printable]
        if let reason = view["reason"] {
            let words = HoldReason(rawValue: reason).map { "\(Self.words($0)) (\(reason))" } ?? reason
            lines.append("It was held because \(words).".printable)
        }
        if let position = view["position"] { lines.append("It is number \(position) in the queue.".printable) }
        return lines
    }

    /// What it waits for, and when it is expected to start.
    private var waits: [String] {
        var lines = (hold["waitsFor"]?.array ?? []).map { wait -> String in
            func text(_ name: String) -> String { wait[name]?.string ?? "?" }
            let words =
                switch wait["kind"]?.string ?? "" {
                case "gate":
                    "\(text("scope")) is at \(text("mode")) since \(text("since")), "
                        + "set by \(text("by")): \(text("why"))"
                case "not-before": "its own time, \(text("until"))"
                case "retry": "the time of its next attempt, \(text("until"))"
                case "ordering-key":
                    "hold \(text("ticket")), the first of ordering key \(text("key")), to end "
                        + "(sluice why \(text("ticket")))"
                case "representative": "hold \(text("ticket")), which stands for it"
                case "operator": "a person: sluice holds retry or discard; \(text("why"))"
                case "caller": "its caller, who may start it and has not asked yet"
                case "release": "the release: \(text("why"))"
                case "turn": "its turn"
                case "execution": "its execution \(wait["executionId"]?.string ?? "(not yet known)") to end"
                case let other: other
                }
            return "It waits for \(words).".printable
        }
        let basis = hold["expectedStartBasis"]?.string
        if let start = hold["expectedStart"]?.string {
            lines.append("It is expected to start at \(start): \(basis ?? "?").".printable)
        } else if let basis {
            lines.append("When it starts is not known: \(basis).".printable)
        }
        return lines
    }

    private static func words(_ reason: HoldReason) -> String {
        switch reason {
        case .maintenance: "the gate's mode for it is hold"
        case .notDue: "its time had not come"
        case .pluginFault: "a plugin failed"
        case .behindBacklog: "an earlier hold with the same ordering key had not ended"
        case .beingLaunched: "Sluice is launching it already"
        }
    }

    private var path: [String] {
        let rules = hold["rulePath"]?.array ?? []
        guard !rules.isEmpty else { return [] }
        var facts = Facts()
        for rule in rules {
            let number = rule["rule"]?.number?.text ?? "?"
            facts.add("  \(number) \((rule["name"]?.string ?? "rule").printable)", rule["outcome"]?.string ?? "-")
        }
        return ["", "The rules, in the order they were asked:"] + facts.lines
    }

    private var history: [String] {
        let events = hold["history"]?.array ?? []
        guard !events.isEmpty else { return [] }
        let lines = events.map { event -> String in
            var line = "  \(event["at"]?.string ?? "?")  "
            let to = event["to"]?.string ?? "changed"
            line += event["from"]?.string.map { "\($0) → \(to)" } ?? to
            if let by = event["by"]?.string { line += ", by \(by)" }
            if let cause = event["cause"]?.string, !cause.isEmpty { line += ": \(cause)" }
            return line.printable
        }
        return ["", "What happened:"] + lines
    }
}
