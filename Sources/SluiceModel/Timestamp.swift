/// An instant on the wall clock: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// Milliseconds since the Unix epoch, UTC.
    public var milliseconds: Int64

    /// The Unix epoch.
    public static let zero = Timestamp(milliseconds: 0)

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// This instant moved by a duration; saturates at the ends of the range.
    public func advanced(by duration: Duration) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: duration < .zero ? .min : .max)
    }

    /// The second in which it is, also before 1970; the first one of the range stays where it is.
    public var cutToSecond: Timestamp {
        let rest = (milliseconds % 1000 + 1000) % 1000
        let (second, isBeforeAll) = milliseconds.subtractingReportingOverflow(rest)
        return isBeforeAll ? self : Timestamp(milliseconds: second)
    }

    /// How much later this instant is than another; negative when it is earlier.
    public func since(_ earlier: Timestamp) -> Duration {
        .milliseconds(milliseconds) - .milliseconds(earlier.milliseconds)
    }
}

/// A reading of the clock that never steps and counts through suspension: nanoseconds since an arbitrary start.
public struct MonotonicTime: Hashable, Sendable, Comparable {
    /// Nanoseconds; comparable only within one process and boot.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// This reading moved by a duration; saturates at the ends of the range.
    public func advanced(by duration: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = duration.components
        let end: Int64 = duration < .zero ? .min : .max
        let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (moved, isTooFar) = nanoseconds.addingReportingOverflow(product)
        let (sum, isBeyond) = moved.addingReportingOverflow(attoseconds / 1_000_000_000)
        return MonotonicTime(nanoseconds: isTooLong || isTooFar || isBeyond ? end : sum)
    }

    /// How much later this reading is than another.
    public func since(_ earlier: MonotonicTime) -> Duration {
        .nanoseconds(nanoseconds) - .nanoseconds(earlier.nanoseconds)
    }
}

/// What a machine is told of the time: the wall clock for people, the monotonic one for deadlines.
public struct Moment: Hashable, Sendable {
    /// For records, expiry dates and order across restarts.
    public var wall: Timestamp
    /// For leases, start windows and back-off within this process: a stepped wall clock cannot stretch them.
    public var monotonic: MonotonicTime

    public init(wall: Timestamp, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// Both readings moved by the same duration.
    public func advanced(by duration: Duration) -> Moment {
        Moment(wall: wall.advanced(by: duration), monotonic: monotonic.advanced(by: duration))
    }
}

extension Duration {
    /// Milliseconds, cut towards zero; saturates.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, isBeyond) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflow || isBeyond ? (seconds < 0 ? .min : .max) : sum
    }
}
