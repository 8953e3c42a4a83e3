import SluiceModel

/// How long a caller whom Central knew is believed, and what of its answers is written down. Pure.
///
/// Records are read by processes that did not write them, so their times are the wall clock's, which may step.
struct CallerTrust: Sendable {
    /// How long a caller whom Central knows is not asked for again.
    let verifiedFor: Duration
    /// How long one is trusted while Central is down.
    let trustedFor: Duration

    /// How far the clocks of two replicas may be apart: a record that is further ahead than this may be replaced by
    /// one that says Central knows the caller. A refusal replaces each that is ahead.
    static let clockTolerance: Duration = .seconds(60)

    init(verifiedFor: Duration, trustedFor: Duration) {
        self.verifiedFor = verifiedFor
        self.trustedFor = max(trustedFor, verifiedFor)
    }

    /// Between two records of a caller that calls all the time. To whoever reads one, at least three quarters of the
    /// trust are left then; fewer only if Central is asked less often than that.
    var recordInterval: Duration { max(trustedFor / 4, verifiedFor) }

    /// What is left of the trust in a caller on record, `trustedFor` at most; nil: nothing.
    ///
    /// A record from the future was written before the clock stepped back, or by a clock that is ahead. It counts as of
    /// now, until it is to be forgotten; one that is further ahead than a trust lasts does not count.
    func left(of record: KnownCaller, at now: Timestamp) -> Duration? {
        let age = now.since(record.at)
        guard !record.isRefused, age > .zero - trustedFor else { return nil }
        let left = min(trustedFor - max(age, .zero), record.forgetAt.since(now))
        return left > .zero ? left : nil
    }

    /// What to commit when Central said something of a caller; nil: what is on record says it, or is newer.
    /// - Parameters:
    ///   - at: When Central was asked if it knows the caller, when it was heard if it refused it.
    ///   - stored: What is on record; nil: nothing is.
    ///   - wasKnown: Whether this replica knew the caller before it was refused. Of strangers nothing is written.
    func word(
        on caller: Fingerprint, isRefused: Bool, at: Timestamp, stored: KnownCaller?, wasKnown: Bool,
        now: Timestamp
    ) -> Change? {
        let record = KnownCaller(
            fingerprint: caller, at: at, isRefused: isRefused, forgetAt: at.advanced(by: trustedFor))
        let horizon = isRefused ? now : now.advanced(by: Self.clockTolerance)
        if let stored {
            guard record.replaces(stored, horizon: horizon) else { return nil }
            let interval = isRefused ? verifiedFor : recordInterval
            let isSaid = stored.isRefused == isRefused && stored.at <= horizon && at.since(stored.at) < interval
            if isSaid { return nil }
        } else if isRefused, !wasKnown {
            return nil
        }
        return .putCaller(record, horizon: horizon)
    }
}
