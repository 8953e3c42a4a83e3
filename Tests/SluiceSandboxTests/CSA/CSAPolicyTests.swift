import Testing

@testable import SluiceSandbox

/// Approval policies, and what they make of requests.
@Suite struct CSAPolicyTests {
    private let named =
        "<NamedApproverApprovalTemplate><displayName>P</displayName>%A<minApprovalRequired>0</minApprovalRequired>"
        + "<automaticApproval>false</automaticApproval><automaticPeriodDuration>0</automaticPeriodDuration>"
        + "<automaticApprovalDecision><name>REJECTED</name></automaticApprovalDecision></NamedApproverApprovalTemplate>"

    private func body(_ approvers: String...) -> String {
        named.replacing("%A", with: approvers.map { "<approver><userName>\($0)</userName></approver>" }.joined())
    }

    @Test func listsAllFourKinds() throws {
        let bench = try CSABench { seed in
            var group = CSASeed.Policy("Group", kind: .group, of: "CONSUMER", id: "group")
            group.group = "cn=x"
            seed.policies?.append(group)
        }
        let list = bench.element("/organization/org/approvalPolicy")
        #expect(list.name == "ApprovalPolicyList")
        #expect(
            list.children.map(\.name).sorted() == [
                "DelegatedApprovalTemplate", "NamedApproverApprovalTemplate", "NamedApproverApprovalTemplate",
                "NamedGroupApprovalTemplate", "UserContextApprovalTemplate",
            ])
        let auto = try #require(list.children.first { $0.text(at: "id") == "auto" })
        #expect(auto.text(at: "automaticApproval") == "true")
        #expect(auto.text(at: "automaticPeriodDuration") == "0")
        #expect(auto.text(at: "automaticApprovalDecision", "name") == "APPROVED")
    }

    @Test func putReplacesAndNormalises() throws {
        let bench = try CSABench()
        let path = "/organization/org/approvalPolicy/auto"
        let full = ["restrict": "false"]
        let before = bench.element(path, query: full)
        let after = bench.rest("PUT", path, body("x", "y"), query: full).element
        #expect(after.all("approver").compactMap { $0.text(at: "userName") } == ["x", "y"])
        #expect(after.text(at: "minApprovalRequired") == "1", "0 was sent")
        #expect(after.text(at: "automaticApproval") == "false")
        #expect(after.text(at: "automaticApprovalDecision", "name") == "REJECTED", "kept although it is not automatic")
        #expect(after.text(at: "name") == before.text(at: "name"))
        #expect(after.text(at: "displayName") == "P")
        let times = [before, after].compactMap { $0.text(at: "updatedOn") }
        #expect(times.count == 2 && times[0] < times[1])
        // What a GET gave can be put back.
        var whole = String(decoding: XMLTreeWriter.write(before), as: UTF8.self)
        #expect(bench.rest("PUT", path, whole).status == 200)
        #expect(bench.state.data.policies["auto"]?.details.isAutomatic == true)
        bench.state.data.settings.takesWholeBodies = false
        whole = whole.replacing("Auto", with: "Auto2")
        #expect(bench.rest("PUT", path, whole).status == 500)
    }

    @Test func hidesDatesWhenRestricted() throws {
        let bench = try CSABench()
        let path = "/organization/org/approvalPolicy/auto"
        #expect(bench.element(path).first("updatedOn") == nil)
        #expect(bench.element(path, query: ["restrict": "true"]).first("updatedOn") == nil)
        #expect(bench.element(path, query: ["restrict": "false"]).first("updatedOn") != nil)
        bench.state.data.settings.version = .v400
        bench.state.data.settings.utcOffsetMinutes = -480
        #expect(bench.element(path).text(at: "updatedOn") == "2026-11-30T16:00:00.000-08:00")
    }

    /// Root and content of a PUT.
    @Test(arguments: [
        ("NamedApprover", ""),
        ("NamedApprover", "<displayName>x</displayName><automaticApproval>true</automaticApproval>"),
        ("NamedApprover", "<displayName>x</displayName><automaticPeriodDuration>366</automaticPeriodDuration>"),
        ("NamedApprover", "<displayName>x</displayName><minApprovalRequired>1</minApprovalRequired>"),
        ("NamedApprover", "<displayName>x</displayName><minApprovalRequired>one</minApprovalRequired>"),
        ("NamedApprover", "<displayName>x</displayName><automaticApproval>yes</automaticApproval>"),
        ("UserContext", "<displayName>x</displayName>"), ("Delegated", "<displayName>x</displayName>"),
        ("NamedGroup", "<displayName>x</displayName>"), ("Other", "<displayName>x</displayName>"),
        ("NamedApprover", "<displayName>"),
    ])
    func refusesWrongPolicies(root: String, content: String) throws {
        let bench = try CSABench()
        let before = bench.state.data.policies["auto"]
        let body = "<\(root)ApprovalTemplate>\(content)</\(root)ApprovalTemplate>"
        #expect(bench.rest("PUT", "/organization/org/approvalPolicy/auto", body).status == 500)
        #expect(bench.state.data.policies["auto"] == before)
    }

    @Test(arguments: ["", "{}", "<!DOCTYPE x [<!ENTITY a \"b\">]><NamedApproverApprovalTemplate/>"])
    func refusesWhatIsNoPolicy(body: String) throws {
        let bench = try CSABench()
        let before = bench.state.data.policies["auto"]
        #expect(bench.rest("PUT", "/organization/org/approvalPolicy/auto", body).status == 500)
        #expect(bench.state.data.policies["auto"] == before)
    }

    @Test func onlyTheProvidersPeopleChange() throws {
        let bench = try CSABench()
        let path = "/organization/org/approvalPolicy"
        #expect(bench.rest("PUT", path + "/auto", body("x"), as: "ann").status == 401)
        #expect(bench.rest("POST", path, body("x"), as: "ann").status == 401)
        #expect(bench.rest("DELETE", path + "/auto", as: "ann").status == 401)
        let made = bench.rest("POST", path, body("x")).element
        #expect(made.text(at: "displayName") == "P")
        #expect(bench.rest("DELETE", path + "/" + (made.text(at: "id") ?? "")).status == 200)
        #expect(bench.rest("GET", path + "/" + (made.text(at: "id") ?? "")).status == 404)
        bench.state.data.settings.changesNeedProvider = false
        #expect(bench.rest("PUT", path + "/auto", body("x"), as: "ann").status == 200)
    }

    // MARK: Requests meeting policies

    /// Policy, request's state at once, and whether OO was asked for an approval.
    @Test(arguments: [
        ("auto", CSARequestState.completed, []), ("manual", .pendingApproval, []), ("timed", .pendingApproval, []),
        ("delegated", .pendingApproval, ["f-approve"]),
    ])
    func requestsMeetTheirPolicy(policy: String, state: CSARequestState, flows: [String]) throws {
        let bench = try CSABench.assigned(policy)
        let id = try bench.order()
        #expect(bench.requestState(id) == state)
        if state == .pendingApproval { #expect(bench.launch().map(\.flowID) == flows) }
        #expect(bench.subscription(id)?.status == .pending)
    }

    @Test func cancellingNeverAsksForApproval() throws {
        let bench = try CSABench.assigned("auto")
        let id = try bench.order()
        bench.work()
        _ = try bench.assign("manual")
        let subscription = try #require(bench.subscription(id)).id
        let modify = try bench.order("MODIFY_SUBSCRIPTION", subscription)
        #expect(bench.requestState(modify) == .pendingApproval)
        #expect(bench.rest("GET", "/catalog/main/request/\(modify)/cancel").status == 200)
        #expect(bench.requestState(modify) == .cancelled)
        #expect(bench.subscription(id)?.status == .active, "the subscription stays as it was")
        let cancel = try bench.order("CANCEL_SUBSCRIPTION", subscription)
        #expect(bench.requestState(cancel) == .completed)
        #expect(bench.instance(id)?.state == .cancelling)
    }

    @Test(arguments: [(true, CSARequestState.completed), (false, .pendingApproval)])
    func aManualPolicyWithoutApproverIsATrap(isTrap: Bool, state: CSARequestState) throws {
        var settings = CSASettings()
        settings.completesWithoutApprover = isTrap
        let bench = try CSABench.assigned("manual", settings: settings)
        #expect(bench.rest("PUT", "/organization/org/approvalPolicy/manual", body()).status == 200)
        #expect(bench.requestState(try bench.order()) == state)
    }

    @Test(arguments: [("APPROVED", CSARequestState.completed), ("REJECTED", .rejected)])
    func approversDecide(result: String, state: CSARequestState) throws {
        let bench = try CSABench.assigned("manual")
        let id = try bench.order()
        let path = "/catalog/main/approval/\(bench.approval(id)?.id ?? "")"
        func vote(_ user: String) -> Int {
            bench.rest(
                "PUT", path + "/approver",
                "<Approver><person><userName>\(user)</userName><organization><name>CONSUMER</name></organization>"
                    + "</person><approverResult><name>\(result)</name></approverResult></Approver>"
            ).status
        }
        #expect(vote("ann") == 401)
        let outside = "<ApprovalProcess><approvalResult><name>\(result)</name></approvalResult></ApprovalProcess>"
        #expect(bench.rest("PUT", path, outside).status == 500, "only delegated ones")
        #expect(vote("boss") == 200)
        #expect(bench.requestState(id) == state)
        #expect(vote("boss") == 500, "decided once")
        #expect(bench.rest("GET", "/catalog/main/request/\(id)/cancel").status == 500, "only while it is pending")
        #expect(bench.element(path).text(at: "approvalResult", "name") == result)
    }

    @Test func asManyApproversAsThePolicySays() throws {
        let bench = try CSABench.assigned("manual") {
            $0.policies?[1].approvers = ["boss", "ann"]; $0.policies?[1].minApprovalRequired = 2
        }
        let id = try bench.order()
        func vote(_ user: String) {
            _ = bench.rest(
                "PUT", "/catalog/main/approval/\(bench.approval(id)?.id ?? "")/approver",
                "<Approver><person><userName>\(user)</userName></person><approverResult><name>APPROVED</name>"
                    + "</approverResult></Approver>")
        }
        vote("boss")
        vote("boss")
        #expect(bench.requestState(id) == .pendingApproval)
        vote("ann")
        #expect(bench.requestState(id) == .completed)
    }

    @Test func delegatedApprovalsAreDecidedOutside() throws {
        let bench = try CSABench.assigned("delegated")
        let id = try bench.order()
        let approval = try #require(bench.approval(id))
        let launch = try #require(bench.launch().first)
        #expect(launch.inputs["CSA_CONTEXT_ID"] == approval.id)
        let body = "<ApprovalProcess><approvalResult><name>APPROVED</name></approvalResult></ApprovalProcess>"
        #expect(bench.rest("PUT", "/catalog/main/approval/\(approval.id)", body).status == 200)
        #expect(bench.requestState(id) == .completed)
        #expect(bench.callBack(launch.processID) == 200, "its flow may still end")
    }

    /// What becomes of its flow, and of the request.
    @Test(arguments: [
        ("COMPLETED", CSARequestState.completed), ("ERROR", .rejected), ("refused", .pendingApproval),
        ("unanswered", .pendingApproval),
    ])
    func theFlowOfADelegatedPolicyDecides(end: String, state: CSARequestState) throws {
        let bench = try CSABench.assigned("delegated")
        let id = try bench.order()
        switch end {
        case "refused": bench.launch(.refused(status: 503))
        case "unanswered": bench.launch(.unanswered)
        default: bench.callBack(try #require(bench.launch().first).processID, end)
        }
        #expect(bench.requestState(id) == state)
    }

    /// The flip while an order waits for its timer, and the way back: what each switch makes of it.
    @Test(arguments: [
        (CSASettings.Timers.copied, CSARequestState.completed, CSARequestState.completed),
        (.referenced, .pendingApproval, .pendingApproval), (.reevaluated, .pendingApproval, .completed),
    ])
    func timersAfterAFlip(timers: CSASettings.Timers, flipped: CSARequestState, back: CSARequestState) throws {
        var settings = CSASettings()
        settings.timers = timers
        let bench = try CSABench.assigned("timed", settings: settings)
        let path = "/organization/org/approvalPolicy/timed"
        let before = String(decoding: XMLTreeWriter.write(bench.element(path)), as: UTF8.self)
        let id = try bench.order()
        bench.pass(86_400_000)
        let manual = before.replacing("<automaticApproval>true", with: "<automaticApproval>false")
        #expect(manual != before && bench.rest("PUT", path, manual).status == 200)
        bench.pass(5 * 86_400_000)
        #expect(bench.requestState(id) == flipped)
        #expect(bench.rest("PUT", path, before).status == 200)
        #expect(bench.requestState(id) == back)
    }

    @Test func timersFireAfterTheirDays() throws {
        let bench = try CSABench.assigned("timed")
        let id = try bench.order()
        bench.pass(5 * 86_400_000 - 1)
        #expect(bench.requestState(id) == .pendingApproval)
        bench.pass(1)
        #expect(bench.requestState(id) == .completed)
    }
}
