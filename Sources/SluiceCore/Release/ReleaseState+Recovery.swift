import SluiceModel

// Holds that were launching or running before this process, or whose record somebody else changed.
extension ReleaseState {
    mutating func recovered(_ holds: [Hold], at now: Moment) -> [ReleaseEffect] {
        for hold in holds where flights[hold.ticket] == nil && (hold.state == .launching || hold.state == .running) {
            takeUp(hold, cause: "Sluice was restarted while it was being launched", at: now)
        }
        beginLater()
        return settleDoubts(at: now)
    }

    /// A release that was begun before these launches were known begins after them.
    private mutating func beginLater() {
        guard !isBeginOnRecord, let beganAt = record.beganAt, writing?.record.beganAt != beganAt,
            doubtful?.beganAt != beganAt
        else { return }
        record.beganAt = laterThanLaunches(beganAt)
    }

    // MARK: Launches under way of which nothing was heard

    /// A caller took its hold, and the answer of the commit was lost, or it was committed elsewhere: nobody told us.
    /// The store is asked for them now and then.
    mutating func lookUnderWay(at now: Moment) -> [ReleaseEffect] {
        guard !underWay.isReading, now.monotonic >= underWay.at, !Mutant.isActive(.takeUnheard) else { return [] }
        underWay.isReading = true
        return [.fetchUnderWay(after: underWay.after, limit: ReleaseLimits.underWayCountMax)]
    }

    mutating func foundUnderWay(_ holds: [Hold], next: Int64?, at now: Moment) -> [ReleaseEffect] {
        underWay.isReading = false
        underWay.after = next ?? 0
        if next == nil { underWay.at = now.monotonic.advanced(by: ReleaseLimits.underWayInterval) }
        // What is read may be older than what is known here: each is read again before it is followed.
        return holds.filter { flights[$0.ticket] == nil }.map { .reload($0.ticket) }
    }

    /// Takes up a hold that is launching or running.
    /// - Parameter known: As which it was followed until now. Whether it is a canary is not asked of clocks again: a
    ///   release may have been begun by another replica's.
    mutating func follow(
        _ hold: Hold, cause: String, after known: Flight? = nil, at now: Moment
    ) -> [ReleaseEffect] {
        takeUp(hold, cause: cause, after: known?.hold.attempt == hold.attempt ? known : nil, at: now)
        return settleDoubts(at: now)
    }

    private mutating func takeUp(_ hold: Hold, cause: String, after known: Flight? = nil, at now: Moment) {
        if Mutant.isActive(.launchForgotten) { return }
        let isGated = isGated(hold.request.flow) && hold.passID != nil
        var flight = Flight(hold: hold, isGated: isGated, phase: .launching)
        flight.begunAt = known?.begunAt ?? now.monotonic
        flight.isCanary =
            known?.isCanary
            ?? (record.countedStage == .canary && isBeginOnRecord && hold.request.launcher == .sluice
                && hold.attemptAt.map { $0 >= record.beganAt ?? $0 } ?? false)
        // A launching hold's execution id is that of an attempt before this one.
        if let id = hold.executionID, hold.state == .running || hold.request.launcher == .caller {
            flight.phase = .running(id, nextPollAt: now.monotonic, missCount: 0)
        } else if hold.request.launcher == .caller {
            let left =
                hold.request.reportsEnd
                ? policy.startWindow : (hold.attemptAt ?? now.wall).advanced(by: policy.startWindow).since(now.wall)
            flight.phase = .withCaller(until: now.monotonic.advanced(by: max(.zero, min(left, policy.startWindow))))
        } else {
            flight.isRedeemed = hold.state == .running
            flight.phase = .doubted(
                ReconciliationState(
                    ticket: hold.ticket, attempt: hold.attempt, isGated: flight.isGated,
                    isRedeemed: flight.isRedeemed, intendedAt: hold.intendedAt,
                    begunAt: now.monotonic, cause: cause))
        }
        flights.set(flight)
    }
}
