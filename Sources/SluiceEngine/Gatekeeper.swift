import Logging
public import ServiceLifecycle
public import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

/// Drives `GateState`: takes the lock, steps, leaves the lock, performs the effects.
public final class Gatekeeper: Service {
    private struct State {
        var gate: GateState
        typealias Askers = [Ask.Ref: CheckedContinuation<Reply, Never>]
        typealias Changers = [ModeChange.Ref: CheckedContinuation<ModeOutcome, Never>]

        var askers = Askers()
        var changers = Changers()
        var nextRef: UInt64 = 0
        /// Nobody performs effects any more.
        var isStopped = false
    }

    /// What became of a wish to change the gate.
    public enum ModeOutcome: Sendable {
        case changed(GateRecord)
        case refused(ModeRefusal)
    }

    private let state: Mutex<State>
    private let queue = EffectQueue<GateEffect>()
    private let store: any Store
    private let central: (any CentralClient)?
    private let plugins: PluginChain
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    private let metrics: EngineMetrics
    /// Told of every commit, after it is durable.
    private let onCommitted: @Sendable ([Change]) -> Void
    /// Told when a decision could not be written.
    private let onStoreFailed: @Sendable () -> Void
    /// Told of every change of the gate, before its asker is.
    private let onGateChanged: @Sendable (GateRecord, Epoch) -> Void
    /// Told when this replica may not know the gate as it is: it came second to another's change.
    private let onOutrun: @Sendable () -> Void
    /// Told of every change that this replica made itself, once it is in force.
    private let onOwnChange: @Sendable (Epoch) -> Void
    /// Makes known what other replicas put on record before a change that names content packs or paths is written.
    private let readPacks: @Sendable () async throws -> Void
    /// How several replicas share the store; nil: this one has it alone.
    private let seatID: ReplicaID?
    /// Whether CSA's service instance was in a running state when CSA closed, and still is; nil: not known.
    private let isContinuing: @Sendable (CSAInstanceID) async -> Bool?

    init(
        record: GateRecord, policy: GatePolicy, store: any Store, central: (any CentralClient)?, plugins: PluginChain,
        clocks: any Clocks,
        fence: FenceSource, logger: Logger, metrics: EngineMetrics, onCommitted: @escaping @Sendable ([Change]) -> Void,
        onStoreFailed: @escaping @Sendable () -> Void, resumedAt: MonotonicTime?,
        onGateChanged: @escaping @Sendable (GateRecord, Epoch) -> Void, seatID: ReplicaID? = nil,
        onOutrun: @escaping @Sendable () -> Void = {}, onOwnChange: @escaping @Sendable (Epoch) -> Void = { _ in },
        readPacks: @escaping @Sendable () async throws -> Void = {},
        isContinuing: @escaping @Sendable (CSAInstanceID) async -> Bool? = { _ in nil }
    ) {
        let lease: Lease = seatID == nil ? .unending : .none
        state = Mutex(State(gate: GateState(record: record, policy: policy, resumedAt: resumedAt, lease: lease)))
        self.seatID = seatID
        self.isContinuing = isContinuing
        self.onOutrun = onOutrun
        self.onOwnChange = onOwnChange
        self.readPacks = readPacks
        self.store = store
        self.central = central
        self.plugins = plugins
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        self.metrics = metrics
        self.onCommitted = onCommitted
        self.onStoreFailed = onStoreFailed
        self.onGateChanged = onGateChanged
    }

    /// The gate as it decides now, and how many launches may not have appeared yet.
    public func snapshot() -> (record: GateRecord, inFlightCount: Int) {
        let now = clocks.now()
        return state.withLock { ($0.gate.effective, $0.gate.inFlightCount(at: now.monotonic)) }
    }

    /// The gate that is on disk. A close that is in force here and still being written comes after it, and may fail.
    var recorded: GateRecord { state.withLock { $0.gate.record } }

    /// What a person lets go is of this epoch: a close that is being written takes it back.
    var recordedEpoch: Epoch { recorded.epoch }

    /// A name for the next question or change.
    public func nextRef() -> UInt64 {
        state.withLock { state in
            state.nextRef += 1
            return state.nextRef
        }
    }

    /// Decides one launch request. Returns when what the answer promises is durable.
    public func ask(_ ask: Ask) async -> Reply {
        let effects = state.withLock { $0.gate.step(.requested(ask), at: clocks.now()) }
        if effects.count == 1, case .answer(_, let reply) = effects[0] { return reply }
        return await withCheckedContinuation { continuation in
            state.withLock { $0.askers[ask.ref] = continuation }
            perform(effects)
            refuseIfStopped()
        }
    }

