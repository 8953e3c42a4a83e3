import SluiceCore
import SluiceModel
import SluicePorts

/// Which policy an offering of a catalog has, as the journal changes it: `catalog/offering`.
struct CSAAssignmentSystem: OutsideSystem {
    let system = CSAChangePlan.assignments
    let callDuration: Duration
    let callCountMax = CSASiteLimits.callCountMax
    let writeCountMax = CSALimits.itemsPerCallMax

    private let client: any CSAClient
    private let clocks: any Clocks

    init(_ site: CSASite, clocks: any Clocks) {
        client = site.client
        self.clocks = clocks
        callDuration = site.callDuration
    }

    /// An offering of a catalog, by the journal's name of it.
    private struct Place: Hashable {
        var catalog: CSACatalogID
        var offering: CSAOfferingID

        init?(_ object: String) {
            guard let name = CSAObjectName(object, count: 2) else { return nil }
            catalog = CSACatalogID(name.parts[0])
            offering = CSAOfferingID(name.parts[1])
        }
    }

    func read(_ object: String) async throws -> OutsideImage? {
        guard let place = Place(object) else {
            throw OutsideError(.status, "'\(object)' is no name of an offering in a catalog")
        }
        let read = try await CSAOutside.read { try await client.offering(place.offering, in: place.catalog) }
        guard let offering = read else { return nil }
        return OutsideImage(fields: [try offering.policyField()])
    }

    /// One call for each catalog and policy.
    private struct Target: Hashable {
        var catalog: CSACatalogID
        var policy: ApprovalPolicyID
    }

    func write(_ writes: [OutsideWrite]) async -> [OutsideOutcome] {
        await CSAOutside.write(writes, within: callDuration, clocks) { outcomes in
            var targets: [Target: [(object: String, offering: CSAOfferingID)]] = [:]
            for write in await CSAOutside.unchanged(writes, in: self, outcomes) {
                let policy = write.fields.value(of: CSAChangePlan.policyField)
                guard let place = Place(write.object), policy != JournalField.absent, !policy.isEmpty else {
                    outcomes.set(write.object, .refused("CSA has no call to assign no policy (csa-api.md 4.3)"))
                    continue
                }
                targets[Target(catalog: place.catalog, policy: ApprovalPolicyID(policy)), default: []].append(
                    (write.object, place.offering))
            }
            await withTaskGroup(of: Void.self) { group in
                for (target, items) in targets {
                    group.addTask {
                        await outcomes.send(items.map(\.object)) {
                            try await client.assign(
                                target.policy, to: items.map(\.offering), in: target.catalog)
                        }
                    }
                }
            }
        }
    }

}

extension CSAOffering {
    /// Its policies as the journal compares them.
    /// - Throws: `OutsideError` when they cannot be read, which is not the same as none.
    func policyField() throws -> JournalField {
        guard let policyIDs else {
            throw OutsideError(
                .unreadable,
                "which policy the offering \(displayName) has cannot be read: set csa.policyElement")
        }
        let ids = Set(policyIDs).sorted().map(\.text)
        return JournalField(CSAChangePlan.policyField, ids.joined(separator: ","))
    }
}
