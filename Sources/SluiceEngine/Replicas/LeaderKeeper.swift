import CoreMetrics
import Logging
import Metrics
public import ServiceLifecycle
public import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

/// Drives `LeaderState`: takes the lead, and runs what one replica alone may run, made anew from the store each term.
public final class LeaderKeeper: Service {
    /// What a leader runs.
    struct Parts: Sendable {
        var releaser: Releaser
        var freezer: ScheduleFreezer?
        var keeper: JournalKeeper?
    }

    private struct State {
        var machine: LeaderState
        /// What the others let through, those that are gone among them.
        var others: InFlightOthers
        /// Ends what runs for the term.
        var stop: AsyncStream<Void>.Continuation?
        var isStopping = false
    }

    private let state: Mutex<State>
    private let queue = EffectQueue<LeaderEffect>()
    private let seat: SeatKeeper
    private let store: any Store
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    private let isLeaderGauge: Gauge
    private let replicaGauge: Gauge
    /// Makes what a term runs, and lets everybody reach it.
    private let install: @Sendable (FenceSource) async throws -> Parts
    /// Lets everybody reach what rests instead.
    private let rest: @Sendable () -> Void
    /// A leader looks at its windows at once.
    private let onLead: @Sendable () -> Void

    init(
        seat: SeatKeeper, store: any Store, clocks: any Clocks, fence: FenceSource, logger: Logger,
        metricsFactory: any MetricsFactory, startWindow: Duration, onLead: @escaping @Sendable () -> Void,
        install: @escaping @Sendable (FenceSource) async throws -> Parts, rest: @escaping @Sendable () -> Void
    ) {
        self.seat = seat
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        self.onLead = onLead
        self.install = install
        self.rest = rest
        isLeaderGauge = Gauge(label: "sluice_replica_leader", factory: metricsFactory)
        replicaGauge = Gauge(label: "sluice_replicas", factory: metricsFactory)
        state = Mutex(
            State(
                machine: LeaderState(
                    id: seat.id, name: seat.configuration.name, policy: seat.configuration.leader, at: clocks.now()),
                others: InFlightOthers(own: seat.id, window: startWindow)))
    }

    /// The term in which this replica leads; nil when it does not.
    public var term: Int64? { state.withLock { $0.machine.term } }

    /// Why this replica does not lead, and who does; nil when it leads.
    public var notLeading: String? {
        if term != nil { return nil }
        return "not the leader: " + (absence.map { "\($0); ask again" } ?? "replica \(leaderName) leads; ask it")
    }

    /// Why nobody leads just now; nil: this replica does, or another one that is heard of.
    var absence: String? { state.withLock { $0.machine.absence(at: clocks.now()) } }

    /// The name of the replica that leads or led last.
    var leaderName: String { state.withLock { $0.machine.record?.name ?? "?" } }

    /// Launches that the other replicas let through, as they said when they last renewed their seats; of one that is
    /// gone at least one for a whole start window.
    var othersInFlightCount: Int { state.withLock { $0.others.count(at: clocks.now().monotonic) } }

    /// The same by replica, and for how long the seats were not read; nil: they never were.
    var othersInFlight: (parts: [InFlightPart], age: Duration?) {
        let now = clocks.now().monotonic
        return state.withLock { ($0.others.parts(at: now), $0.others.age(at: now)) }
    }

    /// The same count after a read of the seats that somebody else made.
    func othersInFlightCount(after seats: [Replica]) -> Int {
        let now = clocks.now().monotonic
        return state.withLock { state in
            state.others.observe(seats, at: now)
            return state.others.count(at: now)
        }
    }

