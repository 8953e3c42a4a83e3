public import Logging
public import ServiceLifecycle
public import SluiceCore
public import SluiceModel
public import SluicePorts
import Synchronization

/// Drives `ChangeState`: reads and writes outside systems, and keeps the journal of what a maintenance changed.
///
/// Runs where the leader is, and is made anew for each term.
public final class JournalKeeper: Service {
    private struct State {
        var machine: ChangeState
        var asks: [ChangeRequest.Ref: Asker] = [:]
        /// Nobody runs it any more, or ever will: an order is answered at once.
        var isStopped: Bool
        var nextRef: UInt64 = 1
    }

    private struct Asker {
        var continuation: CheckedContinuation<ChangeAnswer, Never>
        var deadline: MonotonicTime
    }

    private let state: Mutex<State>
    private let queue = EffectQueue<ChangeEffect>()
    private let systems: [String: any OutsideSystem]
    private let store: any Store
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    /// Whether something that may take so long may be sent now.
    private let permit: @Sendable (Duration) -> Permit
    /// How long a wish may wait for its answer: one to put everything back waits for what is on its way.
    private let answerDuration: Duration

    /// - Parameters:
    ///   - systems: At most one of each name.
    ///   - isResting: It is never run, because another replica leads.
    init(
        systems: [any OutsideSystem], lateDuration: Duration, store: any Store, clocks: any Clocks, fence: FenceSource,
        logger: Logger, isResting: Bool = false, permit: @escaping @Sendable (Duration) -> Permit = { _ in .yes }
    ) {
        let policy = ChangePolicy(
            systems: systems.map {
                ChangeSystem($0.system, callCountMax: $0.callCountMax, writeCountMax: $0.writeCountMax)
            }, lateDuration: lateDuration)
        state = Mutex(State(machine: ChangeState(policy: policy, at: clocks.now()), isStopped: isResting))
        self.systems = Dictionary(uniqueKeysWithValues: systems.map { ($0.system, $0) })
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        self.permit = permit
        answerDuration = EngineLimits.freezeAnswerDuration + (systems.map(\.callDuration).max() ?? .zero)
    }

    /// A keeper for a process that has its store alone: it leads without a lease.
    /// - Throws: `StoreError`.
    public static func alone(
        systems: [any OutsideSystem], lateDuration: Duration, store: any Store, clocks: any Clocks, logger: Logger
    ) async throws -> JournalKeeper {
        JournalKeeper(
            systems: systems, lateDuration: lateDuration, store: store, clocks: clocks,
            fence: FenceSource(timeline: try await store.timeline()), logger: logger)
    }

    // MARK: What is asked

    public func status() -> Status {
        state.withLock { state in
            let machine = state.machine
            var counts: [JournalState: Int] = [:]
            var askingCount = 0
            for entry in machine.entries {
                counts[entry.state, default: 0] += 1
                if entry.state == .conflict, entry.isUnsettled { askingCount += 1 }
            }
            return Status(
                owner: machine.owner, isRead: machine.isRead, isReturning: machine.isReturning, counts: counts,
                askingCount: askingCount, isMade: machine.isMade, isSettled: machine.isSettled,
                troubles: machine.troubles)
        }
    }

    /// Conflicts that wait for an operator's decision, in journal order: `before`, `ours` and `found` tell the values.
    public func asking() -> [JournalEntry] {
        state.withLock { $0.machine.entries.filter { $0.state == .conflict && $0.isUnsettled } }
    }

    /// What was changed and is not there any more, in journal order.
    public func lost() -> [JournalEntry] { state.withLock { $0.machine.entries.filter(\.isLost) } }

    /// The journal of one maintenance, as every replica can read it.
    /// - Throws: `StoreError`.
    public static func entries(
        of maintenance: MaintenanceID, in store: any Store, limit: Int = EngineLimits.journalEntryCountMax
    ) async throws -> [JournalEntry] {
        try await store.journal(JournalQuery(owner: .maintenance(maintenance), limit: limit))
    }

