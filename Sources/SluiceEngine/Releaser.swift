import Logging
public import ServiceLifecycle
public import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// Drives `ReleaseState`: launches what may start, follows what runs, settles what is in doubt.
public final class Releaser: Service {
    private let state: Mutex<ReleaseState>
    private let queue = EffectQueue<ReleaseEffect>()
    private let store: any Store
    private let central: (any CentralClient)?
    private let orders: LaunchOrders
    private let judge: MisfireJudge
    private let recall: ReleaseRecall
    /// After Central refused to tell of executions.
    private let pause: CentralPause
    private let minter: Minter
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    private let metrics: EngineMetrics
    private let listPageSize: Int
    private let onCommitted: @Sendable ([Change]) -> Void
    /// nil without a Central.
    private let reader: ReleaseReader?
    private let inFlightCount: @Sendable () -> Int
    private let writer: ReleaseWriter
    private let startWindow: Duration
    /// Whether a launch may be sent now.
    private let permit: @Sendable () -> Permit
    /// Told when a commit met a conflict: it may be a close that was not heard of here.
    private let onOutrun: @Sendable () -> Void
    /// Why it does nothing, where another replica leads; nil: it works.
    private let resting: (@Sendable () -> String?)?

    init(
        gate: GateRecord, judgedEpoch: Epoch?, policy: ReleasePolicy, packs: PackShelf, store: any Store,
        central: (any CentralClient)?, sealer: any Sealer, minter: Minter, clocks: any Clocks, fence: FenceSource,
        listPageSize: Int, misfires: MisfirePolicies, pause: CentralPause, logger: Logger, metrics: EngineMetrics,
        release: ReleaseRecord?, jitterSeed: UInt64, inFlightCount: @escaping @Sendable () -> Int,
        onCommitted: @escaping @Sendable ([Change]) -> Void, permit: @escaping @Sendable () -> Permit = { .yes },
        onOutrun: @escaping @Sendable () -> Void = {}, resting: (@Sendable () -> String?)? = nil
    ) {
        startWindow = policy.startWindow
        self.permit = permit
        self.onOutrun = onOutrun
        self.resting = resting
        judge = MisfireJudge(
            policies: misfires, packs: packs, store: store, clocks: clocks, fence: fence, metrics: metrics,
            onCommitted: onCommitted)
        recall = ReleaseRecall(
            gate: gate, packs: packs, store: store, clocks: clocks, fence: fence, onCommitted: onCommitted)
        let inventory = packs.inventory
        state = Mutex(
            ReleaseState(
                gate: gate, policy: policy, flows: inventory.flows, isInventoryLoaded: inventory.isLoaded,
                judgesMisfires: true, judgedEpoch: judgedEpoch, release: release, awaitsRecovery: true,
                jitterSeed: jitterSeed, at: clocks.now()))
        orders = LaunchOrders(packs: packs, sealer: sealer)
        self.pause = pause
        reader = central.map { ReleaseReader(central: $0, pause: pause, pageSize: listPageSize) }
        self.inFlightCount = inFlightCount
        self.store = store
        self.central = central
        self.minter = minter
        self.clocks = clocks
        self.fence = fence
        self.listPageSize = listPageSize
        self.logger = logger
        self.metrics = metrics
        self.onCommitted = onCommitted
        writer = ReleaseWriter { [store, fence] changes in try await store.commit(changes, fence: fence.current) }
    }

    /// Launches by Sluice under way, and why nothing is launched though something could be, or why what runs is not
    /// looked at.
    public func snapshot() -> (flightCount: Int, trouble: String?, isPaused: Bool) {
        if let resting { return (0, resting(), false) }
        let (flightCount, trouble, isPaused) = state.withLock { ($0.flightCount, $0.troubleCause, $0.isPaused) }
        let troubles = [trouble, pause.refusal?.description].compactMap(\.self)
        return (flightCount, troubles.isEmpty ? nil : troubles.joined(separator: "; "), isPaused)
    }

