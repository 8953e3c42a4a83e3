/// How long an execution takes, as a distribution made of past durations.
///
/// Between two past durations it is spread evenly. The chance that the next one takes longer than all `n` before is
/// 1/(n + 1), as for any `n + 1` draws from one distribution; beyond the longest it falls with the cube of the time, so
/// an execution that runs longer than any before is expected to take about a quarter longer than it already has.
public struct DurationEstimate: Hashable, Sendable {
    /// Past durations in milliseconds, from short to long; never empty.
    private let sorted: [Double]
    /// Whether nothing is known and a duration was assumed.
    public let isAssumed: Bool
    /// The mean of the past durations.
    public let meanMilliseconds: Double
    /// What half of the past durations are below, in milliseconds.
    var medianMilliseconds: Int64 { Int64(sorted[sorted.count / 2]) }
    /// How far back launches are looked for that may still run.
    let runningMilliseconds: Double

    /// - Parameter milliseconds: At least one; in any order.
    public init(milliseconds: [Int64], isAssumed: Bool = false) {
        precondition(!milliseconds.isEmpty, "an estimate needs a duration, if only an assumed one")
        // None is shorter than a millisecond: the tail needs a length to fall by.
        sorted = milliseconds.map { Double(max($0, 1)) }.sorted()
        self.isAssumed = isAssumed
        meanMilliseconds = sorted.reduce(0, +) / Double(sorted.count)
        runningMilliseconds = Self.running(longest: sorted[sorted.count - 1], count: sorted.count)
    }

    /// How many past durations it is made of.
    public var count: Int { isAssumed ? 0 : sorted.count }

    /// The chance that an execution takes longer than a time, 1 at zero.
    public func chance(longerThan milliseconds: Double) -> Double {
        guard milliseconds > 0 else { return 1 }
        let count = Double(sorted.count)
        let longest = sorted[sorted.count - 1]
        if milliseconds >= longest {
            let ratio = longest / milliseconds
            return ratio * ratio * ratio / (count + 1)
        }
        // The first past duration that is longer.
        var (low, high) = (0, sorted.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] > milliseconds { high = middle } else { low = middle + 1 }
        }
        let before = low == 0 ? 0 : sorted[low - 1]
        let share = (milliseconds - before) / (sorted[low] - before)
        return (count + 1 - Double(low) - share) / (count + 1)
    }

    /// After how long an execution hardly runs any more (`ForecastLimits.runningChanceMin`).
    private static func running(longest: Double, count: Int) -> Double {
        var (low, high) = (0.0, Double(ForecastLimits.runningSecondsMax) * 1000)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            let ratio = longest / max(middle, longest)
            let chance = ratio * ratio * ratio / Double(count + 1)
            if chance < ForecastLimits.runningChanceMin { high = middle } else { low = middle }
        }
        return high
    }
}
