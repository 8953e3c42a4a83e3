/// What a file of a pack is, by its place; folders match without case, because real packs write `content` too.
enum PackPlace {
    case properties
    case pom
    /// An XML document of the library or the configuration.
    case document
    case cloudSlang
    /// A signature block of a signed jar.
    case signature
    case other

    init(_ path: String) {
        let lowered = path.lowercased()
        if lowered == "contentpack.properties" {
            self = .properties
        } else if lowered == "pom.xml" {
            self = .pom
        } else if Self.isSignatureFile(lowered), !lowered.hasSuffix(".sf") {
            self = .signature
        } else if lowered.hasPrefix("content/library/") || lowered.hasPrefix("content/configuration/") {
            self = lowered.hasSuffix(".xml") ? .document : lowered.hasSuffix(".sl") ? .cloudSlang : .other
        } else {
            self = .other
        }
    }

    /// Whether a path, in lower case, is that of a signature or its file of digests.
    static func isSignatureFile(_ lowered: String) -> Bool {
        lowered.hasPrefix("meta-inf/") && [".sf", ".rsa", ".dsa", ".ec"].contains(where: lowered.hasSuffix)
    }

    /// `Content/Library/a/b.xml` as Central spells it: `Library/a/b` (oo-central-api.md 4.1, suffix cut).
    static func libraryPath(_ path: String) -> String {
        var text = Substring(path)
        if text.lowercased().hasPrefix("content/") { text = text.dropFirst("content/".count) }
        for suffix in [".xml", ".sl"] where text.lowercased().hasSuffix(suffix) { text = text.dropLast(suffix.count) }
        return String(text)
    }
}
