import SluiceModel

/// Choosing what to launch next, and launching it.
extension ReleaseState {
    mutating func fetchIfPossible(at now: Moment) -> [ReleaseEffect] {
        guard isStirred, !isFetching, !isPaused, record.stage.letsStart else { return [] }
        guard bucket.available(at: now.monotonic) > 0 else {
            isWalking = false
            suspendCallers()
            return []
        }
        guard mayLaunch(at: now) else {
            // The walk ends where it had to stop: what has come or become due since may be first when it goes on.
            isWalking = false
            return fetchForCallers(at: now)
        }
        suspendCallers()
        if let restUntil, now.monotonic < restUntil { return [] }
        if mustRestart, !isWalking {
            turns.clear()
            mustRestart = false
        }
        isFetching = true
        guard let turn = turns.next(slice: record.settings.tenantSlice) else {
            walkedCount = 0
            if turns.readAfter == nil { isStaleWalk = false }
            return [
                .fetchLanes(includesHeld: isAnyOpen, after: turns.readAfter, limit: ReleaseLimits.laneCountMax)
            ]
        }
        isStirred = false
        // Some of them may not be able to start.
        let limit = turn.leftCount.map { min($0 * 2, ReleaseLimits.candidateCountMax) }
        return [
            .fetch(
                includesHeld: isAnyOpen, launcher: nil, lane: turn.lane, after: turn.after,
                limit: limit ?? ReleaseLimits.candidateCountMax)
        ]
    }

    mutating func lanesRead(_ lanes: [Lane], at now: Moment) -> [ReleaseEffect] {
        isFetching = false
        if callers.isReading { return callersLanesRead(lanes, at: now) }
        let isPart = turns.readAfter != nil
        turns.load(lanes, limit: ReleaseLimits.laneCountMax)
        isFruitlessWalk = !isPart && turns.readAfter == nil
        guard turns.isEmpty else { return fetchIfPossible(at: now) }
        isWalking = false
        isStirred = isPart
        if isFruitlessWalk { walkWasFruitless(at: now) }
        return persist() + fetchIfPossible(at: now)
    }

    private func mayLaunch(at now: Moment) -> Bool {
        if let trouble, now.monotonic < trouble.retryAt { return false }
        return slots() > 0
    }

    /// Places left; one at a time while Central gives trouble, or has not yet shown that it takes any: many starts with
    /// a wrong password would lock the account.
    private func slots() -> Int {
        guard record.stage.letsStart, isBeginOnRecord else { return 0 }
        // A canary goes whatever else runs: what is parked at its gate step would else wait for it, and it for that.
        var free = record.stage == .canary ? min(canarySlots, record.ceiling - flights.ceilingCount) : ceilingSlots
        if Mutant.isActive(.ceilingForgotten) { free = 1000 - flights.ceilingCount }
        return trouble == nil && isProven ? free : min(free, flights.startingCount == 0 ? 1 : 0)
    }

    mutating func candidates(
        _ holds: [Hold], _ passIDs: [PassID], isLastPage: Bool, at now: Moment
    ) -> [ReleaseEffect] {
        isFetching = false
        if callers.isReading { return callersRead(holds, isLastPage: isLastPage, at: now) }
        var effects: [ReleaseEffect] = []
        var tokens = bucket.available(at: now.monotonic)
        var seenCount = 0
        var isStopped = false
        let slice = record.settings.tenantSlice
        let mustWait = isPaused || trouble.map { now.monotonic < $0.retryAt } ?? false
        for (hold, passID) in zip(holds, passIDs) {
            guard !mustWait, tokens > 0, slots() > 0 else {
                isStopped = true
                break
            }
            guard turns.mayLook(at: hold, slice: slice) else { break }
            seenCount += 1
            turns.looked(at: hold.place)
            guard mayStart(hold, at: now) else { continue }
            if let stop = stopIfIncompatible(hold, at: now) ?? stopIfIdentityCounts(hold, at: now) {
                effects.append(stop)
                continue
            }
            effects.append(hold.request.launcher == .caller ? letGo(hold, at: now) : intend(hold, passID, at: now))
            if Mutant.isActive(.intentNotAwaited), var flight = flights[hold.ticket],
                case .intending(let pass) = flight.phase
            {
                effects += launch(&flight, pass, at: now)
            }
            turns.launched()
            tokens -= 1
            bucket.take(1)
        }
        if seenCount == holds.count, isLastPage || holds.isEmpty { turns.exhausted() }
        let isOver = turns.isEmpty
        isWalking = !isStopped && !isOver
        walkedCount = effects.isEmpty ? walkedCount + seenCount : 0
        if !effects.isEmpty { isFruitlessWalk = false }
        if isOver {
            // A long walk past holds that cannot start is not taken again at once.
            let isLong = walkedCount > ReleaseLimits.candidateCountMax
            restUntil = isLong ? now.monotonic.advanced(by: ReleaseLimits.sweepIntervalClosed) : nil
            walkedCount = 0
            if isFruitlessWalk { walkWasFruitless(at: now) }
        } else {
            isStirred = true
        }
        return effects + persist() + fetchIfPossible(at: now)
    }

