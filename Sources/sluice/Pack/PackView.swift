import SluiceJSON

/// Shows a content pack as the API gives it.
struct PackView {
    let object: JSONObject

    private func text(_ name: String) -> String {
        switch object[name] {
        case .string(let text): text
        case .number(let number): number.text
        default: ""
        }
    }

    /// Headings of `row`.
    static let headings = ["PACK", "REVISION", "VERSION", "FLOWS", "GATED", "UNGATED", "LOADED", "BY"]

    /// The pack in one line of a table.
    var row: [String] {
        ["name", "revision", "version", "flowCount", "gatedCount", "ungatedCount", "loadedAt", "by"].map(text)
    }

    /// What became of a load.
    var loadLines: [String] {
        var line = "\(text("name").printable)  revision \(text("revision"))"
        if object["new"]?.bool == false {
            return [line + " stands: this pack says the same"]
        }
        if let previous = object["previousRevision"]?.number { line += ", was \(previous.text)" }
        line += ": \(text("flowCount")) flows, \(text("gatedCount")) gated, \(text("ungatedCount")) not"
        return [line] + differences(of: object)
    }

    /// What is to be said about the holds that a load stops; nil when it stops none.
    var warning: String? {
        guard let count = object["holdsToStop"]?.number?.int, count > 0 else { return nil }
        let least = object["holdsToStopComplete"]?.bool == false ? "at least " : ""
        return "\(least)\(count) waiting hold\(count == 1 ? "" : "s") will not be launched with this pack, but await "
            + "the operator with the difference"
    }

    /// Everything, for people: the pack, its flows, its revisions.
    var lines: [String] {
        var facts = Facts()
        for (label, name) in [
            ("pack", "name"), ("revision", "revision"), ("version", "version"), ("digest", "digest"),
            ("loaded", "loadedAt"), ("by", "by"), ("flows", "flowCount"), ("gated", "gatedCount"),
            ("ungated", "ungatedCount"),
        ] { facts.add(label, text(name)) }
        var lines = facts.lines
        let flows = (object["flows"]?.array ?? []).map { flow in
            [
                flow["gated"]?.bool == true ? "gated" : "ungated", flow["path"]?.string ?? "",
                flow["id"]?.string ?? "",
            ]
        }
        if !flows.isEmpty {
            var table = Table(["GATE", "FLOW", "ID"])
            lines += ["", table.heading(for: flows)] + table.lines(flows)
        }
        for entry in (object["history"]?.array ?? []).compactMap(\.object) {
            let view = PackView(object: entry)
            lines += [
                "", "revision \(view.text("revision")), \(view.text("loadedAt")), by \(view.text("by").printable)",
            ]
            lines += differences(of: entry)
        }
        return lines
    }

    private func differences(of object: JSONObject) -> [String] {
        (object["differences"]?.array ?? []).map { "  " + ($0.string ?? "").printable }
    }
}