    // MARK: Wishes

    /// Makes changes; answered once their plan is on disk, or with `late`. What is on record of the maintenance is left
    /// as it is, so it may be asked again with what a new listing shows; only with what is not as wanted.
    public func apply(
        _ changes: [PlannedChange], of maintenance: MaintenanceID, by principal: Principal, reason: String
    ) async -> ChangeAnswer {
        await ask(.plan(changes), maintenance, principal, reason)
    }

    /// Makes changes for good, each tried once: what cannot be made is left, and its entry says why. Under an id that
    /// no maintenance has.
    public func restore(
        _ changes: [PlannedChange], as order: MaintenanceID, by principal: Principal, reason: String
    ) async -> ChangeAnswer {
        await ask(.restore(changes), order, principal, reason)
    }

    /// Puts everything back; answered once that is on disk.
    public func revert(_ maintenance: MaintenanceID, by principal: Principal, reason: String) async -> ChangeAnswer {
        await ask(.revert, maintenance, principal, reason)
    }

    /// An operator's decision on a conflict, to give up on a change that does not get on (`keep`), or to look once more
    /// for what is gone (`putBack`).
    public func decide(
        _ entry: JournalID, _ kind: JournalDecision.Kind, of maintenance: MaintenanceID, by principal: Principal,
        reason: String
    ) async -> ChangeAnswer {
        await ask(.decide(entry, kind), maintenance, principal, reason)
    }

    /// Tries a system again that refused our account.
    public func resume(
        _ system: String, of maintenance: MaintenanceID, by principal: Principal, reason: String
    ) async -> ChangeAnswer {
        await ask(.resume(system: system), maintenance, principal, reason)
    }

    /// What failed is tried again at once; what asks for an operator waits on.
    public func hurry() { handle(.hurried) }

    private func ask(
        _ order: ChangeRequest.Order, _ maintenance: MaintenanceID, _ principal: Principal, _ reason: String
    ) async -> ChangeAnswer {
        await withCheckedContinuation { continuation in
            let effects = state.withLock { state -> [ChangeEffect] in
                let ref = ChangeRequest.Ref(state.nextRef)
                state.nextRef += 1
                let now = clocks.now()
                state.asks[ref] = Asker(
                    continuation: continuation, deadline: now.monotonic.advanced(by: answerDuration))
                guard !state.isStopped else { return [] }
                let request = ChangeRequest(
                    ref: ref, maintenance: maintenance, order: order, by: principal, reason: reason)
                return state.machine.step(.requested(request), at: now)
            }
            perform(effects)
            if state.withLock({ $0.isStopped }) { answerLate() }
        }
    }

    /// Answers whoever waits too long, or all when the service is over.
    private func answerLate() {
        let late = state.withLock { state in
            let now = clocks.now().monotonic
            let refs = state.asks.filter { state.isStopped || $0.value.deadline <= now }.keys
            return refs.sorted { $0.number < $1.number }.compactMap { ref in
                let isWithdrawn = state.machine.withdraw(ref) || state.isStopped && !state.machine.isCommitting(ref)
                return state.asks.removeValue(forKey: ref).map { ($0.continuation, isWithdrawn) }
            }
        }
        for (continuation, isWithdrawn) in late { continuation.resume(returning: .late(isWithdrawn: isWithdrawn)) }
    }

