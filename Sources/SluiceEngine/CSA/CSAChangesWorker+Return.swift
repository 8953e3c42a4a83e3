import Logging
import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// The way back.
extension CSAChangesWorker {
    func back(_ wish: PartWish, _ record: MaintenanceRecord, _ keeper: JournalKeeper) async throws -> PartReport {
        let status = keeper.status()
        let isOwn = status.owner == record.id
        if isOwn, !status.isReturning, !status.isSettled {
            // What was read before an upgrade is not sent after it; ids of persons change with a restore.
            _ = try? await site.client.logIn()
            let answer = await keeper.revert(record.id, by: .sluice, reason: MaintenanceGate.reason(of: record))
            if case .notWritten(let cause) = answer {
                logger.warning("CSA's changes are not being put back yet", metadata: ["cause": "\(cause)"])
            }
        }
        let now = keeper.status()
        let settled = [JournalState.reverted, .gone, .conflict].compactMap { now.counts[$0] }.reduce(0, +)
        // Whoever waived one keeps none of the others from being named.
        let waived = Set(record.waivers.map(\.blocker))
        let lost = try await lost(of: record, keeper).map { blocker(lost: $0) }.filter { !waived.contains($0.name) }
        let named = lost.prefix(MaintenanceLimits.blockerCountMax / 4)
        return PartReport(
            .init(
                goal: wish.goal, isReached: !isOwn || now.isSettled, doneCount: isOwn ? settled - now.askingCount : 0,
                totalCount: isOwn ? now.counts.values.reduce(0, +) : 0,
                blockers: blockers(now, record, keeper) + named, unnamedBlockerCount: lost.count - named.count))
    }

    /// What was changed and is not there any more: settled for the journal, which has nothing to put back, and told to
    /// a person, for CSA may not show everything right after it started (csa-api.md section 12, "policy deleted").
    private func lost(of record: MaintenanceRecord, _ keeper: JournalKeeper) async throws -> [JournalEntry] {
        if keeper.status().owner == record.id {
            state.withLock { $0.lost = nil }
            return keeper.lost()
        }
        // After a restart nobody needs the journal of what is settled, so it is not in memory.
        if let lost = state.withLock({ $0.lost }) { return lost }
        let entries = try await JournalKeeper.entries(of: record.id, in: store)
        let newest = Dictionary(entries.map { ("\($0.system)/\($0.object)", $0.id) }) { _, newer in newer }
        let lost = entries.filter { $0.isLost && newest["\($0.system)/\($0.object)"] == $0.id }
        state.withLock { $0.lost = lost }
        return lost
    }

    private func blocker(lost entry: JournalEntry) -> MaintenanceBlocker {
        MaintenanceBlocker(
            name: "journal-gone/\(entry.id)", part: .csaChanges,
            text: "\(entry.system) '\(entry.title)': \(entry.cause)",
            remedy: "if CSA shows it again: sluice maintenance decide '\(entry.id)' put-back; else make it anew if it "
                + "is still wanted, and waive this", since: entry.since, canBeWaived: true)
    }

    /// Conflicts to be decided, and what does not get on.
    func blockers(
        _ status: JournalKeeper.Status, _ record: MaintenanceRecord, _ keeper: JournalKeeper
    ) -> [MaintenanceBlocker] {
        guard status.owner == record.id else { return [] }
        var blockers = keeper.asking().prefix(MaintenanceLimits.blockerCountMax / 2).map { entry in
            MaintenanceBlocker(
                name: "journal/\(entry.id)", part: .csaChanges,
                text: "\(entry.system) '\(entry.title)': \(entry.cause)",
                remedy: "decide it: sluice maintenance decide '\(entry.id)' keep, or put-back", since: entry.since,
                canBeWaived: false)
        }
        blockers += status.troubles.map { trouble in
            MaintenanceBlocker(
                name: "journal-trouble/\(trouble.system ?? "store")", part: .csaChanges, text: trouble.cause,
                remedy: trouble.asks
                    ? "put it right, then have it tried again: sluice maintenance retry \(trouble.system ?? "")"
                    : "solve it; it is tried again all the time", since: record.phaseSince, canBeWaived: false)
        }
        return blockers
    }
}
