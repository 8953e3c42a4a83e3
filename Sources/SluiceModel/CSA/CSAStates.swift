/// Where a service instance is (csa-api.md section 5, PROVEN words); told by `name`, never by the display name.
public enum CSAInstanceState: Hashable, Sendable {
    case deploying, modifying, cancelling, expiring, inProgress, upgrading
    /// Approved and parked for later: it starts by itself at its date.
    case reserved
    case active, cancelled
    case failed, cancelFailed, modifyFailed, expireFailed, publicActionFailed, upgradeFailed
    /// A word this version does not know; treated as running.
    case other(String)

    private static let words: [(word: String, state: CSAInstanceState)] = [
        ("DEPLOYING", .deploying), ("MODIFYING", .modifying), ("CANCELLING", .cancelling), ("EXPIRING", .expiring),
        ("IN_PROGRESS", .inProgress), ("UPGRADING", .upgrading), ("RESERVED", .reserved), ("ACTIVE", .active),
        ("CANCELLED", .cancelled), ("FAILED", .failed), ("CANCEL_FAILED", .cancelFailed),
        ("MODIFY_FAILED", .modifyFailed), ("EXPIRE_FAILED", .expireFailed),
        ("PUBLIC_ACTION_FAILED", .publicActionFailed), ("UPGRADE_FAILED", .upgradeFailed),
    ]

    public init(word: String) {
        self = CSAInstanceState.words.first { $0.word == word }?.state ?? .other(word)
    }

    /// As CSA writes it.
    public var word: String {
        if case .other(let word) = self { return word }
        return CSAInstanceState.words.first { $0.state == self }?.word ?? ""
    }

    /// Whether a transition runs: a drain waits for it.
    public var isRunning: Bool {
        switch self {
        case .deploying, .modifying, .cancelling, .expiring, .inProgress, .upgrading, .other: true
        case .reserved, .active, .cancelled, .failed, .cancelFailed, .modifyFailed, .expireFailed,
            .publicActionFailed, .upgradeFailed:
            false
        }
    }

    /// Whether nothing of it runs or starts by itself, as far as its state tells; an end date may still come.
    public var isAtRest: Bool { !isRunning && self != .reserved }

    /// Whether it failed, so that it changes only when a person acts.
    public var needsPerson: Bool {
        switch self {
        case .failed, .cancelFailed, .modifyFailed, .expireFailed, .publicActionFailed, .upgradeFailed: true
        default: false
        }
    }
}

/// Where a service request is (csa-api.md section 5).
public enum RequestState: Hashable, Sendable {
    case submitted, inProgress, approved
    /// Waits for an approval: the intake queue, nothing that a drain waits for.
    case pendingApproval
    case completed, rejected, cancelled
    /// A word this version does not know; treated as running.
    case other(String)

    private static let words: [(word: String, state: RequestState)] = [
        ("SUBMITTED", .submitted), ("IN_PROGRESS", .inProgress), ("APPROVED", .approved),
        ("PENDING_APPROVAL", .pendingApproval), ("COMPLETED", .completed), ("REJECTED", .rejected),
        ("CANCELLED", .cancelled),
    ]

    public init(word: String) {
        self = RequestState.words.first { $0.word == word }?.state ?? .other(word)
    }

    /// As CSA writes it.
    public var word: String {
        if case .other(let word) = self { return word }
        return RequestState.words.first { $0.state == self }?.word ?? ""
    }

    /// Whether CSA still works on it.
    public var isRunning: Bool {
        switch self {
        case .submitted, .inProgress, .approved, .other: true
        case .pendingApproval, .completed, .rejected, .cancelled: false
        }
    }

    /// Whether it is finished. COMPLETED does not mean that provisioning has ended: look at the instance.
    public var isAtRest: Bool { !isRunning && self != .pendingApproval }

    /// Whether an approver must decide.
    public var needsPerson: Bool { self == .pendingApproval }
}

/// Where a subscription is (csa-api.md section 5).
public enum SubscriptionStatus: Hashable, Sendable {
    /// Waiting for approval, being provisioned or future-dated: which of them, only request and instance tell.
    case pending
    /// Provisioning stopped on an error; stays until an operator resumes or cancels.
    case paused
    case active, cancelled, expired, terminated
    /// A word this version does not know; treated as running.
    case other(String)

    private static let words: [(word: String, status: SubscriptionStatus)] = [
        ("PENDING", .pending), ("PAUSED", .paused), ("ACTIVE", .active), ("CANCELLED", .cancelled),
        ("EXPIRED", .expired), ("TERMINATED", .terminated),
    ]

    public init(word: String) {
        self = SubscriptionStatus.words.first { $0.word == word }?.status ?? .other(word)
    }

    /// As CSA writes it.
    public var word: String {
        if case .other(let word) = self { return word }
        return SubscriptionStatus.words.first { $0.status == self }?.word ?? ""
    }

    /// Whether something of it may run: PENDING is ambiguous and counts until its instance is looked at.
    public var isRunning: Bool {
        switch self {
        case .pending, .other: true
        case .paused, .active, .cancelled, .expired, .terminated: false
        }
    }

    /// Whether nothing of it runs.
    public var isAtRest: Bool { !isRunning && self != .paused }

    /// Whether it never goes on by itself.
    public var needsPerson: Bool { self == .paused }
}

/// What `GET /artifact/state/{id}` tells of anything (csa-api.md section 5).
public struct ArtifactState: Hashable, Sendable {
    /// `SERVICE_INSTANCE`, `SERVICE_REQUEST`, `SUBSCRIPTION` or another word.
    public var type: String
    /// Whether it is retired, so that nothing of it counts any more.
    public var isRetired: Bool
    /// The word of its state, by name; nil when it has none.
    public var state: String?
    /// The word of its status: SUCCESS, FAILURE, or a subscription's.
    public var status: String?

    public init(type: String, isRetired: Bool, state: String?, status: String?) {
        self.type = type
        self.isRetired = isRetired
        self.state = state
        self.status = status
    }

    /// Read as a service instance's; nil without a state.
    public var instanceState: CSAInstanceState? { state.map { CSAInstanceState(word: $0) } }

    /// Read as a request's; nil without a state.
    public var requestState: RequestState? { state.map { RequestState(word: $0) } }
}
