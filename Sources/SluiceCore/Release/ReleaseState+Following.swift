import SluiceModel

/// Following what runs to its end.
extension ReleaseState {
    // MARK: Polling

    mutating func pollIfDue(at now: Moment) -> [ReleaseEffect] {
        guard !isObserving else { return [] }
        if let observeAgainAt, now.monotonic < observeAgainAt { return [] }
        let due = flights.takeDue(at: now.monotonic, limit: ReleaseLimits.observedCountMax)
        guard !due.isEmpty else { return [] }
        isObserving = true
        beingObserved = due
        return [.observe(due.map(\.id))]
    }

    mutating func observed(
        _ summaries: [ExecutionSummary], asked: [ExecutionID], at now: Moment
    ) -> [ReleaseEffect] {
        isObserving = false
        // Whatever is said of them, each that still runs is put back with its next time.
        flights.putBack(beingObserved)
        beingObserved = []
        var effects: [ReleaseEffect] = []
        for id in asked {
            guard let ticket = flights.ticket(runningAs: id), var flight = flights[ticket],
                case .running(_, _, let missCount) = flight.phase, flight.landing == nil
            else { continue }
            if let summary = summaries.first(where: { $0.id == id }) {
                if summary.status.isTerminal {
                    effects += ended(flight, summary, at: now)
                } else {
                    flight.phase = .running(id, nextPollAt: nextPoll(at: now), missCount: 0)
                    flights.set(flight)
                }
            } else if now.wall < (flight.hold.attemptAt ?? now.wall).advanced(by: policy.listingLag) {
                // Central may list it later: not to know it yet proves nothing.
                flight.phase = .running(id, nextPollAt: nextPoll(at: now), missCount: 0)
                flights.set(flight)
            } else if missCount + 1 >= ReleaseLimits.missCountMax {
                var gone = ExecutionSummary(id: id, status: .completed)
                gone.resultName = "no longer known to Central"
                effects += disappeared(flight, gone, at: now)
            } else {
                flight.phase = .running(id, nextPollAt: nextPoll(at: now), missCount: missCount + 1)
                flights.set(flight)
            }
        }
        return effects + pollIfDue(at: now)
    }

    /// Central no longer knows an execution that it has started. It ran, but the next of its ordering key may start
    /// only when it has certainly ended.
    private mutating func disappeared(
        _ flight: Flight, _ summary: ExecutionSummary, at now: Moment
    ) -> [ReleaseEffect] {
        guard flight.hold.request.orderingKey != nil else { return ended(flight, summary, at: now) }
        return strand(
            flight,
            cause: "execution \(summary.id) is no longer known to Central; whether it has ended is not certain", at: now
        )
    }

    /// Its execution ended. Whether a gated one did its work is told by its pass alone.
    private mutating func ended(
        _ flight: Flight, _ summary: ExecutionSummary, at now: Moment
    ) -> [ReleaseEffect] {
        guard flight.isGated, flight.hold.request.launcher == .sluice, let passID = flight.hold.passID else {
            return recordEnd(flight, summary, at: now)
        }
        if flight.isRedeemed { return endedRedeemed(flight, summary, at: now) }
        var waiting = flight
        waiting.phase = .ending(summary)
        flights.set(waiting)
        return [.readRedemption(flight.hold.ticket, passID)]
    }

    mutating func redemptionRead(_ ticket: Ticket, _ isRedeemed: Bool, at now: Moment) -> [ReleaseEffect] {
        guard let flight = flights[ticket], case .ending(let summary) = flight.phase, flight.landing == nil else {
            return []
        }
        if isRedeemed { return endedRedeemed(flight, summary, at: now) }
        if summary.result == .canceled {
            return strand(
                flight, cause: "execution \(summary.id) was cancelled in Central before its gate step had asked",
                at: now)
        }
        let words = ["held", "rejected", "unreachable", "deferred"]
        let endedAtGate =
            summary.resultType == "NO_ACTION_TAKEN" || words.contains(summary.resultName?.lowercased() ?? "")
        guard endedAtGate else {
            return strand(
                flight,
                cause: "execution \(summary.id) ended as \(summary.resultName ?? "unknown") without redeeming its "
                    + "pass: it may have run without asking (fail-open)", at: now)
        }
        return returnToHeld(
            flight, from: [.launching, .running],
            cause: "execution \(summary.id) ended at its gate step (\(summary.resultName ?? "?"))", at: now)
    }

