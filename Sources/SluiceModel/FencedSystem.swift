/// What a fence stands in front of.
public enum FencedSystem: String, Hashable, Sendable, CaseIterable {
    /// Cloud Service Automation itself, by default on port 8444 (csa-api.md, section 1).
    case csa
    /// CSA's Marketplace Portal, by default on port 8089.
    case portal
    /// OO Central, by default on port 8443.
    case central
}

/// What a fence lets through; set by the maintenance, left by its next phase.
public enum FenceState: String, Hashable, Sendable, CaseIterable {
    /// Everything passes.
    case open
    /// No new work: the doors are closed, reading and the callbacks of running work pass.
    case draining
    /// Only callbacks, logins and the controller pass; everybody else sees the maintenance page.
    case closed
}

/// How one system's fence stands, and what those who are turned away are told.
public struct FenceStanding: Hashable, Sendable {
    public var system: FencedSystem
    public var state: FenceState
    /// Shown to everybody; at most `FenceLimits.reasonByteCountMax` bytes count.
    public var reason: String
    /// When it should open again; nil: nobody knows.
    public var expectedEnd: Timestamp?

    public init(system: FencedSystem, state: FenceState, reason: String = "", expectedEnd: Timestamp? = nil) {
        self.system = system
        self.state = state
        self.reason = reason
        self.expectedEnd = expectedEnd
    }
}

/// Limits of what a fence looks at and says.
public enum FenceLimits {
    /// Longest target of a request, in bytes; a longer one cannot be judged.
    public static let targetByteCountMax = 16_384
    /// Escapes within escapes that are looked through; what still has some then cannot be judged.
    public static let decodingRoundMax = 3
    /// Longest method, in bytes.
    public static let methodByteCountMax = 32
    /// Longest reason shown, in bytes.
    public static let reasonByteCountMax = 1000
    /// What `Retry-After` says when nobody knows the end, or it is past.
    public static let retryAfterStandardSeconds: Int64 = 120
    /// The least and the most that `Retry-After` says.
    public static let retryAfterSeconds: ClosedRange<Int64> = 5...3600
}
