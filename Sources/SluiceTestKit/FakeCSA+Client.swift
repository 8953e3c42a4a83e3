public import SluiceModel
import SluicePorts

extension FakeCSA {
    @discardableResult
    public func logIn() async throws -> CSAPersonID {
        try read { state throws(CSAError) in
            state.loginCount += 1
            return CSAPersonID("person-\(state.loginCount)")
        }
    }

    public func assignmentSpelling() async throws -> AssignmentSpelling {
        try read { state throws(CSAError) in state.spelling }
    }

    public func organizations() async throws -> [CSAOrganization] {
        try read { state throws(CSAError) in state.organizations }
    }

    // MARK: Policies

    public func approvalPolicies(of organization: CSAOrganizationID) async throws -> [ApprovalPolicy] {
        announcePolicies()
        return try read { state throws(CSAError) in
            guard state.organizations.contains(where: { $0.id == organization }) else {
                throw CSAError(.missing, "the fake CSA has no organization \(organization)")
            }
            return state.policies.filter { $0.organizationID == organization }
        }
    }

    public func putPolicy(_ policy: ApprovalPolicy, changing edit: ApprovalPolicyEdit) async throws -> ApprovalPolicy {
        precondition(edit.isValid, "\(edit)")
        return try change(.put(policy.id, edit)) { state, time throws(CSAError) in
            guard let index = state.policies.firstIndex(where: { $0.id == policy.id }) else {
                throw CSAError(.missing, "the fake CSA has no policy \(policy.id)")
            }
            // The whole of it is replaced: what somebody changed since it was read is gone.
            let stored = try FakeCSA.normalised(edit.applied(to: policy), at: time)
            state.policies[index] = stored
            return stored
        }
    }

    public func createPolicy(
        _ draft: ApprovalPolicyDraft, in organization: CSAOrganizationID
    ) async throws -> ApprovalPolicy {
        try change(.create(draft.displayName)) { state, time throws(CSAError) in
            state.nextNumber += 1
            var policy = ApprovalPolicy(
                id: ApprovalPolicyID("policy-\(state.nextNumber)"), organizationID: organization, kind: draft.kind,
                name: "\(draft.displayName)_\(time)", displayName: draft.displayName, isAutomatic: draft.isAutomatic)
            policy.automaticPeriodDays = draft.automaticPeriodDays
            policy.automaticDecision = draft.automaticDecision
            policy.minApprovalsRequired = draft.minApprovalsRequired
            policy.approvers = draft.approvers
            policy.groups = draft.groups
            policy.processDefinitionID = draft.processDefinitionID
            let stored = try FakeCSA.normalised(policy, at: time)
            state.policies.append(stored)
            return stored
        }
    }

    public func deletePolicy(_ id: ApprovalPolicyID, of organization: CSAOrganizationID) async throws {
        try change(.delete(id)) { state, _ throws(CSAError) in
            guard let index = state.policies.firstIndex(where: { $0.id == id && $0.organizationID == organization })
            else { throw CSAError(.missing, "the fake CSA has no policy \(id)") }
            guard !state.offerings.contains(where: { $0.policyIDs?.contains(id) ?? false }) else {
                throw CSAError(.status, "the fake CSA keeps a policy that an offering has")
            }
            state.policies.remove(at: index)
        }
    }

    /// csa-api.md 4.1: with any approver at least one must approve, and never more than there are.
    private static func normalised(_ policy: ApprovalPolicy, at time: Timestamp) throws(CSAError) -> ApprovalPolicy {
        guard policy.kind != .namedApprover || policy.minApprovalsRequired <= max(1, policy.approvers.count) else {
            throw CSAError(.status, "the fake CSA takes no more approvals than approvers")
        }
        guard !policy.isAutomatic || policy.automaticDecision != nil else {
            throw CSAError(.status, "the fake CSA takes no automatic policy without a decision")
        }
        var stored = policy
        if policy.kind == .namedApprover {
            stored.minApprovalsRequired = policy.approvers.isEmpty ? 0 : max(1, policy.minApprovalsRequired)
        }
        stored.updatedAt = time
        return stored
    }

