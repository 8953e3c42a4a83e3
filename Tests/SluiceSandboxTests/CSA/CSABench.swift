import FoundationEssentials
import Testing

@testable import SluiceSandbox

/// A CSA state with a hand-moved time, a catalogue, and short ways to ask it.
final class CSABench {
    var state: CSAState
    /// 2026-12-01T00:00:00Z
    var now: EpochMilliseconds = 1_796_083_200_000

    init(settings: CSASettings = .init(), _ change: (inout CSASeed) -> Void = { _ in }) throws {
        var configuration = CSAConfiguration()
        configuration.settings = settings
        configuration.settings.ooURL = "http://oo"
        configuration.idSeed = 7
        var seed = Self.seed
        change(&seed)
        configuration.seed = seed
        state = try CSAState(configuration: configuration, idSeed: 7, at: now)
    }

    static var seed: CSASeed {
        var seed = CSASeed()
        seed.organizations = [.init("CONSUMER", id: "org")]
        seed.persons = [
            .init("ann", of: "CONSUMER", password: "pw", id: "ann"), .init("boss", of: "CONSUMER", id: "boss"),
        ]
        var auto = CSASeed.Policy("Auto", kind: .named, of: "CONSUMER", id: "auto")
        auto.approvers = ["boss"]
        auto.automaticApproval = true
        auto.automaticApprovalDecision = "APPROVED"
        var manual = CSASeed.Policy("Manual", kind: .named, of: "CONSUMER", id: "manual")
        manual.approvers = ["boss"]
        var timed = CSASeed.Policy("Timed", kind: .userContext, of: "CONSUMER", id: "timed")
        timed.automaticApproval = true
        timed.automaticPeriodDuration = 5
        timed.automaticApprovalDecision = "APPROVED"
        var delegated = CSASeed.Policy("Delegated", kind: .delegated, of: "CONSUMER", id: "delegated")
        delegated.process = "f-approve"
        seed.policies = [auto, manual, timed, delegated]
        seed.catalogs = [
            .init("Main", of: "CONSUMER", categories: ["CRM"], id: "main"),
            .init("Shared", of: nil, categories: ["ALL"]),
        ]
        let flows = [
            "initialize": "f-init", "reserve": "f-reserve", "deploy": "f-deploy", "modify": "f-modify",
            "undeploy": "f-undeploy", "unreserve": "f-unreserve", "operation:RESTART": "f-restart",
        ]
        seed.offerings = [
            .init("Server", flows: flows, publications: [.init("Main", "CRM")], id: "server"),
            .init("Open", flows: flows, publications: [.init("Shared", "ALL")], id: "open"),
        ]
        return seed
    }

    /// With that policy for the offering's ORDER and MODIFY.
    static func assigned(_ policy: String, settings: CSASettings = .init()) throws -> CSABench {
        try CSABench(settings: settings) {
            $0.offerings?[0].publications = [
                .init("Main", "CRM", policies: ["ORDER": policy, "MODIFY_SUBSCRIPTION": policy])
            ]
        }
    }

    static func basic(_ user: String = "admin", _ password: String = "sandbox") -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    var admin: String { state.data.persons.first { $0.userName == "admin" }?.id ?? "" }

    func send(
        _ method: String, _ path: String, _ body: String = "", query: [String: String] = [:],
        authorization: String? = CSABench.basic(), token: String? = nil, accept: String? = nil,
        contentType: String? = nil, hasSlash: Bool = false
    ) -> SandboxReply {
        var request = SandboxRequest(method: method, path: path, query: query)
        request.authorization = authorization
        request.authToken = token
        request.accept = accept
        request.contentType = contentType
        request.hasTrailingSlash = hasSlash
        request.body = Array(body.utf8)
        return state.handle(request, at: now).reply
    }

    /// A legacy call as `admin`, or as another person.
    func rest(
        _ method: String, _ path: String, _ body: String = "", query: [String: String] = [:], as person: String? = nil
    ) -> SandboxReply {
        let all = query.merging(["userIdentifier": person ?? admin]) { $1 }
        return send(method, "/csa/rest" + path, body, query: all)
    }

