/// Descriptions and prompts of a pack by their keys, decoded only when asked for (oo-content-pack.md section 1.4).
///
/// In a project they stand in each document's `descriptionCdata` and in a side file for each folder; in a pack all are
/// in `resource-bundles/cp.properties`.
struct PackTexts: Sendable {
    /// What a text is for.
    enum Kind: String {
        case description, prompt
    }

    /// Texts with their escapes still in place.
    private var values: [String: ArraySlice<UInt8>] = [:]

    var isEmpty: Bool { values.isEmpty }

    /// Takes the texts of a bundle, a side file or a document; the last text of a key counts, empty ones do not.
    ///
    /// - Returns: Whether all were taken; false when there are more than `countMax`.
    @discardableResult
    mutating func take(properties: [UInt8], countMax: Int = .max) -> Bool {
        var lines = PropertyLines(properties)
        while let line = lines.next() {
            guard !line.value.isEmpty else { continue }
            guard values.count < countMax || values[line.key] != nil else { return false }
            values[line.key] = line.value
        }
        return true
    }

    subscript(key: String) -> String? { values[key].map(unescaped) }

    /// The text of a document itself, a CloudSlang one too.
    func text(_ kind: Kind, of document: String) -> String? {
        values.isEmpty ? nil : self["\(document).\(kind.rawValue)"]
    }

    /// The text of a step or an input of a document.
    ///
    /// Keys are made of the two ids in every real document, so the `annotation` that names the key need not be read.
    func text(_ kind: Kind, of part: String, in document: String) -> String? {
        values.isEmpty || part.isEmpty ? nil : self["\(document).\(part).\(kind.rawValue)"]
    }

    /// The description of a folder, by its place in the pack such as `Content/Library/Community`.
    func description(ofFolder path: some StringProtocol) -> String? {
        guard !values.isEmpty, let slash = path.firstIndex(of: "/") else { return nil }
        // The key leaves the first folder out, however its name is spelt.
        let key = path[path.index(after: slash)...].split(separator: "/").joined(separator: "\\")
        return text(.description, of: key)
    }

    /// Keys and texts by key, bytewise.
    var sorted: [(key: String, text: String)] {
        values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, unescaped($0.value)) }
    }
}
