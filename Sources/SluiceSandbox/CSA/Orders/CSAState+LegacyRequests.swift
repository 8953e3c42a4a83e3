/// Requests of the legacy API: `/catalog/{c}/request` and `/user` (csa-api.md sections 2 and 3.2).
extension CSAState {
    mutating func requestReply(_ catalog: CSACatalog, _ rest: [String], _ call: LegacyCall) -> LegacyReply {
        if rest.count == 1 {
            switch call.method {
            case "GET": return .list("ServiceRequestList", requests(call) { $0.catalogID == catalog.id })
            case "POST": return .catching { () throws(LegacyTrouble) in try submit(in: catalog, call) }
            default: return .notFound
            }
        }
        guard let request = data.requests[rest[1]], request.catalogID == catalog.id else { return .notFound }
        switch (call.method, rest.count) {
        case ("GET", 2): return .element(element(request, call))
        // A GET with an effect: a fence by method alone misses it (csa-api.md section 2).
        case ("GET", 3) where rest[2] == "cancel":
            do {
                try cancelRequest(request.id, at: call.now)
            } catch {
                return .failure(LegacyTrouble(error))
            }
            return .element(data.requests[request.id].map { element($0, call) } ?? element(request, call))
        case ("DELETE", 2):
            guard request.state.isFinal else { return .failure(LegacyTrouble(500, "the request is pending")) }
            data.requests.change(request.id) { $0.isRetired = true }
            return .messages(["Request retired."])
        default: return .notFound
        }
    }

    private mutating func submit(in catalog: CSACatalog, _ call: LegacyCall) throws(LegacyTrouble) -> CSAElement {
        let root = try call.body("ServiceRequest")
        guard let action = root.text(at: "requestedAction", "name"),
            let contextID = root.text(at: "artifactContext", "id")
        else { throw LegacyTrouble(500, "requestedAction and artifactContext are required") }
        var submission = CSASubmission(action: action, contextID: contextID, catalogID: catalog.id)
        submission.name = root.text(at: "displayName") ?? root.text(at: "name")
        for property in root.all("property") {
            guard let name = property.text(at: "name"), let value = property.text(at: "values", "value") else {
                continue
            }
            switch name {
            case "START_DATE": submission.startAt = try date(value)
            case "END_DATE": submission.endAt = try date(value)
            case "SERVICE_NAME": submission.name = value
            default: submission.fields[name] = value
            }
        }
        guard submission.fields.count <= CSALimits.propertyCountMax else {
            throw LegacyTrouble(500, "too many properties")
        }
        let id: String
        do {
            id = try submit(submission, by: call.person, at: call.now)
        } catch {
            throw LegacyTrouble(error)
        }
        advance(to: call.now)
        return data.requests[id].map { element($0, call) } ?? CSAElement("ServiceRequest", children: [])
    }

    private func date(_ text: String) throws(LegacyTrouble) -> EpochMilliseconds {
        guard let instant = CSATime.instant(text, offsetMinutes: settings.utcOffsetMinutes) else {
            throw LegacyTrouble(500, "\(text) is no date")
        }
        return instant
    }

    private func requests(_ call: LegacyCall, _ isWanted: (CSAServiceRequest) -> Bool) -> [CSAElement] {
        let retired = call.query["returnRetired"] == "true"
        let submitter = call.query["submitter"]
        return data.requests.all.filter { row in
            (retired || !row.isRetired) && isWanted(row)
                && (submitter.map { data.persons[row.submitterID]?.userName == $0 } ?? true)
        }.map { element($0, call) }
    }

    // MARK: `/user`

