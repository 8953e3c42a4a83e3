public import SluiceModel

/// How a rehearsed maintenance went; all times and spans are of the rehearsal's own time.
public struct RehearsalReport: Hashable, Sendable {
    /// One phase that it was in.
    public struct Phase: Hashable, Sendable {
        public var phase: MaintenancePhase
        public var from: Timestamp
        /// nil: it is in it still.
        public var until: Timestamp?
    }

    /// Something that it waited for.
    public struct Blocker: Hashable, Sendable {
        public var name: String
        public var part: MaintenancePart
        /// In which it was seen first.
        public var phase: MaintenancePhase
        /// As it was told last.
        public var text: String
        public var from: Timestamp
        /// When it was seen last.
        public var until: Timestamp
        /// For how long it was there, all times together.
        public var lasted: Duration = .zero

        public var seconds: Int64 { lasted.components.seconds }
    }

    /// Launches of one source that were held.
    public struct Held: Hashable, Sendable {
        public var source: LaunchSource
        public var count = 0
        /// By the state that they are in at the end.
        public var states: [HoldState: Int] = [:]
        /// Longest from its arrival to its end, in seconds.
        public var longestSeconds: Int64 = 0
    }

    /// One thing that has to be as it was before.
    public struct Check: Hashable, Sendable {
        public var what: String
        /// What is not; empty: everything is back.
        public var differences: [String]
    }

    public var title: String
    public var systems: MaintenancePlan.Systems
    public var from: Timestamp
    public var speed: Int
    /// Spans that are shorter than this say nothing, in seconds.
    public var stepSeconds: Int64
    /// Where it was at the end.
    public var ended: MaintenancePhase
    public var phases: [Phase] = []
    /// When everything had drained: safe to stop.
    public var dryAt: Timestamp?
    /// The one that lasted longest first.
    public var blockers: [Blocker] = []
    /// How many more there were than are told.
    public var unnamedBlockerCount = 0
    /// In the order of the sources.
    public var held: [Held] = []
    public var orders = 0
    public var fencedOrders = 0
    public var refusedOrders = 0
    /// Subscriptions and service instances of CSA by state, at the end.
    public var subscriptions: [String: Int] = [:]
    public var instances: [String: Int] = [:]
    /// What ran in Central, and what of it ran more than once.
    public var ranCount = 0
    public var ranTwice: [String] = []
    public var checks: [Check] = []
    /// Orders that failed or were refused though the plan refuses none, and work that is not over; empty: none.
    public var troubles: [String] = []
    /// What is to be known besides.
    public var notes: [String] = []

    /// Whether everything is as it was before.
    public var isBack: Bool { checks.allSatisfy(\.differences.isEmpty) }

    /// Whether it completed, with everything back, nothing run twice, and no order lost by it.
    public var isGood: Bool { ended == .completed && isBack && ranTwice.isEmpty && troubles.isEmpty }

    /// From the start to the end; nil: it is not over.
    public var seconds: Int64? {
        guard let first = phases.first(where: { $0.phase != .planned }), let last = phases.last, last.phase.isFinal
        else { return nil }
        return last.from.since(first.from).components.seconds
    }
}
