public import SluiceForecast
import SluiceModel
import SluicePorts
import Synchronization

/// The schedules that forecasts look at: those of files, and Central's own.
public final class ScheduleShelf: Sendable {
    /// What is known now.
    public struct Content: Sendable {
        public var schedules: [PlannedSchedule]
        /// Why some of Central's, or all, are missing, in one sentence each.
        public var troubles: [String] = []
    }

    private struct State {
        var files: [PlannedSchedule] = []
        var central: [PlannedSchedule] = []
        var lostCount = 0
        var readAt: MonotonicTime?
        /// The freeze as it was when they were read.
        var freeze: [ScheduleID: JournalState] = [:]
    }

    /// Finds a zone by its Java id; nil for one that is unknown.
    public typealias ZoneLookup = @Sendable (String) -> TimeZoneRules?

    private let state = Mutex(State())
    private let central: (any CentralClient)?
    private let clocks: any Clocks
    private let reader: ScheduleReader
    private let pause: CentralPause
    /// What Sluice's own freeze is about, by schedule.
    private let freeze: @Sendable () async throws -> [ScheduleID: JournalState]

    init(
        central: (any CentralClient)?, clocks: any Clocks, reader: ScheduleReader, pause: CentralPause,
        freeze: @escaping @Sendable () async throws -> [ScheduleID: JournalState]
    ) {
        self.central = central
        self.clocks = clocks
        self.reader = reader
        self.pause = pause
        self.freeze = freeze
    }

    /// Replaces what was read from files; the configured policies and what they say of missing count for them too.
    public func setFiles(_ schedules: [PlannedSchedule]) {
        let planned = schedules.map { schedule in
            var planned = schedule
            planned.take(reader.policies)
            return planned
        }
        state.withLock { $0.files = planned }
    }

    /// Finds a zone by its Java id.
    public func zone(_ identifier: String) -> TimeZoneRules? {
        identifier == "UTC" ? .utc : reader.zone(identifier)
    }

    /// All of them: files in their order, then Central's, which are read anew when they are older than
    /// `EngineLimits.forecastCacheDuration`, or the freeze has changed.
    ///
    /// Those of Central whose trigger nobody can read are left out, and each answer says so.
    public func content() async -> Content {
        let known = state.withLock { $0 }
        let now = clocks.now().monotonic
        let freeze: [ScheduleID: JournalState]
        do { freeze = try await self.freeze() } catch {
            var content = Self.content(known)
            content.troubles.append("what is frozen cannot be read, what was known before stands: \(error)")
            return content
        }
        let isFresh = known.readAt.map { now.since($0) < EngineLimits.forecastCacheDuration } ?? false
        guard let central, !isFresh || known.freeze != freeze else { return Self.content(known) }
        do {
            let listed = try await pause.read { try await central.schedules() }
            let planned = listed.compactMap { schedule in
                reader.planned(schedule).map { Self.frozen($0, freeze[schedule.id]) }
            }
            return state.withLock { state in
                state.central = planned
                state.lostCount = listed.count - planned.count
                state.readAt = now
                state.freeze = freeze
                return Self.content(state)
            }
        } catch {
            var content = Self.content(known)
            content.troubles.append("Central's schedules cannot be read, those of before stand: \(error)")
            return content
        }
    }

    /// One that Sluice disabled itself counts as enabled: what it misses meanwhile is treated by its policy.
    private static func frozen(_ schedule: PlannedSchedule, _ state: JournalState?) -> PlannedSchedule {
        var schedule = schedule
        switch state {
        case .intended, .applied: schedule.isFrozen = true
        // Enabled all the same: a person did that.
        case .done: schedule.isFrozen = !schedule.isEnabled
        case .reverting: schedule.isEnabled = true
        case .reverted, .conflict, .gone, .none: break
        }
        if schedule.isFrozen { schedule.isEnabled = true }
        return schedule
    }

    private static func content(_ state: State) -> Content {
        var content = Content(schedules: state.files + state.central)
        if state.lostCount > 0 {
            content.troubles.append("\(state.lostCount) of Central's schedules have a trigger that cannot be read")
        }
        return content
    }
}
