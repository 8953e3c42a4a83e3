public import SluiceModel

/// For how long a replica may act on what it knows: on its own continuous clock, from before it asked for it.
public enum Lease: Hashable, Sendable {
    /// One process has the store alone: nobody else can change anything.
    case unending
    /// Up to this time, which is not part of it.
    case until(MonotonicTime)
    case none

    /// Whether it holds at a time.
    public func holds(at now: MonotonicTime) -> Bool { outlasts(.zero, at: now) }

    /// Whether something that takes this long would end within it.
    public func outlasts(_ duration: Duration, at now: MonotonicTime) -> Bool {
        switch self {
        case .unending: true
        case .until(let end): now.advanced(by: duration) < end
        case .none: false
        }
    }

    /// How long it still holds; zero when it does not, nil when it has no end.
    public func left(at now: MonotonicTime) -> Duration? {
        switch self {
        case .unending: nil
        case .until(let end): max(.zero, end.since(now))
        case .none: .zero
        }
    }
}

/// What replicas agree on, and how far anything of it goes.
public enum ReplicaLimits {
    /// Shortest and longest lease that may be configured.
    public static let leaseMin: Duration = .milliseconds(100)
    public static let leaseMax: Duration = .seconds(60)
    /// Longest lease of a leader.
    public static let leaderLeaseMax: Duration = .seconds(600)
    /// Between two reads of the seats while a close waits, at first and later.
    public static let closePollInterval: Duration = .milliseconds(10)
    public static let closePollIntervalLater: Duration = .milliseconds(50)
    /// From then on the longer one.
    public static let closePollSoonDuration: Duration = .milliseconds(500)
    /// Calls to the store that did not return within a lease, and are still waited for; then no further one is made.
    public static let overdueCallCountMax = 4

    /// After so long without a read of the seats, a replica may have come and gone unseen.
    public static let unseenDurationMax: Duration = .seconds(5)
    /// After so long without a renewal that was seen, a replica counts as silent: the seats are read every second.
    public static func silence(_ lease: Duration) -> Duration { asSeenByOthers(lease) + .seconds(1) }
    /// Replicas that are gone and still counted as having let something through.
    public static let lostCountMax = 100

    /// A lease as others count it: clocks may run one part in a hundred apart.
    public static func asSeenByOthers(_ lease: Duration) -> Duration { lease + lease / 100 }
}
