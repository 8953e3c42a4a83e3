import Testing

@testable import SluiceSandbox

/// Which policy an offering has, and publishing it.
@Suite struct CSAAssignmentTests {
    /// Release, and what each word of the address answers.
    @Test(arguments: [(CSASettings.Version.v400, 200, 404), (.v490, 404, 200)])
    func theWordDependsOnTheRelease(version: CSASettings.Version, old: Int, new: Int) throws {
        var settings = CSASettings()
        settings.version = version
        let bench = try CSABench(settings: settings)
        let empty = "<ServiceOfferingList></ServiceOfferingList>"
        #expect(bench.rest("POST", "/catalog/main/policy/manual/setSOApprovalPolicy", empty).status == old)
        #expect(bench.rest("POST", "/catalog/main/policy/manual/setCatalogSOApprovalPolicy", empty).status == new)
    }

    @Test func answersEachItemOfAnAssignment() throws {
        let bench = try CSABench()
        let texts = try bench.assign("manual", to: "server", "12345", "open")
        #expect(
            texts == [
                "Updated approval policy of action of ORDER for service offering with id server",
                "Updated approval policy of action of MODIFY_SUBCRIPTION for service offering with id server",
                "Failed to set approval policy for service offering with id 12345. The service offering is not found.",
                "Failed to set approval policy for service offering with id open. The service offering is not found.",
            ])
        #expect(bench.requestState(try bench.order()) == .pendingApproval)
        let shared = bench.rest(
            "POST", "/catalog/\(CSACatalog.sharedID)/policy/manual/setCatalogSOApprovalPolicy",
            "<ServiceOfferingList><ServiceOffering><id>open</id></ServiceOffering></ServiceOfferingList>")
        #expect(shared.status == 200)
        #expect(shared.messages.allSatisfy { $0.hasPrefix("Failed") } && shared.messages.count == 1)
        #expect(bench.requestState(try bench.order("ORDER", "open")) == .completed)
    }

    @Test func showsAssignmentsAsTheSwitchSays() throws {
        let bench = try CSABench.assigned("manual")
        func ids() -> [String] {
            bench.element("/catalog/main/offering/server", query: ["detail": "standard"]).all("approvalPolicy")
                .compactMap {
                    [$0.text(at: "id"), $0.text(at: "requestedAction", "name")].compactMap(\.self).joined(
                        separator: " ")
                }
        }
        #expect(ids() == ["manual ORDER", "manual MODIFY_SUBSCRIPTION"])
        bench.state.data.settings.assignmentEcho = .order
        #expect(ids() == ["manual"])
        bench.state.data.settings.assignmentEcho = .none
        #expect(ids() == [])
    }

    /// Every offering is listed, and whether it has a policy is told to whoever asks.
    @Test func tellsWhetherThereIsAnApproval() throws {
        let bench = try CSABench.assigned("manual") {
            $0.offerings?.append(.init("Free", publications: [.init("Main", "CRM")], id: "free"))
        }
        func flags(_ asks: String?) -> [String?] {
            bench.element("/catalog/main/offering", query: asks.map { ["hasApproval": $0] } ?? [:])
                .all("ServiceOffering").map { $0.text(at: "hasApproval") }
        }
        #expect(flags("true") == ["true", "false"])
        #expect(flags("false") == [nil, nil] && flags(nil) == [nil, nil])
        bench.state.data.settings.approvalFlag = .attribute
        #expect(flags("true") == [nil, nil])
        let text = bench.rest("GET", "/catalog/main/offering", query: ["hasApproval": "true"]).text
        #expect(text.contains("<ServiceOffering hasApproval=\"true\"><id>server</id>"))
        #expect(text.contains("<ServiceOffering hasApproval=\"false\"><id>free</id>"))
    }

    @Test func publishesTheOneOfThatNameThatIsMeant() throws {
        let bench = try CSABench { $0.offerings?.append(.init("Server", publications: [], id: "other")) }
        let item =
            "<CatalogItems><catalogItem><artifactContext><name>Server</name></artifactContext>"
            + "<category><name>CRM</name></category></catalogItem></CatalogItems>"
        func send(_ verb: String) -> String? { bench.rest("POST", "/artifact/main/\(verb)", item).messages.first }
        #expect(send("publish") == "Publish Service Offering Server to category CRM succeeded.")
        #expect(bench.element("/catalog/main/offering").text(at: "count") == "2")
        for _ in 0..<2 {
            #expect(send("unpublish") == "Unpublish Service Offering Server from category CRM succeeded.")
        }
        #expect(send("unpublish")?.hasSuffix("failed. Service Offering is not published.") == true)
    }

    @Test func aCatalogsOwnPolicyIsOfItemsWithoutOne() throws {
        let bench = try CSABench()
        let path = "/catalog/main/policy/manual/setCatalogApprovalPolicy"
        #expect(bench.rest("POST", path, "").messages == ["Updated approval policy of the catalog."])
        #expect(bench.requestState(try bench.order()) == .pendingApproval)
        #expect(try bench.assign("auto").count == 2)
        #expect(bench.requestState(try bench.order()) == .completed)
    }

    @Test func publishesByNameAndForgetsThePolicy() throws {
        let bench = try CSABench.assigned("manual")
        func publish(_ word: String, _ name: String, _ category: String) -> [String] {
            bench.rest(
                "POST", "/artifact/main/\(word)",
                "<CatalogItems><catalogItem><artifactContext><name>\(name)</name></artifactContext>"
                    + "<category><name>\(category)</name></category></catalogItem></CatalogItems>"
            ).messages
        }
        #expect(
            publish("unpublish", "Server", "HR") == [
                "Unpublish Service Offering Server from category HR failed. Category doesn't exist."
            ])
        #expect(publish("unpublish", "Nobody", "CRM")[0].contains("failed"))
        #expect(
            publish("unpublish", "Server", "CRM") == ["Unpublish Service Offering Server from category CRM succeeded."])
        #expect(throws: CSARefusal.self) { try bench.order() }
        #expect(publish("publish", "Server", "CRM")[0].contains("succeeded"))
        #expect(publish("publish", "Server", "CRM")[0].contains("failed"))
        #expect(bench.requestState(try bench.order()) == .completed, "No Approval after publishing")
    }
}
