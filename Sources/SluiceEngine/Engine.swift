public import CoreMetrics
public import Logging
public import ServiceLifecycle
import SluiceCore
public import SluiceModel
public import SluicePorts

/// The gate with its memory and its release: everything between the ports.
public struct Engine: Sendable {
    public let store: any Store
    public let clocks: any Clocks
    public let intake: AskIntake
    public let gatekeeper: Gatekeeper
    public let releases: ReleaseDesk
    public let desk: HoldDesk
    public let watchers: HoldWatchers
    public let places: HoldPlaces
    public let monitor: StoreMonitor
    public let configuration: EngineConfiguration
    public let packs: PackShelf
    public let forecasts: ForecastDesk
    public let windows: WindowKeeper
    /// Watches drains; it waits until one begins.
    public let drains: DrainWatch
    /// The interceptors of rule 5.
    public let plugins: PluginChain
    /// Maintenances, from planned to completed.
    public let maintenance: MaintenanceKeeper
    /// The plugins that ask by themselves.
    public let sources: SourceHost
    /// How the fences in front of CSA, its portal and Central stand.
    public let fences: FenceBoard
    /// This replica's seat; nil where one process has the store alone.
    public let seat: SeatKeeper?
    /// Who leads; nil where one process has the store alone, and leads.
    public let leader: LeaderKeeper?
    private let follower: EventFollower?
    private let links: EngineLinks
    private let firstReleaser: Releaser
    private let processes: ProcessInstanceKeeper?
    let csa: CSASite?
    let minter: Minter
    private let central: (any CentralClient)?
    /// After Central's schedules could not be read, and after its executions could not be.
    private let pauses: (schedules: CentralPause, executions: CentralPause)
    private let fence: FenceSource

    /// The release; rests while another replica leads, and is another object each term.
    public var releaser: Releaser { links.releaser.value ?? firstReleaser }

    /// Freezes Central's schedules; nil without a Central.
    public var freezer: ScheduleFreezer? { links.freezer.value }

    /// Changes outside systems for a maintenance; nil without one. Rests while another replica leads, and is another
    /// object each term.
    public var keeper: JournalKeeper? { links.keeper.value }

