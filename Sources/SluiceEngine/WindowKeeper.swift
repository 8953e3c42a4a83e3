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
    private let store: any Store
    private let gatekeeper: Gatekeeper
    private let minter: Minter
    private let clocks: any Clocks
    private let fence: Fence
    private let logger: Logger
    private let metricsFactory: any MetricsFactory
    /// Finds the rules of a zone by its IANA id.
    public let zones: @Sendable (String) -> TimeZoneRules?

    init(
        store: any Store, gatekeeper: Gatekeeper, minter: Minter, clocks: any Clocks, fence: Fence, logger: Logger,
        metricsFactory: any MetricsFactory, zones: @escaping @Sendable (String) -> TimeZoneRules?
    ) async throws {
        self.store = store
        self.gatekeeper = gatekeeper
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
                await settleIfDue()
                try await clocks.sleep(until: clocks.now().monotonic.advanced(by: EngineLimits.windowCheckInterval))
            }
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
            var isDone = true
            for occurrence in ledger.gateWork { isDone = try await work(on: occurrence) && isDone }
            state.withLock { state in
                state.checkedAt = now
                let retry = now.advanced(by: EngineLimits.windowCheckInterval)
                state.dueAt = isDone ? state.ledger.nextEvent(after: now) ?? .distant : retry
            }
            if !isDone || (outcome.isEmpty && ledger.gateWork.isEmpty) { return }
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
            try await store.commit(outcome.changes, fence: fence)
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

    /// - Returns: Whether nothing is left to do for it.
    private func work(on occurrence: WindowOccurrence) async throws -> Bool {
        let record = gatekeeper.snapshot().record
        switch ledger.gateMove(for: occurrence, gate: record) {
        case .none: return true
        case .note(let step, let since, let cause):
            return try await note(occurrence, step, since: since, cause: cause)
        case .set(let mode, let scope, let reason, let step):
            guard let changed = await set(mode, scope, reason: reason, at: record.epoch) else { return false }
            let since = step == .closed ? changed.entry(for: scope)?.since : nil
            return try await note(occurrence, step, since: since)
        }
    }

    private func set(_ mode: GateMode?, _ scope: Scope?, reason: String, at epoch: Epoch) async -> GateRecord? {
        let change = ModeChange(
            ref: ModeChange.Ref(gatekeeper.nextRef()), scope: scope, mode: mode, by: .sluice, reason: reason,
            expectedEpoch: epoch)
        switch await gatekeeper.change(change) {
        case .changed(let record):
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

    // MARK: Looking

    /// Spans of a horizon that blackouts deny to a maintenance of a scope, in order of time.
    ///
    /// Those on record count as they are there: extended, shortened, or cancelled.
    /// - Returns: `isCut` when there are more than `ForecastLimits.blackoutCountMax`.
    /// - Throws: `StoreError`.
    public func blackouts(
        over scope: Scope?, in span: Range<Timestamp>
    ) async throws -> (blackouts: [Blackout], isCut: Bool) {
        let found = try await occurrences(in: span, limit: ForecastLimits.blackoutCountMax)
        let ledger = ledger
        let blackouts = found.occurrences.compactMap { occurrence -> Blackout? in
            guard occurrence.state != .cancelled, let window = ledger.window(occurrence.window),
                window.kind == .blackout, Scope.mayMeet(window.scope, scope)
            else { return nil }
            return Blackout(window, occurrence)
        }
        return (blackouts, found.isCut)
    }

    /// Occurrences that meet a span, on record and planned beyond that, by start.
    /// - Throws: `StoreError`.
    public func occurrences(
        of id: WindowID? = nil, in span: Range<Timestamp>, limit: Int
    ) async throws -> (occurrences: [WindowOccurrence], isCut: Bool) {
        var found = try await store.occurrences(
            OccurrenceQuery(window: id, from: span.lowerBound, to: span.upperBound, limit: limit + 1))
        var isCut = found.count > limit
        let known = Dictionary(grouping: found, by: \.window).mapValues { Set($0.map(\.wall)) }
        // Of many windows only the first occurrences are ever kept: what would come after them is not looked for.
        var end = span.upperBound
        for window in ledger.windows where !window.isCancelled && (id == nil || window.id == id) {
            let from = max(span.lowerBound, window.reach)
            guard from < end, let more = try? WindowLedger.planned(window, in: from..<end, limit: limit + 1, zones)
            else { continue }
            found += more.occurrences.filter {
                $0.start >= window.reach && known[window.id]?.contains($0.wall) != true
            }
            isCut = isCut || more.isCut
            if found.count > 2 * (limit + 1) {
                found.sort(by: Self.isEarlier)
                found.removeLast(found.count - limit - 1)
                isCut = true
                end = min(end, found.last.map { $0.start.next } ?? end)
            }
        }
        found.sort(by: Self.isEarlier)
        return (Array(found.prefix(limit)), isCut || found.count > limit)
    }

    private static func isEarlier(_ one: WindowOccurrence, _ other: WindowOccurrence) -> Bool {
        (one.start, one.window, one.wall) < (other.start, other.window, other.wall)
    }
}

extension Timestamp {
    /// Later than anything that is planned.
    fileprivate static let distant = Timestamp(milliseconds: .max)
}
