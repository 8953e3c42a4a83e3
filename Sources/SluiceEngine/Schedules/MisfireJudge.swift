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
    let fence: Fence
    let metrics: EngineMetrics
    let onCommitted: @Sendable ([Change]) -> Void

    /// Judges every held launch with a nominal time that this gate lets start.
    ///
    /// A hold that somebody moves meanwhile is left to them; the others are judged by the next try.
    /// - Throws: `StoreError`.
    func judge(_ gate: GateRecord) async throws {
        let inventory = packs.inventory
        var groups: [Schedule: [Hold]] = [:]
        var order: [Schedule] = []
        var query = HoldQuery(states: [.held], limit: HoldQuery.limitMax)
        var count = 0
        let now = clocks.now().wall
        while count < EngineLimits.judgedHoldCountMax {
            let page = try await store.holds(query)
            for hold in page.holds where hold.isMissedTime {
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
        for schedule in order { try await judge(groups[schedule] ?? [], schedule.id, at: now) }
        // What waits for its turn is not judged again by how late that comes, not after a restart either.
        try await store.commit([.judgedMisfires(gate.epoch)], fence: fence)
    }

    private func judge(_ holds: [Hold], _ id: ScheduleID, at now: Timestamp) async throws {
        let sorted = holds.sorted { ($0.nominal, $0.arrival) < ($1.nominal, $1.arrival) }
        guard let newest = sorted.last else { return }
        let policy = policies.choice(
            id: id, name: newest.request.start.runName, flow: newest.request.flow, path: newest.request.flowPath
        ).policy
        let verdicts = MisfireDecision.decide(sorted.map(\.nominal), policy, at: now)
        var changes: [Change] = []
        for (hold, verdict) in zip(sorted, verdicts) {
            let happening: HoldHappening
            let cause: String
            switch verdict {
            case .launch: continue
            case .skip: (happening, cause) = (.discarded, "misfire policy skip: its time passed while it was held")
            case .coalesce(let index):
                (happening, cause) = (
                    .coalesced, "misfire policy latest: hold \(sorted[index].ticket) stands for its schedule"
                )
            case .tooOld:
                (happening, cause) = (.expired, "misfire policy \(policy.sentence): it is older than that")
            }
            if let move = HoldLife.move(hold, happening, at: now, by: .sluice, cause: cause) {
                changes.append(.moveHold(move))
            }
        }
        // Those of Central's schedules were counted when they were recorded, those of an opening before this one then.
        for hold in sorted where hold.principal != .sluice && hold.releasedEpoch == nil { metrics.misfired(policy) }
        var rest = changes[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(EngineLimits.settleBatchCountMax))
            rest = rest.dropFirst(batch.count)
            try await store.commit(batch, fence: fence)
            onCommitted(batch)
        }
    }
}

extension Hold {
    fileprivate var nominal: Timestamp { request.nominalTime ?? arrivedAt }
}
