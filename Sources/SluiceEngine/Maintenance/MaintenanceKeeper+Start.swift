import SluiceCore
import SluiceForecast
public import SluiceModel
import SluicePorts
import Synchronization

/// Plans, and how they start by themselves: at a time, or when a window begins.
extension MaintenanceKeeper {
    /// Causes of one failed start that are told.
    private static let causeCountMax = 5
    /// Occurrences of a window that are looked at to find the one that a plan starts with.
    private static let occurrenceCountMax = 20

    /// What is wrong with a plan here and now, one sentence each; empty: nothing.
    /// - Throws: `StoreError`.
    public func problems(of plan: MaintenancePlan) async throws -> [String] {
        let now = clocks.now().wall
        var problems = plan.problems(at: now)
        let parts = parts
        if plan.systems.includesCSA, !parts.contains(.csaDrain) {
            problems.append("systems \(plan.systems.rawValue) needs CSA, and csa.url is not configured")
        }
        if plan.systems.includesOO, !parts.contains(.ooDrain) {
            problems.append("systems \(plan.systems.rawValue) needs Central, and central.url is not configured")
        }
        if let id = plan.window { problems += try await self.problems(of: plan, with: id, at: now) }
        let open = try await store.maintenances(limit: MaintenanceLimits.openCountMax)
        if open.count(where: { !$0.phase.isFinal }) >= MaintenanceLimits.openCountMax {
            problems.append("\(MaintenanceLimits.openCountMax) maintenances are planned; abort some first")
        }
        return problems
    }

    private func problems(of plan: MaintenancePlan, with id: WindowID, at now: Timestamp) async throws -> [String] {
        guard let window = windows.ledger.window(id), !window.isCancelled else {
            return ["window \(id) is not planned; sluice window list shows those that are"]
        }
        var problems: [String] = []
        if window.kind == .blackout { problems.append("window \(id) is a blackout: no maintenance begins in it") }
        if window.startsByItself {
            problems.append(
                "window \(id) closes the gate by itself: take one without autoStart, for the maintenance closes it, "
                    + "and opens it again")
        }
        if let scope = window.scope, scope != plan.scope {
            problems.append(
                "window \(id) is for \(scope), and the plan for \(plan.scope?.description ?? "all launches")")
        }
        guard now < plan.expectedEnd else { return problems }
        let found = try await windows.occurrences(
            of: id, in: now..<plan.expectedEnd, limit: Self.occurrenceCountMax)
        guard let next = found.occurrences.first(where: { $0.state == .scheduled }) else {
            return problems + ["window \(id) does not begin before the expected end, \(plan.expectedEnd)"]
        }
        if plan.expectedEnd.since(next.start) > MaintenanceLimits.durationMax {
            problems.append(
                "end \(plan.expectedEnd) is more than \(MaintenanceLimits.dayCountMax) days after window \(id) begins, "
                    + "\(next.start)")
        }
        return problems
    }

    /// What stands against a plan, or is to be known before it starts: the worst first.
    public func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        await withTaskGroup(of: (Int, [PreflightFinding]).self) { group in
            for (index, worker) in workers.enumerated() {
                group.addTask { (index, await worker.preflight(plan)) }
            }
            var all: [(Int, [PreflightFinding])] = []
            for await found in group { all.append(found) }
            let findings = all.sorted { $0.0 < $1.0 }.flatMap(\.1)
            return PreflightFinding.Severity.allCases.flatMap { severity in
                findings.filter { $0.severity == severity }
            }
        }
    }

    /// Plans whose time has come, or whose window has begun, start by themselves, unless something stands against it:
    /// then the owner is told, and each window that begins later tries it once more.
    func startDue() async {
        let now = clocks.now().wall
        let planned = state.withLock { $0.machines.values.map(\.record).filter { $0.phase == .planned } }
        guard planned.contains(where: { $0.plan.startsAt != nil || $0.plan.window != nil }) else { return }
        let begun = windows.ledger.begunOccurrences
        let due = planned.filter { record in
            guard let time = Self.dueTime(of: record, at: now, begun) else { return false }
            return record.remindedAt.map { $0 < time } ?? true
        }
        for record in due.sorted(by: { $0.id < $1.id }) { await start(record) }
    }

    /// When a plan's time came; nil: it has not.
    static func dueTime(of record: MaintenanceRecord, at now: Timestamp, _ begun: [WindowOccurrence]) -> Timestamp? {
        if let startsAt = record.plan.startsAt { return startsAt <= now ? startsAt : nil }
        guard let window = record.plan.window else { return nil }
        // One that was open before the plan was made does not start it.
        return begun.filter { $0.window == window && $0.stateSince >= record.plannedAt }.map(\.stateSince).max()
    }

    private func start(_ record: MaintenanceRecord) async {
        var causes = underWay().map { ["maintenance \($0.id) is under way, in \($0.phase.rawValue)"] } ?? []
        causes += await preflight(record.plan).filter { $0.severity == .error }.map(\.text)
        if causes.isEmpty {
            let reason = record.plan.window.map { "window \($0) has begun" } ?? "its time has come"
            switch try? await order(.start(available: parts), of: record.id, by: .sluice, reason: reason) {
            // What could not be written is tried again at the next look.
            case nil, .moved, .refused(.busy), .refused(.notWritten): return
            case .refused(.invalid(let problems)): causes = problems
            case .refused(let refusal): causes = ["\(refusal)"]
            }
        }
        let more = causes.count - Self.causeCountMax
        let told = causes.prefix(Self.causeCountMax) + (more > 0 ? ["and \(more) more"] : [])
        handle(.startFailed(cause: told.joined(separator: "; ")), of: record.id)
    }
}
