public import SluiceModel
import SluicePorts

/// What becomes of one switch of a schedule in a `FakeCentral`.
public enum FakeSwitch: Hashable, Sendable {
    case take
    /// It is switched, but its answer is lost.
    case takeUnseen
    /// Nothing is switched, and the answer is an error.
    case fail
    /// It is switched and answered well, and at once a person turns it back.
    case takeAndTurnBack
}

extension FakeCentral {
    /// Adds a schedule, or replaces the one with its id, as a person in Central would.
    public func put(_ schedule: CentralSchedule) {
        var schedule = schedule
        schedule.set(schedule.isEnabled, at: now())
        withSchedules { [schedule] state in
            if let index = state.listed.firstIndex(where: { $0.id == schedule.id }) {
                state.listed[index] = schedule
            } else {
                state.listed.append(schedule)
            }
        }
    }

    /// Removes a schedule, as a person would.
    public func removeSchedule(_ id: ScheduleID) {
        withSchedules { state in state.listed.removeAll { $0.id == id } }
    }

    /// Sets what the next switches do, in order; after them each is taken.
    public func planSwitches(_ plan: FakeSwitch...) { withSchedules { $0.plan += plan } }

    /// Runs before each listing is read: the place where a person comes in between.
    public func onListing(_ action: (@Sendable (Int) -> Void)?) { withSchedules { $0.onListing = action } }

    /// Runs before each switch is taken: the place where a schedule fires once more before its freeze reaches it.
    public func onSwitch(_ action: (@Sendable (ScheduleID, Bool) -> Void)?) { withSchedules { $0.onSwitch = action } }

    /// Every switch that reached it, in order.
    public var switches: [(id: ScheduleID, isEnabled: Bool)] { withSchedules { $0.switches } }

    public func schedules() async throws -> [CentralSchedule] {
        try failIfTold()
        let (action, count) = withSchedules { state in
            state.listingCount += 1
            return (state.onListing, state.listingCount)
        }
        action?(count)
        return withSchedules { $0.listed }
    }

    public func setEnabled(_ id: ScheduleID, _ isEnabled: Bool) async throws {
        try failIfTold()
        withSchedules { $0.onSwitch }?(id, isEnabled)
        let now = now()
        try withSchedules { state throws(CentralError) in
            guard let index = state.listed.firstIndex(where: { $0.id == id }) else {
                throw CentralError(.missing, "the fake Central has no schedule \(id)")
            }
            let fate = state.plan.isEmpty ? .take : state.plan.removeFirst()
            guard fate != .fail else { throw CentralError(.status, "the fake Central was told to fail") }
            state.switches.append((id, isEnabled))
            state.listed[index].set(fate == .takeAndTurnBack ? !isEnabled : isEnabled, at: now)
            if fate == .takeUnseen {
                throw CentralError(.unreachable, "the fake Central was told to lose its answer")
            }
        }
    }

    /// Fires every enabled schedule of a fixed beat, as often as its time has come by now: each time once.
    ///
    /// The executions begin at their times, have the schedule's name and run on until they are ended.
    /// - Returns: What was fired, in the order of the times.
    @discardableResult
    public func fireDue() -> [FakeFire] {
        let now = now()
        let due = withSchedules { state in
            var due: [(schedule: CentralSchedule, flow: FlowID, time: Timestamp)] = []
            for index in state.listed.indices {
                while let time = state.listed[index].nextFireTime, time <= now, let flow = state.listed[index].flow {
                    due.append((state.listed[index], flow, time))
                    state.listed[index].prevFireTime = time
                    state.listed[index].nextFireTime = state.listed[index].gridTime(after: time)
                }
            }
            return due.sorted { ($0.time, $0.schedule.id) < ($1.time, $1.schedule.id) }
        }
        let fires = due.map { schedule, flow, time in
            let id = addExecution(flow: flow, name: schedule.name, owner: schedule.username, at: time)
            return FakeFire(schedule: schedule.id, flow: flow, time: time, execution: id)
        }
        withSchedules { $0.fires += fires }
        return fires
    }

    /// Everything that `fireDue` fired.
    public var fires: [FakeFire] { withSchedules { $0.fires } }

    struct Schedules {
        var fires: [FakeFire] = []
        var listed: [CentralSchedule] = []
        var plan: [FakeSwitch] = []
        var switches: [(id: ScheduleID, isEnabled: Bool)] = []
        var listingCount = 0
        var onListing: (@Sendable (Int) -> Void)?
        var onSwitch: (@Sendable (ScheduleID, Bool) -> Void)?
    }
}

/// A launch that a `FakeCentral` made by one of its schedules.
public struct FakeFire: Hashable, Sendable {
    public var schedule: ScheduleID
    public var flow: FlowID
    /// When its schedule had it.
    public var time: Timestamp
    public var execution: ExecutionID
}

extension CentralSchedule {
    /// Enabled, it is due at the next time of its beat; without a start, at the time that it comes with.
    fileprivate mutating func set(_ isOn: Bool, at now: Timestamp) {
        isEnabled = isOn
        nextFireTime = isOn ? (startDate == nil ? nextFireTime : gridTime(after: now)) : nil
    }

    /// The first time of its beat after a moment; nil when there is none, or its beat is not fixed and has begun.
    fileprivate func gridTime(after now: Timestamp) -> Timestamp? {
        guard let start = startDate else { return nil }
        if now < start { return start }
        guard let beat = intervalMilliseconds else { return nil }
        let next = start.advanced(by: .milliseconds((now.since(start).wholeMilliseconds / beat + 1) * beat))
        return endDate.map { next < $0 } ?? true ? next : nil
    }

    /// A schedule as the laws want it.
    public init(_ wanted: CentralConformance.NewSchedule, id: ScheduleID, flow: FlowID) {
        self.init(
            id: id, name: wanted.name, triggerExpression: wanted.triggerExpression, isEnabled: wanted.isEnabled)
        self.flow = flow
        startDate = Timestamp(milliseconds: wanted.startDate)
        inputs = wanted.inputs.sorted { $0.key < $1.key }.map { LaunchInput(name: $0.key, value: .clear($0.value)) }
        sensitiveInputNames = wanted.sensitiveInputs.keys.sorted()
        set(wanted.isEnabled, at: .zero)
    }
}
