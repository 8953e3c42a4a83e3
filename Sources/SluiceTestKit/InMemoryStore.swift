public import SluiceModel
public import SluicePorts
import Synchronization

/// The model of a store: plain dictionaries under one lock, obviously right rather than fast.
///
/// What it does on purpose besides: fail commits, and let them wait, so that a test can prove that no answer precedes
/// its commit. Nothing survives it.
public final class InMemoryStore: Store {
    private struct State {
        var content = InMemoryStoreContent()
        var failures: [Failure] = []
        var isPaused = false
        /// Commits that are still carried out before it pauses.
        var commitsLeft: Int?
        var isLost = false
        var waiting: [Waiting] = []
        var watchers: [(count: Int, wake: CheckedContinuation<Void, Never>)] = []

        mutating func carryOut(_ changes: [Change], fence: Fence) -> Result<Void, any Error> {
            let failure = failures.isEmpty ? nil : failures.removeFirst()
            if let failure, !failure.isWritten { return .failure(failure.error) }
            if let left = commitsLeft {
                commitsLeft = left - 1
                isPaused = left <= 1
            }
            let outcome = Result { try content.commit(changes, fence: fence) }
            return failure.map { .failure($0.error) } ?? outcome
        }
    }

    private struct Failure {
        let error: StoreError
        let isWritten: Bool
    }

    private struct Waiting {
        let changes: [Change]
        let fence: Fence
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let state: Mutex<State>

    public init() { state = Mutex(State()) }

    private init(_ content: InMemoryStoreContent) { state = Mutex(State(content: content)) }

    /// A store of its own with the same content.
    public func copy() -> InMemoryStore { InMemoryStore(state.withLock { $0.content }) }

    // MARK: What a test does to it

    /// Lets the next commits fail.
    /// - Parameter isWritten: Whether they are carried out all the same, as an `.unknown` one may have been.
    public func failNextCommits(_ count: Int, with error: StoreError, isWritten: Bool = false) {
        state.withLock {
            $0.failures += [Failure](repeating: Failure(error: error, isWritten: isWritten), count: count)
        }
    }

    /// From now on commits wait, unseen by reads, until `resumeCommits`.
    public func pauseCommits() { state.withLock { $0.isPaused = true } }

    /// The same once so many more commits were carried out: what has its store no more is as good as dead.
    public func pauseCommits(after count: Int) {
        state.withLock { state in
            state.commitsLeft = count
            state.isPaused = count == 0
        }
    }

    /// Fails the commits that wait, which are not carried out, and all later ones.
    public func lose() {
        let waiting = state.withLock { state in
            state.isLost = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for commit in waiting { commit.continuation.resume(throwing: Self.lost) }
    }

    private static let lost = StoreError(.unavailable, "the store is lost")

    /// Carries out the commits that wait, in their order; later ones no longer wait.
    public func resumeCommits() {
        let finished = state.withLock { state in
            state.isPaused = false
            defer { state.waiting = [] }
            return state.waiting.map { ($0.continuation, state.carryOut($0.changes, fence: $0.fence)) }
        }
        for (continuation, outcome) in finished { continuation.resume(with: outcome) }
    }

    /// How many commits wait.
    public var pausedCommitCount: Int { state.withLock { $0.waiting.count } }

    /// Returns once as many commits wait; a signal to wait on in place of sleeping.
    public func waitForPausedCommits(_ count: Int) async {
        await withCheckedContinuation { wake in
            let isThere = state.withLock { state in
                if state.waiting.count >= count { return true }
                state.watchers.append((count, wake))
                return false
            }
            if isThere { wake.resume() }
        }
    }

    // MARK: Store

    public func commit(_ changes: [Change], fence: Fence) async throws {
        try InMemoryStoreContent.refuseClearSecrets(changes)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let (outcome, watchers) = state.withLock {
                state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
                guard !state.isLost else { return (.failure(Self.lost), []) }
                guard state.isPaused else { return (state.carryOut(changes, fence: fence), []) }
                state.waiting.append(Waiting(changes: changes, fence: fence, continuation: continuation))
                let count = state.waiting.count
                let woken = state.watchers.filter { $0.count <= count }.map(\.wake)
                state.watchers.removeAll { $0.count <= count }
                return (nil, woken)
            }
            for watcher in watchers { watcher.resume() }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    public func gate() async throws -> GateRecord? { read { $0.gate } }

    public func judgedEpoch() async throws -> Epoch? { read { $0.judgedEpoch } }

    public func release() async throws -> ReleaseRecord? { read { $0.release } }

    public func lanes(_ query: LaneQuery) async throws -> [Lane] { read { $0.lanes(query) } }

    public func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts {
        read { $0.facts(for: keys, at: now) }
    }

    public func hold(_ ticket: Ticket) async throws -> Hold? { read { $0.holds[ticket] } }

    public func hold(runningAs executionID: ExecutionID) async throws -> Hold? {
        read { $0.hold(runningAs: executionID) }
    }

    public func holds(_ query: HoldQuery) async throws -> HoldPage { read { $0.page(query) } }

    public func candidates(_ query: CandidateQuery) async throws -> [Hold] { read { $0.candidates(query) } }

    public func expired(at now: Timestamp, limit: Int) async throws -> [Hold] {
        read { $0.expired(at: now, limit: limit) }
    }

    public func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent] {
        read { $0.events(of: ticket, after: sequence, limit: limit) }
    }

    public func endedDrains(limit: Int) async throws -> [HoldEvent] {
        read { $0.events.filter { $0.kind == AuditNote.drainEnded }.suffix(max(0, limit)) }
    }

    public func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller? { read { $0.callers[fingerprint] } }

    public func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback] {
        read { content in
            let due = content.callbacks.values.flatMap { $0 }.filter { $0.state == .pending && $0.dueAt <= now }
            let sorted = due.sorted { ($0.dueAt, $0.ticket, $0.number) < ($1.dueAt, $1.ticket, $1.number) }
            return Array(sorted.prefix(max(0, limit)))
        }
    }

