import SluiceModel

/// What a rule answers.
enum Ruling: Hashable, Sendable {
    /// Let through, once the changes are durable.
    case proceed(ProceedReason, rule: Int, pass: PassClaims, changes: [Change])
    /// The launch is already kept as this hold.
    case kept(Hold, HoldReason, rule: Int)
    /// The launch is to be kept as a new hold.
    case keep(HoldReason, rule: Int)
    case reject(RejectReason, rule: Int, representative: Ticket? = nil)
    case refuse(Refusal)
}

/// Rules 0 to 4 of product.md, "How a launch request is decided". Pure; the first that applies answers.
struct EarlyRules {
    let ask: Ask
    let facts: LookupFacts
    let gate: GateRecord
    /// The last epoch that closed anything: a release older than it is void.
    let closedEpoch: Epoch
    let policy: GatePolicy
    let now: Timestamp

    func ruling() -> Ruling? {
        pass() ?? ticket() ?? askID() ?? idempotencyKey() ?? allowRule() ?? lineage()
    }

    // MARK: Rule 0: a pass

    func pass() -> Ruling? {
        switch ask.presented {
        case .none: nil
        // A pass that cannot be read is never the same as none: its launch may be on record elsewhere.
        case .forged: .reject(.invalidPass, rule: 0)
        case .genuine(let claims):
            switch claims.kind {
            case .admission: admissionPass(claims)
            case .attempt: attemptPass(claims)
            }
        }
    }

    private func admissionPass(_ claims: PassClaims) -> Ruling? {
        guard now < claims.expiresAt else { return nil }
        if claims.ticket != nil {
            guard let hold = facts.passHold, !hold.state.isFinal else { return nil }
        }
        if claims.runID != nil {
            guard let admission = facts.passAdmission, admission.endedAt == nil else { return nil }
        }
        return .proceed(.admitted, rule: 0, pass: claims, changes: admission(.admitted))
    }

    private func attemptPass(_ claims: PassClaims) -> Ruling? {
        guard claims.flow == ask.request.flow else { return .reject(.invalidPass, rule: 0) }
        // Another copy of this question was kept as a hold, when or where the pass had expired: it goes by that.
        if claims.ticket == nil, facts.askHold != nil, !Mutant.isActive(.expiredPassUnspent) { return nil }
        let granted = admissionClaims(ticket: claims.ticket, attempt: claims.attempt)
        if let redemption = facts.redemption {
            guard redemption.asker.isSame(as: ask.asker) || Mutant.isActive(.passRedeemedTwice) else {
                // One that was kept, and asks on by its ticket alone.
                let isKept = claims.ticket == nil && facts.ticketHold != nil
                return isKept ? nil : .reject(.duplicate, rule: 0)
            }
            guard let ticket = claims.ticket else { return .proceed(.admitted, rule: 0, pass: granted, changes: []) }
            guard let hold = facts.passHold, isCurrent(claims, of: hold) else {
                return .reject(.duplicate, rule: 0)
            }
            // Guarded by the store: an operator may have sent it back for a new attempt since the first answer.
            return .proceed(
                .admitted, rule: 0, pass: granted, changes: [.moveHold(redeemed(ticket, attempt: claims.attempt))])
        }
        guard now < claims.expiresAt else {
            // Without a hold behind it nothing else will start this launch: decide it afresh, once (`spentPass`).
            return claims.ticket == nil ? nil : .reject(.invalidPass, rule: 0)
        }
        // The release asks for it when the execution ends, which may be long after the pass expired.
        let forgetAt =
            claims.ticket == nil
            ? claims.expiresAt.advanced(by: max(policy.startWindow, GateLimits.startRedemptionRetention))
            : max(claims.expiresAt, now).advanced(by: GateLimits.redemptionRetention)
        let redeem = Change.redeem(Redemption(passID: claims.id, asker: ask.asker, at: now, forgetAt: forgetAt))
        guard let ticket = claims.ticket else {
            return .proceed(
                .admitted, rule: 0, pass: granted, changes: unheld() + [redeem] + admission(.admitted))
        }
        guard let hold = facts.passHold else { return .reject(.invalidPass, rule: 0) }
        if Mutant.isActive(.voidPassAccepted), hold.attempt != claims.attempt {
            return .proceed(.admitted, rule: 0, pass: granted, changes: [redeem])
        }
        guard isCurrent(claims, of: hold) else { return .reject(.duplicate, rule: 0) }
        let move = Change.moveHold(redeemed(ticket, attempt: claims.attempt))
        return .proceed(.admitted, rule: 0, pass: granted, changes: [redeem, move] + admission(.admitted))
    }

    /// Whether a pass is that of the hold's present attempt, and the launch is not over.
    private func isCurrent(_ claims: PassClaims, of hold: Hold) -> Bool {
        hold.attempt == claims.attempt && hold.passID == claims.id && !hold.state.isFinal
    }

    private func redeemed(_ ticket: Ticket, attempt: Int) -> HoldMove {
        var update = HoldUpdate()
        update.executionID = ask.request.runID
        return HoldMove(
            ticket: ticket, from: HoldLife.redeemable, attempt: attempt, to: .running, at: now, by: ask.principal,
            cause: "its gate step redeemed the pass of attempt \(attempt)", update: update)
    }

