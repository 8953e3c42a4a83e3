public import SluiceModel

/// What an operator's move makes of a maintenance: a table over (phase, move). Pure.
public enum MaintenanceRules {
    /// Carries a refusal as an error.
    struct Refused: Error {
        var refusal: MoveRefusal
    }

    /// Whether a move is allowed in a phase, its own conditions apart.
    public static func allows(_ move: MaintenanceMove, in phase: MaintenancePhase) -> Bool {
        switch move {
        case .start: phase == .planned
        case .resume: phase == .quiesced || phase == .verifying
        // In `releasing` everything is back: there is nothing to abort but the release, which has its own moves.
        case .abort: !phase.isFinal && phase != .releasing
        case .extend: !phase.isFinal
        case .waive: !phase.isFinal && phase != .planned
        }
    }

    /// The record after a move.
    /// - Parameter blockers: What it waits for now.
    static func moved(
        _ record: MaintenanceRecord, _ order: MoveOrder, blockers: [MaintenanceBlocker], at now: Timestamp
    ) -> Result<MaintenanceRecord, Refused> {
        func refuse(_ refusal: MoveRefusal) -> Result<MaintenanceRecord, Refused> {
            .failure(Refused(refusal: refusal))
        }
        guard allows(order.move, in: record.phase) else { return refuse(.wrongPhase(record.phase)) }
        var changed = record
        switch order.move {
        case .start(let parts):
            changed.plan.startsAt = nil
            let problems = changed.plan.problems(at: now)
            guard problems.isEmpty else { return refuse(.invalid(problems)) }
            changed.plan.startsAt = record.plan.startsAt
            changed.startedAt = now
            changed.available = parts.filter { isPart($0, of: record.plan) }
            changed.enter(MaintenanceScript.first(of: record.plan), at: now, by: order.by, cause: order.reason)
        case .resume:
            let next: MaintenancePhase = record.phase == .quiesced ? .verifying : .reopening
            // Nothing of OO was stopped, so there is nothing to verify.
            let isVerified = next == .verifying && !record.available.contains(.verification)
            changed.enter(isVerified ? .reopening : next, at: now, by: order.by, cause: order.reason)
        case .abort:
            changed.isAborting = true
            guard record.phase != .planned else {
                changed.enter(.aborted, at: now, by: order.by, cause: order.reason)
                break
            }
            guard record.phase != .reopening else {
                changed.note(at: now, by: order.by, cause: order.reason)
                break
            }
            changed.enter(.reopening, at: now, by: order.by, cause: order.reason)
        case .extend(let expectedEnd, let drainSeconds):
            if let expectedEnd { changed.plan.expectedEnd = expectedEnd }
            if let drainSeconds { changed.plan.drainSeconds = drainSeconds }
            var plan = changed.plan
            // One that has begun does not start in the past.
            if record.isUnderWay { plan.startsAt = nil }
            let problems = plan.problems(at: now)
            guard problems.isEmpty else { return refuse(.invalid(problems)) }
            guard changed.plan != record.plan else { return refuse(.invalid(["nothing is extended"])) }
            changed.remindedAt = nil
            changed.note(at: now, by: order.by, cause: order.reason)
        case .waive(let name):
            guard let blocker = blockers.first(where: { $0.name == name }) else { return refuse(.noSuchBlocker) }
            guard blocker.canBeWaived else { return refuse(.notWaivable(blocker)) }
            guard record.waivers.count < MaintenanceLimits.waiverCountMax else { return refuse(.tooManyWaivers) }
            changed.waivers.append(MaintenanceWaiver(blocker: name, at: now, by: order.by, reason: order.reason))
        }
        return .success(changed)
    }

    /// Whether a plan is about a part, where a site has it.
    public static func isPart(_ part: MaintenancePart, of plan: MaintenancePlan) -> Bool {
        part.isOfCSA ? plan.systems.includesCSA : isOfOO(part, plan)
    }

    private static func isOfOO(_ part: MaintenancePart, _ plan: MaintenancePlan) -> Bool {
        switch part {
        // Of a maintenance of CSA alone: what CSA started in OO.
        case .backlog, .ooDrain: true
        // The whole of it stays open when only a part of the launches is closed.
        case .centralFence: plan.systems.includesOO && plan.scope == nil
        default: plan.systems.includesOO
        }
    }
}

extension MaintenanceRecord {
    /// Enters a phase.
    mutating func enter(_ phase: MaintenancePhase, at now: Timestamp, by principal: Principal, cause: String) {
        if phase == .releasing { openedAt = openedAt ?? now }
        self.phase = phase
        phaseSince = now
        note(at: now, by: principal, cause: cause)
    }

    /// Adds what happened to its story; of a very long one the middle is left out.
    mutating func note(at now: Timestamp, by principal: Principal, cause: String) {
        if steps.count >= MaintenanceLimits.stepCountMax { steps.remove(at: MaintenanceLimits.stepCountMax / 2) }
        steps.append(MaintenanceStep(phase: phase, at: now, by: principal, cause: cause))
    }
}
