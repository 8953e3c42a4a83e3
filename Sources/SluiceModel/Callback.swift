/// A message to whoever asked to be called back about a hold; queued in the commit of the move that it tells.
public struct Callback: Hashable, Sendable {
    /// What it tells.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Its execution runs, or its caller was told to start it.
        case launched
        /// Its life is over, however it ended.
        case ended
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Still to be delivered. Left by its delivery, or when the last try failed.
        case pending
        /// Taken by the receiver. Final.
        case delivered
        /// Given up; on record in the events. Final.
        case failed
    }

    public var ticket: Ticket
    /// Counts the hold's callbacks from 1; ticket and number name it, also to the receiver.
    public var number: Int
    public var kind: Kind
    /// The state that the hold entered, when, and why.
    public var holdState: HoldState
    public var at: Timestamp
    public var cause: String
    public var state: State
    /// Tries that were made.
    public var attempt: Int
    /// While `pending`: not to be tried before.
    public var dueAt: Timestamp
    /// What the last try came to; never a secret.
    public var outcome: String?

    public init(ticket: Ticket, number: Int, kind: Kind, holdState: HoldState, at: Timestamp, cause: String) {
        self.ticket = ticket
        self.number = number
        self.kind = kind
        self.holdState = holdState
        self.at = at
        self.cause = cause
        state = .pending
        attempt = 0
        dueAt = at
    }

    /// Callbacks of one hold at most; what happens beyond is not told.
    public static let countMax = 100
    /// The kind of the event that says that one was given up.
    public static let failedEventKind = "callback-failed"
}

/// What became of one try to deliver a callback.
public struct CallbackSettlement: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        case delivered
        /// To be tried again from this time on.
        case again(Timestamp)
        case failed
    }

    public var ticket: Ticket
    public var number: Int
    /// Conflict unless it is pending and has this many tries behind it.
    public var attempt: Int
    public var outcome: Outcome
    public var at: Timestamp
    /// What the try came to, in one sentence; never a secret.
    public var cause: String

    public init(
        ticket: Ticket, number: Int, attempt: Int, outcome: Outcome, at: Timestamp, cause: String
    ) {
        self.ticket = ticket
        self.number = number
        self.attempt = attempt
        self.outcome = outcome
        self.at = at
        self.cause = cause
    }
}

extension Callback {
    /// This callback after a try; nil when the settlement is not about it as it is.
    public func applying(_ settlement: CallbackSettlement) -> Callback? {
        guard state == .pending, settlement.attempt == attempt, settlement.ticket == ticket,
            settlement.number == number
        else { return nil }
        var settled = self
        settled.attempt += 1
        settled.outcome = settlement.cause
        switch settlement.outcome {
        case .delivered: settled.state = .delivered
        case .again(let time): settled.dueAt = time
        case .failed: settled.state = .failed
        }
        return settled
    }
}

extension HoldMove {
    /// What is to be told of this move, should anybody want to be called back.
    public func callbackKind(from state: HoldState) -> Callback.Kind? {
        if to.isFinal { return .ended }
        return to == .running && state != .running ? .launched : nil
    }
}
