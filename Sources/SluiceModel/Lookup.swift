/// What a decision needs to know from the store before rules 0 to 4 can answer.
public struct LookupKeys: Hashable, Sendable {
    public var principal: Principal
    public var ticket: Ticket?
    public var askID: AskID?
    public var idempotencyKey: IdempotencyKey?
    /// The presented pass, and the hold it was made for.
    public var passID: PassID?
    public var passTicket: Ticket?
    /// The execution that the presented pass admitted.
    public var passRunID: ExecutionID?
    /// The execution that asks, when it brings the pass of another one.
    public var ownRunID: ExecutionID?
    public var orderingKey: OrderingKey?
    public var parentRunID: ExecutionID?

    public init(principal: Principal) { self.principal = principal }

    /// Whether there is nothing to look up: the request can be answered at once.
    public var isEmpty: Bool {
        ticket == nil && askID == nil && idempotencyKey == nil && passID == nil && orderingKey == nil
            && parentRunID == nil && passRunID == nil && ownRunID == nil
    }
}

/// What the store knew, all read from one snapshot.
public struct LookupFacts: Hashable, Sendable {
    /// The hold that the ticket names.
    public var ticketHold: Hold?
    /// The newest hold that this principal's ask id made.
    public var askHold: Hold?
    /// The key's record, if it is not yet forgotten.
    public var idempotency: IdempotencyRecord?
    /// The hold that the key's record names.
    public var idempotencyHold: Hold?
    public var redemption: Redemption?
    /// The hold that the pass was made for.
    public var passHold: Hold?
    /// The admission of the execution that the pass is of.
    public var passAdmission: Admission?
    /// The admission of the execution that asks with another's pass.
    public var ownAdmission: Admission?
    /// Whether an open hold has the same ordering key.
    public var hasBacklog: Bool
    /// The first open hold of the ordering key that `keyToRead` gives; nil: it was not read.
    public var keyHead: Ticket?
    /// The parent's admission, if it was ever let through.
    public var parent: Admission?
    /// Whether the parent's execution is known to be still running: Central was asked. nil: could not be established.
    public var isParentRunning: Bool?
    /// Whether CSA's service instance was in a running state when CSA closed, and still is. nil: not known.
    public var isCSAInstanceContinuing: Bool?

    public init() { hasBacklog = false }

    /// Of which ordering key the first open hold has to be read as well: that of a hold which its caller may be about
    /// to take. nil: of none.
    public var keyToRead: OrderingKey? {
        guard let hold = ticketHold ?? askHold ?? idempotencyHold, hold.state == .released,
            hold.request.launcher == .caller
        else { return nil }
        return hold.request.orderingKey
    }
}
