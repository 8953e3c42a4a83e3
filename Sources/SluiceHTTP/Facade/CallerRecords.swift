import Logging
import SluiceModel
import SluicePorts
import Synchronization

/// Which callers Central knew, and when: in this replica's memory, and in the store for the others and for the next
/// start.
///
/// The memory answers, for `verifiedFor` alone. When Central was asked, the store is read, and written when Central
/// knows a caller of whom nothing new enough is on record, or refuses one that is on record. While Central is down the
/// store says who is on record still. Nobody waits for it longer than `FacadeLimits.callerStoreTime`, and what it does
/// not do never fails a call.
final class CallerRecords: Sendable {
    private struct Entry {
        /// When Central last knew it, as far as this replica was told.
        var knownAt: MonotonicTime
        /// The time on record, as far as this replica knows; nil: none.
        var recordedAt: Timestamp?
        /// When what is on record was last written or read.
        var readAt: MonotonicTime?
        /// A commit that records it is under way.
        var isBeingRecorded = false
    }

    private struct State {
        var entries: [Fingerprint: Entry] = [:]
        /// When the store last told that there is no record to trust.
        var missedAt: [Fingerprint: MonotonicTime] = [:]
        /// Refused by Central, and may still be on record: trusted by no record, and deleted with the next commit.
        var owed: Set<Fingerprint> = []
        /// Calls of the store that have not come back.
        var underWayCount = 0
        /// Callers recorded since a time, for the limit of their rate.
        var recordedCount = 0
        var countedSince: MonotonicTime?
        /// When a commit last failed; nil: the last one did not.
        var failedAt: MonotonicTime?
    }

    private enum Found {
        case record(KnownCaller?)
        /// The store did not say.
        case unknown
    }

    let trust: CallerTrust
    private let store: any Store
    private let clocks: any Clocks
    private let fence: @Sendable () -> Fence
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter fence: What a replica writes with, whether or not it leads.
    init(
        trust: CallerTrust, store: any Store, clocks: any Clocks, fence: @escaping @Sendable () -> Fence,
        logger: Logger
    ) {
        self.trust = trust
        self.store = store
        self.clocks = clocks
        self.fence = fence
        self.logger = logger
    }

    /// Whether Central knew it so lately that it is not asked again.
    func isVerified(_ caller: Fingerprint, at now: MonotonicTime) -> Bool {
        state.withLock { state in
            state.entries[caller].map { now.since($0.knownAt) < trust.verifiedFor } ?? false
        }
    }

    // MARK: What Central said

    /// Central knows it; the caller was proven.
    func granted(_ caller: Fingerprint, at now: Moment) async {
        var changes = state.withLock { state -> [Change] in
            var entry = state.entries[caller] ?? Entry(knownAt: now.monotonic)
            entry.knownAt = max(entry.knownAt, now.monotonic)
            put(entry, for: caller, &state)
            state.owed.remove(caller)
            state.missedAt[caller] = nil
            return trust.renewal(of: caller, recordedAt: entry.recordedAt, at: now.wall)
        }
        // Another replica may have heard otherwise before, and deleted it.
        if changes.isEmpty, case .record(nil) = await read(caller) {
            changes = trust.renewal(of: caller, recordedAt: nil, at: now.wall)
        }
        await record(caller, changes, at: now)
    }

    /// Central refused it. Wrong credentials are on no record, and so lead to no commit.
    func refused(_ caller: Fingerprint, at now: Moment) async {
        var isOwed = state.withLock { state in
            state.entries.removeValue(forKey: caller) != nil || state.owed.contains(caller)
        }
        if !isOwed, case .record(.some) = await read(caller) { isOwed = true }
        guard isOwed else { return }
        state.withLock { state in
            if state.owed.count < FacadeLimits.callerOwedCountMax { state.owed.insert(caller) }
        }
        await commit([.forgetCaller(caller)], at: now.monotonic) { _ in }
    }

    /// Whether one is trusted although Central is down.
    func isTrusted(_ caller: Fingerprint, at now: Moment) async -> Bool {
        enum Memory { case yes, no, lacksRecord, hasRecord }
        let memory = state.withLock { state -> Memory in
            if state.owed.contains(caller) { return .no }
            if let entry = state.entries[caller], now.monotonic.since(entry.knownAt) < trust.trustedFor {
                // Never recorded, it was forgotten by nobody.
                guard entry.recordedAt != nil else { return .yes }
                return Self.isFresh(entry.readAt, at: now.monotonic) ? .yes : .hasRecord
            }
            return Self.isFresh(state.missedAt[caller], at: now.monotonic) ? .no : .lacksRecord
        }
        switch memory {
        case .yes: return true
        case .no: return false
        case .hasRecord, .lacksRecord: break
        }
        switch await read(caller) {
        case .unknown: return memory == .hasRecord
        case .record(nil):
            // Gone: another replica heard that Central refuses it.
            state.withLock { state in
                state.entries[caller] = nil
                miss(caller, at: now.monotonic, &state)
            }
            return false
        case .record(let record?): return await adopt(record, at: now)
        }
    }

    /// Takes a record into the memory.
    /// - Returns: Whether its caller is trusted.
    private func adopt(_ record: KnownCaller, at now: Moment) async -> Bool {
        let caller = record.fingerprint
        let isTrusted = state.withLock { state -> Bool in
            let old = state.entries[caller]
            var entry = old
            // The trust in what was taken in before runs by the clock that does not step.
            if old?.recordedAt.map({ $0 < record.at }) ?? true, let left = trust.left(of: record, at: now.wall) {
                let knownAt = now.monotonic.advanced(by: left - trust.trustedFor)
                var adopted = old ?? Entry(knownAt: knownAt)
                adopted.knownAt = max(adopted.knownAt, knownAt)
                entry = adopted
            }
            guard var entry, now.monotonic.since(entry.knownAt) < trust.trustedFor, !state.owed.contains(caller) else {
                miss(caller, at: now.monotonic, &state)
                return false
            }
            (entry.recordedAt, entry.readAt) = (record.at, now.monotonic)
            put(entry, for: caller, &state)
            return true
        }
        if isTrusted { await self.record(caller, trust.correction(of: record, at: now.wall), at: now) }
        return isTrusted
    }

