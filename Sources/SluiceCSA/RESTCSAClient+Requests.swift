internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts
internal import SluiceXML

/// One person's requests, approvals, subscriptions and instances (csa-api.md sections 2, 3 and 4.5).
///
/// CSA wants these asked by somebody of the same organization, so each is asked on that person's own behalf.
extension RESTCSAClient {
    /// CSA is asked for so much more than wanted, and the rest left out here: its query has no offset, so a doubled
    /// hour or a wrong `csa.timeZone` would hide requests.
    static let queryMargin = Duration.seconds(86_400)

    public func requests(of submitter: CSAUser, since start: Timestamp?) async throws -> [CSARequest] {
        var call = Call(
            path: "/rest/user/myrequest",
            query: [("detail", "basic"), ("submitter", submitter.userName), ("restrict", "false")], isListing: true)
        if let start {
            call.query.append(("submitStartDate", legacyDate(start.advanced(by: .zero - RESTCSAClient.queryMargin))))
        }
        let answer = try await found(call, "the person \(submitter.userName)", as: submitter)
        var requests: [CSARequest] = []
        for element in try list(answer, call, root: "ServiceRequestList", of: "ServiceRequest") {
            let id = try id(CSARequestID.self, element, call)
            let createdAt = time(element.text(at: "createdOn"))
            if let start, let createdAt, createdAt < start { continue }
            guard let state = try await requestState(element, id) else { continue }
            var request = CSARequest(
                id: id, name: element.text(at: "name") ?? id.text, state: state, submitter: submitter.userName)
            request.action = element.text(at: "requestedAction", "name")
            request.catalogID = (element.text(at: "catalogId") ?? element.text(at: "catalog", "id")).flatMap {
                CSACatalogID(checking: $0)
            }
            request.createdAt = createdAt
            requests.append(request)
        }
        return requests
    }

    /// By the listing, or by its id; nil when it went or was retired meanwhile.
    private func requestState(_ element: XMLElement, _ id: CSARequestID) async throws -> RequestState? {
        if let word = element.text(at: "requestState", "name") { return RequestState(word: word) }
        guard let artifact = try await artifactState(id.text), !artifact.isRetired else { return nil }
        guard let state = artifact.requestState else {
            throw CSAError(.unreadable, "CSA says no state of the request \(id)")
        }
        return state
    }

    public func approvals(for approver: CSAUser, in catalog: CSACatalogID) async throws -> [CSAApproval] {
        let call = Call(
            path: "/rest/catalog/\(RESTCSAClient.escape(catalog.text))/approval",
            query: [("approver", approver.userName), ("returnRetired", "false"), ("restrict", "false")], isListing: true
        )
        let answer = try await found(call, "the catalog \(catalog)", as: approver)
        return try list(answer, call, root: "ApprovalProcessList", of: "ApprovalProcess").map { element in
            var approval = CSAApproval(id: try id(CSAApprovalID.self, element, call), catalogID: catalog)
            let request = element.text(at: "approvalContext", "id") ?? element.text(at: "serviceRequest", "id")
            approval.requestID = request.flatMap { CSARequestID(checking: $0) }
            let word = element.text(at: "approvalResult", "name") ?? ""
            approval.decision = word.isEmpty || word.contains("PENDING") ? nil : ApprovalDecision(word: word)
            approval.createdAt = time(element.text(at: "createdOn"))
            return approval
        }
    }

    public func decide(
        _ approval: CSAApprovalID, in catalog: CSACatalogID, as approver: CSAUser, _ decision: ApprovalDecision
    ) async throws {
        let person = XMLElement(
            "person",
            children: [
                XMLElement("userName", text: approver.userName),
                PolicyCodec.word("organization", approver.organizationName),
            ])
        let body = XMLElement("Approver", children: [person, PolicyCodec.word("approverResult", decision.word)])
        let catalogPath = "/rest/catalog/\(RESTCSAClient.escape(catalog.text))"
        let call = Call(
            method: .PUT, path: "\(catalogPath)/approval/\(RESTCSAClient.escape(approval.text))/approver",
            body: ("application/xml", body.document()))
        _ = try await legacyChange(call, as: approver)
    }

    // MARK: Subscriptions and instances

    public func instances(of requestor: CSAUser) async throws -> [CSAInstance] {
        let call = Call(
            path: "/rest/user/myinstance", query: [("detail", "basic"), ("requestor", requestor.userName)],
            isListing: true)
        let answer = try await found(call, "the person \(requestor.userName)", as: requestor)
        return try list(answer, call, root: "ServiceInstanceList", of: "ServiceInstance").map { element in
            let id = try id(CSAInstanceID.self, element, call)
            let state = element.text(at: "serviceInstanceState", "name").map { CSAInstanceState(word: $0) }
            return CSAInstance(id: id, name: element.text(at: "name") ?? id.text, state: state)
        }
    }

    public func subscriptions(of requestor: CSAUser) async throws -> [CSASubscription] {
        switch configuration.switches.subscriptions {
        case .legacy: try await legacySubscriptions(of: requestor)
        case .mpp: try await portalSubscriptions(of: requestor)
        }
    }