    /// Reads the gate from the store, or makes it in a fresh one, and puts the parts together.
    ///
    /// When it is started closed it returns when no other replica can say `proceed` any more.
    /// - Parameters:
    ///   - drainSources: What drains look at beside Central and CSA.
    ///   - csa: The CSA that a maintenance closes first; nil: maintenances are of OO alone.
    /// - Throws: `StoreError`.
    public static func make(
        configuration: EngineConfiguration, store: any Store, central: (any CentralClient)?, sealer: any Sealer,
        inventory: Inventory, outside: [any OutsideSystem] = [], clocks: any Clocks, random: any RandomSource,
        logger: Logger, metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance,
        drainSources: [any DrainSource] = [], csa: CSASite? = nil
    ) async throws -> Engine {
        let survey = csa.map { CSASurvey($0.client, clocks: clocks, database: $0.database) }
        let outside = outside + (csa.map { outsideSystems(of: $0, sealer: sealer, clocks: clocks) } ?? [])
        let begunAt = clocks.now().monotonic
        let metrics = EngineMetrics(factory: metricsFactory)
        let fence = FenceSource(timeline: try await store.timeline())
        let isFresh = try await store.gate() == nil
        let record = try await gate(in: store, configuration: configuration, fence: fence, at: clocks.now().wall)
        let minter = Minter(clocks: clocks, random: random)
        let links = EngineLinks(replicas: configuration.replicas)
        let packs = try await PackShelf(
            base: inventory, store: store, clocks: clocks, fence: fence, releaser: links.releaser)
        let basis = EngineBasis(
            configuration: configuration, store: store, central: central, sealer: sealer, clocks: clocks,
            minter: minter, fence: fence, packs: packs, watchers: HoldWatchers(), links: links, logger: logger,
            metrics: metrics, metricsFactory: metricsFactory)
        let seatID = configuration.replicas.map { _ in ReplicaID(minter.ticket().description) }
        let plugins = PluginChain(
            configuration.plugins, budget: configuration.pluginChainBudget, clocks: clocks, logger: logger,
            metricsFactory: metricsFactory)
        let gatekeeper = makeGatekeeper(
            basis, record, isFresh: isFresh, plugins: plugins, survey: survey, seatID: seatID)
        // Also when it was closed before: whoever closed it may not have waited.
        if configuration.startsClosed { _ = await gatekeeper.acknowledge(record, since: begunAt) }
        let pauses = (
            schedules: CentralPause("the list of Central's schedules", clocks: clocks, logger: logger),
            executions: CentralPause("the list of Central's executions", clocks: clocks, logger: logger)
        )
        let intake = AskIntake(
            packs: packs, sealer: sealer, minter: minter, sensitivePatterns: configuration.sensitivePatterns,
            fingerprintsAll: !plugins.isEmpty)
        let reader = ScheduleReader(
            policies: configuration.misfires, packs: packs, sealer: sealer, intake: intake, zone: configuration.zones,
            defaultZone: configuration.zone, countsRepeats: configuration.occurrencesAreRepeats)
        let terms = TermFactory(
            basis: basis, gatekeeper: gatekeeper, reader: reader, outside: outside, pauses: pauses, random: random)
        // Of several replicas none leads yet.
        let term = configuration.replicas == nil ? fence : nil
        let firstReleaser =
            if let term { try await terms.releaser(term) } else { terms.restingReleaser(try await store.release()) }
        links.releaser.set(firstReleaser)
        let monitor = StoreMonitor(
            store: store, clocks: clocks, fence: fence, gatekeeper: gatekeeper, logger: logger)
        links.monitor.set(monitor)
        let windows = try await WindowKeeper(
            store: store, gatekeeper: gatekeeper, packs: packs, minter: minter, clocks: clocks, fence: fence,
            logger: logger, metricsFactory: metricsFactory, zones: configuration.zones,
            isShared: configuration.replicas != nil, isLeading: { links.isLeading })
        let sources = SourceHost(
            configuration.plugins,
            asker: SourceAsker.Parts(
                intake: intake, gatekeeper: gatekeeper, monitor: monitor, sealer: sealer, clocks: clocks,
                validFor: configuration.gate.validFor, metrics: PluginMetrics(factory: metricsFactory)),
            logger: logger, metricsFactory: metricsFactory)
        if let freezer = terms.freezer(term) { links.freezer.set(freezer) }
        if let keeper = terms.keeper(term) { links.keeper.set(keeper) }
        let shared = makeReplicas(basis, id: seatID, gatekeeper: gatekeeper, windows: windows, terms: terms)
        let fences = FenceBoard(isShared: configuration.replicas != nil, keptFor: configuration.fencesKeptFor)
        let open = try await store.maintenances(limit: MaintenanceLimits.openCountMax)
        fences.load(open.flatMap(MaintenanceFences.standings))
        let releases = ReleaseDesk(
            store: store, clocks: clocks, fence: fence, settings: configuration.release.settings,
            gate: { gatekeeper.snapshot().record },
            onChanged: { record in
                pauses.executions.hurry()
                links.releaser.value?.handle(.releaseRead(record))
            })
        let durations = DurationLibrary(
            central: central, clocks: clocks, pageSize: configuration.listPageSize, pause: pauses.executions)
        let launches = central.map {
            CSALaunchSource(central: $0, pause: pauses.executions, pageSize: configuration.listPageSize)
        }
        let csaDrain = survey.map { CSADrainSource($0, store: store, launches: launches) }
        let drains = makeDrainWatch(
            basis, sources: drainSources + (csaDrain.map { [$0] } ?? []), pause: pauses.executions,
            durations: durations, gatekeeper: gatekeeper, seat: shared?.seat, leader: shared?.leader)
        let forecasts = ForecastDesk(
            shelf: ScheduleShelf(
                central: central, clocks: clocks, reader: reader, pause: pauses.schedules,
                freeze: {
                    // Only who leads freezes; the others find it in the store.
                    if links.isLeading { return links.freezer.value?.frozenSchedules() ?? [:] }
                    return ScheduleFreezer.frozenSchedules(try await store.journal(.openFreeze))
                }),
            durations: durations, windows: windows, packs: packs, clocks: clocks,
            gate: { gatekeeper.snapshot().record },
            policy: configuration.gate, releases: releases)
        let processes = csa.flatMap { site in
            site.answersEndedLaunches
                ? ProcessInstanceKeeper(
                    site: site, store: store, clocks: clocks, logger: logger, isLeading: { links.isLeading },
                    permit: links.mayAct) : nil
        }
        var workers = makeWorkers(
            basis, gatekeeper: gatekeeper, survey: survey, releases: releases, drains: drains, forecasts: forecasts,
            fences: fences, pauses: pauses)
        if let csa, let survey {
            workers += csaWorkers(
                csa, survey: survey, keeper: { links.keeper.value }, processes: processes, store: store,
                clocks: clocks, fence: fence, drains: drains, permit: links.mayAct, logger: logger)
        }
        let maintenance = MaintenanceKeeper(
            workers: workers, fences: fences, windows: windows, store: store, clocks: clocks, minter: minter,
            fence: fence, logger: logger, metricsFactory: metricsFactory, isLeading: { links.isLeading },
            gateEpoch: { gatekeeper.snapshot().record.epoch })
        links.maintenance.set(maintenance)
        return Engine(
            store: store, clocks: clocks,
            intake: intake,
            gatekeeper: gatekeeper,
            releases: releases,
            desk: HoldDesk(
                store: store, clocks: clocks, fence: fence, minter: minter,
                keyRetention: configuration.gate.idempotencyRetention,
                coalescesWaitedFor: configuration.gate.coalescesWaitedFor,
                epoch: { gatekeeper.recordedEpoch },
                onCommitted: { changes in
                    // A person's order.
                    pauses.executions.hurry()
                    basis.announce(changes)
                }),
            watchers: basis.watchers,
            places: HoldPlaces(store: store, clocks: clocks),
            monitor: monitor,
            configuration: configuration, packs: packs,
            forecasts: forecasts,
            windows: windows, drains: drains, plugins: plugins, maintenance: maintenance, sources: sources,
            fences: fences, seat: shared?.seat, leader: shared?.leader, follower: shared?.follower, links: links,
            firstReleaser: firstReleaser, processes: processes, csa: csa, minter: minter, central: central,
            pauses: pauses, fence: fence)
    }

