/// Approvals: what a policy makes of a request, timers, and decisions (csa-api.md 4.1, 4.5).
extension CSAState {
    /// A request meets its policy.
    mutating func ask(_ policy: CSAPolicy, about request: CSAServiceRequest, at instant: EpochMilliseconds) {
        let id = nextID()
        data.approvals.put(
            CSAApproval(
                id: id, requestID: request.id, catalogID: request.catalogID, policyID: policy.id, copied: policy,
                createdAt: instant))
        data.requests.change(request.id) {
            $0.state = .pendingApproval
            $0.approvalID = id
            $0.changedAt = instant
        }
        // A delegated policy starts its flow whatever its timer says (INFERRED, fact 9).
        if policy.kind == .delegated, let definitionID = policy.details.processDefinitionID {
            let processID = launch(definitionID, context: id, purpose: .approval(id), at: instant)
            data.approvals.change(id) { $0.processID = processID }
        }
        if policy.details.isAutomatic {
            setTimer(id, policy, at: instant)
        } else if policy.kind == .named, policy.details.approvers.isEmpty, settings.completesWithoutApprover {
            decide(id, approves: true, comment: nil, at: instant)
        }
    }

    private mutating func setTimer(_ id: String, _ policy: CSAPolicy, at instant: EpochMilliseconds) {
        guard let approval = data.approvals[id] else { return }
        let timerAt = max(instant, approval.createdAt + policy.details.automaticDays * settings.dayMilliseconds)
        guard timerAt > instant else {
            return decide(id, approves: policy.details.automaticallyApproves ?? true, comment: nil, at: instant)
        }
        data.approvals.change(id) { $0.timerAt = timerAt }
        deadlines.insert(.automatic(approval: id), at: timerAt)
    }

    /// The days are over.
    mutating func timerFires(_ id: String, at instant: EpochMilliseconds) {
        guard let approval = data.approvals[id] else { return }
        data.approvals.change(id) { $0.timerAt = nil }
        let policy = settings.timers == .copied ? approval.copied : data.policies[approval.policyID]
        guard let policy, policy.details.isAutomatic else { return }
        decide(id, approves: policy.details.automaticallyApproves ?? true, comment: nil, at: instant)
    }

    /// A policy was changed; what that does to approvals that wait on it is a setting.
    mutating func policyChanged(_ policyID: String, at now: EpochMilliseconds) {
        guard settings.timers == .reevaluated, let policy = data.policies[policyID], policy.details.isAutomatic else {
            return
        }
        for approval in data.approvals.all where approval.policyID == policyID && isOpen(approval) {
            setTimer(approval.id, policy, at: now)
        }
    }

    func isOpen(_ approval: CSAApproval) -> Bool {
        approval.result == .pending && data.requests[approval.requestID]?.state == .pendingApproval
    }

    /// Ends an approval, and takes its request on.
    mutating func decide(_ id: String, approves: Bool, comment: String?, at instant: EpochMilliseconds) {
        guard let approval = data.approvals[id], isOpen(approval) else { return }
        data.approvals.change(id) {
            $0.result = approves ? .approved : .rejected
            $0.comment = comment
            $0.decidedAt = instant
            $0.timerAt = nil
        }
        if approves {
            approve(approval.requestID, at: instant)
        } else {
            drop(approval.requestID, as: .rejected, at: instant)
        }
    }

    // MARK: `/catalog/{c}/approval`

    mutating func approvalReply(_ catalog: CSACatalog, _ rest: [String], _ call: LegacyCall) -> LegacyReply {
        if rest.count == 1, call.method == "GET" {
            let approver = call.query["approver"]
            let retired = call.query["returnRetired"] == "true"
            let rows = data.approvals.all.filter { row in
                row.catalogID == catalog.id && (retired || !row.isRetired)
                    && (approver.map { isApprover($0, current(row)) } ?? true)
            }
            return .list("ApprovalProcessList", rows.map { element($0, call) })
        }
        guard rest.count >= 2, let approval = data.approvals[rest[1]], approval.catalogID == catalog.id else {
            return .notFound
        }
        switch (call.method, rest.count) {
        case ("GET", 2): return .element(element(approval, call))
        case ("DELETE", 2):
            guard !isOpen(approval) else { return .failure(LegacyTrouble(500, "the approval is pending")) }
            data.approvals.change(approval.id) { $0.isRetired = true }
            return .messages(["Approval retired."])
        case ("PUT", 2): return .catching { () throws(LegacyTrouble) in try decideOutside(approval, call) }
        case ("PUT", 3) where rest[2] == "approver":
            return .catching { () throws(LegacyTrouble) in try vote(approval, call) }
        default: return .notFound
        }
    }