    // MARK: Running

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                await withGracefulShutdownHandler {
                    await queue.run { [self] effect in await work(effect) }
                } onGracefulShutdown: { [queue] in
                    queue.finish()
                }
            }
            group.addTask { [self] in
                try? await cancelWhenGracefulShutdown { [self] in
                    while !Task.isCancelled {
                        handle(.ticked)
                        answerLate()
                        try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.tickInterval))
                    }
                }
            }
            await group.waitForAll()
        }
        state.withLock { $0.isStopped = true }
        answerLate()
    }

    private func handle(_ event: ChangeEvent) {
        let effects = state.withLock { $0.machine.step(event, at: clocks.now()) }
        perform(effects)
    }

    private func perform(_ effects: [ChangeEffect]) {
        for effect in effects {
            guard case .answer(let ref, let answer) = effect else {
                queue.append(CollectionOfOne(effect))
                continue
            }
            state.withLock { $0.asks.removeValue(forKey: ref) }?.continuation.resume(returning: answer)
        }
    }

    private func work(_ effect: ChangeEffect) async {
        switch effect {
        case .recover(let wanted): await recover(wanted)
        case .commit(let changes):
            do {
                try await store.commit(changes, fence: fence.current)
                tell(changes)
                handle(.committed)
            } catch {
                logger.error("the journal could not be written", metadata: ["error": "\(error)"])
                handle(.commitFailed(cause: "the journal could not be written: \(error)"))
            }
        case .read(let id, let name, let object): await read(id, name, object)
        case .write(let call, let name, let orders): await write(call, name, orders)
        case .answer: break
        }
    }

    private func recover(_ wanted: MaintenanceID?) async {
        do {
            var open = JournalQuery(owner: .anyMaintenance, limit: 1)
            open.isUnsettledOnly = true
            let owner = try await store.journal(open).first?.maintenance ?? wanted
            var entries: [JournalEntry] = []
            if let owner {
                let limit = EngineLimits.journalEntryCountMax
                entries = try await Self.entries(of: owner, in: store, limit: limit + 1)
                guard entries.count <= limit else {
                    throw StoreError(
                        .unavailable, "maintenance \(owner) has more than \(limit) journal entries, too many to go on")
                }
            }
            handle(.recovered(entries, of: owner))
        } catch {
            logger.error("the journal could not be read", metadata: ["error": "\(error)"])
            handle(.recoveryFailed(cause: "the journal could not be read: \(error)"))
        }
    }

    private func read(_ id: JournalID, _ name: String, _ object: String) async {
        guard let system = systems[name] else {
            return handle(.readFailed(id, cause: "no system \(name) is configured", .away))
        }
        do {
            handle(.read(id, try await system.read(object)))
        } catch {
            logger.warning(
                "an object could not be read",
                metadata: ["system": "\(name)", "object": "\(object)", "error": "\(error)"])
            handle(.readFailed(id, cause: "\(error)", ChangeTrouble(of: error)))
        }
    }

    private func write(_ call: Int, _ name: String, _ orders: [ChangeOrder]) async {
        func all(_ result: ChangeOutcome.Result) { handle(.wrote(call: call, orders.map { .init($0.entry, result) })) }
        guard let system = systems[name] else {
            return all(.notSent(cause: "no system \(name) is configured", .away))
        }
        guard permit(system.callDuration) == .yes else {
            return all(.notSent(cause: "this replica's lead does not last long enough to change anything", .away))
        }
        let outcomes = await system.write(
            orders.map {
                OutsideWrite(object: $0.object, fields: $0.fields, basedOn: $0.basedOn, marker: $0.marker)
            })
        let ids = Dictionary(orders.map { ($0.object, $0.entry) }) { first, _ in first }
        handle(
            .wrote(
                call: call,
                outcomes.compactMap { outcome in
                    ids[outcome.object].map { ChangeOutcome($0, ChangeOutcome.Result(outcome.result)) }
                }))
    }

    /// What operators should hear of without asking.
    private func tell(_ changes: [Change]) {
        for case .journal(let entry, let replaced) in changes where entry.state != replaced {
            guard entry.state == .conflict || entry.state == .gone else { continue }
            logger.warning(
                entry.state == .gone
                    ? "an object that a maintenance changes is gone"
                    : entry.isUnsettled ? "a change waits for an operator's decision" : "a change is left as it is",
                metadata: [
                    "system": "\(entry.system)", "object": "\(entry.object)", "title": "\(entry.title)",
                    "cause": "\(entry.cause)",
                ])
        }
    }
}
