public import SluiceModel

/// The release: launches holds in order, under a rate and a ceiling, follows each to its end, and settles every doubt.
///
/// A struct machine like `GateState`. Each launch is intended on disk before its request is sent; each doubt goes to a
/// `ReconciliationState`. What it holds in memory is bounded by the launches under way, not by the number of holds.
public struct ReleaseState: Sendable {
    public let policy: ReleasePolicy
    /// The flows of the content packs that were loaded; looked up, never walked.
    var flows: [FlowID: KnownFlow]
    /// Whether any pack was loaded: without one, nothing can be said to have changed.
    var isInventoryLoaded: Bool
    var gate: GateRecord
    var closedEpoch: Epoch
    var flights = FlightTable()
    var bucket: TokenBucket
    var commits: [ReleaseEffect.CommitRef: PendingCommit] = [:]
    var nextCommit: UInt64 = 1
    /// Whether a read of candidates is under way.
    var isFetching = false
    /// Whether that read is for callers' holds alone.
    var isFetchForCallers = false
    /// Not before this time, the next read for callers alone.
    var callersFetchAt: MonotonicTime
    /// Holds passed since a walk began or something could start.
    var walkedCount = 0
    /// Not before this time, the next walk, because the last was long and fruitless. A change of the gate ends it.
    var restUntil: MonotonicTime?
    /// Whether something happened that may let a hold start.
    var isStirred = true
    var place: ReleaseEffect.Place?
    /// Whether the walk through the candidates goes on with the next page, because nothing on the last could start.
    var isWalking = false
    /// Whether something before `place` may be able to start by now: the next walk begins at the front. A walk under
    /// way is not cut short for it, or what lies behind many that cannot start would never be reached.
    var mustRestart = false
    var nextSweepAt: MonotonicTime
    var isObserving = false
    /// Not before this time, after Central could not be asked.
    var observeAgainAt: MonotonicTime?
    var isScanning = false
    /// How far back the scan under way reads; it proves nothing about intents older than that.
    var scanSince = Timestamp.zero
    var trouble: Trouble?
    /// Whether Central has taken or clearly refused a launch since this process started.
    var isProven = false
    public internal(set) var isPaused = false
    /// Whether held launches with a nominal time wait until their misfire policies were applied to them.
    let judgesMisfires: Bool
    /// The epoch of the gate for which that was done.
    var judgedEpoch: Epoch?
    /// Whether it is being done.
    var isJudging = false
    /// Not before this time, after it failed.
    var judgeAgainAt: MonotonicTime?

    /// Central cannot be launched in at all: one probe at a time until it can.
    public struct Trouble: Hashable, Sendable {
        public var cause: String
        public var failureCount: Int
        public var retryAt: MonotonicTime
    }

    /// What a commit under way is for.
    struct PendingCommit: Sendable {
        var ticket: Ticket?
        var purpose: Purpose

        enum Purpose: Sendable {
            /// The intent of an attempt: launch when it is on disk.
            case intent
            /// Moves the hold on; the flight goes on as it is.
            case progress
            /// Ends the flight.
            case landing
            /// No flight is concerned.
            case other
        }
    }

    /// - Parameters:
    ///   - isInventoryLoaded: Whether any pack was loaded; nil: when there are flows.
    ///   - judgesMisfires: Whether somebody answers `.judgeMisfires`.
    ///   - judgedEpoch: The epoch for which that was done before a restart.
    public init(
        gate: GateRecord, policy: ReleasePolicy, flows: [FlowID: KnownFlow], isInventoryLoaded: Bool? = nil,
        judgesMisfires: Bool = false, judgedEpoch: Epoch? = nil, at now: Moment
    ) {
        self.gate = gate
        self.judgesMisfires = judgesMisfires
        self.judgedEpoch = judgedEpoch
        closedEpoch = gate.closedEpoch
        self.policy = policy
        self.flows = flows
        self.isInventoryLoaded = isInventoryLoaded ?? !flows.isEmpty
        bucket = TokenBucket(perMinute: policy.ratePerMinute, at: now.monotonic)
        nextSweepAt = now.monotonic
        callersFetchAt = now.monotonic
    }

    /// Launches by Sluice that are under way.
    public var flightCount: Int { flights.ceilingCount }

    /// Whether no request is on its way and nothing is being written: the process may stop without leaving a doubt.
    public var isQuiet: Bool { flights.startingCount == 0 && commits.isEmpty }

    /// Why nothing is launched though something could be; nil when all is well.
    public var troubleCause: String? { trouble?.cause }

