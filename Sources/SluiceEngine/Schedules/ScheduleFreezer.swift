import Logging
public import ServiceLifecycle
public import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

/// Drives `FreezeState`: reads and switches Central's schedules, keeps the journal, and settles what was missed.
public final class ScheduleFreezer: Service {
    private struct State {
        var machine: FreezeState
        var asks: [FreezeRequest.Ref: Asker] = [:]
        /// Nobody runs it any more, or ever will: an order is answered at once.
        var isStopped: Bool
        /// Whether the journal was read.
        var isRead = false
        var nextRef: UInt64 = 1
        /// As last listed.
        var schedules: [ScheduleID: CentralSchedule] = [:]
    }

    private struct Asker {
        var continuation: CheckedContinuation<FreezeAnswer, Never>
        var deadline: MonotonicTime
    }

    private let state: Mutex<State>
    private let queue = EffectQueue<FreezeEffect>()
    private let store: any Store
    private let central: any CentralClient
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    /// What is made of Central's schedules.
    public let reader: ScheduleReader
    private let settler: GapSettler
    private let pause: CentralPause
    /// Whether Central's schedules may be switched now.
    private let permit: @Sendable () -> Permit

    /// - Parameter isResting: It is never run, because another replica leads.
    init(
        policy: FreezePolicy, reader: ScheduleReader, settler: GapSettler, pause: CentralPause, store: any Store,
        central: any CentralClient, clocks: any Clocks, fence: FenceSource, logger: Logger,
        isResting: Bool = false, permit: @escaping @Sendable () -> Permit = { .yes }
    ) {
        self.permit = permit
        state = Mutex(State(machine: FreezeState(policy: policy, at: clocks.now()), isStopped: isResting))
        self.reader = reader
        self.settler = settler
        self.pause = pause
        self.store = store
        self.central = central
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
    }

    /// How the freeze stands.
    public struct Status: Hashable, Sendable {
        /// Whether the journal was read: before, the rest says nothing.
        public var isRead: Bool
        public var phase: FreezeState.Phase
        public var order: JournalEntry?
        /// Open entries by state.
        public var openCounts: [JournalState: Int]
        /// Frozen, though enabled schedules kept appearing while it was looked: they are frozen as they are seen.
        public var isIncomplete: Bool
        public var trouble: String?
    }

    public func status() -> Status {
        state.withLock { state in
            var counts: [JournalState: Int] = [:]
            for entry in state.machine.openEntries { counts[entry.state, default: 0] += 1 }
            return Status(
                isRead: state.isRead, phase: state.machine.phase, order: state.machine.order, openCounts: counts,
                isIncomplete: state.machine.isIncomplete, trouble: state.machine.troubleCause)
        }
    }

    /// The open entries of the journal, each about one schedule.
    public func openEntries() -> [JournalEntry] { state.withLock { $0.machine.openEntries } }

    /// The schedules that Sluice disabled, or is about to, with where that change is; restored ones are not among them.
    func frozenSchedules() -> [ScheduleID: JournalState] { Self.frozenSchedules(openEntries()) }

    /// The same, of the journal's open entries: where another replica leads.
    static func frozenSchedules(_ open: [JournalEntry]) -> [ScheduleID: JournalState] {
        let entries = open.filter { $0.intended == FreezeState.intended && $0.object != JournalEntry.wholeObject }
        return Dictionary(entries.map { (ScheduleID($0.object), $0.state) }) { first, _ in first }
    }

    /// What a thaw of a selection would leave as somebody made it, in the journal's order: nothing is changed.
    /// - Parameter listed: Every schedule as Central lists it now.
    /// - Throws: `SealingError`.
    public func thawConflicts(
        _ selection: ScheduleSelection, _ listed: [CentralSchedule]
    ) throws -> [(id: ScheduleID, name: String, cause: String)] {
        let sights = try SightTable(listed.map { try reader.sight(of: $0) })
        return openEntries().compactMap { entry in
            guard entry.state == .done, selection.matches(entry),
                let cause = FreezeState.conflict(of: entry, sights[entry.object])
            else { return nil }
            return (ScheduleID(entry.object), entry.title, cause)
        }
    }

    /// Disables every schedule of a selection that is enabled; answered once that is on disk, or with `late` after
    /// `EngineLimits.freezeAnswerDuration` or when the service stops.
    public func freeze(_ selection: ScheduleSelection, by principal: Principal, reason: String) async -> FreezeAnswer {
        await ask { .freezeRequested(FreezeRequest(ref: $0, selection: selection, by: principal, reason: reason)) }
    }

    /// Enables what was frozen again; answered once that is on disk.
    public func thaw(_ selection: ScheduleSelection, by principal: Principal, reason: String) async -> FreezeAnswer {
        await ask { .thawRequested(FreezeRequest(ref: $0, selection: selection, by: principal, reason: reason)) }
    }

    /// Switches what a plan says, each change on the journal; answered once the order is on disk.
    /// - Parameter listed: The schedules that the plan was made from.
    /// - Throws: `SealingError`.
    public func restore(
        _ plan: RestorePlan, _ listed: [CentralSchedule], by principal: Principal, reason: String
    ) async throws -> FreezeAnswer {
        let wanted = Dictionary(plan.switches.map { ($0.id, $0.isEnabled) }) { first, _ in first }
        let wishes = try listed.compactMap { schedule in
            try wanted[schedule.id].map { RestoreRequest.Wish(sight: try reader.sight(of: schedule), isEnabled: $0) }
        }
        return await ask {
            .restoreRequested(RestoreRequest(ref: $0, wishes: wishes, by: principal, reason: reason))
        }
    }

