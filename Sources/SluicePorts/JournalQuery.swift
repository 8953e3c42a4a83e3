public import SluiceModel

/// Which journal entries to list.
public struct JournalQuery: Hashable, Sendable {
    /// Whose changes.
    public enum Owner: Hashable, Sendable {
        case anybody
        /// No maintenance's: a freeze's.
        case nobody
        case anyMaintenance
        case maintenance(MaintenanceID)

        /// Whether a change of a maintenance, or of none, is one of them.
        public func includes(_ maintenance: MaintenanceID?) -> Bool {
            switch self {
            case .anybody: true
            case .nobody: maintenance == nil
            case .anyMaintenance: maintenance != nil
            case .maintenance(let id): maintenance == id
            }
        }
    }

    /// nil: of all.
    public var system: String?
    public var owner: Owner
    /// nil: all.
    public var states: Set<JournalState>?
    /// Only those that are open, or wait for a decision (`JournalEntry.isUnsettled`). With an owner that is a
    /// maintenance, or any, it costs in proportion to those.
    public var isUnsettledOnly = false
    /// Only those intended at this time or later.
    public var since: Timestamp?
    /// The first so many.
    public var limit: Int
    /// The newest first, and the newest of them where `limit` cuts.
    public var isNewestFirst = false

    public init(
        system: String? = nil, owner: Owner = .anybody, states: Set<JournalState>? = nil, since: Timestamp? = nil,
        limit: Int
    ) {
        self.system = system
        self.owner = owner
        self.states = states
        self.since = since
        self.limit = limit
    }

    /// Whether an entry is one of them; the limit apart.
    public func matches(_ entry: JournalEntry) -> Bool {
        (system == nil || entry.system == system) && owner.includes(entry.maintenance)
            && (states?.contains(entry.state) ?? true) && (!isUnsettledOnly || entry.isUnsettled)
            && (since.map { entry.at >= $0 } ?? true)
    }
}
