public import SluiceModel

/// Freezes and thaws Central's own schedules (oo-central-api.md 5.2): only `enabled` is touched, each change is on disk
/// before it is sent and is believed only when it is read back, and what a person changes meanwhile wins.
///
/// A struct machine: one effect at a time, each answered by one event, so that a crash between any two of them leaves a
/// journal from which `recovered` goes on to the same end. Its size grows with the schedules that are frozen.
public struct FreezeState: Sendable {
    /// What it is about.
    public enum Phase: String, Hashable, Sendable {
        /// Nothing is frozen.
        case idle
        /// Schedules are being disabled. Left when a listing shows none enabled.
        case freezing
        /// None in the selection is enabled but those that a person enabled. Left by a thaw.
        case frozen
        /// Schedules are being enabled again, one after the other.
        case thawing
    }

    public let policy: FreezePolicy
    /// The order that everything follows from; nil when nothing is frozen.
    public internal(set) var order: JournalEntry?
    var entries = EntryTable()
    /// Closed entries since the newest order that names their schedule: a person's, or thawed already.
    var closed = EntryTable()
    var work = Work.idle
    var isRecovered = false
    var requests: [PendingRequest] = []
    /// The last listing; nil when something was switched since.
    var sights: SightTable?
    /// When the last listing was asked for: what it shows is at least as new, and what came after is not in it.
    var sightsSince = Timestamp.zero
    /// When the listing before that was asked for.
    var seenAt = Timestamp.zero
    var mustJudge = false
    /// Moves to be committed.
    var outgoing: [Move] = []
    /// Marked on disk, to be switched now.
    var switches: [ScheduleID] = []
    /// To be marked and enabled, one after the other.
    var reverts: [ScheduleID] = []
    var settlements: [Settlement] = []
    /// Schedules whose last switch Central answered well, and how often they did not show it since.
    var taken: [ScheduleID: Int] = [:]
    /// Schedules whose last switch failed, until one is read back.
    var failures: [ScheduleID: Failure] = [:]
    /// Marked on disk, and not sent because the switch before it failed.
    var unsent: Set<ScheduleID> = []
    /// Switches that failed one after the other, whatever their schedule.
    var failedRunCount = 0
    /// Not before this time, the next switch.
    var switchAt: MonotonicTime
    var passCount = 0
    /// Not before this time, the next listing.
    var lookAt: MonotonicTime
    var nextRevertAt: MonotonicTime
    /// Not before this time, anything: Central or the store failed.
    var retryAt: MonotonicTime
    /// What Central's list or the store failed with, until it answers again.
    var brokenCause: String?

    enum Work: Sendable {
        case idle
        case recovering
        case listing(since: Timestamp)
        case committing(Commit)
        case switching(ScheduleID)
        case settling(Settlement)
    }

    struct Failure: Sendable {
        var cause: String
        var count: Int
        /// Not before this time, the next try.
        var retryAt: MonotonicTime
    }

    struct Commit: Sendable {
        var moves: [Move]
        var order: JournalEntry?
        var request: (FreezeRequest.Ref, FreezeAnswer)?
    }

    struct Move: Sendable {
        var entry: JournalEntry
        /// nil: it is new.
        var replacing: JournalState?

        var change: Change { .journal(entry, replacing: replacing) }
    }

    enum PendingRequest: Sendable {
        case freeze(FreezeRequest)
        case thaw(FreezeRequest)
        case restore(RestoreRequest)

        var ref: FreezeRequest.Ref {
            switch self {
            case .freeze(let request), .thaw(let request): request.ref
            case .restore(let request): request.ref
            }
        }
    }

    public init(policy: FreezePolicy, at now: Moment) {
        self.policy = policy
        lookAt = now.monotonic
        nextRevertAt = now.monotonic
        switchAt = now.monotonic
        retryAt = now.monotonic
    }

    public var phase: Phase {
        guard let order else { return .idle }
        if order.state == .reverting || entries.list.contains(where: { $0.state == .reverting }) { return .thawing }
        return order.state == .done ? .frozen : .freezing
    }

    /// What is frozen, or is to be.
    public var selection: ScheduleSelection { order.map { ScheduleSelection(fields: $0.before) } ?? .all }

    /// Why it does not get on; nil when all is well. What failed is tried again for as long as its entry is open.
    public var troubleCause: String? {
        if let brokenCause { return brokenCause }
        let failing = entries.list.filter { failures[ScheduleID($0.object)] != nil }
        guard let first = failing.first, let failure = failures[ScheduleID(first.object)] else { return nil }
        let verb = first.state == .reverting ? "enabled" : "disabled"
        let others = failing.count > 1 ? ", and so are \(failing.count - 1) more" : ""
        return "schedule \(first.object) (\(first.title)) is not yet \(verb), after \(failure.count) "
            + "\(failure.count == 1 ? "try" : "tries"): \(failure.cause); it is tried again\(others)"
    }

    /// Open entries, by schedule.
    public var openEntries: [JournalEntry] { entries.list }

    /// Whether nothing is on its way; the process may stop.
    public var isQuiet: Bool { if case .idle = work { true } else { false } }

