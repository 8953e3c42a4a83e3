public import SluiceModel

extension PlannedSchedule {
    /// A schedule of Central's own.
    ///
    /// - Parameters:
    ///   - trigger: When it fires (`Trigger.init(_:defaultZone:silentStart:occurrencesAreRepeats:zones:)`).
    ///   - policy: Of its missed times.
    ///   - isReplayable: Whether Sluice can launch a missed time; not where Central keeps inputs to itself.
    public init(
        _ schedule: CentralSchedule, trigger: Trigger, policy: MisfirePolicy = .latest, isReplayable: Bool,
        isUnsafeToMiss: Bool = false
    ) {
        self.init(
            id: schedule.id, origin: .central, name: schedule.name, flow: schedule.flow, flowPath: schedule.flowPath,
            trigger: trigger, isEnabled: schedule.isEnabled, policy: policy, isReplayable: isReplayable,
            isUnsafeToMiss: isUnsafeToMiss)
    }
}
