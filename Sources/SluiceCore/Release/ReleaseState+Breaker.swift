import SluiceModel

/// How a launch by Sluice ended, as far as the release counts it.
enum FlightEnd: Hashable, CustomStringConvertible {
    case well
    /// It failed, or could not be launched; why.
    case badly(String)
    /// Neither: a person cancelled it, or nobody knows.
    case unclear(String)

    init(_ result: LaunchResult?) {
        switch result {
        case .resolved, .diagnosed, .noActionTaken: self = .well
        case .error, .systemFailure: self = .badly(result?.rawValue ?? "")
        case .canceled, .unknown, nil: self = .unclear((result ?? .unknown).rawValue)
        }
    }

    var description: String {
        switch self {
        case .well: "well"
        case .badly(let cause), .unclear(let cause): cause
        }
    }
}

/// How a flow's executions ended before the release.
public struct FlowPast: Hashable, Sendable {
    public var endedCount: Int
    public var failedCount: Int

    public init(endedCount: Int, failedCount: Int) {
        self.endedCount = endedCount
        self.failedCount = failedCount
    }
}

// What ends counts: for the canary, the ramp and the breaker.
extension ReleaseState {
    /// A launch came to its end, and that is on record.
    mutating func ended(_ flight: Flight, _ hold: Hold, at now: Moment) {
        guard flight.countsToCeiling, record.countedStage.isActive else { return }
        switch hold.state {
        case .ended: count(flight, FlightEnd(hold.result), at: now)
        case .awaitingOperator: count(flight, .badly(hold.cause ?? "it awaits the operator"), at: now)
        case .held, .released, .launching, .running, .coalesced, .superseded, .expired, .discarded: break
        }
    }

    private mutating func count(_ flight: Flight, _ end: FlightEnd, at now: Moment) {
        switch end {
        case .well: course.wellCount += 1
        case .badly: course.failedCount += 1
        case .unclear: break
        }
        let isRising = record.countedStage == .ramping
        canaryEnded(flight, end, at: now)
        if end == .well || Mutant.isActive(.rampUnearned), isRising { wellEnded(at: now) }
        judge(flight.hold.request.flow, end, at: now)
    }

    /// A hold that went to the operator instead of being launched counts as a failure, or a pack that does not fit
    /// would empty the whole backlog into the operator's hands.
    mutating func notLaunched(_ hold: Hold, at now: Moment) {
        guard record.countedStage.isActive else { return }
        course.failedCount += 1
        judge(hold.request.flow, .badly("it could not be launched"), at: now)
    }

    private mutating func judge(_ flow: FlowID, _ end: FlightEnd, at now: Moment) {
        guard let breaker = record.settings.breaker, record.countedStage.isActive else { return }
        let isWell: Bool
        switch end {
        case .well: isWell = true
        case .badly: isWell = false
        case .unclear: return
        }
        recent.append(isWell)
        if recent.count > breaker.window { recent.removeFirst(recent.count - breaker.window) }
        if breaker.historyMarginPercent != nil { remember(flow, isWell, breaker) }
        guard !isWell else { return }
        let snapshot = recent
        if let cause = breaker.verdict(recent) ?? verdict(of: flow, breaker), !Mutant.isActive(.breakerBlind) {
            breakOff(cause, at: now)
        } else {
            amend("a launch did not end well: \(end)", at: now) { $0.earned.recent = snapshot }
        }
    }

    private mutating func remember(_ flow: FlowID, _ isWell: Bool, _ breaker: ReleaseSettings.Breaker) {
        guard course.recentOfFlow[flow] != nil || course.recentOfFlow.count < ReleaseLimits.judgedFlowCountMax else {
            return
        }
        var ends = course.recentOfFlow[flow, default: []]
        ends.append(isWell)
        if ends.count > breaker.window { ends.removeFirst(ends.count - breaker.window) }
        course.recentOfFlow[flow] = ends
    }

    /// Against what the flow's own executions were before.
    private func verdict(of flow: FlowID, _ breaker: ReleaseSettings.Breaker) -> String? {
        guard let margin = breaker.historyMarginPercent, let past = pasts[flow], past.endedCount >= breaker.minimum,
            let ends = course.recentOfFlow[flow], ends.count >= breaker.minimum
        else { return nil }
        let failed = ends.count { !$0 }
        guard failed * 100 * past.endedCount > (past.failedCount * 100 + margin * past.endedCount) * ends.count else {
            return nil
        }
        return "\(failed) of the last \(ends.count) launches of flow \(flow) failed; before the release "
            + "\(past.failedCount) of \(past.endedCount) did, and \(margin) % more are allowed"
    }

    /// Stops the release until a person continues or aborts it.
    mutating func breakOff(_ cause: String, at now: Moment) {
        guard record.countedStage.isActive else { return }
        let snapshot = recent
        amend(cause, at: now) { record in
            record.earned.recent = snapshot
            record.stage = .broken
            record.resumes = nil
        }
    }

    // MARK: The ramp

    private mutating func wellEnded(at now: Moment) {
        guard let ramp = record.settings.ramp else { return }
        course.wellSinceRise += 1
        guard course.wellSinceRise >= ramp.everyWellEnded else { return }
        course.wellSinceRise = 0
        amend("\(ramp.everyWellEnded) more launches ended well", at: now) { record in
            guard record.stage == .paused, let interrupted = record.resumes else { return record.rise() }
            record.stage = interrupted
            record.rise()
            record.resumes = record.stage
            record.stage = .paused
        }
    }
}

extension ReleaseSettings.Breaker {
    /// Why so many failures are too much; nil when they are not.
    func verdict(_ recent: [Bool]) -> String? {
        guard recent.count >= minimum else { return nil }
        let failed = recent.count { !$0 }
        guard failed * 100 > sharePercent * recent.count else { return nil }
        return
            "\(failed) of the last \(recent.count) launches that ended did not end well; more than \(sharePercent) % "
            + "is too much"
    }
}
