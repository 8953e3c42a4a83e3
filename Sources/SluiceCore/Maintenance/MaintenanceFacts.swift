public import SluiceModel

/// What is seen of the parts of a maintenance: told by whoever works on them, each about the goal it works for.
public struct MaintenanceFacts: Hashable, Sendable {
    /// One part as it was last seen.
    public struct Fact: Hashable, Sendable {
        public var goal: PartGoal
        /// Whether it is as the goal wants, but for the blockers.
        public var isReached: Bool
        /// Of what is to be done, so much is; 0 of 0 when it cannot be counted.
        public var doneCount: Int
        public var totalCount: Int
        /// What stands in the way; in a stable order, at most `MaintenanceLimits.blockerCountMax`.
        public var blockers: [MaintenanceBlocker]
        /// How many more there are than are named.
        public var unnamedBlockerCount: Int

        public init(
            goal: PartGoal, isReached: Bool, doneCount: Int = 0, totalCount: Int = 0,
            blockers: [MaintenanceBlocker] = [], unnamedBlockerCount: Int = 0
        ) {
            self.goal = goal
            self.isReached = isReached
            self.doneCount = doneCount
            self.totalCount = totalCount
            self.blockers = blockers
            self.unnamedBlockerCount = unnamedBlockerCount
        }
    }

    /// By part; a part that is not there was not seen yet.
    public var facts: [MaintenancePart: Fact]

    public init(_ facts: [MaintenancePart: Fact] = [:]) { self.facts = facts }

    /// What is known of a part for a goal; what is known of it for another goal does not count.
    public func fact(of part: MaintenancePart, for goal: PartGoal) -> Fact? {
        facts[part].flatMap { $0.goal == goal ? $0 : nil }
    }
}

/// A goal for a part.
public struct PartWish: Hashable, Sendable {
    public var part: MaintenancePart
    public var goal: PartGoal

    public init(_ part: MaintenancePart, _ goal: PartGoal) {
        self.part = part
        self.goal = goal
    }
}
