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
        } else if lowered.hasPrefix("meta-inf/"), [".rsa", ".dsa", ".ec"].contains(where: lowered.hasSuffix) {
            self = .signature
        } else if lowered.hasPrefix("content/library/") || lowered.hasPrefix("content/configuration/") {
            self = lowered.hasSuffix(".xml") ? .document : lowered.hasSuffix(".sl") ? .cloudSlang : .other
        } else {
            self = .other
        }
    }
}
