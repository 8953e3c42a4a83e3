public import SluiceModel

/// What the freeze of Central's schedules is told.
public enum FreezeEvent: Hashable, Sendable {
    case freezeRequested(FreezeRequest)
    case thawRequested(FreezeRequest)
    case restoreRequested(RestoreRequest)
    /// A person gives up on schedules that Central does not switch; the selection names them by id.
    case waiveRequested(FreezeRequest)
    /// The open entries of the journal, and those of the open order that are closed already.
    case recovered([JournalEntry], closed: [JournalEntry])
    case recoveryFailed(cause: String)
    /// Every schedule, read after the effect that asked for it.
    case listed([ScheduleSight])
    case listFailed(cause: String, RetryPause.Kind)
    case committed
    /// Refused, or of unknown fate: the journal must be read again.
    case commitFailed(cause: String)
    case switched(ScheduleID)
    /// What became of it shows only when it is read back.
    case switchFailed(ScheduleID, cause: String, RetryPause.Kind)
    /// The missed times of an entry are recorded and its last state is on disk.
    case settled(JournalID)
    case settleFailed(JournalID, cause: String, RetryPause.Kind)
    case ticked
    /// What failed may be tried again at once.
    case hurried
}

/// What the freeze wants done; never more than one of them at a time besides answers.
public enum FreezeEffect: Hashable, Sendable {
    case recover
    case list
    case commit([Change])
    /// Turn a schedule on or off, once; its intent is on disk.
    case switchSchedule(ScheduleID, isEnabled: Bool)
    /// Record the missed times of an entry, make the holds that the policy wants, and write its last state: all or,
    /// in parts that can be repeated, as much as is on disk.
    case settle(Settlement)
    case answer(FreezeRequest.Ref, FreezeAnswer)
}

/// A person's wish to freeze, to thaw or to waive.
public struct FreezeRequest: Hashable, Sendable {
    /// Names it until it is answered.
    public struct Ref: Hashable, Sendable {
        public var number: UInt64
        public init(_ number: UInt64) { self.number = number }
    }

    public var ref: Ref
    public var selection: ScheduleSelection
    public var by: Principal
    public var reason: String

    public init(ref: Ref, selection: ScheduleSelection, by: Principal, reason: String) {
        self.ref = ref
        self.selection = selection
        self.by = by
        self.reason = reason
    }
}

/// A person's wish to have `enabled` as a snapshot has it; only where nothing else was changed since.
public struct RestoreRequest: Hashable, Sendable {
    /// One schedule as it is seen now, and what its `enabled` is to be.
    public struct Wish: Hashable, Sendable {
        public var sight: ScheduleSight
        public var isEnabled: Bool

        public init(sight: ScheduleSight, isEnabled: Bool) {
            self.sight = sight
            self.isEnabled = isEnabled
        }
    }

    public var ref: FreezeRequest.Ref
    public var wishes: [Wish]
    public var by: Principal
    public var reason: String

    public init(ref: FreezeRequest.Ref, wishes: [Wish], by: Principal, reason: String) {
        self.ref = ref
        self.wishes = wishes
        self.by = by
        self.reason = reason
    }
}

/// What becomes of a wish, told once it is on disk; its work goes on after that.
public enum FreezeAnswer: Hashable, Sendable {
    case accepted
    /// Nothing of the selection is frozen.
    case nothingToDo
    /// A thaw of what is to be frozen is under way; freeze again when it is over.
    case thawing
    /// Something is frozen: thaw it before a snapshot is put back.
    case frozen
    /// These are not on their way back, so there is nothing to waive.
    case notReverting([ScheduleID])
    /// The journal could not be written: nothing was begun.
    case notWritten(cause: String)
    /// It was not begun in time, and is withdrawn; or it is being written, and what becomes of it is not known yet.
    case late(isWithdrawn: Bool)
    /// More wishes wait than `FreezeLimits.waitingRequestCountMax`.
    case busy
}

