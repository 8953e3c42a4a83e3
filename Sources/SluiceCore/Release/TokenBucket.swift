public import SluiceModel

/// Lets through so many a minute, in even steps, with at most one second's worth (and at least one) saved up.
public struct TokenBucket: Hashable, Sendable {
    private let nanosecondsPerToken: Int64
    private let capacity: Int64
    private var credit: Int64
    private var lastAt: MonotonicTime

    public init(perMinute: Int, at now: MonotonicTime) {
        nanosecondsPerToken = max(1, 60_000_000_000 / Int64(max(1, perMinute)))
        capacity = max(nanosecondsPerToken, 1_000_000_000)
        credit = nanosecondsPerToken
        lastAt = now
    }

    /// Whole tokens there now.
    public mutating func available(at now: MonotonicTime) -> Int {
        let passed = max(0, now.nanoseconds - lastAt.nanoseconds)
        credit = min(capacity, credit + passed)
        lastAt = max(lastAt, now)
        return Int(credit / nanosecondsPerToken)
    }

    /// Takes tokens that `available` has shown.
    public mutating func take(_ count: Int) { credit -= nanosecondsPerToken * Int64(count) }
}
