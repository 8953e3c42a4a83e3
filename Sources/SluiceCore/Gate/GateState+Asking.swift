import SluiceModel

/// A question on its way: asked, looked up, annotated, committed, answered.
extension GateState {
    mutating func requested(_ ask: Ask, at now: Moment) -> [GateEffect] {
        guard pending[ask.ref] == nil else { return [] }
        guard isStoreUsable else { return [.answer(ask.ref, .refused(.storeUnavailable))] }
        let keys = ask.lookupKeys
        if keys.isEmpty, ask.request.csaInstanceID == nil, !policy.hasInterceptors {
            return decide(PendingAsk(ask: ask, stage: .lookingUp), LookupFacts(), at: now)
        }
        guard pending.count < policy.pendingAskCountMax else {
            return [.answer(ask.ref, .refused(.overloaded))]
        }
        if let refusal = claimKeys(of: ask) { return [.answer(ask.ref, .refused(refusal))] }
        if let key = ask.request.orderingKey { orderingKeysWatched[key, default: KeyWatch()].askCount += 1 }
        pending[ask.ref] = PendingAsk(ask: ask, stage: .lookingUp)
        return [.lookUp(ask.ref, keys, csaInstanceID: ask.request.csaInstanceID)]
    }

    mutating func lookedUp(_ ref: Ask.Ref, _ facts: LookupFacts, at now: Moment) -> [GateEffect] {
        guard let entry = pending[ref], case .lookingUp = entry.stage else { return [] }
        return decide(entry, facts, at: now)
    }

    /// Rules 0 to 4; then the interceptors, if there are any; else rules 6 and 7.
    private mutating func decide(_ entry: PendingAsk, _ facts: LookupFacts, at now: Moment) -> [GateEffect] {
        if let ruling = early(entry.ask, facts, at: now).ruling() {
            return carryOut(ruling, entry, mode: nil, at: now)
        }
        guard policy.hasInterceptors, !entry.isAnnotated else { return decideLate(entry, facts, at: now) }
        var waiting = entry
        waiting.stage = .annotating(facts)
        pending[entry.ask.ref] = waiting
        return [.annotate(entry.ask.ref, entry.ask.request)]
    }

    mutating func annotated(_ ref: Ask.Ref, _ annotation: Annotation, at now: Moment) -> [GateEffect] {
        guard var entry = pending[ref], case .annotating(let facts) = entry.stage else { return [] }
        switch annotation {
        case .rejected: return carryOut(.reject(.plugin, rule: 5), entry, mode: nil, at: now)
        case .annotated(let request):
            let oldKey = entry.ask.request.orderingKey
            entry.ask.request.annotate(from: request)
            entry.isAnnotated = true
            guard entry.ask.request.orderingKey == oldKey else { return lookUpAgain(entry, oldKey: oldKey) }
            return decideLate(entry, facts, at: now)
        }
    }

    /// An interceptor gave it another ordering key: whether that key has a backlog is not known yet.
    private mutating func lookUpAgain(_ entry: PendingAsk, oldKey: OrderingKey?) -> [GateEffect] {
        unwatch(oldKey)
        if let key = entry.ask.request.orderingKey { orderingKeysWatched[key, default: KeyWatch()].askCount += 1 }
        var again = entry
        again.stage = .lookingUp
        pending[entry.ask.ref] = again
        return [.lookUp(entry.ask.ref, entry.ask.lookupKeys, csaInstanceID: entry.ask.request.csaInstanceID)]
    }

    private mutating func decideLate(_ entry: PendingAsk, _ facts: LookupFacts, at now: Moment) -> [GateEffect] {
        var hasBacklog = facts.hasBacklog
        if let key = entry.ask.request.orderingKey, orderingKeysWatched[key]?.hasNewHold == true { hasBacklog = true }
        let rules = LateRules(early: early(entry.ask, facts, at: now), hasBacklog: hasBacklog)
        let (ruling, mode) = rules.ruling()
        return carryOut(ruling, entry, mode: mode, at: now)
    }

    private func early(_ ask: Ask, _ facts: LookupFacts, at now: Moment) -> EarlyRules {
        EarlyRules(
            ask: ask, facts: facts, gate: effective, closedEpoch: closedEpoch, policy: policy, now: now.wall)
    }

