public import SluiceModel

/// For whom a fence asks; the proxy finds that out by itself and never believes the request.
public enum FenceCaller: String, Hashable, Sendable, CaseIterable {
    case anybody
    /// From an address of OO, or with the account that OO's flows call back with.
    case callback
    /// Sluice itself.
    case controller
}

/// Whether a request passes a fence, and why.
public enum FenceAnswer: Hashable, Sendable {
    case passes(Passing)
    case refused(Refusal)

    /// Why something passes.
    public enum Passing: String, Hashable, Sendable, CaseIterable {
        case open, controller, identity, callback, reading, harmless
    }

    /// Why something is turned away.
    public enum Refusal: Hashable, Sendable {
        /// It would be new work.
        case door(Door)
        /// Nothing but what ends running work passes.
        case closed
        /// It cannot be judged.
        case unreadable

        /// The word for it in headers and problems.
        public var code: String {
            switch self {
            case .door(let door): door.rawValue
            case .closed: "closed"
            case .unreadable: "unreadable"
            }
        }
    }

    public var passes: Bool {
        if case .passes = self { return true }
        return false
    }

    /// The published table: state × caller × call.
    public static func decide(_ call: FenceCall, by caller: FenceCaller, in state: FenceState) -> FenceAnswer {
        if state == .open { return .passes(.open) }
        if caller == .controller { return .passes(.controller) }
        switch call {
        case .identity: return .passes(.identity)
        case .callback: return caller == .callback ? .passes(.callback) : .refused(.door(.unlisted))
        case .reading(let isCallback):
            if isCallback, caller == .callback { return .passes(.callback) }
            return state == .draining ? .passes(.reading) : .refused(.closed)
        case .harmless:
            // Workers report to Central: to hear them is what ends the drain.
            if caller == .callback { return .passes(.callback) }
            return state == .draining ? .passes(.harmless) : .refused(.closed)
        case .door(let door): return .refused(.door(door))
        case .unreadable: return .refused(.unreadable)
        }
    }
}

extension FenceStanding {
    /// After how many seconds whoever is turned away should try again.
    public func retryAfterSeconds(at now: Timestamp) -> Int64 {
        guard let expectedEnd, expectedEnd > now else { return FenceLimits.retryAfterStandardSeconds }
        let seconds = expectedEnd.since(now).components.seconds
        return min(max(seconds, FenceLimits.retryAfterSeconds.lowerBound), FenceLimits.retryAfterSeconds.upperBound)
    }
}
