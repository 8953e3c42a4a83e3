/// Shows a graph of packs: entry flows, who calls whom, and what is missing.
public enum PackGraphReport {
    /// Version of the JSON's shape.
    public static let format = 1
    /// Callers named for one id in the text; the JSON names all.
    static let shownCallerCountMax = 5

    /// For people; ends with a line break.
    public static func text(_ graph: PackGraph, packs: [ContentPack]) -> String {
        let entries = graph.entryFlows
        let circles = graph.entryCircles
        // Whoever has gated one flow of a circle has said which of them is started.
        let open = circles.filter { circle in !circle.contains { $0.flow.isGated } }
        let ungated = (entries + open.flatMap(\.self)).filter { state($0) == "ungated" }
        var lines = [
            "across \(packs.count) \(packs.count == 1 ? "pack" : "packs")", "",
            "entry flows (no other flow calls them): \(entries.count)",
        ]
        lines += entries.map(line)
        for circle in circles {
            lines.append("circle of \(circle.count) flows that nobody else calls: somebody starts one of them")
            lines += circle.map(line)
        }
        if !ungated.isEmpty {
            let flow = open.isEmpty ? "" : ", of a circle with --flow and the id of the one that is started"
            lines.append("can start ungated: \(ungated.count); put the gate in with `sluice pack gate`\(flow)")
        }
        let called = graph.nodes.filter { !graph.callers(of: $0.flow.id).isEmpty }
        lines += ["", "called: \(called.count)"]
        for node in called {
            let callers = graph.callers(of: node.flow.id).map { shown($0.flow.path) }
            lines += ["  \(shown(node.flow.id))  \(shown(node.flow.path))", "    by \(list(callers))"]
        }
        lines += ["", "in none of the packs: \(graph.missing.count)"]
        for missing in graph.missing {
            let name = missing.name.map { "  \($0)" } ?? ""
            let count = "\(missing.count) \(missing.count == 1 ? "step" : "steps")"
            let callers = list(missing.callers.map { shown($0) })
            lines.append("  \(shown(missing.id))\(name)  \(count), in \(callers)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ node: PackGraph.Node) -> String {
        let state = state(node)
        // "ungated" is the usual one.
        return "  \(state)\(state.count < 7 ? "  " : "")  \(shown(node.flow.id))  \(shown(node.flow.path))"
    }

    /// An unfinished flow has no start step, and cannot be started.
    private static func state(_ node: PackGraph.Node) -> String {
        node.flow.startStep == nil ? "unfinished" : node.flow.isGated ? "gated" : "ungated"
    }

    /// One JSON object without a line break at its end.
    public static func json(_ graph: PackGraph, packs: [ContentPack]) -> String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(format))
            json.key("packs")
            json.array(packs) { json, pack in
                json.object { json in
                    json.member("path", pack.path)
                    json.member("name", pack.name)
                    json.member("version", pack.version)
                }
            }
            let entries = Set(graph.entryFlows)
            json.key("flows")
            json.array(graph.nodes) { json, node in append(node, graph, isEntry: entries.contains(node), to: &json) }
            json.key("circles")
            json.array(graph.entryCircles) { json, circle in
                json.array(circle) { $0.string($1.flow.id) }
            }
            json.key("missing")
            json.array(graph.missing) { json, missing in
                json.object { json in
                    json.member("id", missing.id)
                    json.member("name", missing.name)
                    json.member("count", Int64(missing.count))
                    json.key("callers")
                    json.array(missing.callers) { $0.string($1) }
                }
            }
        }
        return json.text
    }

    private static func append(
        _ node: PackGraph.Node, _ graph: PackGraph, isEntry: Bool, to json: inout JSONText
    ) {
        json.object { json in
            json.member("pack", Int64(node.pack))
            json.member("id", node.flow.id)
            json.member("path", node.flow.path)
            json.member("kind", node.flow.kind.rawValue)
            json.member("entry", isEntry)
            json.member("gated", node.flow.isGated)
            if node.flow.kind == .flow || node.flow.kind == .cloudSlangFlow {
                json.member("finished", node.flow.startStep != nil)
            }
            json.key("calls")
            json.array(node.flow.references) { $0.string($1.id) }
            json.key("callers")
            json.array(graph.callers(of: node.flow.id)) { $0.string($1.flow.id) }
        }
    }

    private static func list(_ names: [String]) -> String {
        let some = names.prefix(shownCallerCountMax).joined(separator: ", ")
        return names.count > shownCallerCountMax ? "\(some) and \(names.count - shownCallerCountMax) more" : some
    }
}
