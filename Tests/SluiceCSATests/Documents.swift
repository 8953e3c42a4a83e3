import SluiceModel

/// Texts of CSA's shapes (csa-api.md), of our own writing.
enum Documents {
    static let organization = CSAOrganizationID("90org")
    static let catalog = CSACatalogID("90cat")
    static let user = CSAUser(userName: "carol", organizationName: "CSA_CONSUMER")

    static func category(_ element: String, _ name: String, display: String) -> String {
        """
        <\(element)><id>90\(name)</id><objectId>90\(name)</objectId>
        <isCriticalSystemObject>true</isCriticalSystemObject>
        <name>\(name)</name><displayName>\(display)</displayName><disabled>false</disabled>
        <categoryType><name>T</name><extensible>false</extensible></categoryType></\(element)>
        """
    }

    /// A policy with elements that no document names.
    static func namedApprover(
        id: String = "90pol", automatic: Bool = true, days: Int = 0, min: Int = 1,
        updated: String = "2013-02-25T17:34:56.627-08:00",
        state: String = "Aktiv", approvers: [String] = ["alice", "bob"],
        extra: String = "<vendorOnly x=\"1\">kept</vendorOnly>"
    ) -> String {
        """
        <NamedApproverApprovalTemplate><id>\(id)</id><objectId>\(id)</objectId>
        <createdOn>2013-02-25T17:34:56.623-08:00</createdOn><updatedOn>\(updated)</updatedOn>
        <name>POLICY_\(id)</name><displayName>Policy &amp; more</displayName>
        \(category("state", "ACTIVE", display: state))
        <automaticApproval>\(automatic)</automaticApproval><automaticPeriodDuration>\(days)</automaticPeriodDuration>
        <automaticApprovalDecision><id>90dec</id><name>APPROVED</name><displayName>Approved</displayName>
        </automaticApprovalDecision>
        <minApprovalRequired>\(min)</minApprovalRequired>\(extra)
        \(approvers.map { approver($0, updated) }.joined())
        \(category("approvalType", "NAMED_APPROVER_TEMPLATE", display: "Named"))</NamedApproverApprovalTemplate>
        """
    }

    private static func approver(_ name: String, _ updated: String) -> String {
        "<approver><id>90\(name)</id><updatedOn>\(updated)</updatedOn><userName>\(name)</userName></approver>"
    }

    static let fourKinds = """
        <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
        <ApprovalPolicyList><count>4</count><limit>0</limit>
        \(namedApprover(days: 5))
        <NamedGroupApprovalTemplate><id>90grp</id><name>G</name><displayName>Group</displayName>
        <group><distinguishedName>cn=A,ou=B</distinguishedName></group><automaticApproval>false</automaticApproval>
        <minApprovalRequired>1</minApprovalRequired></NamedGroupApprovalTemplate>
        <UserContextApprovalTemplate><id>90ctx</id><name>U</name><displayName>Managers</displayName>
        <automaticApproval>true</automaticApproval><automaticPeriodDuration>0</automaticPeriodDuration>
        <automaticApprovalDecision><name>REJECTED</name></automaticApprovalDecision><approvalLevel>2</approvalLevel>
        </UserContextApprovalTemplate>
        <DelegatedApprovalTemplate><id>90del</id><name>D</name><displayName>Delegated</displayName>
        <automaticApproval>false</automaticApproval><processDefinition><id>90proc</id></processDefinition>
        </DelegatedApprovalTemplate></ApprovalPolicyList>
        """

    static func policies(_ policies: String...) -> ScriptedAnswer {
        .xml("<ApprovalPolicyList>\(policies.joined())</ApprovalPolicyList>")
    }

    static func messages(_ lines: String...) -> ScriptedAnswer {
        .xml("<messageList>\(lines.map { "<messages>\($0)</messages>" }.joined())</messageList>")
    }

    static func offering(_ id: String, _ name: String, category: String = "CRM", approval: Bool = true) -> String {
        """
        <ServiceOffering><id>\(id)</id><name>\(name)</name><displayName>\(name)</displayName>
        <hasApproval>\(approval)</hasApproval><category><id>90c</id><name>\(category)</name></category>
        </ServiceOffering>
        """
    }

    static func offerings(_ offerings: String..., count: Int? = nil) -> ScriptedAnswer {
        .xml(
            "<ServiceOfferingList><count>\(count ?? offerings.count)</count><limit>0</limit>\(offerings.joined())"
                + "</ServiceOfferingList>")
    }
}