    /// Takes one event and says what is to be done.
    public mutating func step(_ event: FreezeEvent, at now: Moment) -> [FreezeEffect] {
        switch event {
        case .freezeRequested(let request): return enqueue(.freeze(request), request.ref, at: now)
        case .thawRequested(let request): return enqueue(.thaw(request), request.ref, at: now)
        case .restoreRequested(let request): return enqueue(.restore(request), request.ref, at: now)
        case .recovered(let entries, let closed): recovered(entries, closed: closed, at: now)
        case .recoveryFailed(let cause): failed(cause, at: now)
        case .listed(let found): listed(found, at: now)
        case .listFailed(let cause): failed(cause, at: now)
        case .committed: return committed(at: now) + advance(at: now)
        case .commitFailed(let cause): return commitFailed(cause, at: now)
        case .switched(let id): switched(id, cause: nil, at: now)
        case .switchFailed(let id, let cause): switched(id, cause: cause, at: now)
        case .settled(let id): settled(id, at: now)
        case .settleFailed(_, let cause):
            isRecovered = false
            failed(cause, at: now)
        case .ticked: break
        }
        return advance(at: now)
    }

    /// Nobody waits for the answer to a wish any more.
    /// - Returns: Whether it is withdrawn; if not, it is being written, and goes on.
    public mutating func withdraw(_ ref: FreezeRequest.Ref) -> Bool {
        let count = requests.count
        requests.removeAll { $0.ref == ref }
        return requests.count < count
    }

    /// Whether a wish is being written.
    public func isCommitting(_ ref: FreezeRequest.Ref) -> Bool {
        guard case .committing(let commit) = work else { return false }
        return commit.request?.0 == ref
    }

    // MARK: What came back

    private mutating func enqueue(
        _ request: PendingRequest, _ ref: FreezeRequest.Ref, at now: Moment
    ) -> [FreezeEffect] {
        guard requests.count < FreezeLimits.waitingRequestCountMax else { return [.answer(ref, .busy)] }
        requests.append(request)
        return advance(at: now)
    }

    private mutating func recovered(_ found: [JournalEntry], closed: [JournalEntry], at now: Moment) {
        guard case .recovering = work else { return }
        work = .idle
        isRecovered = true
        brokenCause = nil
        order = found.first { $0.object == JournalEntry.wholeObject }
        entries = EntryTable(found.filter { $0.object != JournalEntry.wholeObject && $0.state.isOpen })
        self.closed = EntryTable(closed.filter { !isCalledBack($0) }.map(\.slim))
        forgetPlans(at: now)
    }

    /// What was to come next is judged anew, from a new listing.
    mutating func forgetPlans(at now: Moment) {
        sights = nil
        mustJudge = false
        outgoing = []
        switches = []
        reverts = []
        settlements = []
        lookAt = now.monotonic
    }

    private mutating func failed(_ cause: String, at now: Moment) {
        work = .idle
        brokenCause = cause
        retryAt = now.monotonic.advanced(by: FreezeLimits.retryInterval)
    }

    private mutating func listed(_ found: [ScheduleSight], at now: Moment) {
        guard case .listing(let since) = work else { return }
        work = .idle
        brokenCause = nil
        seenAt = sightsSince
        sightsSince = since
        sights = SightTable(found)
        mustJudge = true
    }

    private mutating func commitFailed(_ cause: String, at now: Moment) -> [FreezeEffect] {
        guard case .committing(let commit) = work else { return [] }
        failed(cause, at: now)
        isRecovered = false
        return commit.request.map { [.answer($0.0, .notWritten(cause: cause))] } ?? []
    }

    private mutating func committed(at now: Moment) -> [FreezeEffect] {
        guard case .committing(let commit) = work else { return [] }
        work = .idle
        mustJudge = true
        if let changed = commit.order {
            order = changed.state.isOpen ? changed : nil
            if order == nil { closed = EntryTable() }
        }
        for move in commit.moves { apply(move.entry, at: now) }
        for move in commit.moves where move.entry.attempt > 0 {
            let isIntent = move.entry.state == .intended
            let isRevert = move.entry.state == .reverting && move.entry.gapTo == nil
            if isIntent || isRevert { switches.append(ScheduleID(move.entry.object)) }
        }
        return commit.request.map { [.answer($0.0, $0.1)] } ?? []
    }

    private mutating func apply(_ entry: JournalEntry, at now: Moment) {
        let id = ScheduleID(entry.object)
        if entry.state.isOpen {
            entries.set(entry)
        } else {
            entries.remove(id)
            closed.set(entry.slim)
        }
        guard !entry.awaitsSwitch else { return }
        unsent.remove(id)
        // Its answer was lost, and yet it is switched: Central works.
        guard failures.removeValue(forKey: id) != nil else { return }
        failedRunCount = 0
        switchAt = now.monotonic
    }

    private mutating func switched(_ id: ScheduleID, cause: String?, at now: Moment) {
        guard case .switching(let sent) = work, sent == id else { return }
        work = .idle
        sights = nil
        lookAt = now.monotonic
        taken[id] = cause == nil ? 0 : nil
        guard let cause else {
            failures[id] = nil
            failedRunCount = 0
            switchAt = now.monotonic
            return
        }
        let count = (failures[id]?.count ?? 0) + 1
        failedRunCount += 1
        failures[id] = Failure(
            cause: cause, count: count, retryAt: now.monotonic.advanced(by: FreezeLimits.switchWait(after: count)))
        switchAt = now.monotonic.advanced(by: FreezeLimits.switchWait(after: failedRunCount))
        // Those behind it wait as well, and are judged anew when their turn comes.
        unsent.formUnion(switches)
        switches = []
    }

    /// What failed is tried again at once: somebody asked.
    mutating func hurry(at now: Moment) {
        failedRunCount = 0
        switchAt = now.monotonic
        for entry in entries.list { failures[ScheduleID(entry.object)]?.retryAt = now.monotonic }
    }

    private mutating func settled(_ id: JournalID, at now: Moment) {
        guard case .settling(let settlement) = work, settlement.entry.id == id else { return }
        work = .idle
        mustJudge = true
        apply(settlement.entry, at: now)
    }
}
