import SluiceModel
import SluicePorts
import SluiceSandbox

/// Time that runs faster: wall and monotonic time go `speed` times as fast as the machine's, from a given time on.
struct RehearsalTime: Sendable {
    let from: Timestamp
    let speed: Int
    private let begin = ContinuousClock.now

    init(from: Timestamp, speed: Int) {
        self.from = from
        self.speed = speed
    }

    private var elapsed: Duration { (ContinuousClock.now - begin) * speed }

    var now: Moment {
        let elapsed = elapsed
        return Moment(wall: from.advanced(by: elapsed), monotonic: Self.start.advanced(by: elapsed))
    }

    /// So much of the machine's time lasts so long here: for what waits for real answers.
    func stretched(_ real: Duration) -> Duration { real * speed }

    /// The finest step in which Sluice's own waits end here.
    var step: Duration { stretched(RehearsalLimits.pauseMin) }

    /// Waits for so long here.
    /// - Throws: `CancellationError`.
    func wait(_ span: Duration, atLeast pauseMin: Duration = .milliseconds(1)) async throws {
        guard span > .zero else { return try Task.checkCancellation() }
        try await Task.sleep(for: max(span / speed, pauseMin), clock: .continuous)
    }

    /// Waits for a time here.
    /// - Throws: `CancellationError`.
    func wait(until instant: Timestamp) async throws {
        var now = now.wall
        repeat {
            try await wait(instant.since(now))
            now = self.now.wall
        } while now < instant
    }

    /// Not 0: deadlines may lie before the start.
    private static let start = MonotonicTime(nanoseconds: 86_400_000_000_000)
}

/// The engine's clocks in a rehearsal. No sleep is shorter than `RehearsalLimits.pauseMin` of the machine's time, which
/// spares the processor and leaves calls over real sockets the time that they need.
struct RehearsalClocks: Clocks {
    let time: RehearsalTime

    func now() -> Moment { time.now }

    func sleep(until deadline: MonotonicTime) async throws {
        try await time.wait(deadline.since(now().monotonic), atLeast: RehearsalLimits.pauseMin)
    }
}

/// The same time for the stand-ins of Central and CSA, to the millisecond of the machine's.
struct RehearsalSandboxClock: SandboxClock {
    let time: RehearsalTime

    var now: EpochMilliseconds { time.now.wall.milliseconds }

    func sleep(until instant: EpochMilliseconds) async throws {
        try await time.wait(until: Timestamp(milliseconds: instant))
    }
}