    /// What this process writes with.
    public var writeFence: Fence { fence.current }

    /// Whether there is a Central to launch in.
    var hasCentral: Bool { central != nil }

    /// The flows that are known now.
    public var inventory: Inventory { packs.inventory }

    /// Central's schedules as they are now, for a person who looks; none without a Central.
    ///
    /// After Central refused the account it is not asked again for a while (`RetryPause`).
    /// - Throws: `CentralError`.
    public func listSchedules() async throws -> [CentralSchedule] {
        guard let central else { return [] }
        return try await pauses.schedules.read(for: .person) { try await central.schedules() }
    }

    /// What Central refused or did not answer is tried again at once: the configuration was read again.
    public func hurryCentral() {
        pauses.schedules.hurry()
        pauses.executions.hurry()
        freezer?.hurry()
    }

    /// Changes of outside systems that are to be made, put back or decided, as who leads knows them: those of a
    /// maintenance, and Central's schedules that a freeze disabled. 0 where another replica leads.
    public var openChangeCount: Int {
        guard notLeading == nil else { return 0 }
        return (keeper?.status().openCount ?? 0) + (freezer?.status().openCounts.values.reduce(0, +) ?? 0)
    }

    /// What has to run, in the order in which it is stopped last to first.
    public var services: [any Service] {
        let watching: [any Service] =
            [monitor, windows, drains, maintenance] + (central == nil ? [] : [forecasts.durations])
            + (processes.map { [$0] } ?? [])
        let asking: [any Service] = [gatekeeper] + (sources.isEmpty ? [] : [sources])
        let plugged: [any Service] = plugins.isEmpty ? [] : [plugins]
        guard let seat, let leader, let follower else {
            let changing: [any Service] = (freezer.map { [$0] } ?? []) + (keeper.map { [$0] } ?? [])
            return watching + changing + plugged + [releaser] + asking
        }
        // The leader stops before the seat goes that its launches need.
        return watching + [seat, follower] + plugged + [leader] + asking
    }

    /// A report that an execution ended; accepted in every mode.
    /// - Throws: `StoreError`.
    public func executionEnded(_ id: ExecutionID, _ result: LaunchResult) async throws {
        try await store.commit([.endAdmission(id, at: clocks.now().wall)], fence: fence.current)
        releaser.handle(.reportedEnded(id, result))
    }
}
