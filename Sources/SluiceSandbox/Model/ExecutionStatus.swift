/// `status` of an execution, in OO's words. Source: oo-central-api.md 4.2, PROVEN [CSM, SCO].
public enum ExecutionStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Left by pause, cancel, or its end.
    case running = "RUNNING"
    /// Left for PAUSED between two steps, by cancel, or by its end when the last step was in flight.
    case pendingPause = "PENDING_PAUSE"
    /// Left by resume or cancel.
    case paused = "PAUSED"
    /// Left for CANCELED after the cancel delay.
    case pendingCancel = "PENDING_CANCEL"
    /// Final.
    case canceled = "CANCELED"
    /// Final.
    case completed = "COMPLETED"
    /// Final.
    case systemFailure = "SYSTEM_FAILURE"

    /// Whether nothing leads out of it.
    public var isFinal: Bool {
        switch self {
        case .canceled, .completed, .systemFailure: true
        case .running, .pendingPause, .paused, .pendingCancel: false
        }
    }
}

/// What `PUT /executions/{id}/status` may ask for.
enum ExecutionAction: String, Codable, Hashable, Sendable, CaseIterable {
    case pause = "PAUSE"
    case cancel = "CANCEL"
    case resume = "RESUME"
}

/// The engine's answer to an action, in its own words (oo-central-api.md 4.2; `ExecutionActionResult` [SCO]).
enum ActionResult: String, Hashable, Sendable {
    case success = "SUCCESS"
    case alreadyPaused = "FAILED_ALREADY_PAUSED"
    case alreadyCompleted = "FAILED_ALREADY_COMPLETED"
    case alreadyCanceled = "FAILED_ALREADY_CANCELED_OR_PENDING_CANCELLATION"
    case alreadyRunning = "FAILED_ALREADY_RUNNING"
    case notFound = "FAILED_NOT_FOUND"
    case pendingPause = "FAILED_PENDING_PAUSE"
    case systemFailure = "FAILED_SYSTEM_FAILURE"
}

/// What an action does to an execution.
enum ActionOutcome: Hashable, Sendable {
    /// Goes to that status.
    case moves(ExecutionStatus)
    /// Nothing changes, but the answer is a success.
    case ignored
    /// Nothing changes.
    case refused(ActionResult)
}

extension ExecutionStatus {
    /// The state machine of oo-central-api.md 4.2; which refusal word goes with which status is INFERRED.
    func outcome(of action: ExecutionAction, engine: SandboxSettings.Engine) -> ActionOutcome {
        switch (self, action) {
        case (.running, .pause): .moves(.pendingPause)
        case (.running, .cancel): .moves(.pendingCancel)
        case (.running, .resume): .refused(.alreadyRunning)
        case (.pendingPause, .pause), (.pendingPause, .resume): .refused(.pendingPause)
        case (.pendingPause, .cancel): engine == .of2014 ? .refused(.pendingPause) : .moves(.pendingCancel)
        case (.paused, .pause): .refused(.alreadyPaused)
        case (.paused, .cancel): .moves(.pendingCancel)
        case (.paused, .resume): .moves(.running)
        case (.pendingCancel, .cancel), (.canceled, .cancel):
            engine == .of2014 ? .ignored : .refused(.alreadyCanceled)
        case (.pendingCancel, _), (.canceled, _): .refused(.alreadyCanceled)
        case (.completed, _): .refused(.alreadyCompleted)
        case (.systemFailure, _): .refused(.systemFailure)
        }
    }
}