    public func callbacks(of ticket: Ticket) async throws -> [Callback] {
        read { $0.callbacks[ticket] ?? [] }
    }

    public func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket] {
        read { content in
            let found = content.holds.values.filter { content.isForgettable($0, endedBefore: time) }
            let sorted = found.sorted { ($0.stateSince, $0.arrival) < ($1.stateSince, $1.arrival) }
            return sorted.prefix(max(0, limit)).map(\.ticket)
        }
    }

    public func newestEvent() async throws -> Int64 { read { Int64($0.events.count) } }

    public func counts() async throws -> HoldCounts { read { $0.counts } }

    public func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally] {
        read { $0.tallies(since: since, limit: limit) }
    }

    public func position(of hold: Hold) async throws -> Int? { read { $0.position(of: hold) } }

    public func standIn(for hold: Hold, limit: Int) async throws -> Hold {
        read { content in
            var standIn = hold
            for _ in 0..<limit {
                guard standIn.state == .coalesced, let next = standIn.representative.flatMap({ content.holds[$0] })
                else { break }
                standIn = next
            }
            return standIn
        }
    }

    public func packs() async throws -> [PackRevision] {
        read { $0.packs.values.compactMap(\.last).sorted { $0.name < $1.name } }
    }

    public func packNumbers() async throws -> [String: Int] { read { $0.packs.compactMapValues { $0.last?.number } } }

    public func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision] {
        read { content in
            let revisions = content.packs[name, default: []].filter { principal == nil || $0.by == principal }
            return Array(revisions.reversed().prefix(max(0, limit)))
        }
    }

    public func oldestHeld() async throws -> Timestamp? {
        read { $0.holds.values.filter { $0.state == .held }.map(\.arrivedAt).min() }
    }

    public func windows() async throws -> [Window] { read { $0.windows.values.sorted { $0.id < $1.id } } }

    public func maintenances(limit: Int) async throws -> [MaintenanceRecord] {
        read { content in
            let all = content.maintenances.values.sorted { one, other in
                if one.phase.isFinal != other.phase.isFinal { return other.phase.isFinal }
                return one.plannedAt == other.plannedAt ? one.id < other.id : one.plannedAt > other.plannedAt
            }
            return Array(all.prefix(max(limit, 0)))
        }
    }

    public func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord? { read { $0.maintenances[id] } }

    public func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence] {
        read { content in
            let found = content.occurrences.values.filter { occurrence in
                query.matches(occurrence)
                    && (query.kind.map { content.windows[occurrence.window]?.kind == $0 } ?? true)
            }.sorted {
                ($0.start, $0.window, $0.wall) < ($1.start, $1.window, $1.wall)
            }
            return Array(found.prefix(max(0, query.limit)))
        }
    }

    public func journal(_ query: JournalQuery) async throws -> [JournalEntry] {
        read { content in
            let found = content.journal.values.filter { query.matches($0) }
            let sorted = found.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
            return Array((query.isNewestFirst ? sorted.reversed() : sorted).prefix(max(0, query.limit)))
        }
    }

    public func missed(_ query: MissedQuery) async throws -> MissedPage {
        read { content in
            let found = content.missed.enumerated().filter {
                Int64($0.offset) >= query.after && (query.schedule == nil || $0.element.schedule == query.schedule)
                    && (query.executionID == nil || $0.element.executionID == query.executionID)
            }
            let page = found.prefix(max(0, query.limit))
            let next = page.count < found.count ? page.last.map { Int64($0.offset) + 1 } : nil
            return MissedPage(times: page.map(\.element), next: next)
        }
    }

    public func lastMissed(of schedule: ScheduleID) async throws -> Timestamp? {
        read { $0.missed.filter { $0.schedule == schedule }.map(\.nominalTime).max() }
    }

    public func replicas() async throws -> [Replica] {
        read { $0.replicas.values.sorted { ($0.seatedAt, $0.id) < ($1.seatedAt, $1.id) } }
    }

    public func leader() async throws -> LeaderRecord? { read { $0.leader } }

    public func timeline() async throws -> Int64 { read { $0.mark.timeline } }

    private func read<Value>(_ body: (InMemoryStoreContent) -> Value) -> Value {
        state.withLock { body($0.content) }
    }
}
