import SluiceCore
import SluiceModel
import SluicePorts

/// One of a replica's lives: what belongs to an earlier one is lost.
struct Place: Hashable {
    var replica: Int
    var life: Int
    /// The term that the release runs in; nil: nothing of the release.
    var term: Int64?
}

/// What became of a commit, as its writer learns it.
enum Fate {
    case done
    case conflict
    case staleFence
    /// It failed, or its answer was lost: the writer cannot tell.
    case failed
}

/// Whose commit it is, and what comes after it.
enum Writer {
    case gate(Ask.Ref)
    case mode
    case release(ReleaseEffect.CommitRef)
    case tally
    case desk(DeskJob)
    /// A seat's call: joining or renewing, by its number.
    case seat(Int64)
    case lead(LeadCall)
    case releaseDesk(ReleaseJob)
    /// Nobody waits for it.
    case nobody
}

/// What a leader or a candidate writes.
enum LeadCall {
    case take(Int64)
    case renew(Int64)
    case resign
}

/// What is read from the store.
enum Read {
    case facts(Ask.Ref, LookupKeys, at: Timestamp)
    case gate
    case hold(Ticket)
    case redemption(Ticket, PassID, at: Timestamp)
    case candidates(CandidateQuery)
    case lanes(LaneQuery)
    case release
    case expired(at: Timestamp, limit: Int)
    case underWay(after: Int64, limit: Int)
    /// For the release: a caller took it.
    case taken(Ticket)
    /// For the release: somebody reported its end.
    case ended(Ticket)
    case desk(DeskJob)
    case releaseDesk(ReleaseJob)
    /// After a seat's call was committed.
    case seatGate(Int64)
    case lead
    case seats(CloseWait)
}

/// A person's or a caller's move on one hold.
struct DeskJob {
    enum Move {
        case release
        case discard
        case retry
        case callerEnded(LaunchResult)
    }

    var ticket: Ticket
    var move: Move
    var by: Principal
    var tryCount = 0
    /// The errand whose asker reports; it tries again when this fails.
    var errand: Int?
}

/// A person's order to the release.
struct ReleaseJob {
    var order: ReleaseOrder
    var tryCount = 0
}

/// One thing on the agenda. Each is one step of the scheduler.
indirect enum Happening {
    // In a replica: waits while it is frozen, lost when it crashes.
    case ticked(Place)
    case storeChecked(Place)
    case asked(Place, question: Int, send: Int)
    case modeWished(Place, ModeChange)
    case gateEffect(Place, GateEffect)
    case gateEvent(Place, GateEvent)
    case releaseEffect(Place, ReleaseEffect)
    case releaseEvent(Place, ReleaseEvent)
    case written(Place, Writer, [Change], Fate)
    case deskRead(Place, DeskJob, Hold?)
    case read(Place, Read)
    case seatAnswered(Place, SeatEvent)
    case leadAnswered(Place, LeaderEvent)
    case seatsRead(Place, CloseWait, [SluiceModel.Replica]?)
    case parentSeen(Place, Ask.Ref, LookupFacts, isRunning: Bool?)
    case releaseDeskRead(Place, ReleaseJob, ReleaseRecord?)

    // In the store.
    case write(Place, Writer, [Change])
    case reads(Place, Read)

    // In Central.
    case ordered(Place, Hold, PassClaims, sentAt: Instant)
    case started(execution: Int)
    case gateStepAsks(execution: Int)
    case bodyEnds(execution: Int)
    case listingRead(Place, [ExecutionID])
    case scanRead(Place, since: Timestamp, begunAt: MonotonicTime)
    case loadRead(Place)
    case pastsRead(Place)

    // Outside.
    case errandComes
    case sends(question: Int)
    case answered(question: Int, send: Int, Reply)
    case timedOut(question: Int, send: Int)
    case callerStarts(errand: Int, PassClaims?)
    case callerReports(errand: Int)
    case operatorActs
    case faultStrikes
    case restarts(replica: Int)
    case thaws(replica: Int)
}

extension Happening {
    /// The replica in whose memory it lies; nil when it lies outside of all.
    var place: Place? {
        switch self {
        case .ticked(let place), .storeChecked(let place), .asked(let place, _, _), .modeWished(let place, _),
            .gateEffect(let place, _), .gateEvent(let place, _), .releaseEffect(let place, _),
            .releaseEvent(let place, _), .written(let place, _, _, _), .deskRead(let place, _, _),
            .read(let place, _), .parentSeen(let place, _, _, _), .seatAnswered(let place, _),
            .leadAnswered(let place, _), .seatsRead(let place, _, _), .releaseDeskRead(let place, _, _):
            place
        case .write, .reads, .ordered, .started, .gateStepAsks, .bodyEnds, .listingRead, .scanRead, .loadRead,
            .pastsRead, .errandComes,
            .sends, .answered, .timedOut, .callerStarts, .callerReports, .operatorActs, .faultStrikes, .restarts,
            .thaws:
            nil
        }
    }
}
