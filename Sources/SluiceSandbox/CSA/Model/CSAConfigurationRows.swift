/// The four kinds of approval policy (csa-api.md 4.1); the raw value is the XML root.
public enum CSAPolicyKind: String, Codable, Hashable, Sendable, CaseIterable {
    case named = "NamedApproverApprovalTemplate"
    case group = "NamedGroupApprovalTemplate"
    case userContext = "UserContextApprovalTemplate"
    /// Starts its flow whenever a request is submitted.
    case delegated = "DelegatedApprovalTemplate"

    /// `approvalType.name`; the group's is INFERRED by analogy, the delegated one's is a choice.
    var typeName: String {
        switch self {
        case .named: "NAMED_APPROVER_TEMPLATE"
        case .group: "NAMED_GROUP_TEMPLATE"
        case .userContext: "USER_CONTEXT_TEMPLATE"
        case .delegated: "DELEGATED_TEMPLATE"
        }
    }
}

struct CSAOrganization: CSARow {
    /// The one of the provider's own people.
    static let providerName = "CSA-Provider"

    let id: String
    var name: String
}

struct CSAPerson: CSARow {
    let id: String
    var userName: String
    var organizationID: String
    var password: String?
    var hasLoggedIn: Bool
}

struct CSAPolicy: CSARow {
    let id: String
    var organizationID: String
    let kind: CSAPolicyKind
    /// Given once, with a time in it.
    let name: String
    var displayName: String
    var details = Details()
    let createdAt: EpochMilliseconds
    var updatedAt: EpochMilliseconds

    /// What a PUT replaces as a whole.
    struct Details: Codable, Hashable, Sendable {
        var approvers: [String] = []
        var group: String?
        var processDefinitionID: String?
        var approvalLevel: Int64?
        var minApprovalRequired: Int64 = 0
        var isAutomatic = false
        var automaticDays: Int64 = 0
        /// Nil: never given. `true` is APPROVED.
        var automaticallyApproves: Bool?
    }
}

struct CSACategory: Codable, Hashable, Sendable {
    let id: String
    var name: String
}

struct CSACatalog: CSARow {
    /// Seen in every public source that shows it (csa-api.md section 1).
    static let sharedID = "90d9650a36988e5d0136988f03ab000f"

    let id: String
    var name: String
    /// Nil: the shared catalog.
    var organizationID: String?
    /// Of items without one of their own; set by `setCatalogApprovalPolicy`.
    var policyID: String?
    var categories: [CSACategory]

    var isShared: Bool { organizationID == nil }
}

struct CSAOffering: CSARow {
    struct Publication: Codable, Hashable, Sendable {
        let catalogID: String
        let categoryID: String
        let publishedAt: EpochMilliseconds
        /// Policy id by action.
        var policyIDs: [String: String] = [:]
    }

    let id: String
    var name: String
    var isRetired = false
    /// Process definition by stage.
    var processIDs: [String: String]
    var timeoutSeconds: Int64
    var errorOnTimeout: Bool
    var publications: [Publication]

    func isPublished(in catalogID: String) -> Bool { publications.contains { $0.catalogID == catalogID } }
}

struct CSAProcessDefinition: CSARow {
    let id: String
    var name: String
    var flowID: String
    var inputs: [String: String]
}

struct CSAPool: CSARow {
    let id: String
    var name: String
    var processDefinitionID: String
    var intervalMilliseconds: Int64?
    var nextAt: EpochMilliseconds?
    /// A disabled pool is synchronised all the same: neither vendor text says otherwise.
    var isEnabled = true
}