    /// Whether something that may take so long may be done now, outside the store: both leases last.
    func mayAct(for duration: Duration) -> Permit {
        let (lease, term) = state.withLock { ($0.machine.lease, $0.machine.term) }
        guard term != nil else { return .no }
        let seatLease = seat.lease
        // Read last: a process that was stopped before this sees that its leases are over.
        let now = clocks.now().monotonic
        return seatLease.holds(at: now) && lease.outlasts(duration, at: now) ? .yes : .wait
    }

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await queue.run { [self] effect in await work(effect) } }
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in try await tick() }
                // What runs for the term hears of the shutdown itself, and ends in its own time.
                state.withLock { $0.isStopping = true }
                handle(.stopping)
            }
            await group.waitForAll()
        }
    }

    private func tick() async throws {
        while !Task.isCancelled {
            handle(.ticked(isSeated: seat.isSeated))
            let (isLeader, count) = state.withLock { ($0.machine.term != nil, $0.machine.seats.count) }
            isLeaderGauge.record(isLeader ? 1 : 0)
            replicaGauge.record(count)
            try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.seatTickInterval))
        }
    }

    private func handle(_ event: LeaderEvent) {
        let (effects, isGone) = state.withLock { state in
            (state.machine.step(event, at: clocks.now()), state.machine.isGone)
        }
        for effect in effects {
            guard case .stepDown(let term, let cause) = effect else {
                queue.append(CollectionOfOne(effect))
                continue
            }
            logger.notice("stepping down", metadata: ["term": "\(term)", "cause": "\(cause)"])
            // At once: it is in nobody's queue.
            state.withLock { $0.isStopping ? nil : $0.stop }?.finish()
        }
        if isGone { queue.finish() }
    }

    private func work(_ effect: LeaderEffect) async {
        switch effect {
        case .observe:
            do {
                let (record, seats) = (try await store.leader(), try await store.replicas())
                let now = clocks.now().monotonic
                state.withLock { $0.others.observe(seats, at: now) }
                handle(.observed(record, seats: seats))
            } catch {
                handle(.observeFailed)
            }
        case .take(let record, let seen):
            let note = AuditNote(
                kind: "leader-changed", at: record.since, by: .sluice,
                text: "replica \(record.name) leads in term \(record.term)")
            handle(
                await outcome(
                    of: [.takeLead(record, seen: seen), .note(note)], .taken(record.term), .takeRefused(record.term),
                    .takeFailed(record.term)))
        case .renew(let renewal):
            let number = renewal.number
            handle(
                await outcome(
                    of: [.renewLead(renewal)], .renewed(number), .renewalRefused(number), .renewalFailed(number)))
        case .lead(let term): await lead(term)
        case .resign(let term):
            try? await store.commit(
                [.resignLead(seat.id, term: term, at: clocks.now().wall)], fence: fence.current)
            handle(.resigned)
        case .removeSeat(let replica): await remove(replica)
        case .extend, .stepDown: break
        }
    }

    private func outcome(
        of changes: [Change], _ done: LeaderEvent, _ refused: LeaderEvent, _ failed: LeaderEvent
    ) async -> LeaderEvent {
        do {
            try await store.commit(changes, fence: fence.current)
            return done
        } catch let error as StoreError where error.code == .conflict || error.code == .staleFence {
            return refused
        } catch {
            logger.warning("the lead could not be written", metadata: ["error": "\(error)"])
            return failed
        }
    }

    /// Runs a term to its end, whichever way that comes.
    private func lead(_ term: Int64) async {
        let (stopped, stop) = AsyncStream<Void>.makeStream()
        state.withLock { $0.stop = stop }
        // It may have ended before it began.
        if self.term != term { stop.finish() }
        do {
            let parts = try await install(fence.leading(term))
            logger.notice("leading", metadata: ["term": "\(term)"])
            onLead()
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await _ in stopped {}
                    return true
                }
                group.addTask {
                    await withTaskGroup(of: Void.self) { running in
                        running.addTask { [self] in
                            do {
                                try await parts.releaser.run()
                            } catch {
                                logger.error("the release cannot be run", metadata: ["error": "\(error)"])
                                stop.finish()
                            }
                        }
                        if let freezer = parts.freezer { running.addTask { try? await freezer.run() } }
                        if let keeper = parts.keeper { running.addTask { try? await keeper.run() } }
                        await running.waitForAll()
                    }
                    return false
                }
                _ = await group.next()
                stop.finish()
                group.cancelAll()
                await group.waitForAll()
            }
        } catch {
            logger.error("the lead cannot be run", metadata: ["error": "\(error)"])
            handle(.fenced(term: term))
            // The next try would fail as this one did; meanwhile another replica may have more luck.
            try? await cancelWhenGracefulShutdown { [clocks] in
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.leadRetryInterval))
            }
        }
        rest()
        handle(.fenced(term: term))
        handle(.stopped(term: term))
    }

    private func remove(_ replica: Replica) async {
        let now = clocks.now().wall
        let note = AuditNote(
            kind: "replica-removed", at: now, by: .sluice,
            text: "replica \(replica.name) (\(replica.id)) did not renew its seat within its lease")
        guard
            (try? await store.commit(
                [.removeReplica(replica.id, renewal: replica.renewal), .note(note)], fence: fence.current)) != nil
        else { return }
        logger.warning("removed a replica's seat", metadata: ["replica": "\(replica.name)", "id": "\(replica.id)"])
    }
}

/// Whether a leader may do something outside the store.
enum Permit: Sendable { case yes, wait, no }
