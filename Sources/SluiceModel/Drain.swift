/// A system whose work a drain waits for.
public enum DrainSystem: String, Hashable, Sendable, CaseIterable {
    /// OO Central: executions.
    case central
    /// CSA: service instances, requests, lifecycle records and process instances.
    case csa
}

/// One thing that a drain may wait for, by its kind and its name in its system; never given out twice there.
public struct DrainItemID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case execution
        case serviceInstance = "service-instance"
        case request
        case subscription
        case lifecycleRecord = "lifecycle-record"
        case processInstance = "process-instance"
        /// A person's pending requests or subscriptions, as CSA counts them: there is no list of them
        /// (csa-api.md 3.4).
        case person
    }

    public var kind: Kind
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// An execution of Central.
    public init(_ execution: ExecutionID) { self.init(.execution, execution.text) }

    public static func < (left: Self, right: Self) -> Bool {
        (left.kind.rawValue, left.text) < (right.kind.rawValue, right.text)
    }

    /// `execution:112600043`; the form that `waive` takes.
    public var description: String { "\(kind.rawValue):\(text)" }

    /// Reads the form that `description` gives; a bare number is an execution.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= IdentifierLimits.byteCountMax + 32, !text.isEmpty else { return nil }
        guard let colon = text.firstIndex(of: ":") else {
            guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            self.init(.execution, String(text))
            return
        }
        let value = String(text[text.index(after: colon)...])
        guard let kind = Kind(rawValue: String(text[..<colon])), IdentifierLimits.allows(value) else { return nil }
        self.init(kind, value)
    }
}

/// Where a thing stands, as far as a drain is concerned.
public enum DrainStanding: Hashable, Sendable {
    /// It runs; ends by itself.
    case running
    /// An execution of a gated flow that began after the close: its gate step has not asked yet, or is asking just now.
    /// Left when it ends there, is on record as held, or goes on for longer than `DrainLimits.gateStepDuration`.
    case atGate
    /// It only reached its gate step, was told `hold`, and is ending; Sluice launches it later.
    case heldAtGate(Ticket)
    /// It waits at its gate step for its release.
    case parked(Ticket)
    /// It was paused, for this reason (oo-central-api.md 4.3); nil: none is told. A person must resume or cancel it.
    case paused(PauseReason?)
    /// CSA waits for a launch that Sluice holds: the execution it polls is a virtual one.
    case waitsForHold(Ticket)
    /// Its system's own clock starts it later, such as a service instance in RESERVED.
    case dueLater
    /// At rest until a person does something, such as a request that waits for approval; named as its system does.
    case needsPerson(String)
    /// It ended, or is at rest for good.
    case ended
    /// A word this version does not know: taken as running.
    case unknown(String)

    /// Whether a drain waits for it.
    public var blocks: Bool {
        switch self {
        case .running, .atGate, .parked, .paused, .waitsForHold, .unknown: true
        case .heldAtGate, .dueLater, .needsPerson, .ended: false
        }
    }
}

/// Why Central paused an execution (oo-central-api.md 4.3, PROVEN list); words that are not known are kept.
public enum PauseReason: Hashable, Sendable {
    /// A person, or a call of its API.
    case user
    /// It waits for an answer: `INPUT_REQUIRED`, `INPUT_REQUIRED_MANUAL_OP`.
    case input
    /// It waits for a person: `SELECT_TRANSITION`, `GATED_TRANSITION`, `HAND_OFF`, `DISPLAY`.
    case person
    /// `INTERRUPT`: a debugger.
    case debugger
    /// `NO_WORKERS_IN_GROUP`: its worker group has no active worker. It needs a worker, then a resume.
    case noWorkers
    /// A branch of it is paused; it follows that one.
    case branch
    /// `SEQUENTIAL_EXECUTION`, `NO_ROBOTS_IN_GROUP`, `PENDING_ROBOT`, `PRECONDITION_NOT_FULFILLED`: later RPA builds.
    case robot
    case other(String)

