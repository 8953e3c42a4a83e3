/// Fields of an approval policy that a change sets; nil leaves one as it is.
public struct ApprovalPolicyEdit: Hashable, Sendable {
    public var isAutomatic: Bool?
    public var automaticPeriodDays: Int?
    public var automaticDecision: ApprovalDecision?
    public var minApprovalsRequired: Int?

    public init(
        isAutomatic: Bool? = nil, automaticPeriodDays: Int? = nil, automaticDecision: ApprovalDecision? = nil,
        minApprovalsRequired: Int? = nil
    ) {
        self.isAutomatic = isAutomatic
        self.automaticPeriodDays = automaticPeriodDays
        self.automaticDecision = automaticDecision
        self.minApprovalsRequired = minApprovalsRequired
    }

    /// Requests wait for a person; period and decision stay, so that they need not be remembered.
    public static let manual = ApprovalPolicyEdit(isAutomatic: false)

    /// Requests are refused at once: the intake mode `refuse`, which leaves nothing to be replayed.
    public static let refusing = ApprovalPolicyEdit(
        isAutomatic: true, automaticPeriodDays: 0, automaticDecision: .rejected)

    /// Puts the three automatic fields back as they were, and touches no other.
    public init(restoring before: ApprovalPolicy) {
        self.init(
            isAutomatic: before.isAutomatic, automaticPeriodDays: before.automaticPeriodDays,
            automaticDecision: before.automaticDecision)
    }

    /// Whether CSA would refuse it: it takes 0 to 365 days (csa-api.md 4.1).
    public var isValid: Bool {
        (0...ApprovalPolicyEdit.periodDaysMax).contains(automaticPeriodDays ?? 0) && (minApprovalsRequired ?? 0) >= 0
    }

    /// Longest period that CSA takes, in days.
    public static let periodDaysMax = 365

    /// The policy with these fields, as we send it; CSA may normalise it further.
    public func applied(to policy: ApprovalPolicy) -> ApprovalPolicy {
        var edited = policy
        if let isAutomatic { edited.isAutomatic = isAutomatic }
        if let automaticPeriodDays { edited.automaticPeriodDays = automaticPeriodDays }
        if let automaticDecision { edited.automaticDecision = automaticDecision }
        if let minApprovalsRequired { edited.minApprovalsRequired = minApprovalsRequired }
        return edited
    }
}

/// An approval policy that is to be made: one that holds requests, or one that somebody deleted.
public struct ApprovalPolicyDraft: Hashable, Sendable {
    public var kind: ApprovalPolicy.Kind
    public var displayName: String
    public var isAutomatic: Bool
    public var automaticPeriodDays: Int
    public var automaticDecision: ApprovalDecision?
    public var minApprovalsRequired: Int
    public var approvers: [String]
    public var groups: [String]
    public var processDefinitionID: String?

    /// One that holds every request until one of the approvers decides.
    public init(holding displayName: String, approvers: [String]) {
        kind = .namedApprover
        self.displayName = displayName
        isAutomatic = false
        automaticPeriodDays = 0
        minApprovalsRequired = approvers.isEmpty ? 0 : 1
        self.approvers = approvers
        groups = []
    }

    /// The documented fields of one that was; its id will be another.
    public init(recreating policy: ApprovalPolicy) {
        kind = policy.kind
        displayName = policy.displayName
        isAutomatic = policy.isAutomatic
        automaticPeriodDays = policy.automaticPeriodDays
        automaticDecision = policy.automaticDecision
        minApprovalsRequired = policy.minApprovalsRequired
        approvers = policy.approvers
        groups = policy.groups
        processDefinitionID = policy.processDefinitionID
    }
}
