import SluiceCore
import SluiceModel
import SluicePorts

/// Applies misfire policies when the gate opens: to the holds of each schedule, of Central or beside it, by the table
/// of `MisfireDecision`. What is not launched ends with the policy as its cause.
///
/// Two askers may use one name: a schedule is its id, its asker and its flow.
struct MisfireJudge: Sendable {
    private struct Schedule: Hashable {
        var id: ScheduleID
        var principal: Principal
        var flow: FlowID
    }

    let policies: MisfirePolicies
    let packs: PackShelf
    let store: any Store
    let clocks: any Clocks
    let fence: FenceSource
    let metrics: EngineMetrics
    let onCommitted: @Sendable ([Change]) -> Void

    /// Judges every held launch with a nominal time that this gate lets start.
    ///
    /// A hold that somebody moves meanwhile is left to them; the others are judged by the next try.
    /// - Throws: `StoreError`.
    func judge(_ gate: GateRecord) async throws {
        // What comes back for one that a policy ended is judged too.
        for _ in 0..<EngineLimits.judgePassCountMax {
            guard try await judgeOnce(gate) else { break }
        }
        // What waits for its turn is not judged again by how late that comes, not after a restart either.
        try await store.commit([.judgedMisfires(gate.epoch)], fence: fence.current)
    }

    /// - Returns: Whether a hold may have come back for one that a policy ended.
    private func judgeOnce(_ gate: GateRecord) async throws -> Bool {
        let inventory = packs.inventory
        var groups: [Schedule: [Hold]] = [:]
        var order: [Schedule] = []
        var query = HoldQuery(states: [.held], limit: HoldQuery.limitMax)
        query.isMissedTime = true
        var count = 0
        let now = clocks.now().wall
        while count < EngineLimits.judgedHoldCountMax {
            let page = try await store.holds(query)
            for hold in page.holds {
                guard let id = hold.request.scheduleID, let nominal = hold.request.nominalTime, nominal <= now else {
                    continue
                }
                let pack = inventory[hold.request.flow]?.contentPack
                guard gate.mode(for: hold.request, contentPack: pack).mode.isOpen else { continue }
                let schedule = Schedule(id: id, principal: hold.principal, flow: hold.request.flow)
                if groups[schedule] == nil { order.append(schedule) }
                // Only what the decision needs is kept of it.
                var kept = hold
                kept.request.inputs = []
                groups[schedule, default: []].append(kept)
                count += 1
            }
            guard let next = page.next else { break }
            query.after = next
        }
        var isSucceeded = false
        for schedule in order where try await judge(groups[schedule] ?? [], schedule.id, at: now) {
            isSucceeded = true
        }
        return isSucceeded
    }

    private func judge(_ holds: [Hold], _ id: ScheduleID, at now: Timestamp) async throws -> Bool {
        let sorted = holds.sorted { ($0.nominal, $0.arrival) < ($1.nominal, $1.arrival) }
        guard let newest = sorted.last else { return false }
        // What a plugin said of the newest one is the more particular.
        let policy =
            newest.request.misfirePolicy
            ?? policies.choice(
                id: id, name: newest.request.start.runName, flow: newest.request.flow, path: newest.request.flowPath
            ).policy
        let verdicts = MisfireDecision.decide(sorted.map(\.nominal), policy, at: now)
        var steps: [[Change]] = []
        for (hold, verdict) in zip(sorted, verdicts) {
            let happening: HoldHappening
            let cause: String
            var update = HoldUpdate()
            switch verdict {
            case .launch: continue
            case .skip: (happening, cause) = (.discarded, "misfire policy skip: its time passed while it was held")
            case .coalesce(let index):
                (happening, cause) = (
                    .coalesced, "misfire policy latest: hold \(sorted[index].ticket) stands for its schedule"
                )
                update.representative = sorted[index].ticket
            case .tooOld:
                (happening, cause) = (.expired, "misfire policy \(policy.sentence): it is older than that")
            }
            if let move = HoldLife.move(hold, happening, at: now, by: .sluice, cause: cause, update: update) {
                steps.append(HoldLife.changes(move, of: hold, isMisfire: true))
            }
        }
        // Those of Central's schedules were counted when they were recorded, those of an opening before this one then.
        for hold in sorted where hold.principal != .sluice && hold.releasedEpoch == nil { metrics.misfired(policy) }
        // What a hold's end brings about is committed with it.
        for batch in ChangeBatches.of(steps, limit: EngineLimits.settleBatchCountMax) {
            try await store.commit(batch, fence: fence.current)
            onCommitted(batch)
        }
        return steps.contains { $0.count > 1 }
    }
}

extension Hold {
    fileprivate var nominal: Timestamp { request.nominalTime ?? arrivedAt }
}
