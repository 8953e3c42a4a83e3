import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization

/// An `InMemoryStore` whose reads and writes fail while a test says so.
final class FlakyStore: Store {
    private let base: InMemoryStore
    private let broken = Mutex(false)
    private let failing = Mutex<Failing?>(nil)
    private let late = Mutex<Late>(Late())

    private struct Failing {
        var countLeft: Int
        let concerns: @Sendable (Change) -> Bool
    }

    private struct Late {
        /// What the commit has whose answer is late.
        var concerns: (@Sendable (Change) -> Bool)?
        var waiter: CheckedContinuation<Void, Never>?
    }

    init(_ base: InMemoryStore) { self.base = base }

    /// From now on nothing works, or everything does.
    func setBroken(_ isBroken: Bool) { broken.withLock { $0 = isBroken } }

    /// After so many more commits with such a change one fails. The engine's own may come at any time.
    func failCommit(after count: Int = 0, with concerns: @escaping @Sendable (Change) -> Bool) {
        failing.withLock { $0 = Failing(countLeft: count, concerns: concerns) }
    }

    /// The next commit with such a change is done, and answered only after `answerLate`.
    func delayNextAnswer(to concerns: @escaping @Sendable (Change) -> Bool) {
        late.withLock { $0.concerns = concerns }
    }

    var isAnswerLate: Bool { late.withLock { $0.waiter != nil } }

    func answerLate() { late.withLock { $0.waiter.take() }?.resume() }

    /// What becomes of a look-up of a caller.
    enum LookUpFate { case answered, absent, hanging }

    private struct LookUps {
        var fate: @Sendable (Fingerprint) -> LookUpFate = { _ in .answered }
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let lookUps = Mutex(LookUps())

    func setLookUps(_ fate: @escaping @Sendable (Fingerprint) -> LookUpFate) { lookUps.withLock { $0.fate = fate } }

    var hangingLookUpCount: Int { lookUps.withLock { $0.waiters.count } }

    /// From now on all are answered, those that hang too.
    func answerLookUps() {
        let waiters = lookUps.withLock { lookUps in
            lookUps.fate = { _ in .answered }
            defer { lookUps.waiters = [] }
            return lookUps.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private let counts = Mutex<[String: Int]>([:])

    /// How often each method was called since the last `resetCalls`.
    var calls: [String: Int] { counts.withLock { $0 } }

    func resetCalls() { counts.withLock { $0 = [:] } }

    private func check(_ method: String = #function) throws {
        counts.withLock { $0[method, default: 0] += 1 }
        if broken.withLock({ $0 }) { throw StoreError(.unavailable, "the test broke the store at /var/lib/x.db") }
    }

    func commit(_ changes: [Change], fence: Fence) async throws {
        try check()
        let fails = failing.withLock { failing in
            guard let now = failing, changes.contains(where: now.concerns) else { return false }
            failing = now.countLeft == 0 ? nil : Failing(countLeft: now.countLeft - 1, concerns: now.concerns)
            return now.countLeft == 0
        }
        if fails { throw StoreError(.unavailable, "the test failed this commit") }
        try await base.commit(changes, fence: fence)
        let isLate = late.withLock { late in
            guard let concerns = late.concerns, changes.contains(where: concerns) else { return false }
            late.concerns = nil
            return true
        }
        if isLate { await withCheckedContinuation { waiter in late.withLock { $0.waiter = waiter } } }
    }

    func gate() async throws -> GateRecord? {
        try check()
        return try await base.gate()
    }

    func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts {
        try check()
        return try await base.facts(for: keys, at: now)
    }

    func hold(_ ticket: Ticket) async throws -> Hold? {
        try check()
        return try await base.hold(ticket)
    }

    func hold(runningAs executionID: ExecutionID) async throws -> Hold? {
        try check()
        return try await base.hold(runningAs: executionID)
    }

    func holds(_ query: HoldQuery) async throws -> HoldPage {
        try check()
        return try await base.holds(query)
    }

    func candidates(_ query: CandidateQuery) async throws -> [Hold] {
        try check()
        return try await base.candidates(query)
    }

    func expired(at now: Timestamp, limit: Int) async throws -> [Hold] {
        try check()
        return try await base.expired(at: now, limit: limit)
    }

    func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent] {
        try check()
        return try await base.events(of: ticket, after: sequence, limit: limit)
    }

    func endedDrains(limit: Int) async throws -> [HoldEvent] {
        try check()
        return try await base.endedDrains(limit: limit)
    }

    func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller? {
        try check()
        switch lookUps.withLock({ $0.fate })(fingerprint) {
        case .answered: break
        case .absent: return nil
        case .hanging: await withCheckedContinuation { waiter in lookUps.withLock { $0.waiters.append(waiter) } }
        }
        return try await base.caller(fingerprint)
    }

    func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback] {
        try await base.dueCallbacks(at: now, limit: limit)
    }

    func callbacks(of ticket: Ticket) async throws -> [Callback] { try await base.callbacks(of: ticket) }

    func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket] {
        try await base.forgettableHolds(endedBefore: time, limit: limit)
    }

    func newestEvent() async throws -> Int64 { try await base.newestEvent() }

    func counts() async throws -> HoldCounts {
        try check()
        return try await base.counts()
    }

    func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally] {
        try await base.tallies(since: since, limit: limit)
    }

    func standIn(for hold: Hold, limit: Int) async throws -> Hold {
        try check()
        return try await base.standIn(for: hold, limit: limit)
    }

    func position(of hold: Hold) async throws -> Int? {
        try check()
        return try await base.position(of: hold)
    }

    func packs() async throws -> [PackRevision] {
        try check()
        return try await base.packs()
    }

    func packNumbers() async throws -> [String: Int] {
        try check()
        return try await base.packNumbers()
    }

    func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision] {
        try check()
        return try await base.packHistory(name, by: principal, limit: limit)
    }

    func oldestHeld() async throws -> Timestamp? {
        try check()
        return try await base.oldestHeld()
    }

    func maintenances(limit: Int) async throws -> [MaintenanceRecord] {
        try check()
        return try await base.maintenances(limit: limit)
    }

    func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord? {
        try check()
        return try await base.maintenance(id)
    }

    func windows() async throws -> [Window] {
        try check()
        return try await base.windows()
    }

    func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence] {
        try check()
        return try await base.occurrences(query)
    }
    func journal(_ query: JournalQuery) async throws -> [JournalEntry] {
        try check()
        return try await base.journal(query)
    }

    func missed(_ query: MissedQuery) async throws -> MissedPage {
        try check()
        return try await base.missed(query)
    }

    func judgedEpoch() async throws -> Epoch? { try await base.judgedEpoch() }
    func release() async throws -> ReleaseRecord? { try await base.release() }

    func lanes(_ query: LaneQuery) async throws -> [Lane] {
        try check()
        return try await base.lanes(query)
    }

    func lastMissed(of schedule: ScheduleID) async throws -> Timestamp? { try await base.lastMissed(of: schedule) }

    func replicas() async throws -> [Replica] {
        try check()
        return try await base.replicas()
    }

    func leader() async throws -> LeaderRecord? {
        try check()
        return try await base.leader()
    }

    func timeline() async throws -> Int64 {
        try check()
        return try await base.timeline()
    }
}
