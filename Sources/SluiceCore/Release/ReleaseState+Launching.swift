import SluiceModel

/// Choosing what to launch next, and launching it.
extension ReleaseState {
    mutating func fetchIfPossible(at now: Moment) -> [ReleaseEffect] {
        guard isStirred, !isFetching, !isPaused, bucket.available(at: now.monotonic) > 0 else { return [] }
        let isAnyOpen = gate.whole.mode.isOpen || gate.scopes.contains { $0.mode.isOpen }
        guard mayLaunch(at: now) else {
            // Callers start their launches themselves: neither the ceiling nor Central's troubles hold them up.
            guard isAnyOpen, now.monotonic >= callersFetchAt else { return [] }
            callersFetchAt = now.monotonic.advanced(by: ReleaseLimits.sweepInterval)
            isFetching = true
            isFetchForCallers = true
            return [
                .fetch(includesHeld: true, launcher: .caller, after: nil, limit: ReleaseLimits.candidateCountMax)
            ]
        }
        if let restUntil, now.monotonic < restUntil { return [] }
        if mustRestart, !isWalking {
            place = nil
            walkedCount = 0
            mustRestart = false
        }
        isFetching = true
        isFetchForCallers = false
        isStirred = false
        return [
            .fetch(includesHeld: isAnyOpen, launcher: nil, after: place, limit: ReleaseLimits.candidateCountMax)
        ]
    }

    private func mayLaunch(at now: Moment) -> Bool {
        if let trouble, now.monotonic < trouble.retryAt { return false }
        return slots() > 0
    }

    /// Places left under the ceiling; one at a time while Central gives trouble, or has not yet shown that it takes
    /// any:
    /// many starts with a wrong password would lock the account.
    private func slots() -> Int {
        let free = policy.ceiling - flights.ceilingCount
        return trouble == nil && isProven ? free : min(free, flights.startingCount == 0 ? 1 : 0)
    }

    mutating func candidates(
        _ holds: [Hold], _ passIDs: [PassID], isLastPage: Bool, at now: Moment
    ) -> [ReleaseEffect] {
        isFetching = false
        if isFetchForCallers { return letCallersGo(holds, at: now) }
        var effects: [ReleaseEffect] = []
        var tokens = bucket.available(at: now.monotonic)
        var seenCount = 0
        let mustWait = isPaused || trouble.map { now.monotonic < $0.retryAt } ?? false
        for (hold, passID) in zip(holds, passIDs) {
            guard !mustWait, tokens > 0, slots() > 0 else { break }
            seenCount += 1
            place = ReleaseEffect.Place(priority: hold.request.priority, arrival: hold.arrival)
            guard mayStart(hold, at: now) else { continue }
            if let stop = stopIfIncompatible(hold, at: now) {
                effects.append(stop)
                continue
            }
            effects.append(hold.request.launcher == .caller ? letGo(hold, at: now) : intend(hold, passID, at: now))
            tokens -= 1
            bucket.take(1)
        }
        let isCutShort = seenCount < holds.count
        let isOver = !isCutShort && (isLastPage || holds.isEmpty)
        isWalking = !isCutShort && !isOver
        walkedCount = effects.isEmpty ? walkedCount + seenCount : 0
        if isOver {
            place = nil
            // A long walk past holds that cannot start is not taken again at once.
            let isFruitless = walkedCount > ReleaseLimits.candidateCountMax
            restUntil = isFruitless ? now.monotonic.advanced(by: ReleaseLimits.sweepIntervalClosed) : nil
            walkedCount = 0
        } else {
            isStirred = true
        }
        return effects + fetchIfPossible(at: now)
    }

    private mutating func letCallersGo(_ holds: [Hold], at now: Moment) -> [ReleaseEffect] {
        isFetchForCallers = false
        var effects: [ReleaseEffect] = []
        for hold in holds where bucket.available(at: now.monotonic) > 0 && !isPaused {
            guard hold.request.launcher == .caller, mayStart(hold, at: now) else { continue }
            effects.append(letGo(hold, at: now))
            bucket.take(1)
        }
        return effects
    }

    private func mayStart(_ hold: Hold, at now: Moment) -> Bool {
        guard flights[hold.ticket] == nil else { return false }
        if let key = hold.request.orderingKey, flights.hasFlight(of: key) { return false }
        if let expiresAt = hold.request.expiresAt, expiresAt <= now.wall { return false }
        switch hold.state {
        case .released: return hold.request.launcher == .sluice && mayGoOn(hold)
        case .held:
            let waitsForPolicy = hold.isMissedTime && judgesMisfires && judgedEpoch != gate.epoch
            return isOpen(for: hold) && !waitsForPolicy
        default: return false
        }
    }

    /// Whether an operator let it go since the gate last closed.
    private func isReleaseValid(_ hold: Hold) -> Bool { hold.releasedEpoch.map { $0 >= closedEpoch } ?? false }

    /// Whether a released hold may be launched as the gate stands now.
    func mayGoOn(_ hold: Hold) -> Bool { isReleaseValid(hold) || isOpen(for: hold) }

    /// A caller's hold: its next or waiting question is answered `proceed`.
    private mutating func letGo(_ hold: Hold, at now: Moment) -> ReleaseEffect {
        var update = HoldUpdate()
        update.releasedEpoch = gate.epoch
        let move = HoldMove(
            ticket: hold.ticket, from: [.held], attempt: hold.attempt, to: .released, at: now.wall, by: .sluice,
            cause: "the gate is open: its caller may start it", update: update)
        return commit([.moveHold(move)], .other, of: hold.ticket)
    }

    private mutating func intend(_ hold: Hold, _ passID: PassID, at now: Moment) -> ReleaseEffect {
        var changes: [Change] = []
        if hold.state == .held {
            var release = HoldUpdate()
            release.releasedEpoch = gate.epoch
            changes.append(
                .moveHold(
                    HoldMove(
                        ticket: hold.ticket, from: [.held], attempt: hold.attempt, to: .released, at: now.wall,
                        by: .sluice, cause: "the gate is open", update: release)))
        }
        let attempt = hold.attempt + 1
        var update = HoldUpdate()
        update.attempt = attempt
        update.attemptAt = now.wall
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
        flights.set(
            Flight(hold: intended, isGated: isGated, phase: .intending(pass)))
        return commit(changes, .intent, of: hold.ticket)
    }

    mutating func expire(_ holds: [Hold], at now: Moment) -> [ReleaseEffect] {
        holds.prefix(ReleaseLimits.expiredCountMax).compactMap { hold in
            guard flights[hold.ticket] == nil,
                let move = HoldLife.move(
                    hold, .expired, at: now.wall, by: .sluice, cause: "its expiry passed before it could be launched")
            else { return nil }
            return commit([.moveHold(move)], .other, of: hold.ticket)
        }
    }
}
