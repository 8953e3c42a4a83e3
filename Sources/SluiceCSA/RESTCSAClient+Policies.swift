internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts
internal import SluiceXML

/// Organizations and their approval policies (csa-api.md 3.4 and 4.2).
extension RESTCSAClient {
    public func organizations() async throws -> [CSAOrganization] {
        var call = Call(path: "/api/organization/", accept: "application/json", isListing: true)
        var listed = try members(try await read(call), call)
        if let total = listed.total, total > listed.members.count, total <= CSALimits.listCountMax {
            call.query = [("start-index", "0"), ("page-size", String(total))]
            listed = try members(try await read(call), call)
        }
        if let total = listed.total, total > listed.members.count {
            throw CSAError(
                .unreadable, "\(name(call)) says \(total) and lists \(listed.members.count): a part was left out")
        }
        return try listed.members.map { member in
            let link = member["@self"]?.string ?? member["id"]?.string ?? ""
            let last = link.split(separator: "/").last.map(String.init) ?? ""
            let key = member["ext"]?["csa_name_key"]?.string ?? member["name"]?.string
            guard let id = CSAOrganizationID(checking: last), let key, IdentifierLimits.allows(key) else {
                throw CSAError(.unreadable, "\(name(call)) answered an organization without @self or csa_name_key")
            }
            return CSAOrganization(
                id: id, name: key, displayName: member["displayName"]?.string ?? member["name"]?.string ?? key)
        }
    }

    private func policiesPath(_ organization: CSAOrganizationID) -> String {
        "/rest/organization/\(RESTCSAClient.escape(organization.text))/approvalPolicy"
    }

    public func approvalPolicies(of organization: CSAOrganizationID) async throws -> [ApprovalPolicy] {
        let call = Call(path: policiesPath(organization), query: [("restrict", "false")], isListing: true)
        guard let answer = try await legacyRead(call) else {
            throw CSAError(.missing, "\(name(call)) answered 404: there is no organization \(organization)")
        }
        let list = try xml(answer, call, roots: ["ApprovalPolicyList"])
        // Whatever has an id and is not known is a policy of a kind that is not known: it may approve by itself.
        let elements = list.children.filter { $0.localName.hasSuffix("ApprovalTemplate") || $0.child("id") != nil }
        guard elements.count <= CSALimits.listCountMax else {
            throw CSAError(.unreadable, "\(name(call)) answered more than \(CSALimits.listCountMax) policies")
        }
        if let count = list.text(at: "count").flatMap({ Int($0) }), count > elements.count {
            throw CSAError(.unreadable, "\(name(call)) says \(count) and lists \(elements.count): a part was left out")
        }
        return try elements.map { try policy($0.standingAlone(from: list), organization, call) }
    }

    public func putPolicy(_ policy: ApprovalPolicy, changing edit: ApprovalPolicyEdit) async throws -> ApprovalPolicy {
        precondition(edit.isValid, "\(edit)")
        let path = "\(policiesPath(policy.organizationID))/\(RESTCSAClient.escape(policy.id.text))"
        let body: XMLElement
        do throws(XMLError) {
            body = try PolicyCodec.body(policy, changing: edit, isFull: configuration.switches.takesFullPolicy)
        } catch {
            throw CSAError(
                .unreadable, "the kept text of the policy \(policy.id) is not XML (\(error)); nothing was sent")
        }
        let call = Call(
            method: .PUT, path: path, query: [("restrict", "false")], body: ("application/xml", body.document()))
        let answer = try await legacyChange(call)
        guard !answer.body.isEmpty else {
            guard let stored = try await approvalPolicy(policy.id, of: policy.organizationID) else {
                throw CSAError(.missing, "\(name(call)) answered \(answer.statusText), but the policy is gone")
            }
            return stored
        }
        let stored = try self.policy(try xml(answer, call, roots: [policy.kind.root]), policy.organizationID, call)
        guard stored.id == policy.id else {
            throw CSAError(.unreadable, "\(name(call)) answered another policy, \(stored.id)")
        }
        return stored
    }

    public func createPolicy(
        _ draft: ApprovalPolicyDraft, in organization: CSAOrganizationID
    ) async throws -> ApprovalPolicy {
        let call = Call(
            method: .POST, path: policiesPath(organization), query: [("restrict", "false")],
            body: ("application/xml", PolicyCodec.body(draft).document()))
        let answer = try await legacyChange(call)
        return try policy(try xml(answer, call, roots: [draft.kind.root]), organization, call)
    }

    public func deletePolicy(_ id: ApprovalPolicyID, of organization: CSAOrganizationID) async throws {
        let call = Call(
            method: .DELETE, path: "\(policiesPath(organization))/\(RESTCSAClient.escape(id.text))")
        _ = try await legacyChange(call)
    }

    private func policy(
        _ element: XMLElement, _ organization: CSAOrganizationID, _ call: Call
    ) throws -> ApprovalPolicy {
        do throws(PolicyCodec.Unreadable) {
            return try PolicyCodec.policy(element, organization: organization, time: time)
        } catch {
            throw CSAError(.unreadable, "\(name(call)) answered \(error.reason)")
        }
    }
}
