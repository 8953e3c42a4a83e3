/// The control endpoints under `/control`: what tests and people see and steer. Never shows a password.
extension CSAState {
    /// `now` is CSA's time.
    mutating func control(
        _ request: SandboxRequest, at now: EpochMilliseconds, isTrusted: Bool = false
    ) -> SandboxReply {
        if controlNeedsLogin, !isTrusted, logIn(request) == nil { return Self.unauthorized }
        let rest = request.path.split(separator: "/").dropFirst().map(String.init)
        do {
            return .json(200, try controlled(request, rest, at: now))
        } catch let refusal as ControlRefusal {
            return .error(refusal.status, refusal.text)
        } catch let refusal as CSARefusal {
            return .error(400, refusal.description)
        } catch {
            return .error(400, SandboxCodec.explain(error))
        }
    }

    private struct ControlRefusal: Error {
        let status: Int
        let text: String
    }

    private mutating func controlled(
        _ request: SandboxRequest, _ rest: [String], at now: EpochMilliseconds
    ) throws -> LooseValue {
        let body = request.body
        switch (request.method, rest.first, rest.count) {
        case ("GET", "state", 1): return dump(at: now)
        case ("GET", "state", 2):
            guard let part = dump(part: rest[1]) else { throw ControlRefusal(status: 404, text: "no such part") }
            return part
        case ("POST", "seed", 1):
            try seed(try SandboxCodec.decodeStrictly(CSASeed.self, from: body), at: now)
            return dump(part: "configuration") ?? .null
        case ("POST", "orders", 1): return try placeOrders(body, at: now)
        case ("GET", "launches", 1): return launchList
        case ("POST", "reset", 1):
            reset()
            return ["reset": true]
        case ("GET", "settings", 1): return try LooseValue(coding: settings)
        case ("PUT", "settings", 1): return try changeSettings(body)
        case ("GET", "faults", 1): return ["faults": faults.reply]
        case ("POST", "faults", 1):
            guard faults.add(try SandboxCodec.decode(OneOrMany<SandboxFault>.self, from: body).values) else {
                throw CSARefusal("too many faults")
            }
            return ["faults": faults.reply]
        case ("DELETE", "faults", 1):
            faults.removeAll()
            return ["faults": []]
        case ("DELETE", "faults", 2):
            guard faults.remove(id: rest[1]) else { throw ControlRefusal(status: 404, text: "no such fault") }
            return ["faults": faults.reply]
        case ("DELETE", "tokens", 1):
            tokens.removeAll()
            return ["tokens": 0]
        default: return try personControl(request.method, rest, body, at: now)
        }
    }

    /// What a person does in CSA's console, which has no REST that the reference proves.
    private mutating func personControl(
        _ method: String, _ rest: [String], _ body: [UInt8], at now: EpochMilliseconds
    ) throws -> LooseValue {
        guard rest.count >= 2 else { throw ControlRefusal(status: 404, text: "no such control endpoint") }
        let id = rest[1]
        func found(_ isThere: Bool) throws { if !isThere { throw ControlRefusal(status: 404, text: "no such row") } }
        switch (method, rest[0], rest.count) {
        case ("DELETE", "policies", 2): try found(data.policies.remove(id))
        case ("DELETE", "offerings", 2): try found(data.offerings.remove(id))
        case ("PUT", "offerings", 2):
            let change = try SandboxCodec.decodeStrictly(OfferingChange.self, from: body)
            try found(data.offerings[id] != nil)
            data.offerings.change(id) {
                if let name = change.name { $0.name = name }
                if let isRetired = change.retired { $0.isRetired = isRetired }
            }
        case ("PUT", "subscriptions", 2): try changeDates(id, body, at: now)
        case ("PUT", "instances", 2):
            let change = try SandboxCodec.decodeStrictly(InstanceChange.self, from: body)
            try found(data.instances[id] != nil)
            data.instances.change(id) { $0.state = change.state }
        case ("PUT", "accounts", 2):
            let change = try SandboxCodec.decodeStrictly(AccountChange.self, from: body)
            try found(data.accounts.contains { $0.user == id })
            for index in data.accounts.indices where data.accounts[index].user == id {
                if let password = change.password { data.accounts[index].password = password }
            }
            if change.unlocked == true { data.wrongPasswords[id] = nil }
        case ("POST", "persons", 3) where rest[2] == "renew":
            let newID = renew(person: id)
            try found(newID != nil)
            return ["id": .text(orNull: newID)]
        case ("POST", "pools", 3) where rest[2] == "sync":
            let processID = sync(id, at: now)
            try found(processID != nil)
            return ["processId": .text(orNull: processID)]
        case ("PUT", "pools", 2):
            let change = try SandboxCodec.decodeStrictly(PoolChange.self, from: body)
            try found(data.pools[id] != nil)
            data.pools.change(id) { $0.isEnabled = change.enabled }
        default: throw ControlRefusal(status: 404, text: "no such control endpoint; see docs/sandbox.md")
        }
        return ["changed": .text(id)]
    }

