import SluiceCSA
import SluiceModel
import SluicePorts
import Testing

@Suite struct PolicyTests {
    @Test func readsAllFourKinds() async throws {
        let policies = try await withCSA { _ in
            .xml(Documents.fourKinds)
        } _: { (client, server) async throws in
            let policies = try await client.approvalPolicies(of: Documents.organization)
            let call = try #require(server.calls.first)
            #expect(call.path == "/csa/rest/organization/90org/approvalPolicy")
            #expect(call.has("userIdentifier=90u") && call.has("restrict=false"))
            #expect(call.authorization == "Basic c3ZjOnMzY3IzdC1ww6Rzc3dvcmQ=")
            #expect(server.seen.first?.path == "/csa/rest/login/CSA-Provider/svc/")
            return policies
        }
        #expect(policies.map(\.kind) == ApprovalPolicy.Kind.known)
        #expect(policies.map(\.isTimed) == [true, false, false, false])
        #expect(policies.map(\.isInstant) == [false, false, true, false])
        #expect(policies.map(\.canHold) == [true, true, true, false])
        let named = try #require(policies.first)
        #expect(named.displayName == "Policy & more" && named.approvers == ["alice", "bob"])
        #expect(named.automaticDecision == .approved && named.automaticPeriodDays == 5)
        #expect(named.updatedAt == Timestamp(rfc3339: "2013-02-26T01:34:56.627Z"))
        #expect(named.record.contains("<vendorOnly x=\"1\">kept</vendorOnly>"))
        #expect(policies[1].groups == ["cn=A,ou=B"] && policies[3].processDefinitionID == "90proc")
        #expect(policies[2].otherFields == [JournalField("approvalLevel", "2")])
    }

    @Test("section 12, server normalises values and XML order: what means the same is the same")
    func comparesByMeaning() async throws {
        let other = Documents.namedApprover(
            updated: "2020-01-01T00:00:00Z", state: "Active", approvers: ["bob", "alice"])
        let policies = try await withCSA { _ in
            Documents.policies(
                Documents.namedApprover(), other, Documents.namedApprover(extra: "<vendorOnly x=\"2\"/>"))
        } _: { (client, _) async throws in
            try await client.approvalPolicies(of: Documents.organization)
        }
        #expect(policies[0].fields == policies[1].fields)
        #expect(JournalField.differences(policies[0].fields, policies[2].fields) == ["vendorOnly", "vendorOnly@x"])
    }

    @Test("section 12, XML order or unknown elements: the whole text is sent back with the named fields changed")
    func putsTheWholeTextBack() async throws {
        try await withCSA { request in
            request.method == "GET"
                ? Documents.policies(Documents.namedApprover())
                : .xml(Documents.namedApprover(automatic: false, updated: "2026-01-01T00:00:00Z"))
        } _: { (client, server) async throws in
            let before = try await client.approvalPolicies(of: Documents.organization)[0]
            let after = try await client.putPolicy(before, changing: .manual)
            #expect(!after.isAutomatic)
            let put = try #require(server.calls.last)
            #expect(put.method == "PUT" && put.path == "/csa/rest/organization/90org/approvalPolicy/90pol")
            let expected = before.record.replacing(
                "<automaticApproval>true</automaticApproval>", with: "<automaticApproval>false</automaticApproval>")
            #expect(put.body.hasSuffix(expected) && put.body.hasPrefix("<?xml"))
            let fields = JournalField.differences(before.fields, after.fields)
            #expect(fields == ["automaticApproval"])
        }
    }

    @Test func sendsOnlyWhatIsDocumentedIfSoConfigured() async throws {
        try await withCSA(adjust: { $0.switches.takesFullPolicy = false }) { request in
            request.method == "GET" ? Documents.policies(Documents.namedApprover()) : .xml(Documents.namedApprover())
        } _: { (client, server) async throws in
            let before = try await client.approvalPolicies(of: Documents.organization)[0]
            let edit = ApprovalPolicyEdit(automaticPeriodDays: 3, automaticDecision: .rejected, minApprovalsRequired: 2)
            _ = try await client.putPolicy(before, changing: edit)
            let body = try #require(server.calls.last?.body.split(separator: "?>").last)
            let sent = [
                "<NamedApproverApprovalTemplate><displayName>Policy &amp; more</displayName>",
                "<automaticApproval>true</automaticApproval><automaticPeriodDuration>3</automaticPeriodDuration>",
                "<automaticApprovalDecision><name>REJECTED</name></automaticApprovalDecision>",
                "<minApprovalRequired>2</minApprovalRequired><approver><userName>alice</userName></approver>",
                "<approver><userName>bob</userName></approver></NamedApproverApprovalTemplate>",
            ].joined()
            #expect(String(body) == sent)
        }
    }

