/// A service request: somebody's wish to order, modify or cancel.
public struct CSARequest: Hashable, Sendable {
    public var id: CSARequestID
    public var name: String
    public var state: RequestState
    /// User name of whoever submitted it.
    public var submitter: String
    /// `ORDER`, `MODIFY_SUBSCRIPTION`, `CANCEL_SUBSCRIPTION` or a user operation; nil when CSA does not say.
    public var action: String?
    public var catalogID: CSACatalogID?
    /// When it was made; nil when CSA hides it.
    public var createdAt: Timestamp?

    public init(id: CSARequestID, name: String, state: RequestState, submitter: String) {
        self.id = id
        self.name = name
        self.state = state
        self.submitter = submitter
    }

    /// Whether it was parked at or after a time: for the replay after a maintenance. Without a time it was not.
    public func isParked(since start: Timestamp) -> Bool {
        state == .pendingApproval && (createdAt.map { $0 >= start } ?? false)
    }

    /// Oldest first; those without a time come last, then by id.
    public static func isOlder(_ left: CSARequest, _ right: CSARequest) -> Bool {
        let times = (left.createdAt?.milliseconds ?? .max, right.createdAt?.milliseconds ?? .max)
        return times.0 == times.1 ? left.id < right.id : times.0 < times.1
    }
}

/// A running approval, as one approver sees it.
public struct CSAApproval: Hashable, Sendable {
    public var id: CSAApprovalID
    public var catalogID: CSACatalogID
    /// The request that waits for it; nil when CSA's text does not tell (the element is inferred from a field
    /// plugin's SQL, csa-api.md 4.1).
    public var requestID: CSARequestID?
    /// nil while the decision is pending.
    public var decision: ApprovalDecision?
    public var createdAt: Timestamp?

    public init(id: CSAApprovalID, catalogID: CSACatalogID) {
        self.id = id
        self.catalogID = catalogID
    }
}

/// A person of CSA, as logins name one.
public struct CSAUser: Hashable, Sendable {
    public var userName: String
    /// The key of the organization that the person belongs to.
    public var organizationName: String

    public init(userName: String, organizationName: String) {
        self.userName = userName
        self.organizationName = organizationName
    }
}

/// A subscription, with the two dates that CSA's own clocks act on.
public struct CSASubscription: Hashable, Sendable {
    public var id: CSASubscriptionID
    public var name: String
    public var status: SubscriptionStatus
    public var instanceID: CSAInstanceID?
    public var catalogID: CSACatalogID?
    /// nil: not readable, or there is none.
    public var startsAt: Timestamp?
    /// nil: not readable, or it never ends.
    public var endsAt: Timestamp?

    public init(id: CSASubscriptionID, name: String, status: SubscriptionStatus) {
        self.id = id
        self.name = name
        self.status = status
    }

    /// Which of CSA's clocks fire for it in a span: its start, its end, both, or none.
    /// - Parameter span: From its first instant to its last, both included.
    public func clocks(in span: ClosedRange<Timestamp>) -> [Clock] {
        switch status {
        case .cancelled, .expired, .terminated: return []
        case .pending, .paused, .active, .other: break
        }
        var clocks: [Clock] = []
        if status != .active, let startsAt, span.contains(startsAt) { clocks.append(.start(startsAt)) }
        if let endsAt, span.contains(endsAt) { clocks.append(.end(endsAt)) }
        return clocks
    }

    /// A clock of CSA's own: only stopping CSA stops it (csa-api.md section 10).
    public enum Clock: Hashable, Sendable {
        /// A RESERVED instance starts.
        case start(Timestamp)
        /// An instance goes to EXPIRING.
        case end(Timestamp)
    }
}

/// A service instance, as a listing shows it.
public struct CSAInstance: Hashable, Sendable {
    public var id: CSAInstanceID
    public var name: String
    /// By `serviceInstanceState/name`; nil when the listing leaves it out: ask for it by id.
    public var state: CSAInstanceState?

    public init(id: CSAInstanceID, name: String, state: CSAInstanceState?) {
        self.id = id
        self.name = name
        self.state = state
    }
}
