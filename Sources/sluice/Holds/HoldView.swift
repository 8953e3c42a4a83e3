import SluiceJSON

/// Shows one hold as the API gives it. What is secret in it was redacted by the server.
struct HoldView {
    let object: JSONObject

    var ticket: String { self["ticket"] ?? "" }
    var state: String { self["state"] ?? "unknown" }

    /// The flow's path when it is known, else its id.
    var flow: String { self["flowPath"] ?? self["flow"] ?? "" }

    subscript(name: String) -> String? {
        switch object[name] {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let flag): flag ? "yes" : "no"
        default: nil
        }
    }

    /// Headings of `row`.
    static let headings = ["TICKET", "STATE", "ARRIVED", "FLOW", "SOURCE", "LAUNCHER", "REASON", "ORDERING KEY"]

    /// The hold in one line of a table.
    var row: [String] {
        [
            ticket, state, self["arrivedAt"] ?? "", flow, self["source"] ?? "", self["launcher"] ?? "",
            self["reason"] ?? "", self["orderingKey"] ?? "",
        ]
    }

    /// Everything, for people.
    var lines: [String] {
        var facts = Facts()
        facts.add("ticket", ticket)
        facts.add("state", state + (self["stateSince"].map { " since \($0)" } ?? ""))
        facts.add("position", self["position"])
        facts.add("flow", self["flow"])
        facts.add("flow path", self["flowPath"])
        if object["flowKnown"]?.bool == false { facts.add("flow known", "no: Central does not list it") }
        for (label, name) in Self.facts { facts.add(label, self[name]) }
        var lines = facts.lines
        if let inputs = object["inputs"]?.object, !inputs.isEmpty {
            var values = Facts()
            for input in inputs.members { values.add("  \(input.name.printable)", input.value.string ?? "") }
            lines += ["inputs:"] + values.lines
        }
        return lines + callbacks + history
    }

    private static let facts = [
        ("pack", "pack"), ("pack revision", "packRevision"), ("source", "source"), ("launcher", "launcher"),
        ("reason", "reason"), ("cause", "cause"),
        ("arrived", "arrivedAt"), ("priority", "priority"), ("attempt", "attempt"), ("execution", "executionId"),
        ("result", "result"), ("representative", "representative"), ("ordering key", "orderingKey"),
        ("coalesce key", "coalesceKey"),
        ("not before", "notBefore"), ("expires", "expiresAt"), ("no retry before", "retryAt"),
        ("nominal time", "nominalTime"), ("schedule", "scheduleId"), ("requested by", "requestedBy"),
        ("on behalf of", "onBehalfOf"), ("principal", "principal"), ("idempotency key", "idempotencyKey"),
        ("callback url", "callbackUrl"),
    ]

    /// What was, or is to be, told to whoever wanted to be called back.
    private var callbacks: [String] {
        (object["callbacks"]?.array ?? []).map { callback in
            func text(_ name: String) -> String { callback[name]?.string ?? "" }
            var line = "callback \(text("kind")): \(text("state")), \(callback["attempts"]?.number?.text ?? "0") tries"
            if !text("dueAt").isEmpty { line += ", the next at \(text("dueAt"))" }
            if !text("outcome").isEmpty { line += ": \(text("outcome"))" }
            return line.printable
        }
    }

    /// What happened to it, a table under a heading; nothing when the answer has no history.
    var history: [String] {
        let rows = (object["history"]?.array ?? []).map { event in
            ["at", "from", "to", "by", "cause"].map { event[$0]?.string ?? "" }
        }
        guard !rows.isEmpty else { return [] }
        var table = Table(["AT", "FROM", "TO", "BY", "CAUSE"])
        return ["", table.heading(for: rows)] + table.lines(rows)
    }
}
