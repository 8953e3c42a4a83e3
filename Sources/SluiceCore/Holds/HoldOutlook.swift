public import SluiceModel

/// What a hold waits for, and when it may start, as far as that is known. Pure: the facts come in.
public struct HoldOutlook: Hashable, Sendable {
    /// One thing that keeps a hold from going on.
    public enum Wait: Hashable, Sendable {
        /// The gate is not open for it; this entry decides.
        case gate(ScopeMode)
        /// Its own time has not come.
        case notBefore(Timestamp)
        /// Its last attempt failed; the next is not made before.
        case retry(Timestamp)
        /// The first open hold of its ordering key has to end before.
        case orderingKey(OrderingKey, head: Ticket)
        /// A newer hold stands for it.
        case representative(Ticket)
        /// A person has to decide; this is why.
        case operatorDecision(String)
        /// Its caller may start it and has not asked yet.
        case caller
        /// Sluice launches nothing now; this is why.
        case release(String)
        /// Its turn: so many are launched before it or with it.
        case turn(Int)
        /// It was launched; its execution, once known, has to end.
        case execution(ExecutionID?)

        /// The word on the wire.
        public var word: String {
            switch self {
            case .gate: "gate"
            case .notBefore: "not-before"
            case .retry: "retry"
            case .orderingKey: "ordering-key"
            case .representative: "representative"
            case .operatorDecision: "operator"
            case .caller: "caller"
            case .release: "release"
            case .turn: "turn"
            case .execution: "execution"
            }
        }
    }

    /// When the gate is expected to open for it.
    public struct Opening: Hashable, Sendable {
        public var at: Timestamp
        /// The window whose end that is.
        public var window: WindowID
        /// Whether it opens by itself; else a person opens it.
        public var isByItself: Bool

        public init(at time: Timestamp, window: WindowID, isByItself: Bool) {
            at = time
            self.window = window
            self.isByItself = isByItself
        }
    }

    /// What is known besides the hold.
    public struct Facts: Hashable, Sendable {
        /// The gate's entry that decides about it.
        public var mode: ScopeMode
        /// A release older than this is void.
        public var closedEpoch: Epoch
        public var opening: Opening?
        /// Its place among those that wait.
        public var position: Int?
        /// The first open hold of its ordering key, itself or another.
        public var head: Ticket?
        public var ratePerMinute: Int
        /// Why Sluice launches nothing now; nil when it does.
        public var releaseObstacle: String?

        public init(mode: ScopeMode, closedEpoch: Epoch, ratePerMinute: Int) {
            self.mode = mode
            self.closedEpoch = closedEpoch
            self.ratePerMinute = ratePerMinute
        }
    }

    /// In the order in which they are looked at; empty when its life is over.
    public private(set) var waits: [Wait] = []
    /// When it starts, should all go as it is known now; nil when that cannot be said.
    public private(set) var expectedStart: Timestamp?
    /// How that was computed, or why it cannot be; nil when nothing will start.
    public private(set) var basis: String?

    public init(of hold: Hold, _ facts: Facts, at now: Timestamp) {
        switch hold.state {
        case .held, .released: lookAhead(hold, facts, at: now)
        case .launching, .running: waits = [.execution(hold.executionID)]
        case .awaitingOperator:
            waits = [.operatorDecision(hold.cause ?? "what became of it cannot be established")]
            basis = "it starts when a person decides to try it again"
        case .coalesced:
            if let ticket = hold.representative {
                waits = [.representative(ticket)]
                basis = "it starts only if hold \(ticket), which stands for it, fails"
            }
        case .ended, .superseded, .expired, .discarded: break
        }
    }

    private mutating func lookAhead(_ hold: Hold, _ facts: Facts, at now: Timestamp) {
        var start = now
        var parts: [String] = []
        var unknown: String?
        let isReleased =
            hold.state == .released && (hold.releasedEpoch.map { $0 >= facts.closedEpoch } ?? false)
        if !isReleased, !facts.mode.mode.isOpen {
            waits.append(.gate(facts.mode))
            if let opening = facts.opening {
                start = max(start, opening.at)
                parts.append(
                    "the gate opens at \(start) (window \(opening.window) ends"
                        + (opening.isByItself ? ")" : "; a person opens it)"))
            } else {
                unknown = "the gate is closed for it and no window says until when"
            }
        }
        if let notBefore = hold.request.notBefore, notBefore > now {
            waits.append(.notBefore(notBefore))
            start = max(start, notBefore)
            parts.append("not before \(notBefore)")
        }
        if let retryAt = hold.retryAt, retryAt > now {
            waits.append(.retry(retryAt))
            start = max(start, retryAt)
            parts.append("the next attempt not before \(retryAt)")
        }
        if let key = hold.request.orderingKey, let head = facts.head, head != hold.ticket {
            waits.append(.orderingKey(key, head: head))
            unknown = unknown ?? "it starts when hold \(head), before it in its ordering key, has ended"
        }
        if hold.state == .released, hold.request.launcher == .caller {
            if isReleased || facts.mode.mode.isOpen { waits.append(.caller) }
            unknown = unknown ?? "its caller may start it, and has not asked yet"
        } else if hold.request.launcher == .sluice, let obstacle = facts.releaseObstacle {
            waits.append(.release(obstacle))
            unknown = unknown ?? "Sluice launches nothing now"
        }
        if unknown == nil, let position = facts.position {
            if waits.isEmpty { waits.append(.turn(position)) }
            let seconds = Int64(position) * 60 / Int64(max(1, facts.ratePerMinute))
            start = start.advanced(by: .seconds(seconds))
            parts.append("number \(position) in the queue at \(facts.ratePerMinute) launches a minute")
        }
        if unknown == nil { expectedStart = start }
        basis = unknown ?? (parts.isEmpty ? "nothing keeps it" : parts.joined(separator: "; "))
        if let expiresAt = hold.request.expiresAt {
            let isTooLate = expectedStart.map { expiresAt <= $0 } ?? false
            basis? += isTooLate ? "; it expires before that, at \(expiresAt)" : "; it expires at \(expiresAt)"
        }
    }
}