    public init(word: String) {
        switch word {
        case "USER_PAUSED": self = .user
        case "INPUT_REQUIRED", "INPUT_REQUIRED_MANUAL_OP": self = .input
        case "SELECT_TRANSITION", "GATED_TRANSITION", "HAND_OFF", "DISPLAY": self = .person
        case "INTERRUPT": self = .debugger
        case "NO_WORKERS_IN_GROUP": self = .noWorkers
        case "BRANCH_PAUSED": self = .branch
        case "SEQUENTIAL_EXECUTION", "NO_ROBOTS_IN_GROUP", "PENDING_ROBOT", "PRECONDITION_NOT_FULFILLED": self = .robot
        default: self = .other(word)
        }
    }

    /// One word for people and metrics.
    public var word: String {
        switch self {
        case .user: "user"
        case .input: "input"
        case .person: "person"
        case .debugger: "debugger"
        case .noWorkers: "no-workers"
        case .branch: "branch"
        case .robot: "robot"
        case .other(let word): String(word.prefix(64)).lowercased()
        }
    }
}

/// One thing that a look at a system found not to have ended.
public struct DrainItem: Hashable, Sendable {
    public var id: DrainItemID
    public var standing: DrainStanding
    /// The flow it runs; for CSA's a name under which durations of its like are kept, such as `csa:DEPLOYING`.
    public var flow: FlowID?
    /// What people call it: a run name, a path, a subscription.
    public var title: String?
    public var owner: String?
    /// By its system's clock.
    public var startedAt: Timestamp?
    /// Steps logged so far; nil: not asked for.
    public var stepCount: Int?
    /// Why it will not end by itself, as its system tells; nil: nothing says so.
    public var stuck: StuckCause?
    /// Whether the configuration exempts it: shown, never waited for (requirement R16).
    public var isExempt = false

    public init(_ id: DrainItemID, _ standing: DrainStanding) {
        self.id = id
        self.standing = standing
    }
}

/// Why something that runs is not merely slow.
public enum StuckCause: Hashable, Sendable {
    /// No step was logged for so long, though it runs longer than most of its flow.
    case noStep(since: Timestamp)
    /// Its worker group has no active worker.
    case noWorkers
    /// Its process instance in CSA has ended, or CSA no longer waits for it.
    case processEnded
    /// CSA waits for a callback of an execution that is not running: the callback was lost.
    case callbackLost
}

/// Something that ended since the look before.
public struct DrainEnd: Hashable, Sendable {
    public var id: DrainItemID
    public var flow: FlowID?
    public var title: String?
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    /// Whether it ended at its gate step, or is exempt: it did no work that a drain waits for.
    public var isIdle: Bool
    /// How long its like take, in milliseconds, for the estimate; nil: it says nothing of that, as one that was
    /// cancelled or paused.
    public var milliseconds: Int64?

    public init(_ id: DrainItemID, isIdle: Bool) {
        self.id = id
        self.isIdle = isIdle
    }
}

/// What one look at a system showed: everything in it that has not ended.
public struct DrainSight: Hashable, Sendable {
    public var system: DrainSystem
    /// Whether the system's whole list was read, and stood still while it was.
    public var isFull: Bool
    /// Each once; in any order.
    public var items: [DrainItem]
    /// What ended since the look before, and what began and ended since.
    public var ended: [DrainEnd]
    /// Why it may not be the whole truth, in sentences: never quiet then.
    public var gaps: [String]
    /// Remarks that keep nothing from being dry.
    public var notes: [String]

    public init(
        system: DrainSystem, isFull: Bool, items: [DrainItem], ended: [DrainEnd] = [], gaps: [String] = [],
        notes: [String] = []
    ) {
        self.system = system
        self.isFull = isFull
        self.items = items
        self.ended = ended
        self.gaps = gaps
        self.notes = notes
    }
}

/// How thoroughly a system is looked at.
public enum DrainDepth: Hashable, Sendable {
    /// What was known to run, and what is new since.
    case changes
    /// The whole list, read until two readings agree.
    case full
}

/// An operator's word that a drain need not wait for something.
public struct DrainWaiver: Hashable, Sendable {
    public var id: DrainItemID
    public var by: Principal
    public var reason: String
    public var at: Timestamp

    public init(id: DrainItemID, by: Principal, reason: String, at: Timestamp) {
        self.id = id
        self.by = by
        self.reason = reason
        self.at = at
    }
}
