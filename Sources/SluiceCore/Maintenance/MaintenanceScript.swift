public import SluiceModel

/// Which phase wants what, in which order, and which comes next: product.md's table as data.
public enum MaintenanceScript {
    /// What a phase wants, in steps: a step is begun when those before it are reached. Parts that the maintenance does
    /// not have are left out.
    ///
    /// The fence is closed before anything behind it is changed, and opened after everything is back, so that nothing
    /// slips through between two changes (csa-api.md section 11).
    public static func steps(of record: MaintenanceRecord) -> [[PartWish]] {
        var steps = steps(in: record.phase, of: record.plan.systems)
        // With its doors open CSA begins what is approved at once, until its policies are manual: only after that is
        // everything that runs in it known, and whatever it launches besides can be held.
        if record.phase == .closingCSA, record.plan.csaMode == .accept { steps.swapAt(1, 2) }
        if record.phase == .drainingCSA || record.phase == .drainingOO, record.doorsShutAt != nil {
            steps.insert([PartWish(.csaFence, .made), PartWish(.portalFence, .made)], at: 0)
        }
        return steps.map { step in
            step.filter { record.available.contains($0.part) }
        }.filter { !$0.isEmpty }
    }

    /// The same for a maintenance that has all parts.
    static func steps(in phase: MaintenancePhase, of systems: MaintenancePlan.Systems) -> [[PartWish]] {
        func wishes(_ goal: PartGoal, _ parts: MaintenancePart...) -> [PartWish] { parts.map { PartWish($0, goal) } }
        return switch phase {
        case .planned, .completed, .aborted: []
        case .closingCSA:
            [wishes(.made, .csaFence, .portalFence), wishes(.made, .csaSources), wishes(.made, .csaChanges)]
        case .drainingCSA:
            systems.includesOO
                ? [wishes(.watched, .csaDrain, .csaChanges)]
                : [wishes(.watched, .ooDrain, .csaDrain, .csaChanges), wishes(.watched, .internalClocks)]
        // The gate before the schedules: what fires between the two is held.
        case .closingOO: [wishes(.made, .centralFence), wishes(.made, .gate), wishes(.made, .schedules)]
        // CSA's own clocks may have begun something since it was quiet; what they asked for is held.
        case .drainingOO: [wishes(.watched, .ooDrain, .csaDrain, .csaChanges), wishes(.watched, .internalClocks)]
        case .quiesced: [wishes(.shut, .csaFence, .portalFence, .centralFence)]
        case .verifying: [wishes(.made, .csaFence, .portalFence, .centralFence), wishes(.watched, .verification)]
        // OO first, CSA second, the doors last.
        case .reopening:
            [
                wishes(.back, .gate), wishes(.back, .schedules), wishes(.back, .csaChanges),
                wishes(.watched, .parkedRequests), wishes(.back, .csaSources),
                wishes(.back, .csaFence, .portalFence, .centralFence),
            ]
        // Only then is it known which launches ended another way.
        case .releasing: [wishes(.watched, .backlog), wishes(.watched, .processInstances)]
        }
    }

    /// The phase after a phase; nil: none, it is over, or a person has to say so (`planned`, `quiesced`).
    public static func next(after record: MaintenanceRecord) -> MaintenancePhase? {
        let systems = record.plan.systems
        return switch record.phase {
        case .planned, .quiesced, .completed, .aborted: nil
        case .closingCSA: .drainingCSA
        case .drainingCSA: systems.includesOO ? .closingOO : .quiesced
        case .closingOO: .drainingOO
        case .drainingOO: .quiesced
        case .verifying: .reopening
        case .reopening: .releasing
        case .releasing: record.isAborting ? .aborted : .completed
        }
    }

    /// The first phase after the start.
    static func first(of plan: MaintenancePlan) -> MaintenancePhase {
        plan.systems.includesCSA ? .closingCSA : .closingOO
    }

    /// What is wanted of each part now: the steps that are reached, and the first that is not.
    ///
    /// In `drainingCSA` and `drainingOO` what was made stays made, and what is added to CSA is closed too; but nobody
    /// changes back what a person undid: that is a blocker, not a fight.
    public static func wishes(of record: MaintenanceRecord, _ facts: MaintenanceFacts) -> [PartWish] {
        var wishes: [PartWish] = []
        for step in steps(of: record) {
            wishes += step
            let isReached = step.allSatisfy { wish in
                Standing(of: wish, record, facts).isReached
            }
            guard isReached else { break }
        }
        return wishes
    }

    /// How a wish stands.
    struct Standing {
        var isReached: Bool
        /// Those that nobody waived.
        var blockers: [MaintenanceBlocker]
        var unnamedBlockerCount: Int

        init(of wish: PartWish, _ record: MaintenanceRecord, _ facts: MaintenanceFacts) {
            guard let fact = facts.fact(of: wish.part, for: wish.goal) else {
                isReached = false
                blockers = []
                unnamedBlockerCount = 0
                return
            }
            let waived = Set(record.waivers.map(\.blocker))
            blockers = fact.blockers.filter { !$0.canBeWaived || !waived.contains($0.name) }
            unnamedBlockerCount = fact.unnamedBlockerCount
            isReached = fact.isReached && blockers.isEmpty && unnamedBlockerCount == 0
        }
    }
}
