import Yams

/// A CloudSlang system property whose value is a secret, and stands in the pack for anyone to read. It is not in here.
public struct PackClearSecret: Hashable, Sendable {
    /// With its namespace, as flows name it.
    public var name: String
    /// Whether its author has marked it sensitive; else it only looks like a secret.
    public var isMarked: Bool
    public var line: Int

    public init(name: String, isMarked: Bool, line: Int) {
        self.name = name
        self.isMarked = isMarked
        self.line = line
    }
}

extension PackClearSecret {
    /// Those of a file of system properties; of an obfuscated value nobody can read what it is.
    static func all(in root: Node, namespace: String, limits: ContentLimits) -> [PackClearSecret] {
        let entries = root["properties"]?.sequence.map(Array.init) ?? []
        return entries.prefix(limits.documentPartCountMax).compactMap { entry in
            guard let (key, value) = entry.mapping?.first(where: { _ in true }), let name = key.scalar?.string,
                let text = (value["value"] ?? value).scalar?.string
            else { return nil }
            let isMarked = value["sensitive"]?.isTrue == true
            switch ClearText(text, isCloudSlang: true) {
            case .none, .publicDefault: return nil
            case .constant: guard isMarked || SecretName.looksSecret(name) else { return nil }
            case .revealed: break
            }
            return PackClearSecret(
                name: namespace.isEmpty ? name : "\(namespace).\(name)", isMarked: isMarked, line: key.mark?.line ?? 1)
        }
    }
}
