import SluiceModel

/// What the configuration says about drains.
public struct DrainPolicy: Hashable, Sendable {
    /// From the end of one look at a system to the beginning of the next.
    public var lookInterval: Duration
    /// How many looks in a row must find nothing. They are at least `lookInterval` apart: an order of CSA chains three
    /// transitions, and between two of them nothing runs (csa-api.md section 6).
    public var quietLookCount: Int
    /// For how long nothing may have been found.
    public var settle: Duration
    /// Between two readings of a system's whole list while it drains.
    public var sweepInterval: Duration
    /// Without a logged step for so long, what runs longer than most of its flow counts as stuck.
    public var stuckAfter: Duration
    /// Whether executions that are parked at their gate step must end or be waived: whether they survive a restart of
    /// Central is not known (product.md, "The gate step").
    public var parkedBlocks: Bool

    public init(
        lookInterval: Duration = .seconds(10), quietLookCount: Int = 3, settle: Duration = .seconds(60),
        sweepInterval: Duration = .seconds(600), stuckAfter: Duration = .seconds(1800), parkedBlocks: Bool = true
    ) {
        self.lookInterval = max(lookInterval, .milliseconds(100))
        self.quietLookCount = max(1, quietLookCount)
        self.settle = max(.zero, settle)
        self.sweepInterval = max(sweepInterval, self.lookInterval)
        self.stuckAfter = max(.seconds(1), stuckAfter)
        self.parkedBlocks = parkedBlocks
    }

    /// After so long without a look, what the last one showed no longer counts.
    public var staleAfter: Duration { max(lookInterval * 4, .seconds(30)) }
}

/// What a drain may grow to, and how long it takes things for what they seem.
public enum DrainLimits {
    /// Things that are followed; beyond them a look has a gap.
    public static let itemCountMax = 100_000
    /// Waivers kept: as many as a maintenance has, so that none of its own is without effect here.
    public static let waiverCountMax = MaintenanceLimits.waiverCountMax
    /// Changes that one look tells one by one.
    public static let changeCountMax = 100
    /// How long an execution may take at its gate step before it counts as running.
    public static let gateStepDuration: Duration = .seconds(60)
    /// Gaps, notes and troubles told of one look, and how long each may be, in characters.
    public static let noteCountMax = 20
    public static let noteCharacterCountMax = 300
    /// Replicas named as having launches in flight.
    public static let inFlightPartCountMax = 50
}
