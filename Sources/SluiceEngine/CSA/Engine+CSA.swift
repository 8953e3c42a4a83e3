import Logging
public import SluiceCore
public import SluiceModel
import SluicePorts

extension Engine {
    /// CSA's policies and offerings as they are now; nil without a CSA.
    /// - Throws: `CSAError`.
    public func csaSnapshot() async throws -> CSASnapshot? {
        guard let csa else { return nil }
        return try await CSAReader(site: csa).snapshot(at: clocks.now().wall)
    }

    /// Has what a restore changes carried out, through the journal; answered when the order is on disk.
    /// - Returns: Under which id it is in the journal, too.
    public func restoreCSA(
        _ plan: CSARestorePlan, with keeper: JournalKeeper, by principal: Principal, reason: String
    ) async -> (id: MaintenanceID, answer: ChangeAnswer) {
        let id = minter.maintenanceID()
        return (id, await keeper.restore(plan.changes, as: id, by: principal, reason: reason))
    }

    /// CSA's account is read again, and CSA asked once more after it refused it: a person said so.
    /// - Throws: Whatever keeps its password from being read.
    public func retryCSA() throws { try csa?.readAccount() }

    /// What the journal changes in CSA.
    static func outsideSystems(
        of site: CSASite, sealer: any Sealer, clocks: any Clocks
    ) -> [any OutsideSystem] {
        [
            CSAPolicySystem(site, sealer: sealer, clocks: clocks), CSAAssignmentSystem(site, clocks: clocks),
            CSAOfferingSystem(site, clocks: clocks),
        ]
    }

    /// Who closes CSA, waits for it, puts it back, and tells it what became of its launches.
    static func csaWorkers(
        _ site: CSASite, survey: CSASurvey, keeper: @escaping @Sendable () -> JournalKeeper?,
        processes: ProcessInstanceKeeper?, store: any Store, clocks: any Clocks, fence: FenceSource,
        drains: DrainWatch, permit: @escaping @Sendable (Duration) -> Permit, logger: Logger
    ) -> [any MaintenanceWorker] {
        let workers: [any MaintenanceWorker] = [
            CSAChangesWorker(
                site: site, keeper: keeper, store: store, clocks: clocks, fence: fence, drains: drains, permit: permit,
                logger: logger),
            InternalClocksWorker(survey),
            ParkedRequestsWorker(
                site: site, store: store, clocks: clocks, fence: fence, logger: logger, permit: permit),
        ]
        let database: [any MaintenanceWorker] = site.database.map { [CSADatabaseWorker(database: $0)] } ?? []
        return workers + database + (processes.map { [$0] } ?? [])
    }

    /// Whether an instance was in a running state when CSA closed, and still is: mostly in memory, and one bounded
    /// look-up.
    static func continuation(
        of instance: CSAInstanceID, _ survey: CSASurvey?, _ maintenance: MaintenanceKeeper?
    ) async -> Bool? {
        guard let survey, let wasRunning = await maintenance?.wasRunning(instance) else { return nil }
        return wasRunning ? await survey.isRunning(instance, within: EngineLimits.parentLookupTimeout) : false
    }
}
