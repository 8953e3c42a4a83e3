import CoreMetrics
import Logging
public import ServiceLifecycle
public import SluiceCore
public import SluiceModel
public import SluicePorts
import Synchronization

/// Drives `MaintenanceState`: has the parts worked on that are wished, reports how they stand, and keeps each phase.
///
/// One replica alone does: who leads. The others read what it writes, for the lineage of CSA's instances.
public final class MaintenanceKeeper: Service {
    let state = Mutex(State())
    private let queue = EffectQueue<(MaintenanceID, MaintenanceEffect)>()
    private let jobs = EffectQueue<Job>()
    let workers: [any MaintenanceWorker]
    let fences: FenceBoard
    /// Whose occurrences start plans.
    let windows: WindowKeeper
    let store: any Store
    let clocks: any Clocks
    private let minter: Minter
    private let fence: FenceSource
    let logger: Logger
    private let metricsFactory: any MetricsFactory
    private let isLeading: @Sendable () -> Bool
    /// Of the gate that is in force here.
    private let gateEpoch: @Sendable () -> Epoch

    init(
        workers: [any MaintenanceWorker], fences: FenceBoard, windows: WindowKeeper, store: any Store,
        clocks: any Clocks, minter: Minter, fence: FenceSource, logger: Logger, metricsFactory: any MetricsFactory,
        isLeading: @escaping @Sendable () -> Bool, gateEpoch: @escaping @Sendable () -> Epoch
    ) {
        self.workers = workers
        self.fences = fences
        self.windows = windows
        self.store = store
        self.clocks = clocks
        self.minter = minter
        self.fence = fence
        self.logger = logger
        self.metricsFactory = metricsFactory
        self.isLeading = isLeading
        self.gateEpoch = gateEpoch
    }

    /// The parts that this site has.
    public var parts: Set<MaintenancePart> { workers.reduce(into: []) { $0.formUnion($1.parts) } }

    /// Whether an instance of CSA was in a running state when CSA closed, by what is on record. nil: no maintenance
    /// that closed CSA is under way, or the store does not say.
    ///
    /// Who leads notes them before it closes the gate. The others may hear of the close first, so what they read before
    /// that says nothing.
    func wasRunning(_ instance: CSAInstanceID) async -> Bool? {
        let epoch = gateEpoch()
        let (isCurrent, wasRunning) = state.withLock { state in
            (state.isLoaded || state.loadedEpoch == epoch, state.wasRunning(instance))
        }
        guard !isCurrent else { return wasRunning }
        let now = clocks.now().monotonic
        guard let open = try? await readOpen() else { return nil }
        adopt(open, at: now, epoch: epoch, isLoaded: false)
        var read = State()
        read.machines = open
        read.adoptContinuing()
        return read.wasRunning(instance)
    }

    // MARK: Orders

    /// Puts a plan on record; nothing is changed yet.
    /// - Returns: What is wrong with it instead.
    /// - Throws: `StoreError`.
    public func plan(
        _ plan: MaintenancePlan, by principal: Principal
    ) async throws -> Result<MaintenanceRecord, PlanRefusal> {
        try await load()
        let problems = try await problems(of: plan)
        guard problems.isEmpty else { return .failure(PlanRefusal(problems: problems)) }
        let now = clocks.now().wall
        let record = MaintenanceRecord(id: minter.maintenanceID(), plan: plan, by: principal, plannedAt: now)
        try await store.commit([.putMaintenance(record), .note(.entered(record))], fence: fence.current)
        state.withLock { $0.adopt(planned: record) }
        logger.notice("a maintenance is planned", metadata: ["maintenance": "\(record.id)", "by": "\(principal)"])
        return .success(record)
    }

    /// Why a plan was not put on record, one sentence each.
    public struct PlanRefusal: Error, Hashable, Sendable {
        public var problems: [String]
    }

