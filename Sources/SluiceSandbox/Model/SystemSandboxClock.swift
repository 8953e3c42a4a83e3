import FoundationEssentials

/// The machine's own clock.
public struct SystemSandboxClock: SandboxClock {
    public init() {}

    public var now: EpochMilliseconds { EpochMilliseconds(Date().timeIntervalSince1970 * 1000) }

    public func sleep(until instant: EpochMilliseconds) async throws {
        let left = instant - now
        if left > 0 { try await Task.sleep(for: .milliseconds(left)) }
    }
}