    /// The answer to a plain question of the open gate, which needs nothing from the store; nil when it has to be asked
    /// with `ask`. Does not wait, so it may be called on an event loop.
    public func answerNow(_ ask: Ask, at now: Moment) -> Answer? {
        state.withLock { $0.gate.answerNow(ask, at: now) }
    }

    /// Changes the gate. Returns when the change is durable and in force, or refused.
    public func change(_ change: ModeChange) async -> ModeOutcome {
        await withCheckedContinuation { continuation in
            let effects = state.withLock { state in
                state.changers[change.ref] = continuation
                return state.gate.step(.modeRequested(change), at: clocks.now())
            }
            perform(effects)
            refuseIfStopped()
        }
    }

    /// Whoever waits when the process ends is answered. What was written has been by then, but for a change of the gate
    /// whose commit nobody knows the end of: what the store has counts at the next start.
    private func refuseIfStopped() {
        let (askers, changers, record) = state.withLock { state in
            guard state.isStopped else { return (State.Askers(), State.Changers(), state.gate.record) }
            defer { (state.askers, state.changers) = ([:], [:]) }
            return (state.askers, state.changers, state.gate.record)
        }
        for (_, asker) in askers { asker.resume(returning: .refused(.storeUnavailable)) }
        for (_, changer) in changers { changer.resume(returning: .refused(.storeUnavailable(record))) }
    }

    /// Returns when no replica can still say `proceed` on what was closed up to a record; at once where there is one
    /// replica, and after a change that only opened.
    /// - Parameter begunAt: When the close was asked for.
    public func acknowledge(_ record: GateRecord, since begunAt: MonotonicTime) async -> CloseAcknowledgement {
        let committedAt = clocks.now().monotonic
        guard let seatID else { return CloseAcknowledgement(took: committedAt.since(begunAt)) }
        var wait = CloseWait(epoch: record.closedEpoch, own: seatID, begunAt: begunAt, committedAt: committedAt)
        while true {
            let seats = try? await store.replicas()
            let now = clocks.now().monotonic
            if let done = seats.map({ wait.seats($0, at: now) }) ?? wait.acknowledgement(at: now) {
                metrics.closed(took: done.took)
                logger.notice(
                    "a close is acknowledged",
                    metadata: [
                        "epoch": "\(record.closedEpoch)", "milliseconds": "\(done.took.wholeMilliseconds)",
                        "waitedFor": "\(done.waitedFor.map(\.name))",
                        "presumedDead": "\(done.presumedDead.map(\.name))",
                    ])
                return done
            }
            do {
                try await clocks.sleep(until: wait.readAt(after: now))
            } catch {
                // Whoever waited has gone; the close itself stands.
                return CloseAcknowledgement(took: now.since(begunAt), waitedFor: wait.waitsFor)
            }
        }
    }

    /// What the store has, read beside whatever is under way here.
    func read(_ record: GateRecord, isForced: Bool) {
        let closedEpoch = state.withLock { state in
            _ = state.gate.step(.gateRead(record, isForced: isForced), at: clocks.now())
            return state.gate.closedEpoch
        }
        onGateChanged(record, closedEpoch)
    }

    /// For how long this replica may decide.
    func setLease(_ lease: Lease) { handle(lease == .none ? .leaseLost : .leaseExtended(lease)) }

    /// Says whether the store can be written; without it nothing is decided.
    public func setStoreUsable(_ isUsable: Bool) { handle(isUsable ? .storeRecovered : .storeLost) }

    public func run() async throws {
        await withGracefulShutdownHandler {
            await queue.run { [self] effect in await work(effect) }
        } onGracefulShutdown: { [queue] in
            queue.finish()
        }
        state.withLock { $0.isStopped = true }
        refuseIfStopped()
    }

    private func handle(_ event: GateEvent) {
        let effects = state.withLock { $0.gate.step(event, at: clocks.now()) }
        perform(effects)
    }

    /// Answers go out at once; the rest is queued.
    private func perform(_ effects: [GateEffect]) {
        for effect in effects {
            switch effect {
            case .answer(let ref, let reply):
                let asker = state.withLock { $0.askers.removeValue(forKey: ref) }
                asker?.resume(returning: reply)
            case .modeChanged(let ref, let record):
                let (changer, closedEpoch) = state.withLock { state in
                    (state.changers.removeValue(forKey: ref), state.gate.closedEpoch)
                }
                onGateChanged(record, closedEpoch)
                // Only now: what is confirmed to others is in force here in every part.
                onOwnChange(record.epoch)
                changer?.resume(returning: .changed(record))
            case .modeRefused(let ref, let refusal):
                let changer = state.withLock { $0.changers.removeValue(forKey: ref) }
                changer?.resume(returning: .refused(refusal))
            case .lookUp, .annotate, .commit, .commitMode, .reloadMode: queue.append(CollectionOfOne(effect))
            }
        }
    }