    // MARK: Rule 1: a ticket, or the same question asked again

    func ticket() -> Ruling? {
        guard ask.request.ticket != nil else { return nil }
        guard let hold = facts.ticketHold, hold.request.flow == ask.request.flow else {
            return .reject(.unknownTicket, rule: 1)
        }
        return again(hold, isOwner: owns(hold), rule: 1)
    }

    func askID() -> Ruling? {
        guard let hold = facts.askHold else { return nil }
        guard hold.request.flow == ask.request.flow else { return .refuse(.keyReused) }
        return again(hold, isOwner: true, rule: 1)
    }

    /// Whether the asker is the one this hold was made for. One that was asked for without any id belongs to the first
    /// of its principal that takes it, and from then on to nobody else.
    private func owns(_ hold: Hold) -> Bool {
        guard hold.principal == ask.principal else { return false }
        let first = Asker(principal: hold.principal, askID: hold.request.askID, runID: hold.request.runID)
        return (first.askID == nil && first.runID == nil) || first.isSame(as: ask.asker)
    }

    /// The answer to whoever asks about a launch that is already a hold: table (state × asker × epoch).
    private func again(_ hold: Hold, isOwner: Bool, rule: Int) -> Ruling {
        let isTheirs = isOwner && hold.request.launcher == .caller
        let isTheirPrincipals = hold.principal == ask.principal
        switch hold.state {
        case .held: return .kept(hold, hold.reason, rule: rule)
        case .awaitingOperator:
            let isUntried = hold.reason == .pluginFault && hold.attempt == 0
            return .kept(hold, isUntried ? .pluginFault : .beingLaunched, rule: rule)
        case .released:
            guard isTheirs else { return .kept(hold, hold.reason, rule: rule) }
            if let expiresAt = hold.request.expiresAt, expiresAt <= now, !Mutant.isActive(.expiryIgnored) {
                return .reject(.expired, rule: rule)
            }
            guard isReleaseInForce(hold) else { return .kept(hold, hold.reason, rule: rule) }
            // An older one came back since, or a person let this one go out of its turn.
            if let head = facts.keyHead, head != hold.ticket, !Mutant.isActive(.takenOutOfOrder) {
                return .kept(hold, .behindBacklog, rule: rule)
            }
            return take(hold, rule: rule)
        case .launching, .running:
            if isTheirs, let start = hold.attemptAt, let passID = hold.passID, isInStartWindow(since: start) {
                let pass = callerPass(id: passID, hold: hold, attempt: hold.attempt, start: start)
                return .proceed(.released, rule: rule, pass: pass, changes: [])
            }
            if hold.state == .launching, hold.request.launcher == .sluice {
                return .kept(hold, .beingLaunched, rule: rule)
            }
            return .reject(.duplicate, rule: rule)
        // What became of it is its own principal's to know.
        case .expired: return .reject(isTheirPrincipals ? .expired : .unknownTicket, rule: rule)
        // A superseded one's asker went on without it.
        case .ended, .superseded: return .reject(ask.request.ticket == nil ? .duplicate : .unknownTicket, rule: rule)
        case .coalesced, .discarded:
            guard isTheirPrincipals else { return .reject(.unknownTicket, rule: rule) }
            return .reject(.notStarted, rule: rule, representative: hold.representative)
        }
    }

    /// A release from before a close is void, until the gate is open for it again.
    private func isReleaseInForce(_ hold: Hold) -> Bool {
        if let released = hold.releasedEpoch, released >= closedEpoch { return true }
        return gate.mode(for: hold.request, contentPack: ask.contentPack).mode.isOpen
    }

    /// Whether a launch let through then may still appear. A wall clock set back cannot stretch this to more than twice
    /// the window.
    private func isInStartWindow(since start: Timestamp) -> Bool {
        let age = now.since(start)
        return age < policy.startWindow && age > .zero - policy.startWindow
    }

    /// The caller takes its released launch.
    private func take(_ hold: Hold, rule: Int) -> Ruling {
        let attempt = hold.attempt + 1
        var update = HoldUpdate()
        update.attempt = attempt
        update.attemptAt = now
        update.passID = ask.minted.passID
        update.executionID = ask.request.runID
        update.takenBy = ask.asker
        let move = HoldMove(
            ticket: hold.ticket, from: [.released], attempt: hold.attempt,
            to: ask.isFromExecution ? .running : .launching, at: now, by: ask.principal,
            cause: "its caller asked again and was let through", update: update)
        let pass = callerPass(id: ask.minted.passID, hold: hold, attempt: attempt, start: now)
        return .proceed(
            .released, rule: rule, pass: pass, changes: ifOpen([.moveHold(move)] + admission(.released)))
    }

    private func callerPass(id: PassID, hold: Hold, attempt: Int, start: Timestamp) -> PassClaims {
        PassClaims(
            id: id, kind: ask.isFromExecution ? .admission : .attempt, flow: hold.request.flow,
            // That of an execution which does not name itself ends with the hold.
            ticket: ask.request.runID == nil ? hold.ticket : nil, attempt: attempt, epoch: gate.epoch,
            expiresAt: start.advanced(by: ask.isFromExecution ? policy.admissionLifetime : policy.startWindow),
            runID: ask.request.runID)
    }

