public import SluiceModel

/// Where CSA's things stand for a drain, from the words that its API gives (csa-api.md sections 5 to 7).
///
/// Names are compared, not display names: those differ ("Canceled", "In Progress").
public enum CSADrainRules {
    /// A service instance, by `artifactState` and `state` of `GET /artifact/state/{id}`.
    public static func instance(artifactState: String?, state: String) -> DrainStanding {
        if artifactState == "RETIRED" { return .ended }
        switch state {
        case "DEPLOYING", "MODIFYING", "CANCELLING", "EXPIRING", "IN_PROGRESS", "UPGRADING": return .running
        // Approved; CSA starts it at its date.
        case "RESERVED": return .dueLater
        case "ACTIVE", "CANCELLED": return .ended
        case "FAILED", "CANCEL_FAILED", "MODIFY_FAILED", "EXPIRE_FAILED", "PUBLIC_ACTION_FAILED", "UPGRADE_FAILED":
            return .needsPerson(state)
        default: return .unknown(String(state.prefix(64)))
        }
    }

    /// A service request. COMPLETED does not mean that provisioning has ended: its instance tells that.
    public static func request(artifactState: String?, state: String) -> DrainStanding {
        if artifactState == "RETIRED" { return .ended }
        switch state {
        case "SUBMITTED", "IN_PROGRESS", "APPROVED": return .running
        case "PENDING_APPROVAL": return .needsPerson(state)
        case "COMPLETED", "REJECTED", "CANCELLED": return .ended
        default: return .unknown(String(state.prefix(64)))
        }
    }

    /// A subscription. PENDING covers waiting for approval, being provisioned and a future date alike: its request and
    /// instance tell which, so only PAUSED says something by itself.
    /// - Returns: nil for PENDING.
    public static func subscription(status: String) -> DrainStanding? {
        switch status {
        case "PENDING": nil
        case "PAUSED": .paused(.other("PAUSED"))
        case "ACTIVE", "CANCELLED", "EXPIRED", "TERMINATED": .ended
        default: .unknown(String(status.prefix(64)))
        }
    }

    /// The latest lifecycle record of an instance. Of its states only READY is known, so they are not looked at.
    /// - Parameter isPaused: Whether its execution status says that the transition is paused; nil: it says nothing.
    public static func lifecycleRecord(callbackPending: Bool, isPaused: Bool?) -> DrainStanding {
        guard callbackPending else { return .ended }
        return isPaused == true ? .paused(.other("Transition paused")) : .running
    }

    /// A process instance: a flow of OO that CSA started.
    /// - Parameters:
    ///   - hold: What Sluice holds for it: the execution that CSA polls is a virtual one.
    ///   - hasExecution: Whether its execution is known to run; nil: nobody knows which that is.
    public static func processInstance(
        state: String, hold: Ticket? = nil, hasExecution: Bool? = nil
    ) -> (standing: DrainStanding, stuck: StuckCause?) {
        switch state {
        case "INITIALIZED", "PENDING", "READY", "ACTIVE":
            if let hold { return (.waitsForHold(hold), nil) }
            // With no timeout it stays so for ever (section 7).
            return (.running, state == "ACTIVE" && hasExecution == false ? .callbackLost : nil)
        case "COMPLETED", "ERROR", "CANCELED": return (.ended, nil)
        default: return (.unknown(String(state.prefix(64))), nil)
        }
    }

    /// Whether an execution that still runs runs for nobody: its process instance in CSA is over.
    public static func isProcessOver(_ state: String) -> Bool { ["COMPLETED", "ERROR", "CANCELED"].contains(state) }

    /// A person's counters (section 3.4): the only answer over all users that REST is proven to give.
    /// - Parameter knownAtRestCount: How many of the pending requests are known to wait for approval or for Sluice.
    public static func person(pendingRequestCount: Int, knownAtRestCount: Int = 0) -> DrainStanding {
        if pendingRequestCount < 0 { return .unknown("a count of \(pendingRequestCount)") }
        return pendingRequestCount > max(0, knownAtRestCount) ? .running : .ended
    }

    /// Under which name durations of instances in a state are kept: the whole chain of its transitions counts, with
    /// the gaps between them.
    public static func durationKey(instanceState: String) -> FlowID { FlowID("csa:\(instanceState.prefix(64))") }

    /// A service instance as a drain sees it.
    /// - Parameter hold: What Sluice holds for it.
    public static func item(
        instance id: CSAInstanceID, artifactState: String?, state: String, title: String? = nil, owner: String? = nil,
        startedAt: Timestamp? = nil, hold: Ticket? = nil
    ) -> DrainItem {
        let standing = instance(artifactState: artifactState, state: state)
        var item = DrainItem(
            DrainItemID(.serviceInstance, id.text),
            standing == .running ? hold.map { .waitsForHold($0) } ?? .running : standing)
        item.flow = durationKey(instanceState: state)
        item.title = title
        item.owner = owner
        item.startedAt = startedAt
        return item
    }
}
