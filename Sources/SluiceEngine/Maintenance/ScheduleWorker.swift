import SluiceCore
import SluiceModel
import SluicePorts

/// Disables Central's schedules, and enables again exactly those.
struct ScheduleWorker: MaintenanceWorker {
    let freezer: @Sendable () -> ScheduleFreezer?
    /// Flows that a scope is about, when it is not about all.
    let flows: @Sendable (Scope) -> [FlowID]

    var parts: Set<MaintenancePart> { freezer() == nil ? [] : [.schedules] }

    /// A scope that schedules do not have, such as a tenant, is not theirs.
    private func selection(_ plan: MaintenancePlan) -> ScheduleSelection? {
        switch plan.scope {
        case nil, .source(.scheduler): .all
        case .flow(let flow): ScheduleSelection(flows: [flow])
        case .path(let glob): ScheduleSelection(paths: [glob])
        case .contentPack(let name): packed(flows(.contentPack(name)))
        case .source, .tenant: nil
        }
    }

    /// Without flows it would be about all.
    private func packed(_ flows: [FlowID]) -> ScheduleSelection? {
        flows.isEmpty ? nil : ScheduleSelection(flows: Array(flows.prefix(ScheduleSelection.partCountMax)))
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        guard let freezer = freezer(), let selection = selection(record.plan) else {
            return PartReport(.init(goal: wish.goal, isReached: true))
        }
        let status = freezer.status()
        // Another replica may have frozen them.
        guard status.isRead else { return PartReport(.init(goal: wish.goal, isReached: false)) }
        let open = status.openCounts.values.reduce(0, +)
        var blockers: [MaintenanceBlocker] = []
        if let trouble = status.trouble {
            blockers.append(
                MaintenanceBlocker(
                    name: "schedules", part: .schedules, text: trouble,
                    remedy: "solve it, or give up on single ones (sluice oo waive); it is tried again all the time",
                    since: status.order?.since ?? record.phaseSince, canBeWaived: false))
        }
        // Also when somebody froze more of them meanwhile.
        let isOurs = status.order?.cause.contains("[\(record.id)]") ?? false
        let isShared = isOurs && status.order?.by != .sluice
        switch (wish.goal, status.phase) {
        case (.made, .frozen) where !isOurs, (.made, .freezing) where !isOurs:
            let order = status.order
            blockers.append(
                MaintenanceBlocker(
                    name: "schedules-frozen", part: .schedules,
                    text: "schedules are frozen already, by \(order?.by.text ?? "somebody"): \(order?.cause ?? "")",
                    remedy: "thaw them (sluice oo thaw), or waive this: what is frozen stays so, and nothing more is",
                    since: order?.since ?? record.phaseSince, canBeWaived: true))
            return PartReport(.init(goal: .made, isReached: true, blockers: blockers))
        // What a person froze is theirs to thaw.
        case (.back, _) where !isOurs && status.phase != .thawing:
            return PartReport(.init(goal: .back, isReached: true))
        case (.back, .frozen) where isShared, (.back, .freezing) where isShared:
            let order = status.order
            blockers.append(
                MaintenanceBlocker(
                    name: "schedules-shared", part: .schedules,
                    text: "schedules that the maintenance disabled were frozen once more, by "
                        + "\(order?.by.text ?? "somebody"): \(order?.cause ?? "")",
                    remedy: "thaw them (sluice oo thaw), or waive this: all of them stay disabled",
                    since: order?.since ?? record.phaseSince, canBeWaived: true))
            return PartReport(.init(goal: .back, isReached: true, blockers: blockers))
        case (.made, .idle):
            let answer = await freezer.freeze(
                selection, by: .sluice, reason: MaintenanceGate.reason(of: record))
            if case .notWritten(let cause) = answer { throw StoreError(.unavailable, cause) }
        case (.made, .frozen) where status.isIncomplete:
            blockers.append(
                MaintenanceBlocker(
                    name: "schedules-incomplete", part: .schedules,
                    text: "enabled schedules kept appearing while they were frozen",
                    remedy: "find who makes them; they are frozen as they are seen, or waive it",
                    since: record.phaseSince,
                    canBeWaived: true))
            return PartReport(
                .init(goal: .made, isReached: true, doneCount: open, totalCount: open, blockers: blockers))
        case (.made, .frozen):
            return PartReport(.init(goal: .made, isReached: true, doneCount: open, totalCount: open))
        case (.back, .idle): return PartReport(.init(goal: .back, isReached: true))
        case (.back, .frozen), (.back, .freezing):
            // All that this order is about: a thaw of a part leaves the order in force.
            _ = await freezer.thaw(.all, by: .sluice, reason: MaintenanceGate.reason(of: record))
        default: break
        }
        let done = status.openCounts[wish.goal == .made ? .done : .reverting] ?? 0
        return PartReport(
            .init(goal: wish.goal, isReached: false, doneCount: done, totalCount: open, blockers: blockers))
    }
}
