import SluiceJSON

/// Shows the gate as `GET` and `PUT /v1/gate` answer it.
struct GateView {
    let object: JSONObject

    /// The lines for people.
    var lines: [String] {
        var facts = Facts()
        let epoch = object["epoch"]?.number?.text
        facts.add("mode", (object["mode"]?.string ?? "unknown") + (epoch.map { " (epoch \($0))" } ?? ""))
        facts.add("since", object["since"]?.string)
        facts.add("by", object["by"]?.string)
        facts.add("reason", object["reason"]?.string)
        facts.add("in flight", object["inFlight"]?.number?.text)
        facts.add("holds", holds)
        facts.add("took", object["tookMilliseconds"]?.number.map { "\($0.text) ms" })
        facts.add("acknowledged", acknowledged)
        facts.add("trouble", object["trouble"]?.string)
        let rows = (object["scopes"]?.array ?? []).map { scope in
            ["scope", "mode", "since", "by", "reason"].map { scope[$0]?.string ?? "" }
        }
        guard !rows.isEmpty else { return facts.lines }
        var table = Table(["SCOPE", "MODE", "SINCE", "BY", "REASON"])
        return facts.lines + ["", table.heading(for: rows)] + table.lines(rows)
    }

    /// After a close: how long it took until no replica could say `proceed`, and whom that took.
    private var acknowledged: String? {
        guard let object = object["acknowledged"]?.object, let took = object["tookMilliseconds"]?.number else {
            return nil
        }
        func names(_ member: String) -> String? {
            let names = (object[member]?.array ?? []).compactMap(\.string)
            return names.isEmpty ? nil : names.joined(separator: ", ")
        }
        let parts = [
            "after \(took.text) ms", names("waitedFor").map { "waited for \($0)" },
            names("presumedDead").map { "presumed dead: \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: "; ")
    }

    /// `held 12, running 3`; the states that have none are left out.
    private var holds: String? {
        guard let counts = object["holds"]?.object else { return nil }
        let parts = counts.members.compactMap { member -> String? in
            guard let number = member.value.number, number.text != "0" else { return nil }
            return "\(member.name) \(number.text)"
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
