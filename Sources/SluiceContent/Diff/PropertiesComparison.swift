/// Compares two files of keys and texts, such as `contentpack.properties`, and names the keys that differ.
struct PropertiesComparison {
    /// One sentence for each key: those of the older file first, then new ones.
    private(set) var changes: [String] = []

    /// Keys that are named; of more it is said how many there are.
    static let shownCountMax = 100

    /// - Parameter told: Keys whose changes are told elsewhere.
    init(_ what: String, from old: [UInt8], to new: [UInt8], except told: Set<String> = []) {
        let before = Self.prints(old)
        let after = Self.prints(new)
        var found: [String] = []
        for key in before.keys.sorted() where !told.contains(key) {
            if let value = after[key] {
                if value != before[key] { found.append("\(what) \u{201C}\(shown(key))\u{201D} differs") }
            } else {
                found.append("\(what) \u{201C}\(shown(key))\u{201D} is gone")
            }
        }
        for key in after.keys.sorted() where before[key] == nil && !told.contains(key) {
            found.append("\(what) \u{201C}\(shown(key))\u{201D} is new")
        }
        changes = Array(found.prefix(Self.shownCountMax))
        if found.count > changes.count { changes.append("and \(found.count - changes.count) more of this kind") }
    }

    private static func prints(_ bytes: [UInt8]) -> [String: ContentFingerprint] {
        var prints: [String: ContentFingerprint] = [:]
        var lines = PropertyLines(bytes)
        while let line = lines.next() { prints[line.key] = ContentFingerprint(unescaped(line.value)) }
        return prints
    }
}
