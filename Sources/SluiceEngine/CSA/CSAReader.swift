import SluiceCore
import SluiceModel
import SluicePorts

/// Reads what a maintenance may change in CSA.
struct CSAReader: Sendable {
    let site: CSASite

    /// Every approval policy of every organization.
    /// - Throws: `CSAError`.
    func policies() async throws -> [ApprovalPolicy] {
        var policies: [ApprovalPolicy] = []
        for organization in try await site.client.organizations() {
            policies += try await site.client.approvalPolicies(of: organization.id)
        }
        return policies
    }

    /// Policies, and the offerings of all catalogs with their details as far as a plan needs them.
    /// - Throws: `CSAError`.
    func reading(unpublishes: Bool) async throws -> CSAChangePlan.Reading {
        let policies = try await policies()
        var catalogs: [CSAChangePlan.Reading.Catalog] = []
        var count = 0
        for catalog in try await site.client.catalogs() {
            let listed = try await site.client.offerings(of: catalog.id)
            count += listed.count
            guard count <= CSASiteLimits.offeringCountMax else {
                throw CSAError(
                    .status, "CSA publishes more than \(CSASiteLimits.offeringCountMax) offerings, too many to look at")
            }
            let isNeeded = unpublishes || site.readsAssignments && !catalog.isShared
            catalogs.append(.init(catalog, isNeeded ? try await details(of: listed, in: catalog.id) : listed))
        }
        return CSAChangePlan.Reading(policies: policies, catalogs: catalogs)
    }

    /// Everything that a snapshot has.
    /// - Throws: `CSAError`.
    func snapshot(at time: Timestamp) async throws -> CSASnapshot {
        let organizations = try await site.client.organizations()
        return CSASnapshot(
            try await reading(unpublishes: true), organizations: organizations, address: site.address, at: time)
    }

    /// In the order of the listing; one that went meanwhile is left out.
    private func details(of listed: [CSAOffering], in catalog: CSACatalogID) async throws -> [CSAOffering] {
        try await inParallel(listed, limit: CSASiteLimits.detailCallCountMax) { offering in
            guard var detail = try await site.client.offering(offering.id, in: catalog) else { return nil }
            if detail.hasApproval == nil { detail.hasApproval = offering.hasApproval }
            // The listing tells the place, the detail perhaps another of its places.
            if let category = offering.categoryName { detail.categoryName = category }
            return detail
        }.compactMap { (detail: CSAOffering?) in detail }
    }
}
