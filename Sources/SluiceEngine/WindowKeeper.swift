import CoreMetrics
import Logging
public import ServiceLifecycle
import SluiceCore
public import SluiceForecast
public import SluiceModel
import SluicePorts
import Synchronization

/// Drives `WindowLedger`: begins and ends windows at their time, warns ahead, and closes and opens the gate for those
/// that are to do so by themselves.
///
/// Every change is committed before it counts. What was to be done to the gate is on record before it is done, so a
/// stop at any point is caught up with at the next start.
public final class WindowKeeper: Service {
    private struct State {
        var ledger: WindowLedger
        /// Grows with each change of `ledger`.
        var generation = 0
        /// Whether the store has more than `ledger`.
        var isStale = false
        var dueAt: Timestamp
        var checkedAt: Timestamp
    }

    private let state: Mutex<State>
    let store: any Store
    private let gatekeeper: Gatekeeper
    private let strandings: StrandingSearch
    private let minter: Minter
    private let clocks: any Clocks
    private let fence: FenceSource
    private let logger: Logger
    private let metricsFactory: any MetricsFactory
    /// Finds the rules of a zone by its IANA id.
    public let zones: @Sendable (String) -> TimeZoneRules?
    /// Whether this replica does what is due: one alone does.
    private let isLeading: @Sendable () -> Bool
    private let isShared: Bool

    init(
        store: any Store, gatekeeper: Gatekeeper, packs: PackShelf, minter: Minter, clocks: any Clocks,
        fence: FenceSource, logger: Logger,
        metricsFactory: any MetricsFactory, zones: @escaping @Sendable (String) -> TimeZoneRules?,
        isShared: Bool = false, isLeading: @escaping @Sendable () -> Bool = { true }
    ) async throws {
        self.isShared = isShared
        self.isLeading = isLeading
        self.store = store
        self.gatekeeper = gatekeeper
        strandings = StrandingSearch(packs: packs, gatekeeper: gatekeeper, store: store, clocks: clocks)
        self.minter = minter
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
        self.metricsFactory = metricsFactory
        self.zones = zones
        let now = clocks.now().wall
        state = Mutex(State(ledger: try await Self.ledger(in: store), dueAt: now, checkedAt: now))
    }

    private static func ledger(in store: any Store) async throws -> WindowLedger {
        let windowCount = WindowLimits.windowCountMax + WindowLimits.calendarEventCountMax
        let limit = windowCount * WindowLimits.aheadCountMax
        return WindowLedger(
            windows: try await store.windows(),
            occurrences: try await store.occurrences(OccurrenceQuery(isOpenOnly: true, limit: limit)))
    }

    /// All windows and their open occurrences as they are now.
    public var ledger: WindowLedger { state.withLock { $0.ledger } }

