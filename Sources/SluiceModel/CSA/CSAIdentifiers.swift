/// An organization of CSA, by its database id; a new one after a restore (csa-api.md section 12).
public struct CSAOrganizationID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A person of CSA, by database id: the `userIdentifier` of the legacy calls.
public struct CSAPersonID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// An approval policy, which CSA's REST calls a template.
public struct ApprovalPolicyID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A catalog.
public struct CSACatalogID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }

    /// The Global Shared Catalog, by the id that every public source shows (csa-api.md section 1); that all
    /// installations have it is inferred, so it can be configured.
    public static let globalShared = CSACatalogID("90d9650a36988e5d0136988f03ab000f")
}

/// A service offering.
public struct CSAOfferingID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A service request: somebody's order, modification or cancellation.
public struct CSARequestID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A running approval of a request.
public struct CSAApprovalID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A subscription.
public struct CSASubscriptionID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}
