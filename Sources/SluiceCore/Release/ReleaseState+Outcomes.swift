import SluiceModel

// What Central answered to a launch, and what becomes of the hold: running, retried, back to held, or to a person.
extension ReleaseState {
    mutating func landed(
        _ ticket: Ticket, attempt: Int, _ outcome: LaunchOutcome, at now: Moment
    ) -> [ReleaseEffect] {
        guard var flight = flights[ticket], flight.hold.attempt == attempt else { return [] }
        if case .started = outcome {
            trouble = nil
            isProven = true
        }
        // The gate step may have redeemed the pass before Central's answer arrived here.
        guard case .launching = flight.phase, flight.landing == nil else { return [] }
        switch outcome {
        case .started(let id):
            flight.phase = .running(id, nextPollAt: nextPoll(at: now), missCount: 0)
            flights.set(flight)
            isStirred = true
            if record.countedStage.isActive { course.launchedCount += 1 }
            return [recordFound(flight, id, cause: "started in Central as execution \(id)", at: now)]
                + fetchIfPossible(at: now)
        case .notSent(let cause):
            note(cause, at: now)
            return retry(
                flight, failureCount: trouble?.failureCount ?? 1, wasSent: false, cause: cause, at: now)
        case .refusedForNow(let cause):
            // While others get through, the fault is this hold's own.
            let isOwnFault = trouble == nil && attempt >= policy.attemptsMax
            note(cause, at: now)
            if isOwnFault { return strand(flight, cause: "\(cause); \(attempt) attempts were made", at: now) }
            return retry(flight, failureCount: attempt, cause: cause, at: now)
        case .refused(let cause):
            trouble = nil
            isProven = true
            guard attempt < min(ReleaseLimits.refusalCountMax, policy.attemptsMax) else {
                return strand(flight, cause: cause, at: now)
            }
            return retry(flight, failureCount: attempt, cause: cause, at: now)
        case .unknown(let cause):
            note(cause, at: now)
            if Mutant.isActive(.lostAnswerIsFailure) {
                return retry(flight, failureCount: attempt, cause: cause, at: now)
            }
            flight.phase = .doubted(
                ReconciliationState(
                    ticket: ticket, attempt: attempt, isGated: flight.isGated, isRedeemed: flight.isRedeemed,
                    intendedAt: flight.hold.intendedAt, begunAt: now.monotonic, cause: cause))
            flights.set(flight)
            let move = HoldMove(
                ticket: ticket, from: [.launching], attempt: attempt, to: .launching, at: now.wall, by: .sluice,
                cause: "it may have been started: \(cause)")
            return [commit([.moveHold(move)], .progress, of: ticket)] + settleDoubts(at: now)
        }
    }

    /// Central cannot be reached or will not have us: slow down as a whole, not hold by hold. Launches that were sent
    /// before the trouble was known add nothing to it.
    private mutating func note(_ cause: String, at now: Moment) {
        if let trouble, now.monotonic < trouble.retryAt { return }
        let count = (trouble?.failureCount ?? 0) + 1
        trouble = Trouble(
            cause: cause, failureCount: count,
            retryAt: now.monotonic.advanced(by: jittered(policy.backoff(afterFailures: count))))
    }

    func recordedFound(_ flight: Flight, _ id: ExecutionID, cause: String, at now: Moment) -> [Change] {
        var update = HoldUpdate()
        update.executionID = id
        return [
            .moveHold(
                HoldMove(
                    ticket: flight.hold.ticket, from: [.launching, .running], attempt: flight.hold.attempt,
                    to: Mutant.isActive(.endedWhenStarted) ? .ended : .running, at: now.wall, by: .sluice, cause: cause,
                    update: update)),
            .admit(Admission(executionID: id, flow: flight.hold.request.flow, reason: .released, at: now.wall)),
        ]
    }

    mutating func recordFound(_ flight: Flight, _ id: ExecutionID, cause: String, at now: Moment) -> ReleaseEffect {
        commit(recordedFound(flight, id, cause: cause, at: now), .progress, of: flight.hold.ticket)
    }

    func nextPoll(at now: Moment) -> MonotonicTime { now.monotonic.advanced(by: policy.pollInterval) }

