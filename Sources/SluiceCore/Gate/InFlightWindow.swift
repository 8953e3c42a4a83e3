public import SluiceModel

/// Counts the launches that were let through and may not have appeared yet: one bucket a second, so a count costs the
/// same for ten and for a million.
public struct InFlightWindow: Hashable, Sendable {
    private var counts: [Int]
    /// The second, on the monotonic clock, that each bucket stands for.
    private var seconds: [Int64]

    /// - Parameter window: How long a launch counts; cut to `windowSecondsMax`.
    public init(window: Duration) {
        let (seconds, attoseconds) = window.components
        let whole = min(max(seconds, 0), Self.windowSecondsMax)
        let length = Int(min(whole + (attoseconds > 0 ? 1 : 0), Self.windowSecondsMax) + 1)
        counts = Array(repeating: 0, count: length)
        self.seconds = Array(repeating: .min, count: length)
    }

    /// Longest start window that is counted exactly.
    public static let windowSecondsMax: Int64 = 86_400

    /// Notes one launch that was let through now.
    public mutating func add(at now: MonotonicTime) {
        let second = now.nanoseconds / 1_000_000_000
        let bucket = Int(second % Int64(counts.count))
        if seconds[bucket] != second {
            seconds[bucket] = second
            counts[bucket] = 0
        }
        counts[bucket] += 1
    }

    /// How many were let through within the window before now; rounds up by at most one second.
    public func count(at now: MonotonicTime) -> Int {
        let oldest = now.nanoseconds / 1_000_000_000 - Int64(counts.count) + 1
        var sum = 0
        for index in counts.indices where seconds[index] >= oldest { sum += counts[index] }
        return sum
    }
}
