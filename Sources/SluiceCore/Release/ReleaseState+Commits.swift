import SluiceModel

// What is written to the store, and what is done when a commit went through, failed or met another's change.
extension ReleaseState {
    mutating func commit(
        _ changes: [Change], _ purpose: PendingCommit.Purpose, of ticket: Ticket?
    ) -> ReleaseEffect {
        let ref = ReleaseEffect.CommitRef(nextCommit)
        nextCommit += 1
        commits[ref] = PendingCommit(ticket: ticket, purpose: purpose)
        if case .landing = purpose, let ticket, var flight = flights[ticket] {
            flight.landing = Flight.Landing(changes: changes)
            flights.set(flight)
        }
        return .commit(ref, changes)
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
            return (flight.hasNews ? [.reload(ticket)] : []) + fetchIfPossible(at: now)
        case .progress, .other: return []
        }
    }

    /// Sends the request of an intent that is on disk, unless the gate was closed or the release paused meanwhile.
    private mutating func launch(_ flight: inout Flight, _ pass: PassClaims, at now: Moment) -> [ReleaseEffect] {
        flight.phase = .launching
        flights.set(flight)
        guard !isPaused, mayGoOn(flight.hold) else { return recall(flight, at: now) }
        return [.launch(flight.hold, pass)]
    }

    /// Somebody else moved the hold, or the store failed: read it again and go on from what it is.
    mutating func conflicted(_ ref: ReleaseEffect.CommitRef, at now: Moment) -> [ReleaseEffect] {
        guard let commit = commits.removeValue(forKey: ref), let ticket = commit.ticket, var flight = flights[ticket]
        else { return [] }
        switch commit.purpose {
        case .other: return []
        case .intent, .progress: break
        case .landing:
            flight.landing?.hasFailed = true
            flights.set(flight)
        }
        return [.reload(ticket)]
    }

    /// Goes on from what the store says a hold is.
    mutating func reloaded(_ ticket: Ticket, _ hold: Hold?, at now: Moment) -> [ReleaseEffect] {
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
            return fetchIfPossible(at: now)
        }
        return follow(hold, cause: "its record had changed meanwhile", at: now)
    }
}
