/// What the content packs said of a flow when a launch of it was held, as the hold remembers it.
///
/// Small on purpose: it is kept with each hold, so that the release can compare without looking up a pack's history.
public struct FlowMemory: Hashable, Sendable {
    /// The pack's name.
    public var contentPack: String
    /// The pack's revision; nil when the pack was not recorded.
    public var packRevision: Int?
    /// Whether an operator was told that no loaded pack has the flow any more.
    public var isGone: Bool
    /// Whether its first step asked the gate.
    public var isGated: Bool
    /// Its declared inputs.
    public var inputs: [KnownInput]

    /// What is known of a flow now.
    public init(of flow: KnownFlow) {
        self.init(
            contentPack: flow.contentPack, packRevision: flow.packRevision, isGated: flow.isGated, inputs: flow.inputs)
    }

    public init(
        contentPack: String, packRevision: Int?, isGone: Bool = false, isGated: Bool, inputs: [KnownInput]
    ) {
        self.contentPack = contentPack
        self.packRevision = packRevision
        self.isGone = isGone
        self.isGated = isGated
        self.inputs = inputs
    }

    /// This memory after an operator was shown what became of the flow: a launch all the same is then no surprise.
    public func updated(to flow: KnownFlow?) -> FlowMemory {
        if let flow { return FlowMemory(of: flow) }
        var gone = self
        gone.isGone = true
        return gone
    }

    /// `pack Backup, revision 3`: where it was known from.
    public var place: String { "pack \(contentPack)" + (packRevision.map { ", revision \($0)" } ?? "") }
}
