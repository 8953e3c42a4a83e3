/// One time of a schedule that passed while it could not launch, and what became of it (requirement R26).
public struct MissedTime: Hashable, Sendable {
    public var schedule: ScheduleID
    /// The time the schedule meant.
    public var nominalTime: Timestamp
    /// The schedule's name, for people.
    public var title: String
    /// The policy that decided, such as `latest` or `not-older-than 3600 s`.
    public var policy: String
    public var outcome: Outcome
    /// The hold that launches it.
    public var ticket: Ticket?
    /// The execution that Central started for it by itself.
    public var executionID: ExecutionID?
    /// When this was decided.
    public var at: Timestamp
    /// Why, in one sentence.
    public var cause: String

    /// What became of a missed time.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// It is a hold, launched by the release.
        case held
        /// The policy launches none.
        case skipped
        /// A newer time of the schedule stands for it.
        case coalesced
        /// It is older than the policy allows.
        case tooOld = "too-old"
        /// Central launched one for its missed times by itself, and this time counts as that one.
        case caughtUp = "caught-up"
        /// Central does not echo its secrets: left to Central's own catch-up.
        case notReplayable = "not-replayable"
        /// A person enabled or changed the schedule meanwhile: theirs to decide.
        case leftAlone = "left-alone"
        /// It fell between our request and Central's answer, and Central does not say whether it fired.
        case uncertain
        /// More times were missed than are recorded; this is the first that is not.
        case cut
    }

    public init(
        schedule: ScheduleID, nominalTime: Timestamp, title: String, policy: String, outcome: Outcome,
        ticket: Ticket? = nil, executionID: ExecutionID? = nil, at: Timestamp, cause: String
    ) {
        self.schedule = schedule
        self.nominalTime = nominalTime
        self.title = title
        self.policy = policy
        self.outcome = outcome
        self.ticket = ticket
        self.executionID = executionID
        self.at = at
        self.cause = cause
    }
}
