import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts

/// Looks in Central's list for the launch that Central made by itself for what a schedule missed.
///
/// Of the executions of its flow that began after we enabled it, at no time of the flow's schedules and in nobody
/// else's name, one that has a schedule's name is that schedule's; the values of its inputs tell where its name does
/// not. What fits two schedules is that one's which Quartz would catch up. What cannot be told is doubtful.
struct CatchUpSearch: Sendable {
    let reader: ScheduleReader
    /// How long Central's own launch may take to begin.
    let window: Duration
    let store: any Store
    let central: any CentralClient
    let listPageSize: Int

    enum Finding: Hashable, Sendable {
        case none
        case seen(ExecutionID)
        /// It may be a person's, or another schedule's.
        case doubtful(ExecutionID)
    }

    /// - Parameters:
    ///   - siblings: Central's other schedules of the same flow that are enabled.
    ///   - ourTime: When we enabled it.
    /// - Throws: `CentralError`, `StoreError`.
    func find(
        _ flow: FlowID, _ schedule: CentralSchedule, _ trigger: Trigger, _ siblings: [CentralSchedule],
        from ourTime: Timestamp
    ) async throws -> Finding {
        var doubt: Finding = .none
        for summary in try await candidates(flow, schedule, trigger, siblings, from: ourTime) {
            // Two schedules of one flow do not both count the same execution.
            guard try await store.missed(MissedQuery(executionID: summary.id, limit: 1)).times.isEmpty else { continue }
            let variables = await variables(of: summary.id)
            let claim = Claim(schedule, summary, variables)
            let rivals = siblings.filter { $0.isOwner(summary.triggeredBy) }.map { Claim($0, summary, variables) }
            guard claim.likeness > .unlike, !rivals.contains(where: { $0 > claim }) else { continue }
            if claim.likeness == .like { return .seen(summary.id) }
            if doubt == .none { doubt = .doubtful(summary.id) }
        }
        return doubt
    }

    /// Executions that began in time and at no schedule's time, oldest first.
    private func candidates(
        _ flow: FlowID, _ schedule: CentralSchedule, _ trigger: Trigger, _ siblings: [CentralSchedule],
        from ourTime: Timestamp
    ) async throws -> [ExecutionSummary] {
        // Central says when an execution began by its own clock.
        let sentAt = ourTime.advanced(by: .zero - FreezeLimits.centralClockSkewMax)
        let end = ourTime.advanced(by: window)
        let others = Set(siblings.map(\.name)).subtracting([schedule.name])
        var begun: [ExecutionSummary] = []
        for page in 1...EngineLimits.historyPageCountMax {
            let summaries = try await central.executions(page: page, pageSize: listPageSize)
            begun += summaries.filter { summary in
                guard let at = summary.startedAt, summary.flow == flow, at >= sentAt, at <= end,
                    !(summary.name.map { others.contains($0) } ?? false)
                else { return false }
                return summary.name.flatMap { RunName.read($0) } == nil && schedule.isOwner(summary.triggeredBy)
            }
            let isPast = summaries.last?.startedAt.map { $0 < sentAt } ?? false
            if summaries.count < listPageSize || isPast { break }
        }
        begun.sort { ($0.startedAt ?? .zero, $0.id) < ($1.startedAt ?? .zero, $1.id) }
        func takeFires(of trigger: Trigger, from start: Timestamp, _ isIts: (ExecutionSummary) -> Bool) {
            for time in trigger.fires(in: start.next..<end.next, limit: EngineLimits.settleBatchCountMax).times {
                let latest = time.advanced(by: EngineLimits.fireDelayMax)
                let index = begun.firstIndex { summary in
                    let at = summary.startedAt ?? .zero
                    return at >= time && at < latest && isIts(summary)
                }
                if let index { begun.remove(at: index) }
            }
        }
        takeFires(of: trigger, from: ourTime) { _ in true }
        for sibling in siblings {
            guard let trigger = reader.trigger(of: sibling, since: sentAt) else { continue }
            takeFires(of: trigger, from: sentAt) { $0.name != schedule.name || sibling.name == schedule.name }
        }
        return begun
    }

    /// The values of an execution's inputs; none when Central does not give them, and then its name alone tells.
    private func variables(of id: ExecutionID) async -> [LaunchInput] {
        (try? await central.variables(of: id)) ?? []
    }

    /// How well an execution fits a schedule: by name and inputs, then by what Quartz would do.
    private struct Claim: Comparable {
        enum Likeness: Comparable { case unlike, doubtful, like }

        var likeness: Likeness
        var isCaughtUp: Bool

        init(_ schedule: CentralSchedule, _ summary: ExecutionSummary, _ variables: [LaunchInput]) {
            isCaughtUp = schedule.isCaughtUpByQuartz
            likeness =
                switch (summary.name == schedule.name, schedule.hasInputs(of: variables)) {
                case (true, true), (true, nil), (false, true): .like
                case (true, false), (false, nil): .doubtful
                case (false, false): .unlike
                }
        }

        static func < (left: Claim, right: Claim) -> Bool {
            (left.likeness, left.isCaughtUp ? 1 : 0) < (right.likeness, right.isCaughtUp ? 1 : 0)
        }
    }
}

extension CentralSchedule {
    /// Whether an execution's variables have the values of the schedule's inputs; nil when none can be compared.
    fileprivate func hasInputs(of variables: [LaunchInput]) -> Bool? {
        var answer: Bool?
        for input in inputs {
            // A value that Central masks tells nothing.
            guard case .clear(let wanted) = input.value,
                case .clear(let found)? = variables.first(where: { $0.name == input.name })?.value,
                found.contains(where: { $0 != "*" }) || found == wanted
            else { continue }
            if found != wanted { return false }
            answer = true
        }
        return answer
    }
}