    // MARK: Catalogs

    public func catalogs() async throws -> [CSACatalog] { try read { state throws(CSAError) in state.catalogs } }

    public func offerings(of catalog: CSACatalogID) async throws -> [CSAOffering] {
        try read { state throws(CSAError) in
            guard state.catalogs.contains(where: { $0.id == catalog }) else {
                throw CSAError(.missing, "the fake CSA has no catalog \(catalog)")
            }
            return state.offerings.filter { $0.catalogID == catalog }.map { offering in
                var listed = offering
                listed.policyIDs = nil
                return listed
            }
        }
    }

    public func offering(_ id: CSAOfferingID, in catalog: CSACatalogID) async throws -> CSAOffering? {
        try read { state throws(CSAError) in
            guard var offering = state.offerings.first(where: { $0.id == id && $0.catalogID == catalog }) else {
                return nil
            }
            if state.showsAssignments {
                if offering.policyIDs == nil { offering.policyIDs = [] }
            } else {
                offering.policyIDs = nil
            }
            return offering
        }
    }

    public func assign(
        _ policy: ApprovalPolicyID, to offerings: [CSAOfferingID], in catalog: CSACatalogID
    ) async throws -> [CSAItemOutcome] {
        precondition((1...CSALimits.itemsPerCallMax).contains(offerings.count), "\(offerings.count) offerings at once")
        return try change(.assign(policy, offerings, catalog)) { state, _ throws(CSAError) in
            guard state.policies.contains(where: { $0.id == policy }),
                let place = state.catalogs.first(where: { $0.id == catalog })
            else { throw CSAError(.missing, "the fake CSA has no policy \(policy) or no catalog \(catalog)") }
            guard !place.isShared else {
                throw CSAError(.status, "the fake CSA assigns no policy in the shared catalog")
            }
            return offerings.map { id in
                let indices = state.offerings.indices.filter {
                    state.offerings[$0].id == id && state.offerings[$0].catalogID == catalog
                }
                for index in indices {
                    state.offerings[index].hasApproval = true
                    state.offerings[index].policyIDs = [policy]
                }
                return indices.isEmpty
                    ? .missing(message: "The service offering \(id) is not found.")
                    : .succeeded(actions: ["ORDER", "MODIFY_SUBSCRIPTION"])
            }
        }
    }

