import SluiceModel

/// What one replica knows of callers: whom Central knew, whom it refused, and of whom nothing is on record. Pure.
///
/// It runs by the clock that does not step. Nobody is both known and refused.
struct CallerMemory: Sendable {
    private struct Known {
        /// When Central last knew it, as far as this replica was told.
        var knownAt: MonotonicTime
        /// That by the wall clock, as it was then.
        var at: Timestamp
        /// When Central last told this replica itself; of before it was asked.
        var verifiedAt: MonotonicTime?
        /// When the store was last asked about it.
        var lookedAt: MonotonicTime?
    }

    /// A refusal: its caller is trusted by no record until Central knows it again.
    struct Refusal {
        let heard: Moment
        /// Whether the caller was known here before.
        let wasKnown: Bool
        /// Whether the store may still have to be told.
        var isOwed = true
    }

    enum Standing: Equatable {
        case trusted
        case untrusted
        /// The store has to be asked.
        case unclear(isKnown: Bool)
    }

    let trust: CallerTrust
    private var known: [Fingerprint: Known] = [:]
    private var refusals: [Fingerprint: Refusal] = [:]
    /// When the store last told that there is no record to trust.
    private var missedAt: [Fingerprint: MonotonicTime] = [:]

    init(trust: CallerTrust) { self.trust = trust }

    /// Whether Central knew it so lately that it is not asked again.
    func isVerified(_ caller: Fingerprint, at now: MonotonicTime) -> Bool {
        known[caller]?.verifiedAt.map { now.since($0) < trust.verifiedFor } ?? false
    }

    /// Whether it is trusted by what is known here alone.
    func trusts(_ caller: Fingerprint, at now: MonotonicTime) -> Bool {
        known[caller].map { now.since($0.knownAt) < trust.trustedFor } ?? false
    }

    // MARK: What Central said

    /// Central knows it.
    /// - Returns: false when it was refused since it was asked about: that counts.
    mutating func granted(_ caller: Fingerprint, asked: Moment) -> Bool {
        if let refusal = refusals[caller], refusal.heard.monotonic >= asked.monotonic { return false }
        refusals[caller] = nil
        missedAt[caller] = nil
        if let old = known[caller], old.knownAt > asked.monotonic { return true }
        keep(Known(knownAt: asked.monotonic, at: asked.wall, verifiedAt: asked.monotonic), for: caller)
        return true
    }

    /// Central refused it.
    mutating func refused(_ caller: Fingerprint, heard: Moment) -> Refusal {
        let wasKnown = known.removeValue(forKey: caller) != nil || refusals[caller]?.wasKnown ?? false
        if refusals.count >= FacadeLimits.callerRefusalCountMax, refusals[caller] == nil,
            // Strangers go first: many wrong passwords make nobody's refusal forgotten.
            let oldest = refusals.min(by: { $0.value.rank < $1.value.rank })
        {
            refusals[oldest.key] = nil
        }
        let refusal = Refusal(heard: heard, wasKnown: wasKnown)
        refusals[caller] = refusal
        return refusal
    }

    /// Refusals that the store may still have to be told, those of known callers first.
    func owed(limit: Int) -> [(caller: Fingerprint, refusal: Refusal)] {
        let owed = refusals.filter(\.value.isOwed).sorted { left, right in
            left.value.wasKnown == right.value.wasKnown
                ? left.value.heard.monotonic < right.value.heard.monotonic : left.value.wasKnown
        }
        return owed.prefix(limit).map { (caller: $0.key, refusal: $0.value) }
    }

    /// What the store was told, or need not be.
    mutating func settled(_ caller: Fingerprint, _ refusal: Refusal) {
        if refusals[caller]?.heard == refusal.heard { refusals[caller]?.isOwed = false }
    }

    // MARK: While Central is down

    /// Who has to ask the store is the only one to do so for a while.
    mutating func standing(_ caller: Fingerprint, at now: MonotonicTime) -> Standing {
        guard refusals[caller] == nil else { return .untrusted }
        if trusts(caller, at: now) {
            if Self.isFresh(known[caller]?.lookedAt, at: now) { return .trusted }
            known[caller]?.lookedAt = now
            return .unclear(isKnown: true)
        }
        return Self.isFresh(missedAt[caller], at: now) ? .untrusted : .unclear(isKnown: false)
    }

    /// Takes in what the store said of a caller; no record says nothing.
    /// - Returns: Whether it is trusted.
    mutating func read(_ record: KnownCaller?, of caller: Fingerprint, at now: Moment) -> Bool {
        guard refusals[caller] == nil else { return false }
        let old = known[caller]
        if let record, record.isRefused {
            // The wall clock may have stepped since, and is not quite that of who heard the refusal: only one that is
            // clearly older by both does not count.
            let age = old.map { now.monotonic.since($0.knownAt) } ?? .zero
            let grantedAt = min(old?.at ?? now.wall, now.wall.advanced(by: .zero - age))
            if record.at >= grantedAt.advanced(by: .zero - CallerTrust.clockTolerance) { known[caller] = nil }
        } else if let record, old.map({ $0.at < record.at }) ?? true, let left = trust.left(of: record, at: now.wall) {
            // One that was taken in before is not taken in anew: its trust runs already.
            let knownAt = now.monotonic.advanced(by: left - trust.trustedFor)
            keep(
                Known(
                    knownAt: max(knownAt, old?.knownAt ?? knownAt), at: record.at, verifiedAt: old?.verifiedAt,
                    lookedAt: now.monotonic), for: caller)
        }
        let isTrusted = trusts(caller, at: now.monotonic)
        if !isTrusted { miss(caller, at: now.monotonic) }
        return isTrusted
    }

    static func isFresh(_ time: MonotonicTime?, at now: MonotonicTime) -> Bool {
        time.map { now.since($0) < FacadeLimits.callerReadInterval } ?? false
    }

    // MARK: Its bounds

    private mutating func keep(_ entry: Known, for caller: Fingerprint) {
        if known.count >= FacadeLimits.callerCountMax, known[caller] == nil,
            let oldest = known.min(by: { $0.value.knownAt < $1.value.knownAt })
        {
            known[oldest.key] = nil
        }
        known[caller] = entry
    }

    /// Strangers in great number are not remembered: each then costs a read, of which only so many are under way.
    private mutating func miss(_ caller: Fingerprint, at now: MonotonicTime) {
        if missedAt.count >= FacadeLimits.callerMissCountMax {
            missedAt = missedAt.filter { Self.isFresh($0.value, at: now) }
        }
        if missedAt.count < FacadeLimits.callerMissCountMax { missedAt[caller] = now }
    }
}

extension CallerMemory.Refusal {
    /// The least goes first when there are too many.
    fileprivate var rank: (Int, MonotonicTime) { (wasKnown ? 1 : 0, heard.monotonic) }
}
