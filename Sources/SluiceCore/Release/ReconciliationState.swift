public import SluiceModel

/// Finds out what became of one launch attempt after any doubt, by the evidence rules of product.md, "Release".
///
/// An execution that is not found is no proof that none was started. A gated flow is safe all the same, because the
/// pass of a new attempt voids the old one. An ungated flow is launched again only after `relaunchAfter` and two full
/// scans, if the operator allowed that; else it awaits the operator.
public struct ReconciliationState: Hashable, Sendable {
    public let ticket: Ticket
    public let attempt: Int
    /// Whether its first step asks the gate, so that only a redeemed pass runs the work.
    public let isGated: Bool
    /// Whether its pass was redeemed: the work has begun, only its execution's id is missing.
    public private(set) var isRedeemed: Bool
    /// When the intent was committed; no execution of this attempt is older.
    public let intendedAt: Timestamp
    public let begunAt: MonotonicTime
    /// Why there is a doubt at all.
    public let cause: String
    /// What the listing lag is counted from: the doubt, or its redemption, which shows that it has started.
    private var listedSince: MonotonicTime
    /// Full scans that did not find it and began after that.
    public private(set) var emptyScanCount = 0
    /// Whether one of them began after Central's listing lag had passed.
    public private(set) var hasLateScan = false
    public private(set) var nextScanAt: MonotonicTime

    public enum Event: Hashable, Sendable {
        /// A scan that began at this time has read everything since the intent, or gave up before.
        case scanned(hit: ExecutionSummary?, begunAt: MonotonicTime, isFull: Bool)
        case scanFailed
        /// Its gate step redeemed the pass.
        case redeemed
        case ticked
    }

    public enum Verdict: Hashable, Sendable {
        /// Not established yet.
        case undecided
        /// This execution is it.
        case found(ExecutionSummary)
        /// A new attempt is safe.
        case relaunch(cause: String)
        /// Only a person can tell.
        case awaitOperator(cause: String)
        /// The work ran once, but its execution cannot be followed.
        case gone(cause: String)
    }

    public init(
        ticket: Ticket, attempt: Int, isGated: Bool, isRedeemed: Bool, intendedAt: Timestamp, begunAt: MonotonicTime,
        cause: String
    ) {
        self.ticket = ticket
        self.attempt = attempt
        self.isGated = isGated
        self.isRedeemed = isRedeemed
        self.intendedAt = intendedAt
        self.begunAt = begunAt
        self.cause = cause
        nextScanAt = begunAt
        listedSince = begunAt
    }

    public mutating func step(_ event: Event, policy: ReleasePolicy, at now: MonotonicTime) -> Verdict {
        switch event {
        case .redeemed:
            guard !isRedeemed else { return .undecided }
            isRedeemed = true
            // It may have started just now, long after its request: what was not found before proves nothing.
            listedSince = now
            emptyScanCount = 0
            hasLateScan = false
            return .undecided
        case .scanned(let hit?, _, _): return .found(hit)
        case .scanned(nil, let scanBegunAt, let isFull):
            nextScanAt = now.advanced(by: ReleaseLimits.scanInterval)
            if isFull, scanBegunAt >= listedSince {
                emptyScanCount += 1
                if scanBegunAt.since(listedSince) >= policy.listingLag { hasLateScan = true }
            }
            return verdict(policy, at: now)
        case .scanFailed:
            nextScanAt = now.advanced(by: ReleaseLimits.scanInterval)
            return verdict(policy, at: now)
        case .ticked: return verdict(policy, at: now)
        }
    }

    private func verdict(_ policy: ReleasePolicy, at now: MonotonicTime) -> Verdict {
        let age = now.since(begunAt)
        if isRedeemed, !Mutant.isActive(.redemptionOverridden) {
            guard emptyScanCount >= 2, hasLateScan else { return timedOut(age, policy) }
            return .gone(cause: "its pass was redeemed, so it ran; Central lists no execution of that name")
        }
        if isGated {
            // A late scan, because a flow that fails open may run without having asked.
            guard hasLateScan else { return timedOut(age, policy) }
            return .relaunch(cause: "\(cause); not found in Central, and the new attempt voids the old pass")
        }
        if let relaunchAfter = policy.relaunchAfter {
            guard emptyScanCount >= 2, age >= relaunchAfter else { return timedOut(age, policy) }
            return .relaunch(cause: "\(cause); not found in two full scans within relaunchAfter")
        }
        if Mutant.isActive(.relaunchAfterOneScan), emptyScanCount >= 1 { return .relaunch(cause: cause) }
        guard emptyScanCount >= 2, hasLateScan else { return timedOut(age, policy) }
        return .awaitOperator(
            cause: "\(cause); the flow is not gated and Central lists no execution of it, which does not prove that "
                + "none was started")
    }

    /// No doubt lasts for ever, whatever was or was not found before Central could no longer be searched.
    private func timedOut(_ age: Duration, _ policy: ReleasePolicy) -> Verdict {
        let patience = isGated || isRedeemed ? policy.listingLag : max(policy.listingLag, policy.relaunchAfter ?? .zero)
        guard age >= ReleaseLimits.doubtDurationMax + patience else { return .undecided }
        let work = isRedeemed ? "its pass was redeemed, so it ran" : "it may have been started"
        return .awaitOperator(cause: "\(cause); \(work); Central could not be searched well enough to tell more")
    }
}