    /// Answers a ruling, after the commit that it promises.
    private mutating func carryOut(
        _ ruling: Ruling, _ entry: PendingAsk, mode: ScopeMode?, at now: Moment
    ) -> [GateEffect] {
        let epoch = effective.epoch
        switch ruling {
        case .refuse(let refusal): return finish(entry, .refused(refusal))
        case .reject(let reason, let rule):
            return finish(
                entry, .decided(Answer(decision: .reject(reason), epoch: epoch, rule: rule, mode: mode)))
        case .kept(let hold, let reason, let rule):
            let present = effective.mode(for: entry.ask.request, contentPack: entry.ask.contentPack)
            let answer = Answer(
                decision: .hold(reason), epoch: epoch, rule: rule, hold: hold,
                mode: present.mode.isOpen ? nil : present)
            return finish(entry, .decided(answer))
        case .proceed(let reason, let rule, let pass, let changes):
            countInFlight(entry.ask, at: now)
            let answer = Answer(decision: .proceed(reason), epoch: epoch, rule: rule, pass: pass, mode: mode)
            guard !changes.isEmpty else { return finish(entry, .decided(answer)) }
            return commit(changes, answer, entry)
        case .keep(let reason, let rule):
            let hold = Hold(
                ticket: entry.ask.minted.ticket, request: entry.ask.request, principal: entry.ask.principal,
                reason: reason, epoch: epoch, arrivedAt: now.wall)
            var changes: [Change] = [.addHold(hold)]
            let rules = early(entry.ask, LookupFacts(), at: now)
            if let record = rules.idempotencyRecord(.held(hold.ticket)) { changes.append(.remember(record)) }
            if let key = entry.ask.request.orderingKey, orderingKeysWatched[key] != nil {
                orderingKeysWatched[key]?.hasNewHold = true
            }
            let answer = Answer(decision: .hold(reason), epoch: epoch, rule: rule, hold: hold, mode: mode)
            return commit(changes, answer, entry)
        }
    }

    private mutating func commit(
        _ changes: [Change], _ answer: Answer, _ entry: PendingAsk
    ) -> [GateEffect] {
        guard pending[entry.ask.ref] != nil || pending.count < policy.pendingAskCountMax else {
            return finish(entry, .refused(.overloaded))
        }
        var waiting = entry
        waiting.stage = .committing(answer)
        pending[entry.ask.ref] = waiting
        return [.commit(entry.ask.ref, changes)]
    }

    mutating func committed(_ ref: Ask.Ref) -> [GateEffect] {
        guard let entry = pending[ref], case .committing(let answer) = entry.stage else { return [] }
        return finish(entry, .decided(answer))
    }

    mutating func conflicted(_ ref: Ask.Ref) -> [GateEffect] {
        guard var entry = pending[ref], case .committing = entry.stage else { return [] }
        entry.conflictCount += 1
        guard entry.conflictCount <= GateLimits.conflictRetryCountMax else {
            return finish(entry, .refused(.contended))
        }
        entry.stage = .lookingUp
        pending[ref] = entry
        return [.lookUp(ref, entry.ask.lookupKeys, csaInstanceID: entry.ask.request.csaInstanceID)]
    }

    mutating func lookUpFailed(_ ref: Ask.Ref) -> [GateEffect] {
        guard let entry = pending[ref], case .lookingUp = entry.stage else { return [] }
        return finish(entry, .refused(.storeUnavailable))
    }

    mutating func commitFailed(_ ref: Ask.Ref) -> [GateEffect] {
        guard let entry = pending[ref], case .committing = entry.stage else { return [] }
        return finish(entry, .refused(.storeUnavailable))
    }

    private mutating func finish(_ entry: PendingAsk, _ reply: Reply) -> [GateEffect] {
        if pending.removeValue(forKey: entry.ask.ref) != nil {
            releaseKeys(of: entry.ask)
            unwatch(entry.ask.request.orderingKey)
        }
        return [.answer(entry.ask.ref, reply)]
    }

    // MARK: Keys in progress

    private mutating func claimKeys(of ask: Ask) -> Refusal? {
        let idempotency = ask.request.idempotencyKey.map { KeyInProgress.idempotency(ask.principal, $0) }
        let question = ask.request.askID.map { KeyInProgress.ask(ask.principal, $0) }
        if let idempotency, keysInProgress.contains(idempotency) { return .keyInProgress }
        if let question, keysInProgress.contains(question) { return .askInProgress }
        if let idempotency { keysInProgress.insert(idempotency) }
        if let question { keysInProgress.insert(question) }
        return nil
    }

    private mutating func releaseKeys(of ask: Ask) {
        if let key = ask.request.idempotencyKey { keysInProgress.remove(.idempotency(ask.principal, key)) }
        if let askID = ask.request.askID { keysInProgress.remove(.ask(ask.principal, askID)) }
    }

    private mutating func unwatch(_ key: OrderingKey?) {
        guard let key, var watch = orderingKeysWatched[key] else { return }
        watch.askCount -= 1
        orderingKeysWatched[key] = watch.askCount > 0 ? watch : nil
    }
}

extension LaunchRequest {
    /// Takes over what interceptors may say (product.md, rule 5) and nothing else: who asks for what stays as asked.
    fileprivate mutating func annotate(from annotated: LaunchRequest) {
        orderingKey = annotated.orderingKey ?? orderingKey
        coalesceKey = annotated.coalesceKey ?? coalesceKey
        notBefore = annotated.notBefore ?? notBefore
        expiresAt = annotated.expiresAt ?? expiresAt
        priority = annotated.priority
    }
}
