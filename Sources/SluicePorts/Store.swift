public import SluiceModel

/// The durable memory of the gate: holds, modes, passes used, what was answered.
///
/// Implemented by `SQLiteStore` (SluiceSQLite) and `InMemoryStore` (SluiceTestKit, the model the others are compared
/// with); all are proved by `StoreConformance` in SluiceTestKit.
public protocol Store: Sendable {
    /// Writes all changes or none.
    ///
    /// Returns only when they are on durable storage: a power cut after the return loses none of them. Concurrent
    /// commits may share one sync; a conflict in one does not touch the others.
    /// - Throws: `StoreError`; with `.conflict` and `.staleFence` nothing was written, with `.unknown` it may have
    ///   been.
    func commit(_ changes: [Change], fence: Fence) async throws

    /// The gate as last committed; nil in a fresh store.
    func gate() async throws -> GateRecord?

    /// What the store knows about a request, read from one snapshot that includes every commit that has returned.
    func facts(for keys: LookupKeys, at now: Timestamp) async throws -> LookupFacts

    /// One hold, or nil.
    func hold(_ ticket: Ticket) async throws -> Hold?

    /// The open or last hold that an execution runs.
    func hold(runningAs executionID: ExecutionID) async throws -> Hold?

    /// One page of holds.
    func holds(_ query: HoldQuery) async throws -> HoldPage

    /// Holds that could be released, in release order: priority from high to low, then arrival; of one ordering key
    /// only the first that is not final. Their `notBefore` and `retryAt` have passed and their expiry has not.
    /// A hold in `released` counts only if Sluice is its launcher: its caller has nothing more to wait for.
    func candidates(_ query: CandidateQuery) async throws -> [Hold]

    /// The lanes in which holds wait that `candidates` may give, now or when their time has come, by id. Costs in
    /// proportion to the lanes, not to the holds.
    func lanes(_ query: LaneQuery) async throws -> [Lane]

    /// Holds in `held` or `released` whose expiry has passed, oldest first.
    func expired(at now: Timestamp, limit: Int) async throws -> [Hold]

    /// Events of one hold, or of everything when nil, oldest first, after a sequence number.
    func events(of ticket: Ticket?, after sequence: Int64, limit: Int) async throws -> [HoldEvent]

    /// The newest notes of the kind `AuditNote.drainEnded`, the oldest of them first. Costs in proportion to those.
    func endedDrains(limit: Int) async throws -> [HoldEvent]

    /// Holds that `.forgetHolds` would delete, those that ended first before the others, then by arrival.
    func forgettableHolds(endedBefore time: Timestamp, limit: Int) async throws -> [Ticket]

    /// What Central last said of a caller of the facade; nil: nothing is on record of it.
    func caller(_ fingerprint: Fingerprint) async throws -> KnownCaller?

    /// Callbacks that are pending and due, by when they are due, then by ticket and number.
    func dueCallbacks(at now: Timestamp, limit: Int) async throws -> [Callback]

    /// Callbacks of one hold, by number.
    func callbacks(of ticket: Ticket) async throws -> [Callback]

    /// The sequence number of the newest event; 0 when there is none.
    func newestEvent() async throws -> Int64

    /// How many holds there are, by state, source and priority; costs the same for ten and for a million.
    func counts() async throws -> HoldCounts

    /// Launches that were let through without a record of their own, hour by hour from a time on, then by source.
    /// - Parameter limit: Most entries, the oldest first.
    func tallies(since: Timestamp, limit: Int) async throws -> [LaunchTally]

    /// The place of a hold among those in `held` or `released`, by priority from high to low, then arrival; from 1.
    /// nil when it is in another state. Costs in proportion to the holds of its priority: for one hold that somebody
    /// looks at, not for lists.
    func position(of hold: Hold) async throws -> Int?

    /// What stands for a hold: the end of the chain of those that were coalesced in turn, as far as it is kept; the
    /// hold itself, as given, when nothing does. One read, however long the chain is.
    /// - Parameter limit: Of the chain: what is at its end then may be coalesced itself.
    /// - Throws: `StoreError`.
    func standIn(for hold: Hold, limit: Int) async throws -> Hold

    /// The newest revision of each content pack, by name.
    func packs() async throws -> [PackRevision]

    /// The number of each content pack's newest revision, by name: whether another replica loaded one.
    func packNumbers() async throws -> [String: Int]

