/// Which policy each catalog, offering and action uses (csa-api.md 4.3).
extension CSAState {
    /// The policy that a request for that action would meet; nil is "No Approval", and always is for CANCEL.
    ///
    /// An offering that is in one catalog twice has one answer: its first publication's.
    func policy(for action: String, offering: CSAOffering, in catalogID: String) -> CSAPolicy? {
        guard CSAAction.withPolicy.contains(action), let catalog = data.catalogs[catalogID], !catalog.isShared,
            let publication = offering.publications.first(where: { $0.catalogID == catalogID })
        else { return nil }
        return data.policies[publication.policyIDs[action] ?? catalog.policyID]
    }

    /// `POST /catalog/{c}/policy/{p}/{word}`; the word for offerings depends on the release.
    mutating func assign(_ policyID: String, by word: String, _ catalog: CSACatalog, _ call: LegacyCall) -> LegacyReply
    {
        let ofOfferings = settings.version == .v400 ? "setSOApprovalPolicy" : "setCatalogSOApprovalPolicy"
        guard [ofOfferings, "setCatalogApprovalPolicy"].contains(word) else { return .notFound }
        guard mayChange(call.person) else { return .failure(Self.roleTrouble) }
        guard let policy = data.policies[policyID] else { return .notFound }
        if catalog.isShared, settings.sharedCatalogRefusal == .status500 {
            return .failure(LegacyTrouble(500, "the catalog takes no approval policies"))
        }
        // The shared catalog has none (PROVEN); a catalog takes those of its own organisation.
        let isFitting = catalog.organizationID == policy.organizationID
        if word == "setCatalogApprovalPolicy" {
            guard isFitting else { return .messages(["Failed to set approval policy for the catalog."]) }
            data.catalogs.change(catalog.id) { $0.policyID = policy.id }
            return .messages(["Updated approval policy of the catalog."])
        }
        let root: CSAElement
        do {
            root = try call.body("ServiceOfferingList")
        } catch {
            return .failure(error)
        }
        var texts: [String] = []
        for item in root.all("ServiceOffering") {
            texts += assign(policy, isFitting: isFitting, to: item.text(at: "id") ?? "", in: catalog)
        }
        return .messages(texts)
    }

    private mutating func assign(
        _ policy: CSAPolicy, isFitting: Bool, to id: String, in catalog: CSACatalog
    ) -> [String] {
        let failed = "Failed to set approval policy for service offering with id \(id)."
        guard let offering = data.offerings[id], !offering.isRetired, offering.isPublished(in: catalog.id) else {
            return [failed + " The service offering is not found."]
        }
        guard isFitting else { return [failed + " The approval policy does not belong to the catalog."] }
        data.offerings.change(id) { offering in
            for index in offering.publications.indices where offering.publications[index].catalogID == catalog.id {
                for action in CSAAction.withPolicy { offering.publications[index].policyIDs[action] = policy.id }
            }
        }
        // The second word is the vendor's spelling (sic).
        return ["ORDER", "MODIFY_SUBCRIPTION"].map {
            "Updated approval policy of action of \($0) for service offering with id \(id)"
        }
    }

    // MARK: Publishing

    /// `POST /artifact/{catalog}/publish` and `/unpublish`: items by name and category name (csa-api.md 4.4).
    mutating func publishReply(_ catalog: CSACatalog, publishes: Bool, _ call: LegacyCall) -> LegacyReply {
        guard mayChange(call.person) else { return .failure(Self.roleTrouble) }
        let root: CSAElement
        do {
            root = try call.body("CatalogItems")
        } catch {
            return .failure(error)
        }
        return .messages(
            root.all("catalogItem").map { item in
                let name = item.text(at: "artifactContext", "name") ?? ""
                let category = item.text(at: "category", "name") ?? ""
                let verb = publishes ? "Publish" : "Unpublish"
                let way = publishes ? "to" : "from"
                let start = "\(verb) Service Offering \(name) \(way) category \(category)"
                let trouble = publish(name, publishes, category, in: catalog, at: call.now)
                return trouble.map { "\(start) failed. \($0)" } ?? "\(start) succeeded."
            })
    }

    /// - Returns: Nil, or why it failed.
    private mutating func publish(
        _ name: String, _ publishes: Bool, _ categoryName: String, in catalog: CSACatalog, at now: EpochMilliseconds
    ) -> String? {
        guard let category = catalog.categories.first(where: { $0.name == categoryName }) else {
            return "Category doesn't exist."
        }
        func isThere(_ offering: CSAOffering) -> Bool {
            offering.publications.contains { $0.catalogID == catalog.id && $0.categoryID == category.id }
        }
        // Of several with that name the one for which it means something.
        let named = data.offerings.all.filter { $0.name == name && !$0.isRetired }
        guard let offering = named.first(where: { isThere($0) != publishes }) ?? named.first else {
            return "Service Offering doesn't exist."
        }
        let isThere = isThere(offering)
        guard isThere != publishes else {
            return publishes ? "Service Offering is already published." : "Service Offering is not published."
        }
        data.offerings.change(offering.id) { offering in
            if publishes {
                // "No Approval", whatever it had before.
                offering.publications.append(
                    CSAOffering.Publication(catalogID: catalog.id, categoryID: category.id, publishedAt: now))
            } else {
                offering.publications.removeAll { $0.catalogID == catalog.id && $0.categoryID == category.id }
            }
        }
        return nil
    }
}
