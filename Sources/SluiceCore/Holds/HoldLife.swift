public import SluiceModel

/// What happens to a hold.
public enum HoldHappening: String, Hashable, Sendable, CaseIterable {
    /// The gate is open for it, or an operator let it go.
    case released
    /// The gate closed before it was started; from `launching` only when the attempt certainly started nothing.
    case recalled
    /// The intent to launch it was committed.
    case intended
    /// Its caller was told to start it.
    case taken
    /// Central answered with its execution id, or a scan found it.
    case found
    /// Its gate step redeemed the pass.
    case redeemed
    /// The attempt certainly started nothing; it will be tried again.
    case failedForNow = "failed-for-now"
    /// No clear answer came: it may have been started.
    case doubted
    /// Its execution ended at the gate step without our answer.
    case endedAtGate = "ended-at-gate"
    /// What became of it cannot be established, or trying again would not help.
    case stranded
    /// Its execution ended.
    case ended
    /// An operator wants it tried again.
    case retried
    case discarded
    case expired
    case superseded
    case coalesced
    /// The hold that stood for it failed: it takes its place.
    case succeeded
}

/// The life of a hold: which happening leads from which state to which (product.md, "Holds"). Total and pure.
public enum HoldLife {
    /// The states in which a pass of the current attempt may still be redeemed: the launch is not over.
    public static let redeemable: Set<HoldState> = [.held, .released, .launching, .running, .awaitingOperator]

    /// The state after a happening, or nil when it cannot happen in this state.
    public static func state(after happening: HoldHappening, in state: HoldState) -> HoldState? {
        switch (happening, state) {
        case (.released, .held), (.released, .released): .released
        case (.recalled, .released), (.recalled, .launching): .held
        case (.intended, .released): .launching
        case (.taken, .released): .launching
        case (.found, .launching), (.found, .running), (.found, .awaitingOperator): .running
        case (.redeemed, .held), (.redeemed, .released), (.redeemed, .launching), (.redeemed, .running),
            (.redeemed, .awaitingOperator):
            .running
        case (.failedForNow, .launching): .released
        case (.doubted, .launching): .launching
        case (.endedAtGate, .launching), (.endedAtGate, .running): .held
        case (.stranded, .launching), (.stranded, .running), (.stranded, .released),
            (.stranded, .held):
            .awaitingOperator
        case (.ended, .launching), (.ended, .running), (.ended, .awaitingOperator): .ended
        case (.retried, .awaitingOperator): .released
        case (.discarded, .held), (.discarded, .released), (.discarded, .awaitingOperator): .discarded
        case (.expired, .held), (.expired, .released): .expired
        case (.superseded, .held), (.superseded, .released): .superseded
        case (.coalesced, .held): .coalesced
        case (.succeeded, .coalesced): .held
        default: nil
        }
    }

    /// The states from which a happening is possible.
    public static func sources(of happening: HoldHappening) -> Set<HoldState> {
        Set(HoldState.allCases.filter { state(after: happening, in: $0) != nil })
    }

    /// The move that a happening makes of a hold, guarded by its present state; nil when it cannot happen.
    public static func move(
        _ hold: Hold, _ happening: HoldHappening, at now: Timestamp, by principal: Principal, cause: String,
        update: HoldUpdate = HoldUpdate()
    ) -> HoldMove? {
        guard let next = state(after: happening, in: hold.state) else { return nil }
        return HoldMove(
            ticket: hold.ticket, from: [hold.state], attempt: hold.attempt, to: next, at: now, by: principal,
            cause: cause, update: update)
    }

    /// A move, and when it ends the hold in failure, what brings back the launch that the hold stood for; to be
    /// committed together.
    /// - Parameter isMisfire: Whether a misfire policy ends it: the schedule's other missed times do not come back.
    public static func changes(_ move: HoldMove, of hold: Hold, isMisfire: Bool = false) -> [Change] {
        guard move.endsInFailure, let key = hold.request.coalesceKey, !Mutant.isActive(.successionForgotten) else {
            return [.moveHold(move)]
        }
        let succession = Succession(
            of: hold.ticket, key: key, passesOverItsSchedule: isMisfire, at: move.at, by: move.by)
        return [.moveHold(move), .succeed(succession)]
    }
}
