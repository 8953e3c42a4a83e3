import ServiceLifecycle
public import SluiceCore
public import SluiceModel
import SluicePorts
import Synchronization

/// Tells which of CSA's own clocks fire before the expected end, or soon: blockers by name, until they are waived or
/// moved.
///
/// CSA is read anew once this is wished for in a phase, so that it is known right before CSA may be stopped, and again
/// every `CSASurveyLimits.clockInterval`.
public final class InternalClocksWorker: MaintenanceWorker {
    private struct State {
        /// Grows whenever what was read does not count any more.
        var generation = 0
        var phase: Phase?
        var reading: (clocks: InternalClocks, begunAt: MonotonicTime)?
    }

    private struct Phase: Hashable {
        var maintenance: MaintenanceID
        var phase: MaintenancePhase
        var since: Timestamp
    }

    private let survey: CSASurvey
    private let state = Mutex(State())

    public init(_ survey: CSASurvey) { self.survey = survey }

    public var parts: Set<MaintenancePart> { [.internalClocks] }

    /// - Throws: `CSAError` when CSA cannot be read.
    public func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        guard let clocks = try await clocks(for: record) else {
            return PartReport(.init(goal: wish.goal, isReached: false))
        }
        let now = survey.clocks.now().wall
        let waived = Set(record.waivers.map(\.blocker))
        let shown = clocks.shown(
            from: now, to: record.plan.expectedEnd, takesOrders: record.plan.csaMode == .accept)
        let left = shown.filter { !waived.contains($0.name) }
        let named = left.prefix(MaintenanceLimits.blockerCountMax / 2).map { clock in
            MaintenanceBlocker(
                name: clock.name, part: .internalClocks, text: clock.text, remedy: InternalClocks.remedy,
                since: record.phaseSince, canBeWaived: true)
        }
        return PartReport(
            .init(
                goal: wish.goal, isReached: left.isEmpty, doneCount: shown.count - left.count, totalCount: shown.count,
                blockers: Array(named), unnamedBlockerCount: left.count - named.count))
    }

    /// What was read in this phase and is fresh; else it reads. nil: it was not wished for any more meanwhile, so
    /// whatever was found is of before.
    private func clocks(for record: MaintenanceRecord) async throws -> InternalClocks? {
        let now = survey.clocks.now().monotonic
        let phase = Phase(maintenance: record.id, phase: record.phase, since: record.phaseSince)
        let (fresh, generation) = state.withLock { state -> (InternalClocks?, Int) in
            if state.phase != phase {
                state.phase = phase
                state.reading = nil
                state.generation += 1
            }
            guard let reading = state.reading, now.since(reading.begunAt) < CSASurveyLimits.clockInterval else {
                return (nil, state.generation)
            }
            return (reading.clocks, state.generation)
        }
        if let fresh { return fresh }
        let read = try await cancelWhenGracefulShutdown { [survey] in try await survey.internalClocks() }
        return state.withLock { state in
            guard state.generation == generation else { return nil }
            state.reading = (read, now)
            return read
        }
    }

    public func rest(_ wishes: [PartWish], of record: MaintenanceRecord?) {
        guard !wishes.contains(where: { parts.contains($0.part) }) else { return }
        state.withLock { state in
            state.reading = nil
            state.phase = nil
            state.generation += 1
        }
    }

    public func preflight(_ plan: MaintenancePlan) async -> [PreflightFinding] {
        guard plan.systems.includesCSA else { return [] }
        let now = survey.clocks.now().wall
        switch await survey.internalClocksInTime() {
        case nil:
            return [
                finding(
                    .warning, "csa-clocks-unknown",
                    "CSA's own clocks were not read within \(CSASurveyLimits.preflightTimeout.components.seconds) s",
                    remedy: "start it all the same: they are read before CSA may be stopped")
            ]
        case .failure(let error):
            let remedy =
                (error as? CSAError)?.isFinal == true
                ? "put csa.username and its password right; it is not tried again by itself"
                : "start CSA, or put csa.url and the roles of csa.username right"
            return [
                finding(.error, "csa-clocks-unreadable", "CSA's own clocks cannot be read: \(error)", remedy: remedy)
            ]
        case .success(let clocks):
            let start = max(now, plan.startsAt ?? now)
            return findings(clocks.shown(from: start, to: plan.expectedEnd, grace: .zero))
        }
    }

    private func findings(_ shown: [InternalClocks.Shown]) -> [PreflightFinding] {
        let named = shown.prefix(CSASurveyLimits.preflightClockCountMax)
        var findings = named.map { clock in
            finding(
                .warning, "csa-clock", "\(clock.text); only stopping CSA stops it",
                remedy: "stop CSA before then, move the date, or waive \(clock.name) when it is asked for")
        }
        if shown.count > named.count {
            findings.append(
                finding(
                    .warning, "csa-clocks-more",
                    "\(shown.count - named.count) more of CSA's own clocks fire before the expected end",
                    remedy: "choose another time, or waive them"))
        }
        return findings
    }

    private func finding(
        _ severity: PreflightFinding.Severity, _ code: String, _ text: String, remedy: String
    ) -> PreflightFinding {
        PreflightFinding(severity, code, .internalClocks, text, remedy: remedy)
    }
}
