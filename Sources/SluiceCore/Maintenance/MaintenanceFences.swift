public import SluiceModel

/// How the fences have to stand for a maintenance, by its record alone: what every replica answers, also after a crash.
public enum MaintenanceFences {
    /// The system of a part that is a fence.
    public static func system(of part: MaintenancePart) -> FencedSystem? {
        switch part {
        case .csaFence: .csa
        case .portalFence: .portal
        case .centralFence: .central
        case .csaSources, .csaChanges, .csaDrain, .gate, .schedules, .ooDrain, .internalClocks, .verification,
            .parkedRequests, .backlog:
            nil
        }
    }

    /// The state that a goal means. In the mode `accept` CSA's doors stay open while it drains: orders and
    /// cancellations come in by one address, so that a fence can only close both (csa-api.md 3.1).
    public static func state(for goal: PartGoal, of system: FencedSystem, _ plan: MaintenancePlan) -> FenceState {
        switch goal {
        case .made: system != .central && plan.csaMode == .accept ? .open : .draining
        case .shut: .closed
        case .back, .watched: .open
        }
    }

    /// Where the fences stand in the phase of a record, those that are not open. While it reopens they stay as they
    /// were until the phase is left: a fence opens last.
    public static func standings(of record: MaintenanceRecord) -> [FenceStanding] {
        [MaintenancePart.csaFence, .portalFence, .centralFence].compactMap { part in
            guard record.available.contains(part), let system = system(of: part), let goal = goal(of: part, in: record)
            else { return nil }
            let state = state(for: goal, of: system, record.plan)
            return state == .open ? nil : standing(of: system, state, record)
        }
    }

    /// A standing with what those who are turned away are told.
    public static func standing(
        of system: FencedSystem, _ state: FenceState, _ record: MaintenanceRecord
    ) -> FenceStanding {
        FenceStanding(
            system: system, state: state, reason: record.plan.reason, expectedEnd: record.plan.expectedEnd)
    }

    private static func goal(of part: MaintenancePart, in record: MaintenanceRecord) -> PartGoal? {
        switch record.phase {
        case .planned, .releasing, .completed, .aborted: nil
        case .closingCSA, .drainingCSA: part.isOfCSA ? .made : nil
        case .closingOO, .drainingOO, .verifying, .reopening: .made
        case .quiesced: .shut
        }
    }
}
