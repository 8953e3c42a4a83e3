public import SluiceModel

/// What the gate will do with the launches of schedules, asked of its own rules: one function decides
/// (docs/ARCHITECTURE.md), and this only carries its answers here.
public struct GateOutlook: Sendable {
    /// What the gate does while the window is closed.
    public let inWindow: @Sendable (PlannedSchedule) -> Decision
    /// What it does at any other time.
    public let outside: @Sendable (PlannedSchedule) -> Decision
    /// Who asks the gate for its launches.
    public let asking: @Sendable (PlannedSchedule) -> Asking

    public init(
        inWindow: @escaping @Sendable (PlannedSchedule) -> Decision,
        outside: @escaping @Sendable (PlannedSchedule) -> Decision,
        asking: @escaping @Sendable (PlannedSchedule) -> Asking = { _ in .scheduler }
    ) {
        self.inWindow = inWindow
        self.outside = outside
        self.asking = asking
    }
}

/// Who asks the gate before a schedule's launches start; the raw value is the API's word.
public enum Asking: String, Hashable, Sendable, CaseIterable {
    /// Its scheduler does: assumed of every schedule of a file.
    case scheduler
    /// Central launches without asking, and the flow's first step asks.
    case flow
    /// Nobody does: Central launches without asking, and the flow is not known to be gated.
    case nobody
    /// Nothing launches: Sluice froze it in Central. Its times are missed, and its policy decides on them.
    case frozen
}

/// What becomes of one planned launch.
public enum LaunchFate: Hashable, Sendable {
    /// The gate lets it through at its time.
    case runs
    /// Held, and launched at the release.
    case launchedAtRelease
    /// Held, launched at the release, and stands for so many older ones of its schedule (`latest`).
    case standsFor(Int)
    /// Held, and not launched: a newer one of its schedule stands for it (`latest`).
    case stoodFor
    /// Held, and not launched: its policy is `skip`.
    case skipped
    /// Held, and not launched: too old for its policy `not-older-than` when the window ends.
    case tooOld
    /// Cannot be kept: Central does not echo its schedule's secrets. Left to Central's own catch-up.
    case notReplayable
    /// The gate turns it away and keeps nothing.
    case rejected

    /// The word of the API.
    public var word: String {
        switch self {
        case .runs: "runs"
        case .launchedAtRelease: "launched-at-release"
        case .standsFor: "stands-for-others"
        case .stoodFor: "stood-for"
        case .skipped: "skipped"
        case .tooOld: "too-old"
        case .notReplayable: "not-replayable"
        case .rejected: "rejected"
        }
    }
}

/// Launches by what becomes of them.
public struct LaunchCounts: Hashable, Sendable {
    /// The gate lets them through at their time.
    public var runs = 0
    /// Held, and launched at the release.
    public var released = 0
    /// Held, and never launched: their misfire policy says so.
    public var dropped = 0
    /// Left to Central's own catch-up.
    public var notReplayable = 0
    /// Turned away.
    public var rejected = 0

    public init() {}

    /// Held by the gate.
    public var held: Int { released + dropped }
    /// All of them.
    public var total: Int { runs + held + notReplayable + rejected }

    static func += (left: inout Self, right: Self) {
        left.runs += right.runs
        left.released += right.released
        left.dropped += right.dropped
        left.notReplayable += right.notReplayable
        left.rejected += right.rejected
    }
}
