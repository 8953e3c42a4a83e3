import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// Drives `GateState`, as `Gatekeeper` does.
extension World {
    func tell(_ replica: Replica, _ event: GateEvent) {
        let effects = replica.gate.step(event, at: replica.clock.moment(at: now))
        carryOut(effects, replica)
    }

    /// Answers go out at once; the rest is queued.
    private func carryOut(_ effects: [GateEffect], _ replica: Replica) {
        for effect in effects {
            switch effect {
            case .answer(let ref, let reply): answer(replica, ref, reply)
            case .modeChanged(let ref, let record):
                tell(replica, .gateChanged(replica.gate.record, closedEpoch: replica.gate.closedEpoch))
                if replica.seat != nil { tell(replica, .gateApplied(record.epoch)) }
                isChanged(replica, ref, record)
            case .modeRefused(let ref, _): replica.changers[ref] = nil
            case .lookUp, .annotate, .commit, .commitMode, .reloadMode:
                agenda.put(.gateEffect(replica.place, effect), at: now + Instant(chance.below(1500)))
            }
        }
    }

    /// A question arrives: it is made an `Ask`, as `AskIntake` does.
    func asked(_ replica: Replica, _ index: Int, _ send: Int) {
        let question = questions[index]
        // Known limit: a copy that arrives after its asker went on makes a hold of its own unless its execution names
        // itself, or its caller gave an idempotency key. Its connection is closed long since. (One for whoever starts
        // it himself does no harm: nobody takes it.)
        let isKnownLater =
            question.execution.map { executions[$0].namesItself }
            ?? (question.request.idempotencyKey != nil || question.request.launcher == .caller)
        if !isKnownLater, !question.isOpen { return }
        replica.lastRef += 1
        let ask = Ask(
            ref: Ask.Ref(replica.lastRef), request: question.request, principal: question.principal,
            presented: question.presented, fingerprint: question.fingerprint, contentPack: "pack",
            minted: Ask.Minted(ticket: Ticket(ulid()), passID: PassID(ulid())))
        replica.askers[ask.ref] = (index, send)
        tell(replica, .requested(ask))
    }

    private func answer(_ replica: Replica, _ ref: Ask.Ref, _ reply: Reply) {
        guard let (question, send) = replica.askers.removeValue(forKey: ref) else { return }
        checkAnswer(replica, question, send, reply)
        if case .decided(let answer) = reply, answer.decision.isProceed, answer.rule == 7 { replica.tallyCount += 1 }
        guard !chance.happens(profile.permille(.answerLost)) else { return }
        let happening = Happening.answered(question: question, send: send, reply)
        soon(happening)
        if chance.happens(profile.permille(.answerDuplicated)) { soon(happening, 50) }
    }

    func perform(_ effect: GateEffect, _ replica: Replica) {
        switch effect {
        case .lookUp(let ref, let keys, _):
            toStore(.reads(replica.place, .facts(ref, keys, at: replica.clock.moment(at: now).wall)))
        case .commit(let ref, let changes):
            let write = Happening.write(replica.place, .gate(ref), changes)
            guard let question = replica.askers[ref]?.question, isHasty(question) else { return toStore(write) }
            hasten(question, beside: write)
        case .commitMode(let changes): toStore(.write(replica.place, .mode, changes))
        case .reloadMode: toStore(.reads(replica.place, .gate))
        case .annotate, .answer, .modeChanged, .modeRefused: break
        }
    }

    /// Whether its asker does not wait for a slow store.
    private func isHasty(_ question: Int) -> Bool {
        profile.replicaCount > 1 && profile.permille(.storeSlow) > 0 && questions[question].isKnownBeside
            && chance.happens(40)
    }

    /// What answers it is written slowly. It is asked again meanwhile, at any replica: one copy of the question is
    /// decided while another is being written.
    private func hasten(_ question: Int, beside write: Happening) {
        soon(write, chance.pick([700, 2500]))
        soon(.sends(question: question), 500)
        // A person changes the gate just then.
        guard profile.operatorPermille > 0, chance.happens(300), let replica = anyReplica() else { return }
        change(replica, scope: nil, replica.gate.record.whole.mode.isOpen ? .hold : .open)
    }

    /// The facts are there; whether a parent still runs is asked of Central first, with a limit.
    func found(_ place: Place, _ ref: Ask.Ref, _ facts: LookupFacts) {
        var facts = facts
        if let key = facts.keyToRead { facts.keyHead = store.holds.first(ofKey: key) }
        guard let parent = facts.parent, parent.endedAt == nil else {
            return soon(.gateEvent(place, .lookedUp(ref, facts)))
        }
        guard centralDownUntil <= now, centralSlowUntil <= now else {
            return agenda.put(.parentSeen(place, ref, facts, isRunning: nil), at: now + .seconds(2))
        }
        let execution = execution(parent.executionID)
        let isRunning = execution.map { $0.isListed(at: now) && !$0.summary.status.isTerminal } ?? false
        soon(.parentSeen(place, ref, facts, isRunning: isRunning), 20)
    }

    func parentSeen(_ replica: Replica, _ ref: Ask.Ref, _ facts: LookupFacts, _ isRunning: Bool?) {
        var facts = facts
        facts.isParentRunning = isRunning
        tell(replica, .lookedUp(ref, facts))
    }

    // MARK: Changes of the gate

    func modeWished(_ replica: Replica, _ change: ModeChange) {
        replica.lastRef += 1
        var change = change
        change.ref = ModeChange.Ref(replica.lastRef)
        replica.changers[change.ref] = 1
        tell(replica, .modeRequested(change))
    }

    /// An opening is acknowledged at its commit; a close when nobody can let anything through any more.
    private func isChanged(_ replica: Replica, _ ref: ModeChange.Ref, _ record: GateRecord) {
        guard replica.changers.removeValue(forKey: ref) != nil, hasClosed(record) else { return }
        guard replica.seat != nil else { return acknowledge(replica, epoch: record.epoch) }
        let now = replica.clock.moment(at: now).monotonic
        let wait = CloseWait(
            epoch: record.epoch, own: replica.id, begunAt: now, committedAt: now)
        send(.seats(wait), from: replica)
    }

    /// Whether a record closes something that the one before it had open.
    private func hasClosed(_ record: GateRecord) -> Bool {
        guard let before = book.gates.last(where: { $0.epoch < record.epoch }) else { return false }
        if before.whole.mode.isOpen, !record.whole.mode.isOpen { return true }
        return record.scopes.contains { !$0.mode.isOpen && before.entry(for: $0.scope)?.mode.isOpen ?? true }
            || before.scopes.contains { $0.mode.isOpen && record.entry(for: $0.scope) == nil }
    }

    func acknowledge(_ replica: Replica, epoch: Epoch) {
        require(
            store.gate.map { $0.epoch >= epoch } ?? false, .committedBeforeAnswered,
            "epoch \(epoch) was acknowledged by \(replica.name); the store has "
                + "\(store.gate?.epoch.description ?? "none")")
        let newest = book.acknowledged.last?.epoch ?? epoch
        book.acknowledged.append(Acknowledged(epoch: max(newest, epoch), at: now))
        trace?.add(now, replica.name, "acknowledges epoch \(epoch)")
    }
}
