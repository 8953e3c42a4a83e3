public import SluiceModel

/// How long Central or the store is left alone after it failed: longer with each failure in a row, up to a limit.
///
/// Whoever refuses our account is asked much less often than one that is away: accounts lock out.
public struct RetryPause: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// No answer, or none that can be used.
        case failure
        /// Credentials or rights were refused.
        case refusal
    }

    /// After the first failure; each one doubles it.
    public static let failureWaitMin: Duration = .seconds(5)
    public static let failureWaitMax: Duration = .seconds(60)
    /// After the first refusal; each one doubles it. No quarter of an hour has more than five tries.
    public static let refusalWaitMin: Duration = .seconds(60)
    public static let refusalWaitMax: Duration = .seconds(1800)

    /// Failures of one kind in a row.
    public private(set) var count = 0
    public private(set) var kind = Kind.failure
    /// Not before this time, the next try.
    public private(set) var until: MonotonicTime

    public init(at now: MonotonicTime) { until = now }

    public mutating func failed(_ kind: Kind, at now: MonotonicTime) {
        count = kind == self.kind ? count + 1 : 1
        self.kind = kind
        until = now.advanced(by: Self.wait(after: count, kind))
    }

    public mutating func succeeded(at now: MonotonicTime) {
        count = 0
        hurry(at: now)
    }

    /// The next try may be made at once, since somebody asks for it; what failed before still counts.
    public mutating func hurry(at now: MonotonicTime) { until = min(until, now) }

    /// The next try is made after a wait at the latest.
    public mutating func shorten(to wait: Duration, at now: MonotonicTime) {
        until = min(until, now.advanced(by: wait))
    }

    /// The wait after a number of failures, from 1.
    public static func wait(after count: Int, _ kind: Kind) -> Duration {
        let (least, most) =
            switch kind {
            case .failure: (failureWaitMin, failureWaitMax)
            case .refusal: (refusalWaitMin, refusalWaitMax)
            }
        // 2^6 of the least is above the longest.
        return min(least * (1 << min(max(count - 1, 0), 6)), most)
    }
}