    /// Whose rules count now: the process references the template (INFERRED), unless the settings say it copies it.
    private func current(_ approval: CSAApproval) -> CSAPolicy {
        settings.timers == .copied ? approval.copied : data.policies[approval.policyID] ?? approval.copied
    }

    /// By an external system; only delegated approvals can be decided this way (PROVEN).
    private mutating func decideOutside(_ approval: CSAApproval, _ call: LegacyCall) throws(LegacyTrouble) -> CSAElement
    {
        let root = try call.body("ApprovalProcess")
        guard current(approval).kind == .delegated else {
            throw LegacyTrouble(500, "only delegated approvals can be decided this way")
        }
        let approves = try verdict(root.text(at: "approvalResult", "name"))
        guard isOpen(approval) else { throw LegacyTrouble(500, "the approval is not pending") }
        decide(approval.id, approves: approves, comment: root.text(at: "approvalComment"), at: call.now)
        return data.approvals[approval.id].map { element($0, call) } ?? CSAElement("ApprovalProcess", children: [])
    }

    /// By an approver of CSA.
    private mutating func vote(_ approval: CSAApproval, _ call: LegacyCall) throws(LegacyTrouble) -> CSAElement {
        let root = try call.body("Approver")
        guard let user = root.text(at: "person", "userName") else { throw LegacyTrouble(500, "person is required") }
        let approves = try verdict(root.text(at: "approverResult", "name"))
        let policy = current(approval)
        guard policy.kind != .delegated else { throw LegacyTrouble(500, "the approval is delegated") }
        guard isOpen(approval) else { throw LegacyTrouble(500, "the approval is not pending") }
        guard isApprover(user, policy) || policy.details.approvers.isEmpty && policy.kind == .named else {
            throw LegacyTrouble(401, "not authorized: \(user) is no approver")
        }
        data.approvals.change(approval.id) { $0.votes[user] = approves ? .approved : .rejected }
        let votes = data.approvals[approval.id]?.votes.values.count { $0 == .approved } ?? 0
        if !approves {
            decide(approval.id, approves: false, comment: root.text(at: "approvalComment"), at: call.now)
        } else if votes >= max(1, policy.details.minApprovalRequired) {
            decide(approval.id, approves: true, comment: root.text(at: "approvalComment"), at: call.now)
        }
        return data.approvals[approval.id].map { element($0, call) } ?? CSAElement("ApprovalProcess", children: [])
    }

    /// One of the named ones; of groups and levels, which are not here, anyone of the organisation.
    private func isApprover(_ user: String, _ policy: CSAPolicy) -> Bool {
        guard policy.kind != .named else { return policy.details.approvers.contains(user) }
        return data.persons.first { $0.userName == user && $0.organizationID == policy.organizationID } != nil
    }

    private func verdict(_ text: String?) throws(LegacyTrouble) -> Bool {
        switch text {
        case "APPROVED": return true
        case "REJECTED": return false
        default: throw LegacyTrouble(500, "the result is neither APPROVED nor REJECTED")
        }
    }

    private func element(_ approval: CSAApproval, _ call: LegacyCall) -> CSAElement {
        let policy = current(approval)
        var children = [
            CSAElement("id", text: approval.id), CSAElement("objectId", text: approval.id),
            CSAElement("state", category: approval.isRetired ? "RETIRED" : "ACTIVE", of: "ARTIFACT_STATE"),
            CSAElement("approvalResult", category: approval.result.rawValue, of: "APPROVAL_RESULT"),
            CSAElement("approvalComment", text: approval.comment ?? ""),
            CSAElement("approvalTemplate", children: [CSAElement("id", text: approval.policyID)]),
            CSAElement("approvalContext", children: [CSAElement("id", text: approval.requestID)]),
            CSAElement("approvalType", category: policy.kind.typeName, of: "APPROVAL_TYPE"),
        ]
        if !isRestricted(call) {
            children.append(
                CSAElement(
                    "createdOn", text: CSATime.text(approval.createdAt, offsetMinutes: settings.utcOffsetMinutes)))
        }
        for approver in policy.details.approvers {
            let result = approval.votes[approver] ?? .pending
            children.append(
                CSAElement(
                    "approver",
                    children: [
                        CSAElement("person", children: [CSAElement("userName", text: approver)]),
                        CSAElement("approverResult", category: result.rawValue, of: "APPROVAL_RESULT"),
                    ], isRepeated: true))
        }
        return CSAElement("ApprovalProcess", children: children)
    }
}
