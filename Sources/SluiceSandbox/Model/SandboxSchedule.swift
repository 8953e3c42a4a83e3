/// A schedule as the sandbox's Central keeps it (section 5 of the reference).
public struct SandboxSchedule: Codable, Hashable, Sendable {
    /// Given by the sandbox.
    public internal(set) var id: Int64 = 0
    public var name: String
    public var flow: String
    /// `*/N` in milliseconds, or a plain cron expression of six fields in UTC.
    public var triggerExpression: String
    public var startDate: EpochMilliseconds?
    public var endDate: EpochMilliseconds?
    public var timeZone: String?
    /// 0: for ever. Counted on the grid of an interval: a missed one counts as made. Not counted for a cron expression,
    /// of which the reference says nothing (scheduler-xml.md section 8 speaks of `*/N` alone; INFERRED).
    public var occurrenceCount: Int64
    public var runLogLevel: String?
    public var isEnabled: Bool
    public var inputs: [String: String]
    /// Given to each execution, never shown.
    public var sensitiveInputs: [String: String]
    public var misfireInstruction: Int64?
    public var username = ""
    var nextFireTime: EpochMilliseconds?
    var prevFireTime: EpochMilliseconds?
    /// Since when it is turned off; nil while it is on, or when it was never on.
    var disabledAt: EpochMilliseconds?

    public init(
        name: String, flow: String, triggerExpression: String, startDate: EpochMilliseconds? = nil,
        endDate: EpochMilliseconds? = nil, timeZone: String? = nil, occurrenceCount: Int64 = 0,
        isEnabled: Bool = true, inputs: [String: String] = [:], sensitiveInputs: [String: String] = [:],
        misfireInstruction: Int64? = nil
    ) {
        self.name = name
        self.flow = flow
        self.triggerExpression = triggerExpression
        self.startDate = startDate
        self.endDate = endDate
        self.timeZone = timeZone
        self.occurrenceCount = occurrenceCount
        self.isEnabled = isEnabled
        self.inputs = inputs
        self.sensitiveInputs = sensitiveInputs
        self.misfireInstruction = misfireInstruction
    }

    enum Beat {
        case interval(Int64)
        case cron(SandboxCron)
    }

    /// How it fires; nil when the sandbox does not understand it.
    var beat: Beat? {
        if triggerExpression.hasPrefix("*/"), let interval = Int64(triggerExpression.dropFirst(2)) {
            return SandboxLimits.scheduleIntervals.contains(interval) ? .interval(interval) : nil
        }
        guard ["UTC", "GMT", "Etc/GMT", "Etc/UTC"].contains(timeZone ?? "UTC") else { return nil }
        return SandboxCron(triggerExpression).map(Beat.cron)
    }

    /// Whether it fires once: begin and end at one instant.
    var isOneShot: Bool { startDate != nil && startDate == endDate }

    /// The first time on its grid after `instant`, whether enabled or not; nil when there is none any more.
    func gridTime(after instant: EpochMilliseconds) -> EpochMilliseconds? {
        let start = startDate ?? 0
        switch beat {
        case nil: return nil
        case .interval(let interval):
            if isOneShot { return instant < start ? start : nil }
            let index = instant < start ? 0 : (instant - start) / interval + 1
            if occurrenceCount > 0, index >= occurrenceCount { return nil }
            let time = start + index * interval
            if let endDate, time >= endDate { return nil }
            return time
        case .cron(let cron):
            guard let time = cron.next(after: max(instant, start - 1)) else { return nil }
            if let endDate, time > endDate { return nil }
            return time
        }
    }

    /// Whether Quartz's smart policy, or the instruction given, launches one for missed times at once (fact 13).
    var catchesUp: Bool {
        switch (misfireInstruction ?? 0, beat) {
        case (_, nil): false
        case (0, .cron), (1, .cron): true
        case (0, .interval): isOneShot || occurrenceCount > 0
        case (1, .interval), (2, .interval), (3, .interval): true
        default: false
        }
    }
}
