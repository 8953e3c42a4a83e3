public import SluiceModel
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

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

/// The system's generator, asked for many numbers at a time: each of its answers costs a call of the kernel.
public final class SystemRandomSource: RandomSource {
    /// Numbers drawn at once: the 256 bytes that the kernel gives whole (getentropy(3)).
    static let drawCount = 32

    private let drawn = Mutex<[UInt64]>([])

    public init() {}

    public func next() -> UInt64 {
        drawn.withLock { drawn in
            if let number = drawn.popLast() { return number }
            drawn = Self.draw()
            return drawn.removeLast()
        }
    }

    private static func draw() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: drawCount) { numbers, count in
            count = drawCount
            let byteCount = drawCount * MemoryLayout<UInt64>.size
            guard getentropy(numbers.baseAddress, byteCount) != 0 else { return }
            // A kernel without that call.
            var generator = SystemRandomNumberGenerator()
            for index in 0..<drawCount { numbers.initializeElement(at: index, to: generator.next()) }
        }
    }
}
