public import SluiceModel
public import SluicePorts
import Synchronization

/// A CSA in memory: keeps policies, catalogs, requests and instances, and answers changes as it was told to.
///
/// Proved by `CSAConformance`, as `RESTCSAClient` is. It normalises as CSA does (csa-api.md section 0.7), and what is
/// published again has no policy (section 4.4).
public final class FakeCSA: CSAClient {
    private let state: Mutex<State>
    private let now: @Sendable () -> Timestamp

    /// What becomes of one change.
    public enum Fate: Hashable, Sendable {
        case take
        /// It is made, but its answer is lost.
        case takeUnseen
        /// Nothing is changed, and the answer is 500.
        case fail
        /// Nothing is changed, and nobody can tell.
        case loseUnseen
    }

    /// One change that reached it.
    public enum Change: Hashable, Sendable {
        case put(ApprovalPolicyID, ApprovalPolicyEdit)
        case create(String)
        case delete(ApprovalPolicyID)
        case assign(ApprovalPolicyID, [CSAOfferingID], CSACatalogID)
        case publish([CSAPublication], CSACatalogID)
        case unpublish([CSAPublication], CSACatalogID)
        case decide(CSAApprovalID, ApprovalDecision)
        case setProcess(CSAProcessID, ProcessInstanceState)
    }

    struct State {
        var organizations: [CSAOrganization] = []
        var policies: [ApprovalPolicy] = []
        var catalogs: [CSACatalog] = []
        var categories: [CSACatalogID: Set<String>] = [:]
        /// Names by id, published or not.
        var offeringNames: [CSAOfferingID: String] = [:]
        var offerings: [CSAOffering] = []
        var counts: [CSAOrganizationID: [CSAPersonCounts]] = [:]
        var artifacts: [String: ArtifactState] = [:]
        var records: [CSAInstanceID: LifecycleRecord] = [:]
        var processes: [CSAProcessID: ProcessInstance] = [:]
        var requests: [(user: CSAUser, request: CSARequest)] = []
        var approvals: [(approver: CSAUser, approval: CSAApproval)] = []
        var subscriptions: [(user: CSAUser, subscription: CSASubscription)] = []
        var spelling = AssignmentSpelling.v490
        var showsAssignments = true
        var fates: [Fate] = []
        var changes: [Change] = []
        var readError: CSAError?
        var refusal: CSAError?
        var loginCount = 0
        var nextNumber = 0
        var onPolicies: (@Sendable (Int) -> Void)?
        var onChange: (@Sendable (Change) -> Void)?
        var policiesReadCount = 0
    }

    /// - Parameter now: The time of changes.
    public init(now: @escaping @Sendable () -> Timestamp = { .zero }) {
        self.now = now
        state = Mutex(State())
    }

    // MARK: Told by the test

    /// Sets what becomes of the next changes, in order; after them each is taken.
    public func plan(_ fates: Fate...) { state.withLock { $0.fates += fates } }

    /// Makes every read fail until it is set to nil.
    public func failReads(_ error: CSAError?) { state.withLock { $0.readError = error } }

    /// Refuses the account, finally, until it is set to false.
    public func refuseAccount(_ isRefused: Bool) {
        state.withLock {
            $0.refusal = isRefused ? CSAError(.unauthorized, "the fake CSA refuses the account", isFinal: true) : nil
        }
    }

    /// Whether an offering's detail names its policies; true at first.
    public func showAssignments(_ isShown: Bool) { state.withLock { $0.showsAssignments = isShown } }

    /// Runs before each listing of policies is read: the place where a person comes in between.
    public func onPolicies(_ action: (@Sendable (Int) -> Void)?) { state.withLock { $0.onPolicies = action } }

    /// Runs before each change that reaches it.
    public func onChange(_ action: (@Sendable (Change) -> Void)?) { state.withLock { $0.onChange = action } }

    public func setSpelling(_ spelling: AssignmentSpelling) { state.withLock { $0.spelling = spelling } }

    /// Adds an organization, or replaces the one with its id.
    public func put(_ organization: CSAOrganization) {
        state.withLock { $0.organizations.put(organization) { $0.id == organization.id } }
    }

    /// Adds a policy, or replaces the one with its id, as an administrator would.
    public func put(_ policy: ApprovalPolicy) {
        let time = now()
        state.withLock { state in
            var policy = policy
            policy.updatedAt = time
            state.policies.put(policy) { [policy] in $0.id == policy.id }
        }
    }