    /// Carries out an operator's move; returns when it is on disk, or refused.
    /// - Returns: nil: there is none of that id.
    /// - Throws: `StoreError`.
    public func order(
        _ move: MaintenanceMove, of id: MaintenanceID, by principal: Principal, reason: String
    ) async throws -> MoveOutcome? {
        try await load()
        guard state.withLock({ $0.machines[id] != nil }) else {
            guard let record = try await store.maintenance(id) else { return nil }
            return .refused(.wrongPhase(record.phase))
        }
        return await withCheckedContinuation { continuation in
            let ref = state.withLock { state in
                let ref = MoveOrder.Ref(state.nextRef)
                state.nextRef += 1
                state.orders[ref] = continuation
                return ref
            }
            handle(.ordered(MoveOrder(ref: ref, move: move, by: principal, reason: reason)), of: id)
            refuseIfStopped()
        }
    }

    /// The one that is under way.
    public func underWay() -> MaintenanceRecord? {
        state.withLock { $0.machines.values.map(\.record).filter(\.isUnderWay).min { $0.id < $1.id } }
    }

    // MARK: The course

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                await withGracefulShutdownHandler {
                    await queue.run { [self] in await work($0.0, $0.1) }
                } onGracefulShutdown: { [queue] in
                    queue.finish()
                }
                // At once: the look below may be who waits.
                state.withLock { $0.isStopped = true }
                refuseIfStopped()
            }
            group.addTask { [self] in
                await withGracefulShutdownHandler {
                    await jobs.run { [self] in await work($0) }
                } onGracefulShutdown: { [jobs] in
                    jobs.finish()
                }
            }
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in
                    while !Task.isCancelled {
                        await look()
                        try await clocks.sleep(
                            until: clocks.now().monotonic.advanced(by: EngineLimits.maintenanceTickInterval))
                    }
                }
            }
            await group.waitForAll()
        }
    }

    /// One look at everything: what is due is begun, what is wished is worked on.
    private func look() async {
        guard isLeading() else {
            await follow()
            return
        }
        do {
            try await load()
        } catch {
            logger.warning("maintenances cannot be read", metadata: ["error": "\(error)"])
            return
        }
        await startDue()
        let machines = state.withLock { $0.machines }
        let active = machines.values.first { $0.record.isUnderWay }
        for worker in workers { worker.rest(active?.wishes ?? [], of: active?.record) }
        for id in machines.keys.sorted() {
            jobs.append(takeJobs(of: id))
            handle(.ticked, of: id)
        }
    }

    /// Another replica leads: what it writes is read now and then.
    private func follow() async {
        for worker in workers { worker.leave() }
        let now = clocks.now().monotonic
        let isOld = state.withLock { state in
            state.isLoaded = false
            return state.loadedAt.map { now.since($0) >= EngineLimits.maintenanceReloadInterval } ?? true
        }
        let epoch = gateEpoch()
        guard isOld, let open = try? await readOpen() else { return }
        adopt(open, at: now, epoch: epoch, isLoaded: false)
    }

    /// Whoever waits for an order that another replica may have outrun is told so.
    ///
    /// What this replica loaded as the leader counts more than what it reads beside that: machines have gone on since.
    /// - Parameter planCount: What was read may lack a plan that was put on record after so many; then it is not taken.
    private func adopt(
        _ open: [MaintenanceID: MaintenanceState], at now: MonotonicTime, epoch: Epoch, isLoaded: Bool,
        planCount: Int? = nil
    ) {
        let orders = state.withLock { state -> State.Orders? in
            guard !state.isLoaded, planCount ?? state.planCount == state.planCount else { return nil }
            state.loadedAt = now
            state.loadedEpoch = epoch
            state.machines = open
            state.seen = [:]
            state.isLoaded = isLoaded
            state.adoptContinuing()
            // A process that died may have shut them just before.
            if open.values.contains(where: { MaintenanceFences.isShutByReopening($0.record) }) {
                state.fencesShutAt = now
            }
            // Also at the start: what a fence answers goes by what is on disk.
            fences.load(open.values.flatMap { MaintenanceFences.standings(of: $0.record) })
            defer { state.orders = [:] }
            return state.orders
        }
        guard let orders else { return }
        for (_, order) in orders {
            order.resume(returning: .refused(.notWritten(cause: "the leader changed; look how it stands")))
        }
    }

    private func readOpen() async throws -> [MaintenanceID: MaintenanceState] {
        let records = try await store.maintenances(limit: MaintenanceLimits.openCountMax).filter { !$0.phase.isFinal }
        return Dictionary(records.map { ($0.id, MaintenanceState(record: $0)) }) { first, _ in first }
    }

    /// What is on record, once for each time that this replica leads; of several loads at once the first counts.
    private func load() async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let (isLoaded, planCount) = state.withLock { ($0.isLoaded, $0.planCount) }
            guard !isLoaded else { return }
            let epoch = gateEpoch()
            let open = try await readOpen()
            adopt(open, at: clocks.now().monotonic, epoch: epoch, isLoaded: true, planCount: planCount)
        }
        guard state.withLock({ $0.isLoaded }) else {
            throw StoreError(.unavailable, "plans are being made all the time; try again")
        }
    }

    func handle(_ event: MaintenanceEvent, of id: MaintenanceID) {
        let effects = state.withLock { state -> [MaintenanceEffect] in
            guard var machine = state.machines[id] else {
                if case .ordered(let order) = event { return [.answer(order.ref, .refused(.busy))] }
                return []
            }
            if case .ordered(let order) = event, let refusal = state.refusal(of: order.move, of: id) {
                return [.answer(order.ref, .refused(refusal))]
            }
            let effects = machine.step(event, at: clocks.now().wall)
            state.machines[id] = machine.record.phase.isFinal ? nil : machine
            state.adoptContinuing()
            return effects
        }
        for effect in effects {
            switch effect {
            case .answer(let ref, let outcome):
                state.withLock { $0.orders.removeValue(forKey: ref) }?.resume(returning: outcome)
            case .commit, .remind: queue.append(CollectionOfOne((id, effect)))
            }
        }
    }

    private func work(_ id: MaintenanceID, _ effect: MaintenanceEffect) async {
        switch effect {
        case .answer: break
        case .remind(let text):
            logger.warning("a maintenance needs its owner", metadata: ["maintenance": "\(id)", "text": "\(text)"])
            Counter(label: "sluice_maintenance_reminders_total", factory: metricsFactory).increment()
        case .commit(let record, _):
            do {
                let notes = AuditNote.notes(of: record, after: state.withLock { $0.machines[id]?.record })
                try await store.commit(
                    [.putMaintenance(record)] + notes.map { .note($0) }, fence: fence.current)
                for note in notes {
                    logger.notice(
                        "maintenance",
                        metadata: [
                            "maintenance": "\(id)", "phase": "\(record.phase.rawValue)", "by": "\(note.by)",
                            "text": "\(note.text)",
                        ])
                }
                handle(.committed, of: id)
                // It was read anew while this was on its way: what was read may be of before.
                if state.withLock({ $0.isBehind(record) }) { handle(.reloaded(record), of: id) }
                MaintenanceFences.standings(of: record).forEach { fences.refresh($0) }
            } catch let error as StoreError where error.code == .conflict || error.code == .unknown {
                await reload(id, after: error)
            } catch {
                logger.error("a maintenance could not be written", metadata: ["error": "\(error)"])
                handle(.commitFailed(cause: "\(error)"), of: id)
            }
        }
    }

    /// Whether it was written is not known, or another wrote it: what the store has decides.
    private func reload(_ id: MaintenanceID, after error: StoreError) async {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            if let record = try? await store.maintenance(id) { return handle(.reloaded(record), of: id) }
            try? await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.storeRetryInterval))
        }
        handle(.commitFailed(cause: "\(error)"), of: id)
        state.withLock { $0.isLoaded = false }
    }
}
