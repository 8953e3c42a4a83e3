/// One execution as Central keeps it, with the sandbox's own bookkeeping.
struct SandboxExecution: Codable, Sendable {
    /// Where in its flow it is.
    enum Stage: String, Codable, Sendable {
        /// The start was taken but has no effect yet. Left when its time comes.
        case starting
        /// It waits for a worker of its group. Left by a resume once there is one.
        case queued
        /// Its first step asks the gate. Left by a verdict.
        case atGate
        /// Its body runs. Left by its end.
        case inBody
        /// Its last step reports to CSA. Left by the answer, or after the last try.
        case callingBack
        /// Final.
        case over
    }

    /// How its question to the gate stands.
    struct Asking: Codable, Sendable {
        let askID: String
        var ticket: String?
        var tryCount = 0
        var isOnTheWire = false
        var nextAt: EpochMilliseconds?
        var lateAnswerCount = 0
        /// Reached while the execution was not RUNNING; taken up at resume.
        var verdict: Verdict?
    }

    /// How its report to CSA stands.
    struct Callback: Codable, Sendable {
        var tryCount = 0
        var isOnTheWire = false
        var nextAt: EpochMilliseconds?
    }

    /// How the gate step ended.
    enum Verdict: Codable, Hashable, Sendable {
        case goOn(isFallback: Bool)
        case endsAtGate(resultName: String)
    }

    let id: Int64
    let flow: SandboxFlow
    let runName: String
    let logLevel: String?
    let inputs: [String: String]
    let owner: String

    var startedAt: EpochMilliseconds
    var endedAt: EpochMilliseconds?
    var status = ExecutionStatus.running
    var resultType: SandboxFlow.Result?
    var resultName: String?
    var pauseReason: String?
    var cancelReason: String?

    var stage = Stage.starting
    var asking: Asking?
    var callback: Callback?
    var bodyIndex: Int?
    var bodyEndsAt: EpochMilliseconds?
    /// Of the body, while PAUSED.
    var bodyLeft: Int64?
    /// When PENDING_PAUSE or PENDING_CANCEL settles.
    var settlesAt: EpochMilliseconds?
    /// Not in lists before that time.
    var listedAt: EpochMilliseconds
    /// Not in summaries by id before that time.
    var summaryAt: EpochMilliseconds
    /// Forgotten that long after its end; nil is never.
    var purgeDelay: Int64?
    var purgeAt: EpochMilliseconds?

    /// Steps that its log shows: the gate step, the body, the end.
    var stepCount: Int64 {
        switch stage {
        case .starting, .queued: 0
        case .atGate: 1
        case .inBody, .callingBack: 2
        case .over: 3
        }
    }

    /// Input values with each secret replaced.
    func shownInputs(hiding: (String) -> String) -> [String: String] {
        let secret = flow.secretInputNames
        return Dictionary(
            uniqueKeysWithValues: inputs.map { ($0.key, secret.contains($0.key) ? hiding($0.value) : $0.value) })
    }
}
