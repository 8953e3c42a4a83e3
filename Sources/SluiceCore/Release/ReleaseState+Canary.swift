import SluiceModel

// The canary: nothing else starts before the first launches have ended well.
extension ReleaseState {
    /// Canaries that may start now.
    var canarySlots: Int {
        guard let canary = record.settings.canary else { return 0 }
        if Mutant.isActive(.canaryUnawaited) { return record.ceiling - flights.ceilingCount }
        return canary.count - record.earned.canaryCount - flights.canaryCount
    }

    /// Whether a hold may be tried as a canary: its end is known only if Sluice launches it.
    func isCanary(_ hold: Hold) -> Bool {
        guard hold.request.launcher == .sluice else { return false }
        guard let flow = record.settings.canary?.flow, !course.takesAnyCanary else { return true }
        return hold.request.flow == flow
    }

    /// A walk through all lanes has found no canary.
    /// - Returns: Whether the release has something to look for again.
    mutating func canaryNotFound(at now: Moment) -> Bool {
        guard record.stage == .canary, flights.canaryCount == 0, !isCentralRested(at: now), !waitsForJudging,
            retriesUntil.map({ $0 <= now.wall }) ?? true
        else { return false }
        if let flow = record.settings.canary?.flow, !course.takesAnyCanary {
            course.takesAnyCanary = true
            amend("no hold of the canary's flow \(flow) waits; any flow is tried", at: now) { _ in }
        } else {
            amend("nothing waits that could be a canary: only a launch by Sluice can", at: now) { record in
                record.earned.canaryCount = record.settings.canary?.count ?? 0
                record.advance()
            }
        }
        restUntil = nil
        return true
    }

    /// Whether Central is left alone for a while after it took no launch.
    func isCentralRested(at now: Moment) -> Bool { trouble.map { now.monotonic < $0.retryAt } ?? false }

    mutating func canaryEnded(_ flight: Flight, _ end: FlightEnd, at now: Moment) {
        guard record.countedStage == .canary, flight.isCanary else { return }
        guard end == .well || Mutant.isActive(.canaryFailureCounted) else {
            return breakOff("canary \(flight.hold.ticket) did not end well: \(end)", at: now)
        }
        let count = record.earned.canaryCount + 1
        let needed = record.settings.canary?.count ?? count
        amend("canary \(flight.hold.ticket) ended well, \(count) of \(needed)", at: now) {
            $0.earned.canaryCount = count
            $0.advanceCounted()
        }
    }

    /// A canary that takes too long breaks the release.
    mutating func checkCanaries(at now: Moment) {
        guard record.stage == .canary, flights.canaryCount > 0, let canary = record.settings.canary else { return }
        let overdue = flights.first { flight in
            flight.isCanary && now.monotonic.since(flight.begunAt) >= .seconds(canary.timeoutSeconds)
        }
        guard let overdue else { return }
        breakOff(
            "canary \(overdue.hold.ticket) has not ended within \(canary.timeoutSeconds) s"
                + (overdue.hold.executionID.map { " (execution \($0))" } ?? ""), at: now)
    }
}

extension ReleaseRecord {
    /// `advance`, also while it is paused.
    mutating func advanceCounted() {
        guard stage == .paused, let interrupted = resumes else { return advance() }
        stage = interrupted
        advance()
        resumes = stage
        stage = .paused
    }
}
