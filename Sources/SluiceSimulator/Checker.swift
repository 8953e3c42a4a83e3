/// What must hold at every step of a run; the last two with the faults turned off.
public enum Checker: String, Sendable, CaseIterable {
    case closedMeansClosed = "closed-means-closed"
    case closeVoidsRelease = "close-voids-release"
    case committedBeforeAnswered = "committed-before-answered"
    case heldMeansKept = "held-means-kept"
    case workOnce = "work-once"
    case noWorkLost = "no-work-lost"
    case evidenceBeforeRelaunch = "evidence-before-relaunch"
    case intentBeforeLaunch = "intent-before-launch"
    case orderPerKey = "order-per-key"
    case keyOnce = "key-once"
    case passOnce = "pass-once"
    case coalescedAccounted = "coalesced-accounted"
    case expiryKept = "expiry-kept"
    case knownMoves = "known-moves"
    case staleTokens = "stale-tokens"
    case oneLeader = "one-leader"
    case withinLimits = "within-limits"
    case canaryFirst = "canary-first"
    case rampEarned = "ramp-earned"
    case breakerStops = "breaker-stops"
    case pausedMeansPaused = "paused-means-paused"
    case directCounted = "direct-counted"
    case lanesFair = "lanes-fair"
    case inFlightCounted = "in-flight-counted"
    case continuationsOnly = "continuations-only"
    case countsEqual = "counts-equal"
    case everythingEnds = "everything-ends"
    case nothingStuck = "nothing-stuck"

    /// The promise, in one sentence.
    public var sentence: String {
        switch self {
        case .closedMeansClosed:
            "A request sent after a close was acknowledged is answered proceed by the rules 0 to 4 only."
        case .closeVoidsRelease:
            "What was released before an acknowledged close does not start after it, unless the gate is open for it "
                + "again or an operator released it since."
        case .committedBeforeAnswered: "What an answer promises was on disk before the answer was given."
        case .heldMeansKept: "A hold that was answered is in the store for good, and a final hold never changes."
        case .workOnce: "The work of one launch is done at most once, unless an operator took that risk."
        case .noWorkLost:
            "A hold that Sluice ended as run did run, unless Central forgot its end unseen (result unknown), and one "
                + "that was discarded or expired before its launch did not."
        case .evidenceBeforeRelaunch:
            "A launch of an ungated flow that Central has taken is not tried again by itself, but for relaunchAfter."
        case .intentBeforeLaunch:
            "A launch is sent once, and only when its attempt and pass are on disk and its hold is launching."
        case .orderPerKey: "Of one ordering key each launch starts only when the one before it has ended."
        case .keyOnce: "One idempotency key or ask id makes one hold or lets one launch through, never two."
        case .passOnce: "The pass of one attempt is redeemed by one execution."
        case .coalescedAccounted:
            "A coalesced hold names a newer one that stands for it, and none that failed or that nobody will launch."
        case .expiryKept: "A hold is not launched after its expiry."
        case .knownMoves: "A hold only makes moves that its life knows."
        case .staleTokens: "A leader's write with an older term than the one on record changes nothing."
        case .oneLeader: "Once a leader has launched, none of an older term launches any more."
        case .withinLimits: "The release keeps to its rate and its ceiling."
        case .canaryFirst: "Until so many canaries have ended well, no other launch of the release starts."
        case .rampEarned: "The ramp rises only with launches that ended well, and the release keeps to it."
        case .breakerStops:
            "Once too many launches did not end well, nothing starts until a person continues the release."
        case .pausedMeansPaused:
            "What a person paused or aborted starts nothing until one continues it, or the close after an abort ends."
        case .directCounted: "What others run takes places under the ceiling of a release."
        case .lanesFair: "A hold that could start is passed by at most one slice of each other tenant."
        case .inFlightCounted: "What was let through counts as in flight until its start window has passed."
        case .continuationsOnly: "Rules 0 and 4 let through only what descends from an admitted launch."
        case .countsEqual: "The store's counts are those of its holds."
        case .everythingEnds:
            "With the gate open and nothing failing, each hold ends, awaits the operator, or waits for its own caller."
        case .nothingStuck: "With nothing failing, no question, launch or commit is left over in a machine."
        }
    }
}

/// A promise that was broken.
public struct Finding: Sendable, Equatable {
    public var checker: Checker
    /// What was seen, in one sentence.
    public var detail: String
    /// The scheduler's step, from 1.
    public var step: Int
}