    // MARK: Ways back

    /// Nothing was started: tried again after a wait that grows with the failures. If the gate closed meanwhile it
    /// waits with the others.
    private mutating func retry(
        _ flight: Flight, failureCount: Int, wasSent: Bool = true, cause: String, at now: Moment
    ) -> [ReleaseEffect] {
        var update = HoldUpdate()
        // An attempt that never left this machine is none: it must not use up `attemptsMax`.
        if !wasSent { update.attempt = flight.hold.attempt - 1 }
        update.retryAt = now.wall.advanced(by: jittered(policy.backoff(afterFailures: failureCount)))
        let mayGoOn = mayGoOn(flight.hold)
        if mayGoOn { update.releasedEpoch = gate.epoch }
        let move = HoldMove(
            ticket: flight.hold.ticket, from: [.launching], attempt: flight.hold.attempt,
            to: mayGoOn ? .released : .held,
            at: now.wall, by: .sluice, cause: cause, update: update)
        return [commit([.moveHold(move)], .landing, of: flight.hold.ticket)]
    }

    /// Something came between the intent and the request: it waits with the others. What a person let go stays so,
    /// unless a close came since.
    /// - Parameter mustWait: Whether it is not tried again at once: what the driver lacks may be lacking for a while.
    mutating func recall(_ flight: Flight, mustWait: Bool = false, at now: Moment) -> [ReleaseEffect] {
        // An attempt that never left this machine is none.
        var update = HoldUpdate()
        update.attempt = flight.hold.attempt - 1
        if mustWait { update.retryAt = now.wall.advanced(by: jittered(policy.backoff(afterFailures: 1))) }
        let move = HoldMove(
            ticket: flight.hold.ticket, from: [.launching], attempt: flight.hold.attempt,
            to: flight.wasReleased && isReleaseValid(flight.hold) ? .released : .held, at: now.wall, by: .sluice,
            cause: "the gate closed, or the release was stopped or began anew, before its request was sent",
            update: update)
        return [commit([.moveHold(move)], .landing, of: flight.hold.ticket)]
    }

    /// Back to `held`, for a new attempt when its turn comes.
    ///
    /// - Parameter states: Where it must still be. Without `running`, a redemption that came first wins.
    mutating func returnToHeld(
        _ flight: Flight, from states: Set<HoldState>, cause: String, at now: Moment
    ) -> [ReleaseEffect] {
        guard flight.hold.attempt < policy.attemptsMax else {
            return strand(
                flight, from: states, cause: "\(cause); \(flight.hold.attempt) attempts were made", at: now)
        }
        var update = HoldUpdate()
        update.retryAt = now.wall.advanced(by: jittered(policy.backoff(afterFailures: flight.hold.attempt)))
        let move = HoldMove(
            ticket: flight.hold.ticket, from: states, attempt: flight.hold.attempt, to: .held, at: now.wall,
            by: .sluice, cause: cause, update: update)
        return [commit([.moveHold(move)], .landing, of: flight.hold.ticket)]
    }

    /// Only a person can go on from here.
    mutating func strand(
        _ flight: Flight, from states: Set<HoldState> = [.launching, .running], cause: String, at now: Moment
    ) -> [ReleaseEffect] {
        var update = HoldUpdate()
        var words = cause
        if let key = flight.hold.request.orderingKey {
            update.leavesOrderingKey = record.settings.strandedKeys == .goOn
            words += "; others of its ordering key \(key) \(update.leavesOrderingKey ? "go on" : "wait for it")"
        }
        let move = HoldMove(
            ticket: flight.hold.ticket, from: states, attempt: flight.hold.attempt,
            to: .awaitingOperator, at: now.wall, by: .sluice, cause: words, update: update)
        return land(flight, by: move, with: [.moveHold(move)], at: now)
    }

    /// A wait between its half and its whole, so that many that failed together do not come back together.
    mutating func jittered(_ wait: Duration) -> Duration {
        guard var state = jitter else { return wait }
        // SplitMix64 (Steele, Lea, Flood 2014).
        state &+= 0x9E37_79B9_7F4A_7C15
        jitter = state
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return wait * Int(512 + mixed % 513) / 1024
    }
}
