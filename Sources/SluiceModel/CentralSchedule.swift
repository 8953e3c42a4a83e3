/// A schedule as Central lists it (oo-central-api.md section 5); values of its sensitive inputs are never in it.
public struct CentralSchedule: Hashable, Sendable {
    public var id: ScheduleID
    public var name: String
    public var flow: FlowID?
    public var flowPath: String?
    /// `*/N` in milliseconds, or a Quartz cron expression of six fields; as written.
    public var triggerExpression: String
    public var startDate: Timestamp?
    /// Equal to `startDate` for a schedule that fires once.
    public var endDate: Timestamp?
    /// A Java zone id; nil when Central says none.
    public var timeZone: String?
    /// 0: for ever.
    public var occurrenceCount: Int64
    public var runLogLevel: String?
    public var isEnabled: Bool
    public var inputPromptUseBlank: Bool?
    /// In Central's order, in clear as Central gave them: whoever stores them seals what is sensitive first.
    public var inputs: [LaunchInput]
    /// Inputs whose values Central keeps to itself, as far as it names them.
    public var sensitiveInputNames: [String]
    /// Quartz's number as text; nil is Quartz's smart policy.
    public var misfireInstruction: String?
    /// Its owner, as whom its executions run.
    public var username: String?
    /// nil while it is disabled, or when it fires no more.
    public var nextFireTime: Timestamp?
    public var prevFireTime: Timestamp?
    /// Central's own text of it, sensitive values taken out; for the journal, sealed.
    public var record: Secret

    public init(id: ScheduleID, name: String, triggerExpression: String, isEnabled: Bool) {
        self.id = id
        self.name = name
        self.triggerExpression = triggerExpression
        self.isEnabled = isEnabled
        occurrenceCount = 0
        inputs = []
        sensitiveInputNames = []
        record = Secret("{}")
    }

    /// Whether it fires once: an interval that begins and ends at one instant (section 5.1).
    public var isOneShot: Bool { intervalMilliseconds != nil && startDate != nil && startDate == endDate }

    /// Longest interval that is read: what every JSON number holds exactly, 285,000 years.
    public static let intervalMillisecondsMax: Int64 = 1 << 53
    /// Most occurrences that are read: Quartz counts repeats in a Java `int`.
    public static let occurrenceCountMax = Int64(Int32.max)

    /// The N of `*/N`, in milliseconds, up to `intervalMillisecondsMax`; nil for any other expression.
    public var intervalMilliseconds: Int64? {
        var text = Substring(triggerExpression)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        guard text.hasPrefix("*/"), case let digits = text.dropFirst(2), (1...18).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let interval = Int64(digits),
            (1...Self.intervalMillisecondsMax).contains(interval)
        else { return nil }
        return interval
    }
}
