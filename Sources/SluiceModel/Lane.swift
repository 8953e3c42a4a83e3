/// Holds that take turns with others within one priority: those of one tenant, or of none.
public struct LaneID: Hashable, Sendable, Comparable {
    /// nil: holds without a tenant.
    public let tenant: TenantID?

    public init(_ tenant: TenantID?) { self.tenant = tenant }

    /// Holds without a tenant first, then by the bytes of the name, as every store can sort.
    public static func < (left: Self, right: Self) -> Bool {
        guard let right = right.tenant else { return false }
        guard let left = left.tenant else { return true }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

/// A lane in which holds wait.
public struct Lane: Hashable, Sendable {
    public var id: LaneID
    /// The highest priority among its holds, whether or not their time has come.
    public var priority: Priority

    public init(id: LaneID, priority: Priority) {
        self.id = id
        self.priority = priority
    }
}

extension LaunchRequest {
    public var lane: LaneID { LaneID(tenant) }
}
