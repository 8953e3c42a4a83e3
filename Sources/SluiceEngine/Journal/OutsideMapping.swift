import SluiceCore
import SluicePorts

extension ChangeTrouble {
    /// How far what failed with an error goes.
    init(of error: any Error) {
        switch (error as? OutsideError)?.code {
        case OutsideError.Code.unauthorized?: self = .unauthorized
        case OutsideError.Code.status?: self = .object
        default: self = .away
        }
    }
}

extension ChangeOutcome.Result {
    init(_ result: OutsideOutcome.Result) {
        switch result {
        case .taken(let image): self = .taken(image)
        case .stale: self = .stale
        case .refused(let cause): self = .refused(cause: cause)
        case .unknown(let error): self = .unknown(cause: "\(error)", ChangeTrouble(of: error))
        case .notSent(let error): self = .notSent(cause: "\(error)", ChangeTrouble(of: error))
        }
    }
}
