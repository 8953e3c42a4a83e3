/// Filling the configuration: at the start, and by `POST /control/seed`.
extension CSAState {
    /// Takes a seed in, in the order organisations, persons, processes, policies, catalogs, offerings, pools; what
    /// came before a refusal stays.
    mutating func seed(_ seed: CSASeed, at now: EpochMilliseconds) throws(CSARefusal) {
        for row in seed.organizations ?? [] {
            try check(row.name, data.organizations.count)
            let known = data.organizations.first { $0.name == row.name }
            data.organizations.put(CSAOrganization(id: row.id ?? known?.id ?? nextID(), name: row.name))
        }
        for row in seed.persons ?? [] { try add(row) }
        for row in seed.processes ?? [] {
            try check(row.name, data.definitions.count)
            let known = data.definitions.first { $0.name == row.name }
            data.definitions.put(
                CSAProcessDefinition(
                    id: row.id ?? known?.id ?? nextID(), name: row.name, flowID: row.flow, inputs: row.inputs ?? [:]))
        }
        for row in seed.policies ?? [] { try add(row, at: now) }
        for row in seed.catalogs ?? [] { try add(row) }
        for row in seed.offerings ?? [] { try add(row, at: now) }
        for row in seed.pools ?? [] { try add(row, at: now) }
    }

    private func check(_ name: String, _ count: Int) throws(CSARefusal) {
        guard !name.isEmpty, name.utf8.count <= CSALimits.nameBytesMax else {
            throw CSARefusal("a name must have 1 to \(CSALimits.nameBytesMax) bytes")
        }
        guard count < CSALimits.configurationRowCountMax else { throw CSARefusal("too many rows") }
    }

    private func organization(_ name: String) throws(CSARefusal) -> CSAOrganization {
        guard let found = data.organizations[name] ?? data.organizations.first(where: { $0.name == name }) else {
            throw CSARefusal("no organization \(name)")
        }
        return found
    }

    /// A definition by id, name or flow; made when it is a flow that none has yet.
    private mutating func definition(_ name: String) throws(CSARefusal) -> String {
        if let found = data.definitions[name] { return found.id }
        if let found = data.definitions.first(where: { $0.name == name || $0.flowID == name }) { return found.id }
        try check(name, data.definitions.count)
        let row = CSAProcessDefinition(id: nextID(), name: name, flowID: name, inputs: [:])
        data.definitions.put(row)
        return row.id
    }

    private mutating func add(_ row: CSASeed.Person) throws(CSARefusal) {
        try check(row.userName, data.persons.count)
        let owner = try organization(row.organization)
        let known = data.persons.first { $0.organizationID == owner.id && $0.userName == row.userName }
        data.persons.put(
            CSAPerson(
                id: row.id ?? known?.id ?? nextID(), userName: row.userName, organizationID: owner.id,
                password: row.password, hasLoggedIn: row.hasLoggedIn ?? true))
    }

    private mutating func add(_ row: CSASeed.Policy, at now: EpochMilliseconds) throws(CSARefusal) {
        let owner = try organization(row.organization)
        let known =
            data.policies[row.id]
            ?? data.policies.first { $0.organizationID == owner.id && $0.displayName == row.displayName }
        var details = CSAPolicy.Details()
        details.approvers = row.approvers ?? []
        details.group = row.group
        if let process = row.process { details.processDefinitionID = try definition(process) }
        details.approvalLevel = row.approvalLevel
        details.minApprovalRequired = row.minApprovalRequired ?? 0
        details.isAutomatic = row.automaticApproval ?? false
        details.automaticDays = row.automaticPeriodDuration ?? 0
        switch row.automaticApprovalDecision {
        case nil: break
        case "APPROVED": details.automaticallyApproves = true
        case "REJECTED": details.automaticallyApproves = false
        case let other?: throw CSARefusal("automaticApprovalDecision is APPROVED or REJECTED, not \(other)")
        }
        if let known {
            guard known.kind == row.kind else { throw CSARefusal("policy \(row.displayName) is of another kind") }
            try change(policy: known.id, displayName: row.displayName, details: details, at: now)
        } else {
            _ = try add(
                policy: row.displayName, kind: row.kind, details: details, organizationID: owner.id, id: row.id, at: now
            )
        }
    }

