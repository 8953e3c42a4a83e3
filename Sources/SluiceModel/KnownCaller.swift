/// What Central last said of a caller of the facade: by a keyed hash of its credentials, never by themselves.
public struct KnownCaller: Hashable, Sendable {
    public var fingerprint: Fingerprint
    /// When it said so: that it knows the caller, as of when it was asked; that it refuses it, as of when that was
    /// heard. So of two answers that overlap the refusal counts.
    public var at: Timestamp
    /// Whether Central refused it. No record at all says nothing.
    public var isRefused: Bool
    /// From then on the record proves nothing, and may be deleted.
    public var forgetAt: Timestamp

    /// Records that pruning leaves: the newest.
    public static let countMax = 10_000

    public init(fingerprint: Fingerprint, at: Timestamp, isRefused: Bool = false, forgetAt: Timestamp) {
        self.fingerprint = fingerprint
        self.at = at
        self.isRefused = isRefused
        self.forgetAt = forgetAt
    }

    /// Whether it takes the place of what is on record: the newer one does, and of two of one time the refusal.
    /// - Parameter horizon: What is on record of later than this is from a clock that was ahead, and gives way, too.
    public func replaces(_ stored: KnownCaller, horizon: Timestamp) -> Bool {
        stored.at > horizon || at > stored.at || (at == stored.at && isRefused && !stored.isRefused)
    }
}
