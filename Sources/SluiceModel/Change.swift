/// One change to the durable state. A commit is a list of them: all or none, checked and written in one transaction.
///
/// Each change states what must be true for it; if it is not, the whole commit fails with a conflict and nothing is
/// written. Every change to a hold also appends one event, which is never changed again.
///
/// Behind a pointer, because a change is handed on often and a hold is large.
public indirect enum Change: Hashable, Sendable {
    /// Replaces the gate's record. Conflict unless the stored epoch is `replacing`.
    case setGate(GateRecord, replacing: Epoch)
    /// Returns the oldest `released` holds to `held`, at most `Recall.countMax`: the gate closed before they were
    /// started. What is left of them may not start either (`Hold.releasedEpoch`), and follows in commits of its own.
    case recallReleased(at: Timestamp, by: Principal, cause: String)
    /// Adds a hold in state `held`. Conflict if its ticket exists, or another open hold has its principal and ask id.
    case addHold(Hold)
    /// Adds a hold that another site exported, as `held`, or as `coalesced` into one that comes with it. Conflict as
    /// with `addHold`; its one event is `HoldImport.eventKind`, by whoever imports it.
    case importHold(HoldImport)
    /// Moves a hold from one state to another; with it, its callback is queued when it asked for one.
    case moveHold(HoldMove)
    /// Records the use of a pass. Conflict if another question used it before.
    case redeem(Redemption)
    /// Remembers what an idempotency key was answered. Conflict if the key has a record that is not yet forgotten.
    case remember(IdempotencyRecord)
    /// Records that an execution was let through; a second time changes nothing.
    case admit(Admission)
    /// Records that an execution that was let through has ended; unknown ids change nothing.
    case endAdmission(ExecutionID, at: Timestamp)
    /// Records what Central said of a caller of the facade, unless what is on record is newer
    /// (`KnownCaller.replaces`): in whatever order such changes come, the newest stays.
    case putCaller(KnownCaller, horizon: Timestamp)
    /// Adds to the number of launches that were let through without a record of their own, by hour and source. Grows by
    /// the hour, not by the launch.
    case tally(LaunchTally)
    /// Adds a revision of a content pack. Conflict unless its number follows the newest of its pack, or is 1.
    case recordPack(PackRevision)
    /// Appends to the event table alone: who did what, when, why.
    case note(AuditNote)
    /// Keeps a window as it is now. Conflict unless its revision follows the one that is stored, or is 1.
    case putWindow(Window)
    /// Keeps an occurrence of a window as it is now. Conflict unless its revision follows the one that is stored, or
    /// is 1.
    case putOccurrence(WindowOccurrence)
    /// Deletes a window and its occurrences; what was done about it stays in the event table. One that is not there
    /// changes nothing.
    case forgetWindow(WindowID)
    /// Keeps a maintenance as it is now. Conflict unless its revision follows the one that is stored, or is 1.
    case putMaintenance(MaintenanceRecord)
    /// Writes a journal entry. Conflict unless the one on record is in state `replacing`; nil: unless there is none.
    case journal(JournalEntry, replacing: JournalState?)
    /// Records a missed time. Conflict if this time of this schedule is on record.
    case addMissed(MissedTime)
    /// Records that misfire policies were applied to all that the gate of an epoch lets start; an older epoch changes
    /// nothing.
    case judgedMisfires(Epoch)
    /// Gives a replica its seat. Conflict if its id has one.
    case seatReplica(Replica)
    /// Renews a seat. Conflict if there is none (it was removed: join anew), or its number is not newer.
    case renewReplica(ReplicaRenewal)
    /// Takes a seat away; one that is not there changes nothing. Conflict unless the seat's renewal number is still
    /// `renewal`, so that nobody is removed who renewed meanwhile; nil: whatever it is, for a replica that leaves.
    case removeReplica(ReplicaID, renewal: Int64?)
    /// Makes a replica the leader: commits with an older term are refused from now on. Conflict unless the record is
    /// still as it was `seen` (nil: there is none), and the term is newer; a stale fence when the term is older than
    /// one that was written with.
    case takeLead(LeaderRecord, seen: LeaderRecord.Sight?)
    /// Renews the lead. Conflict if another leads, it resigned, or its number is not newer.
    case renewLead(LeaderRenewal)
    /// Gives the lead up: anyone may take it at once. Conflict if another leads.
    case resignLead(ReplicaID, term: Int64, at: Timestamp)
    /// Writes nothing. Conflict when the gate's closed epoch is newer than this: something was closed that the writer
    /// has not heard of. Stands first in whatever lets a launch start.
    case expectOpen(since: Epoch)
    /// Writes nothing. Conflict when a hold has this principal and ask id, whatever became of it, or the execution was
    /// let through and has not ended: another copy of the question was decided meanwhile, by another replica or in a
    /// commit whose end nobody heard. Stands in whatever answers a question anew; an id that is nil expects nothing.
    case expectUnasked(Asker)
    /// Ends as `coalesced` the holds in `held` that this one may stand for (`Hold.mayStand`), at most
    /// `Coalescing.countMax`, those that could start first before the others. Conflict unless it is there with this
    /// key.
    case coalesce(Coalescing)
    /// Brings back to `held` the newest of the holds that name this one as their representative; or, when a newer open
    /// hold may stand for it, lets it name that one. It stands for the rest of them from then on. Conflict unless this
    /// one is there with this key and is in a final state. Only what comes back has an event.
    case succeed(Succession)
    /// Replaces the release's record and appends an event. Conflict unless the stored revision is `replacing`; nil:
    /// unless there is none.
    case setRelease(ReleaseRecord, replacing: Int64?)
    /// Records what a try to deliver a callback came to. Conflict unless it is pending with that many tries behind it.
    case settleCallback(CallbackSettlement)
    /// Deletes holds with their events and callbacks: those that are in a final state since before the time given,
    /// have no callback pending, and are not coalesced into one that is still open. The newest hold stays, for the
    /// count of arrivals. One event says how many; none when there were none.
    case forgetHolds(Forgetting)
}