    /// Gives a person another id, as a restore or an upgrade may (csa-api.md section 12); nil: there is no such person.
    private mutating func renew(person name: String) -> String? {
        guard let person = data.persons[name] ?? data.persons.first(where: { $0.userName == name }) else { return nil }
        let id = nextID()
        data.persons.remove(person.id)
        data.persons.put(
            CSAPerson(
                id: id, userName: person.userName, organizationID: person.organizationID, password: person.password,
                hasLoggedIn: person.hasLoggedIn))
        for row in data.requests.all where row.submitterID == person.id {
            data.requests.change(row.id) { $0.submitterID = id }
        }
        for row in data.subscriptions.all where row.personID == person.id {
            data.subscriptions.change(row.id) { $0.personID = id }
        }
        tokens.removeAll()
        return id
    }

    private struct OfferingChange: Codable {
        var name: String?
        var retired: Bool?
    }

    private struct InstanceChange: Codable { var state: CSAInstanceState }

    private struct AccountChange: Codable {
        var password: String?
        var unlocked: Bool?
    }

    private struct PoolChange: Codable { var enabled: Bool }

    private struct DateChange: Codable {
        var startDate: EpochMilliseconds?
        var endDate: EpochMilliseconds?
    }

    private mutating func changeDates(_ id: String, _ body: [UInt8], at now: EpochMilliseconds) throws {
        let change = try SandboxCodec.decodeStrictly(DateChange.self, from: body)
        guard let row = data.subscriptions[id] else { throw ControlRefusal(status: 404, text: "no such row") }
        for date in [change.startDate, change.endDate] {
            guard let date, !SandboxLimits.scheduleDates.contains(date) else { continue }
            throw CSARefusal("a date is out of range")
        }
        if let startAt = change.startDate {
            data.subscriptions.change(id) { $0.startAt = startAt }
            if let instanceID = row.instanceID, data.instances[instanceID]?.state == .reserved {
                reserve(instanceID, until: max(now, startAt))
            }
        }
        if let endAt = change.endDate {
            data.subscriptions.change(id) { $0.endAt = endAt }
            deadlines.insert(.end(subscription: id), at: endAt)
        }
        advance(to: now)
    }

    private mutating func placeOrders(_ body: [UInt8], at now: EpochMilliseconds) throws -> LooseValue {
        let order = try SandboxCodec.decodeStrictly(CSABulkOrder.self, from: body)
        let ids = try place(order, at: now)
        advance(to: now)
        return ["requestIds": .list(ids.map(LooseValue.text))]
    }

    /// Places orders past every HTTP face, as so many visits to the portal.
    mutating func place(_ order: CSABulkOrder, at now: EpochMilliseconds) throws(CSARefusal) -> [String] {
        let count = order.count ?? 1
        guard (1...CSALimits.bulkOrderCountMax).contains(count) else {
            throw CSARefusal("count must be 1 to \(CSALimits.bulkOrderCountMax)")
        }
        guard let person = data.persons[order.person] ?? data.persons.first(where: { $0.userName == order.person })
        else {
            throw CSARefusal("no person \(order.person)")
        }
        let offering = data.offerings[order.offering] ?? data.offerings.first { $0.name == order.offering }
        let catalog = order.catalog.flatMap { name in
            data.catalogs[name] ?? data.catalogs.first { $0.name == name }
        }
        if let name = order.catalog, catalog == nil { throw CSARefusal("no catalog \(name)") }
        var ids: [String] = []
        for number in 1...count {
            var submission = CSASubmission(
                action: CSAAction.order, contextID: offering?.id ?? order.offering, catalogID: catalog?.id)
            submission.name = "\(order.name ?? order.offering) \(number)"
            submission.startAt = order.startDate
            submission.endAt = order.endDate
            ids.append(try submit(submission, by: person, at: now))
        }
        return ids
    }

    /// Changes the members that are given and leaves the others.
    private mutating func changeSettings(_ body: [UInt8]) throws -> LooseValue {
        let changes = try SandboxCodec.decode([String: LooseValue].self, from: body)
        var members = try LooseValue(coding: settings).asObject ?? [:]
        for (name, value) in changes {
            guard members.updateValue(value, forKey: name) != nil else { throw CSARefusal("unknown member '\(name)'") }
        }
        let changed = try SandboxCodec.decode(
            CSASettings.self, from: try SandboxCodec.encode(LooseValue.object(members)))
        if let complaint = changed.complaint { throw CSARefusal(complaint) }
        data.settings = changed
        return .object(members)
    }
}

/// Orders of `POST /control/orders`: so many of one offering, by one person.
public struct CSABulkOrder: Codable, Hashable, Sendable {
    /// Default 1.
    public var count: Int?
    /// Name or id, as the next two.
    public var offering: String
    /// Nil: the offering's first.
    public var catalog: String?
    public var person: String
    /// Of the subscriptions, with a number behind it.
    public var name: String?
    public var startDate: EpochMilliseconds?
    public var endDate: EpochMilliseconds?

    public init(_ count: Int = 1, of offering: String, by person: String, in catalog: String? = nil) {
        self.count = count
        self.offering = offering
        self.person = person
        self.catalog = catalog
    }
}