    mutating func userReply(_ call: LegacyCall) -> LegacyReply {
        let person = call.person
        switch (call.method, call.rest.dropFirst().joined(separator: "/")) {
        case ("GET", "myrequest"):
            return .catching { () throws(LegacyTrouble) in
                let submitter = try subject(call.query["submitter"], call)
                let span = try span("submit", call)
                return .list(
                    "ServiceRequestList",
                    requests(call) { $0.submitterID == submitter.id && span.contains($0.submittedAt) })
            }
        case ("GET", "mysubscription"), ("GET", "subscription"):
            return .catching { () throws(LegacyTrouble) in
                let requestor = try subject(call.query["requestor"], call)
                let span = try span("creation", call)
                let rows = data.subscriptions.all.filter {
                    $0.personID == requestor.id && !$0.isRetired && span.contains($0.createdAt)
                }
                return .list("ServiceSubscriptionList", rows.map(element))
            }
        // List instances for user: as long as a subscription is not retired its instance is listed.
        case ("GET", "myinstance"):
            return .catching { () throws(LegacyTrouble) in
                guard let name = call.query["requestor"] else { throw LegacyTrouble(500, "requestor is required") }
                let requestor = try subject(name, call)
                let span = try span("creation", call)
                let rows = data.instances.all.filter { row in
                    guard let subscription = data.subscriptions[row.subscriptionID] else { return false }
                    return subscription.personID == requestor.id && !subscription.isRetired
                        && span.contains(subscription.createdAt)
                }
                return .list("ServiceInstanceList", rows.map(element))
            }
        case ("GET", "request/count"):
            return counts(data.requests.all.filter { $0.submitterID == person.id }.map(\.state.rawValue))
        case ("GET", "approval/count"):
            return counts(
                data.approvals.all.filter { $0.copied.details.approvers.contains(person.userName) }
                    .map(\.result.rawValue))
        case ("GET", "subscription/count"):
            return counts(data.subscriptions.all.filter { $0.personID == person.id }.map(\.status.rawValue))
        case ("POST", "multipleRequest/cancel"):
            do {
                let root = try call.body("ServiceRequestList")
                let ids = root.all("ServiceRequest").compactMap { $0.text(at: "id") }
                return .messages(ids.map { cancelOne($0, at: call.now) })
            } catch {
                return .failure(error)
            }
        default: return .notFound
        }
    }

    /// Whom a list is about; nil: the caller. PROVEN: it must be somebody of the caller's organisation. The code is a
    /// choice.
    private func subject(_ name: String?, _ call: LegacyCall) throws(LegacyTrouble) -> CSAPerson {
        guard let name, name != call.person.userName else { return call.person }
        let organizationID = call.person.organizationID
        guard let person = data.persons.first(where: { $0.organizationID == organizationID && $0.userName == name })
        else { throw LegacyTrouble(401, "not authorized: \(name) is not of the organization") }
        return person
    }

    /// From `…StartDate` to before `…EndDate`. PROVEN: dates of legacy queries are in the server's time zone.
    private func span(_ name: String, _ call: LegacyCall) throws(LegacyTrouble) -> Range<EpochMilliseconds> {
        let from = try call.query["\(name)StartDate"].map { text throws(LegacyTrouble) in try date(text) } ?? .min
        let to = try call.query["\(name)EndDate"].map { text throws(LegacyTrouble) in try date(text) } ?? .max
        return from..<max(from, to)
    }

    private mutating func cancelOne(_ id: String, at now: EpochMilliseconds) -> String {
        do {
            try cancelRequest(id, at: now)
            return "Cancelled request with id \(id)"
        } catch {
            return "Failed to cancel request with id \(id): \(error.description)"
        }
    }

    private func counts(_ states: [String]) -> LegacyReply {
        var numbers: [(String, Int64)] = []
        for state in states {
            if let index = numbers.firstIndex(where: { $0.0 == state }) {
                numbers[index].1 += 1
            } else {
                numbers.append((state, 1))
            }
        }
        return .element(
            CSAElement(
                "countList",
                children: numbers.map {
                    CSAElement(
                        "entry", children: [CSAElement("name", text: $0.0), CSAElement("count", .integer($0.1))],
                        isRepeated: true)
                }))
    }

    // MARK: Documents

