/// What the sandbox's Central is like: its version, its speed, and a switch for each thing the reference leaves open.
///
/// The grades of the defaults stand in docs/sandbox.md. All of it can be changed while it runs (`PUT
/// /control/settings`).
public struct SandboxSettings: Codable, Hashable, Sendable {
    /// Which start dialect an address without a version speaks.
    public enum Dialect: String, Codable, Hashable, Sendable {
        /// `uuid` in, object out.
        case v1
        /// `flowUuid` in, bare number out.
        case v2
    }

    /// Which engine's rules cancelling follows.
    public enum Engine: String, Codable, Hashable, Sendable {
        case today
        /// Cancel refused while PENDING_PAUSE, and reported as success when already canceled.
        case of2014
    }

    /// What turning a schedule on does about the times it missed.
    public enum CatchUp: String, Codable, Hashable, Sendable {
        /// It goes on with its next time.
        case never
        /// It launches one at once.
        case always
        /// As Quartz would: see fact 13 of the reference.
        case byQuartz = "by-quartz"
    }

    /// The text of `GET /version`.
    public var version = "10.60 - Enterprise Edition"
    public var versionNeedsLogin = true
    /// The dialect of `/oo/rest/executions`. INFERRED to be v1.
    public var unversionedDialect = Dialect.v1
    /// Whether summaries have the members seen in 10.60 only (`cancelReason`, `ownerDomain`).
    public var hasLaterSummaryMembers = true
    /// Delay from PENDING_PAUSE to PAUSED.
    public var pauseDelayMilliseconds: Int64 = 200
    /// Delay from PENDING_CANCEL to CANCELED.
    public var cancelDelayMilliseconds: Int64 = 200
    public var engine = Engine.today
    /// UNKNOWN: the code of a status change that was taken.
    public var actionTakenCode = 200
    /// UNKNOWN: the code of a status change that was refused.
    public var actionRefusedCode = 409
    /// UNKNOWN: whether `cancel` in lower case is understood.
    public var understandsLowerCaseActions = true
    /// UNKNOWN: whether an input may be a JSON number or truth value (it is kept as text) or is refused with 400.
    public var takesNonTextInputs = false
    /// INFERRED: unknown ids among many are left out; false answers 404 for all.
    public var leavesOutUnknownIDs = true
    /// Whether replies carry a session cookie and a CSRF token.
    public var issuesSessions = true
    /// Whether the CSRF token of a session's first reply is refused, as one client found.
    public var isFirstTokenStale = true
    /// Whether there is `/all-schedules`; an older Central has `/schedules` only.
    public var hasAllSchedules = true
    /// INFERRED: what turning a schedule on does about missed times.
    public var catchUpOnEnable = CatchUp.byQuartz
    /// UNKNOWN: the code of a schedule that was turned on or off.
    public var scheduleSwitchedCode = 200
    /// UNKNOWN: whether a listed schedule names its sensitive inputs; their values are never shown.
    public var namesSensitiveInputs = true
    /// Vendor content sends `numOfOccurrences` as text, recordings show a number.
    public var occurrencesAsText = false

    /// Whether the reports of all flows to CSA get lost on their way.
    public var losesCallbacks = false

    public init() {}

    /// Nil, or what is wrong.
    var complaint: String? {
        for (name, span) in [
            ("pauseDelayMilliseconds", pauseDelayMilliseconds), ("cancelDelayMilliseconds", cancelDelayMilliseconds),
        ] where !(0...SandboxLimits.spanMillisecondsMax).contains(span) {
            return "\(name) must be 0 to \(SandboxLimits.spanMillisecondsMax)"
        }
        for (name, code) in [
            ("actionTakenCode", actionTakenCode), ("actionRefusedCode", actionRefusedCode),
            ("scheduleSwitchedCode", scheduleSwitchedCode),
        ]
        where !(200...599).contains(code) {
            return "\(name) must be 200 to 599"
        }
        return nil
    }
}
