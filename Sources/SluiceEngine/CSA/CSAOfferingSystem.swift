import SluiceCore
import SluiceModel
import SluicePorts

/// Places of offerings in catalogs, as the journal takes them out and puts them back:
/// `catalog/offering/category/name`, for CSA publishes by names (csa-api.md section 0.11). The policy is a field of the
/// place: publishing forgets it.
struct CSAOfferingSystem: OutsideSystem {
    let system = CSAChangePlan.offerings
    let callDuration: Duration
    let callCountMax = CSASiteLimits.callCountMax
    let writeCountMax = CSALimits.itemsPerCallMax

    private let client: any CSAClient
    private let clocks: any Clocks
    private let listing: FreshListing<CSACatalogID, [CSAOfferingID: [CSAOffering]]>

    init(_ site: CSASite, clocks: any Clocks) {
        let client = site.client
        self.client = client
        self.clocks = clocks
        callDuration = site.callDuration
        listing = FreshListing { catalog in
            Dictionary(grouping: try await client.offerings(of: catalog), by: \.id)
        }
    }

    private struct Place: Hashable {
        var catalog: CSACatalogID
        var publication: CSAPublication

        init?(_ object: String) {
            guard let name = CSAObjectName(object, count: 4) else { return nil }
            catalog = CSACatalogID(name.parts[0])
            publication = CSAPublication(
                offeringID: CSAOfferingID(name.parts[1]), offeringName: name.parts[3], categoryName: name.parts[2])
        }
    }

    func read(_ object: String) async throws -> OutsideImage? {
        guard let place = Place(object) else {
            throw OutsideError(.status, "'\(object)' is no name of a place of an offering")
        }
        return try await CSAOutside.read { try await image(of: place) }
    }

    private func image(of place: Place) async throws -> OutsideImage? {
        let id = place.publication.offeringID
        let listed = try await listing.value(of: place.catalog)[id] ?? []
        guard !listed.isEmpty else {
            guard let artifact = try await client.artifactState(id.text), !artifact.isRetired else { return nil }
            return OutsideImage(fields: [
                JournalField(CSAChangePlan.publishedField, "false"), JournalField(CSAChangePlan.policyField, ""),
            ])
        }
        guard let detail = try await client.offering(id, in: place.catalog) else { return nil }
        var fields = [JournalField(CSAChangePlan.publishedField, "true")]
        // Where it cannot be read, only offerings without one are taken out.
        fields.append(
            detail.policyIDs == nil && listed.allSatisfy { $0.hasApproval == false }
                ? JournalField(CSAChangePlan.policyField, "") : try detail.policyField())
        let isElsewhere = !listed.contains { $0.categoryName ?? detail.categoryName == place.publication.categoryName }
        if isElsewhere { fields.append(JournalField("category", detail.categoryName ?? "")) }
        return OutsideImage(fields: fields)
    }

    func write(_ writes: [OutsideWrite]) async -> [OutsideOutcome] {
        await CSAOutside.write(writes, within: callDuration, clocks) { outcomes in
            let unchanged = await CSAOutside.unchanged(writes, in: self, outcomes)
            let sorted = Dictionary(
                grouping: unchanged.compactMap { write in Place(write.object).map { (write, $0) } }, by: \.1.catalog)
            await withTaskGroup(of: Void.self) { group in
                for (catalog, items) in sorted {
                    group.addTask { await self.write(items, in: catalog, outcomes) }
                }
            }
        }
    }

    private func write(
        _ items: [(OutsideWrite, Place)], in catalog: CSACatalogID, _ outcomes: CSAOutcomes
    ) async {
        func published(_ item: (OutsideWrite, Place)) -> String {
            item.0.fields.value(of: CSAChangePlan.publishedField)
        }
        await set(items.filter { published($0) == "false" }, outcomes) {
            try await client.unpublish($0, in: catalog)
        }
        await set(items.filter { published($0) == "true" }, outcomes) { try await client.publish($0, in: catalog) }
        // Only what is published takes a policy.
        var policies: [ApprovalPolicyID: [(OutsideWrite, Place)]] = [:]
        for item in items where published(item) != "false" {
            let policy = item.0.fields.value(of: CSAChangePlan.policyField)
            guard policy != JournalField.absent else { continue }
            guard !policy.isEmpty else {
                if published(item) == "true" { continue }
                outcomes.set(item.0.object, .refused("CSA has no call to assign no policy (csa-api.md 4.3)"))
                continue
            }
            if published(item) == "true", !outcomes.isTaken(item.0.object) { continue }
            policies[ApprovalPolicyID(policy), default: []].append(item)
        }
        for (policy, items) in policies {
            await set(items, outcomes) {
                try await client.assign(policy, to: $0.map(\.offeringID), in: catalog)
            }
        }
    }

    private func set(
        _ items: [(OutsideWrite, Place)], _ outcomes: CSAOutcomes,
        _ call: ([CSAPublication]) async throws -> [CSAItemOutcome]
    ) async {
        guard !items.isEmpty else { return }
        await outcomes.send(items.map(\.0.object)) { try await call(items.map(\.1.publication)) }
    }
}

extension CSAOutcomes {
    func isTaken(_ object: String) -> Bool {
        if case .taken = outcome(of: object).result { true } else { false }
    }
}