    private func work(_ effect: GateEffect) async {
        switch effect {
        case .lookUp(let ref, let keys, let instance): await lookUp(ref, keys, instance)
        case .commit(let ref, let changes): await commit(ref, changes)
        case .commitMode(let changes): await commitMode(changes)
        case .reloadMode: await reloadMode()
        case .annotate(let ask): handle(.annotated(ask.ref, await plugins.annotate(ask)))
        case .answer, .modeChanged, .modeRefused: break
        }
    }

    private func lookUp(_ ref: Ask.Ref, _ keys: LookupKeys, _ instance: CSAInstanceID?) async {
        do {
            var facts = try await store.facts(for: keys, at: clocks.now().wall)
            if let key = facts.keyToRead { facts.keyHead = try await store.firstOpen(of: key) }
            if let parent = facts.parent, parent.endedAt == nil {
                facts.isParentRunning = await isRunning(parent.executionID)
            }
            if let instance { facts.isCSAInstanceContinuing = await isContinuingNow(instance) }
            handle(.lookedUp(ref, facts))
        } catch {
            logger.error("look-up for a decision failed", metadata: ["error": "\(error)"])
            handle(.lookUpFailed(ref))
        }
    }

    /// Who ran as CSA closed is on record only when the gate closes: what was looked up before that says nothing.
    private func isContinuingNow(_ instance: CSAInstanceID) async -> Bool? {
        var answer: Bool?
        for _ in 0..<EngineLimits.continuationTryCountMax {
            let epoch = snapshot().record.epoch
            answer = await isContinuing(instance)
            if answer == true || snapshot().record.epoch == epoch { break }
        }
        return answer
    }

    /// One bounded look-up; nil when Central could not say.
    private func isRunning(_ id: ExecutionID) async -> Bool? {
        guard let central else { return nil }
        let deadline = clocks.now().monotonic.advanced(by: EngineLimits.parentLookupTimeout)
        return await withTaskGroup(of: Bool?.self) { group in
            group.addTask {
                guard let summaries = try? await central.summaries(of: [id]) else { return nil }
                return summaries.first { $0.id == id }.map { !$0.status.isTerminal } ?? false
            }
            group.addTask { [clocks] in
                try? await clocks.sleep(until: deadline)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func commit(_ ref: Ask.Ref, _ changes: [Change]) async {
        let begunAt = clocks.now().monotonic
        do {
            try await store.commit(changes, fence: fence.current)
            metrics.committed(changes, took: clocks.now().monotonic.since(begunAt))
            onCommitted(changes)
            handle(.committed(ref))
        } catch let error as StoreError where error.code == .conflict {
            // It may be a close that was not heard of here.
            onOutrun()
            handle(.conflicted(ref))
        } catch {
            logger.error("a decision could not be written", metadata: ["error": "\(error)"])
            onStoreFailed()
            handle(.commitFailed(ref))
        }
    }

    private func commitMode(_ changes: [Change]) async {
        do {
            // A close is in force here by now, but for packs that are not known yet.
            for case .setGate(let record, _) in changes { try await learnPacks(of: record) }
            try await store.commit(changes, fence: fence.current)
            onCommitted(changes)
            handle(.modeCommitted)
        } catch let error as StoreError where error.code == .conflict {
            logger.info("another replica changed the gate first", metadata: ["error": "\(error)"])
            handle(.modeConflicted)
        } catch {
            logger.error("a change of the gate could not be written", metadata: ["error": "\(error)"])
            handle(.modeCommitFailed)
        }
    }

    /// Before it is decided by this gate, or confirmed to others.
    func learnPacks(of record: GateRecord) async throws { try await record.learnPacks(logger, readPacks) }

    /// Reads until the store answers: what it has is what counts.
    private func reloadMode() async {
        var tryCount = 0
        while !Task.isCancelled {
            if let record = try? await store.gate() {
                let own = recorded
                // Another replica's gate may name packs that are not known here, and would be confirmed as ours.
                var isLearnt = record.epoch <= own.epoch
                if !isLearnt { isLearnt = (try? await learnPacks(of: record)) != nil }
                if isLearnt { return handle(.modeReloaded(record)) }
                tryCount += 1
                // Refused: nobody waits for ever, and nothing is decided by a gate that is not understood.
                if tryCount == EngineLimits.packTryCountMax { return handle(.modeReloaded(own)) }
            }
            try? await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.storeRetryInterval))
        }
    }
}
