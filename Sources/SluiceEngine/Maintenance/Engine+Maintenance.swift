import SluiceModel
import SluicePorts

extension Engine {
    /// Who works on the parts of a maintenance, CSA's apart.
    static func makeWorkers(
        _ basis: EngineBasis, gatekeeper: Gatekeeper, survey: CSASurvey?, releases: ReleaseDesk, drains: DrainWatch,
        forecasts: ForecastDesk, fences: FenceBoard, pauses: (schedules: CentralPause, executions: CentralPause)
    ) -> [any MaintenanceWorker] {
        let (store, clocks, packs, links) = (basis.store, basis.clocks, basis.packs, basis.links)
        var runningInstances: (@Sendable () async throws -> [CSAInstanceID])?
        if let survey { runningInstances = { try await survey.runningInstances() } }
        let strandings = StrandingSearch(packs: packs, gatekeeper: gatekeeper, store: store, clocks: clocks)
        var workers: [any MaintenanceWorker] = [
            GateWorker(
                gatekeeper: gatekeeper, clocks: clocks, logger: basis.logger, runningInstances: runningInstances,
                hasCentral: basis.central != nil, strandings: StrandingGuard(search: strandings, clocks: clocks)),
            ScheduleWorker(
                freezer: { links.freezer.value },
                flows: { scope in
                    guard case .contentPack(let name) = scope else { return [] }
                    return packs.inventory.flows.values.filter { $0.contentPack == name }.map(\.id).sorted()
                }),
            BacklogWorker(
                store: store, clocks: clocks,
                isClosed: { hold in
                    let pack = packs.inventory[hold.request.flow]?.contentPack
                    return !gatekeeper.snapshot().record.mode(for: hold.request, contentPack: pack).mode.isOpen
                },
                obstacle: {
                    let stage = try await releases.recordInForce().stage
                    return stage.letsStart ? nil : "the release is \(stage.rawValue)"
                }),
        ]
        if let central = basis.central {
            workers.append(
                VerificationWorker(central: central, pauses: pauses, strandings: strandings, clocks: clocks))
        }
        workers.append(DrainWorker(drains: drains, forecasts: forecasts, clocks: clocks))
        workers.append(FenceWorker(board: fences, systems: basis.configuration.fences, clocks: clocks))
        return workers
    }
}
