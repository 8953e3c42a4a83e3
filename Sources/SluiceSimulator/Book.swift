import SluiceCore
import SluiceModel
import SluiceTestKit

/// What the checkers keep beside the world: written from what was seen, never from what a machine says of itself.
struct Book {
    /// In the order of their epochs.
    var acknowledged: [Acknowledged] = []
    /// Every gate that was committed, in that order.
    var gates: [GateRecord] = []
    /// Sequence numbers of the events that committed them.
    var gateSequences: [Int64] = []
    /// By arrival.
    var rows: [Row] = []
    var crashes = 0
    /// The newest term in which a launch was sent.
    var newestTerm: Int64 = 0
    /// The release that is on record.
    var run = ReleaseRun()
    /// The newest change that opened the gate for something.
    var opening: (sequence: Int64, at: Instant) = (0, 0)
    /// How launches by Sluice ended, by the events that say so.
    var ends: [(at: Instant, isWell: Bool)] = []
    /// Settings of the release, and since when they were on record.
    var settings: [(at: Instant, settings: ReleaseSettings)] = []
    /// Whether the last commit ended a hold with a coalesce key.
    var isCoalescingTouched = false

    /// What is known of one hold.
    struct Row {
        var errand: Int
        /// The event by which a person last let it go.
        var personReleasedAt: Int64 = 0
        /// When the answer `hold` was first given.
        var answeredAt: Instant?
        /// Passes of the launches that were sent.
        var sentPasses: [PassID] = []
        /// The event that last intended its launch.
        var intentSequence: Int64 = 0
        var intendedAt: Instant = -1
        /// When its launch was last sent, and as which attempt.
        var sentAt: Instant = -1
        var sentAttempt = 0
        /// What overtakes it while it could start.
        var turn = LaneWait()
        /// When a leader last chose it.
        var chosenAt: Instant = -.seconds(60)
        /// Whether it was, and has not been sent since, nor let go.
        var isChosen = false
        /// When it last took the place of one that stood for it.
        var cameBackAt: Instant = -1
        /// When its pass was redeemed after it had gone back to wait.
        var redeemedLateAt: Instant = -.seconds(60)
        /// Whether a person wanted it tried again after it had awaited the operator.
        var isRetried = false
        /// Whether it came to be by a late copy of the question, after its caller had been let through: that one knows
        /// no ticket to report an end for.
        var isAfterwards = false
        /// Which state an end came from.
        var endedFrom: HoldState?
        /// The attempt that its caller was granted.
        var grantedAttempt = 0
    }
}

/// An answer that said that the gate was changed.
struct Acknowledged {
    var epoch: Epoch
    var at: Instant
}

/// The release on record, from its begin to the next.
struct ReleaseRun {
    var beganAt: Timestamp?
    /// Launches intended after this event may be canaries of it.
    var startSequence: Int64 = 0
    /// When its first record was committed.
    var recordedAt: Instant = 0
    /// Since when it is in its stage.
    var stageSince: Instant = 0
    var newest: ReleaseRecord?
    /// Whether its settings are those that it began with.
    var isPlain = true
    /// When a process took it over: what the one before had not written of its canaries is earned anew.
    var takenOverAt: Instant?
    /// Whether nothing could be a canary.
    var isCanaryWaived = false
    /// Rises of its ramp.
    var riseCount = 0
    /// Launches that ended, as its leader learned: true, well.
    var known: [Bool] = []
    /// Whether those are all that its leader counts.
    var isExact = true
    /// Why its breaker has to be open.
    var tripped: String?
}

/// How long a hold that could start has been passed by others.
struct LaneWait {
    /// Since when it could start without a break; nil: it could not.
    var since: Instant?
    /// Launches of other lanes since, looked up, never walked.
    var passedBy: [LaneID: Int] = [:]
}

extension HoldState {
    var index: Int {
        switch self {
        case .held: 0
        case .released: 1
        case .launching: 2
        case .running: 3
        case .ended: 4
        case .coalesced: 5
        case .superseded: 6
        case .expired: 7
        case .discarded: 8
        case .awaitingOperator: 9
        }
    }
}

/// The moves that `HoldLife` knows, as a table.
enum KnownMoves {
    private static let table: [Bool] = {
        var table = [Bool](repeating: false, count: 100)
        for from in HoldState.allCases {
            for happening in HoldHappening.allCases {
                guard let to = HoldLife.state(after: happening, in: from) else { continue }
                table[from.index * 10 + to.index] = true
            }
        }
        return table
    }()

    static func contains(_ from: HoldState, _ to: HoldState) -> Bool { table[from.index * 10 + to.index] }
}

extension World {
    /// Whether the gate was open for a launch at any time since the newest change that was acknowledged before.
    func wasOpen(for request: LaunchRequest, since sentAt: Instant) -> Bool {
        let epoch = book.acknowledged.last { $0.at < sentAt }?.epoch ?? .first
        for record in book.gates.reversed() {
            guard record.epoch >= epoch else { return false }
            if record.mode(for: request, contentPack: "pack").mode.isOpen { return true }
        }
        return false
    }

    /// Whether a hold may be let through: the gate was open for it since the newest acknowledged change, or a person
    /// let it go since the close that is in force.
    func mayStart(_ hold: Hold, _ row: Book.Row, since sentAt: Instant) -> Bool {
        if wasOpen(for: hold.request, since: sentAt) { return true }
        // The close that was acknowledged: the first record of the closed stretch that reaches up to it.
        let epoch = book.acknowledged.last { $0.at < sentAt }?.epoch ?? .first
        var closedAt: Int64 = 0
        for index in book.gates.indices.reversed() where book.gates[index].epoch <= epoch {
            if book.gates[index].mode(for: hold.request, contentPack: "pack").mode.isOpen { break }
            closedAt = book.gateSequences[index]
        }
        return row.personReleasedAt > closedAt
    }
}
