/// The answer of the gate to one launch request, with the reason that every log, page and test shows.
public enum Decision: Hashable, Sendable {
    /// Start it.
    case proceed(ProceedReason)
    /// Do not start it now; it is kept durably.
    case hold(HoldReason)
    /// Do not start it; nothing is kept.
    case reject(RejectReason)

    /// The word on the wire: `proceed`, `hold` or `reject`.
    public var word: String {
        switch self {
        case .proceed: "proceed"
        case .hold: "hold"
        case .reject: "reject"
        }
    }

    /// The reason's code on the wire, such as `maintenance`.
    public var code: String {
        switch self {
        case .proceed(let reason): reason.rawValue
        case .hold(let reason): reason.rawValue
        case .reject(let reason): reason.rawValue
        }
    }

    /// Whether the launch may start.
    public var isProceed: Bool { if case .proceed = self { true } else { false } }
}

/// Why a launch may start.
public enum ProceedReason: String, Hashable, Sendable, CaseIterable {
    /// Rule 0: a valid pass.
    case admitted
    /// Rule 1: its hold was released to this asker.
    case released
    /// Rule 2: the same question was answered `proceed` within its start window and epoch.
    case repeated
    /// Rule 3: an allow rule names it.
    case allowedByRule = "allowed-by-rule"
    /// Rule 4: it continues an execution or a CSA instance that was admitted and has not ended.
    case continuation
    /// Rule 7: the gate is open for it.
    case open
}

/// Why a launch is kept.
public enum HoldReason: String, Hashable, Sendable, CaseIterable {
    /// Rule 7: the mode is `hold`.
    case maintenance
    /// Rule 6: its time lies in the future.
    case notDue = "not-due"
    /// Rule 7: the gate is open, but an earlier hold with the same ordering key has not ended.
    case behindBacklog = "behind-backlog"
    /// Rule 1: its hold was released and is being launched; whoever asks by ticket must not start it too.
    case beingLaunched = "being-launched"
    /// Rule 5: a plugin failed whose fault policy is `hold`; an operator decides.
    case pluginFault = "plugin-fault"
}

/// Why a launch is turned away.
public enum RejectReason: String, Hashable, Sendable, CaseIterable {
    /// Rule 7: the mode is `refuse`.
    case maintenance
    /// Rule 7: it could not be launched later.
    case notReplayable = "not-replayable"
    /// Rule 1: no open hold has this ticket, and none of this principal's that ended without a start.
    case unknownTicket = "unknown-ticket"
    /// Rules 0 and 2: this launch was already started once.
    case duplicate
    /// Rules 1 and 2: its hold ended without a start (coalesced or discarded), and nothing will start it.
    case notStarted = "not-started"
    /// Rule 0: the pass is forged, expired, of another flow, or its launch has ended.
    case invalidPass = "invalid-pass"
    /// Rule 5: a plugin said no.
    case plugin
    /// Rule 5: a plugin failed whose fault policy is `reject`.
    case pluginFault = "plugin-fault"
    /// Its own expiry has passed, or that of its hold.
    case expired
}
