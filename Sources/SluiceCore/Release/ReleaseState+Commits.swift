public import SluiceModel

// What is written to the store, and what is done when a commit went through, failed or met another's change.
extension ReleaseState {
    /// A hold that the breaker has counted as not launched, until the operator has it.
    enum Stop: Hashable, Sendable {
        case underWay
        /// It was not written; tried again when the hold's turn comes.
        case failed
    }

    /// What a commit under way is for.
    struct PendingCommit: Sendable {
        var ticket: Ticket?
        var purpose: Purpose

        enum Purpose: Sendable {
            /// The intent of an attempt: launch when it is on disk.
            case intent
            /// Moves the hold on; the flight goes on as it is.
            case progress
            /// Ends the flight.
            case landing
            /// Gives a hold to the operator that does not fit its flow any more.
            case stop
            /// No flight is concerned.
            case other
            /// The release's record.
            case record
        }
    }

    mutating func commit(
        _ changes: [Change], _ purpose: PendingCommit.Purpose, of ticket: Ticket?
    ) -> ReleaseEffect {
        let ref = ReleaseEffect.CommitRef(nextCommit)
        nextCommit += 1
        commits[ref] = PendingCommit(ticket: ticket, purpose: purpose)
        if case .landing = purpose, let ticket, var flight = flights[ticket] {
            flight.landing = Flight.Landing(changes: changes, isCounted: flight.landing?.isCounted ?? false)
            flights.set(flight)
        }
        return .commit(ref, changes)
    }

    /// Commits what ends a flight.
    ///
    /// That a canary did not end well is on record first: a process that took over in between would not know of it, and
    /// go on with others.
    mutating func land(_ flight: Flight, by move: HoldMove, with changes: [Change], at now: Moment) -> [ReleaseEffect] {
        guard flight.isCanary, record.countedStage == .canary, var landing = flights[flight.hold.ticket],
            move.to != .ended || FlightEnd(move.update.result) != .well
        else { return [commit(changes, .landing, of: flight.hold.ticket)] }
        landing.landing = Flight.Landing(changes: changes, isHeldBack: true, isCounted: true)
        flights.set(landing)
        heldBack.append(flight.hold.ticket)
        ended(landing, landing.hold.ending(by: move), at: now)
        return persist()
    }

    /// The record is on disk: what waited for that is committed.
    mutating func landHeldBack() -> [ReleaseEffect] {
        let tickets = heldBack
        heldBack = []
        return tickets.compactMap { ticket in
            guard let landing = flights[ticket]?.landing, landing.isHeldBack else { return nil }
            return commit(landing.changes, .landing, of: ticket)
        }
    }

    mutating func committed(_ ref: ReleaseEffect.CommitRef, at now: Moment) -> [ReleaseEffect] {
        guard let commit = commits.removeValue(forKey: ref) else { return [] }
        switch commit.purpose {
        case .intent:
            guard let ticket = commit.ticket, var flight = flights[ticket], case .intending(let pass) = flight.phase
            else { return [] }
            return launch(&flight, pass, at: now)
        case .landing:
            guard let ticket = commit.ticket, let flight = flights[ticket] else { return [] }
            flights.remove(ticket)
            isStirred = true
            if flight.hold.request.orderingKey != nil { mustRestart = true }
            for case .moveHold(let move) in flight.landing?.changes ?? [] { landed(flight, by: move, at: now) }
            return (flight.hasNews ? [.reload(ticket)] : []) + persist() + fetchIfPossible(at: now)
        case .record: return recordWritten(ref, at: now)
        case .stop:
            if let ticket = commit.ticket { stops[ticket] = nil }
            return []
        case .progress, .other: return []
        }
    }

    /// What ended a flight is on record.
    private mutating func landed(_ flight: Flight, by move: HoldMove, at now: Moment) {
        if let retryAt = move.update.retryAt { retriesUntil = max(retriesUntil ?? retryAt, retryAt) }
        course.took(now.monotonic.since(flight.begunAt))
        if flight.landing?.isCounted != true { ended(flight, flight.hold.ending(by: move), at: now) }
    }

