public import SluiceModel

/// The flows of the content packs that were loaded, by id.
public struct Inventory: Sendable {
    /// By id; the first pack that has an id wins.
    public let flows: [FlowID: KnownFlow]
    /// Whether any pack was loaded at all: without one no flow is called unknown.
    public let isLoaded: Bool

    public init(_ flows: [KnownFlow] = [], isLoaded: Bool? = nil) {
        var byID: [FlowID: KnownFlow] = [:]
        for flow in flows where byID[flow.id] == nil { byID[flow.id] = flow }
        self.flows = byID
        self.isLoaded = isLoaded ?? !flows.isEmpty
    }

    public subscript(_ id: FlowID) -> KnownFlow? { flows[id] }

    /// How many flows are known.
    public var count: Int { flows.count }
}
