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
    public let releaser: Releaser
    public let desk: HoldDesk
    public let watchers: HoldWatchers
    public let monitor: StoreMonitor
    public let configuration: EngineConfiguration
    public let packs: PackShelf
    public let forecasts: ForecastDesk
    public let windows: WindowKeeper
    /// nil without a Central.
    public let freezer: ScheduleFreezer?
    private let central: (any CentralClient)?
    /// After Central's schedules could not be read, and after its executions could not be.
    private let pauses: (schedules: CentralPause, executions: CentralPause)
    private let fence: Fence

    /// Reads the gate from the store, or makes it in a fresh one, and puts the parts together.
    /// - Throws: `StoreError`.
    public static func make(
        configuration: EngineConfiguration, store: any Store, central: (any CentralClient)?, sealer: any Sealer,
        inventory: Inventory, clocks: any Clocks, random: any RandomSource, logger: Logger,
        metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance
    ) async throws -> Engine {
        let metrics = EngineMetrics(factory: metricsFactory)
        let fence = Fence(timeline: 1, term: 1)
        let isFresh = try await store.gate() == nil
        let record = try await gate(in: store, configuration: configuration, fence: fence, at: clocks.now().wall)
        let minter = Minter(clocks: clocks, random: random)
        let watchers = HoldWatchers()
        let releaserLink = Link<Releaser>()
        let packs = try await PackShelf(
            base: inventory, store: store, clocks: clocks, fence: fence, releaser: releaserLink)
        let monitorLink = Link<StoreMonitor>()
        let onCommitted: @Sendable ([Change]) -> Void = { changes in
            CommitNews.announce(changes, to: releaserLink.value, watchers: watchers, store: store)
        }
        let gatekeeper = Gatekeeper(
            record: record, policy: configuration.gate, store: store, central: central, clocks: clocks, fence: fence,
            logger: logger, metrics: metrics, onCommitted: onCommitted,
            onStoreFailed: { monitorLink.value?.failed() }, resumedAt: isFresh ? nil : clocks.now().monotonic,
            onGateChanged: { record, closedEpoch in
                releaserLink.value?.handle(.gateChanged(record, closedEpoch: closedEpoch))
            })
        let pauses = (
            schedules: CentralPause("the list of Central's schedules", clocks: clocks, logger: logger),
            executions: CentralPause("the list of Central's executions", clocks: clocks, logger: logger)
        )
        let releaser = Releaser(
            gate: record, judgedEpoch: try await store.judgedEpoch(), policy: configuration.release, packs: packs,
            store: store, central: central,
            sealer: sealer, minter: minter, clocks: clocks, fence: fence, listPageSize: configuration.listPageSize,
            misfires: configuration.misfires, pause: pauses.executions, logger: logger, metrics: metrics,
            onCommitted: { CommitNews.tell($0, watchers) })
        releaserLink.set(releaser)
        let monitor = StoreMonitor(
            store: store, clocks: clocks, fence: fence, gatekeeper: gatekeeper, logger: logger)
        monitorLink.set(monitor)
        let windows = try await WindowKeeper(
            store: store, gatekeeper: gatekeeper, minter: minter, clocks: clocks, fence: fence, logger: logger,
            metricsFactory: metricsFactory, zones: configuration.zones)
        let intake = AskIntake(
            packs: packs, sealer: sealer, minter: minter, sensitivePatterns: configuration.sensitivePatterns)
        let reader = ScheduleReader(
            policies: configuration.misfires, packs: packs, sealer: sealer, intake: intake, zone: configuration.zones,
            defaultZone: configuration.zone, countsRepeats: configuration.occurrencesAreRepeats)
        let freezer = central.map { central in
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
                pause: pauses.schedules, store: store, central: central, clocks: clocks, fence: fence, logger: logger)
        }
        return Engine(
            store: store, clocks: clocks,
            intake: intake,
            gatekeeper: gatekeeper, releaser: releaser,
            desk: HoldDesk(
                store: store, clocks: clocks, fence: fence, minter: minter,
                keyRetention: configuration.gate.idempotencyRetention, epoch: { gatekeeper.snapshot().record.epoch },
                onCommitted: { changes in
                    // A person's order.
                    pauses.executions.hurry()
                    onCommitted(changes)
                }),
            watchers: watchers,
            monitor: monitor,
            configuration: configuration, packs: packs,
            forecasts: ForecastDesk(
                shelf: ScheduleShelf(
                    central: central, clocks: clocks, reader: reader, pause: pauses.schedules,
                    freeze: { freezer?.frozenSchedules() ?? [:] }),
                durations: DurationLibrary(
                    central: central, clocks: clocks, pageSize: configuration.listPageSize, pause: pauses.executions),
                windows: windows, packs: packs, clocks: clocks, gate: { gatekeeper.snapshot().record },
                policy: configuration.gate, release: configuration.release),
            windows: windows, freezer: freezer, central: central, pauses: pauses, fence: fence)
    }

    private static func gate(
        in store: any Store, configuration: EngineConfiguration, fence: Fence, at now: Timestamp
    ) async throws -> GateRecord {
        if let record = try await store.gate() {
            guard configuration.startsClosed, record.whole.mode.isOpen else { return record }
            var closed = record
            closed.epoch = record.epoch.next
            closed.closedEpoch = closed.epoch
            closed.whole = ScopeMode(scope: nil, mode: .hold, since: now, by: .sluice, reason: "started closed")
            try await store.commit(
                [
                    .setGate(closed, replacing: record.epoch),
                    .recallReleased(at: now, by: .sluice, cause: "Sluice was started closed"),
                ], fence: fence)
            return closed
        }
        let record = GateRecord(
            epoch: .first,
            whole: ScopeMode(
                scope: nil, mode: configuration.startsClosed ? .hold : configuration.initialMode, since: now,
                by: .sluice,
                reason: "first start"))
        try await store.commit([.setGate(record, replacing: Epoch(0))], fence: fence)
        return record
    }

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

    /// What has to run, in the order in which it is stopped last to first.
    public var services: [any Service] {
        [monitor, windows] + (central == nil ? [] : [forecasts.durations]) + (freezer.map { [$0] } ?? [])
            + [releaser, gatekeeper]
    }

    /// A report that an execution ended; accepted in every mode.
    /// - Throws: `StoreError`.
    public func executionEnded(_ id: ExecutionID, _ result: LaunchResult) async throws {
        try await store.commit([.endAdmission(id, at: clocks.now().wall)], fence: fence)
        releaser.handle(.reportedEnded(id, result))
    }
}

