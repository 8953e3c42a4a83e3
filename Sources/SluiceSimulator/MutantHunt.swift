import SluiceCore

/// Plants one bug after the other and runs seeds until a checker sees it: a checker that finds nothing proves nothing.
public struct MutantHunt: Sendable {
    /// Whether this build has the bugs at all (`SLUICE_MUTANTS=1`).
    public static var isBuiltIn: Bool {
        #if SLUICE_MUTANTS
            true
        #else
            false
        #endif
    }

    /// A bug that can be planted.
    public struct Bug: Sendable {
        public let name: String
        /// What the machine does wrong, in one sentence.
        public let what: String
        fileprivate let mutant: Mutant
    }

    /// All of them, in the order of docs/simulator.md.
    public static let bugs = Mutant.allCases.map { Bug(name: $0.rawValue, what: $0.what, mutant: $0) }

    /// Plants a bug; nil takes it out. To be called while no seed runs.
    public static func plant(_ bug: Bug?) {
        #if SLUICE_MUTANTS
            Mutant.active = bug?.mutant
        #endif
    }
}

extension Mutant {
    /// What the machine does wrong, in one sentence.
    var what: String {
        switch self {
        case .answerBeforeCommit: "The gate answers before the commit that the answer promises."
        case .closeUnapplied: "A close is acknowledged, and the gate goes on deciding by the record before it."
        case .releaseSurvivesClose: "A close recalls nothing and does not void what was released before."
        case .gateUncheckedBeforeSending: "A launch is sent without a look at the gate since its intent."
        case .passRedeemedTwice: "A pass that was redeemed is good for another execution too."
        case .voidPassAccepted: "The pass of an attempt that was given up still lets its execution through."
        case .expiredPassUnspent: "Each execution that brings one expired pass of a direct launch is decided on afresh."
        case .keyForgotten: "A hold is kept without its idempotency key."
        case .keysNeverFreed: "A key counts as being decided for ever."
        case .backlogIgnored: "The open gate lets a launch through past an open hold of its ordering key."
        case .expiryIgnored: "A hold is let through after its expiry."
        case .lineageOfTheEnded: "A child is let through though its parent has ended."
        case .repeatHeld: "A late copy of an execution's question is held though the execution was let through."
        case .copiesBesideEachOther:
            "Two copies of one question may be decided beside each other: one kept, one let through."
        case .inFlightUncounted: "What is let through is not counted as in flight."
        case .intentNotAwaited: "A launch is sent while its intent is still being committed."
        case .retryWithoutAttempt: "A launch is tried again as the same attempt, with the same pass."
        case .lostAnswerIsFailure: "An answer of Central that was lost counts as a refusal."
        case .relaunchAfterOneScan: "An ungated launch that one scan did not find is tried again."
        case .redemptionOverridden: "A launch that cannot be found is sent back to held though its pass was redeemed."
        case .launchForgotten: "What a process before this one left under way is not followed."
        case .takeUnheard: "What a caller took is followed only if its commit was announced."
        case .endedWhenStarted: "A launch counts as ended when Central has started it."
        case .ceilingForgotten: "The release launches without a look at its ceiling."
        case .successionForgotten: "A hold that failed brings back none of those it stood for."
        case .takenOutOfOrder: "A caller takes its hold though an older one of its ordering key has not ended."
        case .sentFromBefore: "What was intended before a release began is sent in it."
        case .canaryUnawaited: "Others start before the canaries have ended."
        case .canaryFailureCounted: "A canary that failed counts as one that ended well."
        case .rampUnearned: "The ramp rises with every launch that ended, well or not."
        case .earnedKept: "A release begins with what the one before it had earned."
        case .breakerBlind: "The breaker never opens."
        case .breakerForgotten: "A process that takes the release over closes its breaker."
        case .pauseUnseenBeforeSending: "What was intended before a pause is sent after it."
        case .orderLost: "A person's order that meets a write of the release's own is lost."
        case .directUncounted: "What others run takes no place under the ceiling."
        case .sliceEndless: "A tenant keeps its turn for as long as it has holds."
        case .leaseUnchecked: "The gate decides without a lease."
        case .leaseOutstays: "A replica decides for longer than the others wait for it."
        case .closeNotAwaited: "A close is acknowledged without waiting for the other replicas."
        case .leadTakenEarly: "The lead is taken from a leader whose lease has not run out."
        }
    }
}
