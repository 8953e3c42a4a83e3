/// What a file of a pack is, by its place; folders match without case, because real packs write `content` too.
enum PackPlace {
    case properties
    case pom
    /// An XML document of the library or the configuration.
    case document
    case cloudSlang
    /// The texts of every document and folder of a pack.
    case texts
    /// The text of a project's folder; it stands beside the folder.
    case folderTexts
    /// A jar of the maven repository in `Lib/`.
    case library
    /// A signature block of a signed jar.
    case signature
    case other

    init(_ path: String) {
        let lowered = path.lowercased()
        if lowered == "contentpack.properties" {
            self = .properties
        } else if lowered == "pom.xml" {
            self = .pom
        } else if lowered == "resource-bundles/cp.properties" {
            self = .texts
        } else if lowered.hasPrefix("meta-inf/") {
            self = Self.isSignature(lowered) && !lowered.hasSuffix(".sf") ? .signature : .other
        } else if lowered.hasPrefix("content/library/") || lowered.hasPrefix("content/configuration/") {
            self = Self.content(lowered)
        } else if lowered.hasPrefix("lib/"), lowered.hasSuffix(".jar") {
            self = .library
        } else if lowered.hasPrefix("content/"), lowered.hasSuffix(".properties") {
            self = .folderTexts
        } else {
            self = .other
        }
    }

    private static func content(_ lowered: String) -> PackPlace {
        if lowered.hasSuffix(".xml") { return .document }
        if lowered.hasSuffix(".sl") { return .cloudSlang }
        return lowered.hasSuffix(".properties") ? .folderTexts : .other
    }

    /// Whether a path, in lower case, is that of a signature block or its file of digests: these lie in META-INF itself
    /// (JAR File Specification, "Signed JAR File").
    static func isSignature(_ lowered: String) -> Bool {
        guard lowered.hasPrefix("meta-inf/") else { return false }
        let name = lowered.dropFirst("meta-inf/".count)
        guard !name.contains("/") else { return false }
        return [".sf", ".rsa", ".dsa", ".ec"].contains(where: name.hasSuffix) || name.hasPrefix("sig-")
    }

    /// The name by which XML flows read a system property, lowercased: its folders and name (oo-content-pack.md 4.1).
    static func systemProperty(_ item: PackItem) -> String? {
        guard item.kind == "systemProperty" else { return nil }
        let path = item.path.lowercased()
        guard let folder = path.firstRange(of: "/system properties/") else { return item.name.lowercased() }
        let name = path[folder.upperBound...]
        return String(name.hasSuffix(".xml") ? name.dropLast(".xml".count) : name)
    }

    /// `Content/Library/a/b.xml` as Central spells it: `Library/a/b` (oo-central-api.md 4.1, suffix cut).
    static func libraryPath(_ path: String) -> String {
        var text = Substring(path)
        if text.lowercased().hasPrefix("content/") { text = text.dropFirst("content/".count) }
        for suffix in [".xml", ".sl"] where text.lowercased().hasSuffix(suffix) { text = text.dropLast(suffix.count) }
        return String(text)
    }
}
