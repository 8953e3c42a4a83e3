/// Approval policies: `/organization/{o}/approvalPolicy` (csa-api.md section 4).
extension CSAState {
    mutating func organizationReply(_ call: LegacyCall) -> LegacyReply {
        guard call.rest.count >= 2, let organization = data.organizations[call.rest[1]] else { return .notFound }
        if call.rest.count == 2, call.method == "GET" {
            guard call.query["detail"] == "basic" else {
                // PROVEN: organisations refuse FULL, the default.
                return .failure(LegacyTrouble(500, "detail full is not possible for an organization: use BASIC"))
            }
            return .element(
                CSAElement(
                    "Organization",
                    children: [CSAElement("id", text: organization.id), CSAElement("name", text: organization.name)]))
        }
        guard call.rest.count >= 3, call.rest[2] == "approvalPolicy" else { return .notFound }
        switch (call.method, call.rest.count) {
        case ("GET", 3): return policyList(of: organization, call)
        case ("POST", 3): return .catching { () throws(LegacyTrouble) in try create(policyOf: organization, call) }
        case (_, 4):
            guard let policy = data.policies[call.rest[3]], policy.organizationID == organization.id else {
                return .notFound
            }
            switch call.method {
            case "GET": return .element(element(policy, call))
            case "PUT": return .catching { () throws(LegacyTrouble) in try replace(policy, call) }
            case "DELETE":
                guard mayChange(call.person) else { return .failure(Self.roleTrouble) }
                data.policies.remove(policy.id)
                return .messages(["Approval policy deleted."])
            default: return .notFound
            }
        default: return .notFound
        }
    }

    static let roleTrouble = LegacyTrouble(401, "not authorized")

    func mayChange(_ person: CSAPerson) -> Bool { !settings.changesNeedProvider || isProvider(person) }

    private func policyList(of organization: CSAOrganization, _ call: LegacyCall) -> LegacyReply {
        let policies = data.policies.all.filter { $0.organizationID == organization.id }
        return .element(
            CSAElement(
                "ApprovalPolicyList",
                children: policies.map { policy in
                    var element = element(policy, call)
                    element.isRepeated = true
                    return element
                }))
    }

    private mutating func create(
        policyOf organization: CSAOrganization, _ call: LegacyCall
    ) throws(LegacyTrouble) -> CSAElement {
        guard mayChange(call.person) else { throw Self.roleTrouble }
        let (kind, displayName, details) = try readPolicy(call)
        let policy: CSAPolicy
        do {
            policy = try add(
                policy: displayName, kind: kind, details: details, organizationID: organization.id, at: call.now)
        } catch {
            throw LegacyTrouble(error)
        }
        return element(policy, call)
    }

    /// PUT replaces the whole of it (csa-api.md fact 7); the last writer wins.
    private mutating func replace(_ policy: CSAPolicy, _ call: LegacyCall) throws(LegacyTrouble) -> CSAElement {
        guard mayChange(call.person) else { throw Self.roleTrouble }
        let (kind, displayName, details) = try readPolicy(call)
        guard kind == policy.kind else { throw LegacyTrouble(500, "the policy is a \(policy.kind.rawValue)") }
        do {
            try change(policy: policy.id, displayName: displayName, details: details, at: call.now)
        } catch {
            throw LegacyTrouble(error)
        }
        return data.policies[policy.id].map { element($0, call) } ?? CSAElement("error", children: [])
    }

    // MARK: Rules

    mutating func add(
        policy displayName: String, kind: CSAPolicyKind, details: CSAPolicy.Details, organizationID: String,
        id: String? = nil, at now: EpochMilliseconds
    ) throws(CSARefusal) -> CSAPolicy {
        guard data.policies.count < CSALimits.configurationRowCountMax else { throw CSARefusal("too many policies") }
        try check(displayName)
        let details = try normalised(details, of: kind)
        let policy = CSAPolicy(
            id: id ?? nextID(), organizationID: organizationID, kind: kind,
            name: "\(displayName.uppercased().replacing(" ", with: "_"))_\(now)", displayName: displayName,
            details: details, createdAt: now, updatedAt: now)
        data.policies.put(policy)
        return policy
    }

    mutating func change(
        policy id: String, displayName: String, details: CSAPolicy.Details, at now: EpochMilliseconds
    ) throws(CSARefusal) {
        guard let policy = data.policies[id] else { return }
        try check(displayName)
        let details = try normalised(details, of: policy.kind)
        data.policies.change(id) {
            $0.displayName = displayName
            $0.details = details
            // Each change is later than the one before, also within one millisecond.
            $0.updatedAt = max(now, $0.updatedAt + 1)
        }
        policyChanged(id, at: now)
    }

    private func check(_ displayName: String) throws(CSARefusal) {
        guard !displayName.isEmpty, displayName.utf8.count <= CSALimits.nameBytesMax else {
            throw CSARefusal("displayName is required, with at most \(CSALimits.nameBytesMax) bytes")
        }
    }

