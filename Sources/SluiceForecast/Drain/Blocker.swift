import SluiceJSON
public import SluiceModel

/// An execution that a drain waits for, beside what its flow's executions usually take.
public struct Blocker: Hashable, Sendable {
    public var execution: RunningExecution
    /// How long it has been running, in milliseconds.
    public var runningMilliseconds: Int64
    /// What half of the past executions of its flow took less than; nil when there are none.
    public var typicalMilliseconds: Int64?
    /// The chance with which an execution of its flow takes longer than this one has already.
    public var chanceOfLonger: Double

    /// Fewer than this share of its flow's executions take as long: it is slow.
    public static let slowShare = 0.1

    /// Whether it runs longer than nine in ten of its flow; false when nothing is known.
    public var isSlow: Bool { typicalMilliseconds != nil && chanceOfLonger < Self.slowShare }

    /// - Parameter history: Past durations of its flow, among others.
    public init(_ execution: RunningExecution, at now: Timestamp, history: inout DurationHistory) {
        self.init(execution, at: now, history.estimate(execution.flow))
    }

    init(_ execution: RunningExecution, at now: Timestamp, _ estimate: DurationEstimate) {
        self.execution = execution
        runningMilliseconds = max(0, now.since(execution.startedAt).wholeMilliseconds)
        typicalMilliseconds = estimate.isAssumed ? nil : estimate.medianMilliseconds
        chanceOfLonger = estimate.chance(longerThan: Double(runningMilliseconds))
    }

    /// Of what runs, the longest first; at most `ForecastLimits.blockerCountMax`.
    static func longest(
        of running: [RunningExecution], at now: Timestamp, _ history: inout DurationHistory
    ) -> [Blocker] {
        running.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }.prefix(ForecastLimits.blockerCountMax)
            .map { Blocker($0, at: now, history.estimate($0.flow)) }
    }

    var json: JSONObject {
        JSONObject([
            ("execution", .string(execution.id.text)), ("flow", .optional(execution.flow?.text)),
            ("startedAt", .time(execution.startedAt)), ("runningSeconds", .int(runningMilliseconds / 1000)),
            ("typicalSeconds", typicalMilliseconds.map { .int($0 / 1000) } ?? .null), ("slow", .bool(isSlow)),
        ])
    }
}
