/// A process instance of CSA: one flow that it started in OO and waits for (csa-api.md section 7).
public struct ProcessInstance: Hashable, Sendable {
    public var id: CSAProcessID
    public var state: ProcessInstanceState
    public var returnCode: ProcessReturnCode?
    /// Free text of whoever set it last.
    public var status: String?
    /// What it runs for.
    public var artifactID: String?
    /// Seconds after which CSA gives it up; 0: never.
    public var timeoutSeconds: Int?

    public init(id: CSAProcessID, state: ProcessInstanceState) {
        self.id = id
        self.state = state
    }
}

/// Where a process instance is (csa-api.md section 7).
public enum ProcessInstanceState: Hashable, Sendable {
    case initialized, pending, ready, active
    /// Final, as are the next two: 4.80 and later refuse to leave them.
    case completed
    case error
    /// With one L, as CSA writes it.
    case canceled
    /// A word this version does not know; treated as running.
    case other(String)

    private static let words: [(word: String, state: ProcessInstanceState)] = [
        ("INITIALIZED", .initialized), ("PENDING", .pending), ("READY", .ready), ("ACTIVE", .active),
        ("COMPLETED", .completed), ("ERROR", .error), ("CANCELED", .canceled),
    ]

    public init(word: String) {
        self = ProcessInstanceState.words.first { $0.word == word }?.state ?? .other(word)
    }

    /// As CSA writes it.
    public var word: String {
        if case .other(let word) = self { return word }
        return ProcessInstanceState.words.first { $0.state == self }?.word ?? ""
    }

    /// Whether it never changes again.
    public var isTerminal: Bool {
        switch self {
        case .completed, .error, .canceled: true
        case .initialized, .pending, .ready, .active, .other: false
        }
    }
}

/// What a process instance's flow came to (csa-api.md section 7).
public enum ProcessReturnCode: Hashable, Sendable {
    case success, failure, running, timeout
    case other(String)

    public init(word: String) {
        switch word {
        case "SUCCESS": self = .success
        case "FAILURE": self = .failure
        case "RUNNING": self = .running
        case "TIMEOUT": self = .timeout
        default: self = .other(word)
        }
    }

    /// As CSA writes it.
    public var word: String {
        switch self {
        case .success: "SUCCESS"
        case .failure: "FAILURE"
        case .running: "RUNNING"
        case .timeout: "TIMEOUT"
        case .other(let word): word
        }
    }
}

/// The latest lifecycle transition of a service instance (csa-api.md section 6).
public struct LifecycleRecord: Hashable, Sendable {
    public var instanceID: CSAInstanceID
    /// Whether it waits for a callback from OO.
    public var isCallbackPending: Bool
    /// `READY` was seen; other words are not known.
    public var executionState: String?
    /// `Transition paused` was seen in the database; over REST the element is not known.
    public var executionStatus: String?
    /// `DEPLOYED` was seen; other words are not known.
    public var targetState: String?
    /// Whether it goes backwards.
    public var isReverse: Bool

    public init(instanceID: CSAInstanceID, isCallbackPending: Bool) {
        self.instanceID = instanceID
        self.isCallbackPending = isCallbackPending
        isReverse = false
    }

    /// Whether it was paused on an error: it goes on only when an operator acts.
    public var isPaused: Bool { executionStatus?.lowercased().contains("paused") ?? false }

    /// Whether the transition runs: it waits for OO and is not paused. Between two chained transitions this is false,
    /// so it is no proof of rest alone.
    public var isRunning: Bool { isCallbackPending && !isPaused }
}
