import Yams

extension CloudSlangCompiler {
    /// What a name is for decides which characters it may have (CloudSlang DSL reference, Names).
    enum NameRule {
        case namespace
        case variable
        case plain

        func allows(_ text: String) -> Bool {
            guard let first = text.utf8.first else { return false }
            if self == .variable, (48...57).contains(first) { return false }
            // Dots stand between parts (cloud-slang, `AbstractValidator.validateDelimiter`).
            if text.hasPrefix(".") || text.hasSuffix(".") || text.contains("..") { return false }
            return text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, UInt8(ascii: "_"): true
                case UInt8(ascii: "-"), UInt8(ascii: "."): self == .namespace
                default: false
                }
            }
        }

        var allowed: String {
            switch self {
            case .namespace: "letters, digits, `_`, `-` and `.`"
            case .variable: "letters, digits and `_`, no digit first"
            case .plain: "letters, digits and `_`"
            }
        }
    }

    mutating func checkName(_ name: String, as rule: NameRule, _ node: Node) {
        guard !rule.allows(name) else { return }
        // What stands behind the first such character may be a value whose colon was forgotten.
        let beginning = name.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
        let isCut = beginning.count < name.count
        fail(
            "characters",
            "the name \(shown(String(beginning) + (isCut ? "…" : ""))) is not allowed; use only \(rule.allowed)",
            node)
    }

    /// - Parameter isValue: The mapping describes a value: a key that it cannot have may be one, and is not shown.
    mutating func checkKeys(_ node: Node, allowed: Set<String>, of what: String, isValue: Bool = false) {
        guard let mapping = node.mapping else { return }
        for (key, _) in mapping where !allowed.contains(key.scalar?.string ?? "") {
            let list = allowed.sorted().joined(separator: ", ")
            let fault = isValue ? "a key that it cannot have" : "no key \(shown(key.scalar?.string ?? "[…]"))"
            fail("key", "\(what) has \(fault); use one of \(list)", key)
        }
    }

    /// Remarks on a name that is there already, upper and lower case being the same.
    mutating func checkUnique(_ name: String, among seen: inout Set<String>, _ what: String, _ node: Node) {
        guard seen.insert(name.lowercased()).inserted == false else { return }
        fail("duplicate", "the \(what) \(shown(name)) appears twice; upper and lower case are the same", node)
    }

    /// The `- name` and `- name: value` entries of a list; value nil for the first.
    ///
    /// Shipped content has several results below one `- `, of which the compiler takes the first (cloud-slang,
    /// `ResultsTransformer.transform`); nothing else may share an entry.
    mutating func entries(
        _ node: Node?, of what: String, sharing isShared: Bool = false
    ) -> [(name: String, key: Node, value: Node?)] {
        guard let node, !node.isEmptyValue else { return [] }
        guard let sequence = node.sequence else {
            fail("list", "\(what) are not a list; begin each with `- `", node)
            return []
        }
        guard sequence.count <= limits.documentPartCountMax else {
            fail("list", "\(what) are more than \(limits.documentPartCountMax); split the file", node)
            return []
        }
        return sequence.flatMap { item -> [(name: String, key: Node, value: Node?)] in
            if let name = item.scalar?.string, item.isText { return [(name, item, nil)] }
            let pairs = item.mapping.map { Array($0) } ?? []
            guard pairs.count == 1 || (isShared && !pairs.isEmpty), pairs.allSatisfy({ $0.key.isText }) else {
                fail(
                    "entry", "one of the \(what) is not `- name` or `- name: value`; write one name for each `- `", item
                )
                return []
            }
            return pairs.prefix(1).map { ($0.key.scalar?.string ?? "", $0.key, $0.value) }
        }
    }
}

extension Node {
    /// Nothing written after the colon.
    var isEmptyValue: Bool {
        guard let scalar else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    /// A scalar that YAML takes for a text: quoted, or neither number, truth value nor nothing.
    var isText: Bool {
        guard let scalar else { return false }
        guard scalar.style == .plain || scalar.style == .any else { return true }
        return !isEmptyValue && Double(scalar.string) == nil && !isTruthValue
    }

    /// `true` or `false` in any spelling of YAML 1.1.
    var isTruthValue: Bool {
        ["true", "false", "yes", "no", "on", "off"].contains(scalar?.string.lowercased() ?? "")
    }

    /// Whether the value is YAML's true.
    var isTrue: Bool { ["true", "yes", "on"].contains(scalar?.string.lowercased() ?? "") }
}
