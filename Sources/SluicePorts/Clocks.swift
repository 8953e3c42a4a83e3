public import SluiceModel

/// Where the shell gets its time from. Implemented by `SystemClocks` here and `ManualClocks` (SluiceTestKit).
public protocol Clocks: Sendable {
    /// Both clocks, read together.
    func now() -> Moment

    /// Returns when the monotonic clock has reached a time.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func sleep(until deadline: MonotonicTime) async throws
}

/// Where the shell gets its random bits from.
public protocol RandomSource: Sendable {
    func next() -> UInt64
}

/// The system's generator.
public struct SystemRandomSource: RandomSource {
    public init() {}

    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
