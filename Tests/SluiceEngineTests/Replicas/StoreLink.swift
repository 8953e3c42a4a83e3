import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization

/// One replica's way to a store that it shares: a test freezes it, cuts it, and lets it flow again.
final class StoreLink: Store {
    /// What becomes of a call.
    enum Mode { case flowing, frozen, cut }

    private struct State {
        var mode = Mode.flowing
        var arePacksReadable = true
        var waiting: [CheckedContinuation<Void, Never>] = []
        var holdsNextList = false
        var heldList: CheckedContinuation<Void, Never>?
    }

    let base: InMemoryStore
    private let state = Mutex(State())

    init(_ base: InMemoryStore) { self.base = base }

    /// Frozen calls go on when it flows again, or fail when it is cut.
    func set(_ mode: Mode) {
        let waiting = state.withLock { state in
            state.mode = mode
            defer { if mode != .frozen { state.waiting = [] } }
            return mode == .frozen ? [] : state.waiting
        }
        for call in waiting { call.resume() }
    }

    /// The next list of maintenances is read, and travels until `releaseList`.
    func holdNextList() { state.withLock { $0.holdsNextList = true } }

    var holdsList: Bool { state.withLock { $0.heldList != nil } }

    func releaseList() {
        let held = state.withLock { state in
            defer { state.heldList = nil }
            return state.heldList
        }
        held?.resume()
    }

    /// As if a newer version had written them.
    func setPacksReadable(_ areReadable: Bool) { state.withLock { $0.arePacksReadable = areReadable } }

    private func pass() async throws {
        let isFrozen = state.withLock { $0.mode == .frozen }
        if isFrozen {
            await withCheckedContinuation { call in
                let goesOn = state.withLock { state in
                    if state.mode == .frozen { state.waiting.append(call) }
                    return state.mode != .frozen
                }
                if goesOn { call.resume() }
            }
        }
        if state.withLock({ $0.mode == .cut }) { throw StoreError(.unavailable, "the test cut the way to the store") }
    }

    /// The answer travels back too: a freeze meanwhile holds it up.
    private func over<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await pass()
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await pass()
        return try result.get()
    }

    func commit(_ changes: [Change], fence: Fence) async throws {
        try await over { try await base.commit(changes, fence: fence) }
    }
    func gate() async throws -> GateRecord? {
        try await over { try await base.gate() }
    }
    func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts {
        try await over { try await base.facts(for: keys, at: now) }
    }
    func hold(_ ticket: Ticket) async throws -> Hold? {
        try await over { try await base.hold(ticket) }
    }
    func hold(runningAs executionID: ExecutionID) async throws -> Hold? {
        try await over { try await base.hold(runningAs: executionID) }
    }
    func holds(_ query: HoldQuery) async throws -> HoldPage {
        try await over { try await base.holds(query) }
    }
    func candidates(_ query: CandidateQuery) async throws -> [Hold] {
        try await over { try await base.candidates(query) }
    }
    func lanes(_ query: LaneQuery) async throws -> [Lane] {
        try await over { try await base.lanes(query) }
    }
    func expired(at now: Timestamp, limit: Int) async throws -> [Hold] {
        try await over { try await base.expired(at: now, limit: limit) }
    }
    func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent] {
        try await over { try await base.events(of: ticket, after: sequence, limit: limit) }
    }
    func endedDrains(limit: Int) async throws -> [HoldEvent] {
        try await over { try await base.endedDrains(limit: limit) }
    }
    func counts() async throws -> HoldCounts {
        try await over { try await base.counts() }
    }
    func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally] {
        try await over { try await base.tallies(since: since, limit: limit) }
    }
    func standIn(for hold: Hold, limit: Int) async throws -> Hold {
        try await over { try await base.standIn(for: hold, limit: limit) }
    }

    func position(of hold: Hold) async throws -> Int? {
        try await over { try await base.position(of: hold) }
    }
    func packs() async throws -> [PackRevision] {
        try await over { try await base.packs() }
    }

    func packNumbers() async throws -> [String: Int] {
        guard state.withLock({ $0.arePacksReadable }) else { throw StoreError(.newerVersion, "the test made them so") }
        return try await over { try await base.packNumbers() }
    }
    func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision] {
        try await over { try await base.packHistory(name, by: principal, limit: limit) }
    }
    func oldestHeld() async throws -> Timestamp? {
        try await over { try await base.oldestHeld() }
    }
    func maintenances(limit: Int) async throws -> [MaintenanceRecord] {
        let list = try await over { try await base.maintenances(limit: limit) }
        let isHeld = state.withLock { state in
            defer { state.holdsNextList = false }
            return state.holdsNextList
        }
        if isHeld { await withCheckedContinuation { call in state.withLock { $0.heldList = call } } }
        return list
    }
    func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord? {
        try await over { try await base.maintenance(id) }
    }
    func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller? {
        try await over { try await base.caller(fingerprint) }
    }
    func windows() async throws -> [Window] {
        try await over { try await base.windows() }
    }
    func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence] {
        try await over { try await base.occurrences(query) }
    }
    func journal(_ query: JournalQuery) async throws -> [JournalEntry] {
        try await over { try await base.journal(query) }
    }
    func judgedEpoch() async throws -> Epoch? {
        try await over { try await base.judgedEpoch() }
    }
    func release() async throws -> ReleaseRecord? {
        try await over { try await base.release() }
    }
    func missed(_ query: MissedQuery) async throws -> MissedPage {
        try await over { try await base.missed(query) }
    }
    func lastMissed(of schedule: ScheduleID) async throws -> Timestamp? {
        try await over { try await base.lastMissed(of: schedule) }
    }
    func replicas() async throws -> [Replica] {
        try await over { try await base.replicas() }
    }
    func leader() async throws -> LeaderRecord? {
        try await over { try await base.leader() }
    }
    func timeline() async throws -> Int64 {
        try await over { try await base.timeline() }
    }
    func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket] {
        try await over { try await base.forgettableHolds(endedBefore: time, limit: limit) }
    }
    func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback] {
        try await over { try await base.dueCallbacks(at: now, limit: limit) }
    }
    func callbacks(of ticket: Ticket) async throws -> [Callback] {
        try await over { try await base.callbacks(of: ticket) }
    }
    func newestEvent() async throws -> Int64 {
        try await over { try await base.newestEvent() }
    }
}
