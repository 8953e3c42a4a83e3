public import SluiceJSON
import SluiceModel

extension RehearsalReport {
    // MARK: JSON

    /// Documented in docs/administrators.md; times as RFC 3339, spans in seconds.
    public var json: JSONObject {
        var object = JSONObject([
            ("format", .int(1)), ("title", .string(title)), ("systems", .string(systems.rawValue)),
            ("from", .string(from.rfc3339)), ("speed", .int(speed)), ("stepSeconds", .int(stepSeconds)),
            ("ended", .string(ended.rawValue)), ("good", .bool(isGood)), ("back", .bool(isBack)),
        ])
        object["dryAt"] = .optional(dryAt?.rfc3339)
        object["seconds"] = seconds.map { .int($0) } ?? .null
        object["phases"] = .array(
            phases.map { phase in
                .object([
                    "phase": .string(phase.phase.rawValue), "from": .string(phase.from.rfc3339),
                    "seconds": phase.until.map { .int($0.since(phase.from).components.seconds) } ?? .null,
                ])
            })
        object["blockers"] = .array(
            blockers.map { blocker in
                .object([
                    "name": .string(blocker.name), "part": .string(blocker.part.rawValue),
                    "phase": .string(blocker.phase.rawValue), "from": .string(blocker.from.rfc3339),
                    "seconds": .int(blocker.seconds), "text": .string(blocker.text),
                ])
            })
        object["unnamedBlockers"] = .int(unnamedBlockerCount)
        object["held"] = .array(
            held.map { held in
                .object([
                    "source": .string(held.source.rawValue), "count": .int(held.count),
                    "states": .object(Self.counts(held.states.map { ($0.key.rawValue, $0.value) })),
                    "longestSeconds": .int(held.longestSeconds),
                ])
            })
        object["orders"] = .object([
            "placed": .int(orders), "fenced": .int(fencedOrders), "refused": .int(refusedOrders),
            "subscriptions": .object(Self.counts(subscriptions.map { ($0.key, $0.value) })),
            "instances": .object(Self.counts(instances.map { ($0.key, $0.value) })),
        ])
        object["ran"] = .object([
            "count": .int(ranCount), "twice": .array(ranTwice.map { .string($0) }),
        ])
        object["checks"] = .array(
            checks.map { check in
                .object([
                    "what": .string(check.what), "back": .bool(check.differences.isEmpty),
                    "differences": .array(check.differences.map { .string($0) }),
                ])
            })
        object["troubles"] = .array(troubles.map { .string($0) })
        object["notes"] = .array(notes.map { .string($0) })
        return object
    }

    private static func counts(_ counts: [(String, Int)]) -> JSONObject {
        JSONObject(counts.sorted { $0.0 < $1.0 }.map { ($0.0, .int($0.1)) })
    }

    // MARK: Text

    /// A table under each heading: its columns and rows.
    public var tables: [(heading: String, columns: [String], rows: [[String]])] {
        var tables: [(heading: String, columns: [String], rows: [[String]])] = []
        tables.append(
            (
                "Phases", ["PHASE", "FROM", "TOOK"],
                phases.map { phase in
                    let took = phase.until.map { Self.span($0.since(phase.from).components.seconds) }
                    return [phase.phase.rawValue, phase.from.rfc3339, took ?? ""]
                }
            ))
        let shown = blockers.prefix(RehearsalLimits.blockerLineCountMax)
        let rest = blockers.count - shown.count + unnamedBlockerCount
        let more = rest == 0 ? "" : ", the longest of \(shown.count + rest)"
        tables.append(
            (
                "Waited for\(more)", ["NAME", "PHASE", "FOR", "WHAT"],
                shown.map { [$0.name, $0.phase.rawValue, Self.span($0.seconds), $0.text] }
            ))
        tables.append(
            (
                "Held", ["SOURCE", "COUNT", "LONGEST", "AT THE END"],
                held.map { held in
                    let states = held.states.sorted { $0.key.rawValue < $1.key.rawValue }
                        .map { "\($0.value) \($0.key.rawValue)" }
                    return [
                        held.source.rawValue, "\(held.count)", Self.span(held.longestSeconds),
                        states.joined(separator: ", "),
                    ]
                }
            ))
        tables.append(
            (
                "Put back", ["WHAT", "BACK"],
                checks.map { [$0.what, $0.differences.isEmpty ? "yes" : $0.differences.joined(separator: "; ")] }
            ))
        return tables
    }

    /// The rest in lines: the verdict first.
    public var lines: [String] {
        var lines: [String] = []
        let length = seconds.map { " after \(Self.span($0))" } ?? ""
        lines.append(
            "\(title): \(ended.rawValue)\(length)\(isBack ? ", everything is back" : ", NOT everything is back")"
                + troubles.map { "; BUT \($0)" }.joined())
        lines.append(dryAt.map { "Dry at \($0.rfc3339)" } ?? "It was never dry")
        lines.append(
            "Orders: \(orders), of them \(fencedOrders) turned away at the fence and \(refusedOrders) refused by CSA; "
                + "subscriptions: \(Self.words(subscriptions)); instances: \(Self.words(instances))")
        let twice = ranTwice.isEmpty ? "none twice" : "TWICE: \(ranTwice.joined(separator: ", "))"
        lines.append("Ran in Central: \(ranCount), \(twice)")
        lines.append("Spans shorter than \(Self.span(stepSeconds)) say nothing at speed \(speed).")
        return lines + notes.map { "Note: \($0)" }
    }

    private static func words(_ counts: [String: Int]) -> String {
        let words = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }

    /// `1h 02m 03s`, without what is 0 before it.
    static func span(_ seconds: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        if hours > 0 { return "\(hours)h \(two(minutes))m \(two(rest))s" }
        return minutes > 0 ? "\(minutes)m \(two(rest))s" : "\(rest)s"
    }
}