/// How a close takes back what was released.
public enum Recall {
    /// Holds that are moved with the close itself: whoever closes waits for that, and all other commits.
    public static let countMax = 1000
    /// Why they are moved, also those that follow.
    public static let cause = "the gate closed before it was started"
}

/// A hold's step from one state to the next.
public struct HoldMove: Hashable, Sendable {
    public var ticket: Ticket
    /// Conflict unless the hold is in one of these states.
    public var from: Set<HoldState>
    /// Conflict unless its current attempt is this one; nil: any.
    public var attempt: Int?
    public var to: HoldState
    public var at: Timestamp
    public var by: Principal
    /// Why, in one sentence; never a secret.
    public var cause: String
    public var update: HoldUpdate

    public init(
        ticket: Ticket, from: Set<HoldState>, attempt: Int? = nil, to: HoldState, at: Timestamp, by: Principal,
        cause: String, update: HoldUpdate = HoldUpdate()
    ) {
        self.ticket = ticket
        self.from = from
        self.attempt = attempt
        self.to = to
        self.at = at
        self.by = by
        self.cause = cause
        self.update = update
    }
}

/// Fields that a move sets besides the state; nil leaves a field as it is, but a new attempt forgets the execution of
/// the one before.
public struct HoldUpdate: Hashable, Sendable {
    public var releasedEpoch: Epoch?
    public var attempt: Int?
    public var attemptAt: Timestamp?
    public var passID: PassID?
    public var retryAt: Timestamp?
    public var executionID: ExecutionID?
    public var result: LaunchResult?
    /// Who takes it: a hold that was asked for without ask id and execution belongs to this asker from now on.
    public var takenBy: Asker?
    /// What an operator was told of its flow: the memory that later packs are compared with.
    public var flowMemory: FlowMemory?
    /// Who stands for it; only with `coalesced`.
    public var representative: Ticket?
    /// Whether it leaves its ordering key, so that later ones of the key no longer wait for it.
    public var leavesOrderingKey = false

    public init() {}
}

extension Hold {
    /// This hold after a move, or nil when the move's conditions are not met.
    public func applying(_ move: HoldMove) -> Hold? {
        guard move.ticket == ticket, move.from.contains(state) else { return nil }
        if let attempt = move.attempt, attempt != self.attempt { return nil }
        var moved = self
        moved.state = move.to
        moved.stateSince = move.at
        moved.cause = move.cause
        moved.representative = move.to == .coalesced ? move.update.representative ?? representative : nil
        if let epoch = move.update.releasedEpoch { moved.releasedEpoch = epoch }
        if let attempt = move.update.attempt {
            moved.attempt = attempt
            // The execution and the pass of the attempt before are none of this one's.
            moved.executionID = nil
            moved.passID = nil
        }
        if let attemptAt = move.update.attemptAt { moved.attemptAt = attemptAt }
        if let passID = move.update.passID { moved.passID = passID }
        if let retryAt = move.update.retryAt { moved.retryAt = retryAt }
        if let executionID = move.update.executionID { moved.executionID = executionID }
        if let result = move.update.result { moved.result = result }
        if let memory = move.update.flowMemory { moved.request.flowMemory = memory }
        if move.update.leavesOrderingKey { moved.request.orderingKey = nil }
        if let taker = move.update.takenBy, request.askID == nil, request.runID == nil {
            moved.request.askID = taker.askID
            moved.request.runID = taker.runID
        }
        return moved
    }
}

/// Launches of one source that were let through within one hour.
public struct LaunchTally: Hashable, Sendable {
    /// The hour's start; times given here are cut to it.
    public let hour: Timestamp
    public var source: LaunchSource
    public var count: Int

    public init(at time: Timestamp, source: LaunchSource, count: Int) {
        let cut = time.milliseconds % 3_600_000
        hour = Timestamp(milliseconds: time.milliseconds - (cut < 0 ? cut + 3_600_000 : cut))
        self.source = source
        self.count = count
    }
}

/// A line of the audit that is about no single hold.
public struct AuditNote: Hashable, Sendable {
    /// What happened, in kebab case, such as `gate-changed` or `allowed-by-rule`.
    public var kind: String
    public var at: Timestamp
    public var by: Principal
    /// Why and what, in one sentence; never a secret.
    public var text: String

    /// That a drain is over, with what was said of its end.
    public static let drainEnded = "drain-ended"

    public init(kind: String, at: Timestamp, by: Principal, text: String) {
        self.kind = kind
        self.at = at
        self.by = by
        self.text = text
    }
}

/// One line of the append-only event table.
public struct HoldEvent: Hashable, Sendable {
    /// Grows with each event; gaps are allowed.
    public var sequence: Int64
    public var at: Timestamp
    /// `held`, the name of the state entered, or an audit note's kind.
    public var kind: String
    public var ticket: Ticket?
    public var from: HoldState?
    public var to: HoldState?
    public var by: Principal
    public var cause: String

    public init(
        sequence: Int64, at: Timestamp, kind: String, ticket: Ticket?, from: HoldState?, to: HoldState?, by: Principal,
        cause: String
    ) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.ticket = ticket
        self.from = from
        self.to = to
        self.by = by
        self.cause = cause
    }
}
