import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization

/// A `FakeCSA` with persons whose requests, subscriptions and instances change, and with calls that fail by name.
final class CSAWorld: CSAClient {
    struct Person: Sendable {
        var user: CSAUser
        var requests: [CSARequest] = []
        var subscriptions: [CSASubscription] = []
        /// Listed for the person; whether the listing says their state.
        var instances: [(id: CSAInstanceID, showsState: Bool)] = []
        /// What the counters say more than the listings.
        var hiddenRequestCount = 0
        var hiddenSubscriptionCount = 0
    }

    private struct State {
        var persons: [Person] = []
        var organizations: [CSAOrganization] = []
        var failing: [String: CSAError] = [:]
        var calls: [String: Int] = [:]
        var activeCount = 0
        var activeCountMax = 0
        var onCall: (@Sendable (String) async -> Void)?
        var misshapesPolicies = false
    }

    let fake: FakeCSA
    let clocks: ManualClocks
    private let state = Mutex(State())

    static let consumer = CSAOrganization(
        id: CSAOrganizationID("o-consumer"), name: "CONSUMER", displayName: "Consumer")
    static let provider = CSAOrganization(
        id: CSAOrganizationID("o-provider"), name: "CSA-Provider", displayName: "Provider")

    init(clocks: ManualClocks = ManualClocks()) {
        self.clocks = clocks
        fake = FakeCSA(now: { clocks.now().wall })
        add(Self.provider)
        add(Self.consumer)
    }

    // MARK: Told by the test

    func add(_ organization: CSAOrganization) {
        fake.put(organization)
        state.withLock { $0.organizations.append(organization) }
    }

    @discardableResult
    func addPerson(_ name: String, in organization: CSAOrganization = consumer) -> CSAUser {
        let user = CSAUser(userName: name, organizationName: organization.name)
        state.withLock { $0.persons.append(Person(user: user)) }
        return user
    }

    func change(_ user: CSAUser, _ body: (inout Person) -> Void) {
        state.withLock { state in
            guard let index = state.persons.firstIndex(where: { $0.user == user }) else { return }
            body(&state.persons[index])
        }
    }

    /// nil: CSA has none of that id any more.
    func set(_ id: CSAInstanceID, _ word: String?, isRetired: Bool = false) {
        fake.setArtifact(
            id.text,
            word.map { ArtifactState(type: "SERVICE_INSTANCE", isRetired: isRetired, state: $0, status: nil) })
    }

    @discardableResult
    func addInstance(
        _ id: String, _ word: String?, of user: CSAUser, showsState: Bool = true
    ) -> CSAInstanceID {
        let id = CSAInstanceID(id)
        set(id, word)
        change(user) { $0.instances.append((id, showsState)) }
        return id
    }

    func setRecord(_ id: CSAInstanceID, isPending: Bool, isPaused: Bool = false) {
        var record = LifecycleRecord(instanceID: id, isCallbackPending: isPending)
        record.executionStatus = isPaused ? "Transition paused" : nil
        fake.put(record)
    }

    func setRequest(_ id: String, _ word: String, of user: CSAUser, action: String = "ORDER") {
        var request = CSARequest(
            id: CSARequestID(id), name: id, state: RequestState(word: word), submitter: user.userName)
        request.action = action
        request.createdAt = clocks.now().wall
        change(user) { person in
            person.requests.removeAll { [request] in $0.id == request.id }
            person.requests.append(request)
        }
    }

    func setSubscription(
        _ id: String, _ word: String, of user: CSAUser, instance: CSAInstanceID? = nil, startsAt: Timestamp? = nil,
        endsAt: Timestamp? = nil
    ) {
        var subscription = CSASubscription(
            id: CSASubscriptionID(id), name: "name-\(id)", status: SubscriptionStatus(word: word))
        subscription.instanceID = instance
        subscription.startsAt = startsAt
        subscription.endsAt = endsAt
        change(user) { person in
            person.subscriptions.removeAll { [subscription] in $0.id == subscription.id }
            person.subscriptions.append(subscription)
        }
    }

    /// Makes a call fail, such as `instances/carol` or `state/i-1`, until it is set to nil.
    func fail(_ call: String, _ error: CSAError?) { state.withLock { $0.failing[call] = error } }

    /// Runs within each call: what happens meanwhile, or what it waits for.
    func onCall(_ action: (@Sendable (String) async -> Void)?) { state.withLock { $0.onCall = action } }

    /// Whether policies that are made here come out without their approvers.
    var misshapesPolicies: Bool {
        get { state.withLock { $0.misshapesPolicies } }
        set { state.withLock { $0.misshapesPolicies = newValue } }
    }

    /// How often calls of a name were made, such as `instances`.
    func count(_ name: String) -> Int {
        state.withLock { state in
            state.calls.reduce(0) { sum, call in
                call.key == name || call.key.hasPrefix("\(name)/") ? sum + call.value : sum
            }
        }
    }

    var callCount: Int { state.withLock { $0.calls.values.reduce(0, +) } }
    var activeCountMax: Int { state.withLock { $0.activeCountMax } }

    // MARK: Calls

    private func call<Value: Sendable>(_ name: String, _ body: () async throws -> Value) async throws -> Value {
        let (error, action) = state.withLock { state in
            state.calls[name, default: 0] += 1
            state.activeCount += 1
            state.activeCountMax = max(state.activeCountMax, state.activeCount)
            return (state.failing[name] ?? state.failing["all"], state.onCall)
        }
        defer { state.withLock { $0.activeCount -= 1 } }
        await action?(name)
        await Task.yield()
        if let error { throw error }
        return try await body()
    }

