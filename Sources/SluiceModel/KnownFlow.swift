/// What the content packs that were loaded say of one flow.
public struct KnownFlow: Hashable, Sendable {
    public var id: FlowID
    public var name: String
    /// As Central spells it: `Library/…`, without the file's suffix.
    public var path: String
    /// The pack's name.
    public var contentPack: String
    /// The revision of that pack; nil when the pack is not on record.
    public var packRevision: Int?
    /// Whether its first step asks the gate.
    public var isGated: Bool
    public var inputs: [KnownInput]

    public init(
        id: FlowID, name: String, path: String, contentPack: String, packRevision: Int? = nil,
        isGated: Bool, inputs: [KnownInput]
    ) {
        self.id = id
        self.name = name
        self.path = path
        self.contentPack = contentPack
        self.packRevision = packRevision
        self.isGated = isGated
        self.inputs = inputs
    }
}

/// One declared input of a flow.
public struct KnownInput: Hashable, Sendable {
    public var name: String
    public var isRequired: Bool
    /// Its type is ENCRYPTED: its value is a secret.
    public var isEncrypted: Bool

    public init(name: String, isRequired: Bool, isEncrypted: Bool) {
        self.name = name
        self.isRequired = isRequired
        self.isEncrypted = isEncrypted
    }
}
