/// That a hold which another site exported is kept here from now on.
public struct HoldImport: Hashable, Sendable {
    /// In state `held` or `coalesced`; its secrets are sealed under this site's key.
    public var hold: Hold
    public var at: Timestamp
    /// Who imports it.
    public var by: Principal
    /// From where and when, in one sentence; never a secret.
    public var cause: String

    /// The kind of its event.
    public static let eventKind = "imported"
    /// States in which a hold may come in.
    public static let states: Set<HoldState> = [.held, .coalesced]

    public init(_ hold: Hold, at: Timestamp, by: Principal, cause: String) {
        self.hold = hold
        self.at = at
        self.by = by
        self.cause = cause
    }
}

/// A hold that an export, an import or what follows them passes over, and why.
public struct LeftOutHold: Hashable, Sendable {
    public var ticket: Ticket
    public var state: HoldState
    /// In one sentence; never a secret.
    public var reason: String

    public init(ticket: Ticket, state: HoldState, reason: String) {
        self.ticket = ticket
        self.state = state
        self.reason = reason
    }
}

extension Change {
    /// The hold that it adds; nil when it adds none.
    public var addedHold: Hold? {
        switch self {
        case .addHold(let hold): hold
        case .importHold(let imported): imported.hold
        default: nil
        }
    }
}