    /// The root of a legacy call's answer.
    func element(_ path: String, query: [String: String] = [:]) -> CSAElement {
        rest("GET", path, query: query).element
    }

    /// Submits as Ann, past HTTP. - Returns: The request's id.
    func order(
        _ action: String = "ORDER", _ context: String = "server", subscription: String? = nil,
        startAt: EpochMilliseconds? = nil, endAt: EpochMilliseconds? = nil
    ) throws -> String {
        var submission = CSASubmission(action: action, contextID: context)
        submission.subscriptionID = subscription
        submission.startAt = startAt
        submission.endAt = endAt
        let person = try #require(state.data.persons["ann"])
        let id = try state.submit(submission, by: person, at: now)
        state.advance(to: now)
        return id
    }

    func pass(_ milliseconds: Int64) {
        now += milliseconds
        state.advance(to: now)
    }

    /// Answers every launch that is due as OO would. - Returns: The flows.
    @discardableResult
    func launch(_ answer: CSALaunch.Answer = .accepted(executionID: "9")) -> [CSALaunch] {
        let launches = state.takeLaunches()
        for launch in launches { state.launchAnswered(launch.processID, answer, at: now) }
        return launches
    }

    /// OO's callback. - Returns: The status.
    @discardableResult
    func callBack(_ processID: String, _ state: String = "COMPLETED", _ code: String = "SUCCESS") -> Int {
        rest(
            "PUT", "/processinstances/\(processID)",
            "<ProcessInstance><id>\(processID)</id><processInstanceState><name>\(state)</name></processInstanceState>"
                + "<processReturnCode><name>\(code)</name></processReturnCode></ProcessInstance>",
            query: ["scope": "view", "view": "processinstancestate", "action": "merge"]
        ).status
    }

    /// Launches, lets everything call back well, and passes the gaps, until nothing is launched any more.
    /// - Returns: The flows in order.
    @discardableResult
    func work() -> [String] {
        var flows: [String] = []
        for _ in 0..<20 {
            let launches = launch()
            for launch in launches {
                flows.append(launch.flowID)
                callBack(launch.processID)
            }
            pass(state.settings.gapMilliseconds)
            if launches.isEmpty, state.dueLaunches.isEmpty { break }
        }
        return flows
    }

    func requestState(_ id: String) -> CSARequestState? { state.data.requests[id]?.state }
    func subscription(_ requestID: String) -> CSASubscription? {
        state.data.subscriptions[state.data.requests[requestID]?.subscriptionID]
    }
    func instance(_ requestID: String) -> CSAInstance? { state.data.instances[subscription(requestID)?.instanceID] }
    func approval(_ requestID: String) -> CSAApproval? {
        state.data.approvals[state.data.requests[requestID]?.approvalID]
    }
}

extension CSABench {
    static func assigned(_ policy: String, _ change: (inout CSASeed) -> Void) throws -> CSABench {
        try CSABench { seed in
            change(&seed)
            seed.offerings?[0].publications = [.init("Main", "CRM", policies: ["ORDER": policy])]
        }
    }

    /// Assigns over HTTP. - Returns: The messages.
    func assign(_ policy: String, to ids: String...) throws -> [String] {
        let items = (ids.isEmpty ? ["server"] : ids).map { "<ServiceOffering><id>\($0)</id></ServiceOffering>" }
        let reply = rest(
            "POST", "/catalog/main/policy/\(policy)/setCatalogSOApprovalPolicy",
            "<ServiceOfferingList>\(items.joined())</ServiceOfferingList>")
        #expect(reply.status == 200)
        return reply.messages
    }
}

extension SandboxReply {
    /// The root of its XML; an element named "none" when it is none.
    var element: CSAElement { (try? XMLTreeReader.read(body)) ?? CSAElement("none", children: []) }
    var messages: [String] { element.all("messages").map(\.text) }
}