    /// The server's own form of what it was given, or what is wrong (csa-api.md 4.1).
    private func normalised(_ given: CSAPolicy.Details, of kind: CSAPolicyKind) throws(CSARefusal) -> CSAPolicy.Details
    {
        var details = given
        guard CSALimits.automaticDays.contains(details.automaticDays) else {
            throw CSARefusal("automaticPeriodDuration must be 0 to 365")
        }
        if details.isAutomatic, details.automaticallyApproves == nil {
            throw CSARefusal("automaticApprovalDecision is required when automaticApproval is true")
        }
        guard details.minApprovalRequired >= 0 else { throw CSARefusal("minApprovalRequired must not be negative") }
        switch kind {
        case .named:
            // PROVEN: 0 is sent and 1 comes back.
            if !details.approvers.isEmpty, settings.normalisesMinimum {
                details.minApprovalRequired = max(1, details.minApprovalRequired)
            }
            guard details.minApprovalRequired <= details.approvers.count else {
                throw CSARefusal("minApprovalRequired is more than there are approvers")
            }
            details.group = nil
            details.processDefinitionID = nil
        case .group:
            guard details.group?.isEmpty == false else { throw CSARefusal("group distinguishedName is required") }
            details.minApprovalRequired = max(1, details.minApprovalRequired)
            details.approvers = []
            details.processDefinitionID = nil
        case .userContext:
            details.approvers = []
            details.approvalLevel = details.approvalLevel ?? 1
            details.group = nil
            details.processDefinitionID = nil
        case .delegated:
            guard let id = details.processDefinitionID, data.definitions[id] != nil else {
                throw CSARefusal("processDefinition is required, and must be known")
            }
            details.approvers = []
            details.group = nil
        }
        return details
    }

    // MARK: Documents

    private func readPolicy(
        _ call: LegacyCall
    ) throws(LegacyTrouble) -> (CSAPolicyKind, String, CSAPolicy.Details) {
        let root = try call.body(
            "NamedApproverApprovalTemplate", "NamedGroupApprovalTemplate", "UserContextApprovalTemplate",
            "DelegatedApprovalTemplate")
        guard let kind = CSAPolicyKind(rawValue: root.name) else { throw LegacyTrouble(500, "unknown policy") }
        if !settings.takesWholeBodies,
            let extra = ["id", "objectId", "updatedOn", "name"].first(where: { root.first($0) != nil })
        {
            throw LegacyTrouble(500, "\(extra) must not be given")
        }
        var details = CSAPolicy.Details()
        details.approvers = root.all("approver").compactMap { $0.text(at: "userName") }
        details.group = root.text(at: "group", "distinguishedName")
        details.processDefinitionID = root.text(at: "processDefinition", "id")
        details.approvalLevel = try number(root, "approvalLevel")
        details.minApprovalRequired = try number(root, "minApprovalRequired") ?? 0
        details.automaticDays = try number(root, "automaticPeriodDuration") ?? 0
        switch root.text(at: "automaticApproval") {
        case nil, "false": details.isAutomatic = false
        case "true": details.isAutomatic = true
        default: throw LegacyTrouble(500, "automaticApproval is neither true nor false")
        }
        switch root.text(at: "automaticApprovalDecision", "name") {
        case nil: details.automaticallyApproves = nil
        case "APPROVED": details.automaticallyApproves = true
        case "REJECTED": details.automaticallyApproves = false
        default: throw LegacyTrouble(500, "automaticApprovalDecision is neither APPROVED nor REJECTED")
        }
        return (kind, root.text(at: "displayName") ?? "", details)
    }

    private func number(_ root: CSAElement, _ name: String) throws(LegacyTrouble) -> Int64? {
        guard let text = root.text(at: name) else { return nil }
        guard let number = Int64(text) else { throw LegacyTrouble(500, "\(name) is no number") }
        return number
    }

    /// Dates and some more are hidden when `restrict` is true, which is the default of 4.90 (PROVEN).
    func isRestricted(_ call: LegacyCall) -> Bool {
        settings.version == .v490 && call.query["restrict"]?.lowercased() != "false"
    }

    private func element(_ policy: CSAPolicy, _ call: LegacyCall) -> CSAElement {
        let details = policy.details
        var children = [CSAElement("id", text: policy.id), CSAElement("objectId", text: policy.id)]
        if !isRestricted(call) {
            let offset = settings.utcOffsetMinutes
            children += [
                CSAElement("description", text: ""),
                CSAElement("createdOn", text: CSATime.text(policy.createdAt, offsetMinutes: offset)),
                CSAElement("updatedOn", text: CSATime.text(policy.updatedAt, offsetMinutes: offset)),
            ]
        }
        children += [
            CSAElement("name", text: policy.name), CSAElement("displayName", text: policy.displayName),
            CSAElement("state", category: "ACTIVE", of: "ARTIFACT_STATE"),
            CSAElement("artifactType", category: "APPROVAL_TEMPLATE", of: "ARTIFACT_TYPE"),
            CSAElement("automaticApproval", .bool(details.isAutomatic)),
            CSAElement("automaticPeriodDuration", .integer(details.automaticDays)),
        ]
        if let approves = details.automaticallyApproves {
            children.append(
                CSAElement(
                    "automaticApprovalDecision", category: approves ? "APPROVED" : "REJECTED", of: "APPROVAL_RESULT"))
        }
        children += [
            CSAElement("minApprovalRequired", .integer(details.minApprovalRequired)),
            CSAElement("approvalType", category: policy.kind.typeName, of: "APPROVAL_TYPE"),
        ]
        for approver in details.approvers {
            children.append(
                CSAElement("approver", children: [CSAElement("userName", text: approver)], isRepeated: true))
        }
        if let group = details.group {
            children.append(
                CSAElement("group", children: [CSAElement("distinguishedName", text: group)], isRepeated: true))
        }
        if let id = details.processDefinitionID {
            let name = data.definitions[id]?.name ?? ""
            children.append(
                CSAElement(
                    "processDefinition", children: [CSAElement("id", text: id), CSAElement("name", text: name)]))
        }
        if let level = details.approvalLevel { children.append(CSAElement("approvalLevel", .integer(level))) }
        return CSAElement(policy.kind.rawValue, children: children)
    }
}
