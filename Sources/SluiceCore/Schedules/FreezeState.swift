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
    /// Switches that failed one after the other, whatever their schedule, and how many of the last were refused.
    var failedRunCount = 0
    var refusedRunCount = 0
    /// Not before this time, the next switch.
    var switchAt: MonotonicTime
    var passCount = 0
    /// Not before this time, the next listing.
    var lookAt: MonotonicTime
    var nextRevertAt: MonotonicTime
    /// Nothing is tried but a person's wish, while it lasts: Central or the store failed.
    var pause: RetryPause
    /// What failed last; its success ends the pause.
    var brokenStep: Step?
    /// What Central's list or the store failed with, until it answers again.
    var brokenCause: String?

    enum Step: Sendable { case recovering, listing, committing, settling }

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
        /// When the last try failed.
        var at: MonotonicTime
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
        case waive(FreezeRequest)

        var ref: FreezeRequest.Ref {
            switch self {
            case .freeze(let request), .thaw(let request), .waive(let request): request.ref
            case .restore(let request): request.ref
            }
        }
    }

    public init(policy: FreezePolicy, at now: Moment) {
        self.policy = policy
        lookAt = now.monotonic
        nextRevertAt = now.monotonic
        switchAt = now.monotonic
        pause = RetryPause(at: now.monotonic)
    }

    public var phase: Phase {
        guard let order else { return .idle }
        if order.state == .reverting || entries.list.contains(where: { $0.state == .reverting }) { return .thawing }
        return order.state == .done ? .frozen : .freezing
    }

    /// Whether enabled schedules kept appearing until the freeze was called done.
    public var isIncomplete: Bool {
        order.map { $0.state == .done && $0.cause.hasSuffix(Self.incomplete) } ?? false
    }

    /// How the cause of such an order ends.
    static let incomplete =
        " (incomplete: enabled schedules kept appearing in "
        + "\(FreezeLimits.passCountMax + 1) listings)"

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
        case .waiveRequested(let request): return enqueue(.waive(request), request.ref, at: now)
        case .recovered(let entries, let closed): recovered(entries, closed: closed, at: now)
        case .recoveryFailed(let cause): failed(.recovering, cause, at: now)
        case .listed(let found): listed(found, at: now)
        case .listFailed(let cause, let kind): failed(.listing, cause, kind, at: now)
        case .committed: return committed(at: now) + advance(at: now)
        case .commitFailed(let cause): return commitFailed(cause, at: now)
        case .switched(let id): switched(id, at: now)
        case .switchFailed(let id, let cause, let kind): switchFailed(id, cause, kind, at: now)
        case .settled(let id): settled(id, at: now)
        case .settleFailed(_, let cause, let kind):
            isRecovered = false
            failed(.settling, cause, kind, at: now)
        case .ticked: break
        case .hurried: hurry(at: now)
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
}
