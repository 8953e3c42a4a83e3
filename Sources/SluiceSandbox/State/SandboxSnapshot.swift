/// What survives a restart of the sandbox, as Central's database would.
///
/// Input values are in it in clear, because executions at their gate still need them: the file is written 0600.
struct SandboxSnapshot: Codable, Sendable {
    var format = 1
    var settings: SandboxSettings
    var flows: [SandboxFlow]
    var executions: [SandboxExecution]
    var bodies: [SandboxBody]
    var nextExecutionID: Int64
    var random: SeededGenerator
    var counts: SandboxState.Counts
    var schedules: [SandboxSchedule]?
    var nextScheduleID: Int64?
    var workers: [SandboxWorker]?
}

extension SandboxState {
    var snapshot: SandboxSnapshot {
        // Executions in the order of their start, so that lists keep theirs; those not started yet come last.
        let started = startOrder.compactMap { executions[$0] }
        let starting = executions.values.filter { $0.stage == .starting }.sorted { $0.id < $1.id }
        return SandboxSnapshot(
            settings: settings, flows: orderedFlows, executions: started + starting, bodies: bodies,
            nextExecutionID: nextExecutionID, random: random, counts: counts,
            schedules: schedules, nextScheduleID: nextScheduleID, workers: workers)
    }

    /// Takes a snapshot's content in; flows of the configuration win over the snapshot's.
    ///
    /// What was due meanwhile happens at the next `advance`, at its own time. A question that was on the wire is put
    /// again with the same `askId`.
    mutating func restore(_ snapshot: SandboxSnapshot, at now: EpochMilliseconds) {
        reset()
        settings = snapshot.settings
        for flow in snapshot.flows where flows[flow.id] == nil { add(flow) }
        bodies = snapshot.bodies
        nextExecutionID = max(nextExecutionID, snapshot.nextExecutionID)
        random = snapshot.random
        counts = snapshot.counts
        schedules = snapshot.schedules ?? []
        if let known = snapshot.workers { workers = known }
        nextScheduleID = max(nextScheduleID, snapshot.nextScheduleID ?? 0)
        for schedule in schedules {
            if let at = schedule.nextFireTime { deadlines.insert(.scheduleFires, of: schedule.id, at: at) }
        }
        for var execution in snapshot.executions {
            let isUnasked = execution.stage == .atGate && execution.asking?.verdict == nil
            if isUnasked {
                let plannedAt = execution.asking?.nextAt ?? now
                execution.asking?.isOnTheWire = false
                execution.asking?.nextAt = plannedAt
            }
            // A report that was on the wire is put again: CSA takes the same end twice.
            if execution.stage == .callingBack, execution.status != .paused {
                let plannedAt = execution.callback?.nextAt ?? now
                execution.callback?.isOnTheWire = false
                execution.callback?.nextAt = plannedAt
            }
            let id = execution.id
            executions[id] = execution
            if execution.stage == .starting {
                deadlines.insert(.startTakesEffect, of: id, at: execution.startedAt)
            } else {
                startOrder.append(id)
            }
            if isUnasked, let at = execution.asking?.nextAt { deadlines.insert(.askGate, of: id, at: at) }
            if let at = execution.callback?.nextAt { deadlines.insert(.callBack, of: id, at: at) }
            if let at = execution.bodyEndsAt { deadlines.insert(.bodyEnds, of: id, at: at) }
            if let at = execution.settlesAt { deadlines.insert(.statusSettles, of: id, at: at) }
            if let at = execution.purgeAt { deadlines.insert(.purge, of: id, at: at) }
        }
    }
}
