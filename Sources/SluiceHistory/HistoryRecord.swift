public import SluiceModel

/// One line of a history: what a client, Central or the audit saw, and when.
///
/// Times are microseconds since 1970. Within one source they are in order; between sources clocks may differ
/// (`HistoryChecker.Tolerance`).
public enum HistoryRecord: Hashable, Sendable {
    /// A client sent a question.
    case asked(AskedRecord)
    /// It got an answer, or gave up.
    case answered(AnsweredRecord)
    /// An operator sent an order to the gate, or had it acknowledged.
    case gate(GateOrderRecord)
    /// An execution as Central lists it.
    case execution(ExecutionRecord)
    /// A line of the audit.
    case event(HoldEvent)
    /// A hold as it stands at the end.
    case hold(HoldRecord)
    /// The end: whether everything that was held was to be launched by then.
    case end(isComplete: Bool)
}

/// A question as its client sent it.
public struct AskedRecord: Hashable, Sendable {
    /// Names the question within the history; a repeat on the wire is a question of its own.
    public var ask: String
    /// When its first byte was sent.
    public var time: Int64
    public var principal: String?
    public var flow: FlowID?
    public var idempotencyKey: IdempotencyKey?
    /// Whether it showed a pass or a ticket, or named a parent: then rules 0, 1 or 4 may let it through.
    public var hasGrounds: Bool

    public init(ask: String, time: Int64, hasGrounds: Bool = false) {
        self.ask = ask
        self.time = time
        self.hasGrounds = hasGrounds
    }
}

/// What its client was told.
public struct AnsweredRecord: Hashable, Sendable {
    public var ask: String
    public var time: Int64
    /// `proceed`, `hold`, `reject`, or nil without a decision.
    public var decision: String?
    public var code: String?
    public var ticket: Ticket?

    public init(ask: String, time: Int64, decision: String? = nil, code: String? = nil, ticket: Ticket? = nil) {
        self.ask = ask
        self.time = time
        self.decision = decision
        self.code = code
        self.ticket = ticket
    }
}

/// An order that closes or opens the whole gate.
public struct GateOrderRecord: Hashable, Sendable {
    public enum Step: String, Hashable, Sendable, CaseIterable {
        /// The order to close was sent.
        case closing
        /// The close was acknowledged.
        case closed
        /// The order to open was sent: from here on launches may proceed, whatever is answered to it.
        case opening
    }

    public var step: Step
    public var time: Int64

    public init(step: Step, time: Int64) {
        self.step = step
        self.time = time
    }
}

/// An execution in Central.
public struct ExecutionRecord: Hashable, Sendable {
    public var id: ExecutionID
    public var flow: FlowID?
    /// With the ticket and attempt that it was launched for, if Sluice launched it.
    public var runName: String?
    public var startedAt: Int64
    public var endedAt: Int64?
    /// Whether the flow's own work ran; nil when nobody can tell (Central does not say).
    public var hasWorked: Bool?
    /// `success`, `held`, …: the name of its end.
    public var resultName: String?
    /// The pass's ticket, when a gate step redeemed one that the run name does not tell.
    public var ticket: Ticket?

    public init(id: ExecutionID, startedAt: Int64) {
        self.id = id
        self.startedAt = startedAt
    }

    /// Whether another listing may be of the same execution: two Centrals may give one id to two.
    func agrees(with other: ExecutionRecord) -> Bool {
        func agree<Value: Equatable>(_ one: Value?, _ two: Value?) -> Bool { one == nil || two == nil || one == two }
        return agree(runName, other.runName) && agree(ticket, other.ticket)
    }

    /// Takes in what another listing of the same execution says.
    mutating func merge(_ other: ExecutionRecord) {
        flow = flow ?? other.flow
        runName = runName ?? other.runName
        startedAt = min(startedAt, other.startedAt)
        endedAt = endedAt ?? other.endedAt
        hasWorked = hasWorked == true ? true : other.hasWorked ?? hasWorked
        resultName = resultName ?? other.resultName
        ticket = ticket ?? other.ticket
    }
}

/// A hold as it stood when it was read, at the end of the history or while things went on.
public struct HoldRecord: Hashable, Sendable {
    public var ticket: Ticket
    public var state: HoldState
    public var arrival: Int64
    public var orderingKey: OrderingKey?
    public var representative: Ticket?
    public var result: LaunchResult?
    /// The number of the last line of the audit that certainly was written before the hold was read; later ones may
    /// have been. nil: all of them were.
    public var asOf: Int64?

    public init(ticket: Ticket, state: HoldState, arrival: Int64) {
        self.ticket = ticket
        self.state = state
        self.arrival = arrival
    }
}
