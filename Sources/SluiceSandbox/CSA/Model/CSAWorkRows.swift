/// What a request asks for.
enum CSAAction {
    static let order = "ORDER"
    static let modify = "MODIFY_SUBSCRIPTION"
    static let cancel = "CANCEL_SUBSCRIPTION"
    /// Those that policies are assigned for (csa-api.md 4.3: only these two are named).
    static let withPolicy = [order, modify]
}

/// `state` of a service request (csa-api.md section 5).
enum CSARequestState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Left by the request processor.
    case submitted = "SUBMITTED"
    /// Left by a decision, or by cancelling the request.
    case pendingApproval = "PENDING_APPROVAL"
    /// Left by the request processor.
    case approved = "APPROVED"
    /// In the vendor's list; this sandbox goes from APPROVED to COMPLETED as section 13 has it.
    case inProgress = "IN_PROGRESS"
    /// Final; the lifecycle work that it began may still run.
    case completed = "COMPLETED"
    /// Final.
    case rejected = "REJECTED"
    /// Final.
    case cancelled = "CANCELLED"

    var isFinal: Bool { self == .completed || self == .rejected || self == .cancelled }
}

/// `status` of a subscription.
enum CSASubscriptionStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Waits for approval, for its start, or is being provisioned.
    case pending = "PENDING"
    /// Provisioning stopped on an error; left by Resume or Cancel.
    case paused = "PAUSED"
    case active = "ACTIVE"
    case cancelled = "CANCELLED"
    case expired = "EXPIRED"
    case terminated = "TERMINATED"

    var isFinal: Bool { self == .cancelled || self == .expired || self == .terminated }
}

/// `state` of a service instance.
enum CSAInstanceState: String, Codable, Hashable, Sendable, CaseIterable {
    case inProgress = "IN_PROGRESS"
    /// Approved, parked until its start.
    case reserved = "RESERVED"
    case deploying = "DEPLOYING"
    case active = "ACTIVE"
    case modifying = "MODIFYING"
    case cancelling = "CANCELLING"
    case cancelled = "CANCELLED"
    case expiring = "EXPIRING"
    case upgrading = "UPGRADING"
    case failed = "FAILED"
    case modifyFailed = "MODIFY_FAILED"
    case cancelFailed = "CANCEL_FAILED"
    case expireFailed = "EXPIRE_FAILED"
    case publicActionFailed = "PUBLIC_ACTION_FAILED"
    case upgradeFailed = "UPGRADE_FAILED"

    /// Whether lifecycle work runs, or is about to go on.
    var isRunning: Bool {
        switch self {
        case .inProgress, .deploying, .modifying, .cancelling, .expiring, .upgrading: true
        case .reserved, .active, .cancelled, .failed, .modifyFailed, .cancelFailed, .expireFailed,
            .publicActionFailed, .upgradeFailed:
            false
        }
    }
}

struct CSAServiceRequest: CSARow {
    let id: String
    let name: String
    let catalogID: String
    let categoryID: String?
    let action: String
    let offeringID: String
    let subscriptionID: String
    var submitterID: String
    let submittedAt: EpochMilliseconds
    var changedAt: EpochMilliseconds
    var state = CSARequestState.submitted
    var isSuccess: Bool?
    var isRetired = false
    var approvalID: String?
    /// When the request processor comes to it next.
    var nextAt: EpochMilliseconds?
    var fields: [String: String]
}

struct CSAApproval: CSARow {
    enum Result: String, Codable, Hashable, Sendable {
        case pending = "PENDING"
        case approved = "APPROVED"
        case rejected = "REJECTED"
    }

    let id: String
    let requestID: String
    let catalogID: String
    let policyID: String
    /// As it was when the request came; used with `CSASettings.Timers.copied`.
    let copied: CSAPolicy
    let createdAt: EpochMilliseconds
    var result = Result.pending
    var comment: String?
    /// By user name.
    var votes: [String: Result] = [:]
    var decidedAt: EpochMilliseconds?
    var timerAt: EpochMilliseconds?
    var processID: String?
    var isRetired = false
}

struct CSASubscription: CSARow {
    let id: String
    var name: String
    let offeringID: String
    let catalogID: String
    let categoryID: String?
    var personID: String
    let requestID: String
    let createdAt: EpochMilliseconds
    var startAt: EpochMilliseconds
    var endAt: EpochMilliseconds?
    var status = CSASubscriptionStatus.pending
    var instanceID: String?
    var changedAt: EpochMilliseconds
    var isRetired = false
}

struct CSAInstance: CSARow {
    let id: String
    let subscriptionID: String
    let componentID: String
    var state = CSAInstanceState.inProgress
    /// Of its latest transition.
    var recordID: String?
    /// While RESERVED.
    var startsAt: EpochMilliseconds?
}

/// A transition of one instance: CSA's lifecycle execution record (csa-api.md section 6).
struct CSARecord: CSARow {
    let id: String
    let instanceID: String
    let requestID: String?
    let work: CSAWork
    let stageIndex: Int
    var isCallbackPending = false
    var isPaused = false
    var processID: String?
    /// When the next one of the chain begins.
    var nextAt: EpochMilliseconds?
}

struct CSAProcess: CSARow {
    /// What its end means.
    enum Purpose: Codable, Hashable, Sendable {
        case transition(record: String)
        case approval(String)
        case poolSync(pool: String)
        /// Made by `POST /processinstances`; its end means nothing.
        case api
    }

    enum State: String, Codable, Hashable, Sendable, CaseIterable {
        case initialized = "INITIALIZED"
        case pending = "PENDING"
        case ready = "READY"
        case active = "ACTIVE"
        /// Final, as the next two.
        case completed = "COMPLETED"
        case error = "ERROR"
        case canceled = "CANCELED"

        var isFinal: Bool { self == .completed || self == .error || self == .canceled }
    }

    enum ReturnCode: String, Codable, Hashable, Sendable, CaseIterable {
        case success = "SUCCESS"
        case failure = "FAILURE"
        case running = "RUNNING"
        case timeout = "TIMEOUT"
    }

    /// How starting its flow went.
    enum Launch: String, Codable, Hashable, Sendable {
        case none
        case due
        case onTheWire = "on-the-wire"
        case accepted
        case refused
        case unanswered
    }

    let id: String
    let definitionID: String
    let contextID: String
    let purpose: Purpose
    let createdAt: EpochMilliseconds
    var state = State.initialized
    var returnCode: ReturnCode?
    var statusText: String?
    var timeoutSeconds: Int64 = 0
    var errorOnTimeout = false
    var properties: [String: String] = [:]
    var launch = Launch.none
    var launchedAt: EpochMilliseconds?
    var launchStatus: Int?
    /// As OO's answer had it.
    var executionID: String?
    var timeoutAt: EpochMilliseconds?
    var endedAt: EpochMilliseconds?
    /// PUTs that were taken.
    var callbackCount = 0
}
