import SluiceModel

// Holds that were launching or running before this process, or whose record somebody else changed.
extension ReleaseState {
    mutating func recovered(_ holds: [Hold], at now: Moment) -> [ReleaseEffect] {
        for hold in holds where flights[hold.ticket] == nil && (hold.state == .launching || hold.state == .running) {
            takeUp(hold, cause: "Sluice was restarted while it was being launched", at: now)
        }
        return settleDoubts(at: now)
    }

    /// Takes up a hold that is launching or running.
    mutating func follow(_ hold: Hold, cause: String, at now: Moment) -> [ReleaseEffect] {
        takeUp(hold, cause: cause, at: now)
        return settleDoubts(at: now)
    }

    private mutating func takeUp(_ hold: Hold, cause: String, at now: Moment) {
        let isGated = isGated(hold.request.flow) && hold.passID != nil
        var flight = Flight(hold: hold, isGated: isGated, phase: .launching)
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
                    isRedeemed: flight.isRedeemed, intendedAt: hold.attemptAt ?? hold.stateSince,
                    begunAt: now.monotonic, cause: cause))
        }
        flights.set(flight)
    }
}
