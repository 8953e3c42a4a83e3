import ArgumentParser

/// What an exit code means (docs: interfaces.md, "Command line"); scripts rely on the numbers.
enum ExitStatus: Int32, Sendable, CaseIterable {
    /// What was asked for was done; of `gate ask`: start it.
    case done = 0
    case failed = 1
    /// It worked, and found something: lint, drift, an open breaker.
    case findings = 3
    /// The command line is wrong.
    case usage = 64
    /// No Sluice answered, or it could not decide.
    case notReachable = 69
    /// The launch is kept; try later.
    case held = 75
    /// The launch was turned away.
    case rejected = 76
    /// The token is missing, unknown, or may not do this.
    case notPermitted = 77
    case timedOut = 124

    var exitCode: ExitCode { ExitCode(rawValue) }

    /// The last part of a problem's type.
    var word: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .findings: "findings"
        case .usage: "usage"
        case .notReachable: "not-reachable"
        case .held: "held"
        case .rejected: "rejected"
        case .notPermitted: "not-permitted"
        case .timedOut: "timed-out"
        }
    }

    /// A problem's title.
    var title: String {
        switch self {
        case .done: "Done"
        case .failed: "Failed"
        case .findings: "Findings"
        case .usage: "The command line is wrong"
        case .notReachable: "Sluice is not reachable"
        case .held: "Held"
        case .rejected: "Rejected"
        case .notPermitted: "Not permitted"
        case .timedOut: "Timed out"
        }
    }
}
