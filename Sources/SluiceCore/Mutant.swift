/// Bugs that can be planted in the machines, to see that the simulator's checkers find them (`make mutants`).
///
/// They exist only in a build with `SLUICE_MUTANTS=1`; in every other `isActive` is false at compile time, and nothing
/// of them is left in the program. What each breaks is told in docs/simulator.md; a test keeps that list equal to this.
package enum Mutant: String, Sendable, CaseIterable {
    case answerBeforeCommit = "answer-before-commit"
    case closeUnapplied = "close-unapplied"
    case releaseSurvivesClose = "release-survives-close"
    case gateUncheckedBeforeSending = "gate-unchecked-before-sending"
    case passRedeemedTwice = "pass-redeemed-twice"
    case voidPassAccepted = "void-pass-accepted"
    case expiredPassUnspent = "expired-pass-unspent"
    case keyForgotten = "key-forgotten"
    case keysNeverFreed = "keys-never-freed"
    case backlogIgnored = "backlog-ignored"
    case expiryIgnored = "expiry-ignored"
    case lineageOfTheEnded = "lineage-of-the-ended"
    case repeatHeld = "repeat-held"
    case copiesBesideEachOther = "copies-beside-each-other"
    case inFlightUncounted = "in-flight-uncounted"
    case intentNotAwaited = "intent-not-awaited"
    case retryWithoutAttempt = "retry-without-attempt"
    case lostAnswerIsFailure = "lost-answer-is-failure"
    case relaunchAfterOneScan = "relaunch-after-one-scan"
    case redemptionOverridden = "redemption-overridden"
    case launchForgotten = "launch-forgotten"
    case takeUnheard = "take-unheard"
    case endedWhenStarted = "ended-when-started"
    case ceilingForgotten = "ceiling-forgotten"
    case successionForgotten = "succession-forgotten"
    case takenOutOfOrder = "taken-out-of-order"
    case sentFromBefore = "sent-from-before"
    case canaryUnawaited = "canary-unawaited"
    case canaryFailureCounted = "canary-failure-counted"
    case rampUnearned = "ramp-unearned"
    case earnedKept = "earned-kept"
    case breakerBlind = "breaker-blind"
    case breakerForgotten = "breaker-forgotten"
    case pauseUnseenBeforeSending = "pause-unseen-before-sending"
    case orderLost = "order-lost"
    case directUncounted = "direct-uncounted"
    case sliceEndless = "slice-endless"
    case leaseUnchecked = "lease-unchecked"
    case leaseOutstays = "lease-outstays"
    case closeNotAwaited = "close-not-awaited"
    case leadTakenEarly = "lead-taken-early"

    #if SLUICE_MUTANTS
        // why: set once before any machine steps, by the program that looks for the mutant; nothing else reads it.
        package nonisolated(unsafe) static var active: Mutant?

        @inline(__always)
        package static func isActive(_ mutant: Mutant) -> Bool { active == mutant }
    #else
        @inline(__always)
        package static func isActive(_ mutant: Mutant) -> Bool { false }
    #endif
}