    private mutating func add(_ row: CSASeed.Catalog) throws(CSARefusal) {
        try check(row.name, data.catalogs.count)
        let ownerID = try row.organization.map { name throws(CSARefusal) in try organization(name).id }
        let known = data.catalogs[row.id] ?? data.catalogs.first { $0.name == row.name }
        let categories = (row.categories ?? []).map { name in
            known?.categories.first { $0.name == name } ?? CSACategory(id: nextID(), name: name)
        }
        let id = row.id ?? known?.id ?? (ownerID == nil ? CSACatalog.sharedID : nextID())
        data.catalogs.put(
            CSACatalog(
                id: id, name: row.name, organizationID: ownerID, policyID: known?.policyID, categories: categories))
    }

    private mutating func add(_ row: CSASeed.Offering, at now: EpochMilliseconds) throws(CSARefusal) {
        try check(row.name, data.offerings.count)
        guard (0...604_800).contains(row.timeoutSeconds ?? 0) else { throw CSARefusal("timeoutSeconds is too long") }
        var processIDs: [String: String] = [:]
        for (stage, flow) in (row.flows ?? [:]).sorted(by: { $0.key < $1.key }) {
            let known = ["initialize", "reserve", "deploy", "modify", "undeploy", "unreserve", "uninitialize"]
            guard known.contains(stage) || stage.hasPrefix("operation:") else {
                throw CSARefusal("no stage \(stage); there are \(known.joined(separator: ", ")) and operation:NAME")
            }
            processIDs[stage] = try definition(flow)
        }
        var publications: [CSAOffering.Publication] = []
        for item in row.publications ?? [] { publications.append(try publication(item, at: now)) }
        let known = data.offerings[row.id] ?? data.offerings.first { $0.name == row.name }
        data.offerings.put(
            CSAOffering(
                id: row.id ?? known?.id ?? nextID(), name: row.name, processIDs: processIDs,
                timeoutSeconds: row.timeoutSeconds ?? 0, errorOnTimeout: row.errorOnTimeout ?? false,
                publications: publications))
    }

    private func publication(
        _ item: CSASeed.Offering.Publication, at now: EpochMilliseconds
    ) throws(CSARefusal) -> CSAOffering.Publication {
        guard let catalog = data.catalogs[item.catalog] ?? data.catalogs.first(where: { $0.name == item.catalog })
        else {
            throw CSARefusal("no catalog \(item.catalog)")
        }
        guard let category = catalog.categories.first(where: { $0.name == item.category }) else {
            throw CSARefusal("no category \(item.category) in \(catalog.name)")
        }
        var policyIDs: [String: String] = [:]
        for (action, name) in (item.policies ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard CSAAction.withPolicy.contains(action) else { throw CSARefusal("no policy for action \(action)") }
            let policy =
                data.policies[name]
                ?? data.policies.first { $0.displayName == name && $0.organizationID == catalog.organizationID }
            guard let policy, policy.organizationID == catalog.organizationID else {
                throw CSARefusal("no policy \(name) for catalog \(catalog.name)")
            }
            policyIDs[action] = policy.id
        }
        return CSAOffering.Publication(
            catalogID: catalog.id, categoryID: category.id, publishedAt: now, policyIDs: policyIDs)
    }

    private mutating func add(_ row: CSASeed.Pool, at now: EpochMilliseconds) throws(CSARefusal) {
        try check(row.name, data.pools.count)
        if let interval = row.syncIntervalMilliseconds, !CSALimits.syncIntervals.contains(interval) {
            throw CSARefusal("syncIntervalMilliseconds must be 100 to 7 days")
        }
        let known = data.pools[row.id] ?? data.pools.first { $0.name == row.name }
        var pool = CSAPool(
            id: row.id ?? known?.id ?? nextID(), name: row.name, processDefinitionID: try definition(row.flow),
            intervalMilliseconds: row.syncIntervalMilliseconds)
        pool.nextAt = row.syncIntervalMilliseconds.map { now + $0 }
        data.pools.put(pool)
        if let at = pool.nextAt { deadlines.insert(.sync(pool: pool.id), at: at) }
    }
}
