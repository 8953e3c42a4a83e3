/// What is pending for each person of an organization: the one answer of CSA's that spans all users
/// (csa-api.md 3.4). Persons who never logged in to the portal may be missing.
public struct PendingCounts: Hashable, Sendable {
    public var organizationID: CSAOrganizationID
    /// Sorted by user name, each person once.
    public var persons: [CSAPersonCounts]

    public init(organizationID: CSAOrganizationID, persons: [CSAPersonCounts]) {
        self.organizationID = organizationID
        self.persons = persons
    }

    /// Requests that are not finished, parked ones included; saturates.
    public var requestCount: Int { persons.reduce(0) { $0.addingOrMax($1.pendingRequestCount) } }
    /// Subscriptions in PENDING; saturates.
    public var subscriptionCount: Int { persons.reduce(0) { $0.addingOrMax($1.pendingSubscriptionCount) } }
    /// Subscriptions in PAUSED; saturates.
    public var pausedSubscriptionCount: Int { persons.reduce(0) { $0.addingOrMax($1.pausedSubscriptionCount) } }

    /// Those for whom something is pending or paused, in order.
    public var busyPersons: [CSAPersonCounts] { persons.filter { !$0.isQuiet } }
}

/// One person's counts.
public struct CSAPersonCounts: Hashable, Sendable {
    /// What tells persons apart while the list is paged.
    public var id: String
    public var userName: String
    public var pendingRequestCount: Int
    public var pendingSubscriptionCount: Int
    public var pausedSubscriptionCount: Int

    public init(
        id: String, userName: String, pendingRequestCount: Int = 0, pendingSubscriptionCount: Int = 0,
        pausedSubscriptionCount: Int = 0
    ) {
        self.id = id
        self.userName = userName
        self.pendingRequestCount = pendingRequestCount
        self.pendingSubscriptionCount = pendingSubscriptionCount
        self.pausedSubscriptionCount = pausedSubscriptionCount
    }

    /// Whether nothing is pending or paused.
    public var isQuiet: Bool {
        pendingRequestCount == 0 && pendingSubscriptionCount == 0 && pausedSubscriptionCount == 0
    }
}

extension Int {
    fileprivate func addingOrMax(_ other: Int) -> Int {
        let (sum, isTooMuch) = addingReportingOverflow(other)
        return isTooMuch ? .max : sum
    }
}
