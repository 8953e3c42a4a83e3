/// One element of an XML document or one key of a YAML one, with all below it; texts are fingerprints.
///
/// It holds everything that a document says, so that a comparison of two cannot miss a change.
struct DocumentNode: Hashable, Sendable {
    /// The element's name without prefix, or the key.
    var name: String
    /// What the node is in words of the graph; nil for most.
    var part: DocumentPart?
    /// Its own text; nil when it has none.
    var text: ContentFingerprint?
    /// Its text where that is true or false.
    var flag: Bool?
    /// Its text where other nodes are known by it.
    var label: String?
    var attributes: [Attribute] = []
    var children: [DocumentNode] = []
    /// Whether it only holds others, and is as good as absent when it holds none.
    var isList = false
    /// Whether the order of its children means something.
    var isOrdered = false

    struct Attribute: Hashable, Sendable {
        var name: String
        var value: ContentFingerprint
    }

    init(name: String) { self.name = name }

    /// The text of a child that others are known by.
    func label(_ name: String) -> String? { children.first { $0.name == name }?.label }
}

/// A part of a document that has a name of its own: a step, an input, a response.
struct DocumentPart: Hashable, Sendable {
    /// Its kind, in words: `step`.
    var what: String
    /// What it is found by in the other version.
    var key: String
    /// What people call it; empty when it has no name.
    var title: String

    init(_ what: String, key: String, title: String) {
        self.what = what
        self.key = key
        self.title = title
    }

    /// With its name, as a sentence has it.
    var words: String { title.isEmpty ? what : "\(what) \u{201C}\(shown(title))\u{201D}" }

    /// Whether it is the same part, whatever it is called.
    func isSame(as other: DocumentPart) -> Bool { what == other.what && key == other.key }
}