    private func person(_ user: CSAUser) -> Person? {
        state.withLock { state in state.persons.first { $0.user == user } }
    }

    func organizations() async throws -> [CSAOrganization] {
        try await call("organizations") { try await fake.organizations() }
    }

    func pendingCounts(of organization: CSAOrganizationID) async throws -> PendingCounts {
        try await call("counts/\(organization)") {
            let name = state.withLock { state in state.organizations.first { $0.id == organization }?.name }
            let persons = state.withLock { $0.persons }.filter { $0.user.organizationName == name }
            return PendingCounts(organizationID: organization, persons: persons.map(\.counts))
        }
    }

    func requests(of submitter: CSAUser, since start: Timestamp?) async throws -> [CSARequest] {
        try await call("requests/\(submitter.userName)") { person(submitter)?.requests ?? [] }
    }

    func subscriptions(of requestor: CSAUser) async throws -> [CSASubscription] {
        try await call("subscriptions/\(requestor.userName)") { person(requestor)?.subscriptions ?? [] }
    }

    func instances(of requestor: CSAUser) async throws -> [CSAInstance] {
        try await call("instances/\(requestor.userName)") {
            var instances: [CSAInstance] = []
            for (id, showsState) in person(requestor)?.instances ?? [] {
                let word = try await fake.artifactState(id.text)?.state
                let state = showsState ? word.map { CSAInstanceState(word: $0) } : nil
                instances.append(CSAInstance(id: id, name: "name-\(id)", state: state))
            }
            return instances
        }
    }

    func artifactState(_ id: String) async throws -> ArtifactState? {
        try await call("state/\(id)") { try await fake.artifactState(id) }
    }

    func lifecycleRecord(of instance: CSAInstanceID) async throws -> LifecycleRecord? {
        try await call("record/\(instance)") { try await fake.lifecycleRecord(of: instance) }
    }

    func processInstance(_ id: CSAProcessID) async throws -> ProcessInstance? {
        try await call("process/\(id)") { try await fake.processInstance(id) }
    }

    func approvalPolicies(of organization: CSAOrganizationID) async throws -> [ApprovalPolicy] {
        try await call("policies/\(organization)") { try await fake.approvalPolicies(of: organization) }
    }

    // MARK: What nobody calls here

    @discardableResult
    func logIn() async throws -> CSAPersonID { try await fake.logIn() }
    func assignmentSpelling() async throws -> AssignmentSpelling { try await fake.assignmentSpelling() }
    func putPolicy(_ policy: ApprovalPolicy, changing edit: ApprovalPolicyEdit) async throws -> ApprovalPolicy {
        try await fake.putPolicy(policy, changing: edit)
    }
    func createPolicy(
        _ draft: ApprovalPolicyDraft, in organization: CSAOrganizationID
    ) async throws -> ApprovalPolicy {
        try await call("createPolicy") {
            var policy = try await fake.createPolicy(draft, in: organization)
            guard misshapesPolicies else { return policy }
            // As where the account has no role in that organization.
            policy.approvers = []
            policy.minApprovalsRequired = 0
            fake.put(policy)
            return policy
        }
    }
    func deletePolicy(_ id: ApprovalPolicyID, of organization: CSAOrganizationID) async throws {
        try await fake.deletePolicy(id, of: organization)
    }
    func catalogs() async throws -> [CSACatalog] { try await call("catalogs") { try await fake.catalogs() } }
    func offerings(of catalog: CSACatalogID) async throws -> [CSAOffering] { try await fake.offerings(of: catalog) }
    func offering(_ id: CSAOfferingID, in catalog: CSACatalogID) async throws -> CSAOffering? {
        try await fake.offering(id, in: catalog)
    }
    func assign(
        _ policy: ApprovalPolicyID, to offerings: [CSAOfferingID], in catalog: CSACatalogID
    ) async throws -> [CSAItemOutcome] {
        try await fake.assign(policy, to: offerings, in: catalog)
    }
    func publish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome] {
        try await fake.publish(items, in: catalog)
    }
    func unpublish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome] {
        try await fake.unpublish(items, in: catalog)
    }
    func setProcessInstance(
        _ id: CSAProcessID, to state: ProcessInstanceState, returnCode: ProcessReturnCode, status: String
    ) async throws {
        try await fake.setProcessInstance(id, to: state, returnCode: returnCode, status: status)
    }
    func approvals(for approver: CSAUser, in catalog: CSACatalogID) async throws -> [CSAApproval] {
        try await call("approvals/\(approver.userName)") { try await fake.approvals(for: approver, in: catalog) }
    }
    func decide(
        _ approval: CSAApprovalID, in catalog: CSACatalogID, as approver: CSAUser, _ decision: ApprovalDecision
    ) async throws {
        try await fake.decide(approval, in: catalog, as: approver, decision)
    }
}

extension CSAWorld.Person {
    /// As CSA counts: what is not finished, parked requests among it.
    var counts: CSAPersonCounts {
        CSAPersonCounts(
            id: "/csa/api/person/\(user.userName)", userName: user.userName,
            pendingRequestCount: requests.count { !$0.state.isAtRest } + hiddenRequestCount,
            pendingSubscriptionCount: subscriptions.count { $0.status == .pending } + hiddenSubscriptionCount,
            pausedSubscriptionCount: subscriptions.count { $0.status == .paused })
    }
}
