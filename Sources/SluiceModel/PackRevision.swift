/// One state of a content pack that was loaded: the facts that were read from it, never the pack itself.
public struct PackRevision: Hashable, Sendable {
    /// The pack's name, as its properties say.
    public let name: String
    /// The pack's version, as its properties say; nil when they do not.
    public var version: String?
    /// Counts the pack's loads from 1, one by one.
    public let number: Int
    /// SHA-256 of the bytes that were read, in hexadecimal; nil of a folder, which has no bytes of its own.
    public var digest: String?
    /// When it was loaded.
    public var loadedAt: Timestamp
    /// Who loaded it.
    public var by: Principal
    /// What it says of its flows; each names this pack and this revision.
    public let flows: [KnownFlow]

    public init(
        name: String, version: String?, number: Int, digest: String?, loadedAt: Timestamp, by: Principal,
        flows known: [KnownFlow]
    ) {
        self.name = name
        self.version = version
        self.number = number
        self.digest = digest
        self.loadedAt = loadedAt
        self.by = by
        self.flows = known.map { flow in
            var own = flow
            own.contentPack = name
            own.packRevision = number
            return own
        }
    }
}

extension PackRevision {
    /// The kind of the event that records a load.
    public static let eventKind = "pack-loaded"

    /// What the event says of it.
    public var eventText: String {
        "content pack \(name), revision \(number)\(version.map { ", version \($0)" } ?? ""): \(flows.count) flows"
    }
}
