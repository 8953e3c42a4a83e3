/// What changed between two versions of a content pack: flows gone, new and changed, configuration items gone and new.
public struct PackDifference: Hashable, Sendable {
    /// Version of the JSON's shape.
    public static let format = 1

    /// One version of a pack, with its graphs.
    public struct Side: Sendable {
        public var pack: ContentPack
        public var documents: [FlowDocument]

        public init(pack: ContentPack, documents: [FlowDocument]) {
            self.pack = pack
            self.documents = documents
        }
    }

    /// Changes of the pack itself: name, version, signature, dependencies.
    public var identity: [String]
    /// Flows that only the older one has, in its order.
    public var gone: [FlowDocument]
    /// Flows that only the newer one has, in its order.
    public var new: [FlowDocument]
    /// Flows that both have and that differ, in the newer one's order.
    public var changed: [FlowDifference]
    /// One sentence for each configuration item that is gone or new.
    public var items: [String]

    /// Whether nothing differs that matters to a flow's graph or to the pack's identity.
    public var isEmpty: Bool {
        identity.isEmpty && gone.isEmpty && new.isEmpty && changed.isEmpty && items.isEmpty
    }

    public init(from old: Side, to new: Side) {
        let key = { (document: FlowDocument) in document.id.lowercased() }
        let before = Dictionary(old.documents.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.documents.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        gone = old.documents.filter { after[key($0)] == nil }
        self.new = new.documents.filter { before[key($0)] == nil }
        changed = new.documents.compactMap { document in
            before[key(document)].flatMap { FlowDifference(from: $0, to: document) }
        }
        identity = Self.identity(old.pack, new.pack)
        let itemsBefore = Set(old.pack.items.map(\.path))
        let itemsAfter = Set(new.pack.items.map(\.path))
        items =
            old.pack.items.filter { !itemsAfter.contains($0.path) }.map {
                "\(shown($0.kind)) \(shown($0.path)) is gone"
            }
            + new.pack.items.filter { !itemsBefore.contains($0.path) }.map {
                "\(shown($0.kind)) \(shown($0.path)) is new"
            }
    }

    private static func identity(_ old: ContentPack, _ new: ContentPack) -> [String] {
        var changes: [String] = []
        for (what, before, after) in [
            ("name", old.name, new.name), ("version", old.version, new.version), ("uuid", old.uuid, new.uuid),
            ("publisher", old.publisher, new.publisher),
        ] where before != after {
            changes.append("\(what) is \(shown(after ?? "missing")), was \(shown(before ?? "missing"))")
        }
        if old.isSigned != new.isSigned { changes.append(new.isSigned ? "is signed now" : "is not signed any more") }
        for dependency in old.dependencies where !new.dependencies.contains(dependency) {
            changes.append("needs \(shown(dependency.artifactID)) \(shown(dependency.version)) no more")
        }
        for dependency in new.dependencies where !old.dependencies.contains(dependency) {
            changes.append("needs \(shown(dependency.artifactID)) \(shown(dependency.version))")
        }
        return changes
    }

    /// For people: a block for each changed flow, ending with a line break; empty when nothing changed.
    public var text: String {
        var lines = identity.map { "pack: \($0)" }
        lines += gone.map { "- \(shown($0.path))  \(shown($0.id)) is gone" }
        lines += new.map { "+ \(shown($0.path))  \(shown($0.id)) is new" }
        for flow in changed {
            lines.append("~ \(shown(flow.path))  \(shown(flow.id))")
            lines += flow.changes.map { "    \($0)" }
        }
        lines += items
        return lines.map { $0 + "\n" }.joined()
    }

    /// One JSON object without a line break at its end.
    public var json: String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(Self.format))
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
                }
            }
            json.key("items")
            json.array(items) { $0.string($1) }
        }
        return json.text
    }
}
