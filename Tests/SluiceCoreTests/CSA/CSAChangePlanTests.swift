import SluiceCore
import SluiceModel
import Testing

/// What a maintenance changes in CSA, and what it leaves to the fence, for each kind of policy and offering.
struct CSAChangePlanTests {
    private static let organization = CSAOrganizationID("o1")
    private static let catalog = CSACatalog(
        id: CSACatalogID("c1"), name: "c1", displayName: "Catalog", isShared: false)

    private static func policy(
        _ id: String, _ kind: ApprovalPolicy.Kind = .namedApprover, isAutomatic: Bool = true, days: Int = 0,
        approvers: [String] = ["boss"], groups: [String] = [], min: Int = 1
    ) -> ApprovalPolicy {
        var policy = ApprovalPolicy(
            id: ApprovalPolicyID(id), organizationID: organization, kind: kind, name: "\(id)_1", displayName: id,
            isAutomatic: isAutomatic)
        policy.automaticPeriodDays = days
        policy.automaticDecision = .approved
        policy.approvers = approvers
        policy.groups = groups
        policy.minApprovalsRequired = min
        return policy
    }

    private static let holding = policy(CSAChangePlan.holdingPolicyName, isAutomatic: false)

    private static func offering(
        _ id: String, policies: [String]?, hasApproval: Bool? = nil, category: String? = "CRM"
    ) -> CSAOffering {
        var offering = CSAOffering(
            id: CSAOfferingID(id), name: "\(id)_name", displayName: id, catalogID: catalog.id)
        offering.policyIDs = policies?.map { ApprovalPolicyID($0) }
        offering.hasApproval = hasApproval
        offering.categoryName = category
        return offering
    }

    struct PolicyRow: CustomStringConvertible, Sendable {
        var policy: ApprovalPolicy
        /// nil: left as it is.
        var wanted: [String]?
        var finding: CSAChangePlan.Finding.Kind?
        var description: String { policy.displayName }
    }

    private static let manual = [
        "automaticApproval=false", "automaticPeriodDuration=0", "automaticApprovalDecision=APPROVED",
    ]

    static let policyRows: [PolicyRow] = [
        PolicyRow(policy: policy("automatic"), wanted: manual),
        PolicyRow(
            policy: policy("timed", days: 3),
            wanted: [manual[0], "automaticPeriodDuration=3", manual[2]]),
        PolicyRow(policy: policy("by hand", isAutomatic: false), wanted: nil),
        PolicyRow(
            policy: policy("wants none", min: 0), wanted: manual + ["minApprovalRequired=1"]),
        PolicyRow(
            policy: policy("group", .namedGroup, approvers: [], groups: ["cn=a"]), wanted: manual),
        PolicyRow(policy: policy("managers", .userContext, approvers: [], min: 0), wanted: manual),
        PolicyRow(policy: policy("nobody", approvers: [], min: 0), wanted: nil, finding: .policyHoldsNothing),
        PolicyRow(policy: policy("delegated", .delegated, approvers: [], min: 0), wanted: nil),
        PolicyRow(policy: policy("delegated by hand", .delegated, isAutomatic: false), wanted: nil),
        PolicyRow(policy: policy("unknown", .other("NewTemplate")), wanted: nil, finding: .policyHoldsNothing),
        PolicyRow(
            policy: policy("by hand of nobody", isAutomatic: false, approvers: [], min: 0), wanted: nil,
            finding: .manualHoldsNothing),
        PolicyRow(
            policy: policy("by hand, wants none", isAutomatic: false, min: 0), wanted: nil,
            finding: .manualHoldsNothing),
        PolicyRow(policy: holding, wanted: nil),
    ]

    @Test("each kind of policy is made manual, or is left as it is", arguments: policyRows)
    func policies(_ row: PolicyRow) {
        let plan = CSAChangePlan(.init(policies: [row.policy]), readsAssignments: true, unpublishes: false)
        #expect(plan.changes.map { $0.wanted.map { "\($0.name)=\($0.value)" } } == (row.wanted.map { [$0] } ?? []))
        #expect(plan.findings.map(\.kind) == (row.finding.map { [$0] } ?? []))
        for change in plan.changes {
            #expect(change.system == CSAChangePlan.policies && change.object == "o1/\(row.policy.id)")
            #expect(change.returnStep == 2, "templates come back last (csa-api.md 11)")
        }
    }

    struct OfferingRow: CustomStringConvertible, Sendable {
        var description: String
        var offerings: [CSAOffering]
        var isShared = false
        var unpublishes = false
        var changes: [String] = []
        var findings: [CSAChangePlan.Finding.Kind] = []
    }

