/// Milliseconds since the Unix epoch, UTC: the only form of time in the sandbox, as on OO's wire.
public typealias EpochMilliseconds = Int64

/// Where the sandbox reads the time and waits for it; `SystemSandboxClock` in production, `ManualSandboxClock` in
/// tests.
public protocol SandboxClock: Sendable {
    /// The present time.
    var now: EpochMilliseconds { get }
    /// Returns at that time, or throws `CancellationError` when the task is cancelled before.
    func sleep(until instant: EpochMilliseconds) async throws
}