    /// Takes one event and says what is to be done, in this order.
    public mutating func step(_ event: ReleaseEvent, at now: Moment) -> [ReleaseEffect] {
        switch event {
        case .ticked: return ticked(at: now)
        case .gateChanged(let record, let closedEpoch):
            guard record.epoch >= gate.epoch else { return [] }
            gate = record
            self.closedEpoch = closedEpoch
            restUntil = nil
            judgeAgainAt = nil
            return judgeIfNeeded(at: now) + stir(at: now)
        case .misfiresJudged(let epoch):
            isJudging = false
            if epoch == gate.epoch { judgedEpoch = epoch }
            restUntil = nil
            return stir(at: now)
        case .misfireJudgingFailed:
            isJudging = false
            judgeAgainAt = now.monotonic.advanced(by: ReleaseLimits.sweepInterval)
            return []
        case .recovered(let holds): return recovered(holds, at: now)
        case .stirred: return stir(at: now)
        case .candidates(let holds, let passIDs, let isLastPage):
            return candidates(holds, passIDs, isLastPage: isLastPage, at: now)
        case .candidatesFailed:
            isFetching = false
            isFetchForCallers = false
            return []
        case .expiredFound(let holds): return expire(holds, at: now)
        case .committed(let ref): return committed(ref, at: now)
        case .conflicted(let ref): return conflicted(ref, at: now)
        case .commitFailed(let ref): return conflicted(ref, at: now)
        case .reloaded(let ticket, let hold): return reloaded(ticket, hold, at: now)
        case .outcome(let ticket, let attempt, let outcome):
            return landed(ticket, attempt: attempt, outcome, at: now)
        case .redeemed(let ticket, let attempt, let id): return redeemed(ticket, attempt: attempt, id, at: now)
        case .taken(let hold): return taken(hold, at: now)
        case .reportedEnded(let id, let result): return reportedEnded(id, result, at: now)
        case .observed(let summaries, let asked): return observed(summaries, asked: asked, at: now)
        case .observeFailed:
            isObserving = false
            observeAgainAt = nextPoll(at: now)
            return []
        case .redemptionRead(let ticket, let isRedeemed): return redemptionRead(ticket, isRedeemed, at: now)
        case .scanned(let hits, let begunAt, let isFull):
            return scanned(hits, begunAt: begunAt, isFull: isFull, at: now)
        case .scanFailed: return scanFailed(at: now)
        case .inventoryReplaced(let flows, let isLoaded):
            self.flows = flows
            isInventoryLoaded = isLoaded
            restUntil = nil
            return stir(at: now)
        case .paused:
            isPaused = true
            return []
        case .continued:
            isPaused = false
            return stir(at: now)
        }
    }

    mutating func stir(at now: Moment) -> [ReleaseEffect] {
        isStirred = true
        mustRestart = true
        return fetchIfPossible(at: now)
    }

    private mutating func ticked(at now: Moment) -> [ReleaseEffect] {
        var effects: [ReleaseEffect] = []
        if now.monotonic >= nextSweepAt {
            nextSweepAt = now.monotonic.advanced(by: ReleaseLimits.sweepInterval)
            isStirred = true
            mustRestart = true
            effects.append(.fetchExpired(limit: ReleaseLimits.expiredCountMax))
        }
        effects += judgeIfNeeded(at: now)
        effects += fetchIfPossible(at: now)
        effects += pollIfDue(at: now)
        effects += settleDoubts(at: now)
        effects += callersOverdue(at: now)
        return effects
    }

    /// Whatever is open may hold launches that a misfire policy has to decide on first.
    private mutating func judgeIfNeeded(at now: Moment) -> [ReleaseEffect] {
        let isAnyOpen = gate.whole.mode.isOpen || gate.scopes.contains { $0.mode.isOpen }
        guard judgesMisfires, !isJudging, judgedEpoch != gate.epoch, isAnyOpen else { return [] }
        if let judgeAgainAt, now.monotonic < judgeAgainAt { return [] }
        isJudging = true
        return [.judgeMisfires(gate)]
    }

    /// Whether a flow's first step asks the gate; unknown flows count as ungated.
    func isGated(_ flow: FlowID) -> Bool { flows[flow]?.isGated ?? false }

    /// Whether the gate is open for a hold.
    func isOpen(for hold: Hold) -> Bool {
        gate.mode(for: hold.request, contentPack: flows[hold.request.flow]?.contentPack).mode.isOpen
    }
}
