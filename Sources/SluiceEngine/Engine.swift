public import CoreMetrics
public import Logging
public import ServiceLifecycle
import SluiceCore
public import SluiceModel
public import SluicePorts
import Synchronization

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
    private let releaserLink: Link<Releaser>
    private let firstReleaser: Releaser
    private let freezerLink: Link<ScheduleFreezer>
    private let keeperLink: Link<JournalKeeper>
    private let processes: ProcessInstanceKeeper?
    let csa: CSASite?
    let minter: Minter
    private let central: (any CentralClient)?
    /// After Central's schedules could not be read, and after its executions could not be.
    private let pauses: (schedules: CentralPause, executions: CentralPause)
    private let fence: FenceSource

    /// The release; rests while another replica leads, and is another object each term.
    public var releaser: Releaser { releaserLink.value ?? firstReleaser }

    /// Freezes Central's schedules; nil without a Central.
    public var freezer: ScheduleFreezer? { freezerLink.value }

    /// Changes outside systems for a maintenance; nil without one. Rests while another replica leads, and is another
    /// object each term.
    public var keeper: JournalKeeper? { keeperLink.value }

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
        let watchers = HoldWatchers()
        let releaserLink = Link<Releaser>()
        let packs = try await PackShelf(
            base: inventory, store: store, clocks: clocks, fence: fence, releaser: releaserLink)
        let monitorLink = Link<StoreMonitor>()
        let seatLink = Link<SeatKeeper>()
        let leaderLink = Link<LeaderKeeper>()
        let freezerLink = Link<ScheduleFreezer>()
        let keeperLink = Link<JournalKeeper>()
        let maintenanceLink = Link<MaintenanceKeeper>()
        let replicas = configuration.replicas
        let seatID = replicas.map { _ in ReplicaID(minter.ticket().description) }
        let isLeading: @Sendable () -> Bool = { replicas == nil || leaderLink.value?.term != nil }
        let mayAct: @Sendable (Duration) -> Permit = { duration in
            replicas == nil ? .yes : leaderLink.value?.mayAct(for: duration) ?? .no
        }
        let permit: @Sendable () -> Permit = { mayAct(replicas?.effectDuration ?? .zero) }
        let onOutrun: @Sendable () -> Void = { seatLink.value?.hurry() }
        let onCommitted: @Sendable ([Change]) -> Void = { changes in
            CommitNews.announce(changes, to: releaserLink.value, watchers: watchers, store: store)
        }
        let plugins = PluginChain(
            configuration.plugins, budget: configuration.pluginChainBudget, clocks: clocks, logger: logger,
            metricsFactory: metricsFactory)
        var policy = configuration.gate
        policy.hasInterceptors = !plugins.isEmpty
        policy.interceptorMatches = plugins.matches
        let gatekeeper = Gatekeeper(
            record: record, policy: policy, store: store, central: central, plugins: plugins, clocks: clocks,
            fence: fence,
            logger: logger, metrics: metrics, onCommitted: onCommitted,
            onStoreFailed: { monitorLink.value?.failed() }, resumedAt: isFresh ? nil : clocks.now().monotonic,
            onGateChanged: { record, closedEpoch in
                releaserLink.value?.handle(.gateChanged(record, closedEpoch: closedEpoch))
            }, seatID: seatID, onOutrun: onOutrun, onOwnChange: { seatLink.value?.applied($0) },
            readPacks: { if replicas != nil { try await packs.refresh() } },
            isContinuing: { await continuation(of: $0, survey, maintenanceLink.value) })
        // Also when it was closed before: whoever closed it may not have waited.
        if configuration.startsClosed { _ = await gatekeeper.acknowledge(record, since: begunAt) }
        let pauses = (
            schedules: CentralPause("the list of Central's schedules", clocks: clocks, logger: logger),
            executions: CentralPause("the list of Central's executions", clocks: clocks, logger: logger)
        )
        // nil: one that rests, because another replica leads.
        let makeReleaser: @Sendable (FenceSource?) async throws -> Releaser = { term in
            // Whoever led before may have loaded more.
            if term != nil, replicas != nil { try await packs.refresh() }
            let judgedEpoch = try await store.judgedEpoch()
            let rest: @Sendable () -> String? = { leaderLink.value?.notLeading }
            return Releaser(
                gate: gatekeeper.recorded, judgedEpoch: judgedEpoch, policy: configuration.release,
                packs: packs, store: store, central: central, sealer: sealer, minter: minter, clocks: clocks,
                fence: term ?? fence, listPageSize: configuration.listPageSize, misfires: configuration.misfires,
                pause: pauses.executions, logger: logger, metrics: metrics, release: try await store.release(),
                jitterSeed: random.next(),
                inFlightCount: { gatekeeper.snapshot().inFlightCount + (leaderLink.value?.othersInFlightCount ?? 0) },
                onCommitted: { CommitNews.tell($0, watchers) }, permit: permit, onOutrun: onOutrun,
                resting: term == nil ? rest : nil)
        }
        let firstReleaser = try await makeReleaser(replicas == nil ? fence : nil)
        releaserLink.set(firstReleaser)
        let monitor = StoreMonitor(
            store: store, clocks: clocks, fence: fence, gatekeeper: gatekeeper, logger: logger)
        monitorLink.set(monitor)
        let windows = try await WindowKeeper(
            store: store, gatekeeper: gatekeeper, packs: packs, minter: minter, clocks: clocks, fence: fence,
            logger: logger, metricsFactory: metricsFactory, zones: configuration.zones, isShared: replicas != nil,
            isLeading: isLeading)
        let intake = AskIntake(
            packs: packs, sealer: sealer, minter: minter, sensitivePatterns: configuration.sensitivePatterns,
            fingerprintsAll: !plugins.isEmpty)
        let sources = SourceHost(
            configuration.plugins,
            asker: SourceAsker.Parts(
                intake: intake, gatekeeper: gatekeeper, monitor: monitor, sealer: sealer, clocks: clocks,
                validFor: configuration.gate.validFor, metrics: PluginMetrics(factory: metricsFactory)),
            logger: logger, metricsFactory: metricsFactory)
        let reader = ScheduleReader(
            policies: configuration.misfires, packs: packs, sealer: sealer, intake: intake, zone: configuration.zones,
            defaultZone: configuration.zone, countsRepeats: configuration.occurrencesAreRepeats)
        let makeFreezer: @Sendable (FenceSource) -> ScheduleFreezer? = { fence in
            guard let central else { return nil }
            let window = configuration.catchUp == .unknown ? configuration.catchUpWindow : .zero
            return ScheduleFreezer(
                policy: FreezePolicy(
                    thawInterval: configuration.thawInterval,
                    // What begins within the window may be listed that much later.
                    catchUpWindow: window == .zero ? .zero : window + configuration.release.listingLag), reader: reader,
                settler: GapSettler(
                    reader: reader, catchUp: configuration.catchUp,
                    search: CatchUpSearch(
                        reader: reader, window: window, store: store, central: central,
                        listPageSize: configuration.listPageSize),
                    store: store,
                    minter: minter, clocks: clocks, fence: fence, epoch: { gatekeeper.snapshot().record.epoch },
                    metrics: metrics, logger: logger,
                    onCommitted: { changes in
                        onCommitted(changes)
                        releaserLink.value?.handle(.stirred)
                    }),
                pause: pauses.schedules, store: store, central: central, clocks: clocks, fence: fence, logger: logger,
                permit: permit)
        }
        let makeKeeper: @Sendable (FenceSource) -> JournalKeeper? = { fence in
            guard !outside.isEmpty else { return nil }
            return JournalKeeper(
                systems: outside, lateDuration: configuration.lateWriteDuration, store: store, clocks: clocks,
                fence: fence, logger: logger, permit: mayAct)
        }
        if let freezer = makeFreezer(fence) { freezerLink.set(freezer) }
        if let keeper = makeKeeper(fence) { keeperLink.set(keeper) }
        let startWindow = configuration.gate.startWindow
        let shared = replicas.map { configuration in
            let seat = SeatKeeper(
                id: seatID ?? ReplicaID("?"), configuration: configuration, store: store, gatekeeper: gatekeeper,
                clocks: clocks, fence: fence, logger: logger, metricsFactory: metricsFactory,
                onReleaseChanged: {
                    // A person's pause should not wait for the release's next look.
                    guard isLeading(), let record = try? await store.release() else { return }
                    releaserLink.value?.handle(.releaseRead(record))
                })
            seatLink.set(seat)
            let leader = LeaderKeeper(
                seat: seat, store: store, clocks: clocks, fence: fence, logger: logger,
                metricsFactory: metricsFactory, startWindow: startWindow,
                onLead: { windows.becomeLeader() }
            ) { term in
                let releaser = try await makeReleaser(term)
                let freezer = makeFreezer(term ?? fence)
                releaserLink.set(releaser)
                if let freezer { freezerLink.set(freezer) }
                let keeper = makeKeeper(term ?? fence)
                if let keeper { keeperLink.set(keeper) }
                // What the gate and the packs became while it was made.
                packs.tell(releaser)
                let record = gatekeeper.recorded
                releaser.handle(.gateChanged(record, closedEpoch: record.closedEpoch))
                return LeaderKeeper.Parts(releaser: releaser, freezer: freezer, keeper: keeper)
            }
            leaderLink.set(leader)
            let follower = EventFollower(
                store: store, clocks: clocks, watchers: watchers, releaser: releaserLink, packs: packs,
                logger: logger, isLeading: isLeading)
            return (seat: seat, leader: leader, follower: follower)
        }
        let fences = FenceBoard(isShared: replicas != nil, keptFor: configuration.fencesKeptFor)
        let open = try await store.maintenances(limit: MaintenanceLimits.openCountMax)
        fences.load(open.flatMap(MaintenanceFences.standings))
        let releases = ReleaseDesk(
            store: store, clocks: clocks, fence: fence, settings: configuration.release.settings,
            gate: { gatekeeper.snapshot().record },
            onChanged: { record in
                pauses.executions.hurry()
                releaserLink.value?.handle(.releaseRead(record))
            })
        let durations = DurationLibrary(
            central: central, clocks: clocks, pageSize: configuration.listPageSize, pause: pauses.executions)
        let launches = central.map {
            CSALaunchSource(central: $0, pause: pauses.executions, pageSize: configuration.listPageSize)
        }
        let csaDrain = survey.map { CSADrainSource($0, store: store, launches: launches) }
        let drains = makeDrainWatch(
            configuration, sources: drainSources + (csaDrain.map { [$0] } ?? []), central: central, store: store,
            packs: packs, clocks: clocks,
            pause: pauses.executions, durations: durations, gatekeeper: gatekeeper, seat: shared?.seat,
            leader: shared?.leader, fence: fence, logger: logger, metricsFactory: metricsFactory)
        var runningInstances: (@Sendable () async throws -> [CSAInstanceID])?
        if let survey { runningInstances = { try await survey.runningInstances() } }
        let strandings = StrandingSearch(packs: packs, gatekeeper: gatekeeper, store: store, clocks: clocks)
        var workers: [any MaintenanceWorker] = [
            GateWorker(
                gatekeeper: gatekeeper, clocks: clocks, logger: logger,
                runningInstances: runningInstances,
                hasCentral: central != nil, strandings: StrandingGuard(search: strandings, clocks: clocks)),
            ScheduleWorker(
                freezer: { freezerLink.value },
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
        if let central {
            workers.append(
                VerificationWorker(
                    central: central, pauses: pauses,
                    strandings: StrandingSearch(packs: packs, gatekeeper: gatekeeper, store: store, clocks: clocks),
                    clocks: clocks))
        }
        let forecasts = ForecastDesk(
            shelf: ScheduleShelf(
                central: central, clocks: clocks, reader: reader, pause: pauses.schedules,
                freeze: {
                    // Only who leads freezes; the others find it in the store.
                    if isLeading() { return freezerLink.value?.frozenSchedules() ?? [:] }
                    return ScheduleFreezer.frozenSchedules(try await store.journal(.openFreeze))
                }),
            durations: durations, windows: windows, packs: packs, clocks: clocks,
            gate: { gatekeeper.snapshot().record },
            policy: configuration.gate, releases: releases)
        workers.append(DrainWorker(drains: drains, forecasts: forecasts, clocks: clocks))
        workers.append(FenceWorker(board: fences, systems: configuration.fences, clocks: clocks))
        let processes = csa.flatMap { site in
            site.answersEndedLaunches
                ? ProcessInstanceKeeper(
                    site: site, store: store, clocks: clocks, logger: logger, isLeading: isLeading,
                    permit: mayAct) : nil
        }
        if let csa, let survey {
            workers += csaWorkers(
                csa, survey: survey, keeper: { keeperLink.value }, processes: processes, store: store, clocks: clocks,
                fence: fence, drains: drains, permit: mayAct, logger: logger)
        }
        let maintenance = MaintenanceKeeper(
            workers: workers, fences: fences, windows: windows, store: store, clocks: clocks, minter: minter,
            fence: fence, logger: logger, metricsFactory: metricsFactory, isLeading: isLeading,
            gateEpoch: { gatekeeper.snapshot().record.epoch })
        maintenanceLink.set(maintenance)
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
                    onCommitted(changes)
                }),
            watchers: watchers,
            places: HoldPlaces(store: store, clocks: clocks),
            monitor: monitor,
            configuration: configuration, packs: packs,
            forecasts: forecasts,
            windows: windows, drains: drains, plugins: plugins, maintenance: maintenance, sources: sources,
            fences: fences, seat: shared?.seat, leader: shared?.leader,
            follower: shared?.follower, releaserLink: releaserLink, firstReleaser: firstReleaser,
            freezerLink: freezerLink, keeperLink: keeperLink, processes: processes, csa: csa, minter: minter,
            central: central,
            pauses: pauses, fence: fence)
    }

    /// Several replicas may start at once: whoever comes second reads what the first one wrote.
    private static func gate(
        in store: any Store, configuration: EngineConfiguration, fence: FenceSource, at now: Timestamp
    ) async throws -> GateRecord {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let stored = try await store.gate()
            guard let (record, changes) = firstChange(of: stored, configuration, at: now) else {
                if let stored { return stored }
                continue
            }
            do {
                try await store.commit(changes, fence: fence.current)
                return record
            } catch let error as StoreError where error.code == .conflict {
                continue
            }
        }
        throw StoreError(.conflict, "the gate is being changed by other replicas all the time; start again")
    }

    /// What the start makes of the gate; nil when it stays as it is stored.
    private static func firstChange(
        of stored: GateRecord?, _ configuration: EngineConfiguration, at now: Timestamp
    ) -> (record: GateRecord, changes: [Change])? {
        guard let stored else {
            let mode = configuration.startsClosed ? .hold : configuration.initialMode
            let record = GateRecord(
                epoch: .first,
                whole: ScopeMode(scope: nil, mode: mode, since: now, by: .sluice, reason: "first start"))
            return (record, [.setGate(record, replacing: Epoch(0))])
        }
        guard configuration.startsClosed, stored.whole.mode.isOpen else { return nil }
        var closed = stored
        closed.epoch = stored.epoch.next
        closed.closedEpoch = closed.epoch
        closed.whole = ScopeMode(scope: nil, mode: .hold, since: now, by: .sluice, reason: "started closed")
        return (
            closed,
            [
                .setGate(closed, replacing: stored.epoch),
                .recallReleased(at: now, by: .sluice, cause: "Sluice was started closed"),
            ]
        )
    }

    /// What this process writes with.
    public var writeFence: Fence { fence.current }

    /// The same for what one replica alone does; nil while another leads.
    public var leaderFence: Fence? { notLeading == nil ? writeFence : nil }

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

    /// CSA's account is read again, and CSA asked once more after it refused it: a person said so.
    /// - Throws: Whatever keeps its password from being read.
    public func retryCSA() throws { try csa?.readAccount() }

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

    /// Why this replica does not lead, and who does, as an operator is told; nil when it leads.
    public var notLeading: String? { leader?.notLeading }

    /// Whether this replica may decide: it has the store alone, or its lease holds.
    public var mayDecide: Bool { seat?.isSeated ?? true }

    /// The replicas, by when they took their seats, and which of them leads; one where it has the store alone.
    /// - Throws: `StoreError`.
    public func replicas() async throws -> (seats: [ReplicaView], leader: LeaderRecord?) {
        guard let seat else { return ([], nil) }
        let leader = try await store.leader()
        let seats = try await store.replicas().map {
            ReplicaView(replica: $0, isLeader: $0.id == leader?.holder, isOwn: $0.id == seat.id)
        }
        return (seats, leader)
    }

    /// A report that an execution ended; accepted in every mode.
    /// - Throws: `StoreError`.
    public func executionEnded(_ id: ExecutionID, _ result: LaunchResult) async throws {
        try await store.commit([.endAdmission(id, at: clocks.now().wall)], fence: fence.current)
        releaser.handle(.reportedEnded(id, result))
    }
}

