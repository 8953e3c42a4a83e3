import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// While CSA drains.
extension CSAChangesWorker {
    /// What was added is closed too; what a person opened again is told, not fought.
    ///
    /// Offerings are looked at less often than policies, but for one look once the drain is over: what was published
    /// right before is open still, and what came in by it may run.
    /// - Returns: Whether that look found nothing open.
    func watch(_ record: MaintenanceRecord, _ keeper: JournalKeeper) async throws -> Bool {
        let (now, wall) = (clocks.now().monotonic, clocks.now().wall)
        let status = keeper.status()
        guard status.isMade || status.owner != record.id else {
            state.withLock { state in
                state.provenDrain = nil
                if state.addedAt != nil { state.addedAt = wall }
            }
            return false
        }
        let drain = endedDrain(of: record)
        let (isProven, isLast, isDue) = state.withLock { state in
            if state.provenDrain != drain { state.provenDrain = nil }
            let isProven = state.provenDrain != nil
            return (
                isProven, drain != nil && !isProven,
                state.watchedAt.map { now.since($0) >= site.pollInterval } ?? true
            )
        }
        guard isLast || isDue else { return isProven }
        let entries = try await JournalKeeper.entries(of: record.id, in: store)
        let known = Dictionary(entries.map { ("\($0.system)/\($0.object)", $0) }) { _, newer in newer }
        let isFull = state.withLock { state in
            isLast || state.readAllAt.map { now.since($0) >= CSASiteLimits.offeringInterval } ?? true
        }
        let reading =
            isFull
            ? try await reader.reading(unpublishes: record.plan.unpublishesOfferings)
            : CSAChangePlan.Reading(policies: try await reader.policies())
        let plan = changePlan(reading, record.plan)
        if !plan.lacksHoldingPolicy.isEmpty {
            // Looked at again by the next look.
            try await makeHoldingPolicies(plan.lacksHoldingPolicy)
            return false
        }
        // Policies and offerings that are new, in catalogs that may be new.
        var added: [PlannedChange] = []
        var blockers: [MaintenanceBlocker] = []
        for change in plan.changes {
            guard let entry = known["\(change.system)/\(change.object)"] else {
                added.append(change)
                continue
            }
            switch entry.state {
            case .done: blockers.append(opened(change, record))
            // It was so already when its turn came, and is not any more.
            case .reverted, .gone: added.append(change)
            case .intended, .applied, .reverting, .conflict: continue
            }
        }
        if !added.isEmpty {
            logger.warning("policies or offerings were added to CSA", metadata: ["names": "\(added.map(\.title))"])
            try await apply(added, record, keeper)
        }
        state.withLock { state in
            // Offerings are looked at less often: what was found stays until then.
            let kept = isFull ? [] : state.watched.filter { !$0.name.hasPrefix(Self.policyBlocker) }
            state.watched = blockers + kept
            state.watchedAt = now
            if isFull { state.readAllAt = now }
            if !added.isEmpty { state.addedAt = wall }
            state.provenDrain = added.isEmpty && (isLast || isProven) ? drain : nil
        }
        // It may have begun anew meanwhile.
        return drain != nil && added.isEmpty && endedDrain(of: record) == drain
    }

    /// The drain that is over; nil: none is. One that was quiet while something was open begins anew: what came in by
    /// that may not show yet.
    private func endedDrain(of record: MaintenanceRecord) -> String? {
        // A site that cannot look at CSA's instances waits for none.
        guard record.available.contains(.csaDrain) else { return record.id.description }
        guard let report = drains.report(), report.isDry,
            report.order.id.hasPrefix("\(record.id)/\(record.phase.rawValue)")
        else { return nil }
        if let addedAt = state.withLock({ $0.addedAt }),
            report.systems.contains(where: { $0.quietSince.map { $0 <= addedAt } ?? false })
        {
            logger.notice("something was added to CSA while it drained: the drain begins anew")
            drains.end(report.order.id)
            return nil
        }
        return report.order.id
    }

    private static let policyBlocker = "csa-policy/"

    /// What a person opened again is told, not fought.
    private func opened(_ change: PlannedChange, _ record: MaintenanceRecord) -> MaintenanceBlocker {
        let isPolicy = change.system == CSAChangePlan.policies
        let id = CSAObjectName(change.object, count: 2)?.parts[1] ?? change.object
        return MaintenanceBlocker(
            name: isPolicy ? "\(Self.policyBlocker)\(id)" : "\(change.system)/\(change.object)", part: .csaChanges,
            text: isPolicy
                ? "somebody made the approval policy '\(change.title)' automatic again"
                : "somebody published the offering '\(change.title)' again, or gave it back its approval policy",
            remedy: isPolicy
                ? "make it manual in CSA, or waive this: requests under it go on"
                : "take that back in CSA, or waive this: it can be ordered",
            since: record.phaseSince, canBeWaived: true)
    }
}
