/// An approval policy of an organization (csa-api.md section 4): whether orders wait for a person, for a time, or not.
public struct ApprovalPolicy: Hashable, Sendable {
    public var id: ApprovalPolicyID
    public var organizationID: CSAOrganizationID
    public var kind: Kind
    /// CSA's own name, with a time in it; looks immutable.
    public var name: String
    /// For people; may change.
    public var displayName: String
    /// Whether CSA decides by itself once the period is over. "Automatic" is this field and the next two, no mode.
    public var isAutomatic: Bool
    /// Days that an automatic policy waits: 0 to 365; 0 decides at once.
    public var automaticPeriodDays: Int
    /// What it decides then; kept by CSA also while `isAutomatic` is false.
    public var automaticDecision: ApprovalDecision?
    /// Approvals that are needed; never more than approvers.
    public var minApprovalsRequired: Int
    /// User names of a named-approver policy, in CSA's order.
    public var approvers: [String]
    /// Distinguished names of a named-group policy.
    public var groups: [String]
    /// The flow that a delegated policy starts when a request is submitted.
    public var processDefinitionID: String?
    /// When it was last changed; nil when CSA hides it (`restrict=true`).
    public var updatedAt: Timestamp?
    /// Every other leaf of CSA's text: sorted by name, category values by their `name`, times and authors of changes
    /// left out. Two texts that mean the same have the same ones.
    public var otherFields: [JournalField]
    /// CSA's own text of it, whole, elements that are not known included; what a change is made from.
    public var record: String

    public init(
        id: ApprovalPolicyID, organizationID: CSAOrganizationID, kind: Kind, name: String, displayName: String,
        isAutomatic: Bool
    ) {
        self.id = id
        self.organizationID = organizationID
        self.kind = kind
        self.name = name
        self.displayName = displayName
        self.isAutomatic = isAutomatic
        automaticPeriodDays = 0
        minApprovalsRequired = 0
        approvers = []
        groups = []
        otherFields = []
        record = ""
    }

    /// Which of CSA's four templates it is; a root that is not known is kept.
    public enum Kind: Hashable, Sendable {
        case namedApprover
        case namedGroup
        /// The managers of whoever asks, from LDAP.
        case userContext
        /// Starts an OO flow on submit, whatever the automatic fields say.
        case delegated
        case other(String)

        public init(root: String) {
            self = Kind.known.first { $0.root == root } ?? .other(root)
        }

        /// The four that are documented, in the reference's order.
        public static let known: [Kind] = [.namedApprover, .namedGroup, .userContext, .delegated]

        /// The name of its XML element.
        public var root: String {
            switch self {
            case .namedApprover: "NamedApproverApprovalTemplate"
            case .namedGroup: "NamedGroupApprovalTemplate"
            case .userContext: "UserContextApprovalTemplate"
            case .delegated: "DelegatedApprovalTemplate"
            case .other(let root): root
            }
        }
    }

    /// How many approvers or groups it names.
    public var approverCount: Int { approvers.count + groups.count }

    /// Whether it decides at once, without anybody.
    public var isInstant: Bool { isAutomatic && automaticPeriodDays <= 0 }

    /// Whether it decides by itself after some days: an internal clock of CSA, which may fire within a window.
    public var isTimed: Bool { isAutomatic && automaticPeriodDays > 0 }

    /// Whether requests would wait under it once it is not automatic: it names somebody, and wants an approval.
    ///
    /// One without approver and with none required may complete at once (csa-api.md 4.1, inferred).
    public var canHold: Bool {
        switch kind {
        case .namedApprover, .namedGroup: approverCount >= 1 && minApprovalsRequired >= 1
        case .userContext: true
        case .delegated, .other: false
        }
    }

    /// Names of the three fields that make a policy automatic, as they stand in `fields`.
    public static let automaticFieldNames = [
        "automaticApproval", "automaticPeriodDuration", "automaticApprovalDecision",
    ]

    /// All that can be compared, field by field; order of approvers and times of changes do not count.
    ///
    /// For the journal's before-images: `JournalField.differences` of two of them is what really differs.
    public var fields: [JournalField] {
        var fields = [
            JournalField("kind", kind.root), JournalField("name", name), JournalField("displayName", displayName),
            JournalField("automaticApproval", isAutomatic ? "true" : "false"),
            JournalField("automaticPeriodDuration", String(automaticPeriodDays)),
            JournalField("automaticApprovalDecision", automaticDecision?.word ?? ""),
            JournalField("minApprovalRequired", String(minApprovalsRequired)),
        ]
        fields += approvers.sorted().map { JournalField("approver", $0) }
        fields += groups.sorted().map { JournalField("group", $0) }
        if let processDefinitionID { fields.append(JournalField("processDefinition", processDefinitionID)) }
        return fields + otherFields
    }
}

/// What an approval came to.
public enum ApprovalDecision: Hashable, Sendable {
    case approved
    case rejected
    /// A word that this version does not know.
    case other(String)

    public init(word: String) {
        switch word {
        case "APPROVED": self = .approved
        case "REJECTED": self = .rejected
        default: self = .other(word)
        }
    }

    /// As CSA writes it.
    public var word: String {
        switch self {
        case .approved: "APPROVED"
        case .rejected: "REJECTED"
        case .other(let word): word
        }
    }
}