    /// All lanes were looked through, and nothing may start.
    private mutating func walkWasFruitless(at now: Moment) {
        isFruitlessWalk = false
        guard isAnyOpen, !isStaleWalk else { return }
        if record.stage == .canary {
            guard canaryNotFound(at: now) else { return }
            isStirred = true
            mustRestart = true
        } else {
            endIfDone(at: now)
        }
    }

    mutating func mayStart(_ hold: Hold, at now: Moment) -> Bool {
        guard flights[hold.ticket] == nil else { return false }
        if isBeingStopped(hold) {
            isFruitlessWalk = false
            return false
        }
        if let key = hold.request.orderingKey, flights.hasFlight(of: key) {
            // Its turn comes when that has ended.
            isFruitlessWalk = false
            return false
        }
        if record.stage == .canary, !isCanary(hold) { return false }
        if let expiresAt = hold.request.expiresAt, expiresAt <= now.wall, !Mutant.isActive(.expiryIgnored) {
            return false
        }
        switch hold.state {
        case .released: return hold.request.launcher == .sluice && mayGoOn(hold)
        case .held:
            return isOpen(for: hold) && !(hold.isMissedTime && waitsForJudging)
        default: return false
        }
    }

    /// Whether an operator let it go since the gate last closed.
    func isReleaseValid(_ hold: Hold) -> Bool { hold.releasedEpoch.map { $0 >= closedEpoch } ?? false }

    /// Whether a released hold may be launched as the gate stands now.
    func mayGoOn(_ hold: Hold) -> Bool {
        isReleaseValid(hold) || isOpen(for: hold) || Mutant.isActive(.gateUncheckedBeforeSending)
    }

    /// A caller's hold: its next or waiting question is answered `proceed`.
    mutating func letGo(_ hold: Hold, at now: Moment) -> ReleaseEffect {
        var update = HoldUpdate()
        update.releasedEpoch = gate.epoch
        let move = HoldMove(
            ticket: hold.ticket, from: [.held], attempt: hold.attempt, to: .released, at: now.wall, by: .sluice,
            cause: "the gate is open: its caller may start it", update: update)
        return commit([.expectOpen(since: gate.epoch), .moveHold(move)], .other, of: hold.ticket)
    }

    private mutating func intend(_ hold: Hold, _ passID: PassID, at now: Moment) -> ReleaseEffect {
        // A close that this process has not heard of keeps the intent from being written.
        var changes: [Change] = [.expectOpen(since: gate.epoch)]
        if hold.state == .held {
            var release = HoldUpdate()
            release.releasedEpoch = gate.epoch
            changes.append(
                .moveHold(
                    HoldMove(
                        ticket: hold.ticket, from: [.held], attempt: hold.attempt, to: .released, at: now.wall,
                        by: .sluice, cause: "the gate is open", update: release)))
        }
        let attempt = Mutant.isActive(.retryWithoutAttempt) ? max(1, hold.attempt) : hold.attempt + 1
        let passID = Mutant.isActive(.retryWithoutAttempt) ? hold.passID ?? passID : passID
        var update = HoldUpdate()
        update.attempt = attempt
        // Not before the release began, though the clock was set back: by that a process that takes over tells that it
        // is of this release.
        update.attemptAt = max(now.wall, record.stage.isActive ? record.beganAt ?? now.wall : now.wall)
        // On record only if it is sent: whether an attempt was gated must not depend on what is known of its flow
        // later.
        let isGated = isGated(hold.request.flow)
        update.passID = isGated ? passID : nil
        let move = HoldMove(
            ticket: hold.ticket, from: [.released], attempt: hold.attempt, to: .launching, at: now.wall, by: .sluice,
            cause: "attempt \(attempt) is being launched", update: update)
        changes.append(.moveHold(move))
        var intended = hold
        intended.state = .released
        if hold.state == .held { intended.releasedEpoch = gate.epoch }
        intended = intended.applying(move) ?? intended
        let pass = PassClaims(
            id: passID, kind: .attempt, flow: hold.request.flow, ticket: hold.ticket, attempt: attempt,
            epoch: gate.epoch, expiresAt: now.wall.advanced(by: policy.attemptLifetime))
        var flight = Flight(hold: intended, isGated: isGated, phase: .intending(pass))
        flight.isCanary = record.stage == .canary
        flight.releaseBeganAt = record.stage.isActive ? record.beganAt : nil
        flight.wasReleased = hold.state == .released
        flight.begunAt = now.monotonic
        flights.set(flight)
        return commit(changes, .intent, of: hold.ticket)
    }

    mutating func expire(_ holds: [Hold], at now: Moment) -> [ReleaseEffect] {
        holds.prefix(ReleaseLimits.expiredCountMax).compactMap { hold in
            guard flights[hold.ticket] == nil,
                let move = HoldLife.move(
                    hold, .expired, at: now.wall, by: .sluice, cause: "its expiry passed before it could be launched")
            else { return nil }
            return commit(HoldLife.changes(move, of: hold), .other, of: hold.ticket)
        }
    }
}
