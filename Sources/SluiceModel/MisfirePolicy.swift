/// What becomes of scheduled times that passed while their launches could not start (product.md, "Misfires").
public enum MisfirePolicy: Hashable, Sendable {
    /// None is launched.
    case skip
    /// The newest is launched, once.
    case latest
    /// Each is launched, oldest first, with its nominal time.
    case all
    /// Each is launched that is at most so many seconds old when it could start.
    case notOlderThan(seconds: Int64)

    /// The word of the API, the configuration and the store: `skip`, `latest`, `all`, `not-older-than`.
    public var word: String {
        switch self {
        case .skip: "skip"
        case .latest: "latest"
        case .all: "all"
        case .notOlderThan: "not-older-than"
        }
    }
}
