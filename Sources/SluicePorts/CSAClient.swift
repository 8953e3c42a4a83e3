public import SluiceModel

/// CSA, as far as a maintenance needs it (csa-api.md sections 10 to 12).
///
/// Implemented by `RESTCSAClient` (SluiceCSA) and `FakeCSA` (SluiceTestKit), proved by `CSAConformance`.
///
/// Reads may be tried again; whatever changes something is sent once. When such a call throws `.unreachable`,
/// `.unreadable` or `.status`, what became of it is known only by reading: CSA uses 500 for refusals too. Once CSA has
/// refused the account (`.unauthorized` with `isFinal`) nothing more is sent: accounts lock out.
public protocol CSAClient: Sendable {
    /// Logs in anew and gives the id on whose behalf the calls run: it may be another one after a restart or restore.
    /// - Throws: `CSAError`.
    @discardableResult
    func logIn() async throws -> CSAPersonID

    /// How CSA spells the assignment of policies, told by an assignment to an offering that cannot exist.
    ///
    /// Forgotten with the login: an upgrade changes it.
    /// - Throws: `CSAError`; `.missing` when neither spelling answers, or there is no catalog or policy to ask with.
    func assignmentSpelling() async throws -> AssignmentSpelling

    /// How far its clock is ahead of ours, by the `Date` of its last answer, to a second; nil: not known.
    var clockDifference: Duration? { get }

    /// Every organization, in CSA's order.
    /// - Throws: `CSAError`.
    func organizations() async throws -> [CSAOrganization]

    /// Every approval policy of an organization, in CSA's order, with times of changes.
    ///
    /// Read many at once: there is no call for a single one.
    /// - Throws: `CSAError`; `.unreadable` also when one of them cannot be read, for it might approve by itself.
    func approvalPolicies(of organization: CSAOrganizationID) async throws -> [ApprovalPolicy]

    /// Replaces a policy by its own text with some fields changed, whole, and gives CSA's normalised result. Sent once.
    ///
    /// The text is that of `policy`, so read it shortly before: CSA has no versions, the last writer wins.
    /// - Precondition: `edit.isValid`.
    /// - Throws: `CSAError`; `.missing` when there is no such policy.
    func putPolicy(_ policy: ApprovalPolicy, changing edit: ApprovalPolicyEdit) async throws -> ApprovalPolicy

    /// Makes a policy, and gives it with its id. Sent once; a second try may make a second one.
    /// - Throws: `CSAError`.
    func createPolicy(_ draft: ApprovalPolicyDraft, in organization: CSAOrganizationID) async throws -> ApprovalPolicy

    /// Deletes a policy; for one that Sluice made. Sent once.
    ///
    /// That there is such a call is PROVEN, its path by analogy (csa-api.md section 2).
    /// - Throws: `CSAError`; `.missing` when there is no such policy.
    func deletePolicy(_ id: ApprovalPolicyID, of organization: CSAOrganizationID) async throws

    /// Every catalog that the account may see, in CSA's order.
    /// - Throws: `CSAError`.
    func catalogs() async throws -> [CSACatalog]

    /// Every offering that a catalog publishes, in CSA's order and as often as it is listed.
    /// - Throws: `CSAError`.
    func offerings(of catalog: CSACatalogID) async throws -> [CSAOffering]

    /// One offering in detail; nil when CSA has none of that id there.
    /// - Throws: `CSAError`.
    func offering(_ id: CSAOfferingID, in catalog: CSACatalogID) async throws -> CSAOffering?

    /// Assigns a policy to offerings of a catalog, for every action that CSA has one for. Sent once.
    /// - Parameter offerings: 1 to `CSALimits.itemsPerCallMax`.
    /// - Returns: What CSA says of each, in their order; only reading back tells whether it is true.
    /// - Throws: `CSAError`.
    func assign(
        _ policy: ApprovalPolicyID, to offerings: [CSAOfferingID], in catalog: CSACatalogID
    ) async throws -> [CSAItemOutcome]