/// A reference that is set after both ends exist, and anew with each term of a leader.
final class Link<Target: AnyObject & Sendable>: Sendable {
    private let target = Mutex<Target?>(nil)

    var value: Target? { target.withLock { $0 } }

    func set(_ target: Target) { self.target.withLock { $0 = target } }
}

/// Passes on what was committed: to the release, and to whoever waits for a hold.
enum CommitNews {
    static func tell(_ changes: [Change], _ watchers: HoldWatchers) {
        watchers.committed()
        for change in changes {
            switch change {
            case .moveHold(let move): watchers.changed(CollectionOfOne(move.ticket))
            case .recallReleased: watchers.allChanged()
            case .coalesce(let coalescing): watchers.changed(coalescing.key)
            case .succeed(let succession): watchers.changed(succession.key)
            case .setGate, .addHold, .importHold, .redeem, .remember, .admit, .endAdmission, .putCaller, .forgetCaller,
                .tally, .recordPack,
                .note, .putWindow, .putOccurrence, .forgetWindow, .putMaintenance, .journal, .addMissed,
                .judgedMisfires, .seatReplica,
                .renewReplica, .removeReplica, .takeLead, .renewLead, .resignLead, .expectOpen, .expectUnasked,
                .setRelease, .settleCallback, .forgetHolds:
                break
            }
        }
    }

