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
            .parkedRequests, .processInstances, .backlog:
            nil
        }
    }

    /// The state that a goal means. In the mode `accept` CSA's doors stay open while it drains: orders and
    /// cancellations come in by one address, so that a fence can only close both (csa-api.md 3.1). They are shut once
    /// the drain is over, before CSA may be stopped, and stay so until its policies are back.
    public static func state(for goal: PartGoal, of system: FencedSystem, _ record: MaintenanceRecord) -> FenceState {
        switch goal {
        case .made: system == .central || record.keepsOrdersOut ? .draining : .open
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
            let state = state(for: goal, of: system, record)
            return state == .open ? nil : standing(of: system, state, record)
        }
    }

    /// Whether CSA's doors were open in the phase before, and are shut in this one: an abort in the mode `accept`.
    public static func isShutByReopening(_ record: MaintenanceRecord) -> Bool {
        record.phase == .reopening && record.plan.csaMode == .accept && record.doorsShutAt == nil
            && standings(of: record).contains { $0.system != .central }
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
        case .closingOO, .drainingOO, .verifying: .made
        // Aborted while CSA alone was closed: Central's doors never were.
        case .reopening: part.isOfCSA || !record.isAborting || record.hasClosedOO ? .made : nil
        case .quiesced: .shut
        }
    }
}

extension MaintenanceRecord {
    /// Whether it came as far as OO, by its story.
    fileprivate var hasClosedOO: Bool {
        steps.contains { [.closingOO, .drainingOO, .quiesced, .verifying].contains($0.phase) }
    }
}