    public func removePolicy(_ id: ApprovalPolicyID) { state.withLock { $0.policies.removeAll { $0.id == id } } }

    public func put(_ catalog: CSACatalog, categories: Set<String>) {
        state.withLock { state in
            state.catalogs.put(catalog) { $0.id == catalog.id }
            state.categories[catalog.id] = categories
        }
    }

    /// Publishes an offering in a catalog, once more if it is there already.
    public func publish(_ offering: CSAOffering) {
        state.withLock { state in
            state.offeringNames[offering.id] = offering.name
            state.offerings.append(offering)
        }
    }

    /// Deletes an offering everywhere.
    public func removeOffering(_ id: CSAOfferingID) {
        state.withLock { state in
            state.offeringNames[id] = nil
            state.offerings.removeAll { $0.id == id }
        }
    }

    /// Gives an offering another name, everywhere.
    public func renameOffering(_ id: CSAOfferingID, to name: String) {
        state.withLock { state in
            state.offeringNames[id] = name
            for index in state.offerings.indices where state.offerings[index].id == id {
                state.offerings[index].name = name
            }
        }
    }

    public func setCounts(_ counts: [CSAPersonCounts], of organization: CSAOrganizationID) {
        state.withLock { $0.counts[organization] = counts }
    }

    /// nil: there is none of that id any more.
    public func setArtifact(_ id: String, _ artifact: ArtifactState?) {
        state.withLock { $0.artifacts[id] = artifact }
    }

    public func put(_ record: LifecycleRecord) { state.withLock { $0.records[record.instanceID] = record } }

    public func put(_ process: ProcessInstance) { state.withLock { $0.processes[process.id] = process } }

    /// Parks a request of a person, with an approval that another one decides.
    public func park(_ request: CSARequest, of user: CSAUser, for approver: CSAUser, _ approval: CSAApproval) {
        state.withLock { state in
            state.requests.append((user, request))
            state.approvals.append((approver, approval))
            state.artifacts[request.id.text] = ArtifactState(
                type: "SERVICE_REQUEST", isRetired: false, state: request.state.word, status: nil)
        }
    }

    public func add(_ subscription: CSASubscription, of user: CSAUser) {
        state.withLock { $0.subscriptions.append((user, subscription)) }
    }

    // MARK: Seen by the test

    /// Every change that reached it, in order, those that then failed included.
    public var changes: [Change] { state.withLock { $0.changes } }

    public var policies: [ApprovalPolicy] { state.withLock { $0.policies } }

    public var loginCount: Int { state.withLock { $0.loginCount } }

    /// How often the policies of an organization were listed.
    public var policiesReadCount: Int { state.withLock { $0.policiesReadCount } }

    // MARK: For its other half

    func read<Value: Sendable>(_ body: (inout State) throws(CSAError) -> Value) throws -> Value {
        try state.withLock { state throws(CSAError) in
            if let error = state.refusal ?? state.readError { throw error }
            return try body(&state)
        }
    }

    /// One change, by its fate.
    func change<Value: Sendable>(
        _ change: Change, _ body: (inout State, Timestamp) throws(CSAError) -> Value
    ) throws -> Value {
        let time = now()
        state.withLock { $0.onChange }?(change)
        return try state.withLock { state throws(CSAError) in
            if let refusal = state.refusal { throw refusal }
            let fate = state.fates.isEmpty ? .take : state.fates.removeFirst()
            let lost = CSAError(.unreachable, "the fake CSA was told to lose its answer")
            if fate == .loseUnseen { throw lost }
            state.changes.append(change)
            if fate == .fail { throw CSAError(.status, "the fake CSA was told to answer 500") }
            let value = try body(&state, time)
            if fate == .takeUnseen { throw lost }
            return value
        }
    }

    func announcePolicies() {
        let (action, count) = state.withLock { state in
            state.policiesReadCount += 1
            return (state.onPolicies, state.policiesReadCount)
        }
        action?(count)
    }
}

extension Array {
    fileprivate mutating func put(_ element: Element, where isSame: (Element) -> Bool) {
        if let index = firstIndex(where: isSame) {
            self[index] = element
        } else {
            append(element)
        }
    }
}
