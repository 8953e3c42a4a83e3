/// `/catalog` of the legacy API: lists, categories, and the way to what hangs below.
extension CSAState {
    mutating func catalogReply(_ call: LegacyCall) -> LegacyReply {
        if call.rest.count == 1, call.method == "GET" {
            return .list("CatalogList", data.catalogs.all.map(element))
        }
        guard call.rest.count >= 2, let catalog = data.catalogs[call.rest[1]] else { return .notFound }
        let rest = Array(call.rest.dropFirst(2))
        switch (call.method, rest.first, rest.count) {
        case ("GET", nil, 0): return .element(element(catalog))
        case (_, "category", 1...2): return categoryReply(catalog, rest, call)
        case ("GET", "offering", 1): return offeringList(catalog, call)
        case ("GET", "offering", 2):
            guard let offering = data.offerings[rest[1]], offering.isPublished(in: catalog.id) else { return .notFound }
            return .element(whole(offering, in: catalog))
        case ("POST", "policy", 3): return assign(rest[1], by: rest[2], catalog, call)
        case (_, "request", _): return requestReply(catalog, rest, call)
        case (_, "approval", _): return approvalReply(catalog, rest, call)
        case ("GET", "subscription", 1):
            return .list(
                "ServiceSubscriptionList", data.subscriptions.all.filter { $0.catalogID == catalog.id }.map(element))
        case ("GET", "subscription", 2):
            guard let row = data.subscriptions[rest[1]], row.catalogID == catalog.id else { return .notFound }
            return .element(element(row))
        case ("GET", "instance", 1):
            let rows = data.instances.all.filter { data.subscriptions[$0.subscriptionID]?.catalogID == catalog.id }
            return .list("ServiceInstanceList", rows.map(element))
        case ("GET", "instance", 2):
            guard let row = data.instances[rest[1]] else { return .notFound }
            return .element(element(row))
        default: return .notFound
        }
    }

    private mutating func categoryReply(_ catalog: CSACatalog, _ rest: [String], _ call: LegacyCall) -> LegacyReply {
        guard mayChange(call.person) else { return .failure(Self.roleTrouble) }
        switch (call.method, rest.count) {
        case ("POST", 1), ("PUT", 2):
            return .catching { () throws(LegacyTrouble) in
                let root = try call.body("category", "Category")
                guard let name = root.text(at: "name"), name.utf8.count <= CSALimits.nameBytesMax,
                    catalog.categories.count < CSALimits.configurationRowCountMax
                else { throw LegacyTrouble(500, "name is required") }
                let category = CSACategory(id: rest.count == 2 ? rest[1] : nextID(), name: name)
                data.catalogs.change(catalog.id) { catalog in
                    catalog.categories.removeAll { $0.id == category.id }
                    catalog.categories.append(category)
                }
                return CSAElement(
                    "category", children: [CSAElement("id", text: category.id), CSAElement("name", text: name)])
            }
        case ("DELETE", 2):
            guard catalog.categories.contains(where: { $0.id == rest[1] }) else { return .notFound }
            data.catalogs.change(catalog.id) { $0.categories.removeAll { $0.id == rest[1] } }
            return .messages(["Category deleted."])
        default: return .notFound
        }
    }

    private func offeringList(_ catalog: CSACatalog, _ call: LegacyCall) -> LegacyReply {
        let offerings = data.offerings.all.filter { !$0.isRetired && $0.isPublished(in: catalog.id) }
        let elements = offerings.map { offering in
            var element = element(offering, in: catalog)
            // PROVEN (List offerings in the catalog, 4.00 and 4.90): with `hasApproval=true` it is returned too.
            guard call.query["hasApproval"] == "true" else { return element }
            let flag = hasPolicy(offering, in: catalog)
            switch settings.approvalFlag {
            case .element: element.children.append(CSAElement("hasApproval", .bool(flag)))
            case .attribute: element.attributes["hasApproval"] = String(flag)
            }
            return element
        }
        return .list("ServiceOfferingList", elements)
    }

    private func hasPolicy(_ offering: CSAOffering, in catalog: CSACatalog) -> Bool {
        CSAAction.withPolicy.contains { policy(for: $0, offering: offering, in: catalog.id) != nil }
    }

    // MARK: Documents

    func element(_ catalog: CSACatalog) -> CSAElement {
        var children = [
            CSAElement("id", text: catalog.id), CSAElement("objectId", text: catalog.id),
            CSAElement("name", text: catalog.name), CSAElement("displayName", text: catalog.name),
        ]
        if let id = catalog.organizationID {
            let name = data.organizations[id]?.name ?? ""
            children.append(
                CSAElement("organization", children: [CSAElement("id", text: id), CSAElement("name", text: name)]))
        }
        for category in catalog.categories { children.append(element(category)) }
        return CSAElement("Catalog", children: children)
    }

    private func element(_ category: CSACategory) -> CSAElement {
        CSAElement(
            "category",
            children: [
                CSAElement("id", text: category.id), CSAElement("name", text: category.name),
                CSAElement("displayName", text: category.name),
                CSAElement("categoryType", children: [CSAElement("name", text: "CATALOG_CATEGORY")]),
            ], isRepeated: true)
    }

    /// - Parameter catalog: Whose categories are shown; nil: none, as of an artifact by its id.
    func element(_ offering: CSAOffering, in catalog: CSACatalog?) -> CSAElement {
        var children = [
            CSAElement("id", text: offering.id), CSAElement("objectId", text: offering.id),
            CSAElement("name", text: offering.name), CSAElement("displayName", text: offering.name),
            CSAElement(
                "state", category: offering.isRetired ? "RETIRED" : "ACTIVE", of: "ARTIFACT_STATE"),
            CSAElement("artifactType", category: "SERVICE_OFFERING", of: "ARTIFACT_TYPE"),
            CSAElement("serviceBlueprint", children: [CSAElement("id", text: "blueprint-\(offering.id)")]),
        ]
        for publication in offering.publications where publication.catalogID == catalog?.id {
            if let category = catalog?.categories.first(where: { $0.id == publication.categoryID }) {
                children.append(element(category))
            }
        }
        return CSAElement("ServiceOffering", children: children)
    }

    /// With the assignments, as far as the settings have them shown.
    private func whole(_ offering: CSAOffering, in catalog: CSACatalog) -> CSAElement {
        var element = element(offering, in: catalog)
        func shown(_ action: String, withAction: Bool) -> CSAElement? {
            guard let policy = policy(for: action, offering: offering, in: catalog.id) else { return nil }
            var parts = [CSAElement("id", text: policy.id)]
            if withAction { parts.append(CSAElement("requestedAction", children: [CSAElement("name", text: action)])) }
            return CSAElement(settings.assignmentElement, children: parts, isRepeated: withAction)
        }
        switch settings.assignmentEcho {
        case .none: break
        case .order: if let found = shown(CSAAction.order, withAction: false) { element.children.append(found) }
        case .perAction: element.children += CSAAction.withPolicy.compactMap { shown($0, withAction: true) }
        }
        return element
    }
}
