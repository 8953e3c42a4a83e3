/// Lifecycle work on one instance, and the stages that it is a chain of (csa-api.md section 6).
enum CSAWork: Codable, Hashable, Sendable {
    case order
    case modify
    case cancel
    case expire
    /// A user operation, by name.
    case operation(String)
    /// By `POST /lifecycleengine/execute`: one stage.
    case execute

    /// Keys of `CSAOffering.processIDs`, in order. The order's three are PROVEN (bean names), the others are too
    /// (stages of sequenced designs).
    var stages: [String] {
        switch self {
        case .order: ["initialize", "reserve", "deploy"]
        case .modify: ["modify"]
        case .cancel, .expire: ["undeploy", "unreserve", "uninitialize"]
        case .operation(let name): ["operation:\(name)"]
        case .execute: ["deploy"]
        }
    }

    /// The instance's state while a stage runs or the gap after it; section 13, INFERRED.
    func runningState(stage index: Int) -> CSAInstanceState {
        switch self {
        case .order: index < 2 ? .inProgress : .deploying
        case .modify: .modifying
        case .cancel: .cancelling
        case .expire: .expiring
        case .operation: .inProgress
        case .execute: .deploying
        }
    }

    var failedState: CSAInstanceState {
        switch self {
        case .order, .execute: .failed
        case .modify: .modifyFailed
        case .cancel: .cancelFailed
        case .expire: .expireFailed
        case .operation: .publicActionFailed
        }
    }

    /// `targetState` of a stage; only DEPLOYED is known, the others are made up after it.
    func targetState(stage index: Int) -> String {
        switch stages[index] {
        case "initialize": "INITIALIZED"
        case "reserve": "RESERVED"
        case "undeploy": "UNDEPLOYED"
        case "unreserve": "UNRESERVED"
        case "uninitialize": "UNINITIALIZED"
        default: "DEPLOYED"
        }
    }

    var isReverse: Bool { self == .cancel || self == .expire }
}
