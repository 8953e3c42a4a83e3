/// Every bound of the sandbox, by name.
public enum SandboxLimits {
    /// Executions kept; the oldest ended one is forgotten for a new one.
    public static let executionCountMax = 200_000
    /// Body runs kept; they are evidence, so at the limit starts are refused instead of forgetting one.
    public static let bodyCountMax = 1_000_000
    /// Bytes of a request's body; more is answered 413.
    public static let requestBytesMax = 1 << 20
    /// Bytes of the gate's answer that are read; a longer one is garbage.
    public static let gateAnswerBytesMax = 1 << 20
    /// Flow definitions.
    public static let flowCountMax = 10_000
    /// Workers.
    public static let workerCountMax = 100
    /// Schedules.
    public static let scheduleCountMax = 20_000
    /// Interval of a schedule, in milliseconds; the longest is 285,000 years.
    public static let scheduleIntervals: ClosedRange<Int64> = 100...(1 << 53)
    /// Start and end of a schedule: the years 1 to 9999.
    public static let scheduleDates: ClosedRange<EpochMilliseconds> = -62_135_596_800_000...253_402_300_799_999
    /// Inputs of one start, and declared inputs of one flow.
    public static let inputCountMax = 1_000
    /// Faults at one time.
    public static let faultCountMax = 1_000
    /// UTF-8 bytes of a fault's path pattern.
    public static let globBytesMax = 1_024
    /// Bytes of a request's path; more is answered 414.
    public static let pathBytesMax = 8_192
    /// Ids in one `/executions/{id1},{id2}/summary`.
    public static let summaryIDCountMax = 1_000
    /// Largest `pageSize`.
    public static let pageSizeMax = 10_000
    /// Sessions kept; the oldest is forgotten.
    public static let sessionCountMax = 1_000
    /// Gate questions on the wire at one time.
    public static let concurrentAskCountMax = 256
    /// Tries of a question that holds a ticket (flow mode `wait`); a parked execution outlives a restart of the gate.
    public static let parkedTryCountMax = 10_000
    /// Elements of a list in a control answer that has no paging.
    public static let controlListCountMax = 1_000
    /// Longest time from a change that nobody waits for to its being in the state file.
    public static let saveIntervalMilliseconds = 200
    /// Longest span a flow or fault may name: 7 days.
    public static let spanMillisecondsMax: Int64 = 7 * 86_400_000
}
