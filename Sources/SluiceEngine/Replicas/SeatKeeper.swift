import CoreMetrics
import Logging
import Metrics
public import ServiceLifecycle
public import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

/// Drives `SeatState`: takes a seat, renews it, and gives the gate the lease without which it does not decide.
public final class SeatKeeper: Service {
    private struct State {
        var machine: SeatState
        /// Whether the next record counts though its epoch is older: the database is another.
        var adoptsNext = false
    }

    private let state: Mutex<State>
    private let queue = EffectQueue<SeatEffect>()
    private let store: any Store
    private let gatekeeper: Gatekeeper
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    private let leaseGauge: Gauge
    /// The release's record was changed, perhaps by another replica.
    private let onReleaseChanged: @Sendable () async -> Void
    /// This replica's id: another at each start.
    public let id: ReplicaID
    public let configuration: ReplicaConfiguration

    init(
        id: ReplicaID, configuration: ReplicaConfiguration, store: any Store, gatekeeper: Gatekeeper,
        clocks: any Clocks, fence: FenceSource, logger: Logger, metricsFactory: any MetricsFactory,
        onReleaseChanged: @escaping @Sendable () async -> Void = {}
    ) {
        self.onReleaseChanged = onReleaseChanged
        self.id = id
        self.configuration = configuration
        self.store = store
        self.gatekeeper = gatekeeper
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        leaseGauge = Gauge(label: "sluice_replica_lease_seconds", factory: metricsFactory)
        state = Mutex(
            State(
                machine: SeatState(
                    id: id, name: configuration.name, version: configuration.version, policy: configuration.seat,
                    appliedEpoch: gatekeeper.snapshot().record.epoch, at: clocks.now())))
    }

    /// For how long this replica may decide.
    public var lease: Lease { state.withLock { $0.machine.lease } }

    /// Whether it may decide now.
    public var isSeated: Bool { lease.holds(at: clocks.now().monotonic) }

    /// The gate may have changed: it is read now, not only at the next renewal.
    public func hurry() { handle(.hurried) }

    /// This replica changed the gate itself.
    func applied(_ epoch: Epoch) { handle(.gateApplied(epoch)) }

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await queue.run { [self] effect in await work(effect) } }
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in
                    while !Task.isCancelled {
                        handle(.ticked(inFlightCount: gatekeeper.snapshot().inFlightCount))
                        leaseGauge.record(seconds(of: lease))
                        try await clocks.sleep(
                            until: clocks.now().monotonic.advanced(by: EngineLimits.seatTickInterval))
                    }
                }
                handle(.stopping)
                if state.withLock({ $0.machine.hasLeft }) { queue.finish() }
            }
            // It only makes things sooner. The release's record is read beside it, so that news of the gate never wait.
            let (releases, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in
                    for await news in store.news() {
                        if news == .releaseChanged { changed.yield() } else { hurry() }
                    }
                }
                changed.finish()
            }
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in for await _ in releases { await onReleaseChanged() } }
            }
            await group.waitForAll()
        }
    }

    private func seconds(of lease: Lease) -> Double {
        guard let left = lease.left(at: clocks.now().monotonic) else { return .infinity }
        return Double(left.wholeMilliseconds) / 1000
    }

    /// What is done at once is done under the lock: a lease never outruns the loss that came after it.
    private func handle(_ event: SeatEvent) {
        let later = state.withLock { state in
            state.machine.step(event, at: clocks.now()).filter { effect in
                switch effect {
                case .apply(let record):
                    gatekeeper.read(record, isForced: state.adoptsNext)
                    state.adoptsNext = false
                case .extend(let lease): gatekeeper.setLease(lease)
                case .lose(let cause):
                    gatekeeper.setLease(.none)
                    logger.warning("this replica decides nothing for now", metadata: ["cause": "\(cause)"])
                case .readTimeline:
                    state.adoptsNext = true
                    return true
                case .join, .renew, .leave: return true
                }
                return false
            }
        }
        queue.append(later)
        if event == .left { queue.finish() }
    }

    private func work(_ effect: SeatEffect) async {
        switch effect {
        case .join(let replica): await call(.seatReplica(replica), replica.renewal)
        case .renew(var renewal):
            // Of now: it may confirm a gate that was applied since it was made, and all that was let through before.
            renewal.inFlightCount = gatekeeper.snapshot().inFlightCount
            await call(.renewReplica(renewal), renewal.number)
        case .readTimeline: await readTimeline()
        case .leave(let id):
            do {
                try await store.commit([.removeReplica(id, renewal: nil)], fence: fence.current)
            } catch {
                logger.warning("the seat is left as it is; the leader removes it", metadata: ["error": "\(error)"])
            }
            handle(.left)
        case .apply, .extend, .lose: break
        }
    }

    private func call(_ change: Change, _ number: Int64) async {
        do {
            try await store.commit([change], fence: fence.current)
            guard let record = try await store.gate() else {
                return handle(.failed(number, cause: "the store has no gate"))
            }
            // Only what this seat has confirmed counts: the gate may have been adopted meanwhile, without its packs.
            if state.withLock({ record.epoch > $0.machine.appliedEpoch || $0.adoptsNext }) {
                try await gatekeeper.learnPacks(of: record)
            }
            handle(.granted(number, record))
        } catch let error as StoreError where error.code == .conflict {
            handle(.refused(number))
        } catch let error as StoreError where error.code == .staleFence {
            handle(.outdated)
            handle(.failed(number, cause: "\(error)"))
        } catch {
            handle(.failed(number, cause: "\(error)"))
        }
    }

    private func readTimeline() async {
        do {
            let timeline = try await store.timeline()
            logger.notice("the database is on another timeline", metadata: ["timeline": "\(timeline)"])
            fence.move(to: timeline)
        } catch {
            logger.warning("the timeline could not be read", metadata: ["error": "\(error)"])
        }
    }
}
