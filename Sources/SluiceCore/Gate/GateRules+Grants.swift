import SluiceModel

/// What a `proceed` carries, and what must be on record before it is answered.
extension EarlyRules {
    /// The admission pass, when the asker is the execution; else a pass for its start.
    func freshClaims() -> PassClaims {
        ask.isFromExecution ? admissionClaims(ticket: nil, attempt: 0) : startClaims()
    }

    func startClaims() -> PassClaims {
        PassClaims(
            id: ask.minted.passID, kind: .attempt, flow: ask.request.flow, epoch: gate.epoch,
            expiresAt: now.advanced(by: policy.startWindow))
    }

    func admissionClaims(ticket: Ticket?, attempt: Int) -> PassClaims {
        PassClaims(
            id: ask.minted.passID, kind: .admission, flow: ask.request.flow, ticket: ticket, attempt: attempt,
            epoch: gate.epoch, expiresAt: now.advanced(by: policy.admissionLifetime), runID: ask.request.runID)
    }

    /// For lineage: an execution that names itself is on record before it is let through.
    func admission(_ reason: ProceedReason) -> [Change] {
        guard let runID = ask.request.runID else { return [] }
        return [.admit(Admission(executionID: runID, flow: ask.request.flow, reason: reason, at: now))]
    }

    /// What must be on record before a fresh `proceed` is answered: its admission and its idempotency key.
    func keyed(_ reason: ProceedReason) -> [Change] {
        var changes = admission(reason)
        if let record = idempotencyRecord(.proceeded(gate.epoch, ask.minted.passID)) {
            changes.append(.remember(record))
        }
        return changes
    }

    func idempotencyRecord(_ outcome: IdempotencyRecord.Outcome) -> IdempotencyRecord? {
        guard let key = ask.request.idempotencyKey, let fingerprint = ask.fingerprint else { return nil }
        return IdempotencyRecord(
            principal: ask.principal, key: key, fingerprint: fingerprint, outcome: outcome, at: now,
            forgetAt: now.advanced(by: policy.idempotencyRetention))
    }
}