    private func legacySubscriptions(of requestor: CSAUser) async throws -> [CSASubscription] {
        let call = Call(
            path: "/rest/user/mysubscription", query: [("detail", "basic"), ("requestor", requestor.userName)],
            isListing: true)
        let answer = try await found(call, "the person \(requestor.userName)", as: requestor)
        var subscriptions: [CSASubscription] = []
        for element in try list(answer, call, root: "ServiceSubscriptionList", of: "ServiceSubscription") {
            let id = try id(CSASubscriptionID.self, element, call)
            guard let word = element.text(at: "subscriptionStatus", "name") else {
                throw CSAError(.unreadable, "\(name(call)) answered the subscription \(id) without a status")
            }
            var subscription = CSASubscription(
                id: id, name: element.text(at: "name") ?? id.text, status: SubscriptionStatus(word: word))
            read(element, into: &subscription)
            // The listing has no dates; a subscription that is over needs none.
            if subscription.isOpen {
                let detail = Call(
                    path: "/rest/artifact/\(RESTCSAClient.escape(id.text))", query: [("detail", "standard")])
                guard let answer = try await legacyRead(detail, as: requestor) else { continue }
                read(try xml(answer, detail, roots: ["ServiceSubscription"]), into: &subscription)
            }
            subscriptions.append(subscription)
        }
        return subscriptions
    }

    /// Names of the elements with dates are not in the public text, only that there are a start and a stop date; each
    /// spelling that the words allow is looked for.
    private static let startNames = ["startDate", "subscriptionStartDate"]
    private static let endNames = ["endDate", "stopDate", "subscriptionEndDate", "subscriptionStopDate"]

    private func read(_ element: XMLElement, into subscription: inout CSASubscription) {
        subscription.instanceID =
            element.text(at: "serviceInstance", "id").flatMap { CSAInstanceID(checking: $0) } ?? subscription.instanceID
        subscription.startsAt = date(RESTCSAClient.startNames, in: element) ?? subscription.startsAt
        subscription.endsAt = date(RESTCSAClient.endNames, in: element) ?? subscription.endsAt
    }

    /// In the element itself or in a term or period of it; its offering has dates of its own.
    private func date(_ names: [String], in element: XMLElement) -> Timestamp? {
        let terms = element.children.filter {
            let name = $0.localName.lowercased()
            return name.hasSuffix("term") || name.hasSuffix("period")
        }
        for place in [element] + terms {
            for name in names {
                if let time = time(place.text(at: name)) { return time }
            }
        }
        return nil
    }

    /// With a token of the person's organization; the account must be a consumer administrator there.
    private func portalSubscriptions(of requestor: CSAUser) async throws -> [CSASubscription] {
        let tenant = requestor.organizationName
        let path = "/api/mpp/mpp-subscription"
        let call = Call(
            method: .POST, path: "\(path)/filter",
            query: [("page-size", String(RESTCSAClient.portalPageSize)), ("onBehalf", requestor.userName)],
            accept: "application/json", body: ("application/json", Array("{}".utf8)), isListing: true)
        let listed = try members(try await tokenRead(call, tenant: tenant), call)
        let total = listed.total ?? listed.members.count
        guard total <= listed.members.count, listed.members.count < RESTCSAClient.portalPageSize else {
            throw CSAError(
                .unreadable,
                "\(name(call)) lists \(listed.members.count) subscriptions of \(total): a part was left out")
        }
        var subscriptions: [CSASubscription] = []
        for member in listed.members {
            guard let id = member["id"]?.string.flatMap({ CSASubscriptionID(checking: $0) }),
                let word = member["status"]?.string ?? member["status"]?["name"]?.string
            else { throw CSAError(.unreadable, "\(name(call)) answered a subscription without id or status") }
            var subscription = CSASubscription(
                id: id, name: member["name"]?.string ?? id.text, status: SubscriptionStatus(word: word))
            if subscription.isOpen {
                let detail = Call(
                    path: "\(path)/\(RESTCSAClient.escape(id.text))", query: [("onBehalf", requestor.userName)],
                    accept: "application/json")
                let value: JSONValue
                do {
                    value = try json(try await tokenRead(detail, tenant: tenant), detail)
                } catch let error as CSAError where error.code == .missing {
                    continue
                }
                subscription.instanceID = value["instanceId"]?.string.flatMap { CSAInstanceID(checking: $0) }
                subscription.catalogID = value["catalogId"]?.string.flatMap { CSACatalogID(checking: $0) }
                // UTC, with milliseconds (csa-api.md 3.1).
                subscription.startsAt = value["startDate"]?.string.flatMap { Timestamp(rfc3339: $0) }
                subscription.endsAt = value["endDate"]?.string.flatMap { Timestamp(rfc3339: $0) }
            }
            subscriptions.append(subscription)
        }
        return subscriptions
    }

    /// The page that clients ask for; as many subscriptions may be a cut list.
    static let portalPageSize = 1000
}

extension CSASubscription {
    /// Whether something may still happen to it.
    fileprivate var isOpen: Bool {
        switch status {
        case .pending, .paused, .active, .other: true
        case .cancelled, .expired, .terminated: false
        }
    }
}