/// A reference that is set once, after both ends exist.
final class Link<Target: AnyObject & Sendable>: Sendable {
    private let target = Mutex<Target?>(nil)

    var value: Target? { target.withLock { $0 } }

    func set(_ target: Target) { self.target.withLock { $0 = target } }
}

/// Passes on what was committed: to the release, and to whoever waits for a hold.
enum CommitNews {
    static func tell(_ changes: [Change], _ watchers: HoldWatchers) {
        for change in changes {
            switch change {
            case .moveHold(let move): watchers.changed(CollectionOfOne(move.ticket))
            case .recallReleased: watchers.allChanged()
            case .setGate, .addHold, .redeem, .remember, .admit, .endAdmission, .tally, .recordPack, .note, .putWindow,
                .putOccurrence, .forgetWindow, .journal, .addMissed, .judgedMisfires:
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
            // One held by maintenance cannot start before the gate changes, which is news of its own.
            case .addHold(let hold): isStirring = isStirring || hold.reason != .maintenance
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
            case .setGate, .recallReleased, .remember, .admit, .endAdmission, .tally, .recordPack, .note, .putWindow,
                .putOccurrence, .forgetWindow, .journal, .addMissed, .judgedMisfires:
                break
            }
        }
        if isStirring { releaser?.handle(.stirred) }
    }
}
