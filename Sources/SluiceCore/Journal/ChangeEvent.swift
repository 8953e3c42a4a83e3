public import SluiceModel

/// What the changes of outside systems are told.
public enum ChangeEvent: Hashable, Sendable {
    case requested(ChangeRequest)
    /// Every entry of the maintenance that has unsettled ones, or else of the one that was asked for; in journal order.
    case recovered([JournalEntry], of: MaintenanceID?)
    case recoveryFailed(cause: String)
    case committed
    /// Refused, or of unknown fate: the journal must be read again.
    case commitFailed(cause: String)
    /// nil: the system has no such object.
    case read(JournalID, OutsideImage?)
    case readFailed(JournalID, cause: String, ChangeTrouble)
    /// What became of each order of a write; of one that is not named, nothing is known.
    case wrote(call: Int, [ChangeOutcome])
    case ticked
    /// What failed may be tried again at once; what asks for an operator waits on.
    case hurried
}

/// What the changes want done. Each effect but an answer is answered by one event; there is one commit or recovery at
/// a time, and at most `ChangeSystem.callCountMax` reads and writes of a system.
public enum ChangeEffect: Hashable, Sendable {
    case recover(MaintenanceID?)
    case commit([Change])
    case read(JournalID, system: String, object: String)
    /// Sent once; the intent of every order is on disk.
    case write(call: Int, system: String, [ChangeOrder])
    case answer(ChangeRequest.Ref, ChangeAnswer)
}

/// One object of a write.
public struct ChangeOrder: Hashable, Sendable {
    public var entry: JournalID
    public var object: String
    /// To be set to these; nothing else is to be touched.
    public var fields: [JournalField]
    /// As it was read right before.
    public var basedOn: OutsideImage
    /// To be left on the object where it has room for one; nil: to be taken away.
    public var marker: MaintenanceID?

    public init(
        entry: JournalID, object: String, fields: [JournalField], basedOn: OutsideImage, marker: MaintenanceID?
    ) {
        self.entry = entry
        self.object = object
        self.fields = fields
        self.basedOn = basedOn
        self.marker = marker
    }
}

/// What became of one order.
public struct ChangeOutcome: Hashable, Sendable {
    public enum Result: Hashable, Sendable {
        /// The system said yes; with how the object is now, if it said that too.
        case taken(OutsideImage?)
        /// Nothing was sent for it: it is no longer as it was read.
        case stale
        /// The system said no to this object.
        case refused(cause: String)
        /// An error, or no answer: what became of it shows only when it is read.
        case unknown(cause: String, ChangeTrouble)
        /// Nothing was sent.
        case notSent(cause: String, ChangeTrouble)
    }

    public var entry: JournalID
    public var result: Result

    public init(_ entry: JournalID, _ result: Result) {
        self.entry = entry
        self.result = result
    }
}

/// How far a failure goes.
public enum ChangeTrouble: Hashable, Sendable, CaseIterable {
    /// The system is away, or does not answer as itself: all of it waits, longer with each failure.
    case away
    /// It failed for this object; the others go on.
    case object
    /// Credentials or rights were refused: nothing is sent to the system until an operator says so, for accounts lock
    /// out (csa-api.md 12).
    case unauthorized
}

/// A wish about the changes of one maintenance.
public struct ChangeRequest: Hashable, Sendable {
    /// Names it until it is answered.
    public struct Ref: Hashable, Sendable {
        public var number: UInt64
        public init(_ number: UInt64) { self.number = number }
    }

    public enum Order: Hashable, Sendable {
        /// Make these changes. Those on record are left as they are, so it may be asked again.
        case plan([PlannedChange])
        /// Make these changes for good: nothing is put back. Each is tried once; what cannot be made is left, settled.
        case restore([PlannedChange])
        /// Put everything back; what is not made yet is not made.
        case revert
        /// An operator's decision: on a conflict; `keep` also gives up on a change that does not get on, and `putBack`
        /// looks once more for what is gone (`JournalEntry.isLost`).
        case decide(JournalID, JournalDecision.Kind)
        /// Try a system again that refused our account.
        case resume(system: String)
    }

    public var ref: Ref
    public var maintenance: MaintenanceID
    public var order: Order
    public var by: Principal
    /// Why; never a secret.
    public var reason: String

    public init(ref: Ref, maintenance: MaintenanceID, order: Order, by: Principal, reason: String) {
        self.ref = ref
        self.maintenance = maintenance
        self.order = order
        self.by = by
        self.reason = reason
    }
}

/// What becomes of a wish, told once it is on disk; its work goes on after that.
public enum ChangeAnswer: Hashable, Sendable {
    case accepted
    /// Nothing is on record that it could be about.
    case nothingToDo
    /// Another maintenance has changes that are not put back.
    case taken(by: MaintenanceID)
    /// This maintenance's changes are on their way back, or were: it makes none any more.
    case returning
    /// The plan cannot be carried out: why, and which change.
    case invalid(String)
    /// The entry does not wait for such a decision.
    case notAsked
    /// The journal could not be written: a part may be on disk. Asking again goes on from there.
    case notWritten(cause: String)
    /// It was not begun in time, and is withdrawn; or it is being written.
    case late(isWithdrawn: Bool)
    /// More wishes wait than `ChangeLimits.waitingRequestCountMax`.
    case busy
}

/// An outside system, and how much is asked of it at once.
public struct ChangeSystem: Hashable, Sendable {
    public var name: String
    /// Reads and writes on their way at the same time; after a start or a failure the first goes alone.
    public var callCountMax: Int
    /// Objects of one write.
    public var writeCountMax: Int

    public init(_ name: String, callCountMax: Int = 4, writeCountMax: Int = 1) {
        precondition(callCountMax > 0 && writeCountMax > 0)
        self.name = name
        self.callCountMax = callCountMax
        self.writeCountMax = writeCountMax
    }
}

/// What the configuration says about changes.
public struct ChangePolicy: Hashable, Sendable {
    public var systems: [ChangeSystem]
    /// How long a system may take to carry out a write whose answer was lost: until then a change that seems never to
    /// have been made is not called so.
    public var lateDuration: Duration

    public init(systems: [ChangeSystem], lateDuration: Duration = .seconds(60)) {
        self.systems = systems
        self.lateDuration = lateDuration
    }
}

/// What changes may grow to.
public enum ChangeLimits {
    /// Changes of one plan.
    public static let planCountMax = 20_000
    /// Wishes waiting for their turn.
    public static let waitingRequestCountMax = 16
    /// Entries in one commit.
    public static let batchCountMax = 200
    /// How often a change is sent, the making and the putting back each, before it is an operator's.
    public static let attemptCountMax = 5
    /// Fields that the cause of a conflict tells; all of them are in its `found`.
    public static let toldFieldCountMax = 10
    /// How often what the system said yes to may still read as it was.
    public static let lagCountMax = 1
    /// Between two looks at what should show soon.
    public static let lookInterval: Duration = .seconds(5)
    /// How old an image may be that a write is based on.
    public static let imageDurationMax: Duration = .seconds(5)
    /// Changes of one system between their first read and their last commit.
    public static let underWayCountMax = 256
    /// Wait after a try for one object failed; each failure doubles it.
    public static let objectWaitMin: Duration = .seconds(1)
    public static let objectWaitMax: Duration = .seconds(60)

    /// The wait after a number of failures of one object, from 1.
    static func objectWait(after count: Int) -> Duration {
        // 2^6 s is above the longest.
        min(objectWaitMin * (1 << min(max(count - 1, 0), 6)), objectWaitMax)
    }
}
