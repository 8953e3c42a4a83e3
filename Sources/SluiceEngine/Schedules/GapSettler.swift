import Logging
import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts

/// What Central makes of the times a schedule missed, once it is enabled again; OO's rule is not proven (fact 13).
public enum CatchUp: String, Hashable, Sendable, CaseIterable {
    /// Nothing: our own holds are made at once.
    case none
    /// What Quartz would do: one launch at once stands for the newest missed time, or a burst for each.
    case once
    /// Nobody knows: we look for one in Central's list before we make a hold of the newest missed time.
    case unknown
}

/// Ends the gap of one schedule: a row for each missed time, holds for those that the policy launches, and the journal
/// entry in its last state, such that nothing is launched twice and a crash in between can be repeated.
struct GapSettler: Sendable {
    let reader: ScheduleReader
    let catchUp: CatchUp
    let search: CatchUpSearch
    let store: any Store
    let minter: Minter
    let clocks: any Clocks
    let fence: FenceSource
    let epoch: @Sendable () -> Epoch
    let metrics: EngineMetrics
    let logger: Logger
    let onCommitted: @Sendable ([Change]) -> Void

    /// - Parameter siblings: Central's other schedules of the same flow that are enabled.
    /// - Throws: `StoreError`, `CentralError`, `SealingError`; what is written by then is found by the next try.
    func settle(
        _ settlement: Settlement, _ schedule: CentralSchedule?, siblings: [CentralSchedule]
    ) async throws {
        var entry = settlement.entry
        var steps: [[Change]] = []
        if settlement.exists, var schedule, let from = entry.gapFrom {
            if schedule.sensitiveInputNames.isEmpty {
                // A Central that names them no more keeps them all the same.
                schedule.sensitiveInputNames = entry.sensitiveInputNames
            }
            let gap = try await gap(settlement, schedule, siblings, from)
            steps = gap.steps
            if let remark = gap.remark { entry.cause += "; \(remark)" }
        }
        // A hold is never without the row that keeps the next try from making it again.
        let batches = ChangeBatches.of(steps, limit: EngineLimits.settleBatchCountMax)
        for batch in batches.dropLast() { try await commit(batch) }
        try await commit((batches.last ?? []) + [.journal(entry, replacing: settlement.replacing)])
    }

    private func commit(_ changes: [Change]) async throws {
        try await store.commit(changes, fence: fence.current)
        onCommitted(changes)
        for case .addMissed(let time) in changes { metrics.missed(time) }
    }

    /// - Returns: Steps that are written whole or not at all, in the order of their times.
    private func gap(
        _ settlement: Settlement, _ schedule: CentralSchedule, _ siblings: [CentralSchedule], _ from: Timestamp
    ) async throws -> (steps: [[Change]], remark: String?) {
        let entry = settlement.entry
        let now = clocks.now().wall
        let end = entry.gapTo ?? now
        let choice = reader.choice(for: schedule)
        guard let trigger = reader.trigger(of: schedule, since: from) else {
            return ([], "when it fires cannot be read from '\(schedule.triggerExpression)', so nothing is launched")
        }
        let fires = trigger.fires(in: from.next..<max(from, end).next, limit: EngineLimits.missedTimeCountMax)
        var times = fires.times
        var cutAt: Timestamp?
        if fires.isCut, let newest = trigger.previous(before: end.next), newest > times.last ?? .zero {
            cutAt = trigger.next(after: times.last ?? .zero)
            times.append(newest)
        }
        let isSearched = settlement.isOurs && !times.isEmpty
        let own = isSearched ? try await ownLaunch(of: schedule, trigger, siblings, entry) : .seen(.none)
        let isDone = try await store.lastMissed(of: schedule.id) ?? .zero
        let verdicts = MisfireDecision.decide(times, choice.policy, at: now)
        var steps: [[Change]] = []
        for (index, time) in times.enumerated() where time > isDone {
            var missed = row(schedule, time, choice.policy, .held, "")
            let isNewest = index == times.count - 1
            if !settlement.isOurs {
                missed.outcome = .leftAlone
                missed.cause = entry.cause
            } else if let obstacle = reader.obstacle(of: schedule) {
                missed.outcome = .notReplayable
                missed.cause = "\(obstacle): left to Central's own catch-up"
            } else {
                decide(
                    &missed, verdicts[index], isNewest || schedule.isFiredInABurst ? own : .seen(.none), times: times)
            }
            var step: [Change] = []
            if let cutAt, isNewest, cutAt < time {
                // With the newest or not at all: the next try looks only behind the last row.
                step.append(.addMissed(row(schedule, cutAt, choice.policy, .cut, Self.cutCause)))
            }
            if missed.outcome == .held, let flow = schedule.flow {
                let hold = try hold(schedule, flow, missed, policy: choice.policy, now)
                missed.ticket = hold.ticket
                step.append(.addHold(hold))
                if isNewest || schedule.isFiredInABurst, case .seen(.doubtful) = own,
                    let move = HoldLife.move(hold, .stranded, at: now, by: .sluice, cause: missed.cause)
                {
                    step.append(.moveHold(move))
                }
            }
            steps.append(step + [.addMissed(missed)])
        }
        steps += uncertain(settlement, schedule, trigger, choice.policy, after: isDone)
        var remark: String?
        if case .seen(.seen(let id)) = own, !verdicts.contains(.launch) {
            remark =
                "Central launched execution \(id) for its missed times by itself, though its policy is to skip them"
        }
        return (steps, remark)
    }

