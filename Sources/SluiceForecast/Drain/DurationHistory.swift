public import SluiceModel

/// How long executions of each flow took: the newest `ForecastLimits.durationCountMax` of each.
public struct DurationHistory: Sendable {
    /// What is taken for a flow that never ran here.
    public static let assumedMilliseconds: Int64 = 600_000

    /// Ten years: what lasts longer by Central's word counts as that long.
    static let millisecondsMax: Int64 = 3660 * 86_400_000

    private var past: [FlowID: Ring] = [:]
    private var estimates: [FlowID: DurationEstimate] = [:]
    private let assumed: DurationEstimate

    private struct Ring: Sendable {
        var milliseconds: [Int64] = []
        var next = 0
    }

    /// - Parameter assumedMilliseconds: What is taken for a flow without past durations.
    public init(assumedMilliseconds: Int64 = assumedMilliseconds) {
        assumed = DurationEstimate(milliseconds: [assumedMilliseconds], isAssumed: true)
    }

    /// Takes one past duration, the newest so far of its flow; negative ones are not taken, nor those of more flows
    /// than `ForecastLimits.historyFlowCountMax`.
    public mutating func add(_ flow: FlowID, milliseconds: Int64) {
        let milliseconds = min(milliseconds, Self.millisecondsMax)
        guard milliseconds >= 0, past[flow] != nil || past.count < ForecastLimits.historyFlowCountMax else { return }
        var ring = past[flow] ?? Ring()
        if ring.milliseconds.count < ForecastLimits.durationCountMax {
            ring.milliseconds.append(milliseconds)
        } else {
            ring.milliseconds[ring.next] = milliseconds
            ring.next = (ring.next + 1) % ForecastLimits.durationCountMax
        }
        past[flow] = ring
        estimates[flow] = nil
    }

    /// How long an execution of a flow takes; an assumption, marked as one, where nothing is known.
    public mutating func estimate(_ flow: FlowID?) -> DurationEstimate {
        guard let flow, let ring = past[flow] else { return assumed }
        if let known = estimates[flow] { return known }
        let estimate = DurationEstimate(milliseconds: ring.milliseconds)
        estimates[flow] = estimate
        return estimate
    }

    /// How many flows have past durations.
    public var flowCount: Int { past.count }
}