    static let offeringRows: [OfferingRow] = [
        OfferingRow(
            description: "a delegated one is assigned anew", offerings: [offering("a", policies: ["d"])],
            changes: ["csa-assignments c1/a approvalPolicy=\(CSAChangePlan.holdingPolicyName)"]),
        OfferingRow(
            description: "one by hand stays", offerings: [offering("a", policies: ["h"])]),
        OfferingRow(
            description: "one without is the fence's", offerings: [offering("a", policies: [], hasApproval: false)],
            findings: [.onlyFence]),
        OfferingRow(
            description: "the shared catalog takes none", offerings: [offering("a", policies: ["d"])], isShared: true,
            findings: [.onlyFence]),
        OfferingRow(
            description: "two policies", offerings: [offering("a", policies: ["d", "h"])],
            findings: [.severalPolicies]),
        OfferingRow(
            description: "the same action twice is one policy", offerings: [offering("a", policies: ["d", "d"])],
            changes: ["csa-assignments c1/a approvalPolicy=\(CSAChangePlan.holdingPolicyName)"]),
        OfferingRow(
            description: "listed twice", offerings: [offering("a", policies: ["d"]), offering("a", policies: ["d"])],
            findings: [.offeringTwice, .offeringTwice]),
        OfferingRow(
            description: "not readable", offerings: [offering("a", policies: nil)]),
        OfferingRow(
            description: "unpublished with its policy", offerings: [offering("a", policies: ["h"])], unpublishes: true,
            changes: ["csa-offerings c1/a/CRM/a_name published=false,approvalPolicy="]),
        OfferingRow(
            description: "unpublished without one", offerings: [offering("a", policies: nil, hasApproval: false)],
            unpublishes: true, changes: ["csa-offerings c1/a/CRM/a_name published=false"],
            findings: [.onlyFence]),
        OfferingRow(
            description: "its policy would be lost", offerings: [offering("a", policies: nil, hasApproval: true)],
            unpublishes: true, findings: [.cannotUnpublish]),
        OfferingRow(
            description: "without a category", offerings: [offering("a", policies: ["d"], category: nil)],
            unpublishes: true,
            changes: ["csa-assignments c1/a approvalPolicy=\(CSAChangePlan.holdingPolicyName)"],
            findings: [.cannotUnpublish]),
    ]

    @Test(arguments: offeringRows)
    func offerings(_ row: OfferingRow) {
        var catalog = Self.catalog
        catalog.isShared = row.isShared
        let reading = CSAChangePlan.Reading(
            policies: [
                Self.policy("d", .delegated, approvers: [], min: 0), Self.policy("h", isAutomatic: false), Self.holding,
            ], catalogs: [.init(catalog, row.offerings)])
        let plan = CSAChangePlan(reading, readsAssignments: true, unpublishes: row.unpublishes)
        let changes = plan.changes.map { change in
            "\(change.system) \(change.object) "
                + change.wanted.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        }
        #expect(changes == row.changes)
        #expect(plan.findings.map(\.kind) == row.findings)
        #expect(plan.lacksHoldingPolicy.isEmpty)
    }

    @Test func saysWhichOrganizationNeedsAHoldingPolicy() {
        let reading = CSAChangePlan.Reading(
            policies: [Self.policy("d", .delegated, approvers: [], min: 0)],
            catalogs: [.init(Self.catalog, [Self.offering("a", policies: ["d"]), Self.offering("b", policies: ["d"])])])
        let plan = CSAChangePlan(reading, readsAssignments: true, unpublishes: false)
        #expect(plan.lacksHoldingPolicy == [Self.organization] && plan.changes.isEmpty)
        let blind = CSAChangePlan(
            .init(policies: reading.policies), readsAssignments: false, unpublishes: false)
        #expect(blind.findings.map(\.kind) == [.assignmentsUnreadable])
    }

    struct UserRow: CustomStringConvertible, Sendable {
        var description: String
        var offering: CSAOffering
        var isShared = false
        var isUser: Bool
    }

    static let userRows: [UserRow] = [
        UserRow(description: "it has it", offering: offering("a", policies: ["p"]), isUser: true),
        UserRow(description: "among others", offering: offering("a", policies: ["q", "p"]), isUser: true),
        UserRow(description: "it has another", offering: offering("a", policies: ["q"]), isUser: false),
        UserRow(description: "it has none", offering: offering("a", policies: []), isUser: false),
        UserRow(description: "not told", offering: offering("a", policies: nil), isUser: true),
        UserRow(
            description: "not told which", offering: offering("a", policies: nil, hasApproval: true), isUser: true),
        UserRow(
            description: "it needs no approval", offering: offering("a", policies: nil, hasApproval: false),
            isUser: false),
        UserRow(
            description: "the shared catalog takes none", offering: offering("a", policies: nil), isShared: true,
            isUser: false),
    ]

    @Test("a policy is free only when no offering has it, and that is known", arguments: userRows)
    func usersOfAPolicy(_ row: UserRow) {
        var catalog = Self.catalog
        catalog.isShared = row.isShared
        let reading = CSAChangePlan.Reading(
            policies: [],
            catalogs: [.init(Self.catalog, [Self.offering("other", policies: ["q"])]), .init(catalog, [row.offering])])
        #expect(reading.user(of: ApprovalPolicyID("p"))?.id == (row.isUser ? row.offering.id : nil))
    }

    @Test(arguments: [["a"], ["a/b", "c"], ["%2F", "/", "%"], ["", "x"], ["%252F/%25"]])
    func namesGoThere(_ parts: [String]) {
        let name = CSAObjectName(parts)
        #expect(CSAObjectName(name.text, count: parts.count)?.parts == parts)
        #expect(CSAObjectName(name.text, count: parts.count + 1) == nil)
    }
}
