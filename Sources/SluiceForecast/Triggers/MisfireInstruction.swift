/// What Quartz does with a trigger that missed its time (scheduler-xml.md section 9).
public enum MisfireInstruction: String, Hashable, Sendable, CaseIterable {
    /// Nothing changes: every missed time fires in a burst.
    case ignoreMisfirePolicy = "MISFIRE_INSTRUCTION_IGNORE_MISFIRE_POLICY"
    /// By kind and count: see `resolved(for:)`.
    case smartPolicy = "MISFIRE_INSTRUCTION_SMART_POLICY"
    /// Of a simple trigger: now; if it repeats, as `rescheduleNowWithRemainingRepeatCount`.
    case fireNow = "MISFIRE_INSTRUCTION_FIRE_NOW"
    /// Of a simple trigger: it starts anew now, its count less what it has fired.
    case rescheduleNowWithExistingRepeatCount = "MISFIRE_INSTRUCTION_RESCHEDULE_NOW_WITH_EXISTING_REPEAT_COUNT"
    /// Of a simple trigger: it starts anew now, its count less what it has fired and missed.
    case rescheduleNowWithRemainingRepeatCount = "MISFIRE_INSTRUCTION_RESCHEDULE_NOW_WITH_REMAINING_REPEAT_COUNT"
    /// Of a simple trigger: the next time of its beat; missed ones count as fired.
    case rescheduleNextWithRemainingCount = "MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_REMAINING_COUNT"
    /// Of a simple trigger: the next time of its beat; missed ones do not count.
    case rescheduleNextWithExistingCount = "MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_EXISTING_COUNT"
    /// Of cron and calendar intervals: once now, then the usual times.
    case fireOnceNow = "MISFIRE_INSTRUCTION_FIRE_ONCE_NOW"
    /// Of cron and calendar intervals: the next usual time.
    case doNothing = "MISFIRE_INSTRUCTION_DO_NOTHING"

    private static let simple: [MisfireInstruction] = [
        .ignoreMisfirePolicy, .smartPolicy, .fireNow, .rescheduleNowWithExistingRepeatCount,
        .rescheduleNowWithRemainingRepeatCount, .rescheduleNextWithRemainingCount, .rescheduleNextWithExistingCount,
    ]
    private static let others: [MisfireInstruction] = [.ignoreMisfirePolicy, .smartPolicy, .fireOnceNow, .doNothing]

    /// The instructions that a kind of trigger has, by their codes from -1 on.
    public static func all(of kind: Trigger.Kind) -> [MisfireInstruction] { kind == .simple ? simple : others }

    /// - Parameter code: Quartz's integer, -1 to 5; the same one means different things for different kinds.
    /// - Returns: nil when the kind has no such instruction.
    public init?(code: Int, of kind: Trigger.Kind) {
        let all = Self.all(of: kind)
        guard all.indices.contains(code &+ 1) else { return nil }
        self = all[code + 1]
    }

    /// Quartz's integer; nil when the kind has no such instruction.
    public func code(of kind: Trigger.Kind) -> Int? { Self.all(of: kind).firstIndex(of: self).map { $0 - 1 } }

    /// What Quartz makes of the smart policy, and of firing a repeating trigger now.
    public func resolved(for trigger: Trigger) -> MisfireInstruction {
        guard case .simple(let repeatCount, _) = trigger.timing else {
            return self == .smartPolicy ? .fireOnceNow : self
        }
        switch (self, repeatCount) {
        case (.smartPolicy, 0): return .fireNow
        case (.smartPolicy, ..<0): return .rescheduleNextWithRemainingCount
        case (.smartPolicy, _): return .rescheduleNowWithExistingRepeatCount
        case (.fireNow, let count) where count != 0: return .rescheduleNowWithRemainingRepeatCount
        default: return self
        }
    }
}
