public import SluiceModel
public import SluicePorts

/// What every `CSAClient` must do, told as laws; run each over a fresh world.
///
/// A suite takes `@Test(arguments: CSAConformance.allCases)` and calls `law.check(world)`.
public enum CSAConformance: String, CaseIterable, Sendable {
    case logsIn
    case tellsTheSpelling
    case listsOrganizationsAndCatalogs
    case makesAPolicyThatIsListed
    case editsOnlyTheNamedFields
    case givesWhatIsListedAfterwards
    case normalisesTheMinimum
    case putsBackWhatItFound
    case saysThatAPolicyIsMissing
    case listsOfferings
    case assignsItemByItem
    case takesNoAssignmentInTheSharedCatalog
    case unpublishesAndPublishesByName
    case losesThePolicyWhenPublishedAgain
    case saysThatACategoryIsMissing
    case tellsWhereAnInstanceIs
    case knowsNothingOfUnknownIDs
    case setsAProcessInstanceOnce
    case releasesAParkedRequest
    case countsWhatIsPending

    /// A CSA under test.
    public struct World: Sendable {
        public var client: any CSAClient
        public var organization: CSAOrganizationID
        /// A catalog of that organization.
        public var catalog: CSACatalogID
        /// A category of it.
        public var category: String
        /// nil: this world has none.
        public var sharedCatalog: CSACatalogID?
        /// Publishes a new offering there, and gives its id.
        public var addOffering: @Sendable (_ name: String) async throws -> CSAOfferingID
        public var addInstance: @Sendable (CSAInstanceState) async throws -> CSAInstanceID
        /// An ACTIVE process instance.
        public var addProcess: @Sendable () async throws -> CSAProcessID
        /// A request that waits for somebody.
        public var park: @Sendable () async throws -> Parked
        /// Adds persons to the organization, each with so many pending requests and nothing else.
        public var addPersons: @Sendable (_ count: Int, _ pendingRequestCount: Int) async throws -> Void

        public init(
            client: any CSAClient, organization: CSAOrganizationID, catalog: CSACatalogID, category: String,
            sharedCatalog: CSACatalogID?, addOffering: @escaping @Sendable (String) async throws -> CSAOfferingID,
            addInstance: @escaping @Sendable (CSAInstanceState) async throws -> CSAInstanceID,
            addProcess: @escaping @Sendable () async throws -> CSAProcessID,
            park: @escaping @Sendable () async throws -> Parked,
            addPersons: @escaping @Sendable (Int, Int) async throws -> Void
        ) {
            self.client = client
            self.organization = organization
            self.catalog = catalog
            self.category = category
            self.sharedCatalog = sharedCatalog
            self.addOffering = addOffering
            self.addInstance = addInstance
            self.addProcess = addProcess
            self.park = park
            self.addPersons = addPersons
        }
    }

    /// A request in PENDING_APPROVAL.
    public struct Parked: Sendable {
        public var request: CSARequestID
        public var submitter: CSAUser
        public var approver: CSAUser

        public init(request: CSARequestID, submitter: CSAUser, approver: CSAUser) {
            self.request = request
            self.submitter = submitter
            self.approver = approver
        }
    }

    /// A law that was broken.
    public struct Violation: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// - Throws: `Violation`, or whatever the client threw.
    public func check(_ world: World) async throws {
        switch self {
        case .logsIn:
            try demand(try await !world.client.logIn().text.isEmpty, "an empty id")
        case .tellsTheSpelling:
            _ = try await world.client.createPolicy(.init(holding: "Probe", approvers: ["a"]), in: world.organization)
            let first = try await world.client.assignmentSpelling()
            try demand(try await world.client.assignmentSpelling() == first, "it changed")
        case .listsOrganizationsAndCatalogs:
            let organizations = try await world.client.organizations()
            try demand(organizations.contains { $0.id == world.organization }, "\(organizations)")
            let catalogs = try await world.client.catalogs()
            try demand(catalogs.contains { $0.id == world.catalog && !$0.isShared }, "\(catalogs)")
            if let shared = world.sharedCatalog {
                try demand(catalogs.contains { $0.id == shared && $0.isShared }, "\(catalogs)")
            }
        case .makesAPolicyThatIsListed, .editsOnlyTheNamedFields, .givesWhatIsListedAfterwards, .normalisesTheMinimum,
            .putsBackWhatItFound, .saysThatAPolicyIsMissing:
            try await checkPolicies(world)
        case .listsOfferings, .assignsItemByItem, .takesNoAssignmentInTheSharedCatalog,
            .unpublishesAndPublishesByName, .losesThePolicyWhenPublishedAgain, .saysThatACategoryIsMissing:
            try await checkOfferings(world)
        case .tellsWhereAnInstanceIs, .knowsNothingOfUnknownIDs, .setsAProcessInstanceOnce, .releasesAParkedRequest,
            .countsWhatIsPending:
            try await checkStates(world)
        }
    }