    public func publish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome] {
        try change(.publish(items, catalog)) { state, _ throws(CSAError) in
            items.map { item in
                if let obstacle = state.obstacle(to: item, in: catalog) { return obstacle }
                var offering = CSAOffering(
                    id: item.offeringID, name: item.offeringName, displayName: item.offeringName, catalogID: catalog)
                offering.categoryName = item.categoryName
                offering.hasApproval = false
                state.offerings.append(offering)
                return .succeeded(actions: [])
            }
        }
    }

    public func unpublish(_ items: [CSAPublication], in catalog: CSACatalogID) async throws -> [CSAItemOutcome] {
        try change(.unpublish(items, catalog)) { state, _ throws(CSAError) in
            items.map { item in
                if let obstacle = state.obstacle(to: item, in: catalog) { return obstacle }
                let countBefore = state.offerings.count
                state.offerings.removeAll {
                    $0.catalogID == catalog && $0.name == item.offeringName && $0.categoryName == item.categoryName
                }
                return state.offerings.count < countBefore
                    ? .succeeded(actions: []) : .failed(message: "\(item.offeringName) is not published there.")
            }
        }
    }

    // MARK: States

    public func pendingCounts(of organization: CSAOrganizationID) async throws -> PendingCounts {
        try read { state throws(CSAError) in
            let persons = (state.counts[organization] ?? []).sorted { $0.userName < $1.userName }
            return PendingCounts(organizationID: organization, persons: persons)
        }
    }

    public func artifactState(_ id: String) async throws -> ArtifactState? {
        try read { state throws(CSAError) in
            let offering = state.offeringNames[CSAOfferingID(id)].map { _ in
                ArtifactState(type: "SERVICE_OFFERING", isRetired: false, state: nil, status: nil)
            }
            return state.artifacts[id] ?? offering
        }
    }

    public func lifecycleRecord(of instance: CSAInstanceID) async throws -> LifecycleRecord? {
        try read { state throws(CSAError) in state.records[instance] }
    }

    public func processInstance(_ id: CSAProcessID) async throws -> ProcessInstance? {
        try read { state throws(CSAError) in state.processes[id] }
    }

    public func setProcessInstance(
        _ id: CSAProcessID, to newState: ProcessInstanceState, returnCode: ProcessReturnCode, status: String
    ) async throws {
        try change(.setProcess(id, newState)) { state, _ throws(CSAError) in
            guard var process = state.processes[id] else {
                throw CSAError(.missing, "the fake CSA has no process instance \(id)")
            }
            guard !process.state.isTerminal else {
                throw CSAError(.status, "the fake CSA leaves no final state")
            }
            process.state = newState
            process.returnCode = returnCode
            process.status = status
            state.processes[id] = process
        }
    }

    // MARK: Persons

    public func requests(of submitter: CSAUser, since start: Timestamp?) async throws -> [CSARequest] {
        try read { state throws(CSAError) in
            state.requests.filter { $0.user == submitter }.map(\.request).filter { request in
                start.map { start in request.createdAt.map { $0 >= start } ?? true } ?? true
            }
        }
    }

    public func approvals(for approver: CSAUser, in catalog: CSACatalogID) async throws -> [CSAApproval] {
        try read { state throws(CSAError) in
            state.approvals.filter { $0.approver == approver && $0.approval.catalogID == catalog }.map(\.approval)
        }
    }

    public func decide(
        _ approval: CSAApprovalID, in catalog: CSACatalogID, as approver: CSAUser, _ decision: ApprovalDecision
    ) async throws {
        try change(.decide(approval, decision)) { state, _ throws(CSAError) in
            let index = state.approvals.firstIndex {
                $0.approver == approver && $0.approval.id == approval && $0.approval.catalogID == catalog
            }
            guard let index else { throw CSAError(.missing, "the fake CSA has no approval \(approval)") }
            guard state.approvals[index].approval.decision == nil else {
                throw CSAError(.status, "the fake CSA has decided \(approval) already")
            }
            state.approvals[index].approval.decision = decision
            let id = state.approvals[index].approval.requestID
            for place in state.requests.indices where state.requests[place].request.id == id {
                let request = decision == .approved ? RequestState.approved : .rejected
                state.requests[place].request.state = request
                state.artifacts[id?.text ?? ""]?.state = request.word
            }
        }
    }

    public func subscriptions(of requestor: CSAUser) async throws -> [CSASubscription] {
        try read { state throws(CSAError) in
            state.subscriptions.filter { $0.user == requestor }.map(\.subscription)
        }
    }

    public func instances(of requestor: CSAUser) async throws -> [CSAInstance] {
        try read { state throws(CSAError) in
            state.subscriptions.filter { $0.user == requestor }.compactMap { $0.subscription.instanceID }.map { id in
                let word = state.artifacts[id.text]?.state
                return CSAInstance(id: id, name: id.text, state: word.map { CSAInstanceState(word: $0) })
            }
        }
    }
}

extension FakeCSA.State {
    /// Why CSA, or the client before it, does not publish or unpublish an item.
    fileprivate func obstacle(to item: CSAPublication, in catalog: CSACatalogID) -> CSAItemOutcome? {
        guard let name = offeringNames[item.offeringID] else {
            return .missing(message: "The offering \(item.offeringID) is not found.")
        }
        guard name == item.offeringName else {
            return .failed(message: "The offering \(item.offeringID) is named \(name) by now; nothing was sent.")
        }
        guard categories[catalog]?.contains(item.categoryName) == true else {
            return .missing(message: "\(name) failed. Category doesn't exist.")
        }
        return nil
    }
}
