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
    /// Whether the archive carries a JAR signature: changing any file of it breaks that.
    public var isSigned: Bool
    /// What could not be read, or probably does not mean what its author thinks.
    public var diagnostics: [Diagnostic]

    public init(
        path: String, name: String? = nil, version: String? = nil, uuid: String? = nil, publisher: String? = nil,
        description: String? = nil, flows: [PackFlow] = [], items: [PackItem] = [],
        dependencies: [PackDependency] = [], isSigned: Bool = false, diagnostics: [Diagnostic] = []
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
        self.isSigned = isSigned
        self.diagnostics = diagnostics
    }

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

    public init(kind: String, id: String, name: String, path: String) {
        self.kind = kind
        self.id = id
        self.name = name
        self.path = path
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
