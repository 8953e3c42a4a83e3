/// That Central knew a caller of the facade: by a keyed hash of its credentials, never by themselves.
public struct KnownCaller: Hashable, Sendable {
    public var fingerprint: Fingerprint
    /// When Central last said so.
    public var at: Timestamp
    /// From then on the record proves nothing, and may be deleted.
    public var forgetAt: Timestamp

    /// Records that pruning leaves: the newest.
    public static let countMax = 10_000

    public init(fingerprint: Fingerprint, at: Timestamp, forgetAt: Timestamp) {
        self.fingerprint = fingerprint
        self.at = at
        self.forgetAt = forgetAt
    }
}
