public import SluiceModel

/// One thing that a drain knows, with what it remembers of it.
public struct DrainEntry: Hashable, Sendable {
    public internal(set) var item: DrainItem
    /// Since when it is known here.
    public internal(set) var firstSeenAt: Moment
    /// nil: nobody waived it.
    public internal(set) var waiver: DrainWaiver?
    /// When its number of steps was last seen to have grown; nil: none was ever told.
    public internal(set) var steppedAt: Moment?

    /// Whether the drain waits for it, whatever kind of waiting that is.
    /// - Parameter parkedBlocks: See `DrainPolicy.parkedBlocks`.
    func blocks(_ standing: DrainStanding, parkedBlocks: Bool) -> Bool {
        guard waiver == nil, !item.isExempt else { return false }
        if case .parked = standing { return parkedBlocks }
        return standing.blocks
    }

    /// Where it stands now: at its gate step only for a while.
    public func standing(at now: MonotonicTime) -> DrainStanding {
        let isLong = now.since(firstSeenAt.monotonic) > DrainLimits.gateStepDuration
        switch item.standing {
        case .atGate, .heldAtGate: return isLong ? .running : item.standing
        default: return item.standing
        }
    }

    /// Whether it goes on as its like do, is slow, or will not end by itself.
    ///
    /// What the proven part of Central's API can tell: that no step was logged for `stuckAfter` (`steps/count`) by one
    /// that is slow as well, or has nothing to be compared with, since one step may take hours; that its worker group
    /// is empty (`pauseReason`); of CSA, that its process instance is over or its callback lost. A flow's own timeout
    /// is not looked at: the unit of `flowTimeout` is not known (oo-central-api.md section 6).
    /// - Parameters:
    ///   - isSlow: Whether it runs longer than nine in ten of its flow; nil: nothing is known of its flow.
    public func pace(isSlow: Bool?, at now: Moment, policy: DrainPolicy) -> DrainPace {
        if let cause = item.stuck { return .stuck(cause) }
        if case .running = standing(at: now.monotonic), isSlow != false, let steppedAt,
            now.monotonic.since(steppedAt.monotonic) >= policy.stuckAfter
        {
            return .stuck(.noStep(since: steppedAt.wall))
        }
        return isSlow == true ? .slow : .steady
    }
}

/// Slow told from stuck (requirement R12).
public enum DrainPace: Hashable, Sendable {
    case steady
    /// Longer than nine in ten of its flow, and still going on as far as anybody can tell.
    case slow
    case stuck(StuckCause)
}

/// How many things there are of each kind of waiting; those that were waived or are exempt are in none but theirs.
public struct DrainCounts: Hashable, Sendable {
    public internal(set) var running = 0
    public internal(set) var unknown = 0
    public internal(set) var atGate = 0
    public internal(set) var heldAtGate = 0
    public internal(set) var parked = 0
    public internal(set) var waitsForHold = 0
    public internal(set) var dueLater = 0
    public internal(set) var needsPerson = 0
    public internal(set) var waived = 0
    public internal(set) var exempt = 0
    /// By reason, in the order of their words; `unknown` where Central gave none.
    public internal(set) var pausedByReason: [PausedCount] = []

    /// How many are paused for one reason.
    public struct PausedCount: Hashable, Sendable {
        public var reason: String
        public var count: Int

        public init(reason: String, count: Int) {
            self.reason = reason
            self.count = count
        }
    }

    public init() {}

    public var paused: Int { pausedByReason.reduce(0) { $0 + $1.count } }

    mutating func add(_ entry: DrainEntry, at now: MonotonicTime) {
        if entry.waiver != nil { return waived += 1 }
        if entry.item.isExempt { return exempt += 1 }
        switch entry.standing(at: now) {
        case .running: running += 1
        case .unknown: unknown += 1
        case .atGate: atGate += 1
        case .heldAtGate: heldAtGate += 1
        case .parked: parked += 1
        case .waitsForHold: waitsForHold += 1
        case .dueLater: dueLater += 1
        case .needsPerson: needsPerson += 1
        case .ended: break
        case .paused(let reason): addPaused(reason?.word ?? "unknown")
        }
    }

    private mutating func addPaused(_ word: String) {
        if let index = pausedByReason.firstIndex(where: { $0.reason == word }) {
            pausedByReason[index].count += 1
        } else {
            pausedByReason.append(PausedCount(reason: word, count: 1))
            pausedByReason.sort { $0.reason < $1.reason }
        }
    }
}
