public import SluiceModel

/// What Sluice's own records say of an execution that asked the gate.
public struct GateHold: Hashable, Sendable {
    public var ticket: Ticket
    /// Whether it stays at its gate step until its release; else it was told to end there.
    public var waits: Bool

    public init(ticket: Ticket, waits: Bool) {
        self.ticket = ticket
        self.waits = waits
    }

    /// - Parameter hold: With the execution as `request.runID`. nil: it says nothing of where that execution is.
    public init?(_ hold: Hold) {
        guard hold.executionID != hold.request.runID || hold.state == .held else { return nil }
        switch hold.state {
        case .held:
            self.init(ticket: hold.ticket, waits: hold.request.launcher == .caller)
        // Its caller may go on any moment, so it runs; Sluice's own relaunch is another execution.
        case .released, .launching, .running, .awaitingOperator:
            guard hold.request.launcher == .sluice else { return nil }
            self.init(ticket: hold.ticket, waits: false)
        case .ended, .coalesced, .superseded, .expired, .discarded: return nil
        }
    }
}

/// Where an execution of Central stands for a drain (oo-central-api.md 4.2 and 4.3).
public enum ExecutionDrainRules {
    /// Ends of a gate step that let nothing through; `pack gate` makes ends of these names, in any case.
    public static let gateEnds: Set<String> = ["held", "rejected", "unreachable"]

    /// - Parameters:
    ///   - hold: What the gate keeps for it.
    ///   - isNewAtGate: Its flow is gated, and it began after the close.
    public static func standing(
        of summary: ExecutionSummary, hold: GateHold? = nil, isNewAtGate: Bool = false
    ) -> DrainStanding {
        switch summary.status {
        case .completed, .systemFailure, .canceled: return .ended
        case .paused: return .paused(summary.pauseReason.map { PauseReason(word: $0) })
        // Their step in flight finishes first, and may take hours.
        case .running, .pendingPause, .pendingCancel: break
        // Known to one client, not to the engine: running (4.2).
        case .other("NOT_STARTED"), .other("RUNNING_BRANCH_PAUSED"): break
        case .other(let word): return .unknown(String(word.prefix(64)))
        }
        guard let hold else { return isNewAtGate ? .atGate : .running }
        return hold.waits ? .parked(hold.ticket) : .heldAtGate(hold.ticket)
    }

    /// Whether it ended at its gate step, so that it did nothing.
    /// - Parameter asksGate: Its flow is gated, or the gate has it on record.
    public static func endedAtGate(_ summary: ExecutionSummary, asksGate: Bool) -> Bool {
        guard asksGate, summary.status == .completed, let name = summary.resultName else { return false }
        return gateEnds.contains(name.lowercased())
    }

    /// One listed execution as a drain sees it.
    public static func item(
        _ summary: ExecutionSummary, hold: GateHold? = nil, isNewAtGate: Bool = false, isExempt: Bool = false
    ) -> DrainItem {
        var item = DrainItem(
            DrainItemID(summary.id), standing(of: summary, hold: hold, isNewAtGate: isNewAtGate))
        item.flow = summary.flow
        item.title = summary.name ?? summary.flowPath
        item.owner = summary.triggeredBy
        item.startedAt = summary.startedAt
        item.isExempt = isExempt
        if item.standing == .paused(.noWorkers) { item.stuck = .noWorkers }
        return item
    }

    /// What ended, as a drain is told.
    public static func end(_ summary: ExecutionSummary, asksGate: Bool, isExempt: Bool = false) -> DrainEnd {
        let atGate = endedAtGate(summary, asksGate: asksGate)
        var end = DrainEnd(DrainItemID(summary.id), isIdle: atGate || isExempt)
        end.flow = summary.flow
        end.title = summary.name ?? summary.flowPath
        end.startedAt = summary.startedAt
        end.endedAt = summary.endedAt
        if summary.status == .completed, !atGate, let start = summary.startedAt, let last = summary.endedAt {
            end.milliseconds = max(0, last.since(start).wholeMilliseconds)
        }
        return end
    }
}
