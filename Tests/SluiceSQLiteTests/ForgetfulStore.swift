import SluiceModel
import SluicePorts
import SluiceTestKit

/// A store that acknowledges recalls without doing them: a conformance suite must find it out.
final class ForgetfulStore: Store {
    private let store = InMemoryStore()

    func commit(_ changes: [Change], fence: Fence) async throws {
        let kept = changes.filter { change in
            if case .recallReleased = change { false } else { true }
        }
        try await store.commit(kept, fence: fence)
    }

    func gate() async throws -> GateRecord? { try await store.gate() }
    func judgedEpoch() async throws -> Epoch? { try await store.judgedEpoch() }
    func release() async throws -> ReleaseRecord? { try await store.release() }
    func lanes(_ query: LaneQuery) async throws -> [Lane] { try await store.lanes(query) }
    func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts {
        try await store.facts(for: keys, at: now)
    }
    func hold(_ ticket: Ticket) async throws -> Hold? { try await store.hold(ticket) }
    func hold(runningAs executionID: ExecutionID) async throws -> Hold? { try await store.hold(runningAs: executionID) }
    func holds(_ query: HoldQuery) async throws -> HoldPage { try await store.holds(query) }
    func candidates(_ query: CandidateQuery) async throws -> [Hold] { try await store.candidates(query) }
    func expired(at now: Timestamp, limit: Int) async throws -> [Hold] {
        try await store.expired(at: now, limit: limit)
    }
    func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent] {
        try await store.events(of: ticket, after: sequence, limit: limit)
    }
    func endedDrains(limit: Int) async throws -> [HoldEvent] { try await store.endedDrains(limit: limit) }
    func counts() async throws -> HoldCounts { try await store.counts() }
    func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback] {
        try await store.dueCallbacks(at: now, limit: limit)
    }
    func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller? { try await store.caller(fingerprint) }
    func callbacks(of ticket: Ticket) async throws -> [Callback] { try await store.callbacks(of: ticket) }
    func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket] {
        try await store.forgettableHolds(endedBefore: time, limit: limit)
    }
    func newestEvent() async throws -> Int64 { try await store.newestEvent() }
    func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally] {
        try await store.tallies(since: since, limit: limit)
    }
    func standIn(for hold: Hold, limit: Int) async throws -> Hold {
        try await store.standIn(for: hold, limit: limit)
    }
    func position(of hold: Hold) async throws -> Int? { try await store.position(of: hold) }
    func packs() async throws -> [PackRevision] { try await store.packs() }
    func packNumbers() async throws -> [String: Int] { try await store.packNumbers() }
    func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision] {
        try await store.packHistory(name, by: principal, limit: limit)
    }
    func oldestHeld() async throws -> Timestamp? { try await store.oldestHeld() }

    func maintenances(limit: Int) async throws -> [MaintenanceRecord] {
        try await store.maintenances(limit: limit)
    }

    func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord? { try await store.maintenance(id) }

    func windows() async throws -> [Window] {
        try await store.windows()
    }

    func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence] {
        try await store.occurrences(query)
    }
    func journal(_ query: JournalQuery) async throws -> [JournalEntry] { try await store.journal(query) }
    func missed(_ query: MissedQuery) async throws -> MissedPage { try await store.missed(query) }
    func lastMissed(of schedule: ScheduleID) async throws -> Timestamp? { try await store.lastMissed(of: schedule) }
    func replicas() async throws -> [Replica] { try await store.replicas() }
    func leader() async throws -> LeaderRecord? { try await store.leader() }
    func timeline() async throws -> Int64 { try await store.timeline() }
}