    // MARK: Policies

    private func checkPolicies(_ world: World) async throws {
        let client = world.client
        var draft = ApprovalPolicyDraft(holding: "Gate of Sluice", approvers: ["alice", "bob"])
        draft.isAutomatic = true
        draft.automaticPeriodDays = 5
        draft.automaticDecision = .approved
        let made = try await client.createPolicy(draft, in: world.organization)
        switch self {
        case .makesAPolicyThatIsListed:
            let read = try await policy(made.id, world)
            try demand(read.kind == .namedApprover && read.displayName == "Gate of Sluice", "\(read)")
            try demand(read.isTimed && read.automaticDecision == .approved, "\(read)")
            try demand(read.approvers == ["alice", "bob"] && read.minApprovalsRequired == 1, "\(read)")
            try await client.deletePolicy(made.id, of: world.organization)
            let left = try await client.approvalPolicies(of: world.organization)
            try demand(!left.contains { $0.id == made.id }, "it is still there after it was deleted")
        case .editsOnlyTheNamedFields:
            let before = try await policy(made.id, world)
            _ = try await client.putPolicy(before, changing: .manual)
            let after = try await policy(made.id, world)
            let differences = JournalField.differences(before.fields, after.fields)
            try demand(differences == ["automaticApproval"] && !after.isAutomatic, "\(differences)")
        case .givesWhatIsListedAfterwards:
            let given = try await client.putPolicy(try await policy(made.id, world), changing: .refusing)
            let listed = try await policy(made.id, world)
            try demand(given.fields == listed.fields, "\(given.fields), listed \(listed.fields)")
            try demand(given.isInstant && given.automaticDecision == .rejected, "\(given)")
        case .normalisesTheMinimum:
            let before = try await policy(made.id, world)
            let stored = try await client.putPolicy(before, changing: ApprovalPolicyEdit(minApprovalsRequired: 0))
            try demand(stored.minApprovalsRequired == 1, "\(stored.minApprovalsRequired)")
        case .putsBackWhatItFound:
            let before = try await policy(made.id, world)
            let flipped = try await client.putPolicy(before, changing: .refusing)
            _ = try await client.putPolicy(flipped, changing: ApprovalPolicyEdit(restoring: before))
            let after = try await policy(made.id, world)
            try demand(after.fields == before.fields, "\(JournalField.differences(before.fields, after.fields))")
        case .saysThatAPolicyIsMissing:
            var gone = made
            gone.id = ApprovalPolicyID("ffffffffffffffffffffffffffffffff")
            try demand(
                try await client.approvalPolicy(gone.id, of: world.organization) == nil, "an unknown id is known")
            let missing = gone
            try await demand(.missing) { _ = try await client.putPolicy(missing, changing: .manual) }
        default: preconditionFailure("\(self) is no law about policies")
        }
    }

    private func policy(_ id: ApprovalPolicyID, _ world: World) async throws -> ApprovalPolicy {
        try require(try await world.client.approvalPolicy(id, of: world.organization), "no \(id)")
    }

    // MARK: Help

    func violation(_ found: String) -> Violation { Violation(description: "\(rawValue): \(found)") }

    func demand(_ isTrue: Bool, _ found: String) throws {
        guard isTrue else { throw violation(found) }
    }

    func demand(_ code: CSAError.Code, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as CSAError {
            return try demand(error.code == code, "\(error), not \(code)")
        }
        throw violation("no error, not \(code)")
    }

    func require<Value>(_ value: Value?, _ missing: String) throws -> Value {
        guard let value else { throw violation(missing) }
        return value
    }
}