/// A schedule as it is seen now.
public struct ScheduleSight: Hashable, Sendable {
    public var id: ScheduleID
    public var title: String
    public var flow: FlowID?
    public var flowPath: String?
    public var isEnabled: Bool
    /// Its last fire, if Central says.
    public var lastFire: Timestamp?
    /// Its next fire, if Central says: times before it Central does not fire any more.
    public var nextFire: Timestamp?
    /// Every field but `enabled` and the fire times, which change by themselves; inputs as keyed hashes.
    public var image: [JournalField]
    public var record: SealedBytes?

    public init(
        id: ScheduleID, title: String, flow: FlowID? = nil, flowPath: String? = nil, isEnabled: Bool,
        lastFire: Timestamp? = nil, nextFire: Timestamp? = nil, image: [JournalField] = [], record: SealedBytes? = nil
    ) {
        self.id = id
        self.title = title
        self.flow = flow
        self.flowPath = flowPath
        self.isEnabled = isEnabled
        self.lastFire = lastFire
        self.nextFire = nextFire
        self.image = image
        self.record = record
    }
}

/// The end of an entry: its missed times, and its last state.
public struct Settlement: Hashable, Sendable {
    /// In its last state.
    public var entry: JournalEntry
    /// The state on disk that it replaces.
    public var replacing: JournalState
    /// Whether its missed times are ours to launch: we enabled it. If not, a person has taken it over.
    public var isOurs: Bool
    /// Whether the schedule is still there; without it its times are not known.
    public var exists: Bool

    public init(entry: JournalEntry, replacing: JournalState, isOurs: Bool, exists: Bool) {
        self.entry = entry
        self.replacing = replacing
        self.isOurs = isOurs
        self.exists = exists
    }
}

/// What the configuration lets an operator choose.
public struct FreezePolicy: Hashable, Sendable {
    /// Between two schedules that are enabled again: Central is not to launch them all at once.
    public var thawInterval: Duration
    /// How long after a schedule is enabled Central's own catch-up launch may appear; zero: Central makes none.
    public var catchUpWindow: Duration

    public init(thawInterval: Duration = .seconds(1), catchUpWindow: Duration = .seconds(30)) {
        self.thawInterval = thawInterval
        self.catchUpWindow = catchUpWindow
    }
}

/// What a freeze may grow to.
public enum FreezeLimits {
    /// Listings of one freeze that still found enabled schedules, before it is reported as incomplete.
    public static let passCountMax = 10
    /// Wait after a switch failed; each failure doubles it, and it is tried for as long as its entry is open.
    public static let switchWaitMin: Duration = .seconds(1)
    public static let switchWaitMax: Duration = .seconds(60)
    /// Refused switches in a row, of whatever schedules, from which on all wait as after a refused listing.
    public static let refusedRunCountMax = 2
    /// How far Central's clock may be off from ours.
    public static let centralClockSkewMax: Duration = .seconds(5)
    /// Entries in one commit of what a listing asks for.
    ///
    /// What a person orders of single schedules (a thaw of some, a restore, a waiver) is one commit of any size, at
    /// most of all schedules: those entries are the order's only record, so after a crash between two commits a part
    /// of it would be lost although it was accepted.
    public static let batchCountMax = 200
    /// Wishes waiting for their turn.
    public static let waitingRequestCountMax = 16
    /// Between two looks at frozen schedules: what a person enabled meanwhile is theirs, what is new is frozen.
    public static let watchInterval: Duration = .seconds(30)
    /// How long Central may take to carry out a switch whose answer was lost.
    public static let lateSwitchDuration: Duration = .seconds(60)
    /// Between two looks at what should show soon.
    public static let lookInterval: Duration = .seconds(5)

    /// The wait after a number of failures, from 1.
    static func switchWait(after count: Int, _ kind: RetryPause.Kind = .failure) -> Duration {
        guard kind == .failure else { return RetryPause.wait(after: count, kind) }
        // 2^6 s is above the longest.
        return min(switchWaitMin * (1 << min(max(count - 1, 0), 6)), switchWaitMax)
    }
}
