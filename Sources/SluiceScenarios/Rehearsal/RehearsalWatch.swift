import SluiceModel

/// Keeps what is seen of a maintenance while it goes on.
struct RehearsalWatch {
    private(set) var phases: [RehearsalReport.Phase] = []
    private(set) var dryAt: Timestamp?
    private(set) var unnamedBlockerCount = 0
    private var lookedAt: Timestamp?
    private var blockers: [String: RehearsalReport.Blocker] = [:]

    /// Takes in how it stands.
    /// - Returns: Phases that are new since the last time.
    mutating func see(
        _ record: MaintenanceRecord, _ waiting: [MaintenanceBlocker], unnamed: Int, at now: Timestamp
    ) -> [RehearsalReport.Phase] {
        let known = phases.count
        phases = []
        for step in record.steps where step.phase != phases.last?.phase {
            if !phases.isEmpty { phases[phases.count - 1].until = step.at }
            phases.append(.init(phase: step.phase, from: step.at))
        }
        if dryAt == nil { dryAt = phases.first { $0.phase == .quiesced }?.from }
        unnamedBlockerCount = max(unnamedBlockerCount, unnamed)
        for blocker in waiting {
            if var seen = blockers[blocker.name] {
                // It may have been gone meanwhile.
                if seen.until == lookedAt { seen.lasted += now.since(seen.until) }
                seen.until = now
                seen.text = blocker.text
                blockers[blocker.name] = seen
            } else if blockers.count < RehearsalLimits.blockerCountMax {
                blockers[blocker.name] = .init(
                    name: blocker.name, part: blocker.part, phase: record.phase, text: blocker.text, from: now,
                    until: now)
            } else {
                unnamedBlockerCount += 1
            }
        }
        lookedAt = now
        return Array(phases.dropFirst(known))
    }

    /// The one that lasted longest first.
    var sortedBlockers: [RehearsalReport.Blocker] {
        blockers.values.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
    }
}