    /// Revisions of one content pack, the newest first.
    /// - Parameter principal: Only those that this one loaded; nil: all.
    func packHistory(_ name: String, by principal: Principal?, limit: Int) async throws -> [PackRevision]

    /// When the longest-waiting hold in `held` arrived.
    func oldestHeld() async throws -> Timestamp?

    /// All windows, by id, those that were cancelled or are over among them.
    func windows() async throws -> [Window]

    /// Occurrences on record, by start, then window and local time.
    func occurrences(_ query: OccurrenceQuery) async throws -> [WindowOccurrence]

    /// Maintenances, those that are neither completed nor aborted before the others, then the newest first.
    func maintenances(limit: Int) async throws -> [MaintenanceRecord]

    /// One maintenance, or nil.
    func maintenance(_ id: MaintenanceID) async throws -> MaintenanceRecord?

    /// Entries of the journal, by the time they were intended, then by id.
    func journal(_ query: JournalQuery) async throws -> [JournalEntry]

    /// The newest epoch of the gate whose misfires were judged; nil: none was.
    func judgedEpoch() async throws -> Epoch?

    /// The release as last written; nil: it never was.
    func release() async throws -> ReleaseRecord?

    /// Missed times in the order they were recorded.
    func missed(_ query: MissedQuery) async throws -> MissedPage

    /// The newest nominal time on record for a schedule.
    func lastMissed(of schedule: ScheduleID) async throws -> Timestamp?

    /// The seats of all replicas, by when they were taken, then by id. A read that begins after a commit has returned
    /// sees it, also from another replica.
    func replicas() async throws -> [Replica]

    /// Who leads, or led last; nil when nobody has yet.
    func leader() async throws -> LeaderRecord?

    /// The timeline that fences must name; 1 in a fresh store. It grows when the database was restored or failed over.
    func timeline() async throws -> Int64

    /// What other replicas committed, as far as the store tells at once. Only makes things sooner: it may miss any, and
    /// whatever it tells is found by reading too. Ends when the store is closed; empty where there is one replica.
    func news() -> AsyncStream<StoreNews>
}

/// What a store tells that another replica committed.
public enum StoreNews: Hashable, Sendable {
    /// The gate has another record.
    case gateChanged
    /// The release's record changed, or a hold could start that could not before.
    case releaseChanged
    /// News may have been missed meanwhile: look at everything.
    case reconnected
}

extension Store {
    /// None: for a store that one process uses alone.
    public func news() -> AsyncStream<StoreNews> { AsyncStream { $0.finish() } }

    /// Revisions of one content pack, the newest first.
    public func packHistory(_ name: String, limit: Int) async throws -> [PackRevision] {
        try await packHistory(name, by: nil, limit: limit)
    }
}

/// Which occurrences of windows to list.
public struct OccurrenceQuery: Hashable, Sendable {
    /// nil: of all windows.
    public var window: WindowID?
    /// Only those that time or the gate will still change.
    public var isOpenOnly: Bool
    /// Only those that say other than their rule: with a changed end, or cancelled.
    public var isAlteredOnly = false
    /// Only those of windows of a kind; nil: of all. A window that is not there has none.
    public var kind: Window.Kind?
    /// Only those that end after this.
    public var from: Timestamp?
    /// Only those that begin before this.
    public var to: Timestamp?
    public var limit: Int

    public init(
        window: WindowID? = nil, isOpenOnly: Bool = false, from: Timestamp? = nil, to: Timestamp? = nil, limit: Int
    ) {
        self.window = window
        self.isOpenOnly = isOpenOnly
        self.from = from
        self.to = to
        self.limit = limit
    }

    /// Whether an occurrence is one of them; the limit and the window's kind apart.
    public func matches(_ occurrence: WindowOccurrence) -> Bool {
        (window == nil || occurrence.window == window) && (!isOpenOnly || occurrence.isOpen)
            && (!isAlteredOnly || occurrence.isChanged || occurrence.state == .cancelled)
            && (from.map { occurrence.end > $0 } ?? true) && (to.map { occurrence.start < $0 } ?? true)
    }
}