    func element(_ request: CSAServiceRequest, _ call: LegacyCall) -> CSAElement {
        var children = [
            CSAElement("id", text: request.id), CSAElement("objectId", text: request.id),
            CSAElement("name", text: request.name), CSAElement("displayName", text: request.name),
            CSAElement("state", category: request.isRetired ? "RETIRED" : "ACTIVE", of: "ARTIFACT_STATE"),
            CSAElement("requestState", category: request.state.rawValue, of: "SERVICE_REQUEST_STATE"),
            CSAElement("requestedAction", category: request.action, of: "REQUESTED_ACTION"),
            CSAElement(
                "submitter",
                children: [
                    CSAElement("id", text: request.submitterID),
                    CSAElement("userName", text: data.persons[request.submitterID]?.userName ?? ""),
                ]),
            CSAElement("serviceOffering", children: [CSAElement("id", text: request.offeringID)]),
            CSAElement("serviceSubscription", children: [CSAElement("id", text: request.subscriptionID)]),
        ]
        if let id = request.approvalID {
            children.append(CSAElement("approvalProcess", children: [CSAElement("id", text: id)]))
        }
        if let isSuccess = request.isSuccess {
            children.append(
                CSAElement("status", category: isSuccess ? "SUCCESS" : "FAILURE", of: "SERVICE_REQUEST_STATUS"))
        }
        if !isRestricted(call) {
            let offset = settings.utcOffsetMinutes
            children += [
                CSAElement("createdOn", text: CSATime.text(request.submittedAt, offsetMinutes: offset)),
                CSAElement("updatedOn", text: CSATime.text(request.changedAt, offsetMinutes: offset)),
            ]
        }
        return CSAElement("ServiceRequest", children: children)
    }

    func element(_ subscription: CSASubscription) -> CSAElement {
        let offset = settings.utcOffsetMinutes
        var children = [
            CSAElement("id", text: subscription.id), CSAElement("objectId", text: subscription.id),
            CSAElement("name", text: subscription.name), CSAElement("displayName", text: subscription.name),
            CSAElement("state", category: subscription.isRetired ? "RETIRED" : "ACTIVE", of: "ARTIFACT_STATE"),
            CSAElement("subscriptionStatus", category: subscription.status.rawValue, of: "SUBSCRIPTION_STATUS"),
            CSAElement("serviceOffering", children: [CSAElement("id", text: subscription.offeringID)]),
            CSAElement("initiatingServiceRequest", children: [CSAElement("id", text: subscription.requestID)]),
            CSAElement("startDate", text: CSATime.text(subscription.startAt, offsetMinutes: offset)),
        ]
        if let endAt = subscription.endAt {
            children.append(CSAElement("endDate", text: CSATime.text(endAt, offsetMinutes: offset)))
        }
        if let id = subscription.instanceID {
            children.append(CSAElement("serviceInstance", children: [CSAElement("id", text: id)]))
        }
        return CSAElement("ServiceSubscription", children: children)
    }

    /// The vendor's example has a name that ends in the time it was made (List instances for user).
    func element(_ instance: CSAInstance) -> CSAElement {
        let subscription = data.subscriptions[instance.subscriptionID]
        let name = subscription?.name ?? instance.id
        return CSAElement(
            "ServiceInstance",
            children: [
                CSAElement("id", text: instance.id), CSAElement("objectId", text: instance.id),
                CSAElement("name", text: "\(name)_\(CSATime.text(subscription?.createdAt ?? 0))"),
                CSAElement("displayName", text: name),
                CSAElement(
                    "state", category: subscription?.isRetired == true ? "RETIRED" : "ACTIVE", of: "ARTIFACT_STATE"),
                CSAElement("serviceInstanceState", category: instance.state.rawValue, of: "SERVICE_INSTANCE_STATE"),
                CSAElement("serviceSubscription", children: [CSAElement("id", text: instance.subscriptionID)]),
                CSAElement(
                    "serviceComponent", children: [CSAElement("id", text: instance.componentID)], isRepeated: true),
            ])
    }
}
