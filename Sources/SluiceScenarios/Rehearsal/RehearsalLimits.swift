/// What a rehearsal may measure.
public enum RehearsalLimits {
    /// How many times as fast as the machine's its time may run.
    public static let speeds: ClosedRange<Int> = 1...3600
    /// How much denser, or thinner, the load may be made.
    public static let scales: ClosedRange<Double> = 0.01...100
    /// How long it may run before the start, in seconds.
    public static let warmUpSeconds: ClosedRange<Int64> = 0...86_400
    /// How long the services may be down, in seconds.
    public static let upgradeSeconds: ClosedRange<Int64> = 0...(7 * 86_400)
    /// How long after its expected end one that is not over is broken off.
    public static let overtime: Duration = .seconds(6 * 3600)
    /// How long after the end it is waited for what still runs, before it is counted.
    static let settle: Duration = .seconds(1800)
    /// And this many times as long as the longest flow: an order runs one after the other.
    static let stageCount: Int64 = 3

    // MARK: The machine's time

    /// Shortest sleep of the engine: it is also the least that a look-up over a real socket is given.
    static let pauseMin: Duration = .milliseconds(100)
    /// Shortest pause between two looks of a drain, which lapse after four of them.
    static let drainPause: Duration = .milliseconds(200)
    /// After so long in one phase, and so long after that, it is told what it waits for.
    static let tellInterval: Duration = .seconds(600)
    /// Between two looks at how it goes.
    static let lookInterval: Duration = .milliseconds(100)
    /// How long a launch that was let through may take to get to Central, and to show there.
    static let validFor: Duration = .milliseconds(500)
    static let startWindow: Duration = .seconds(1)
    /// How long a write whose answer was lost may take to be carried out.
    static let lateWrite: Duration = .seconds(2)
    /// Pause before a gate step, or a report to CSA, is tried again, in milliseconds; and how often it is.
    static let retryMilliseconds: Int64 = 250
    static let tryCountMax = 40
    /// Launches, orders and synchronisations a second, at most.
    public static let launchesPerSecondMax = 60.0

    // MARK: The load

    /// Bytes of a load file.
    public static let fileByteCountMax = 1 << 20
    /// Entries of each of its lists.
    public static let entryCountMax = 1000
    /// UTF-8 bytes of a name or an id in it.
    public static let nameByteCountMax = 200
    /// How long a flow runs, in seconds.
    public static let flowSeconds: ClosedRange<Int64> = 1...86_400
    /// Between two orders, synchronisations or launches of one kind, in seconds.
    public static let intervalSeconds: ClosedRange<Int64> = 5...(7 * 86_400)
    /// Flows of content packs that are launched.
    static let packFlowCountMax = 20
    /// Times of one schedule of a file, and of all.
    static let fireCountMax = 10_000
    /// Flows altogether.
    static let flowCountMax = 5000

    // MARK: The report

    /// Blockers that are told; of more it says how many.
    static let blockerCountMax = 1000
    /// Of these, lines of the table.
    static let blockerLineCountMax = 20
    /// Differences that are named of one kind.
    static let differenceCountMax = 20
    /// Pages of holds that are counted.
    static let holdPageCountMax = 200
}
