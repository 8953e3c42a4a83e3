/// An execution's status in Central (oo-central-api.md 4.2, PROVEN); words that are not known are kept.
public enum ExecutionStatus: Hashable, Sendable {
    case running
    case completed
    case systemFailure
    case paused
    case pendingPause
    case canceled
    case pendingCancel
    /// A word this version does not know; treated as still running.
    case other(String)

    public init(word: String) {
        switch word {
        case "RUNNING": self = .running
        case "COMPLETED": self = .completed
        case "SYSTEM_FAILURE": self = .systemFailure
        case "PAUSED": self = .paused
        case "PENDING_PAUSE": self = .pendingPause
        case "CANCELED", "CANCELLED": self = .canceled
        case "PENDING_CANCEL": self = .pendingCancel
        default: self = .other(word)
        }
    }

    /// Whether it has ended for good.
    public var isTerminal: Bool {
        switch self {
        case .completed, .systemFailure, .canceled: true
        case .running, .paused, .pendingPause, .pendingCancel, .other: false
        }
    }
}

/// What Central says of one execution (oo-central-api.md 4.1); only what Sluice uses.
public struct ExecutionSummary: Hashable, Sendable {
    public var id: ExecutionID
    public var flow: FlowID?
    public var flowPath: String?
    /// The run name it was started with, possibly cut by Central.
    public var name: String?
    public var status: ExecutionStatus
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    /// `RESOLVED`, `ERROR`, `DIAGNOSED`, `NO_ACTION_TAKEN`, or nil.
    public var resultType: String?
    /// Free text of the end step, such as `success` or `held`.
    public var resultName: String?
    public var pauseReason: String?
    /// Who started it; a domain may stand before it.
    public var triggeredBy: String?
    /// `central` was seen; what a schedule's execution says is not known (section 11).
    public var triggeringSource: String?

    public init(id: ExecutionID, status: ExecutionStatus) {
        self.id = id
        self.status = status
    }

    /// How it ended; nil while it has not.
    public var result: LaunchResult? {
        switch status {
        case .completed:
            switch resultType {
            case "RESOLVED": .resolved
            case "ERROR": .error
            case "DIAGNOSED": .diagnosed
            case "NO_ACTION_TAKEN": .noActionTaken
            default: .unknown
            }
        case .canceled: .canceled
        case .systemFailure: .systemFailure
        case .running, .paused, .pendingPause, .pendingCancel, .other: nil
        }
    }
}

/// What became of a request to start an execution, as far as its answer tells.
public enum LaunchOutcome: Hashable, Sendable {
    /// Central answered with an execution id.
    case started(ExecutionID)
    /// No byte of the request left this machine: nothing can have been started.
    case notSent(cause: String)
    /// Central answered that it will not start it. Trying the same again would not help.
    case refused(cause: String)
    /// Central answered that it will not start it now (credentials, load): nothing was started, later may help.
    case refusedForNow(cause: String)
    /// The request may have left and no clear answer came: it may have been started.
    case unknown(cause: String)
}

/// A request to start an execution, ready to send.
public struct LaunchOrder: Hashable, Sendable {
    public var ticket: Ticket
    public var attempt: Int
    public var flow: FlowID
    /// With the ticket as its suffix; see `RunName`.
    public var runName: String
    public var logLevel: String?
    public var inputPromptUseBlank: Bool?
    /// In clear, with `sluicePass` when the flow takes it.
    public var inputs: [LaunchInput]

    public init(
        ticket: Ticket, attempt: Int, flow: FlowID, runName: String, logLevel: String? = nil,
        inputPromptUseBlank: Bool? = nil, inputs: [LaunchInput]
    ) {
        self.ticket = ticket
        self.attempt = attempt
        self.flow = flow
        self.runName = runName
        self.logLevel = logLevel
        self.inputPromptUseBlank = inputPromptUseBlank
        self.inputs = inputs
    }
}

/// The run name of a relaunch: the asker's own name, then the ticket and attempt, by which a scan finds it again.
public enum RunName {
    /// Longest run name sent, in Unicode scalars; the asker's part is cut, never the suffix.
    public static let characterCountMax = 100

    /// `nightly [h_01KB….2]`.
    public static func make(own: String?, flowName: String, ticket: Ticket, attempt: Int) -> String {
        let suffix = "[\(ticket).\(attempt)]"
        let scalars = (own ?? flowName).unicodeScalars.prefix(max(0, characterCountMax - suffix.count - 1))
        let head = String(String.UnicodeScalarView(scalars))
        return head.isEmpty ? suffix : "\(head) \(suffix)"
    }

    /// The ticket and attempt that a listed execution's name ends with; nil when Central cut it or it is not ours.
    public static func read(_ name: String) -> (ticket: Ticket, attempt: Int)? {
        guard name.hasSuffix("]"), let open = name.lastIndex(of: "[") else { return nil }
        let inner = name[name.index(after: open)...].dropLast()
        guard let dot = inner.lastIndex(of: "."), let ticket = Ticket(inner[..<dot]),
            case let digits = inner[inner.index(after: dot)...], digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let attempt = Int(digits), attempt > 0
        else { return nil }
        return (ticket, attempt)
    }
}