    /// Sends the request of an intent that is on disk, unless the gate was closed or the release paused meanwhile.
    mutating func launch(_ flight: inout Flight, _ pass: PassClaims, at now: Moment) -> [ReleaseEffect] {
        flight.phase = .launching
        flights.set(flight)
        guard mayBeSent(flight) else { return recall(flight, at: now) }
        return [.launch(flight.hold, pass)]
    }

    /// The request was not sent: the driver may not, because its leases do not last long enough or the gate closed.
    mutating func launchWithheld(_ ticket: Ticket, attempt: Int, at now: Moment) -> [ReleaseEffect] {
        guard let flight = flights[ticket], flight.hold.attempt == attempt, case .launching = flight.phase,
            flight.landing == nil
        else { return [] }
        return recall(flight, mustWait: true, at: now)
    }

    /// Whether the request of an attempt that is on disk may still be sent: asked right before it is.
    public func maySend(_ ticket: Ticket, attempt: Int) -> Bool {
        guard let flight = flights[ticket], flight.hold.attempt == attempt, case .launching = flight.phase else {
            return false
        }
        return mayBeSent(flight)
    }

    /// Whether nothing came between the intent and the request: a stop, a close, or a release that began meanwhile, and
    /// begins with its own canaries and the part of the ceiling that it has earned.
    private func mayBeSent(_ flight: Flight) -> Bool {
        let letsStart = record.stage.letsStart || Mutant.isActive(.pauseUnseenBeforeSending)
        let isOfThisRelease =
            !record.stage.isActive || flight.releaseBeganAt == record.beganAt || Mutant.isActive(.sentFromBefore)
        return !isPaused && letsStart && isOfThisRelease && (record.stage != .canary || flight.isCanary)
            && mayGoOn(flight.hold)
    }

    /// Somebody else moved the hold, or the store failed: read it again and go on from what it is.
    mutating func conflicted(_ ref: ReleaseEffect.CommitRef, at now: Moment) -> [ReleaseEffect] {
        guard let commit = commits.removeValue(forKey: ref) else { return [] }
        if case .record = commit.purpose { return recordNotWritten(ref) }
        guard let ticket = commit.ticket else { return [] }
        if case .stop = commit.purpose { return [.reload(ticket)] }
        guard var flight = flights[ticket] else { return [] }
        switch commit.purpose {
        case .other, .record, .stop: return []
        case .intent, .progress: break
        case .landing:
            flight.landing?.hasFailed = true
            flights.set(flight)
        }
        return [.reload(ticket)]
    }

    /// Goes on from what the store says a hold is.
    mutating func reloaded(_ ticket: Ticket, _ hold: Hold?, at now: Moment) -> [ReleaseEffect] {
        stopRead(ticket, hold)
        guard var flight = flights[ticket] else {
            guard let hold, hold.state == .launching || hold.state == .running else { return stir(at: now) }
            return follow(hold, cause: "its record had changed meanwhile", at: now)
        }
        // A landing under way will tell by itself what became of it.
        if let landing = flight.landing, !landing.hasFailed { return [] }
        if let hold, hold.state == .launching, hold.attempt == flight.hold.attempt, hold.passID == flight.hold.passID {
            switch flight.phase {
            case .intending(let pass):
                // The commit seemed to fail but is on disk, and nothing was sent yet.
                return launch(&flight, pass, at: now)
            case .launching:
                // What its outcome made of it was not written; without one it is still to come.
                guard let landing = flight.landing else { return [] }
                return [commit(landing.changes, .landing, of: ticket)]
            case .running(let id, _, _):
                flight.landing = nil
                flights.set(flight)
                return [recordFound(flight, id, cause: "started in Central as execution \(id)", at: now)]
            case .ending, .doubted, .withCaller: break
            }
        }
        flights.remove(ticket)
        guard let hold, hold.state == .launching || hold.state == .running else {
            isStirred = true
            if let hold, flight.landing?.isCounted != true { ended(flight, hold, at: now) }
            return persist() + fetchIfPossible(at: now)
        }
        return follow(hold, cause: "its record had changed meanwhile", after: flight, at: now)
    }
}

extension Hold {
    /// As a move leaves it, for what is counted.
    fileprivate func ending(by move: HoldMove) -> Hold {
        var hold = self
        hold.state = move.to
        hold.result = move.update.result
        hold.cause = move.cause
        return hold
    }
}
