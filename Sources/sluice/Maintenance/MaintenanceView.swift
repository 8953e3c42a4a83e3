import SluiceJSON
import SluiceModel

/// Shows a maintenance as `/v1/maintenances/{id}` answers it.
struct MaintenanceView {
    let object: JSONObject

    var phase: String { text("phase") ?? "unknown" }

    /// Whether it is completed or aborted.
    var isOver: Bool { MaintenancePhase(rawValue: phase)?.isFinal ?? false }

    private func text(_ name: String) -> String? { object[name]?.string }

    /// Whether it has left a phase behind and will not come to it any more.
    func isBeyond(_ wanted: MaintenancePhase) -> Bool {
        guard let now = MaintenancePhase(rawValue: phase), now != wanted else { return false }
        let order = MaintenancePhase.allCases
        let isBack = object["aborting"]?.bool == true && wanted == .completed
        return isBack || (order.firstIndex(of: now) ?? 0) > (order.firstIndex(of: wanted) ?? 0)
    }

    private var blockers: [JSONValue] { object["blockers"]?.array ?? [] }

    /// Where it is, in one line.
    var line: String {
        var line = "\(phase) since \(text("phaseSince") ?? "?")"
        if object["aborting"]?.bool == true { line += ", aborting" }
        if object["dry"]?.bool == true { line += ": dry, safe to stop" }
        let working = (object["parts"]?.array ?? []).filter { $0["reached"]?.bool != true }.compactMap { part in
            part["part"]?.string.map { name -> String in
                let total = part["total"]?.number?.text ?? "0"
                return total == "0" ? name : "\(name) \(part["done"]?.number?.text ?? "0")/\(total)"
            }
        }
        if !working.isEmpty { line += "; working on \(working.joined(separator: ", "))" }
        if let drain { line += "; \(drain.line)" }
        let count = blockers.count + (object["unnamedBlockers"]?.number?.int ?? 0)
        if let first = blockers.first?["text"]?.string { line += "; \(count) in the way, first: \(first)" }
        return line.printable
    }

    /// The lines for people.
    var lines: [String] {
        var facts = Facts()
        facts.add("maintenance", text("id"))
        facts.add("title", text("title"))
        facts.add("systems", text("systems"))
        facts.add("scope", text("scope"))
        facts.add("owner", text("owner"))
        facts.add("phase", phase)
        facts.add("since", text("phaseSince"))
        facts.add("dry", object["dry"]?.bool == true ? "yes: safe to stop" : "no")
        facts.add("aborting", object["aborting"]?.bool == true ? "yes" : nil)
        facts.add("starts", text("start") ?? text("window").map { "with window \($0)" })
        facts.add("expected end", text("expectedEnd"))
        facts.add("drain deadline", object["drainDeadlineSeconds"]?.number.map { "\($0.text) s after the start" })
        drain?.add(to: &facts)
        facts.add("calibration", object["calibration"]?["text"]?.string)
        journal?.add(to: &facts)
        var lines = facts.lines
        let parts = (object["parts"]?.array ?? []).map { part -> [String] in
            let counted = part["total"]?.number?.text ?? "0"
            return [
                part["part"]?.string ?? "", part["goal"]?.string ?? "", part["reached"]?.bool == true ? "yes" : "no",
                counted == "0" ? "" : "\(part["done"]?.number?.text ?? "0") of \(counted)",
            ]
        }
        lines += Self.table(["PART", "WANTED", "REACHED", "DONE"], parts)
        if !blockers.isEmpty {
            lines += Self.table(
                ["BLOCKS", "SINCE", "WHAT IT IS", "WHAT YOU CAN DO"],
                blockers.map { blocker in ["name", "since", "text", "remedy"].map { blocker[$0]?.string ?? "" } })
            if let more = object["unnamedBlockers"]?.number, more.text != "0" { lines.append("and \(more.text) more") }
        }
        return lines + (journal?.lines ?? [])
    }

    private var drain: DrainView? { object["drain"]?.object.map { DrainView(object: $0) } }
    private var journal: JournalView? { object["journal"]?.object.map { JournalView(object: $0) } }

    /// What a plan, or a move, came to, with what the look before the start found.
    var plannedLines: [String] {
        var lines = text("id") == nil ? [] : self.lines
        for problem in object["problems"]?.array ?? [] {
            if let problem = problem.string { lines.append("problem: \(problem.printable)") }
        }
        let findings = (object["preflight"]?.array ?? []).map { finding in
            ["severity", "part", "text", "remedy"].map { finding[$0]?.string ?? "" }
        }
        return lines + Self.table(["FOUND", "PART", "WHAT", "WHAT TO DO"], findings)
    }

    /// After an empty line; nothing without rows.
    static func table(_ headings: [String], _ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return [] }
        var table = Table(headings)
        return ["", table.heading(for: rows)] + table.lines(rows)
    }

    /// The first thing that refuses a start.
    var firstError: String? {
        object["preflight"]?.array?.first { $0["severity"]?.string == "error" }?["text"]?.string
    }

    /// A plan as it is sent.
    static func body(_ plan: MaintenancePlan) -> JSONObject {
        var body = JSONObject([
            ("title", .string(plan.title)), ("reason", .string(plan.reason)), ("owner", .string(plan.owner)),
            ("systems", .string(plan.systems.rawValue)), ("expectedEnd", .string(plan.expectedEnd.rfc3339)),
            ("onDeadline", .string(plan.onDeadline.rawValue)), ("csaMode", .string(plan.csaMode.rawValue)),
            ("unpublishOfferings", .bool(plan.unpublishesOfferings)),
            ("replayParkedRequests", .bool(plan.replaysParkedRequests)),
        ])
        body.set("scope", ifPresent: plan.scope.map { .string($0.description) })
        body.set("start", ifPresent: plan.startsAt.map { .string($0.rfc3339) })
        body.set("window", ifPresent: plan.window.map { .string($0.text) })
        body.set("drainDeadlineSeconds", ifPresent: plan.drainSeconds.map { .int($0) })
        return body
    }
}