/// Which holds to list.
public struct HoldQuery: Hashable, Sendable {
    /// nil: all.
    public var states: Set<HoldState>?
    public var source: LaunchSource?
    public var flow: FlowID?
    public var orderingKey: OrderingKey?
    public var coalesceKey: CoalesceKey?
    /// Only holds that this principal asked for.
    public var principal: Principal?
    /// Only times that their schedules missed (`Hold.isMissedTime`). Together with `states` being `held` alone, and
    /// nothing narrower, it costs in proportion to those.
    public var isMissedTime = false
    /// Only holds that arrived after this arrival number: the cursor.
    public var after: Int64
    /// 1 to `limitMax`.
    public var limit: Int

    /// Most holds on a page.
    public static let limitMax = 1000

    public init(states: Set<HoldState>? = nil, after: Int64 = 0, limit: Int = 100) {
        self.states = states
        self.after = after
        self.limit = limit
    }
}

/// One page of holds in arrival order.
public struct HoldPage: Hashable, Sendable {
    public var holds: [Hold]
    /// Cursor of the next page; nil at the end.
    public var next: Int64?

    public init(holds: [Hold], next: Int64?) {
        self.holds = holds
        self.next = next
    }
}

/// Which holds the release may look at next.
public struct CandidateQuery: Hashable, Sendable {
    public var at: Timestamp
    /// Whether holds that were not yet released count (false while the whole gate is closed).
    public var includesHeld: Bool
    /// Only holds with this launcher; nil: any.
    public var launcher: Launcher?
    /// Only holds of this lane; nil: of all.
    public var lane: LaneID?
    /// Only holds after this place in release order.
    public var after: Place?
    public var limit: Int

    public typealias Place = ReleasePlace

    public init(
        at: Timestamp, includesHeld: Bool, launcher: Launcher? = nil, lane: LaneID? = nil, after: Place? = nil,
        limit: Int
    ) {
        self.at = at
        self.includesHeld = includesHeld
        self.launcher = launcher
        self.lane = lane
        self.after = after
        self.limit = limit
    }
}

/// Which lanes to list.
public struct LaneQuery: Hashable, Sendable {
    /// Whether holds that were not yet released count.
    public var includesHeld: Bool
    /// Only lanes after this one.
    public var after: LaneID?
    public var limit: Int

    public init(includesHeld: Bool, after: LaneID? = nil, limit: Int) {
        self.includesHeld = includesHeld
        self.after = after
        self.limit = limit
    }
}

/// Numbers of holds by what metrics and positions need.
public struct HoldCounts: Hashable, Sendable {
    public struct Key: Hashable, Sendable {
        public var state: HoldState
        public var source: LaunchSource
        public var priority: Priority

        public init(state: HoldState, source: LaunchSource, priority: Priority) {
            self.state = state
            self.source = source
            self.priority = priority
        }
    }

    public var numbers: [Key: Int]

    public init(_ numbers: [Key: Int] = [:]) { self.numbers = numbers }

    /// Holds in one state.
    public func total(_ state: HoldState) -> Int {
        numbers.reduce(0) { $1.key.state == state ? $0 + $1.value : $0 }
    }

    /// Holds in one state from one source.
    public func total(_ state: HoldState, _ source: LaunchSource) -> Int {
        numbers.reduce(0) { $1.key.state == state && $1.key.source == source ? $0 + $1.value : $0 }
    }

    /// Holds waiting at a priority or a higher one: the position of the last of them.
    public func waiting(atLeast priority: Priority) -> Int {
        numbers.reduce(0) {
            ($1.key.state == .held || $1.key.state == .released) && $1.key.priority >= priority ? $0 + $1.value : $0
        }
    }
}

/// Why the store could not do what it was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What went wrong; open, so that adding one breaks nobody.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        private init(_ name: String) { description = name }

        /// A change's condition was not met; nothing was written. Decide anew.
        public static let conflict = Code("conflict")
        /// A newer leader writes; nothing was written. Step down.
        public static let staleFence = Code("stale-fence")
        /// The disk or the database's size limit is full; nothing was written.
        public static let full = Code("full")
        /// Another process has the database.
        public static let locked = Code("locked")
        /// Made by a newer version of Sluice.
        public static let newerVersion = Code("newer-version")
        /// The sealing key is missing or is not the one this database was sealed with.
        public static let wrongKey = Code("wrong-key")
        /// The store cannot be used now; nothing was written.
        public static let unavailable = Code("unavailable")
        /// The connection was lost while committing: it may have been written. Look up before trying again.
        public static let unknown = Code("unknown")
    }

    public let code: Code
    /// What failed, the value, and what to do next.
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { "\(code): \(message)" }
}