    /// Whether it does nothing, because another replica leads.
    var isResting: Bool { resting != nil }

    /// The release as it is known here; unlike `status()` it computes nothing.
    var record: ReleaseRecord { state.withLock { $0.record } }

    /// Where the release is.
    public func status() -> ReleaseStatus { state.withLock { $0.status(at: clocks.now()) } }

    /// Tells the machine what happened; returns at once.
    public func handle(_ event: ReleaseEvent) {
        guard resting == nil else { return }
        if case .gateChanged(let gate, _) = event { recall.gateChanged(gate) }
        switch event {
        // A person ordered something, or Central takes our account again.
        case .gateChanged, .continued, .outcome(_, attempt: _, .started): pause.hurry()
        default: break
        }
        handle([event])
    }

    /// Several at once, in their order.
    private func handle(_ events: [ReleaseEvent]) {
        let now = clocks.now()
        state.withLock { state in
            // Under the lock, so that effects are queued in the order of the steps.
            for event in events { enqueue(state.step(event, at: now)) }
        }
    }

    private func enqueue(_ effects: [ReleaseEffect]) {
        var commits: [ReleaseWriter.Pending] = []
        for effect in effects {
            if case .commit(let ref, let changes) = effect {
                commits.append(.init(ref: ref, changes: changes))
            } else {
                queue.append(CollectionOfOne(effect))
            }
        }
        writer.add(commits)
    }

