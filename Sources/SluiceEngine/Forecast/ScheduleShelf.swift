public import SluiceForecast
import SluiceModel
import SluicePorts
import Synchronization

/// The schedules that forecasts look at: those of files, and Central's own.
public final class ScheduleShelf: Sendable {
    /// What is known now.
    public struct Content: Sendable {
        public var schedules: [PlannedSchedule]
        /// Why Central's are missing, in one sentence; nil when they are not.
        public var trouble: String?
    }

    private struct State {
        var files: [PlannedSchedule] = []
        var central: [PlannedSchedule] = []
        var lostCount = 0
        var readAt: MonotonicTime?
    }

    /// Finds a zone by its Java id; nil for one that is unknown.
    public typealias ZoneLookup = @Sendable (String) -> TimeZoneRules?

    private let state = Mutex(State())
    private let central: (any CentralClient)?
    private let clocks: any Clocks
    private let reader: ScheduleReader

    init(central: (any CentralClient)?, clocks: any Clocks, reader: ScheduleReader) {
        self.central = central
        self.clocks = clocks
        self.reader = reader
    }

    /// Replaces what was read from files; the configured policies and what they say of missing count for them too.
    public func setFiles(_ schedules: [PlannedSchedule]) {
        let planned = schedules.map { schedule in
            let choice = reader.policies.choice(
                id: schedule.id, name: schedule.name, flow: schedule.flow, path: schedule.flowPath)
            var planned = schedule
            planned.policy = choice.policy
            planned.isUnsafeToMiss = schedule.isUnsafeToMiss || choice.isUnsafeToMiss
            return planned
        }
        state.withLock { $0.files = planned }
    }

    /// Finds a zone by its Java id.
    public func zone(_ identifier: String) -> TimeZoneRules? {
        identifier == "UTC" ? .utc : reader.zone(identifier)
    }

    /// All of them: files in their order, then Central's, which are read anew when they are older than
    /// `EngineLimits.forecastCacheDuration`.
    ///
    /// Those of Central whose trigger nobody can read are left out and said so.
    public func content() async -> Content {
        let (files, known, lostCount, readAt) = state.withLock { ($0.files, $0.central, $0.lostCount, $0.readAt) }
        let now = clocks.now().monotonic
        guard let central, readAt.map({ now.since($0) >= EngineLimits.forecastCacheDuration }) ?? true else {
            return Content(schedules: files + known, trouble: Self.trouble(lostCount))
        }
        do {
            let listed = try await central.schedules()
            let planned = listed.compactMap { reader.planned($0) }
            let lostCount = listed.count - planned.count
            state.withLock { state in
                state.central = planned
                state.lostCount = lostCount
                state.readAt = now
            }
            return Content(schedules: files + planned, trouble: Self.trouble(lostCount))
        } catch {
            return Content(
                schedules: files + known, trouble: "Central's schedules cannot be read, those of before stand: \(error)"
            )
        }
    }

    private static func trouble(_ lostCount: Int) -> String? {
        lostCount > 0 ? "\(lostCount) of Central's schedules have a trigger that cannot be read" : nil
    }
}
