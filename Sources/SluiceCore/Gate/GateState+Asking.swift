public import SluiceModel

/// A question on its way: asked, looked up, annotated, committed, answered.
extension GateState {
    mutating func requested(_ ask: Ask, at now: Moment) -> [GateEffect] {
        guard pending[ask.ref] == nil else { return [] }
        guard isStoreUsable else { return [.answer(ask.ref, .refused(.storeUnavailable))] }
        guard holdsLease(at: now) else { return [.answer(ask.ref, .refused(.noLease))] }
        if ask.isPlain { return decide(PendingAsk(ask: ask, stage: .lookingUp), LookupFacts(), at: now) }
        guard pending.count < policy.pendingAskCountMax else {
            return [.answer(ask.ref, .refused(.overloaded))]
        }
        if let refusal = claimKeys(of: ask) { return [.answer(ask.ref, .refused(refusal))] }
        if let key = ask.request.orderingKey { orderingKeysWatched[key, default: KeyWatch()].askCount += 1 }
        pending[ask.ref] = PendingAsk(ask: ask, stage: .lookingUp)
        return [.lookUp(ask.ref, ask.lookupKeys, csaInstanceID: ask.request.csaInstanceID)]
    }

    /// Lets a question through at once when it needs nothing from the store, neither before its decision nor after it;
    /// nil when it has to be asked with `.requested`, and nothing has changed. The rules are the same.
    public mutating func answerNow(_ ask: Ask, at now: Moment) -> Answer? {
        guard isStoreUsable, holdsLease(at: now), ask.isPlain else { return nil }
        guard !policy.intercepts(ask.request, by: ask.principal) else { return nil }
        if let answer = answerOfTheOpenGate(ask, at: now) {
            countInFlight(ask, at: now)
            return answer
        }
        let rules = early(ask, LookupFacts(), at: now)
        guard rules.ruling() == nil else { return nil }
        let (ruling, mode) = LateRules(early: rules, hasBacklog: false).ruling()
        guard case .proceed(let reason, let rule, let pass, let changes) = ruling, changes.isEmpty else { return nil }
        countInFlight(ask, at: now)
        return Answer(decision: .proceed(reason), epoch: effective.epoch, rule: rule, pass: pass, mode: mode)
    }

    /// The answer to the commonest question, without the facts that the rules would look into in vain: of a plain one
    /// without a time of its own only the mode is left to be asked (rule 7). nil: the rules decide.
    private func answerOfTheOpenGate(_ ask: Ask, at now: Moment) -> Answer? {
        guard case .none = ask.presented, !ask.isFromExecution, policy.allowRules.isEmpty, closing == nil,
            ask.request.expiresAt == nil, ask.request.notBefore == nil
        else { return nil }
        let mode = record.mode(for: ask.request, contentPack: ask.contentPack)
        guard mode.mode.isOpen else { return nil }
        return Answer(
            decision: .proceed(.open), epoch: record.epoch, rule: 7,
            pass: .toStart(ask, epoch: record.epoch, at: now.wall, policy), mode: mode)
    }

    mutating func lookedUp(_ ref: Ask.Ref, _ facts: LookupFacts, at now: Moment) -> [GateEffect] {
        guard let entry = pending[ref], case .lookingUp = entry.stage else { return [] }
        return decide(entry, facts, at: now)
    }

    /// Rules 0 to 4; then the interceptors, if there are any; else rules 6 and 7.
    private mutating func decide(_ entry: PendingAsk, _ facts: LookupFacts, at now: Moment) -> [GateEffect] {
        // Looking up may have taken longer than the lease lasted.
        guard holdsLease(at: now) else { return finish(entry, .refused(.noLease)) }
        if let ruling = early(entry.ask, facts, at: now).ruling() {
            return carryOut(ruling, entry, mode: nil, at: now)
        }
        guard !entry.isAnnotated, policy.intercepts(entry.ask.request, by: entry.ask.principal) else {
            return decideLate(entry, facts, at: now)
        }
        guard pending[entry.ask.ref] != nil || pending.count < policy.pendingAskCountMax else {
            return finish(entry, .refused(.overloaded))
        }
        var waiting = entry
        waiting.stage = .annotating(facts)
        pending[entry.ask.ref] = waiting
        return [.annotate(entry.ask)]
    }

    mutating func annotated(_ ref: Ask.Ref, _ annotation: Annotation, at now: Moment) -> [GateEffect] {
        guard var entry = pending[ref], case .annotating(let facts) = entry.stage else { return [] }
        entry.isAnnotated = true
        switch annotation {
        case .annotated where !holdsLease(at: now), .heldByFault where !holdsLease(at: now):
            return finish(entry, .refused(.noLease))
        case .rejected(let notes):
            entry.ask.request.pluginNotes = notes
            return carryOut(.reject(.plugin, rule: 5), entry, mode: nil, at: now)
        case .rejectedByFault(let notes):
            entry.ask.request.pluginNotes = notes
            return carryOut(.reject(.pluginFault, rule: 5), entry, mode: nil, at: now)
        case .annotated(let annotations, let notes): return annotate(entry, annotations, notes, facts, at: now)
        case .heldByFault(let annotations, let notes):
            entry.isFaulted = true
            return annotate(entry, annotations, notes, facts, at: now)
        }
    }

