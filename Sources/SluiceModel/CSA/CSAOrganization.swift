/// An organization of CSA: its provider, or a consumer with catalogs and policies of its own.
public struct CSAOrganization: Hashable, Sendable {
    public var id: CSAOrganizationID
    /// The key that logins and tokens name it by, such as `CSA_CONSUMER`; never the display name.
    public var name: String
    public var displayName: String

    public init(id: CSAOrganizationID, name: String, displayName: String) {
        self.id = id
        self.name = name
        self.displayName = displayName
    }
}

/// A catalog, in which offerings are published and policies assigned.
public struct CSACatalog: Hashable, Sendable {
    public var id: CSACatalogID
    public var name: String
    public var displayName: String
    /// Whether it is the Global Shared Catalog, which takes no approval policy (csa-api.md section 0.4).
    public var isShared: Bool

    public init(id: CSACatalogID, name: String, displayName: String, isShared: Bool) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.isShared = isShared
    }
}

/// What was learnt of CSA's version: how it spells the one call that was renamed (csa-api.md section 0.6).
public enum AssignmentSpelling: String, Hashable, Sendable, CaseIterable {
    /// `setSOApprovalPolicy`.
    case v400 = "4.00"
    /// `setCatalogSOApprovalPolicy`.
    case v490 = "4.90"

    /// The last part of the call's path.
    public var pathPart: String {
        switch self {
        case .v400: "setSOApprovalPolicy"
        case .v490: "setCatalogSOApprovalPolicy"
        }
    }
}
