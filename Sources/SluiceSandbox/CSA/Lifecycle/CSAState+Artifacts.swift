/// `/artifact` (csa-api.md sections 2 and 5): state and status, and the little of the rest that flows need.
extension CSAState {
    mutating func artifactReply(_ call: LegacyCall) -> LegacyReply {
        switch (call.method, call.rest.count) {
        case ("GET", 1):
            // `disabled` is of provider and pool; both are pools here.
            guard ["RESOURCE_PROVIDER", "RESOURCE_POOL"].contains(call.query["artifactType"] ?? "") else {
                return .failure(LegacyTrouble(500, "artifactType is required"))
            }
            let name = call.query["artifactType"] == "RESOURCE_POOL" ? "ResourcePool" : "ResourceProvider"
            return .list("\(name)List", data.pools.all.map { element($0, name) })
        case ("GET", 3) where call.rest[1] == "state":
            return stateReply(call.rest[2]).map { .success(.json($0)) } ?? .notFound
        case ("GET", 2):
            let id = call.rest[1]
            if let row = data.subscriptions[id] { return .element(element(row)) }
            if let row = data.instances[id] { return .element(element(row)) }
            if let row = data.offerings[id] { return .element(element(row, in: nil)) }
            if let row = data.requests[id] { return .element(element(row, call)) }
            if let row = data.catalogs[id] { return .element(element(row)) }
            if let row = data.pools[id] { return .element(element(row, "ResourcePool")) }
            return .notFound
        case ("PUT", 2):
            // Views of properties: taken, and kept nowhere, since nobody here reads them.
            return .catching { () throws(LegacyTrouble) in
                guard stateReply(call.rest[1]) != nil || data.pools[call.rest[1]] != nil else {
                    throw LegacyTrouble(404, "object not found")
                }
                return try call.body()
            }
        case ("POST", 3) where ["publish", "unpublish"].contains(call.rest[2]):
            guard let catalog = data.catalogs[call.rest[1]] else { return .notFound }
            return publishReply(catalog, publishes: call.rest[2] == "publish", call)
        default: return .notFound
        }
    }

    /// `GET /artifact/state/{id}`, JSON always.
    private func stateReply(_ id: String) -> LooseValue? {
        func reply(_ type: String, _ isRetired: Bool, state: String?, status: String?) -> LooseValue {
            [
                "id": .text(id), "artifactType": .text(type), "artifactState": .text(isRetired ? "RETIRED" : "ACTIVE"),
                "state": .text(orNull: state), "status": .text(orNull: status),
            ]
        }
        if let row = data.instances[id] {
            let isRetired = data.subscriptions[row.subscriptionID]?.isRetired ?? false
            return reply("SERVICE_INSTANCE", isRetired, state: row.state.rawValue, status: nil)
        }
        if let row = data.requests[id] {
            let status = row.isSuccess.map { $0 ? "SUCCESS" : "FAILURE" }
            return reply("SERVICE_REQUEST", row.isRetired, state: row.state.rawValue, status: status)
        }
        if let row = data.subscriptions[id] {
            return reply("SERVICE_SUBSCRIPTION", row.isRetired, state: nil, status: row.status.rawValue)
        }
        if let row = data.offerings[id] { return reply("SERVICE_OFFERING", row.isRetired, state: nil, status: nil) }
        return nil
    }

    private func element(_ pool: CSAPool, _ name: String) -> CSAElement {
        CSAElement(
            name,
            children: [
                CSAElement("id", text: pool.id), CSAElement("objectId", text: pool.id),
                CSAElement("name", text: pool.name), CSAElement("displayName", text: pool.name),
                CSAElement("disabled", .bool(!pool.isEnabled)),
            ])
    }
}
