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
        withSchedules { state in
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
        try withSchedules { state throws(CentralError) in
            guard let index = state.listed.firstIndex(where: { $0.id == id }) else {
                throw CentralError(.missing, "the fake Central has no schedule \(id)")
            }
            let fate = state.plan.isEmpty ? .take : state.plan.removeFirst()
            guard fate != .fail else { throw CentralError(.status, "the fake Central was told to fail") }
            state.switches.append((id, isEnabled))
            state.listed[index].set(fate == .takeAndTurnBack ? !isEnabled : isEnabled)
            if fate == .takeUnseen {
                throw CentralError(.unreachable, "the fake Central was told to lose its answer")
            }
        }
    }

    struct Schedules {
        var listed: [CentralSchedule] = []
        var plan: [FakeSwitch] = []
        var switches: [(id: ScheduleID, isEnabled: Bool)] = []
        var listingCount = 0
        var onListing: (@Sendable (Int) -> Void)?
    }
}

extension CentralSchedule {
    /// Enabled, it is due at its start; this fake fires nothing.
    fileprivate mutating func set(_ isOn: Bool) {
        isEnabled = isOn
        nextFireTime = isOn ? startDate : nil
    }

    /// A schedule as the laws want it.
    public init(_ wanted: CentralConformance.NewSchedule, id: ScheduleID, flow: FlowID) {
        self.init(
            id: id, name: wanted.name, triggerExpression: wanted.triggerExpression, isEnabled: wanted.isEnabled)
        self.flow = flow
        startDate = Timestamp(milliseconds: wanted.startDate)
        inputs = wanted.inputs.sorted { $0.key < $1.key }.map { LaunchInput(name: $0.key, value: .clear($0.value)) }
        sensitiveInputNames = wanted.sensitiveInputs.keys.sorted()
        set(wanted.isEnabled)
    }
}
