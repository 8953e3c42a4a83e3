/// A window: `w_` and a ULID.
public struct WindowID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A planned span of time, once or recurring (product.md, "Words").
public struct Window: Hashable, Sendable {
    /// What it is for.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A maintenance is to happen in it.
        case maintenance
        /// No maintenance may begin in it.
        case blackout
    }

    /// Where a blackout came from.
    public struct CalendarPlace: Hashable, Sendable {
        public var calendar: String
        /// `UID` of its event, and its `RECURRENCE-ID` if it is one changed occurrence.
        public var event: String

        public init(calendar: String, event: String) {
            self.calendar = calendar
            self.event = event
        }
    }

    public var id: WindowID
    public var kind: Kind
    public var summary: String
    /// The part of all launches that it is about; nil: all.
    public var scope: Scope?
    /// Local time of the first occurrence, as if it were UTC.
    public var start: Timestamp
    public var timeZone: String
    /// Length: so many local days, and so many seconds after them.
    public var days: Int
    public var seconds: Int64
    /// An RRULE; nil: it happens once.
    public var rule: String?
    /// Further local times, as if they were UTC.
    public var additions: [Timestamp] = []
    /// Local times at which it does not happen, as if they were UTC.
    public var exclusions: [Timestamp] = []
    /// Seconds before an occurrence at which a warning is given, the longest first.
    public var leadSeconds: [Int64] = []
    /// Whether the gate is closed for its scope when an occurrence begins; else somebody is reminded to.
    public var startsByItself = false
    /// Whether a gate that was closed so is opened when the occurrence ends; else somebody is reminded to.
    public var endsByItself = false
    /// nil: planned here.
    public var place: CalendarPlace?
    public var by: Principal
    public var reason: String
    public var plannedAt: Timestamp
    /// Occurrences that begin before this are on record.
    public var reach: Timestamp
    public var isCancelled = false
    /// Since when it is cancelled, or known to have no occurrence left; forgotten `WindowLimits.retention` later.
    public var endedAt: Timestamp?
    /// From 1; a change must follow the one that is stored.
    public var revision = 1

    public init(
        id: WindowID, kind: Kind, summary: String, scope: Scope? = nil, start: Timestamp, timeZone: String,
        days: Int = 0, seconds: Int64, rule: String? = nil, by: Principal, reason: String, plannedAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.summary = summary
        self.scope = scope
        self.start = start
        self.timeZone = timeZone
        self.days = days
        self.seconds = seconds
        self.rule = rule
        self.by = by
        self.reason = reason
        self.plannedAt = plannedAt
        reach = plannedAt
    }
}

/// One occurrence of a window, on record from some weeks before its time.
public struct WindowOccurrence: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Left when its time comes, when it is cancelled, or when its time passed without it (`missed`).
        case scheduled
        /// Left at its end, or when it is cancelled. Its rule changes nothing in it any more.
        case begun
        case ended
        case cancelled
        /// Its time passed while Sluice was down or a blackout denied it.
        case missed

        public var isFinal: Bool { self != .scheduled && self != .begun }
    }

    /// What was done to the gate for it.
    public struct GateWork: Hashable, Sendable {
        public enum Step: String, Hashable, Sendable, CaseIterable {
            /// To be closed.
            case closing
            /// Closed for this occurrence.
            case closed
            /// Closed for another occurrence with the same scope, which lasts as long as this one.
            case shared
            /// To be opened.
            case opening
            case opened
            /// Not touched: somebody else had closed it, or changed it since, or another occurrence took it over.
            case left
        }

        public var step: Step
        /// The mode before, of a scope or the whole gate; nil: the scope had none of its own.
        public var before: GateMode?
        /// The reason that it was closed with, by which its entry is known again.
        public var reason: String
        /// When the entry was made.
        public var since: Timestamp?
        public var remindedAt: Timestamp?

        public init(step: Step, before: GateMode?, reason: String, since: Timestamp? = nil) {
            self.step = step
            self.before = before
            self.reason = reason
            self.since = since
        }

        /// Whether something is left to do or to remind of.
        public var isOpen: Bool { step != .opened && step != .left && step != .shared }
    }

    public var window: WindowID
    /// Its local time by the rule, as if it were UTC; names it within its window.
    public var wall: Timestamp
    public var start: Timestamp
    /// Not part of it.
    public var end: Timestamp
    public var state = State.scheduled
    public var stateSince: Timestamp
    public var cause: String
    /// Whether a person changed its end: then its rule no longer does.
    public var isChanged = false
    /// The lead times, in seconds, that were warned of or are no longer to be.
    public var warned: [Int64] = []
    public var gate: GateWork?
    public var revision = 1

    public init(
        window: WindowID, wall: Timestamp, start: Timestamp, end: Timestamp, stateSince: Timestamp, cause: String
    ) {
        self.window = window
        self.wall = wall
        self.start = start
        self.end = end
        self.stateSince = stateSince
        self.cause = cause
    }

    /// Whether time or the gate will still change it.
    public var isOpen: Bool { !state.isFinal || gate?.isOpen == true }
}

/// What a window may measure.
public enum WindowLimits {
    /// Planned windows that are neither cancelled nor over.
    public static let windowCountMax = 2000
    /// Events of all calendars.
    public static let calendarEventCountMax = 2000
    /// Longest occurrence of a window that is planned by hand, in seconds: 31 days. Calendars give up to 366.
    public static let secondsMax: Int64 = 31 * 86_400
    /// Longest summary, in bytes.
    public static let summaryByteCountMax = 500
    /// Most dates that are added or taken out.
    public static let dateCountMax = 1000
    public static let leadTimeCountMax = 10
    /// When nothing else is said: a week, a day and half an hour.
    public static let standardLeadSeconds: [Int64] = [604_800, 86_400, 1800]
    /// How long before their time occurrences are on record.
    public static let horizon: Duration = .seconds(60 * 86_400)
    /// By so much at least the time until which occurrences are on record moves on.
    public static let reachStep: Duration = .seconds(86_400)
    /// Most occurrences of one window that are on record ahead of their time.
    public static let aheadCountMax = 200
    /// What the names of calendars begin with that the configuration brings (`windows.blackouts`).
    public static let configuredCalendarPrefix = "file:"
    /// Most occurrences in the feed that say other than their rule; with more it says that it has not all of them.
    public static let feedOccurrenceCountMax = 10_000
    /// Most occurrences in one answer.
    public static let listCountMax = 1000
    /// How long a window is kept that was cancelled or is over, and an occurrence that has ended (product.md, "Holds").
    public static let retention: Duration = .seconds(90 * 86_400)
    /// Windows that are forgotten in one step.
    public static let forgottenCountMax = 100
    /// Between two reminders that a gate is still closed after its window.
    public static let reminderInterval: Duration = .seconds(3600)
}
