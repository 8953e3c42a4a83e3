import Yams

/// Builds the tree of a whole CloudSlang file, with fingerprints in place of texts.
struct YAMLNodes {
    /// What the keys at a place mean.
    private indirect enum Place {
        case root
        case body
        case step
        case call
        /// Entries that have names, each at a place of its own.
        case list(of: String, each: Place)
        case plain

        func below(_ key: String) -> Place {
            switch (self, key) {
            case (.root, "flow"), (.root, "operation"), (.root, "decision"): .body
            case (.root, "properties"): .list(of: "property", each: .plain)
            case (.body, "inputs"): .list(of: "input", each: .plain)
            case (.body, "outputs"): .list(of: "output", each: .plain)
            case (.body, "results"): .list(of: "response", each: .plain)
            case (.body, "workflow"): .list(of: "step", each: .step)
            case (.step, "do"), (.step, "do_external"): .call
            case (.step, "loop"), (.step, "parallel_loop"): .step
            case (.step, "publish"): .list(of: "result", each: .plain)
            case (.step, "navigate"): .list(of: "transition", each: .plain)
            default: .plain
            }
        }
    }

    /// The tree of a file's root; its depth and size are bounded by who composed it.
    static func tree(_ root: Node) -> DocumentNode { node("", root, at: .root) }

    private static func node(_ name: String, _ value: Node, at place: Place) -> DocumentNode {
        var node = DocumentNode(name: name)
        if case .list(let what, let each) = place {
            node.isList = true
            node.children = entries(value, of: what, each: each)
            node.isOrdered = value.sequence != nil
            if node.children.isEmpty, !value.isEmptyValue { node.text = fingerprint(value) }
            return node
        }
        switch value {
        case .mapping(let mapping):
            if case .call = place, mapping.count == 1, let (callee, arguments) = mapping.first(where: { _ in true }) {
                node.text = fingerprint(callee)
                node.children = entries(arguments, of: "input", each: .plain)
                node.isOrdered = true
                return node
            }
            for (key, value) in mapping {
                let name = key.scalar?.string ?? ""
                node.children.append(self.node(name, value, at: place.below(name)))
            }
        case .sequence(let sequence):
            node.children = sequence.map { self.node("item", $0, at: .plain) }
        case .scalar, .alias:
            node.text = fingerprint(value)
            node.flag = value.isTruthValue ? value.isTrue : nil
        }
        return node
    }

    /// `- name`, `- name: value`, or several names with values in one mapping.
    private static func entries(_ list: Node, of what: String, each: Place) -> [DocumentNode] {
        let items = list.sequence.map(Array.init) ?? (list.isEmptyValue ? [] : [list])
        return items.flatMap { item -> [DocumentNode] in
            if let name = item.scalar?.string { return [named(name, DocumentNode(name: "-"), what)] }
            guard let mapping = item.mapping else { return [node("item", item, at: .plain)] }
            return mapping.map { key, value in
                let name = key.scalar?.string ?? ""
                guard name != "on_failure" || what != "step" else {
                    return node(name, value, at: .list(of: what, each: each))
                }
                return named(name, node("-", value, at: each), what)
            }
        }
    }

    private static func named(_ name: String, _ node: DocumentNode, _ what: String) -> DocumentNode {
        var node = node
        node.part = DocumentPart(what, key: name, title: CloudSlangCompiler.NameRule.shownName(name))
        return node
    }

    /// What a value says, whatever way it is quoted where that makes no difference.
    private static func fingerprint(_ value: Node) -> ContentFingerprint {
        var hasher = Hasher()
        var pending = [value]
        while let node = pending.popLast() {
            switch node {
            case .scalar(let scalar):
                hasher.combine(scalar.string)
                hasher.combine(node.isText)
                // An explicit tag; quoted and plain scalars have `!` and nothing.
                if scalar.tag.rawValue.count > 1 { hasher.combine(scalar.tag.rawValue) }
            case .sequence(let sequence):
                hasher.combine(sequence.count)
                pending += Array(sequence)
            case .mapping(let mapping):
                hasher.combine(mapping.count)
                for (key, value) in mapping { pending += [key, value] }
            case .alias: break
            }
        }
        return ContentFingerprint(hasher)
    }
}

extension CloudSlangCompiler.NameRule {
    /// A name as far as it may be one: what stands in its place may be a value whose colon is missing.
    static func shownName(_ name: String) -> String { namespace.allows(name) ? name : "…" }
}

extension YAMLNodes {
    /// The comments that describe a document (`#!`), which its reader takes for its texts.
    static func comments(_ bytes: [UInt8]) -> [DocumentNode] {
        var hasher = Hasher()
        var count = 0
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let text = line.drop { $0 == 0x20 || $0 == 0x09 }
            // A path behind it makes it the first line of a script.
            guard text.starts(with: "#!".utf8), text.dropFirst(2).first != UInt8(ascii: "/") else { continue }
            count += 1
            hasher.combine(text.count)
            text.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        guard count > 0 else { return [] }
        var node = DocumentNode(name: ChangeWords.yamlComments)
        node.text = ContentFingerprint(hasher)
        return [node]
    }
}
