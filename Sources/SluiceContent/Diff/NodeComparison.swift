/// Compares two whole documents element by element, so that nothing is missed, and names the place of each change.
///
/// The order of siblings counts only where it means something; places on the canvas are told apart.
struct NodeComparison {
    private(set) var changes: [DocumentChange] = []
    /// What lies elsewhere on the canvas, or has another look: a sentence part each, in the order found.
    private(set) var moved: [String] = []

    /// Compares two documents; their places in the pack are not looked at.
    init(from old: DocumentNode, to new: DocumentNode) { compare(old, new, Place(parent: new.name)) }

    /// Where the comparison stands.
    private struct Place {
        var parts: [DocumentPart] = []
        /// Names below the innermost part.
        var path: [String] = []
        var parent: String

        func below(_ node: DocumentNode) -> Place {
            var place = self
            place.parent = node.name
            guard let part = node.part else {
                if isYAMLRoot, ChangeWords.yamlBodies.contains(node.name) {
                    // It is the document itself, as the root element of XML is.
                    place.parent = "-"
                } else {
                    place.path.append(node.name)
                }
                return place
            }
            // A step of a container is known by itself.
            place.parts = part.what == "step" ? [part] : parts + [part]
            place.path = []
            return place
        }

        private var isYAMLRoot: Bool { parts.isEmpty && path.isEmpty && parent.isEmpty }

        /// Whether an element there only says where something lies on the canvas, or how it looks.
        func isLayout(_ node: DocumentNode) -> Bool {
            if isYAMLRoot { return node.name == ChangeWords.yamlLayout }
            return ChangeWords.isLayout(node.name, in: path.last ?? parent)
        }
    }

    private mutating func compare(_ old: DocumentNode, _ new: DocumentNode, _ place: Place) {
        if old.name != new.name { add(place, "is a \(shown(new.name)), was a \(shown(old.name))") }
        if ChangeWords.isToldAsOne(new) {
            if old != new { add(place, ChangeWords.words(place.path, old, new, in: place.parts.last)) }
            return
        }
        for name in Self.differing(old.attributes, new.attributes) {
            add(place, ChangeWords.attribute(name), at: "@\(name)")
        }
        if old.text != new.text { add(place, ChangeWords.words(place.path, old, new, in: place.parts.last)) }
        compareChildren(old, new, place)
    }

    private mutating func compareChildren(_ old: DocumentNode, _ new: DocumentNode, _ place: Place) {
        let before = Self.identified(old.children)
        let after = Self.identified(new.children)
        let newByIdentity = Dictionary(after.map { ($0.identity, $0.node) }, uniquingKeysWith: { first, _ in first })
        let oldIdentities = Set(before.map(\.identity))
        for (identity, node) in before {
            guard let other = newByIdentity[identity] else {
                tell(node, isNew: false, place)
                continue
            }
            if place.isLayout(other) {
                if node != other { noteMoved(place) }
            } else {
                compare(node, other, place.below(other))
            }
        }
        for (identity, node) in after where !oldIdentities.contains(identity) { tell(node, isNew: true, place) }
        guard new.isOrdered else { return }
        let kept = before.map(\.identity).filter { newByIdentity[$0] != nil }
        if kept != after.map(\.identity).filter(oldIdentities.contains) {
            add(place, "has \(ChangeWords.list(new.name)) in another order", at: "@order")
        }
    }

    /// Something that only one version has.
    private mutating func tell(_ node: DocumentNode, isNew: Bool, _ place: Place) {
        if place.isLayout(node) { return noteMoved(place) }
        let below = place.below(node)
        if node.part != nil {
            add(below, isNew ? "is new" : "is gone", at: DocumentChange.presence)
        } else if node.isList, node.text == nil, node.attributes.isEmpty {
            for child in node.children { tell(child, isNew: isNew, below) }
        } else {
            add(below, ChangeWords.words(below.path, isNew ? nil : node, isNew ? node : nil, in: place.parts.last))
        }
    }

    private mutating func add(_ place: Place, _ words: String, at mark: String? = nil) {
        let path = (place.path + (mark.map { [$0] } ?? [])).joined(separator: "/")
        changes.append(DocumentChange(parts: place.parts, covers: [path], words: words))
    }

    private mutating func noteMoved(_ place: Place) {
        let words = place.parts.isEmpty ? "the whole document" : place.parts.map(\.words).joined(separator: " ")
        if moved.last != words, !moved.contains(words) { moved.append(words) }
    }

    /// The children with what each is found by: its part or its name, and how many such stand before it.
    private static func identified(_ children: [DocumentNode]) -> [(identity: String, node: DocumentNode)] {
        var counts: [String: Int] = [:]
        return children.map { child in
            let name = child.part.map { "\($0.what) \($0.key)" } ?? "<\(child.name)>"
            let number = counts[name, default: 0]
            counts[name] = number + 1
            return ("\(number) \(name)", child)
        }
    }

    private static func differing(_ old: [DocumentNode.Attribute], _ new: [DocumentNode.Attribute]) -> [String] {
        if old == new { return [] }
        let before = Set(old)
        let after = Set(new)
        let changed = before.symmetricDifference(after)
        return Set(changed.map(\.name)).sorted()
    }
}
