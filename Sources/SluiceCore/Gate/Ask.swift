public import SluiceModel

/// One question to the gate, as the shell hands it in: authenticated, sealed, with ids minted for what may come of it.
public struct Ask: Hashable, Sendable {
    /// Names this question while it is being decided.
    public struct Ref: Hashable, Sendable {
        public var number: UInt64
        public init(_ number: UInt64) { self.number = number }
    }

    /// Ids drawn in advance, because a machine draws none: for the hold and for the pass.
    public struct Minted: Hashable, Sendable {
        public var ticket: Ticket
        public var passID: PassID

        public init(ticket: Ticket, passID: PassID) {
            self.ticket = ticket
            self.passID = passID
        }
    }

    public var ref: Ref
    public var request: LaunchRequest
    public var principal: Principal
    public var presented: PassPresented
    /// Of the body; needed only with an idempotency key.
    public var fingerprint: Fingerprint?
    /// The pack its flow is known from.
    public var contentPack: String?
    public var minted: Minted
    /// Whether whoever asks waits for a held launch; if not, it is told no, and nothing is kept.
    public var isPatient = true

    public init(
        ref: Ref, request: LaunchRequest, principal: Principal, presented: PassPresented = .none,
        fingerprint: Fingerprint? = nil, contentPack: String? = nil, minted: Minted
    ) {
        self.ref = ref
        self.request = request
        self.principal = principal
        self.presented = presented
        self.fingerprint = fingerprint
        self.contentPack = contentPack
        self.minted = minted
    }

    /// This question's identity, for repeats.
    public var asker: Asker { Asker(principal: principal, askID: request.askID, runID: request.runID) }

    /// Whether the asker is the execution itself (a gate step), rather than somebody about to start one.
    public var isFromExecution: Bool { request.source == .flow || request.runID != nil }

    /// Whether nothing must be known from the store before it can be decided: `lookupKeys` is empty, found out at less
    /// cost, and no instance of CSA is asked about.
    var isPlain: Bool {
        guard request.ticket == nil, request.askID == nil, request.idempotencyKey == nil else { return false }
        guard request.orderingKey == nil, request.parentRunID == nil, request.csaInstanceID == nil else { return false }
        return switch presented {
        case .none: request.runID == nil
        case .forged: true
        case .genuine: false
        }
    }

    /// What must be known from the store before it can be decided.
    public var lookupKeys: LookupKeys {
        var keys = LookupKeys(principal: principal)
        keys.ticket = request.ticket
        keys.askID = request.askID
        keys.idempotencyKey = request.idempotencyKey
        if case .genuine(let claims) = presented {
            keys.passID = claims.id
            keys.passTicket = claims.ticket
            keys.passRunID = claims.runID ?? request.runID
            if keys.passRunID != request.runID { keys.ownRunID = request.runID }
        } else if presented == .none {
            // An execution that asks again, or at a nested gate: whether it was let through already.
            keys.passRunID = request.runID
        }
        keys.orderingKey = request.orderingKey
        keys.parentRunID = request.parentRunID
        return keys
    }
}

/// What the asker is told.
public enum Reply: Hashable, Sendable {
    case decided(Answer)
    /// The gate did not decide; the asker did nothing wrong, or must ask differently.
    case refused(Refusal)
}

/// A decision with what travels beside it.
public struct Answer: Hashable, Sendable {
    public var decision: Decision
    public var epoch: Epoch
    /// With `proceed`: to be sealed by the shell.
    public var pass: PassClaims?
    /// With `hold`: the hold as it stands.
    public var hold: Hold?
    /// The mode that decided, for its reason's text; nil when another rule did.
    public var mode: ScopeMode?
    /// Which rule answered, 0 to 7: the rule path that `why` shows.
    public var rule: Int
    /// With `reject` `not-started`: the hold that stands for the one that was asked about.
    public var representative: Ticket?
    /// What plugins did to the request, in their order.
    public var pluginNotes: [PluginNote] = []

    public init(
        decision: Decision, epoch: Epoch, rule: Int, pass: PassClaims? = nil, hold: Hold? = nil,
        mode: ScopeMode? = nil
    ) {
        self.decision = decision
        self.epoch = epoch
        self.rule = rule
        self.pass = pass
        self.hold = hold
        self.mode = mode
    }
}

/// Why the gate gave no decision.
public enum Refusal: Hashable, Sendable, CaseIterable {
    /// The idempotency key was used with another body.
    case keyReused
    /// The idempotency key is still being decided.
    case keyInProgress
    /// The same ask id is still being decided; ask again.
    case askInProgress
    /// Too many questions at once.
    case overloaded
    /// The store cannot be used: nothing can be promised.
    case storeUnavailable
    /// This replica may not decide now: it could not renew its lease, so another may have closed the gate unheard.
    case noLease
    /// Others changed the same things each time; ask again.
    case contended
}

/// What interceptors made of a request (rule 5). None of it lets a launch start: rules 6 and 7 come after.
public enum Annotation: Hashable, Sendable {
    /// What they added, all together.
    case annotated(LaunchAnnotations, notes: [PluginNote])
    /// One said no.
    case rejected(notes: [PluginNote])
    /// One failed: by its fault policy the launch is kept for the operator, with what the others added.
    case heldByFault(LaunchAnnotations, notes: [PluginNote])
    /// One failed: by its fault policy the launch is rejected.
    case rejectedByFault(notes: [PluginNote])
}