    // MARK: Rule 2: an idempotency key

    func idempotencyKey() -> Ruling? {
        guard ask.request.idempotencyKey != nil, let record = facts.idempotency else { return nil }
        guard record.fingerprint == ask.fingerprint || record.fingerprint == .unseen else { return .refuse(.keyReused) }
        switch record.outcome {
        case .held:
            guard let hold = facts.idempotencyHold else { return .reject(.duplicate, rule: 2) }
            return again(hold, isOwner: true, rule: 2)
        case .proceeded(let epoch, let passID):
            guard epoch == gate.epoch, isInStartWindow(since: record.at) else { return .reject(.duplicate, rule: 2) }
            var pass = ask.isFromExecution ? admissionClaims(ticket: nil, attempt: 0) : startClaims()
            pass.id = passID
            if !ask.isFromExecution { pass.expiresAt = record.at.advanced(by: policy.startWindow) }
            return .proceed(.repeated, rule: 2, pass: pass, changes: [])
        }
    }

    // MARK: Rule 3: an allow rule

    func allowRule() -> Ruling? {
        guard let rule = policy.allowRules.first(where: { $0.matches(ask.request, by: ask.principal) }) else {
            return nil
        }
        let note = AuditNote(
            kind: "allowed-by-rule", at: now, by: ask.principal,
            text: "flow \(ask.request.flow) from \(ask.request.source.rawValue) let through by rule \(rule.name)")
        return .proceed(
            .allowedByRule, rule: 3, pass: freshClaims(),
            changes: [.note(note)] + keyed(.allowedByRule))
    }

    // MARK: Rule 4: lineage

    func lineage() -> Ruling? {
        var isContinuation = facts.isCSAInstanceContinuing == true
        if ask.request.parentRunID != nil, let parent = facts.parent, parent.endedAt == nil,
            facts.isParentRunning == true
        {
            isContinuation = true
        }
        if Mutant.isActive(.lineageOfTheEnded), facts.parent != nil { isContinuation = true }
        // It was let through itself: this is a late copy of its question, or a nested gate asks, perhaps with a pass
        // that expired meanwhile. A hold made of it now would do its work a second time.
        if let own = facts.ownAdmission ?? facts.passAdmission, own.executionID == ask.request.runID,
            own.endedAt == nil, !Mutant.isActive(.repeatHeld)
        {
            isContinuation = true
        }
        guard isContinuation else { return nil }
        return .proceed(.continuation, rule: 4, pass: freshClaims(), changes: keyed(.continuation))
    }
}

/// Rules 6 and 7 of product.md. Pure.
struct LateRules {
    let early: EarlyRules
    /// Whether a hold with the same ordering key has not ended, or is being committed.
    let hasBacklog: Bool
    /// Whether a plugin failed whose fault policy is `hold` (rule 5).
    var isFaulted = false

    func ruling() -> (Ruling, ScopeMode) {
        let (ruling, mode) = rulingOfItself()
        guard isFaulted else { return (ruling, mode) }
        // What would be rejected stays so: in the mode `refuse` nothing is kept.
        if case .reject = ruling { return (ruling, mode) }
        return (isReplayable ? .keep(.pluginFault, rule: 5) : .reject(.notReplayable, rule: 5), mode)
    }

    private func rulingOfItself() -> (Ruling, ScopeMode) {
        let request = early.ask.request
        let mode = early.gate.mode(for: request, contentPack: early.ask.contentPack)
        if let expiresAt = request.expiresAt, expiresAt <= early.now { return (.reject(.expired, rule: 6), mode) }
        if let notBefore = request.notBefore, notBefore > early.now {
            // An interceptor may have said a time that its expiry comes before: it could never be launched.
            if let expiresAt = request.expiresAt, expiresAt <= notBefore { return (.reject(.expired, rule: 6), mode) }
            return (isReplayable ? .keep(.notDue, rule: 6) : .reject(.notReplayable, rule: 6), mode)
        }
        switch mode.mode {
        case .open where hasBacklog:
            return (isReplayable ? .keep(.behindBacklog, rule: 7) : .reject(.notReplayable, rule: 7), mode)
        case .open:
            return (
                .proceed(.open, rule: 7, pass: early.freshClaims(), changes: early.ifOpen(early.keyed(.open))), mode
            )
        case .hold: return (isReplayable ? .keep(.maintenance, rule: 7) : .reject(.notReplayable, rule: 7), mode)
        case .refuse: return (.reject(.maintenance, rule: 7), mode)
        }
    }

    /// Whether it could be launched later: somebody waits for it, and a caller brings its secrets again, or Sluice may
    /// keep them.
    private var isReplayable: Bool {
        guard early.ask.isPatient else { return false }
        return early.policy.keepsSecrets || early.ask.request.launcher == .caller
            || !early.ask.request.inputs.contains(where: \.isSensitive)
    }
}
