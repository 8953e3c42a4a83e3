public import SluiceModel

/// What changed between two versions of a content pack, in words; `PackComparison` finds it.
///
/// No value is told, old or new: it may be a secret.
public struct PackDifference: Hashable, Sendable {
    /// Version of the JSON's shape.
    public static let format = 1

    /// What the comparison comes to.
    public enum Verdict: String, Hashable, Sendable {
        /// Every file is the same.
        case same
        /// Nothing works differently: places on the canvas, white space, comments.
        case layoutOnly = "layout-only"
        case differs
        /// Something could not be read, and what could is the same.
        case unknown
    }

    /// Changes of the pack itself: name, version, signature, dependencies.
    public var identity: [String] = []
    /// Flows that only the older one has, in its order.
    public var gone: [PackFlow] = []
    /// Flows that only the newer one has, in its order.
    public var new: [PackFlow] = []
    /// Flows that both have and that differ, in the newer one's order; also those that differ in layout only.
    public var changed: [FlowDifference] = []
    /// One sentence for each change of a configuration item.
    public var items: [String] = []
    /// One sentence for each change of another file.
    public var files: [String] = []
    /// Items and files that differ in layout only.
    public var layoutFiles: [String] = []
    /// Flows and operations of the newer one.
    public var flowCount = 0
    /// Whether both packs could be read as packs; else nothing is compared.
    public var isComparable = true
    /// What could not be read of either, and what is odd about them.
    public var diagnostics: [Diagnostic] = []

    public init() {}

    /// Whether anything could not be read.
    public var hasErrors: Bool { !isComparable || diagnostics.contains { $0.severity == .error } }

    /// What it comes to.
    public var verdict: Verdict {
        let isDifferent =
            !identity.isEmpty || !gone.isEmpty || !new.isEmpty || changed.contains { !$0.isLayoutOnly }
            || !items.isEmpty || !files.isEmpty
        if isDifferent { return .differs }
        if hasErrors { return .unknown }
        return changed.isEmpty && layoutFiles.isEmpty ? .same : .layoutOnly
    }

    /// For people: a block for each changed flow, ending with a line break; empty where there is nothing to say.
    public var text: String {
        var lines = identity.map { "pack: \($0)" }
        lines += gone.map { "- \(shown($0.path))  \(shown($0.id)) is gone" }
        lines += new.map { "+ \(shown($0.path))  \(shown($0.id)) is new" }
        for flow in changed {
            lines.append("~ \(shown(flow.path))  \(shown(flow.id))")
            lines += flow.changes.map { "    \($0)" }
            lines += flow.layout.map { "    layout: \($0)" }
        }
        lines += items + files
        lines += layoutFiles.map { "layout: \($0)" }
        switch verdict {
        case .same: lines.append("no difference (flows: \(flowCount))")
        case .layoutOnly: lines.append("layout only: nothing works differently (flows: \(flowCount))")
        case .differs, .unknown: break
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// One JSON object without a line break at its end.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(Self.format))
            json.member("verdict", verdict.rawValue)
            json.key("pack")
            json.array(identity) { $0.string($1) }
            for (name, flows) in [("gone", gone), ("new", new)] {
                json.key(name)
                json.array(flows) { json, flow in
                    json.object { json in
                        json.member("id", flow.id)
                        json.member("path", flow.path)
                    }
                }
            }
            json.key("changed")
            json.array(changed) { json, flow in
                json.object { json in
                    json.member("id", flow.id)
                    json.member("path", flow.path)
                    json.key("changes")
                    json.array(flow.changes) { $0.string($1) }
                    json.key("layout")
                    json.array(flow.layout) { $0.string($1) }
                }
            }
            for (name, sentences) in [("items", items), ("files", files), ("layout", layoutFiles)] {
                json.key(name)
                json.array(sentences) { $0.string($1) }
            }
        }
        return json.text
    }
}
