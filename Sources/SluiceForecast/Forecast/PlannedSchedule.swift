public import SluiceModel

/// A schedule as a forecast sees it: when it fires, what it launches, and what becomes of times it misses.
public struct PlannedSchedule: Hashable, Sendable {
    /// Where it is kept.
    public enum Origin: Hashable, Sendable {
        /// In Central; Sluice can freeze it.
        case central
        /// In another scheduler, read from this file.
        case file(String)
    }

    public var id: ScheduleID
    public var origin: Origin
    public var name: String
    /// What it launches; nil when no rule maps its job to a flow.
    public var flow: FlowID?
    public var flowPath: String?
    public var trigger: Trigger
    /// Whether it fires at all now.
    public var isEnabled: Bool
    /// Whether Sluice has disabled it in Central, to enable it again later; it then counts as enabled.
    public var isFrozen = false
    /// What becomes of its missed times.
    public var policy: MisfirePolicy
    /// Whether its launches can be started later with everything they need; false where Central does not echo its
    /// secrets (product.md, `not-replayable`).
    public var isReplayable: Bool
    /// Whether its owner says that no time of it may be missed; quiet windows avoid it.
    public var isUnsafeToMiss: Bool

    public init(
        id: ScheduleID, origin: Origin, name: String, flow: FlowID? = nil, flowPath: String? = nil, trigger: Trigger,
        isEnabled: Bool = true, policy: MisfirePolicy = .latest, isReplayable: Bool = true, isUnsafeToMiss: Bool = false
    ) {
        self.id = id
        self.origin = origin
        self.name = name
        self.flow = flow
        self.flowPath = flowPath
        self.trigger = trigger
        self.isEnabled = isEnabled
        self.policy = policy
        self.isReplayable = isReplayable
        self.isUnsafeToMiss = isUnsafeToMiss
    }

    /// Takes what the configured policies say of its missed times; unsafe to miss it stays.
    public mutating func take(_ policies: MisfirePolicies) {
        let choice = policies.choice(id: id, name: name, flow: flow, path: flowPath)
        policy = choice.policy
        isUnsafeToMiss = isUnsafeToMiss || choice.isUnsafeToMiss
    }
}