    private func row(
        _ schedule: CentralSchedule, _ time: Timestamp, _ policy: MisfirePolicy, _ outcome: MissedTime.Outcome,
        _ cause: String
    ) -> MissedTime {
        MissedTime(
            schedule: schedule.id, nominalTime: time, title: schedule.name, policy: policy.sentence, outcome: outcome,
            at: clocks.now().wall, cause: cause)
    }

    private func decide(
        _ missed: inout MissedTime, _ verdict: MisfireDecision.Verdict, _ own: OwnLaunch, times: [Timestamp]
    ) {
        switch verdict {
        case .launch:
            missed.cause = "missed while its schedule was frozen"
            switch own {
            case .seen(.none): break
            case .seen(.doubtful(let id)):
                missed.cause =
                    "Central may have launched execution \(id) for it by itself: retry it if that is something else, "
                    + "or discard it"
            case .seen(.seen(let id)):
                missed.outcome = .caughtUp
                missed.executionID = id
                missed.cause = "Central launched execution \(id) for it by itself"
            case .expected:
                missed.outcome = .caughtUp
                missed.cause = "left to Central's own catch-up, as central.catchUp says"
            }
        case .skip:
            missed.outcome = .skipped
            missed.cause = "its policy is skip"
        case .coalesce(let index):
            missed.outcome = .coalesced
            missed.cause = "the time \(times[index].rfc3339) stands for it"
        case .tooOld:
            missed.outcome = .tooOld
            missed.cause = "it was older than its policy allows when it could start"
        }
    }

    private func hold(
        _ schedule: CentralSchedule, _ flow: FlowID, _ missed: MissedTime, policy: MisfirePolicy, _ now: Timestamp
    ) throws -> Hold {
        let request = try reader.request(
            schedule, flow, nominal: missed.nominalTime, isOneOfMany: policy != .latest)
        var hold = Hold(
            ticket: minter.ticket(), request: request, principal: .sluice, reason: .maintenance, epoch: epoch(),
            arrivedAt: now)
        hold.cause = "its schedule was frozen at \(missed.nominalTime.rfc3339)"
        // Held all the same (R29): whoever looks at it sees that its schedule is over.
        if let end = schedule.endDate, end <= now { hold.cause? += "; the schedule ended meanwhile, at \(end.rfc3339)" }
        return hold
    }

    /// Times after which Central fired, and that may have been in time for it.
    private func uncertain(
        _ settlement: Settlement, _ schedule: CentralSchedule, _ trigger: Trigger, _ policy: MisfirePolicy,
        after isDone: Timestamp
    ) -> [[Change]] {
        guard let gapTo = settlement.entry.gapTo, let end = settlement.entry.uncertainTo else { return [] }
        let from = max(gapTo, isDone)
        guard from < end else { return [] }
        let fires = trigger.fires(in: from.next..<end, limit: EngineLimits.settleBatchCountMax)
        var rows = fires.times.map {
            row(
                schedule, $0, policy, .uncertain,
                "Central fired after it, and whether it fired for it too is not known")
        }
        if fires.isCut, let next = trigger.next(after: fires.times.last ?? from) {
            rows.append(row(schedule, next, policy, .cut, Self.cutCause))
        }
        return rows.map { [.addMissed($0)] }
    }

    private static let cutCause = "more times were missed than kept"

    // MARK: Central's own launch

    private enum OwnLaunch {
        /// Looked for, or known to be none.
        case seen(CatchUpSearch.Finding)
        /// Not looked for: the configuration says that there is one.
        case expected
    }

    private func ownLaunch(
        of schedule: CentralSchedule, _ trigger: Trigger, _ siblings: [CentralSchedule], _ entry: JournalEntry
    ) async throws -> OwnLaunch {
        switch catchUp {
        case .none: return .seen(.none)
        case .once: return schedule.isCaughtUpByQuartz ? .expected : .seen(.none)
        case .unknown:
            guard let flow = schedule.flow, let sentAt = entry.revertedAt else { return .seen(.none) }
            return .seen(try await search.find(flow, schedule, trigger, siblings, from: sentAt))
        }
    }
}

extension Timestamp {
    /// The millisecond after this one.
    var next: Timestamp { advanced(by: .milliseconds(1)) }
}

extension CentralSchedule {
    /// Whether Quartz would launch at once for missed times (scheduler-xml.md section 9).
    var isCaughtUpByQuartz: Bool {
        switch (misfireInstruction ?? "0", intervalMilliseconds == nil) {
        case ("0", true), ("1", _), ("-1", _): true
        case ("0", false): isOneShot || occurrenceCount > 0
        case ("2", false), ("3", false): true
        default: false
        }
    }

    /// Whether Quartz would launch each missed time, not one for all (-1, the same section).
    var isFiredInABurst: Bool { misfireInstruction == "-1" }

    /// Whether an execution may be this schedule's by who started it; a domain may stand before the name.
    func isOwner(_ name: String?) -> Bool {
        guard let name, let username else { return true }
        func plain(_ text: String) -> Substring { text.split(separator: "\\").last ?? Substring(text) }
        return plain(name).lowercased() == plain(username).lowercased()
    }
}