    static func announce(_ changes: [Change], to releaser: Releaser?, watchers: HoldWatchers, store: any Store) {
        tell(changes, watchers)
        var isStirring = false
        var isRedeeming = false
        for change in changes {
            switch change {
            case .redeem: isRedeeming = true
            case .succeed: isStirring = true
            // One held by maintenance cannot start before the gate changes, which is news of its own.
            case .addHold(let hold): isStirring = isStirring || hold.reason != .maintenance
            case .importHold: isStirring = true
            case .moveHold(let move) where move.to == .ended:
                // why: a caller reported its end; the release forgets the flight, and nobody waits for that.
                Task {
                    if let hold = try? await store.hold(move.ticket) {
                        releaser?.handle(.reloaded(move.ticket, hold))
                    }
                }
            case .moveHold(let move):
                guard move.to == .running || move.to == .launching else {
                    isStirring = true
                    continue
                }
                if isRedeeming, let attempt = move.attempt {
                    releaser?.handle(.redeemed(move.ticket, attempt: attempt, move.update.executionID))
                } else {
                    // why: a caller took it; its hold is read so that its end can be followed, and nobody waits for
                    // that.
                    Task {
                        if let hold = try? await store.hold(move.ticket) { releaser?.handle(.taken(hold)) }
                    }
                }
            case .setGate, .recallReleased, .coalesce, .remember, .admit, .endAdmission, .putCaller, .forgetCaller,
                .tally, .recordPack, .note,
                .putWindow, .putOccurrence, .forgetWindow, .putMaintenance, .journal, .addMissed, .judgedMisfires,
                .seatReplica,
                .renewReplica, .removeReplica, .takeLead, .renewLead, .resignLead, .expectOpen, .expectUnasked,
                .setRelease, .settleCallback, .forgetHolds:
                break
            }
        }
        if isStirring { releaser?.handle(.stirred) }
    }
}
