public import SluiceModel

/// What one content pack holds: its identity, its flows and operations, its configuration items, and what is wrong.
///
/// No value of an input or of a configuration item is in here: many are secrets (oo-content-pack.md sections 2, 4.1).
public struct ContentPack: Hashable, Sendable {
    /// The path the pack was read from, as the user gave it.
    public var path: String
    /// `content.pack.name`; nil when the pack does not say.
    public var name: String?
    /// `content.pack.version`.
    public var version: String?
    /// `content.pack.uuid`; optional in real packs, and not unique.
    public var uuid: String?
    /// `content.pack.publisher`.
    public var publisher: String?
    /// `content.pack.description`.
    public var description: String?
    /// Flows, operations and their CloudSlang kin, in the order of their paths.
    public var flows: [PackFlow]
    /// Configuration items, in the order of their paths.
    public var items: [PackItem]
    /// Packs that this one needs, from the `pom.xml` at its root.
    public var dependencies: [PackDependency]
    /// Jars in `Lib/`, in the order of their paths.
    public var libraries: [PackLibrary]
    /// Folders that have a description, in the order of their paths.
    public var folders: [PackFolder]
    /// Signature blocks of the archive, by path: changing any file of it breaks the signature.
    public var signatures: [String]
    /// Places of documents that could not be read, in the order of their paths.
    var unread: [String] = []
    /// What could not be read, or probably does not mean what its author thinks.
    public var diagnostics: [Diagnostic]

    public init(
        path: String, name: String? = nil, version: String? = nil, uuid: String? = nil, publisher: String? = nil,
        description: String? = nil, flows: [PackFlow] = [], items: [PackItem] = [],
        dependencies: [PackDependency] = [], libraries: [PackLibrary] = [], folders: [PackFolder] = [],
        signatures: [String] = [], diagnostics: [Diagnostic] = []
    ) {
        self.path = path
        self.name = name
        self.version = version
        self.uuid = uuid
        self.publisher = publisher
        self.description = description
        self.flows = flows
        self.items = items
        self.dependencies = dependencies
        self.libraries = libraries
        self.folders = folders
        self.signatures = signatures
        self.diagnostics = diagnostics
    }

    /// Whether the archive carries a JAR signature.
    public var isSigned: Bool { !signatures.isEmpty }

    /// Whether anything could not be read.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// One configuration item: a system property, an account, a domain term … Its value is never read.
public struct PackItem: Hashable, Sendable {
    /// The document's root element, such as `systemProperty`, or `cloudslang-properties`.
    public var kind: String
    /// The document's id; the namespace of a CloudSlang properties file.
    public var id: String
    public var name: String
    /// Its place in the pack.
    public var path: String
    /// Of a CloudSlang properties file: full names of the properties that are `sensitive`.
    public var sensitiveProperties: [String]
    /// Its system properties that are secrets and have their values in clear (CloudSlang only), by name.
    public var clearSecrets: [PackClearSecret] = []

    public init(kind: String, id: String, name: String, path: String, sensitiveProperties: [String] = []) {
        self.kind = kind
        self.id = id
        self.name = name
        self.path = path
        self.sensitiveProperties = sensitiveProperties
    }
}

/// A pack that another one needs (oo-content-pack.md section 1.2).
public struct PackDependency: Hashable, Sendable {
    /// `DEFAULT` when Studio wrote it.
    public var groupID: String
    /// The pack's name, spaces and all.
    public var artifactID: String
    /// A maven version or range, such as `[1.9.1,)`.
    public var version: String

    public init(groupID: String, artifactID: String, version: String) {
        self.groupID = groupID
        self.artifactID = artifactID
        self.version = version
    }
}

/// A folder of a pack that has a description (oo-content-pack.md section 1.4).
public struct PackFolder: Hashable, Sendable {
    /// Its place in the pack, such as `Content/Library/Community`.
    public var path: String
    public var description: String

    public init(path: String, description: String) {
        self.path = path
        self.description = description
    }
}

/// A jar in a pack's `Lib/`, which is laid out as a maven repository (oo-content-pack.md section 1.3).
public struct PackLibrary: Hashable, Sendable {
    /// Its place in the pack.
    public var path: String
    /// Maven coordinates by the layout; nil when it does not lie as maven lays it.
    public var groupID: String?
    public var artifactID: String?
    public var version: String?

    public init(path: String) {
        self.path = path
        let parts = path.split(separator: "/")
        // Lib/<group, a folder for each part>/<artifact>/<version>/<artifact>-<version>[-<classifier>].jar
        guard parts.count >= 5, let file = parts.last else { return }
        let artifact = parts[parts.count - 3]
        let version = parts[parts.count - 2]
        let rest = file.dropLast(".jar".count)
        guard rest.hasPrefix("\(artifact)-") else { return }
        let tail = rest.dropFirst(artifact.count + 1)
        // A snapshot's jar may name the moment it was built in place of the word.
        let isSnapshot = version.hasSuffix("-SNAPSHOT") && tail.hasPrefix(version.dropLast("SNAPSHOT".count))
        guard tail == version || tail.hasPrefix("\(version)-") || isSnapshot else { return }
        groupID = parts[1..<(parts.count - 3)].joined(separator: ".")
        artifactID = String(artifact)
        self.version = String(version)
    }
}
