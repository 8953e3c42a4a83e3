import SluiceModel

/// What a release has to launch after a window, and how long that takes at its rate and under its ceiling.
///
/// Each launch is walked through: it starts when the rate allows it and a place under the ceiling is free, and takes
/// the mean of its flow's past durations. Launches beside the release are not counted against the ceiling.
public struct Backlog: Hashable, Sendable {
    /// Launches that wait at one time after the window.
    public struct Point: Hashable, Sendable {
        public var milliseconds: Int64
        /// Not yet launched.
        public var waiting: Int
    }

    /// Launches when the window ends.
    public let count: Int
    /// When the last is launched, after the window's end.
    public let clearedMilliseconds: Int64
    /// When the last has ended.
    public let endedMilliseconds: Int64
    /// Whether the times are an upper bound, since there are more than `ForecastLimits.releasedLaunchCountMax`.
    public let isBound: Bool
    /// How the backlog falls, from its start to its end; at most `pointCountMax` points.
    public let curve: [Point]

    static let pointCountMax = 240

    /// None.
    public init(count: Int) {
        self.count = count
        clearedMilliseconds = 0
        endedMilliseconds = 0
        isBound = false
        curve = [Point(milliseconds: 0, waiting: count)]
    }

    /// - Parameters:
    ///   - durations: Of each launch in milliseconds, in the order of the release.
    ///   - ratePerMinute: At least 1: launches start in even steps.
    ///   - ceiling: At least 1: so many run at once.
    public init(durations: [Double], ratePerMinute: Int, ceiling: Int) {
        let step = 60_000 / Double(max(1, ratePerMinute))
        var running = MinHeap<Double>()
        var (start, ended) = (0.0, 0.0)
        var points = [Point(milliseconds: 0, waiting: durations.count)]
        let stride = max(1, durations.count / Self.pointCountMax + 1)
        for (number, duration) in durations.enumerated() {
            if number > 0 { start += step }
            if running.count >= max(1, ceiling), let free = running.removeFirst() { start = max(start, free) }
            running.insert(start + duration)
            ended = max(ended, start + duration)
            if (number + 1) % stride == 0 || number == durations.count - 1 {
                points.append(Point(milliseconds: Self.whole(start), waiting: durations.count - number - 1))
            }
        }
        count = durations.count
        clearedMilliseconds = Self.whole(start)
        endedMilliseconds = Self.whole(ended)
        isBound = false
        curve = points
    }

    /// For more launches than are walked through. At any time before the last start either the rate is waited for, or
    /// every place is taken: so it starts at the latest after both added up.
    public init(count: Int, durationSum: Double, durationMax: Double, ratePerMinute: Int, ceiling: Int) {
        let step = 60_000 / Double(max(1, ratePerMinute))
        let cleared = Double(max(0, count - 1)) * step + durationSum / Double(max(1, ceiling))
        self.count = count
        clearedMilliseconds = Self.whole(cleared)
        endedMilliseconds = Self.whole(cleared + durationMax)
        isBound = true
        curve = [Point(milliseconds: 0, waiting: count), Point(milliseconds: clearedMilliseconds, waiting: 0)]
    }

    /// A thousand years: what times saturate at.
    private static let millisecondsMax = 3.2e13

    private static func whole(_ milliseconds: Double) -> Int64 {
        Int64(min(milliseconds.rounded(.up), millisecondsMax))
    }
}
