public import SluiceCore
public import SluiceForecast
public import SluiceModel
import SluicePorts

/// What is made of Central's schedules: how they stand in the journal, when they fire, and what their holds are.
public struct ScheduleReader: Sendable {
    public let policies: MisfirePolicies
    let packs: PackShelf
    let sealer: any Sealer
    let intake: AskIntake
    let zone: @Sendable (String) -> TimeZoneRules?
    /// Of schedules without a zone.
    let defaultZone: TimeZoneRules
    /// Whether N occurrences are N repeats after the first fire; what OO means is not known (scheduler-xml.md section
    /// 8).
    let countsRepeats: Bool

    /// What the journal compares: all that a person decides about a schedule but `enabled`.
    ///
    /// Values of inputs are keyed hashes. Fields that an upgrade of Central may spell anew by itself are not in it:
    /// owner, log level, misfire instruction.
    public func sight(of schedule: CentralSchedule) throws -> ScheduleSight {
        ScheduleSight(
            id: schedule.id, title: schedule.name, flow: schedule.flow, flowPath: schedule.flowPath,
            isEnabled: schedule.isEnabled, lastFire: schedule.prevFireTime, nextFire: schedule.nextFireTime,
            image: image(of: schedule),
            record: try sealer.seal(schedule.record, context: ScheduleReader.recordContext))
    }

    /// Schedules as a snapshot has them: the journal's fields, and those that Central may spell anew by itself.
    public func snapshot(of schedules: [CentralSchedule], at now: Timestamp) -> ScheduleSnapshot {
        ScheduleSnapshot(
            takenAt: now, keyID: hash("snapshot of schedules"),
            schedules: schedules.map { schedule in
                let loose = [
                    JournalField("owner", schedule.username ?? "none"),
                    JournalField("runLogLevel", schedule.runLogLevel ?? "none"),
                    JournalField("misfireInstruction", schedule.misfireInstruction ?? "none"),
                ]
                // No two inputs have the same hash: who may write schedules cannot find out values by trying some.
                let fields = image(of: schedule) { "\(schedule.id)\n\($0)\n" }
                return .init(id: schedule.id, isEnabled: schedule.isEnabled, fields: fields + loose)
            })
    }

    private func image(of schedule: CentralSchedule, salt: (String) -> String = { _ in "" }) -> [JournalField] {
        func text(_ time: Timestamp?) -> String { time?.rfc3339 ?? "none" }
        var image = [
            JournalField("name", schedule.name), JournalField("flow", schedule.flow?.text ?? "none"),
            JournalField("flowPath", schedule.flowPath ?? "none"),
            JournalField("triggerExpression", schedule.triggerExpression),
            JournalField("startDate", text(schedule.startDate)), JournalField("endDate", text(schedule.endDate)),
            JournalField("timeZone", schedule.timeZone ?? "none"),
            JournalField("numOfOccurrences", String(schedule.occurrenceCount)),
            JournalField("inputPromptUseBlank", schedule.inputPromptUseBlank.map { $0 ? "true" : "false" } ?? "none"),
        ]
        for input in schedule.inputs {
            guard case .clear(let value) = input.value else { continue }
            image.append(JournalField(ScheduleSnapshot.inputPrefix + input.name, hash(salt(input.name) + value)))
        }
        for name in schedule.sensitiveInputNames {
            image.append(JournalField(JournalField.sensitivePrefix + name, "kept"))
        }
        return image
    }

    /// The context that a before-image is sealed with.
    static let recordContext = "journal central"

    private func hash(_ value: String) -> String {
        let digits = Array("0123456789abcdef")
        return sealer.fingerprint(Array(value.utf8)).bytes.prefix(16).reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    /// When it fires; nil when its trigger cannot be read.
    ///
    /// - Parameter since: From when on its times are wanted, where that is before its next fire time.
    public func trigger(of schedule: CentralSchedule, since: Timestamp? = nil) -> Trigger? {
        try? Trigger(
            schedule, defaultZone: defaultZone, since: since, occurrencesAreRepeats: countsRepeats, zones: zone)
    }

    /// As forecasts take it, with the policy and the obstacles that will count for its missed times; nil when its
    /// trigger cannot be read.
    func planned(_ schedule: CentralSchedule) -> PlannedSchedule? {
        guard let trigger = trigger(of: schedule) else { return nil }
        let choice = choice(for: schedule)
        return PlannedSchedule(
            schedule, trigger: trigger, policy: choice.policy, isReplayable: obstacle(of: schedule) == nil,
            isUnsafeToMiss: choice.isUnsafeToMiss)
    }

    /// The policy for its missed times.
    public func choice(for schedule: CentralSchedule) -> (policy: MisfirePolicy, isUnsafeToMiss: Bool) {
        policies.choice(
            id: schedule.id, name: schedule.name, flow: schedule.flow, path: schedule.flowPath)
    }

    /// Why its launches cannot be made by Sluice; nil when they can.
    public func obstacle(of schedule: CentralSchedule) -> String? {
        guard let flow = schedule.flow else { return "Central names no flow for it" }
        if !schedule.sensitiveInputNames.isEmpty {
            return "Central does not echo its \(schedule.sensitiveInputNames.joined(separator: ", "))"
        }
        let given = Set(schedule.inputs.map(\.name))
        let missing = (packs.inventory[flow]?.inputs ?? []).filter {
            $0.isRequired && $0.isEncrypted && !given.contains($0.name)
        }
        guard !missing.isEmpty else { return nil }
        return
            "its flow requires the secret \(missing.map(\.name).joined(separator: ", ")), which Central does not echo"
    }

    /// The launch of one missed time, sealed as any request is.
    /// - Throws: `SealingError`.
    func request(
        _ schedule: CentralSchedule, _ flow: FlowID, nominal: Timestamp, isOneOfMany: Bool
    ) throws -> LaunchRequest {
        var request = LaunchRequest(flow: flow, source: .scheduler)
        request.flowPath = schedule.flowPath
        request.inputs = schedule.inputs
        request.start = StartOptions(
            runName: schedule.name, logLevel: schedule.runLogLevel, inputPromptUseBlank: schedule.inputPromptUseBlank)
        request.scheduleID = schedule.id
        request.nominalTime = nominal
        request.idempotencyKey = IdempotencyKey("\(schedule.id)@\(nominal.rfc3339)")
        request.requestedBy = schedule.username
        // Of many, each begins when the one before it has ended, as on its schedule.
        if isOneOfMany { request.orderingKey = OrderingKey("schedule:\(schedule.id)") }
        let declared = packs.inventory[flow]?.inputs.contains { $0.name == ScheduleReader.nominalTimeInput } ?? false
        if isOneOfMany, declared {
            request.inputs.removeAll { $0.name == ScheduleReader.nominalTimeInput }
            request.inputs.append(
                LaunchInput(name: ScheduleReader.nominalTimeInput, value: .clear(nominal.rfc3339)))
        }
        return try intake.prepare(request, ref: Ask.Ref(0), principal: .sluice, sensitiveInputs: []).ask.request
    }

    /// The input that tells a launch its nominal time, if its flow declares it.
    public static let nominalTimeInput = "sluiceNominalTime"
}
