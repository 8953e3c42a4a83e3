public import SluiceModel

/// What the gate is told.
public enum GateEvent: Hashable, Sendable {
    case requested(Ask)
    case lookedUp(Ask.Ref, LookupFacts)
    case lookUpFailed(Ask.Ref)
    case annotated(Ask.Ref, Annotation)
    case committed(Ask.Ref)
    /// A change's condition was not met; nothing was written.
    case conflicted(Ask.Ref)
    case commitFailed(Ask.Ref)
    case modeRequested(ModeChange)
    case modeCommitted
    /// The store has another gate than we thought, or its answer was lost: this is what it has.
    case modeReloaded(GateRecord)
    case modeCommitFailed
    /// Somebody else changed the gate first; nothing was written.
    case modeConflicted
    /// The store's gate as it was read, without being asked for: another replica may have changed it.
    /// - Parameter isForced: Whether it counts though its epoch is older: the database was restored.
    case gateRead(GateRecord, isForced: Bool)
    /// The gate may decide up to then, by what it knows now.
    case leaseExtended(Lease)
    /// It may not decide any more.
    case leaseLost
    case storeLost
    case storeRecovered
}

/// What the gate wants done, in this order.
public enum GateEffect: Hashable, Sendable {
    case lookUp(Ask.Ref, LookupKeys, csaInstanceID: CSAInstanceID?)
    /// Ask the interceptors (rule 5).
    case annotate(Ask)
    case commit(Ask.Ref, [Change])
    case answer(Ask.Ref, Reply)
    case commitMode([Change])
    /// The store's gate is not what we think it is: read it and report `.modeReloaded`.
    case reloadMode
    case modeChanged(ModeChange.Ref, GateRecord)
    case modeRefused(ModeChange.Ref, ModeRefusal)
}

/// A wish to change the gate.
public struct ModeChange: Hashable, Sendable {
    /// Names this wish until it is answered.
    public struct Ref: Hashable, Sendable {
        public var number: UInt64
        public init(_ number: UInt64) { self.number = number }
    }

    public var ref: Ref
    /// nil: the whole gate.
    public var scope: Scope?
    /// nil removes the scope's own mode; not allowed for the whole gate.
    public var mode: GateMode?
    public var by: Principal
    public var reason: String
    /// The epoch the asker had seen (`If-Match`); nil: whatever it is.
    public var expectedEpoch: Epoch?

    public init(
        ref: Ref, scope: Scope? = nil, mode: GateMode?, by: Principal, reason: String, expectedEpoch: Epoch? = nil
    ) {
        self.ref = ref
        self.scope = scope
        self.mode = mode
        self.by = by
        self.reason = reason
        self.expectedEpoch = expectedEpoch
    }
}

/// Why the gate was not changed.
public enum ModeRefusal: Hashable, Sendable {
    /// Somebody else changed it meanwhile; this is how it stands.
    case epochChanged(GateRecord)
    /// More scopes than `GateLimits.scopeCountMax`.
    case tooManyScopes
    /// More changes waiting than `GateLimits.waitingChangeCountMax`.
    case busy
    /// The whole gate always has a mode.
    case wholeGateNeedsMode
    /// The change could not be written; the gate is as it was.
    case storeUnavailable(GateRecord)
}