    /// A name for a window to be planned.
    public func windowID() -> WindowID { minter.windowID() }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                if isShared, isLeading(), isOld { becomeLeader() }
                if isLeading() { await settleIfDue() } else { await reloadIfOld() }
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.windowCheckInterval))
            }
        }
    }

    /// Another replica leads: what it writes is read now and then.
    private func reloadIfOld() async {
        guard isOld else { return }
        let now = clocks.now().wall
        do {
            try await reload()
            state.withLock { $0.checkedAt = now }
        } catch {
            logger.warning("windows cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// Whether others may have changed windows since they were looked at.
    private var isOld: Bool {
        let age = clocks.now().wall.since(state.withLock { $0.checkedAt })
        return age >= EngineLimits.windowReloadInterval || age < .zero
    }

    /// This replica leads, and others may have changed anything.
    func becomeLeader() {
        state.withLock { state in
            state.isStale = true
            state.dueAt = clocks.now().wall
        }
    }

    /// Only when something is due, or the clock went back, or it has not been looked at for an hour.
    private func settleIfDue() async {
        let now = clocks.now().wall
        let isDue = state.withLock { state in
            let isOld = now.since(state.checkedAt) >= EngineLimits.windowHorizonInterval
            return now >= state.dueAt || now < state.checkedAt || isOld
        }
        guard isDue else { return }
        do {
            try await settle()
        } catch {
            logger.error("windows cannot be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Does what is due.
    /// - Throws: `StoreError`; what was not committed is tried again at the next check.
    public func settle() async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            if state.withLock({ $0.isStale }) { try await reload() }
            let now = clocks.now().wall
            let (seen, generation) = state.withLock { ($0.ledger, $0.generation) }
            let outcome = seen.tick(at: now, gate: gatekeeper.snapshot().record, zones)
            if !outcome.isEmpty, try await !commit(outcome, of: generation) { continue }
            var isFailed = false
            var isWaiting = false
            for occurrence in ledger.gateWork {
                switch try await work(on: occurrence) {
                case .done: break
                case .waiting: isWaiting = true
                case .failed: isFailed = true
                }
            }
            state.withLock { state in
                state.checkedAt = now
                state.dueAt = state.ledger.nextEvent(after: now) ?? .distant
                // Each look reads the holds that wait.
                let pause = isFailed ? EngineLimits.windowCheckInterval : EngineLimits.strandingCheckInterval
                if isFailed || isWaiting { state.dueAt = min(state.dueAt, now.advanced(by: pause)) }
            }
            if isFailed || isWaiting || (outcome.isEmpty && ledger.gateWork.isEmpty) { return }
        }
    }

    /// Carries out a person's or a calendar's wish, and what is due by it.
    /// - Parameter wish: Gives what is to be written, from the windows as they are; may be asked again.
    /// - Throws: `StoreError`, or `WindowLedger.Refusal` when the wish cannot be carried out.
    public func change(
        _ wish: @Sendable (WindowLedger, Timestamp) throws(WindowLedger.Refusal) -> WindowLedger.Outcome
    ) async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let (seen, generation) = state.withLock { ($0.ledger, $0.generation) }
            let outcome = try wish(seen, clocks.now().wall)
            if outcome.isEmpty { return }
            guard try await commit(outcome, of: generation) else { continue }
            // The leader finds it when it looks next.
            guard isLeading() else { return }
            do {
                try await settle()
            } catch {
                // The wish is on disk: a failure now would have it asked for twice. The next check does the rest.
                state.withLock { $0.dueAt = clocks.now().wall }
                logger.error("windows cannot be kept", metadata: ["error": "\(error)"])
            }
            return
        }
        throw StoreError(.conflict, "the windows are being changed by others all the time; try again")
    }

    /// - Parameter generation: Of the ledger that the outcome was made from.
    /// - Returns: Whether it was written; when it was not, the windows were read anew.
    private func commit(_ outcome: WindowLedger.Outcome, of generation: Int) async throws -> Bool {
        do {
            try await store.commit(outcome.changes, fence: fence.current)
        } catch let error as StoreError where error.code == .conflict || error.code == .unknown {
            try await reload()
            return false
        }
        let now = clocks.now().wall
        state.withLock { state in
            if state.generation == generation {
                state.ledger.apply(outcome)
            } else {
                // What others wrote meanwhile may be newer than this: both are read.
                state.isStale = true
                state.dueAt = now
            }
            state.generation += 1
        }
        for note in outcome.notes {
            logger.notice("window", metadata: ["event": "\(note.kind)", "by": "\(note.by)", "text": "\(note.text)"])
            Counter(label: "sluice_window_events_total", dimensions: [("event", note.kind)], factory: metricsFactory)
                .increment()
        }
        return true
    }

    /// Takes over what is stored, unless something was committed while it was read: then it is read again.
    private func reload() async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            let generation = state.withLock { $0.generation }
            let stored = try await Self.ledger(in: store)
            let isTaken = state.withLock { state in
                guard state.generation == generation else { return false }
                state.ledger = stored
                state.isStale = false
                state.generation += 1
                return true
            }
            if isTaken { return }
        }
    }

    // MARK: The gate

    private enum Progress {
        /// Nothing is left to do for it.
        case done
        /// Something stands against it that only a person can change.
        case waiting
        /// Others were in the way.
        case failed
    }

    private func work(on occurrence: WindowOccurrence) async throws -> Progress {
        let record = gatekeeper.snapshot().record
        switch ledger.gateMove(for: occurrence, gate: record) {
        case .none: return .done
        case .note(let step, let since, let cause):
            return try await note(occurrence, step, since: since, cause: cause) ? .done : .failed
        case .set(let mode, let scope, let reason, let step):
            if step == .opened, let maintenance = try await maintenance(closing: scope) {
                return try await wait(
                    occurrence,
                    for:
                        "maintenance \(maintenance) is under way; the gate is opened when it is over, or resume "
                        + "or abort it")
            }
            if step == .opened, let words = try await strandings.stranding(changing: scope, to: mode).words {
                return try await wait(
                    occurrence,
                    for:
                        "opening it would strand held launches: \(words); load the content packs that they need, "
                        + "discard them, or open the gate by hand with strandHolds")
            }
            guard let changed = await set(mode, scope, reason: reason, at: record.epoch) else { return .failed }
            let since = step == .closed ? changed.entry(for: scope)?.since : nil
            return try await note(occurrence, step, since: since) ? .done : .failed
        }
    }

    /// A maintenance that keeps, or may keep, that part of the gate closed; read anew, for it may be another replica's.
    private func maintenance(closing scope: Scope?) async throws -> MaintenanceID? {
        try await store.maintenances(limit: MaintenanceLimits.openCountMax).first { record in
            guard record.isUnderWay, record.phase != .releasing else { return false }
            let systems = record.plan.systems
            // CSA's sources are closed by themselves, whatever becomes of the gate as a whole.
            let isOfCSA = systems.includesCSA && MaintenanceGate.isOfCSA(scope)
            return isOfCSA || systems.includesOO && Scope.mayMeet(scope, record.plan.scope)
        }?.id
    }

    /// R36: nobody looks on as a window opens the gate, so that it strands nothing by itself, and lets nothing into
    /// what a maintenance stopped.
    private func wait(_ occurrence: WindowOccurrence, for obstacle: String) async throws -> Progress {
        let (seen, generation) = state.withLock { ($0.ledger, $0.generation) }
        let outcome = seen.gateWaits(for: occurrence, obstacle: obstacle, at: clocks.now().wall)
        guard !outcome.isEmpty else { return .waiting }
        return try await commit(outcome, of: generation) ? .waiting : .failed
    }

    private func set(_ mode: GateMode?, _ scope: Scope?, reason: String, at epoch: Epoch) async -> GateRecord? {
        let change = ModeChange(
            ref: ModeChange.Ref(gatekeeper.nextRef()), scope: scope, mode: mode, by: .sluice, reason: reason,
            expectedEpoch: epoch)
        let begunAt = clocks.now().monotonic
        switch await gatekeeper.change(change) {
        case .changed(let record):
            if mode?.isOpen != true { _ = await gatekeeper.acknowledge(record, since: begunAt) }
            logger.notice(
                "gate changed by a window",
                metadata: [
                    "mode": "\(mode?.rawValue ?? "inherit")", "scope": "\(scope?.description ?? "whole gate")",
                    "epoch": "\(record.epoch)", "reason": "\(reason)",
                ])
            return record
        case .refused(let refusal):
            logger.warning("the gate was not changed for a window", metadata: ["refusal": "\(refusal)"])
            return nil
        }
    }

    private func note(
        _ occurrence: WindowOccurrence, _ step: WindowOccurrence.GateWork.Step, since: Timestamp? = nil,
        cause: String? = nil
    ) async throws -> Bool {
        let (seen, generation) = state.withLock { ($0.ledger, $0.generation) }
        return try await commit(
            seen.gateChanged(occurrence, to: step, since: since, cause: cause, at: clocks.now().wall), of: generation)
    }
}

extension Timestamp {
    /// Later than anything that is planned.
    fileprivate static let distant = Timestamp(milliseconds: .max)
}
