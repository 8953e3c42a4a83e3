import SluiceModel

/// How long a caller whom Central knew is believed, and when that is written down. Pure.
///
/// Records are read by processes that did not write them, so their times are the wall clock's, which may step.
struct CallerTrust: Sendable {
    /// How long a caller whom Central knows is not asked for again.
    let verifiedFor: Duration
    /// How long one is trusted while Central is down.
    let trustedFor: Duration

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
    /// now: `correction` has to see to it that it does so only once.
    func left(of record: KnownCaller, at now: Timestamp) -> Duration? {
        let age = max(now.since(record.at), .zero)
        let left = min(trustedFor - age, record.forgetAt.since(now))
        return left > .zero ? left : nil
    }

    /// What to commit now that Central knows a caller: nothing when what is on record is new enough.
    /// - Parameter recordedAt: The time on record, as far as is known; nil: none is.
    func renewal(of fingerprint: Fingerprint, recordedAt: Timestamp?, at now: Timestamp) -> [Change] {
        guard let recordedAt else { return [.putCaller(record(of: fingerprint, at: now))] }
        if recordedAt > now { return setBack(fingerprint, at: now) }
        return now.since(recordedAt) < recordInterval ? [] : [.putCaller(record(of: fingerprint, at: now))]
    }

    /// What to commit about a record that was read: one from the future is set back to now, for else its trust would
    /// begin anew with each process that reads it.
    func correction(of record: KnownCaller, at now: Timestamp) -> [Change] {
        record.at > now ? setBack(record.fingerprint, at: now) : []
    }

    /// A newer record is never replaced by an older one; it has to go first.
    private func setBack(_ fingerprint: Fingerprint, at now: Timestamp) -> [Change] {
        [.forgetCaller(fingerprint), .putCaller(record(of: fingerprint, at: now))]
    }

    private func record(of fingerprint: Fingerprint, at now: Timestamp) -> KnownCaller {
        KnownCaller(fingerprint: fingerprint, at: now, forgetAt: now.advanced(by: trustedFor))
    }
}
