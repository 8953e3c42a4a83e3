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
    /// Holds that are being given to the operator instead of being launched; looked up, never walked.
    var stops: [Ticket: Stop] = [:]
    var nextCommit: UInt64 = 1
    /// Whether a read of candidates is under way.
    var isFetching = false
    /// The walk through callers' holds alone.
    var callers: CallersWalk
    /// Holds passed since a walk began or something could start.
    var walkedCount = 0
    /// Not before this time, the next walk, because the last was long and fruitless. A change of the gate ends it.
    var restUntil: MonotonicTime?
    /// Whether something happened that may let a hold start.
    var isStirred = true
    /// Whose turn it is, and how far each lane was looked through.
    var turns = LaneTurns()
    /// Whether the walk through the candidates goes on with the next page, because nothing on the last could start.
    var isWalking = false
    /// Whether something that was walked past may be able to start by now: the next walk begins at the front. A walk
    /// under way is not cut short for it, or what lies behind many that cannot start would never be reached.
    var mustRestart = false
    /// Whether this walk began with all lanes, and has started nothing, nor met what only waits for its key.
    var isFruitlessWalk = false
    /// Whether the gate or the stage changed since its lanes were asked for: that it finds nothing proves nothing.
    var isStaleWalk = false
    var nextSweepAt: MonotonicTime
    var underWay: UnderWayLook
    var isObserving = false
    /// What is being looked at.
    var beingObserved: [PollQueue.Entry] = []
    /// Not before this time, after Central could not be asked.
    var observeAgainAt: MonotonicTime?
    var isScanning = false
    /// How far back the scan under way reads; it proves nothing about intents older than that.
    var scanSince = Timestamp.zero
    var trouble: Trouble?
    /// Whether Central has taken or clearly refused a launch since this process started.
    var isProven = false
    public internal(set) var isPaused = false
    /// What was set and earned; it may be ahead of the store.
    public internal(set) var record: ReleaseRecord
    /// As the store has it; nil: it has none.
    var stored: ReleaseRecord?
    /// What it is compared with when another's change is read.
    var baseline: ReleaseRecord
    /// Whether what was under way before this process is still to be told; until the first tick.
    var awaitsRecovery: Bool
    /// The write of it that is under way.
    var writing: (ref: ReleaseEffect.CommitRef, record: ReleaseRecord)?
    /// One whose write had no known end.
    var doubtful: ReleaseRecord?
    /// What is to end once the record is on disk as it is.
    var heldBack: [Ticket] = []
    public internal(set) var course = ReleaseCourse()
    /// How the last launches ended, oldest first, true: well.
    public internal(set) var recent: [Bool] = []
    /// How flows' executions ended before this release; looked up, never walked.
    var pasts: [FlowID: FlowPast] = [:]
    /// What else runs in Central.
    public internal(set) var loadState = LoadState.unknown
    var loadDueAt: MonotonicTime?
    var isReadingLoad = false
    /// When the last hold that is to be tried again may be.
    var retriesUntil: Timestamp?
    /// The state of the generator that waits are varied with; nil: they are not.
    var jitter: UInt64?
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

    /// The look for launches under way of which nothing was heard.
    struct UnderWayLook: Sendable {
        /// When the next one begins.
        var at: MonotonicTime
        /// The arrival after which it goes on.
        var after: Int64 = 0
        /// Whether it waits for the store.
        var isReading = false
    }

    /// What is known of executions that others started.
    public enum LoadState: Hashable, Sendable {
        /// Not read since this release began. Left by the first reading.
        case unknown
        case known(directCount: Int)
        /// They are not counted until they can be read again.
        case unreadable(cause: String)
    }

    /// - Parameters:
    ///   - isInventoryLoaded: Whether any pack was loaded; nil: when there are flows.
    ///   - judgesMisfires: Whether somebody answers `.judgeMisfires`.
    ///   - judgedEpoch: The epoch for which that was done before a restart.
    ///   - release: The record in the store; nil: it has none.
    ///   - awaitsRecovery: Whether `.recovered` will tell what was under way, before the first `.ticked`.
    ///   - jitterSeed: Varies the waits before launches are tried again; nil: they are not varied.
    public init(
        gate: GateRecord, policy: ReleasePolicy, flows: [FlowID: KnownFlow], isInventoryLoaded: Bool? = nil,
        judgesMisfires: Bool = false, judgedEpoch: Epoch? = nil, release: ReleaseRecord? = nil,
        awaitsRecovery: Bool = false, jitterSeed: UInt64? = nil, at now: Moment
    ) {
        self.awaitsRecovery = awaitsRecovery
        self.gate = gate
        self.judgesMisfires = judgesMisfires
        self.judgedEpoch = judgedEpoch
        closedEpoch = gate.closedEpoch
        self.policy = policy
        self.flows = flows
        self.isInventoryLoaded = isInventoryLoaded ?? !flows.isEmpty
        jitter = jitterSeed
        stored = release
        record = release ?? .first(settings: policy.settings, gate: gate, at: now.wall)
        // What no operator has changed is as it is configured now.
        if record.settingsRevision == 1, record.settings != policy.settings,
            var configured = record.ordered(.set(policy.settings), at: now.wall, by: .sluice, reason: "as configured")
        {
            configured.settingsRevision = 1
            record = configured
        }
        if Mutant.isActive(.breakerForgotten), record.stage == .broken { record.stage = .full }
        baseline = release ?? record
        recent = record.earned.recent
        bucket = TokenBucket(perMinute: record.ratePerMinute, at: now.monotonic)
        nextSweepAt = now.monotonic
        underWay = UnderWayLook(at: now.monotonic.advanced(by: ReleaseLimits.underWayInterval))
        callers = CallersWalk(nextAt: now.monotonic)
        // The process before this one may have ended between the gate's change and the record's.
        if isAnyOpen {
            if record.closedEpoch < gate.closedEpoch { closeEnded(at: now) }
        } else if record.countedStage.isActive {
            amend("the gate closed", at: now) { $0.gateClosed() }
        }
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
            let old = gate
            gate = record
            self.closedEpoch = closedEpoch
            restUntil = nil
            judgeAgainAt = nil
            isStaleWalk = true
            callers.isUnderWay = false
            callers.nextAt = now.monotonic
            gateChanged(from: old, at: now)
            return judgeIfNeeded(at: now) + persist() + readLoadIfDue(at: now) + stir(at: now)
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
            callers.isReading = false
            return []
        case .expiredFound(let holds): return expire(holds, at: now)
        case .underWay(let holds, let next): return foundUnderWay(holds, next: next, at: now)
        case .underWayFailed:
            underWay.isReading = false
            return []
        case .committed(let ref): return committed(ref, at: now)
        case .conflicted(let ref): return conflicted(ref, at: now)
        case .commitFailed(let ref): return conflicted(ref, at: now)
        case .reloaded(let ticket, let hold): return reloaded(ticket, hold, at: now)
        case .outcome(let ticket, let attempt, let outcome):
            return landed(ticket, attempt: attempt, outcome, at: now)
        case .launchWithheld(let ticket, let attempt): return launchWithheld(ticket, attempt: attempt, at: now)
        case .redeemed(let ticket, let attempt, let id): return redeemed(ticket, attempt: attempt, id, at: now)
        case .taken(let hold): return taken(hold, at: now)
        case .reportedEnded(let id, let result): return reportedEnded(id, result, at: now)
        case .observed(let summaries, let asked): return observed(summaries, asked: asked, at: now)
        case .observeFailed:
            isObserving = false
            flights.putBack(beingObserved)
            beingObserved = []
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
        case .lanesRead(let lanes): return lanesRead(lanes, at: now)
        case .releaseRead(let record): return releaseRead(record, at: now)
        case .loadRead(let running, let inFlightCount): return loadRead(running, inFlightCount, at: now)
        case .loadFailed(let cause): return loadFailed(cause, at: now)
        case .pastsRead(let read):
            pasts = read
            return []
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
        awaitsRecovery = false
        if now.monotonic >= nextSweepAt {
            nextSweepAt = now.monotonic.advanced(by: ReleaseLimits.sweepInterval)
            isStirred = true
            mustRestart = true
            effects.append(.fetchExpired(limit: ReleaseLimits.expiredCountMax))
            if writing == nil { effects.append(.readRelease) }
        }
        effects += lookUnderWay(at: now)
        effects += judgeIfNeeded(at: now)
        checkCanaries(at: now)
        effects += persist()
        effects += readLoadIfDue(at: now)
        effects += fetchIfPossible(at: now)
        effects += pollIfDue(at: now)
        effects += settleDoubts(at: now)
        effects += callersOverdue(at: now)
        return effects
    }

    /// Whatever is open may hold launches that a misfire policy has to decide on first.
    private mutating func judgeIfNeeded(at now: Moment) -> [ReleaseEffect] {
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
