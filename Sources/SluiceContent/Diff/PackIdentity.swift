/// What changed of a pack itself: its name, version, signature and what it needs.
enum PackIdentity {
    /// Keys of `contentpack.properties` whose changes are told here.
    static let keys: Set<String> = [
        "content.pack.name", "content.pack.version", "content.pack.uuid", "content.pack.publisher",
        "content.pack.description",
    ]

    static func changes(_ old: ContentPack, _ new: ContentPack) -> [String] {
        var changes: [String] = []
        for (what, before, after) in [
            ("name", old.name, new.name), ("version", old.version, new.version), ("uuid", old.uuid, new.uuid),
            ("publisher", old.publisher, new.publisher),
        ] where before != after {
            changes.append("\(what) is \(shown(after ?? "missing")), was \(shown(before ?? "missing"))")
        }
        if old.description != new.description { changes.append("has another description") }
        if old.isSigned != new.isSigned { changes.append(new.isSigned ? "is signed now" : "is not signed any more") }
        for dependency in old.dependencies where !new.dependencies.contains(dependency) {
            changes.append("needs \(shown(dependency.artifactID)) \(shown(dependency.version)) no more")
        }
        for dependency in new.dependencies where !old.dependencies.contains(dependency) {
            changes.append("needs \(shown(dependency.artifactID)) \(shown(dependency.version))")
        }
        return changes
    }
}
