import ArgumentParser
import SluiceJSON

/// Shows the release as `/v1/release` answers it.
struct ReleaseView {
    let object: JSONObject

    private var state: String { object["state"]?.string ?? "unknown" }

    /// Whether it may still start something: also before a leader has begun it.
    var isUnderWay: Bool {
        if ["canary", "ramping", "full"].contains(state) { return true }
        let waits = object["progress"]?["waiting"]?.number?.text ?? "0"
        return state == "idle" && waits != "0" && object["stop"]?.string != "the gate is closed"
    }

    private func number(_ name: String) -> String? { object["progress"]?[name]?.number?.text }

    /// Where it is, in one line.
    var line: String {
        let parts = [
            ("waiting", "waiting"), ("launching", "launching"), ("endedWell", "ended well"), ("failed", "failed"),
        ]
        let numbers = parts.compactMap { name, word in number(name).map { "\($0) \(word)" } }
        let stop = object["stop"]?.string.map { "; \($0)" } ?? ""
        return ("\(state): " + numbers.joined(separator: ", ") + stop).printable
    }

    /// The lines for people.
    var lines: [String] {
        var facts = Facts()
        facts.add("state", state)
        facts.add("since", object["since"]?.string)
        facts.add("by", object["by"]?.string)
        facts.add("reason", object["reason"]?.string)
        facts.add("stopped by", object["stop"]?.string)
        facts.add("limited by", object["limit"]?.string)
        facts.add("note", object["note"]?.string)
        facts.add("rate now", object["now"]?["ratePerMinute"]?.number.map { "\($0.text) a minute" })
        facts.add("ceiling now", object["now"]?["ceiling"]?.number?.text)
        for (name, title) in [
            ("waiting", "waiting"), ("launching", "launching"), ("direct", "direct"), ("launched", "launched"),
            ("endedWell", "ended well"), ("failed", "failed"), ("awaitingOperator", "awaiting operator"),
        ] {
            facts.add(title, number(name))
        }
        facts.add("canary", canary)
        facts.add("ramp", ramp)
        facts.add("breaker", breaker)
        facts.add("estimate", object["estimate"]?["explanation"]?.string)
        facts.add("settings", object["settingsRevision"]?.number.map { "revision \($0.text)" })
        return facts.lines
    }

    private var canary: String? {
        guard let canary = object["settings"]?["canary"]?.object else { return "none" }
        let flow = canary["flow"]?.string.map { " of flow \($0)" } ?? ""
        let running = number("canariesRunning").map { ", \($0) run" } ?? ""
        return "\(number("canariesEndedWell") ?? "0") of \(canary["count"]?.number?.text ?? "?")\(flow) ended well"
            + running
    }

    private var ramp: String? {
        guard let ramp = object["settings"]?["ramp"]?.object else { return "none" }
        let growth =
            ramp["factorPercent"]?.number.map { "to \($0.text) % of it" }
            ?? ramp["stepPercent"]?.number.map { "by \($0.text) % of the whole" } ?? "?"
        return "from \(ramp["fromPercent"]?.number?.text ?? "?") %, \(growth) with every "
            + "\(ramp["everyWellEnded"]?.number?.text ?? "?") that ended well"
    }

    private var breaker: String? {
        guard let breaker = object["settings"]?["breaker"]?.object else { return "none" }
        let recent =
            number("recentlyFailed").map { "\($0) of the last \(number("recentlyEnded") ?? "?") failed, " } ?? ""
        return recent + "opens above "
            + "\(breaker["sharePercent"]?.number?.text ?? "?") % of \(breaker["window"]?.number?.text ?? "?")"
    }

    /// Prints it.
    /// - Throws: `CommandFailure` with 3 when the breaker is open.
    func show(on console: Console) throws {
        if console.isJSON { console.print(object) } else { console.print(lines) }
        guard state == "broken" else { return }
        throw CommandFailure(
            .findings, "the breaker is open: \(object["reason"]?.string ?? "")",
            advice: "look at what failed with: sluice holds list --state ended,awaiting-operator; then sluice release "
                + "continue or abort")
    }
}

/// Options of the commands that order something.
struct ReleaseOrderOptions: ParsableArguments {
    @Option(help: "Why, in one sentence; it is kept on record.")
    var reason: NameArgument

    @OptionGroup(title: "Server") var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func send(_ word: String) async throws {
        let console = output.console
        let object = try await client.withClient(console) { client in
            try await client.object(
                APIRequest("POST", ["release", word], body: ["reason": .string(reason.text)]),
                within: self.client.timeout.duration, doing: "\(word) the release")
        }
        if output.json { console.print(object) } else { console.print(ReleaseView(object: object).lines) }
    }
}