    /// A redeemed pass means that the work was let through; only if the gate step never got that answer it did not run.
    private mutating func endedRedeemed(
        _ flight: Flight, _ summary: ExecutionSummary, at now: Moment
    ) -> [ReleaseEffect] {
        guard summary.resultName?.lowercased() == "unreachable" else { return recordEnd(flight, summary, at: now) }
        return strand(
            flight,
            cause: "execution \(summary.id) redeemed its pass but ended as unreachable: its gate step may not have got "
                + "the answer, and its work not have run", at: now)
    }

    private mutating func recordEnd(
        _ flight: Flight, _ summary: ExecutionSummary, at now: Moment
    ) -> [ReleaseEffect] {
        var update = HoldUpdate()
        update.result = summary.result ?? .unknown
        update.executionID = summary.id
        let move = HoldMove(
            ticket: flight.hold.ticket, from: [.launching, .running], attempt: flight.hold.attempt, to: .ended,
            at: now.wall, by: .sluice,
            cause: "execution \(summary.id) ended: \(summary.resultName ?? (summary.result ?? .unknown).rawValue)",
            update: update)
        let changes = HoldLife.changes(move, of: flight.hold) + [.endAdmission(summary.id, at: now.wall)]
        return land(flight, by: move, with: changes, at: now)
    }

    mutating func reportedEnded(
        _ id: ExecutionID, _ result: LaunchResult, at now: Moment
    ) -> [ReleaseEffect] {
        guard let ticket = flights.ticket(runningAs: id), var flight = flights[ticket],
            case .running(_, _, let missCount) = flight.phase
        else { return [] }
        // A report speeds polling up; what is recorded is what Central says.
        flight.phase = .running(id, nextPollAt: now.monotonic, missCount: missCount)
        flights.set(flight)
        return pollIfDue(at: now)
    }

    // MARK: What the gate tells

    mutating func redeemed(
        _ ticket: Ticket, attempt: Int, _ id: ExecutionID?, at now: Moment
    ) -> [ReleaseEffect] {
        // It was given up, and works after all: whatever the store says of it is followed.
        guard var flight = flights[ticket] else { return [.reload(ticket)] }
        guard flight.hold.attempt == attempt else { return [] }
        trouble = nil
        flight.isRedeemed = true
        guard flight.landing == nil else {
            flight.hasNews = true
            flights.set(flight)
            return []
        }
        if case .doubted(var doubt) = flight.phase {
            _ = doubt.step(.redeemed, policy: policy, at: now.monotonic)
            flight.phase = .doubted(doubt)
        }
        if let id {
            switch flight.phase {
            case .running(let old, _, _) where old == id: break
            case .doubted, .launching, .running:
                flight.phase = .running(id, nextPollAt: nextPoll(at: now), missCount: 0)
            case .intending, .ending, .withCaller: break
            }
        }
        flights.set(flight)
        return []
    }

    mutating func taken(_ hold: Hold, at now: Moment) -> [ReleaseEffect] {
        guard flights[hold.ticket] == nil, hold.state == .launching || hold.state == .running else { return [] }
        return follow(hold, cause: "its caller was let through", at: now)
    }

    mutating func callersOverdue(at now: Moment) -> [ReleaseEffect] {
        var effects: [ReleaseEffect] = []
        for ticket in flights.withCaller {
            guard var flight = flights[ticket], case .withCaller(let until) = flight.phase, until <= now.monotonic
            else { continue }
            if isEndAwaited(flight.hold, at: now) {
                // The report went to the store; should its news have been missed, this finds it.
                flight.phase = .withCaller(until: now.monotonic.advanced(by: policy.startWindow))
                flights.set(flight)
                effects.append(.reload(ticket))
                continue
            }
            var update = HoldUpdate()
            update.result = .unknown
            let move = HoldMove(
                ticket: ticket, from: [.launching, .running], attempt: flight.hold.attempt, to: .ended, at: now.wall,
                by: .sluice, cause: "its caller was let through; its end was not reported", update: update)
            flight.phase = .launching
            flights.set(flight)
            effects.append(commit(HoldLife.changes(move, of: flight.hold), .landing, of: ticket))
        }
        return effects
    }

    /// Whether a caller may still report the end of what it was let through.
    private func isEndAwaited(_ hold: Hold, at now: Moment) -> Bool {
        guard hold.request.reportsEnd, let start = hold.attemptAt else { return false }
        return now.wall < start.advanced(by: ReleaseLimits.endReportDurationMax)
    }
}
