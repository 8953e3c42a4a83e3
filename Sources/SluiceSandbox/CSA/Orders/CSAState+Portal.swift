/// `/csa/api/mpp`: what the Marketplace Portal uses (csa-api.md 3.1). All of it is the token's person's own.
extension CSAState {
    mutating func consumption(
        _ request: SandboxRequest, _ rest: [String], at now: EpochMilliseconds
    ) -> SandboxReply {
        guard let person = portalPerson(request, at: now) else { return .error(401, "not authorized") }
        switch (request.method, rest.first, rest.count) {
        case ("POST", "mpp-offering", 2) where rest[1] == "filter":
            let filter = (try? SandboxCodec.decode(LooseValue.self, from: request.body)) ?? .null
            let members = orderableOfferings(for: person).filter { offering, _, category in
                (filter["name"]?.asText.map { $0 == offering.name } ?? true)
                    && (filter["category"]?.asText.map { $0 == category.name } ?? true)
            }
            return Self.page(members.map { offeringMember($0.0, $0.1, $0.2) }, request)
        case ("GET", "mpp-offering", 2):
            let found = orderableOfferings(for: person).first { offering, catalog, _ in
                offering.id == rest[1] && (request.query["catalogId"].map { $0 == catalog.id } ?? true)
            }
            return found.map { .json(200, offeringMember($0.0, $0.1, $0.2)) }
                ?? Self.portalError(404, "offering not found")
        case ("POST", "mpp-request", 2): return submitReply(rest[1], request, by: person, at: now)
        case ("POST", "mpp-request", 3) where rest[1] == "filter": return .error(404, "no such address")
        case ("GET", "mpp-request", 2):
            guard let row = data.requests[rest[1]], row.submitterID == person.id else {
                return Self.portalError(404, "request not found")
            }
            return .json(200, requestMember(row))
        case ("DELETE", "mpp-request", 2):
            guard let row = data.requests[rest[1]], row.submitterID == person.id, row.state.isFinal else {
                return Self.portalError(500, "only a finished request can be deleted")
            }
            data.requests.change(row.id) { $0.isRetired = true }
            return .json(200, ["description": "deleted", "args": []])
        case ("POST", "mpp-subscription", 2) where rest[1] == "filter":
            let name = (try? SandboxCodec.decode(LooseValue.self, from: request.body))?["name"]?.asText
            let rows = data.subscriptions.all.filter { row in
                row.personID == person.id && !row.isRetired && (name.map { $0 == row.name } ?? true)
            }
            return Self.page(rows.map(subscriptionMember), request)
        case ("GET", "mpp-subscription", 2...3):
            guard let row = data.subscriptions[rest[1]], row.personID == person.id else {
                return Self.portalError(404, "subscription not found")
            }
            return .json(200, subscriptionMember(row))
        case ("DELETE", "mpp-subscription", 2):
            guard let row = data.subscriptions[rest[1]], row.personID == person.id, row.status.isFinal else {
                return Self.portalError(500, "only a finished subscription can be deleted")
            }
            data.subscriptions.change(row.id) { $0.isRetired = true }
            return .json(200, ["description": "deleted", "args": []])
        case ("POST", "mpp-instance", 2) where rest[1] == "filter":
            return Self.page(ownInstances(person).map(instanceMember), request)
        case ("GET", "mpp-instance", 2):
            guard let row = ownInstances(person).first(where: { $0.id == rest[1] }) else {
                return Self.portalError(404, "instance not found")
            }
            return .json(200, instanceMember(row))
        default: return .error(404, "no such address")
        }
    }

    private static func portalError(_ status: Int, _ text: String) -> SandboxReply {
        .json(status, ["messageKey": "csa.sandbox.refused", "description": .text(text), "args": []])
    }

    // MARK: Submitting

    private mutating func submitReply(
        _ contextID: String, _ request: SandboxRequest, by person: CSAPerson, at now: EpochMilliseconds
    ) -> SandboxReply {
        guard let form = MultipartForm.part("requestForm", in: request.body, contentType: request.contentType),
            let members = try? SandboxCodec.decode(LooseValue.self, from: form)
        else { return Self.portalError(500, "the body has no part requestForm with JSON") }
        return submitReply(contextID, request.query["catalogId"], members, by: person, at: now)
    }

    /// Shared with `urest`, whose member names are UNKNOWN.
    mutating func submitReply(
        _ contextID: String, _ catalogID: String?, _ members: LooseValue, by person: CSAPerson,
        at now: EpochMilliseconds
    ) -> SandboxReply {
        guard let action = members["action"]?.asText else { return Self.portalError(500, "action is required") }
        var submission = CSASubmission(action: action, contextID: contextID, catalogID: catalogID)
        submission.category = members["categoryName"]?.asText
        submission.subscriptionID = members["subscriptionId"]?.asText
        submission.name = members["subscriptionName"]?.asText
        submission.fields = (members["fields"]?.asObject ?? [:]).compactMapValues(\.asText)
        guard submission.fields.count <= CSALimits.propertyCountMax else {
            return Self.portalError(500, "too many fields")
        }
        for (name, path) in [("startDate", \CSASubmission.startAt), ("endDate", \CSASubmission.endAt)] {
            guard let value = members[name], value != .null else { continue }
            guard let instant = value.asText.flatMap({ CSATime.instant($0) }) else {
                return Self.portalError(500, "\(name) is no date")
            }
            submission[keyPath: path] = instant
        }
        let id: String
        do {
            id = try submit(submission, by: person, at: now)
        } catch {
            return Self.portalError(500, error.description)
        }
        advance(to: now)
        return .json(200, data.requests[id].map(requestMember) ?? .null)
    }

