import SluiceCSA
import SluiceModel
import SluicePorts
import Synchronization
import Testing

@Suite struct ItemTests {
    private static let policy = ApprovalPolicyID("90pol")

    @Test(
        "section 12, 200 with partial failure, and an offering deleted: each item has its own outcome",
        arguments: [(AssignmentSpelling.v400, "setSOApprovalPolicy"), (.v490, "setCatalogSOApprovalPolicy")])
    func assignsItemByItem(spelling: AssignmentSpelling, part: String) async throws {
        let outcomes = try await withCSA(adjust: { $0.switches.assignmentSpelling = spelling }) { _ in
            Documents.messages(
                "Updated approval policy of action of ORDER for service offering with id A",
                "Updated approval policy of action of MODIFY_SUBCRIPTION for service offering with id A",
                "Failed to set approval policy for service offering with id 12345. The service offering is not found.",
                "Updated approval policy of action of ORDER for service offering with id B.",
                "Failed to set approval policy of action of MODIFY_SUBCRIPTION for service offering with id B")
        } _: { (client, server) async throws in
            let outcomes = try await client.assign(
                Self.policy, to: ["A", "12345", "B", "C"].map { CSAOfferingID($0) }, in: Documents.catalog)
            let call = try #require(server.calls.first)
            #expect(server.calls.count == 1 && call.method == "POST")
            #expect(call.path == "/csa/rest/catalog/90cat/policy/90pol/\(part)")
            #expect(
                call.body.hasSuffix(
                    "<ServiceOfferingList><ServiceOffering><id>A</id></ServiceOffering><ServiceOffering><id>12345</id>"
                        + "</ServiceOffering><ServiceOffering><id>B</id></ServiceOffering><ServiceOffering><id>C</id>"
                        + "</ServiceOffering></ServiceOfferingList>"))
            return outcomes
        }
        #expect(outcomes[0] == .succeeded(actions: ["ORDER", "MODIFY_SUBCRIPTION"]))
        guard case .missing = outcomes[1], case .failed = outcomes[2] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(outcomes[3] == .unmentioned)
    }

    @Test("the spelling is told by an offering that cannot exist", arguments: AssignmentSpelling.allCases)
    func findsTheSpelling(spelling: AssignmentSpelling) async throws {
        try await withCSA(adjust: { $0.switches.assignmentSpelling = nil }) { request in
            if request.path.hasSuffix("/\(spelling.pathPart)") {
                return Documents.messages(
                    "Failed to set approval policy for service offering with id 0. It is not found.")
            }
            if request.method == "POST" { return .loginPage }
            if request.path.hasSuffix("/approvalPolicy") { return Documents.policies(Documents.namedApprover()) }
            if request.path.hasPrefix("/csa/api/organization") {
                return .json(#"{"members":[{"@self":"/csa/api/organization/90org","ext":{"csa_name_key":"C"}}]}"#)
            }
            return .xml(
                "<CatalogList><count>2</count><catalog><id>\(CSACatalogID.globalShared)</id><name>g</name></catalog>"
                    + "<catalog><id>90cat</id><name>c</name><displayName>C</displayName></catalog></CatalogList>")
        } _: { (client, server) async throws in
            #expect(try await client.assignmentSpelling() == spelling)
            let count = server.seen.count
            #expect(try await client.assignmentSpelling() == spelling)
            #expect(server.seen.count == count)
            let posts = server.calls.filter { $0.method == "POST" }
            let empty = String(repeating: "0", count: 32)
            #expect(posts.allSatisfy { $0.body.contains("<id>\(empty)</id>") && $0.path.contains("/90cat/") })
            let catalogs = try await client.catalogs()
            #expect(catalogs.map(\.isShared) == [true, false] && catalogs[1].displayName == "C")
            // After a login CSA may be another version.
            _ = try await client.logIn()
            _ = try await client.assignmentSpelling()
            #expect(server.calls.count { $0.method == "POST" } == 2 * posts.count)
        }
    }

    @Test("section 12, same offering twice in a catalog: both are listed, and found")
    func keepsRepeatedOfferings() async throws {
        let offerings = try await withCSA { _ in
            Documents.offerings(
                Documents.offering("A", "DB"), Documents.offering("B", "Web", approval: false),
                Documents.offering("A", "DB", category: "Sales"))
        } _: { (client, server) async throws in
            let offerings = try await client.offerings(of: Documents.catalog)
            #expect(
                server.calls.first?.has("hasApproval=true") == true && server.calls.first?.has("detail=basic") == true)
            return offerings
        }
        #expect(offerings.map(\.id.text) == ["A", "B", "A"])
        #expect(offerings.map(\.categoryName) == ["CRM", "CRM", "Sales"])
        #expect(offerings.map(\.hasApproval) == [true, false, true])
        #expect(offerings.allSatisfy { $0.policyIDs == nil })
        #expect(CSAOffering.repeatedIDs(in: offerings) == [CSAOfferingID("A")])
    }

    @Test(
        "the assignment is read back where the configuration says, or not at all",
        arguments: [([String](), nil), (["approvalPolicy", "id"], ["90p1", "90p2"]), (["other"], [])])
    func readsTheAssignment(path: [String], expected: [String]?) async throws {
        let offering = try await withCSA(adjust: { $0.switches.policyPath = path }) { _ in
            .xml(
                "<ServiceOffering><id>A</id><name>DB</name><approvalPolicy><id>90p1</id></approvalPolicy>"
                    + "<approvalPolicy><id>90p2</id></approvalPolicy></ServiceOffering>")
        } _: { (client, _) async throws in
            try await client.offering(CSAOfferingID("A"), in: Documents.catalog)
        }
        #expect(offering?.policyIDs?.map(\.text) == expected)
        #expect(offering?.hasApproval == nil && offering?.publication == nil)
        #expect(offering?.record.contains("90p2") == true)
    }

    // MARK: Publications

    private static let items = [
        CSAPublication(offeringID: CSAOfferingID("A"), offeringName: "DB failed over", categoryName: "CRM"),
        CSAPublication(offeringID: CSAOfferingID("B"), offeringName: "DB failed over 2", categoryName: "CRM"),
        CSAPublication(offeringID: CSAOfferingID("C"), offeringName: "Web", categoryName: "Not found"),
    ]

    private static func artifact(_ request: SeenRequest) -> ScriptedAnswer {
        guard let id = request.path.split(separator: "/").last,
            let item = items.first(where: { $0.offeringID.text == id })
        else { return .status(404) }
        return .xml("<ServiceOffering><id>\(id)</id><name>\(item.offeringName)</name></ServiceOffering>")
    }

    @Test("section 12, 200 with partial failure: names that people chose are no verdict")
    func unpublishesByName() async throws {
        let outcomes = try await withCSA { request in
            request.method == "GET"
                ? Self.artifact(request)
                : Documents.messages(
                    " Unpublish Service Offering DB failed over 2 from category CRM succeeded.",
                    "Unpublish Service Offering Web from category Not found failed. Category doesn't exist.",
                    "Unpublish Service Offering DB failed over from category CRM succeeded.")
        } _: { (client, server) async throws in
            let outcomes = try await client.unpublish(Self.items, in: Documents.catalog)
            let post = try #require(server.calls.last)
            #expect(post.path == "/csa/rest/artifact/90cat/unpublish")
            #expect(server.calls.count { $0.method == "POST" } == 1)
            #expect(
                post.body.contains(
                    "<catalogItem><artifactContext><name>DB failed over</name></artifactContext><artifactContextType>"
                        + "<name>SERVICE_OFFERING</name><categoryType><name>ARTIFACT_TYPE</name></categoryType>"
                        + "</artifactContextType><category><name>CRM</name><categoryType><name>CATALOG_CATEGORY</name>"
                        + "</categoryType></category></catalogItem>"))
            return outcomes
        }
        #expect(outcomes.map(\.isSuccess) == [true, true, false])
        guard case .missing = outcomes[2] else {
            Issue.record("\(outcomes[2])")
            return
        }
    }

    @Test("section 12, offering renamed or retired: it is not guessed, nothing of it is sent")
    func sendsNoRenamedOffering() async throws {
        try await withCSA { request in
            if request.method == "POST" {
                return Documents.messages("Publish Service Offering Web to category Not found succeeded.")
            }
            if request.path.hasSuffix("/A") {
                return .xml("<ServiceOffering><id>A</id><name>New</name></ServiceOffering>")
            }
            return request.path.hasSuffix("/B") ? .status(404) : Self.artifact(request)
        } _: { (client, server) async throws in
            let outcomes = try await client.publish(Self.items, in: Documents.catalog)
            guard case .failed(let message) = outcomes[0], case .missing = outcomes[1] else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(message.contains("New") && outcomes[2].isSuccess)
            #expect(server.calls.last?.body.contains("DB failed over") == false)
        }
    }

    @Test func saysNothingOfWhatNoLineMentions() async throws {
        let outcomes = try await withCSA { request in
            request.method == "GET" ? Self.artifact(request) : .xml("<messageList/>")
        } _: { (client, _) async throws in
            try await client.publish(Self.items, in: Documents.catalog)
        }
        #expect(outcomes == [.unmentioned, .unmentioned, .unmentioned])
    }
}
