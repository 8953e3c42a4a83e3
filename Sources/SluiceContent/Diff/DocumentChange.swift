/// One change of a document: where, and in words what; never a value.
struct DocumentChange {
    /// The parts around it, outermost first; empty for the document's head.
    var parts: [DocumentPart]
    /// Names of the elements or keys below the innermost part that the words speak of, joined by slashes.
    var covers: [String]
    var words: String
    /// What is covered by saying that a part is new or gone.
    static let presence = "@presence"

    /// Whether the elements themselves tell it better.
    var isCoarse = false

    /// One sentence without a full stop.
    var sentence: String { (parts.map(\.words) + [words]).joined(separator: " ") }

    /// Whether these words tell a change that was found at one place of the tree.
    func tells(_ other: DocumentChange) -> Bool {
        guard parts.count == other.parts.count, zip(parts, other.parts).allSatisfy({ $0.isSame(as: $1) }) else {
            return false
        }
        return other.covers.allSatisfy { place in
            covers.contains { place == $0 || (!$0.isEmpty && place.hasPrefix($0 + "/")) }
        }
    }
}
