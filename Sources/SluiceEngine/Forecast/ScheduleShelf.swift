import Logging
public import SluiceForecast
public import SluiceModel
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
        var readAt: MonotonicTime?
        var zones: ZoneLookup = { _ in nil }
    }

    /// Finds a zone by its Java id; nil for one that is unknown.
    public typealias ZoneLookup = @Sendable (String) -> TimeZoneRules?

    private let state = Mutex(State())
    private let central: (any CentralClient)?
    private let clocks: any Clocks

    init(central: (any CentralClient)?, clocks: any Clocks) {
        self.central = central
        self.clocks = clocks
    }

    /// Replaces what was read from files.
    public func setFiles(_ schedules: [PlannedSchedule]) { state.withLock { $0.files = schedules } }

    /// Says how the zones of Central's schedules are found; without, all count in Greenwich time.
    public func setZones(_ zones: @escaping ZoneLookup) { state.withLock { $0.zones = zones } }

    /// Finds a zone by its Java id.
    public func zone(_ identifier: String) -> TimeZoneRules? {
        identifier == "UTC" ? .utc : state.withLock { $0.zones }(identifier)
    }

    /// All of them: files in their order, then Central's, which are read anew when they are older than
    /// `EngineLimits.forecastCacheDuration`.
    ///
    /// Those of Central that it lists with an expression nobody can read are left out and said so.
    public func content() async -> Content {
        let (files, known, readAt) = state.withLock { ($0.files, $0.central, $0.readAt) }
        let now = clocks.now().monotonic
        guard let central, readAt.map({ now.since($0) >= EngineLimits.forecastCacheDuration }) ?? true else {
            return Content(schedules: files + known, trouble: nil)
        }
        do {
            let listed = try await central.schedules()
            let planned = listed.compactMap { PlannedSchedule($0, zones: zone) }
            state.withLock { state in
                state.central = planned
                state.readAt = now
            }
            let lost = listed.count - planned.count
            return Content(
                schedules: files + planned,
                trouble: lost > 0 ? "\(lost) of Central's schedules have a trigger that cannot be read" : nil)
        } catch {
            return Content(
                schedules: files + known, trouble: "Central's schedules cannot be read, those of before stand: \(error)"
            )
        }
    }
}
