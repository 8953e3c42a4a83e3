/// What a pass says once its seal was opened and found genuine.
///
/// An *attempt* pass admits one start and is redeemed once; its redemption is answered with an *admission* pass, which
/// nested gates and child launches carry until the execution ends or it expires (product.md, rule 0).
public struct PassClaims: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case attempt
        case admission
    }

    public var id: PassID
    public var kind: Kind
    public var flow: FlowID
    /// The hold it was made for; nil for a launch that was never held.
    public var ticket: Ticket?
    /// Which attempt of that hold; 0 without one.
    public var attempt: Int
    public var epoch: Epoch
    public var expiresAt: Timestamp
    /// The execution that was admitted, if it named itself: the pass ends with it.
    public var runID: ExecutionID?

    public init(
        id: PassID, kind: Kind, flow: FlowID, ticket: Ticket? = nil, attempt: Int = 0, epoch: Epoch,
        expiresAt: Timestamp, runID: ExecutionID? = nil
    ) {
        self.id = id
        self.kind = kind
        self.flow = flow
        self.ticket = ticket
        self.attempt = attempt
        self.epoch = epoch
        self.expiresAt = expiresAt
        self.runID = runID
    }
}

/// What an asker showed in place of a pass, after the shell has looked at the seal.
public enum PassPresented: Hashable, Sendable {
    case none
    /// Not ours, cut, or changed on the way.
    case forged
    case genuine(PassClaims)
}

/// The record that an attempt pass was used, and by which question.
public struct Redemption: Hashable, Sendable {
    public var passID: PassID
    /// The question that used it; the same question gets the same answer again.
    public var asker: Asker
    public var at: Timestamp
    /// When the record may be forgotten: not before the pass itself has expired.
    public var forgetAt: Timestamp

    public init(passID: PassID, asker: Asker, at: Timestamp, forgetAt: Timestamp) {
        self.passID = passID
        self.asker = asker
        self.at = at
        self.forgetAt = forgetAt
    }
}

/// One question, told apart from others: by its ask id, else by the execution that asks, always per principal.
public struct Asker: Hashable, Sendable {
    public var principal: Principal
    public var askID: AskID?
    public var runID: ExecutionID?

    public init(principal: Principal, askID: AskID?, runID: ExecutionID?) {
        self.principal = principal
        self.askID = askID
        self.runID = runID
    }

    /// Whether two questions come from the same asker: the same ask id, or the same execution.
    public func isSame(as other: Asker) -> Bool {
        guard principal == other.principal else { return false }
        if let askID, let theirs = other.askID { return askID == theirs }
        if let runID, let theirs = other.runID { return runID == theirs }
        return false
    }
}

/// What was answered under an idempotency key.
public struct IdempotencyRecord: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// The key's launch is this hold.
        case held(Ticket)
        /// The key's launch was let through, with this pass.
        case proceeded(Epoch, PassID)
    }

    public var principal: Principal
    public var key: IdempotencyKey
    /// HMAC of the body, so that the body itself need not be kept.
    public var fingerprint: Fingerprint
    public var outcome: Outcome
    public var at: Timestamp
    /// Published retention: the key may be used anew after this time.
    public var forgetAt: Timestamp

    public init(
        principal: Principal, key: IdempotencyKey, fingerprint: Fingerprint, outcome: Outcome, at: Timestamp,
        forgetAt: Timestamp
    ) {
        self.principal = principal
        self.key = key
        self.fingerprint = fingerprint
        self.outcome = outcome
        self.at = at
        self.forgetAt = forgetAt
    }
}

/// A keyed hash of a request's body: 32 bytes.
public struct Fingerprint: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Of a launch whose body was never seen: it stands for every body.
    public static let unseen = Fingerprint([])
}

/// The record that an execution was let through, for the lineage of its children.
public struct Admission: Hashable, Sendable {
    public var executionID: ExecutionID
    public var flow: FlowID
    /// The code of the rule that let it through.
    public var reason: ProceedReason
    public var at: Timestamp
    public var endedAt: Timestamp?

    public init(
        executionID: ExecutionID, flow: FlowID, reason: ProceedReason, at: Timestamp, endedAt: Timestamp? = nil
    ) {
        self.executionID = executionID
        self.flow = flow
        self.reason = reason
        self.at = at
        self.endedAt = endedAt
    }
}