    /// Publishes offerings in a catalog, by name. CSA gives them its default, "No Approval": assign before orders come.
    /// An offering that is gone or renamed is not sent. Sent once.
    /// - Parameter items: 1 to `CSALimits.itemsPerCallMax`.
    /// - Returns: What CSA says of each, in their order.
    /// - Throws: `CSAError`.
    func publish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome]

    /// The same, the other way round; an offering that is gone or renamed is not sent.
    func unpublish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome]

    /// What is pending for each person of an organization, read page by page until two readings name the same persons.
    /// - Throws: `CSAError`; `.unreadable` when they never do, for somebody may have been missed.
    func pendingCounts(of organization: CSAOrganizationID) async throws -> PendingCounts

    /// The state of anything that CSA keeps; nil when it has none of that id.
    /// - Throws: `CSAError`.
    func artifactState(_ id: String) async throws -> ArtifactState?

    /// The latest transition of a service instance; nil when there is none.
    /// - Throws: `CSAError`.
    func lifecycleRecord(of instance: CSAInstanceID) async throws -> LifecycleRecord?

    /// A process instance; nil when CSA has none of that id.
    /// - Throws: `CSAError`.
    func processInstance(_ id: CSAProcessID) async throws -> ProcessInstance?

    /// Sets a process instance as OO's callback would: only by a person's explicit order. Sent once.
    /// - Throws: `CSAError`; `.status` when CSA refuses, as it does to leave a final state.
    func setProcessInstance(
        _ id: CSAProcessID, to state: ProcessInstanceState, returnCode: ProcessReturnCode, status: String
    ) async throws

    /// The requests that a person submitted, in CSA's order; those CSA has retired are left out.
    /// - Parameter start: Only those submitted at or after it; nil: all.
    /// - Throws: `CSAError`.
    func requests(of submitter: CSAUser, since start: Timestamp?) async throws -> [CSARequest]

    /// The approvals that a person may decide in a catalog, in CSA's order, decided ones included.
    /// - Throws: `CSAError`.
    func approvals(for approver: CSAUser, in catalog: CSACatalogID) async throws -> [CSAApproval]

    /// Decides an approval as one of its approvers. Sent once.
    /// - Throws: `CSAError`; `.missing` when there is no such approval.
    func decide(
        _ approval: CSAApprovalID, in catalog: CSACatalogID, as approver: CSAUser, _ decision: ApprovalDecision
    ) async throws

    /// A person's subscriptions, in CSA's order, with their dates where CSA shows them.
    /// - Throws: `CSAError`.
    func subscriptions(of requestor: CSAUser) async throws -> [CSASubscription]

    /// A person's service instances, in CSA's order.
    /// - Throws: `CSAError`.
    func instances(of requestor: CSAUser) async throws -> [CSAInstance]
}

extension CSAClient {
    public var clockDifference: Duration? { nil }

    /// One policy, looked up in the list; nil when there is none of that id.
    /// - Throws: `CSAError`.
    public func approvalPolicy(
        _ id: ApprovalPolicyID, of organization: CSAOrganizationID
    ) async throws -> ApprovalPolicy? {
        try await approvalPolicies(of: organization).first { $0.id == id }
    }

    /// Where a service instance is; nil when CSA has none of that id, or has retired it.
    /// - Throws: `CSAError`; `.unreadable` when its state is not said.
    public func instanceState(_ id: CSAInstanceID) async throws -> CSAInstanceState? {
        guard let artifact = try await artifactState(id.text), !artifact.isRetired else { return nil }
        guard let state = artifact.instanceState else {
            throw CSAError(.unreadable, "CSA says no state of the service instance \(id)")
        }
        return state
    }
}

/// What is asked of CSA at most.
public enum CSALimits {
    /// Items in one assignment, publication or unpublication.
    public static let itemsPerCallMax = 200
    /// Elements in one listing; more are an error, for a part of them must not pass for all.
    public static let listCountMax = 50_000
    /// Persons of one organization.
    public static let personCountMax = 200_000
    /// Readings of an organization's persons before we give up.
    public static let sweepCountMax = 6
}

/// Why CSA could not be asked.
public struct CSAError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// No connection, no answer in time, or a server that is starting (502, 503, 504).
        public static let unreachable = Code("unreachable")
        /// It answered, but not as CSA does: HTML, cut XML, another shape.
        public static let unreadable = Code("unreadable")
        /// Wrong credentials or rights. Not to be tried again: accounts lock out.
        public static let unauthorized = Code("unauthorized")
        /// It answered with an error status; 500 may be a refusal of what was sent.
        public static let status = Code("status")
        /// What was named is not there.
        public static let missing = Code("missing")
    }

    public let code: Code
    public let message: String
    /// Whether the client sends nothing more until it is configured anew.
    public let isFinal: Bool

    public init(_ code: Code, _ message: String, isFinal: Bool = false) {
        self.code = code
        self.message = message
        self.isFinal = isFinal
    }

    public var description: String { "\(code): \(message)" }
}
