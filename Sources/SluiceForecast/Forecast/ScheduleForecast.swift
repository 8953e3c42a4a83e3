public import SluiceModel

/// What a forecast says of one schedule.
public struct ScheduleForecast: Sendable {
    public var schedule: PlannedSchedule
    /// What the gate does with its launches while the window is closed.
    public var decision: Decision
    /// Who asks the gate for them.
    public var asking = Asking.scheduler
    /// Over the whole span.
    public var counts = LaunchCounts()
    /// Within the window.
    public var countsInWindow = LaunchCounts()
    /// Its first and last time within the window; nil when none falls in it.
    public var first: Timestamp?
    public var last: Timestamp?
    /// Whether it has more times than were gone through: its counts are too low.
    public var isCut = false

    /// What becomes of its launches within the window, but for the policy.
    enum Treatment {
        case runs
        case held
        case notReplayable
        case rejected
    }

    /// - Parameter decision: What the gate says.
    static func treatment(of schedule: PlannedSchedule, _ decision: Decision) -> Treatment {
        switch decision {
        case .proceed: .runs
        case .hold: schedule.isReplayable ? .held : .notReplayable
        case .reject(.notReplayable): .notReplayable
        case .reject: .rejected
        }
    }

    /// What becomes of the launch at a time within the window.
    ///
    /// - Parameter windowEnd: When held launches can start.
    func fate(at time: Timestamp, windowEnd: Timestamp) -> LaunchFate {
        switch Self.treatment(of: schedule, decision) {
        case .runs: return .runs
        case .rejected: return .rejected
        case .notReplayable: return .notReplayable
        case .held: break
        }
        switch schedule.policy {
        case .skip: return .skipped
        case .all: return .launchedAtRelease
        case .latest:
            guard time == last else { return .stoodFor }
            let others = countsInWindow.held - 1
            return others > 0 ? .standsFor(others) : .launchedAtRelease
        case .notOlderThan(let seconds):
            return time >= MisfireAge.oldest(seconds: seconds, at: windowEnd) ? .launchedAtRelease : .tooOld
        }
    }
}

/// The age that `not-older-than` allows.
enum MisfireAge {
    /// The oldest time that is still launched at an instant.
    static func oldest(seconds: Int64, at instant: Timestamp) -> Timestamp {
        instant.advanced(by: .zero - .seconds(seconds))
    }
}

/// One planned launch.
public struct PlannedLaunch: Hashable, Sendable {
    /// The time that the schedule means.
    public var time: Timestamp
    /// Its schedule's place in `Forecast.schedules`.
    public var schedule: Int
    /// What the gate will do with it.
    public var decision: Decision
    /// What its misfire policy makes of it when the window ends.
    public var fate: LaunchFate
}