    public func run() async throws {
        try await recover()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                await withGracefulShutdownHandler {
                    await queue.run { [self] effect in await work(effect) }
                    writer.finish()
                } onGracefulShutdown: { [self] in
                    // why: the handler cannot wait; what is on its way ends within the limit or is settled at the
                    // start.
                    Task { await finish() }
                }
            }
            group.addTask { [self] in await writer.run { [self] batch, error in await committed(batch, error) } }
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in
                    while !Task.isCancelled {
                        handle(.ticked)
                        try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.tickInterval))
                    }
                }
            }
            await group.waitForAll()
        }
    }

    /// Starts nothing new, waits for what is on its way, so that no doubt is left, and ends the queue.
    private func finish() async {
        handle(.paused)
        let deadline = clocks.now().monotonic.advanced(by: EngineLimits.stopDuration)
        while !state.withLock({ $0.isQuiet }), clocks.now().monotonic < deadline, !Task.isCancelled {
            try? await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.stopCheckInterval))
        }
        queue.finish()
    }

    private func recallIfDue() async {
        do {
            try await recall.recallIfDue()
        } catch {
            logger.warning("what was released could not be taken back", metadata: ["error": "\(error)"])
        }
    }

    /// Takes up what the process before this one left under way.
    private func recover() async throws {
        var query = HoldQuery(states: [.launching, .running], limit: EngineLimits.recoveryPageSize)
        while true {
            let page = try await store.holds(query)
            if !page.holds.isEmpty {
                logger.notice("taking up launches that were under way", metadata: ["count": "\(page.holds.count)"])
                handle(.recovered(page.holds))
            }
            guard let next = page.next else { return }
            query.after = next
        }
    }

    private func work(_ effect: ReleaseEffect) async {
        switch effect {
        case .fetch(let includesHeld, let launcher, let lane, let place, let limit):
            await fetch(includesHeld, launcher, lane, place, limit)
        case .fetchLanes(let includesHeld, let after, let limit):
            let query = LaneQuery(includesHeld: includesHeld, after: after, limit: limit)
            handle((try? await store.lanes(query)).map { .lanesRead($0) } ?? .candidatesFailed)
        case .readRelease:
            // A store that cannot be read is tried again with the next sweep.
            if let record = try? await store.release() { handle(.releaseRead(record)) }
            await recallIfDue()
        case .readLoad: await readLoad()
        case .readPasts:
            guard let reader else { return }
            do {
                handle(.pastsRead(try await reader.pasts()))
            } catch {
                warn("how flows ended before the release could not be read", error)
            }
        case .fetchExpired(let limit):
            guard let holds = try? await store.expired(at: clocks.now().wall, limit: limit), !holds.isEmpty else {
                return
            }
            handle(.expiredFound(holds))
        case .fetchUnderWay(let after, let limit):
            let query = HoldQuery(states: [.launching, .running], after: after, limit: limit)
            guard let page = try? await store.holds(query) else { return handle(.underWayFailed) }
            handle(.underWay(page.holds, next: page.next))
        // The writer has them.
        case .commit: break
        case .reload(let ticket): await reload(ticket)
        case .launch(let hold, let pass): await launch(hold, pass)
        case .observe(let ids): await observe(ids)
        case .readRedemption(let ticket, let passID): await readRedemption(ticket, passID)
        case .scan(let since): await scan(since)
        case .judgeMisfires(let gate):
            do {
                try await judge.judge(gate)
                handle(.misfiresJudged(gate.epoch))
            } catch {
                logger.error("misfire policies could not be applied", metadata: ["error": "\(error)"])
                handle(.misfireJudgingFailed)
            }
        }
    }

    private func fetch(
        _ includesHeld: Bool, _ launcher: Launcher?, _ lane: LaneID?, _ place: ReleaseEffect.Place?, _ limit: Int
    ) async {
        // Without a Central only callers' holds can go; Sluice's own stay held.
        let query = CandidateQuery(
            at: clocks.now().wall, includesHeld: includesHeld, launcher: central == nil ? .caller : launcher,
            lane: lane, after: place,
            limit: limit)
        guard let holds = try? await store.candidates(query) else { return handle(.candidatesFailed) }
        handle(.candidates(holds, passIDs: holds.map { _ in minter.passID() }, isLastPage: holds.count < limit))
    }

    private func committed(_ batch: [ReleaseWriter.Pending], _ error: (any Error)?) async {
        switch error {
        case nil:
            let changes = batch.flatMap(\.changes)
            onCommitted(changes)
            metrics.committed(changes)
            handle(batch.map { .committed($0.ref) })
        case let error as StoreError where error.code == .conflict:
            onOutrun()
            handle(batch.map { .conflicted($0.ref) })
        case let error?:
            logger.error("the release could not write", metadata: ["error": "\(error)"])
            // A store that reads but does not write would else be asked again without end.
            let next = clocks.now().monotonic.advanced(by: EngineLimits.storeRetryInterval)
            try? await clocks.sleep(until: next)
            handle(batch.map { .commitFailed($0.ref) })
        }
    }

    private func reload(_ ticket: Ticket) async {
        while !Task.isCancelled {
            do {
                return handle(.reloaded(ticket, try await store.hold(ticket)))
            } catch {
                let next = clocks.now().monotonic.advanced(by: EngineLimits.storeRetryInterval)
                try? await clocks.sleep(until: next)
            }
        }
    }

    /// Asked right before a request is sent: the leases last, and the gate has not closed since the intent.
    private func maySend(_ hold: Hold) async -> Bool {
        while true {
            switch permit() {
            case .yes: return state.withLock { $0.maySend(hold.ticket, attempt: hold.attempt) }
            case .no: return false
            // For the next renewal, or the end of the lead.
            case .wait:
                let next = clocks.now().monotonic.advanced(by: EngineLimits.seatTickInterval)
                guard (try? await clocks.sleep(until: next)) != nil else { return false }
            }
        }
    }

    private func launch(_ hold: Hold, _ pass: PassClaims) async {
        let outcome: LaunchOutcome
        if let central {
            do {
                let order = try orders.order(for: hold, pass: pass)
                guard await maySend(hold) else {
                    return handle(.launchWithheld(hold.ticket, attempt: hold.attempt))
                }
                let isWithheld = Mutex(false)
                outcome = await central.start(order) { [self] in
                    let may = permit() == .yes && state.withLock { $0.maySend(hold.ticket, attempt: hold.attempt) }
                    if !may { isWithheld.withLock { $0 = true } }
                    return may
                }
                if case .notSent = outcome, isWithheld.withLock({ $0 }) {
                    return handle(.launchWithheld(hold.ticket, attempt: hold.attempt))
                }
            } catch {
                outcome = .refused(cause: "its secrets cannot be opened: \(error)")
            }
        } else {
            outcome = .notSent(cause: "no Central is configured (central.url)")
        }
        metrics.landed(outcome)
        switch outcome {
        case .started(let id):
            logger.info("launched", metadata: ["ticket": "\(hold.ticket)", "execution": "\(id)"])
        case .notSent(let cause), .refused(let cause), .refusedForNow(let cause), .unknown(let cause):
            logger.warning("launch did not succeed", metadata: ["ticket": "\(hold.ticket)", "cause": "\(cause)"])
        }
        handle(.outcome(hold.ticket, attempt: hold.attempt, outcome))
    }

    private func observe(_ ids: [ExecutionID]) async {
        guard let central else { return handle(.observeFailed(cause: "no Central is configured (central.url)")) }
        do {
            let summaries = try await pause.read(for: .release) { try await central.summaries(of: ids) }
            handle(.observed(summaries, asked: ids))
        } catch {
            warn("running executions could not be looked at", error)
            handle(.observeFailed(cause: "\(error)"))
        }
    }

    private func readLoad() async {
        guard let reader else { return handle(.loadFailed(cause: "no Central is configured (central.url)")) }
        do {
            let (running, begunCount) = try await reader.load(
                since: clocks.now().wall.advanced(by: .zero - startWindow))
            // What was let through and is listed already is not counted twice.
            handle(.loadRead(running: running, inFlightCount: max(0, inFlightCount() - begunCount)))
        } catch {
            warn("what else runs in Central could not be read", error)
            handle(.loadFailed(cause: "\(error)"))
        }
    }

    private func readRedemption(_ ticket: Ticket, _ passID: PassID) async {
        var keys = LookupKeys(principal: .sluice)
        keys.passID = passID
        while !Task.isCancelled {
            if let facts = try? await store.facts(for: keys, at: clocks.now().wall) {
                return handle(.redemptionRead(ticket, isRedeemed: facts.redemption != nil))
            }
            let next = clocks.now().monotonic.advanced(by: EngineLimits.storeRetryInterval)
            try? await clocks.sleep(until: next)
        }
    }

    /// Reads Central's list down to executions older than the intent. New ones push it down while it is read, so an
    /// execution may be seen twice; that is harmless.
    private func scan(_ since: Timestamp) async {
        guard let central else { return handle(.scanFailed(cause: "no Central is configured (central.url)")) }
        let begunAt = clocks.now().monotonic
        let oldest = since.advanced(by: .zero - EngineLimits.scanClockMargin)
        var hits: [ScanHit] = []
        do {
            for page in 1...EngineLimits.scanPageCountMax {
                let summaries = try await pause.read(for: .release) {
                    try await central.executions(page: page, pageSize: listPageSize)
                }
                for summary in summaries {
                    guard let name = summary.name, let (ticket, attempt) = RunName.read(name) else { continue }
                    hits.append(ScanHit(ticket: ticket, attempt: attempt, summary: summary))
                }
                let isPast = summaries.last?.startedAt.map { $0 < oldest } ?? false
                if summaries.count < listPageSize || isPast {
                    return handle(.scanned(hits: hits, begunAt: begunAt, isFull: true))
                }
            }
            handle(.scanned(hits: hits, begunAt: begunAt, isFull: false))
        } catch {
            warn("Central could not be searched", error)
            // What was found is evidence all the same.
            hits.isEmpty
                ? handle(.scanFailed(cause: "\(error)"))
                : handle(.scanned(hits: hits, begunAt: begunAt, isFull: false))
        }
    }

    /// A refusal is logged once, by the pause.
    private func warn(_ what: String, _ error: any Error) {
        let isRefusal = RetryPause.Kind(of: error) == .refusal
        logger.log(level: isRefusal ? .debug : .warning, "\(what)", metadata: ["error": "\(error)"])
    }
}