    // MARK: Documents

    private func orderableOfferings(for person: CSAPerson) -> [(CSAOffering, CSACatalog, CSACategory)] {
        data.offerings.all.filter { !$0.isRetired }.flatMap { offering in
            offering.publications.compactMap { publication in
                guard let catalog = data.catalogs[publication.catalogID],
                    catalog.isShared || catalog.organizationID == person.organizationID,
                    let category = catalog.categories.first(where: { $0.id == publication.categoryID })
                else { return nil }
                return (offering, catalog, category)
            }
        }
    }

    private func offeringMember(_ offering: CSAOffering, _ catalog: CSACatalog, _ category: CSACategory) -> LooseValue {
        let published = offering.publications.first {
            $0.catalogID == catalog.id && $0.categoryID == category.id
        }
        return [
            "id": .text(offering.id), "name": .text(offering.name), "displayName": .text(offering.name),
            "catalogId": .text(catalog.id), "catalogName": .text(catalog.name), "offeringVersion": "1.0",
            "category": ["name": .text(category.name), "displayName": .text(category.name)],
            "approvalRequired": .bool(policy(for: CSAAction.order, offering: offering, in: catalog.id) != nil),
            "publishedDate": .text(orNull: published.map { CSATime.text($0.publishedAt) }),
            "initPrice": 0, "recurringPrice": 0, "fields": [], "dependencies": [],
        ]
    }

    private func requestMember(_ row: CSAServiceRequest) -> LooseValue {
        let subscription = data.subscriptions[row.subscriptionID]
        return [
            "id": .text(row.id), "name": .text(row.name), "requestState": .text(row.state.rawValue),
            "requestStatus": row.isSuccess.map { .text($0 ? "SUCCESS" : "FAILURE") } ?? .null,
            "action": .text(row.action), "catalogId": .text(row.catalogID),
            "subscription": [
                "id": .text(row.subscriptionID), "displayName": .text(orNull: subscription?.name),
            ],
            "fields": .list(
                row.fields.sorted { $0.key < $1.key }.map { ["id": .text($0.key), "value": .text($0.value)] }),
        ]
    }

    private func subscriptionMember(_ row: CSASubscription) -> LooseValue {
        let category = data.catalogs[row.catalogID]?.categories.first { $0.id == row.categoryID }
        return [
            "id": .text(row.id), "name": .text(row.name), "status": .text(row.status.rawValue),
            "catalogId": .text(row.catalogID), "serviceId": .text(row.offeringID), "requestId": .text(row.requestID),
            "instanceId": .text(orNull: row.instanceID), "category": ["name": .text(orNull: category?.name)],
            "startDate": .text(CSATime.text(row.startAt)), "endDate": .text(orNull: row.endAt.map { CSATime.text($0) }),
        ]
    }

    private func ownInstances(_ person: CSAPerson) -> [CSAInstance] {
        data.instances.all.filter { data.subscriptions[$0.subscriptionID]?.personID == person.id }
    }

    private func instanceMember(_ row: CSAInstance) -> LooseValue {
        let subscription = data.subscriptions[row.subscriptionID]
        let stages = data.offerings[subscription?.offeringID]?.processIDs.keys.sorted() ?? []
        let actions = stages.filter { $0.hasPrefix("operation:") }.map { String($0.dropFirst("operation:".count)) }
        return [
            "id": .text(row.id), "state": .text(row.state.rawValue),
            "components": [
                [
                    "id": .text(row.componentID), "name": "component", "displayName": "Component", "properties": [],
                    "serviceAction": .list(actions.map { ["name": .text($0), "displayName": .text($0)] }),
                ]
            ],
        ]
    }

    /// One page of members; `@total_results` is seen in mpp lists.
    static func page(_ members: [LooseValue], _ request: SandboxRequest) -> SandboxReply {
        let start = Int(request.query["start-index"] ?? "0")
        let size = Int(request.query["page-size"] ?? "\(CSALimits.pageSizeMax)")
        guard let start, start >= 0, let size, (0...CSALimits.pageSizeMax).contains(size) else {
            return portalError(500, "start-index or page-size is out of range")
        }
        return .json(
            200,
            [
                "@total_results": .integer(Int64(members.count)), "@start_index": .integer(Int64(start)),
                "@items_per_page": .integer(Int64(size)),
                "members": .list(Array(members.dropFirst(start).prefix(size))),
            ])
    }
}
