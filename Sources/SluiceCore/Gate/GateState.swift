public import SluiceModel

/// The gate: decides every launch request, by the rules 0 to 7 of product.md, and changes its own mode.
///
/// A struct machine: `step` takes what happened and the time, and returns what is to be done, in order. It does no
/// I/O, draws no random number and reads no clock. Its size does not depend on the number of holds.
///
/// A question that needs nothing from the store is answered in the step that brings it. One with a ticket, key, pass,
/// ordering key or parent is looked up first; what its answer promises is committed before it is given.
public struct GateState: Sendable {
    public let policy: GatePolicy
    /// The gate as it is on disk.
    public private(set) var record: GateRecord
    /// A change to a closed mode, in force before it is on disk: closing is never late.
    var closing: GateRecord?
    var pending: [Ask.Ref: PendingAsk] = [:]
    var keysInProgress: Set<KeyInProgress> = []
    var orderingKeysWatched: [OrderingKey: KeyWatch] = [:]
    var changeInProgress: ChangeInProgress?
    var changesWaiting: [ModeChange] = []
    /// How often the change in progress came second to another replica's.
    var modeConflictCount = 0
    var isStoreUsable = true
    /// For how long it may decide; without it a close by another replica may have gone unheard.
    public internal(set) var lease: Lease
    private var inFlightWindow: InFlightWindow

    struct PendingAsk: Sendable {
        var ask: Ask
        var stage: Stage
        var conflictCount = 0
        /// Whether the interceptors were heard: once a question, or two of them could go on for ever.
        var isAnnotated = false
        /// Whether one of them failed such that the launch is kept for the operator.
        var isFaulted = false

        enum Stage: Sendable {
            case lookingUp
            case annotating(LookupFacts)
            case committing(Answer)
        }
    }

    /// A key whose question is being decided: a second one must not be decided beside it.
    enum KeyInProgress: Hashable, Sendable {
        case idempotency(Principal, IdempotencyKey)
        case ask(Principal, AskID)
    }

    /// An ordering key that somebody is asking about: a hold committed meanwhile must be seen.
    struct KeyWatch: Sendable {
        var askCount = 0
        var hasNewHold = false
    }

    struct ChangeInProgress: Sendable {
        var change: ModeChange
        var target: GateRecord
        /// The epoch that it replaces.
        var base: Epoch
        /// Whether somebody else is known to have come first.
        var isConflict = false
        /// Whether nothing is written, because it seems to be so already.
        var isConfirming = false
    }

    /// - Parameters:
    ///   - record: The gate as the store has it.
    ///   - resumedAt: When this process took over from one before it: what that one let through may still appear, so
    ///     one launch counts as in flight for a start window. nil: there was none before.
    ///   - lease: `.none` where several replicas share the store: it decides once it has one.
    public init(
        record: GateRecord, policy: GatePolicy, resumedAt: MonotonicTime? = nil, lease: Lease = .unending
    ) {
        self.record = record
        self.policy = policy
        self.lease = lease
        inFlightWindow = InFlightWindow(window: policy.startWindow)
        if let resumedAt { inFlightWindow.add(at: resumedAt) }
    }

    /// The gate as it decides now.
    public var effective: GateRecord { closing ?? record }

    /// The last epoch that closed anything: a release older than it is void while the gate is closed for it.
    public var closedEpoch: Epoch { effective.closedEpoch }

    /// Launches let through whose start window has not passed.
    public func inFlightCount(at now: MonotonicTime) -> Int { inFlightWindow.count(at: now) }

    /// Questions being looked up, annotated or committed.
    public var pendingCount: Int { pending.count }

    /// Takes one event and says what is to be done, in this order.
    public mutating func step(_ event: GateEvent, at now: Moment) -> [GateEffect] {
        switch event {
        case .requested(let ask): requested(ask, at: now)
        case .lookedUp(let ref, let facts): lookedUp(ref, facts, at: now)
        case .lookUpFailed(let ref): lookUpFailed(ref)
        case .annotated(let ref, let annotation): annotated(ref, annotation, at: now)
        case .committed(let ref): committed(ref)
        case .conflicted(let ref): conflicted(ref)
        case .commitFailed(let ref): commitFailed(ref)
        case .modeRequested(let change): modeRequested(change, at: now)
        case .modeCommitted: modeCommitted(at: now)
        case .modeReloaded(let record): modeReloaded(record, at: now)
        case .modeCommitFailed: modeCommitFailed(isConflict: false)
        case .modeConflicted: modeCommitFailed(isConflict: true)
        case .gateRead(let record, let isForced): gateRead(record, isForced: isForced, at: now)
        case .leaseExtended(let lease): setLease(lease)
        case .leaseLost: setLease(.none)
        case .storeLost: setStoreUsable(false)
        case .storeRecovered: setStoreUsable(true)
        }
    }

    private mutating func setStoreUsable(_ isUsable: Bool) -> [GateEffect] {
        isStoreUsable = isUsable
        return []
    }

    private mutating func setLease(_ lease: Lease) -> [GateEffect] {
        self.lease = lease
        return []
    }

    /// Whether it may decide now.
    func holdsLease(at now: Moment) -> Bool { lease.holds(at: now.monotonic) || Mutant.isActive(.leaseUnchecked) }

    /// The record that the store has now; what is decided follows `closing` first.
    mutating func adopt(_ record: GateRecord) { self.record = record }

    /// Counts a launch that is being let through, from its decision on: its answer may still wait for a commit.
    mutating func countInFlight(_ ask: Ask, at now: Moment) {
        if !ask.isFromExecution, !Mutant.isActive(.inFlightUncounted) { inFlightWindow.add(at: now.monotonic) }
    }
}
