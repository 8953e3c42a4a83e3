internal import SluiceModel
internal import SluiceXML

/// Reads and writes approval policies (csa-api.md 4.1 and 4.2). A change is made from CSA's own text, so what is not
/// known stays as it is.
enum PolicyCodec {
    /// Why a policy cannot be read; completes a sentence.
    struct Unreadable: Error {
        let reason: String
    }

    /// - Parameter time: Reads a time as this CSA writes it.
    static func policy(
        _ element: XMLElement, organization: CSAOrganizationID, time: (String?) -> Timestamp?
    ) throws(Unreadable) -> ApprovalPolicy {
        let kind = ApprovalPolicy.Kind(root: String(element.localName))
        guard let id = element.text(at: "id").flatMap({ ApprovalPolicyID(checking: $0) }) else {
            throw Unreadable(reason: "a <\(element.name.prefix(60))> without an id")
        }
        // A policy that approves by itself must not pass for one that does not.
        let flag = element.text(at: "automaticApproval")
        guard flag == "true" || flag == "false" else {
            throw Unreadable(reason: "the policy \(id) without true or false in automaticApproval")
        }
        let name = element.text(at: "name") ?? id.text
        var policy = ApprovalPolicy(
            id: id, organizationID: organization, kind: kind, name: name,
            displayName: element.text(at: "displayName") ?? name, isAutomatic: flag == "true")
        policy.automaticPeriodDays = try number(element, "automaticPeriodDuration", id)
        policy.minApprovalsRequired = try number(element, "minApprovalRequired", id)
        policy.automaticDecision = element.text(at: "automaticApprovalDecision", "name").map {
            ApprovalDecision(word: $0)
        }
        policy.approvers = element.children("approver").map {
            $0.text(at: "userName") ?? $0.text(at: "person", "userName") ?? $0.text(at: "id") ?? "?"
        }
        policy.groups = element.children("group").map {
            $0.text(at: "distinguishedName") ?? $0.text(at: "name") ?? $0.text(at: "id") ?? "?"
        }
        policy.processDefinitionID = element.text(at: "processDefinition", "id")
        policy.updatedAt = time(element.text(at: "updatedOn"))
        policy.otherFields = otherFields(of: element)
        policy.record = element.write()
        return policy
    }

    /// 0 when it is not there.
    private static func number(
        _ element: XMLElement, _ name: String, _ id: ApprovalPolicyID
    ) throws(Unreadable) -> Int {
        guard let text = element.text(at: name) else { return 0 }
        guard let number = Int(text), number >= 0 else {
            throw Unreadable(reason: "the policy \(id) without a number in \(name)")
        }
        return number
    }

    // MARK: What can be compared

    private static let knownNames: Set<Substring> = [
        "id", "name", "displayName", "automaticApproval", "automaticPeriodDuration", "automaticApprovalDecision",
        "minApprovalRequired", "approver", "group", "processDefinition",
    ]
    /// They change without anybody's edit, or only repeat what is there.
    private static let volatileNames: Set<Substring> = ["objectId", "createdOn", "updatedOn", "createdBy", "updatedBy"]

    private static func otherFields(of element: XMLElement) -> [JournalField] {
        var fields: [JournalField] = []
        for child in element.children where !knownNames.contains(child.localName) { flatten(child, "", &fields) }
        return fields.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    }

    private static func flatten(_ element: XMLElement, _ path: String, _ fields: inout [JournalField]) {
        guard !volatileNames.contains(element.localName) else { return }
        let path = path.isEmpty ? String(element.localName) : "\(path)/\(element.localName)"
        for attribute in element.attributes where !attribute.isNamespaceDeclaration {
            fields.append(JournalField("\(path)@\(attribute.name)", attribute.value))
        }
        let children = element.children
        if children.isEmpty {
            fields.append(JournalField(path, element.text))
        } else if let word = categoryWord(element) {
            fields.append(JournalField(path, word))
        } else {
            for child in children { flatten(child, path, &fields) }
        }
    }

    /// A category value counts by its name alone: display names are in the server's language (csa-api.md section 2).
    private static func categoryWord(_ element: XMLElement) -> String? {
        guard element.child("categoryType") != nil || element.child("isCriticalSystemObject") != nil else { return nil }
        return element.text(at: "name")
    }

    // MARK: What is sent

    /// What a PUT may contain by the documents, in place of the whole text. `approvalLevel` is only seen in GET, but a
    /// PUT replaces, so without it the level could be lost.
    private static let documentedNames: Set<Substring> = [
        "displayName", "approver", "group", "processDefinition", "minApprovalRequired", "automaticApproval",
        "automaticPeriodDuration", "automaticApprovalDecision", "approvalLevel",
    ]

    /// The policy's own text with some fields changed.
    /// - Parameter isFull: Whether everything of it is sent, or only what is documented.
    static func body(
        _ policy: ApprovalPolicy, changing edit: ApprovalPolicyEdit, isFull: Bool
    ) throws(XMLError) -> XMLElement {
        var element = try XMLReader.read(policy.record)
        if let isAutomatic = edit.isAutomatic {
            element.setChild("automaticApproval", text: isAutomatic ? "true" : "false")
        }
        if let days = edit.automaticPeriodDays { element.setChild("automaticPeriodDuration", text: String(days)) }
        if let count = edit.minApprovalsRequired { element.setChild("minApprovalRequired", text: String(count)) }
        if let decision = edit.automaticDecision,
            element.text(at: "automaticApprovalDecision", "name") != decision.word
        {
            element.setChild(word("automaticApprovalDecision", decision.word))
        }
        return isFull ? element : documented(element)
    }

    private static func documented(_ element: XMLElement) -> XMLElement {
        let children = element.children.filter { documentedNames.contains($0.localName) }.map { child in
            let name = String(child.localName)
            let key: String? =
                switch name {
                case "approver": "userName"
                case "group": "distinguishedName"
                case "processDefinition": "id"
                case "automaticApprovalDecision": "name"
                default: nil
                }
            guard let key else { return XMLElement(name, text: child.text) }
            let text = child.text(at: key) ?? child.text(at: "person", key) ?? ""
            return XMLElement(name, children: [XMLElement(key, text: text)])
        }
        return XMLElement(String(element.localName), children: children)
    }

    static func body(_ draft: ApprovalPolicyDraft) -> XMLElement {
        var children = [XMLElement("displayName", text: draft.displayName)]
        children += draft.approvers.map {
            XMLElement("approver", children: [XMLElement("userName", text: $0)])
        }
        children += draft.groups.map {
            XMLElement("group", children: [XMLElement("distinguishedName", text: $0)])
        }
        if let id = draft.processDefinitionID {
            children.append(XMLElement("processDefinition", children: [XMLElement("id", text: id)]))
        }
        children += [
            XMLElement("minApprovalRequired", text: String(draft.minApprovalsRequired)),
            XMLElement("automaticApproval", text: draft.isAutomatic ? "true" : "false"),
            XMLElement("automaticPeriodDuration", text: String(draft.automaticPeriodDays)),
        ]
        if let decision = draft.automaticDecision { children.append(word("automaticApprovalDecision", decision.word)) }
        return XMLElement(draft.kind.root, children: children)
    }

    /// `<x><name>WORD</name></x>`, as clients may send category values (csa-api.md section 2).
    static func word(_ name: String, _ word: String) -> XMLElement {
        XMLElement(name, children: [XMLElement("name", text: word)])
    }
}