    @Test("CSA's own result counts: a minimum of 0 comes back as 1")
    func givesTheNormalisedResult() async throws {
        try await withCSA { request in
            request.method == "GET"
                ? Documents.policies(Documents.namedApprover()) : .xml(Documents.namedApprover(min: 1))
        } _: { (client, server) async throws in
            let before = try await client.approvalPolicies(of: Documents.organization)[0]
            let after = try await client.putPolicy(before, changing: ApprovalPolicyEdit(minApprovalsRequired: 0))
            #expect(server.calls.last?.body.contains("<minApprovalRequired>0</minApprovalRequired>") == true)
            #expect(after.minApprovalsRequired == 1)
        }
    }

    @Test func readsBackWhatAPutWithoutABodyStored() async throws {
        try await withCSA { request in
            request.method == "PUT"
                ? .status(204) : Documents.policies(Documents.namedApprover(automatic: request.query.isEmpty))
        } _: { (client, _) async throws in
            let before = try await client.approvalPolicies(of: Documents.organization)[0]
            #expect(try await client.putPolicy(before, changing: .manual).isAutomatic == false)
        }
    }

    @Test func makesAPolicy() async throws {
        try await withCSA { _ in
            .xml(Documents.namedApprover(id: "90new"))
        } _: { (client, server) async throws in
            let draft = ApprovalPolicyDraft(holding: "Sluice <holds>", approvers: ["alice"])
            let made = try await client.createPolicy(draft, in: Documents.organization)
            #expect(made.id == ApprovalPolicyID("90new"))
            let post = try #require(server.calls.last)
            #expect(post.method == "POST" && post.path == "/csa/rest/organization/90org/approvalPolicy")
            #expect(
                post.body.hasSuffix(
                    "<NamedApproverApprovalTemplate><displayName>Sluice &lt;holds&gt;</displayName><approver>"
                        + "<userName>alice</userName></approver><minApprovalRequired>1</minApprovalRequired>"
                        + "<automaticApproval>false</automaticApproval><automaticPeriodDuration>0"
                        + "</automaticPeriodDuration></NamedApproverApprovalTemplate>"))
        }
    }

    @Test(
        "a policy that may approve by itself is never skipped",
        arguments: [
            "<NamedApproverApprovalTemplate><id>1</id></NamedApproverApprovalTemplate>",
            "<NamedGroupApprovalTemplate><automaticApproval>true</automaticApproval></NamedGroupApprovalTemplate>",
            "<NamedGroupApprovalTemplate><id>1</id><automaticApproval>1</automaticApproval>"
                + "</NamedGroupApprovalTemplate>",
            "<NewKind><id>1</id></NewKind>",
            "<UserContextApprovalTemplate><id>1</id><automaticApproval>true</automaticApproval>"
                + "<automaticPeriodDuration>soon</automaticPeriodDuration></UserContextApprovalTemplate>",
            "<count>2</count>\(Documents.namedApprover())",
        ])
    func refusesAHalfReadableList(text: String) async throws {
        let error = try await withCSA { _ in
            Documents.policies(text)
        } _: { (client, _) async throws in
            await csaError { try await client.approvalPolicies(of: Documents.organization) }
        }
        #expect(error?.code == .unreadable)
    }

    @Test func keepsAKindThatIsNotKnown() async throws {
        let policies = try await withCSA { _ in
            Documents.policies("<Quorum><id>1</id><automaticApproval>false</automaticApproval></Quorum>")
        } _: { (client, _) async throws in
            try await client.approvalPolicies(of: Documents.organization)
        }
        #expect(policies.map(\.kind) == [.other("Quorum")] && policies[0].canHold == false)
    }

    @Test func listsOrganizations() async throws {
        let body = """
            {"@total_results":2,"members":[
            {"@self":"/csa/api/organization/90a","name":"CSA-Provider","ext":{"csa_name_key":"CSA-Provider"}},
            {"@self":"/csa/api/organization/90b","displayName":"Consumer","ext":{"csa_name_key":"CSA_CONSUMER"}}]}
            """
        let organizations = try await withCSA { _ in
            .json(body)
        } _: { (client, server) async throws in
            let organizations = try await client.organizations()
            #expect(server.seen.map(\.path) == ["/csa/api/organization/"])
            return organizations
        }
        #expect(organizations.map(\.id.text) == ["90a", "90b"])
        #expect(organizations.map(\.name) == ["CSA-Provider", "CSA_CONSUMER"])
    }
}
