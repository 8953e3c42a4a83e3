import SluiceCore
import SluiceModel
import SluicePorts

extension MaintenanceRecord {
    /// When CSA began to be closed: what came in later waits because of the maintenance. Earlier by what CSA's clock
    /// may be behind ours, for its times are compared with it.
    var csaClosedAt: Timestamp {
        let time = steps.first { $0.phase == .closingCSA }?.at ?? startedAt ?? plannedAt
        return time.advanced(by: .zero - EngineLimits.clockDifferenceMax)
    }
}

extension CSASite {
    /// What waits for a person's decision.
    /// - Throws: `CSAError`.
    func waiting(for user: CSAUser, in catalogs: [CSACatalogID]) async throws -> [CSAApproval] {
        var waiting: [CSAApproval] = []
        for catalog in catalogs {
            waiting += try await client.approvals(for: user, in: catalog).filter { $0.decision == nil }
        }
        return waiting
    }

    /// What waits for Sluice's own account as one of an organization: requests under the policy that it made.
    /// - Throws: `CSAError`; what is not there, the account in that organization or a catalog, has nothing that waits.
    func held(in organization: CSAOrganization, _ catalogs: [CSACatalogID]) async throws -> [CSAApproval] {
        let user = CSAUser(userName: userName, organizationName: organization.name)
        var held: [CSAApproval] = []
        for catalog in catalogs {
            do {
                held += try await waiting(for: user, in: [catalog])
            } catch let error as CSAError where error.code == .missing {
                continue
            }
        }
        return held
    }
}