    private static func isFresh(_ readAt: MonotonicTime?, at now: MonotonicTime) -> Bool {
        readAt.map { now.since($0) < FacadeLimits.callerReadInterval } ?? false
    }

    // MARK: The memory

    private func put(_ entry: Entry, for caller: Fingerprint, _ state: inout State) {
        if state.entries.count >= FacadeLimits.callerCountMax, state.entries[caller] == nil {
            let now = entry.knownAt
            state.entries = state.entries.filter { now.since($0.value.knownAt) < trust.trustedFor }
            if state.entries.count >= FacadeLimits.callerCountMax,
                let oldest = state.entries.min(by: { $0.value.knownAt < $1.value.knownAt })
            {
                state.entries[oldest.key] = nil
            }
        }
        state.entries[caller] = entry
    }

    /// Strangers in great number are not remembered: each then costs a read, of which only so many are under way.
    private func miss(_ caller: Fingerprint, at now: MonotonicTime, _ state: inout State) {
        if state.missedAt.count >= FacadeLimits.callerMissCountMax {
            state.missedAt = state.missedAt.filter { Self.isFresh($0.value, at: now) }
        }
        if state.missedAt.count < FacadeLimits.callerMissCountMax { state.missedAt[caller] = now }
    }

    // MARK: The store

    private func read(_ caller: Fingerprint) async -> Found {
        guard takePlace() else { return .unknown }
        let found = await withinTime { [store] in try await store.caller(caller) }
        guard case .success(let record)? = found else { return .unknown }
        return .record(record)
    }

    /// Writes a caller down, unless that is under way, too many were, or the store failed a moment ago.
    private func record(_ caller: Fingerprint, _ changes: [Change], at now: Moment) async {
        guard !changes.isEmpty else { return }
        let mayWrite = state.withLock { state in
            guard let entry = state.entries[caller], !entry.isBeingRecorded,
                !Self.isFresh(state.failedAt, at: now.monotonic)
            else { return false }
            if state.countedSince.map({ now.monotonic.since($0) >= FacadeLimits.callerRecordSpan }) ?? true {
                (state.countedSince, state.recordedCount) = (now.monotonic, 0)
            }
            guard state.recordedCount < FacadeLimits.callerRecordCountMax else { return false }
            state.recordedCount += 1
            state.entries[caller]?.isBeingRecorded = true
            return true
        }
        guard mayWrite else { return }
        await commit(changes, at: now.monotonic) { [self] isWritten in
            state.withLock { state in
                state.entries[caller]?.isBeingRecorded = false
                guard isWritten else { return }
                state.entries[caller]?.recordedAt = now.wall
                state.entries[caller]?.readAt = now.monotonic
            }
        }
    }

    /// - Parameter ended: Told how it ended, which may be long after nobody waits any more.
    private func commit(
        _ changes: [Change], at now: MonotonicTime, _ ended: @escaping @Sendable (_ isWritten: Bool) -> Void
    ) async {
        guard takePlace() else { return ended(false) }
        let owed = state.withLock { Array($0.owed.prefix(FacadeLimits.callerOwedBatchCountMax)) }
        let all = owed.map { Change.forgetCaller($0) } + changes
        let outcome = await withinTime { [self] in
            do {
                try await store.commit(all, fence: fence())
                state.withLock { state in
                    state.owed.subtract(owed)
                    state.failedAt = nil
                }
                ended(true)
            } catch {
                failed(error, at: now)
                ended(false)
                throw error
            }
        }
        if outcome == nil { logger.debug("the store has not yet answered whether it recorded a caller") }
    }

    /// Says so once, until one succeeds again.
    private func failed(_ error: any Error, at now: MonotonicTime) {
        let isNew = state.withLock { state in
            defer { state.failedAt = now }
            return state.failedAt == nil
        }
        guard isNew else { return }
        logger.warning(
            "callers that Central knows are not recorded now: after a restart they are unknown while Central is down",
            metadata: ["error": "\(error)"])
    }

    /// Whether the store may be asked one thing more; `withinTime` gives the place back.
    private func takePlace() -> Bool {
        state.withLock { state in
            guard state.underWayCount < FacadeLimits.callerStoreCountMax else { return false }
            state.underWayCount += 1
            return true
        }
    }

    /// Waits for the store as long as a call may; what it was asked goes on to its end.
    /// - Returns: nil when the time is over.
    private func withinTime<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async -> Result<Value, any Error>? {
        let deadline = clocks.now().monotonic.advanced(by: FacadeLimits.callerStoreTime)
        let (first, ends) = AsyncStream.makeStream(
            of: Result<Value, any Error>?.self, bufferingPolicy: .bufferingOldest(1))
        // why: a store that hangs cannot be made to give up, and the call must not wait for it.
        Task { [self] in
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            state.withLock { $0.underWayCount -= 1 }
            ends.yield(result)
        }
        // why: whichever ends first answers.
        let timer = Task { [clocks] in
            try? await clocks.sleep(until: deadline)
            ends.yield(nil)
        }
        defer { timer.cancel() }
        for await result in first { return result }
        return nil
    }
}
