/// `/csa/api` besides the portal's: organisations, persons with their counters, subscriptions (csa-api.md 3.3, 3.4).
extension CSAState {
    /// Basic auth with one of the accounts; `urest` wants a token besides.
    mutating func provider(_ request: SandboxRequest, _ rest: [String], at now: EpochMilliseconds) -> SandboxReply {
        if rest.first == "urest" { return urestReply(request, rest, at: now) }
        guard let account = logIn(request) else { return Self.unauthorized }
        switch (request.method, rest.first, rest.count) {
        case ("GET", "organization", 1):
            return Self.page(
                data.organizations.all.map { row in
                    [
                        "@self": .text("/csa/api/organization/\(row.id)"), "@type": "urn:x-hp:2012:software:cloud",
                        "name": .text(row.name),
                        "ext": ["csa_name_key": .text(row.name)],
                    ]
                }, request)
        case ("POST", "person", 3) where rest[1] == "organization": return persons(of: rest[2], request)
        case (_, "service", _): return serviceReply(request, Array(rest.dropFirst()), account, at: now)
        default: return .error(404, "no such address")
        }
    }

    /// The one proven answer to "what is pending, over all users"; sorted by user name, and paged.
    private func persons(of organizationID: String, _ request: SandboxRequest) -> SandboxReply {
        guard data.organizations[organizationID] != nil else { return .error(404, "no such organization") }
        var persons = data.persons.all.filter {
            $0.organizationID == organizationID && (!settings.listsLoggedInOnly || $0.hasLoggedIn)
        }
        let isDescending = request.query["sort"]?.hasSuffix(":descending") == true
        persons.sort { isDescending ? $1.userName < $0.userName : $0.userName < $1.userName }
        // Counted in one pass: an organisation may have thousands of persons.
        var requests: [String: Int64] = [:]
        for row in data.requests.all where !row.state.isFinal && !row.isRetired {
            requests[row.submitterID, default: 0] += 1
        }
        var subscriptions: [String: [CSASubscriptionStatus: Int64]] = [:]
        for row in data.subscriptions.all where !row.isRetired {
            subscriptions[row.personID, default: [:]][row.status, default: 0] += 1
        }
        return Self.page(
            persons.map { person in
                var counters: [String: LooseValue] = [
                    "csa_pending_request_count": .integer(requests[person.id] ?? 0)
                ]
                for status in CSASubscriptionStatus.allCases {
                    let name = "csa_\(status.rawValue.lowercased())_subscription_count"
                    counters[name] = .integer(subscriptions[person.id]?[status] ?? 0)
                }
                return [
                    "@self": .text("/csa/api/person/\(person.id)"), "userName": .text(person.userName),
                    "ext": .object(counters),
                ]
            }, request)
    }

    private mutating func serviceReply(
        _ request: SandboxRequest, _ rest: [String], _ account: CSAConfiguration.Account, at now: EpochMilliseconds
    ) -> SandboxReply {
        if rest.count == 4, rest[0] == "offering", rest[2] == "subscription", rest[3] == "filter",
            request.method == "POST"
        {
            return Self.page(
                data.subscriptions.all.filter { $0.offeringID == rest[1] && !$0.isRetired }.map(shown), request)
        }
        guard rest.count >= 2, rest[0] == "subscription", let row = data.subscriptions[rest[1]] else {
            return .error(404, "no such subscription")
        }
        switch (request.method, rest.count) {
        case ("GET", 2): return .json(200, shown(row))
        case ("POST", 3) where rest[2] == "resume":
            do {
                try resume(row.id, at: now)
            } catch {
                return .error(500, error.description)
            }
        case ("POST", 3) where rest[2] == "cancel":
            // A fresh cancel request, by the operator (PROVEN for a paused one).
            guard let person = data.persons.first(where: { $0.userName == account.user && isProvider($0) }) else {
                return .error(500, "the account is no person")
            }
            do {
                _ = try submit(CSASubmission(action: CSAAction.cancel, contextID: row.id), by: person, at: now)
            } catch {
                return .error(500, error.description)
            }
        default: return .error(404, "no such address")
        }
        advance(to: now)
        return .json(200, data.subscriptions[row.id].map(shown) ?? .null)
    }

    private func shown(_ row: CSASubscription) -> LooseValue {
        [
            "@self": .text("/csa/api/service/subscription/\(row.id)"), "name": .text(row.name),
            "ext": [
                "csa_service_instance_id": .text(orNull: row.instanceID),
                "csa_subscription_status": .text(row.status.rawValue),
            ],
        ]
    }

    /// PROVEN: address, basic auth with a token, 200, 400 and 403. The members are UNKNOWN: taken here are the
    /// portal's, with `objectId` and `catalogId`.
    private mutating func urestReply(
        _ request: SandboxRequest, _ rest: [String], at now: EpochMilliseconds
    ) -> SandboxReply {
        guard rest == ["urest", "v1.0.0", "serviceRequest"], request.method == "POST" else {
            return .error(404, "no such address")
        }
        guard logIn(request) != nil else { return Self.unauthorized }
        guard let person = portalPerson(request, at: now) else { return .error(403, "invalid user") }
        guard let members = try? SandboxCodec.decode(LooseValue.self, from: request.body),
            let objectID = members["objectId"]?.asText
        else { return .error(400, "invalid input") }
        let reply = submitReply(objectID, members["catalogId"]?.asText, members, by: person, at: now)
        return reply.status == 200 ? reply : .error(400, "invalid input")
    }
}
