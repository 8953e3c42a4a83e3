public import SluiceJSON
public import SluiceModel

/// Holds in the shapes in which Central shows executions (oo-central-api.md 4.1 and 4.6): what a patient caller sees of
/// a launch that waits.
public enum HoldShapes {
    /// The summary of a virtual execution.
    /// - Parameters:
    ///   - id: The virtual id.
    ///   - hold: The one to show; for a coalesced one, the hold that stands for it.
    ///   - arrivedAt: When the one was asked for that the id is of.
    ///   - user: Who asked for it.
    public static func summary(id: String, _ hold: Hold, arrivedAt: Timestamp, user: String) -> JSONObject {
        let shown = Shown(hold)
        return [
            "executionId": .string(id), "branchId": .null,
            "startTime": .int(arrivedAt.milliseconds),
            "endTime": hold.state.isFinal ? .int(hold.stateSince.milliseconds) : .null,
            "status": .string(shown.status),
            "resultStatusType": .optional(shown.resultType), "resultStatusName": .optional(shown.resultName),
            "pauseReason": .null, "cancelReason": .optional(shown.cancelReason),
            "owner": .string(user), "ownerDomain": "", "triggeredBy": .string(user),
            "flowUuid": .string(hold.request.flow.text), "flowPath": .string(hold.request.flowPath ?? ""),
            "executionName": .string(name(hold)), "triggeringSource": "central", "roi": 0, "branchesCount": 0,
        ]
    }

    /// As Central has it: the run name, or else the flow's own.
    private static func name(_ hold: Hold) -> String {
        if let name = hold.request.start.runName { return name }
        let path = hold.request.flowPath ?? hold.request.flow.text
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".xml") ? String(file.dropLast(4)) : file
    }

    /// The status word; only those that every client knows.
    public static func status(_ hold: Hold) -> String { Shown(hold).status }

    private struct Shown {
        var status = "COMPLETED"
        var resultType: String?
        var resultName: String?
        var cancelReason: String?

        init(_ hold: Hold) {
            switch hold.state {
            // The one word that every client polls on (section 9).
            case .held, .released, .launching, .running, .awaitingOperator: status = "RUNNING"
            case .expired: (status, cancelReason) = ("CANCELED", "TIMEOUT_EXPIRED")
            case .discarded, .superseded, .coalesced: (status, cancelReason) = ("CANCELED", "MANUAL")
            case .ended:
                switch hold.result {
                case .resolved: (resultType, resultName) = ("RESOLVED", "success")
                case .error: (resultType, resultName) = ("ERROR", "failure")
                case .diagnosed: (resultType, resultName) = ("DIAGNOSED", "diagnosed")
                case .noActionTaken: (resultType, resultName) = ("NO_ACTION_TAKEN", "no action taken")
                case .canceled: (status, cancelReason) = ("CANCELED", "MANUAL")
                case .systemFailure: status = "SYSTEM_FAILURE"
                // It ended, and nobody can say how: no result either.
                case .unknown, nil: break
                }
            }
        }
    }

    /// The execution log: its inputs as flow variables, secrets as asterisks.
    public static func log(_ summary: JSONObject, _ hold: Hold) -> JSONObject {
        let variables = hold.request.inputs.map { input -> JSONValue in
            let text = if case .clear(let text) = input.value { text } else { "********" }
            return ["name": .string(input.name), "termName": .null, "value": .string(text)]
        }
        return [
            "executionSummary": .object(summary), "flowVars": .array(variables), "flowOutput": [:],
            "executionLogLevel": .string(hold.request.start.logLevel ?? "STANDARD"),
        ]
    }

    /// The answer to a start that is held, as Central's to one that runs.
    /// - Parameter feedURL: Where a v1 client reads the steps.
    public static func started(id: String, _ dialect: StartDialect, feedURL: String) -> JSONValue {
        switch dialect {
        case .v1: ["feedUrl": .string(feedURL), "executionId": .string(id), "errorCode": "NO_ERROR"]
        // Without quotes and without a line's end: clients take the raw text as the id.
        case .v2, .byBody: JSONNumber(id).map { .number($0) } ?? .string(id)
        }
    }

    /// What the engine says of an action on a hold that Central has not seen; nil: it takes effect.
    ///
    /// Words of the engine (oo-central-api.md 4.2), and one of the facade's own; how Central maps them to HTTP is
    /// UNKNOWN.
    /// - Parameter shown: The hold that stands for it, when it is coalesced: its caller sees that one, as others do.
    public static func refusal(of action: ExecutionAction, _ hold: Hold, shown: Hold? = nil) -> String? {
        if hold.state == .coalesced, let shown, !shown.state.isFinal { return "FAILED_COALESCED" }
        if hold.state.isFinal {
            let isCanceled = status(shown ?? hold) == "CANCELED"
            return isCanceled ? "FAILED_ALREADY_CANCELED_OR_PENDING_CANCELLATION" : "FAILED_ALREADY_COMPLETED"
        }
        switch action {
        case .resume: return "FAILED_ALREADY_RUNNING"
        // It does not run, so there is no step between which it could pause.
        case .pause: return "FAILED_PENDING_PAUSE"
        case .cancel:
            let isOnItsWay = hold.state == .launching || hold.state == .running
            return isOnItsWay ? "FAILED_PENDING_PAUSE" : nil
        }
    }
}