    /// Gives up on schedules that are on their way back and that Central does not switch: they are left as Central has
    /// them, reported as conflicts, and a later freeze may begin.
    public func waive(_ ids: [ScheduleID], by principal: Principal, reason: String) async -> FreezeAnswer {
        await ask {
            .waiveRequested(
                FreezeRequest(ref: $0, selection: ScheduleSelection(ids: ids), by: principal, reason: reason))
        }
    }

    /// What failed is tried again at once, if anything is on its way.
    func hurry() { handle(.hurried) }

    private func ask(_ event: (FreezeRequest.Ref) -> FreezeEvent) async -> FreezeAnswer {
        pause.hurry()
        return await withCheckedContinuation { continuation in
            let effects = state.withLock { state -> [FreezeEffect] in
                let ref = FreezeRequest.Ref(state.nextRef)
                state.nextRef += 1
                let now = clocks.now()
                state.asks[ref] = Asker(
                    continuation: continuation,
                    deadline: now.monotonic.advanced(by: EngineLimits.freezeAnswerDuration))
                guard !state.isStopped else { return [] }
                return state.machine.step(event(ref), at: now)
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

    private func handle(_ event: FreezeEvent) {
        let effects = state.withLock { $0.machine.step(event, at: clocks.now()) }
        perform(effects)
    }

    private func perform(_ effects: [FreezeEffect]) {
        for effect in effects {
            guard case .answer(let ref, let answer) = effect else {
                queue.append(CollectionOfOne(effect))
                continue
            }
            state.withLock { $0.asks.removeValue(forKey: ref) }?.continuation.resume(returning: answer)
        }
    }

    private func work(_ effect: FreezeEffect) async {
        switch effect {
        case .recover: await recover()
        case .list: await list()
        case .commit(let changes):
            do {
                try await store.commit(changes, fence: fence.current)
                handle(.committed)
            } catch {
                logger.error("the journal could not be written", metadata: ["error": "\(error)"])
                handle(.commitFailed(cause: "the journal could not be written: \(error)"))
            }
        case .switchSchedule(let id, let isEnabled):
            do {
                if permit() != .yes {
                    throw StoreError(.unavailable, "this replica's lead does not last long enough to switch a schedule")
                }
                try await central.setEnabled(id, isEnabled)
                logger.info("switched a schedule", metadata: ["schedule": "\(id)", "enabled": "\(isEnabled)"])
                handle(.switched(id))
            } catch {
                logger.warning("a schedule did not switch", metadata: ["schedule": "\(id)", "error": "\(error)"])
                handle(.switchFailed(id, cause: "\(error)", RetryPause.Kind(of: error)))
            }
        case .settle(let settlement):
            let schedules = state.withLock { $0.schedules }
            let schedule = schedules[ScheduleID(settlement.entry.object)]
            let siblings = schedules.values.filter {
                $0.isEnabled && $0.flow == schedule?.flow && $0.id != schedule?.id
            }.sorted { $0.id < $1.id }
            do {
                try await settler.settle(settlement, schedule, siblings: siblings)
                if settlement.entry.state == .conflict {
                    logger.warning(
                        settlement.entry.isWaived
                            ? "a schedule was given up on, and is left as Central has it"
                            : "a schedule is left as somebody made it",
                        metadata: [
                            "schedule": "\(settlement.entry.object)", "cause": "\(settlement.entry.cause)",
                        ])
                }
                handle(.settled(settlement.entry.id))
            } catch {
                logger.error("missed times could not be settled", metadata: ["error": "\(error)"])
                handle(
                    .settleFailed(
                        settlement.entry.id, cause: "missed times could not be settled: \(error)",
                        RetryPause.Kind(of: error)))
            }
        case .answer: break
        }
    }

    private func recover() async {
        do {
            let open = try await store.journal(.openFreeze)
            let order = open.first { $0.object == JournalEntry.wholeObject }
            var closed: [JournalEntry] = []
            if let order {
                closed = try await store.journal(
                    JournalQuery(
                        system: FreezeState.system, owner: .nobody,
                        states: Set(JournalState.allCases.filter { !$0.isOpen }),
                        since: order.at, limit: EngineLimits.journalEntryCountMax))
            }
            handle(.recovered(open, closed: closed))
            state.withLock { $0.isRead = true }
        } catch {
            handle(.recoveryFailed(cause: "the journal could not be read: \(error)"))
        }
    }

    private func list() async {
        do {
            let listed = try await pause.read { try await central.schedules() }
            let sights = try listed.map { try reader.sight(of: $0) }
            state.withLock { state in
                state.schedules = Dictionary(listed.map { ($0.id, $0) }) { first, _ in first }
            }
            handle(.listed(sights))
        } catch {
            handle(
                .listFailed(cause: "Central's schedules cannot be read: \(error)", RetryPause.Kind(of: error)))
        }
    }
}

extension JournalQuery {
    /// What of Central's schedules is changed and not yet back.
    static var openFreeze: JournalQuery {
        JournalQuery(
            system: FreezeState.system, owner: .nobody, states: Set(JournalState.allCases.filter(\.isOpen)),
            limit: EngineLimits.journalEntryCountMax)
    }
}