    private mutating func annotate(
        _ asked: PendingAsk, _ annotations: LaunchAnnotations, _ notes: [PluginNote], _ facts: LookupFacts,
        at now: Moment
    ) -> [GateEffect] {
        var annotations = annotations
        // Without a fingerprint nobody could tell a repeat from another launch of the same key.
        if asked.ask.fingerprint == nil { annotations.idempotencyKey = nil }
        var entry = asked
        entry.ask.request.annotate(annotations)
        entry.ask.request.pluginNotes = notes
        let isKeyed = entry.ask.request.idempotencyKey != asked.ask.request.idempotencyKey
        if isKeyed, let key = entry.ask.request.idempotencyKey {
            let claim = KeyInProgress.idempotency(entry.ask.principal, key)
            guard keysInProgress.insert(claim).inserted else { return finish(asked, .refused(.keyInProgress)) }
        }
        guard isKeyed || entry.ask.request.orderingKey != asked.ask.request.orderingKey else {
            return decideLate(entry, facts, at: now)
        }
        return lookUpAgain(entry, oldKey: asked.ask.request.orderingKey)
    }

    /// An interceptor gave it a key: whether that has a backlog, or was used, is not known yet.
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
        if Mutant.isActive(.backlogIgnored) { hasBacklog = false }
        let rules = LateRules(
            early: early(entry.ask, facts, at: now), hasBacklog: hasBacklog, isFaulted: entry.isFaulted)
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
        case .reject(let reason, let rule, let representative):
            var answer = Answer(decision: .reject(reason), epoch: epoch, rule: rule, mode: mode)
            answer.representative = representative
            answer.pluginNotes = entry.ask.request.pluginNotes
            return finish(entry, .decided(answer))
        case .kept(let hold, let reason, let rule):
            let present = effective.mode(for: entry.ask.request, contentPack: entry.ask.contentPack)
            let answer = Answer(
                decision: .hold(reason), epoch: epoch, rule: rule, hold: hold,
                mode: present.mode.isOpen ? nil : present)
            return finish(entry, .decided(answer))
        case .proceed(let reason, let rule, let pass, let changes):
            countInFlight(entry.ask, at: now)
            var answer = Answer(decision: .proceed(reason), epoch: epoch, rule: rule, pass: pass, mode: mode)
            answer.pluginNotes = entry.ask.request.pluginNotes
            guard !changes.isEmpty else { return finish(entry, .decided(answer)) }
            return commit(changes, answer, entry)
        case .keep(let reason, let rule):
            var hold = Hold(
                ticket: entry.ask.minted.ticket, request: entry.ask.request, principal: entry.ask.principal,
                reason: reason, epoch: epoch, arrivedAt: now.wall)
            let rules = early(entry.ask, LookupFacts(), at: now)
            var changes = rules.unaskedToKeep() + [.addHold(hold)]
            // One that only an operator lets go stands for no other.
            if reason == .pluginFault {
                changes += strand(&hold, at: now)
            } else if let key = hold.request.coalesceKey, hold.request.launcher == .sluice {
                changes.append(
                    .coalesce(
                        Coalescing(
                            representative: hold.ticket, key: key, includesWaitedFor: policy.coalescesWaitedFor,
                            at: now.wall, by: hold.principal)))
            }
            if let record = rules.idempotencyRecord(.held(hold.ticket)), !Mutant.isActive(.keyForgotten) {
                changes.append(.remember(record))
            }
            if let key = entry.ask.request.orderingKey, orderingKeysWatched[key] != nil {
                orderingKeysWatched[key]?.hasNewHold = true
            }
            var answer = Answer(decision: .hold(reason), epoch: epoch, rule: rule, hold: hold, mode: mode)
            answer.pluginNotes = hold.request.pluginNotes
            return commit(changes, answer, entry)
        }
    }

    /// A new hold that no opening may launch: what a plugin should have said of it is missing, so an operator decides.
    private func strand(_ hold: inout Hold, at now: Moment) -> [Change] {
        let note = hold.request.pluginNotes.last { $0.outcome == .held }
        let cause = "plugin \(note?.sentence ?? "failed"); retry it to launch it as it is, or discard it"
        guard let move = HoldLife.move(hold, .stranded, at: now.wall, by: .sluice, cause: cause) else { return [] }
        hold.state = move.to
        hold.cause = cause
        return [.moveHold(move)]
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
        if Mutant.isActive(.answerBeforeCommit) {
            return finish(entry, .decided(answer)) + [.commit(entry.ask.ref, changes)]
        }
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
            if !Mutant.isActive(.keysNeverFreed) { releaseKeys(of: entry.ask) }
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
