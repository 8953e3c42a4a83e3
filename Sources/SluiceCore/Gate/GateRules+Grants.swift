import SluiceModel

/// What a `proceed` carries, and what must be on record before it is answered.
extension EarlyRules {
    /// The admission pass, when the asker is the execution; else a pass for its start.
    func freshClaims() -> PassClaims {
        ask.isFromExecution ? admissionClaims(ticket: nil, attempt: 0) : startClaims()
    }

    func startClaims() -> PassClaims { .toStart(ask, epoch: gate.epoch, at: now, policy) }

    /// What admits nested gates and child launches: until the execution that names itself, or the hold, is over.
    func admissionClaims(ticket: Ticket?, attempt: Int) -> PassClaims {
        let hasEnd = ticket != nil || ask.request.runID != nil
        let lifetime =
            hasEnd ? policy.admissionLifetime : min(policy.unnamedAdmissionLifetime, policy.admissionLifetime)
        return PassClaims(
            id: ask.minted.passID, kind: .admission, flow: ask.request.flow, ticket: ticket, attempt: attempt,
            epoch: gate.epoch, expiresAt: now.advanced(by: lifetime), runID: ask.request.runID)
    }

    /// For lineage: an execution that names itself is on record before it is let through.
    func admission(_ reason: ProceedReason) -> [Change] {
        guard let runID = ask.request.runID else { return [] }
        return [.admit(Admission(executionID: runID, flow: ask.request.flow, reason: reason, at: now))]
    }

    /// What must be on record before a fresh `proceed` is answered: its admission and its idempotency key. Not if
    /// another copy of the question was kept meanwhile: its work would be done twice.
    func keyed(_ reason: ProceedReason) -> [Change] {
        var changes = spentPass(by: ask.asker) + admission(reason)
        if !changes.isEmpty { changes = unheld() + changes }
        if let record = idempotencyRecord(.proceeded(gate.epoch, ask.minted.passID)) {
            changes.append(.remember(record))
        }
        return changes
    }

    /// Changes that another replica's close, of which nothing is known here yet, must keep from being written.
    func ifOpen(_ changes: [Change]) -> [Change] {
        changes.isEmpty ? [] : [.expectOpen(since: gate.epoch)] + changes
    }

    /// What must not have come about since this question was looked up, for it to be kept.
    func unaskedToKeep() -> [Change] {
        unasked(runID: Mutant.isActive(.repeatHeld) ? nil : ask.request.runID)
            // Whoever brings that pass later has nothing to wait for: the hold does the work.
            + spentPass(by: Asker(principal: .sluice, askID: nil, runID: nil))
    }

    /// That no copy of this question was kept.
    func unheld() -> [Change] { unasked(runID: nil) }

    /// The pass of a launch that a caller was let through for names that one launch though it has expired: the first
    /// that brings it is decided on afresh, any other execution started with it is a copy.
    private func spentPass(by asker: Asker) -> [Change] {
        guard case .genuine(let claims) = ask.presented, claims.kind == .attempt, claims.ticket == nil,
            claims.flow == ask.request.flow, claims.expiresAt <= now, !Mutant.isActive(.expiredPassUnspent)
        else { return [] }
        let forgetAt = now.advanced(by: GateLimits.startRedemptionRetention)
        return [.redeem(Redemption(passID: claims.id, asker: asker, at: now, forgetAt: forgetAt))]
    }

    private func unasked(runID: ExecutionID?) -> [Change] {
        let asker = Asker(principal: ask.principal, askID: ask.request.askID, runID: runID)
        guard asker.askID != nil || asker.runID != nil, !Mutant.isActive(.copiesBesideEachOther) else { return [] }
        return [.expectUnasked(asker)]
    }

    func idempotencyRecord(_ outcome: IdempotencyRecord.Outcome) -> IdempotencyRecord? {
        guard let key = ask.request.idempotencyKey, let fingerprint = ask.fingerprint else { return nil }
        return IdempotencyRecord(
            principal: ask.principal, key: key, fingerprint: fingerprint, outcome: outcome, at: now,
            forgetAt: now.advanced(by: policy.idempotencyRetention))
    }
}

extension PassClaims {
    /// Of a pass for the start of what was let through.
    static func toStart(_ ask: Ask, epoch: Epoch, at now: Timestamp, _ policy: GatePolicy) -> PassClaims {
        PassClaims(
            id: ask.minted.passID, kind: .attempt, flow: ask.request.flow, epoch: epoch,
            expiresAt: now.advanced(by: policy.startWindow))
    }
}
