public import SluiceModel

/// Lets through so many a minute, in even steps, with at most one second's worth (and at least one) saved up.
public struct TokenBucket: Hashable, Sendable {
    private var nanosecondsPerToken: Int64
    private var capacity: Int64
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

    /// Another rate from now on; what was saved up stays, as far as it may be saved up.
    public mutating func set(perMinute: Int, at now: MonotonicTime) {
        let interval = max(1, 60_000_000_000 / Int64(max(1, perMinute)))
        guard interval != nanosecondsPerToken else { return }
        _ = available(at: now)
        // why: by parts, for a product would not fit; a part of a token is worth the same part of the new one.
        let whole = credit / nanosecondsPerToken
        let part = Int64(Double(credit % nanosecondsPerToken) / Double(nanosecondsPerToken) * Double(interval))
        capacity = max(interval, 1_000_000_000)
        let most = capacity / interval
        credit = min(capacity, min(max(whole, -most), most) * interval + part)
        nanosecondsPerToken = interval
    }

    /// Takes tokens that `available` has shown.
    public mutating func take(_ count: Int) { credit -= nanosecondsPerToken * Int64(count) }
}
