public import SluiceModel

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The machine's own clocks: `CLOCK_REALTIME`, and `CLOCK_BOOTTIME`, which counts through suspension.
public struct SystemClocks: Clocks {
    public init() {}

    public func now() -> Moment {
        let wall = read(CLOCK_REALTIME)
        let monotonic = read(CLOCK_BOOTTIME)
        return Moment(
            wall: Timestamp(milliseconds: wall.seconds * 1000 + wall.nanoseconds / 1_000_000),
            monotonic: MonotonicTime(nanoseconds: monotonic.seconds * 1_000_000_000 + monotonic.nanoseconds))
    }

    public func sleep(until deadline: MonotonicTime) async throws {
        let left = deadline.since(now().monotonic)
        guard left > .zero else { return try Task.checkCancellation() }
        try await Task.sleep(for: left, clock: .continuous)
    }

    private func read(_ clock: clockid_t) -> (seconds: Int64, nanoseconds: Int64) {
        var time = timespec()
        clock_gettime(clock, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}
