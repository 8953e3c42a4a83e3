/// Names one entry of the journal.
public struct JournalID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// One change made to an outside system, written down before it is made (product.md, "journal").
public struct JournalEntry: Hashable, Sendable {
    public var id: JournalID
    /// Which system: `central`.
    public var system: String
    /// What in it: a schedule's id, or `JournalEntry.wholeObject` for the order that all others follow from.
    public var object: String
    /// Its name, for people.
    public var title: String
    /// How it was before, field by field; inputs as keyed hashes. What a person changes meanwhile shows against this.
    public var before: [JournalField]
    /// The system's own text of how it was before, sealed; nil when there is none.
    public var record: SealedBytes?
    /// What is made of it, such as `enabled=false`.
    public var intended: String
    public var state: JournalState
    /// How often the present change was sent, the making or the reverting.
    public var attempt: Int
    /// When the change was intended.
    public var at: Timestamp
    /// When it was read back as made.
    public var doneAt: Timestamp?
    /// When its reverting was first sent.
    public var revertedAt: Timestamp?
    /// For a schedule: its times after this one, up to `gapTo`, were missed.
    public var gapFrom: Timestamp?
    public var gapTo: Timestamp?
    /// Whether its times after `gapTo` and before this one fired cannot be told.
    public var uncertainTo: Timestamp?
    /// When it entered its state.
    public var since: Timestamp
    public var by: Principal
    /// Why, in one sentence; never a secret.
    public var cause: String

    /// The object of an order.
    public static let wholeObject = "*"

    public init(
        system: String, object: String, title: String, before: [JournalField] = [], record: SealedBytes? = nil,
        intended: String, at: Timestamp, by: Principal, cause: String
    ) {
        id = JournalID("\(system)/\(object)@\(at.milliseconds)")
        self.system = system
        self.object = object
        self.title = title
        self.before = before
        self.record = record
        self.intended = intended
        state = .intended
        attempt = 0
        self.at = at
        since = at
        self.by = by
        self.cause = cause
    }

    /// Names of a schedule's sensitive inputs before the change.
    public var sensitiveInputNames: [String] {
        before.filter { $0.name.hasPrefix(JournalField.sensitivePrefix) }.map {
            String($0.name.dropFirst(JournalField.sensitivePrefix.count))
        }
    }

    /// The kind of the event that each new state of an entry appends.
    public var eventKind: String { "journal-\(state.rawValue)" }

    /// That event's text.
    public var eventText: String { "\(system) \(object) (\(title)): \(cause)" }

    /// This entry in another state.
    public func moved(to state: JournalState, at now: Timestamp, cause: String) -> JournalEntry {
        var moved = self
        if moved.state != state { moved.since = now }
        moved.state = state
        moved.cause = cause
        return moved
    }
}

/// One field of a before-image.
public struct JournalField: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// How the name of a field begins whose input is sensitive; its value is never in it.
    public static let sensitivePrefix = "sensitive input "

    /// Names of the fields that differ between two images, in the order of the first, then of the second.
    ///
    /// Its time grows with the number of fields: an image may come from outside, with very many.
    public static func differences(_ before: [JournalField], _ now: [JournalField]) -> [String] {
        func names(_ left: [JournalField], without right: [JournalField]) -> [String] {
            let others = Set(right)
            return left.filter { field in !others.contains(field) }.map(\.name)
        }
        let gone = names(before, without: now)
        let goneNames = Set(gone)
        return gone + names(now, without: before).filter { !goneNames.contains($0) }
    }
}

/// Where a change of an outside system is in its life.
public enum JournalState: String, Hashable, Sendable, CaseIterable {
    /// On disk before it is sent. Left when it is read back, or found impossible.
    case intended
    /// Read back as made. Left by its reverting, or when somebody else changed the same thing.
    case done
    /// Its reverting is on disk before it is sent. Left when it is read back.
    case reverting
    /// Read back as it was before. Final.
    case reverted
    /// Somebody else changed it, and that stays as it is; or the system does not do it. Final: a person's turn.
    case conflict

    /// Whether something is still to be done.
    public var isOpen: Bool {
        switch self {
        case .intended, .done, .reverting: true
        case .reverted, .conflict: false
        }
    }
}

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
