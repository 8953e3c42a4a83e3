public import SluiceModel

/// What the release is told. What is large stands behind a pointer: most events are small.
public enum ReleaseEvent: Hashable, Sendable {
    case ticked
    /// The gate was changed, or read at start; a release older than `closedEpoch` is void.
    indirect case gateChanged(GateRecord, closedEpoch: Epoch)
    /// Holds that a process before this one left `launching` or `running`.
    case recovered([Hold])
    /// Something in the store changed that may let a hold start.
    case stirred
    /// In release order, with a pass id drawn for each.
    case candidates([Hold], passIDs: [PassID], isLastPage: Bool)
    case candidatesFailed
    case expiredFound([Hold])
    /// Holds in `launching` or `running`, as the store has them; `next` is the arrival to go on after.
    case underWay([Hold], next: Int64?)
    case underWayFailed
    case committed(ReleaseEffect.CommitRef)
    case conflicted(ReleaseEffect.CommitRef)
    case commitFailed(ReleaseEffect.CommitRef)
    /// A hold read again after a commit whose fate was unknown.
    indirect case reloaded(Ticket, Hold?)
    indirect case outcome(Ticket, attempt: Int, LaunchOutcome)
    /// The driver may not send the request of this attempt, and no byte of it was sent.
    case launchWithheld(Ticket, attempt: Int)
    /// Its gate step redeemed the pass; the gate has already committed that.
    case redeemed(Ticket, attempt: Int, ExecutionID?)
    /// A caller was told to start it; the gate has already committed that.
    indirect case taken(Hold)
    /// Somebody reported that an execution ended.
    case reportedEnded(ExecutionID, LaunchResult)
    case observed([ExecutionSummary], asked: [ExecutionID])
    case observeFailed(cause: String)
    case redemptionRead(Ticket, isRedeemed: Bool)
    case scanned(hits: [ScanHit], begunAt: MonotonicTime, isFull: Bool)
    case scanFailed(cause: String)
    /// Content packs were loaded or replaced; `isLoaded` is false when there is none at all.
    case inventoryReplaced([FlowID: KnownFlow], isLoaded: Bool)
    case paused
    case continued
    /// Misfire policies were applied to the holds that are open in this epoch.
    case misfiresJudged(Epoch)
    case misfireJudgingFailed
    /// The lanes in which holds wait.
    case lanesRead([Lane])
    /// The record in the store: a person changed it, or it was asked for.
    indirect case releaseRead(ReleaseRecord?)
    /// Executions that Central lists as running, and launches that the gate let through and nobody has seen yet.
    case loadRead(running: [ExecutionID], inFlightCount: Int)
    case loadFailed(cause: String)
    /// How flows' executions ended before this release.
    case pastsRead([FlowID: FlowPast])
}

/// An execution whose run name ends with a ticket of ours.
public struct ScanHit: Hashable, Sendable {
    public var ticket: Ticket
    public var attempt: Int
    public var summary: ExecutionSummary

    public init(ticket: Ticket, attempt: Int, summary: ExecutionSummary) {
        self.ticket = ticket
        self.attempt = attempt
        self.summary = summary
    }
}

/// What the release wants done. What is large stands behind a pointer: most effects are small.
public enum ReleaseEffect: Hashable, Sendable {
    /// Names a commit until it is answered.
    public struct CommitRef: Hashable, Sendable {
        public var number: UInt64
        public init(_ number: UInt64) { self.number = number }
    }

    public typealias Place = ReleasePlace

    /// Read candidates from the store, of one launcher or any, of one lane or all, after a place in release order.
    case fetch(includesHeld: Bool, launcher: Launcher?, lane: LaneID?, after: Place?, limit: Int)
    case fetchExpired(limit: Int)
    /// Read which holds are in `launching` or `running`, by arrival after a number.
    case fetchUnderWay(after: Int64, limit: Int)
    case commit(CommitRef, [Change])
    case reload(Ticket)
    /// Send the request, once; the intent is on disk.
    indirect case launch(Hold, PassClaims)
    case observe([ExecutionID])
    /// Read whether a pass was redeemed.
    case readRedemption(Ticket, PassID)
    /// Read Central's list down to executions older than this.
    case scan(since: Timestamp)
    /// Apply misfire policies to the held launches that this gate lets start.
    indirect case judgeMisfires(GateRecord)
    /// Read the lanes after one.
    case fetchLanes(includesHeld: Bool, after: LaneID?, limit: Int)
    /// Read the release's record again.
    case readRelease
    /// Read which executions run in Central, and how many launches the gate has in flight.
    case readLoad
    /// Read how flows' executions ended so far; a release begins.
    case readPasts
}
