public import SluicePluginKit

/// Completes what schedulers beside Central ask for: the nominal time, an idempotency key of schedule and time, and
/// what becomes of times that passed while the gate was closed.
///
/// A cluster of crons may then ask for one fire twice: it is one launch.
public struct Scheduler: LaunchInterceptor {
    /// What holds for some schedules; all conditions that are given must match.
    public struct Rule: Hashable, Sendable {
        /// Over the schedule's id.
        public var schedule: PathGlob?
        public var flow: FlowID?
        public var path: PathGlob?
        public var misfirePolicy: MisfirePolicy?
        /// After its nominal time, a launch older than this is not made any more.
        public var expiresAfter: Duration?
        /// Whether each begins when the one before it has ended, as on a schedule.
        public var isOrdered = false
        public var priority: Priority?

        public init() {}

        func matches(_ launch: LaunchView) -> Bool {
            if let schedule, !(launch.scheduleID.map { schedule.matches($0.text) } ?? false) { return false }
            if let flow, launch.flow != flow { return false }
            if let path, !path.matches(launch.flowPath ?? "") { return false }
            return true
        }
    }

    /// The first that matches counts.
    public var rules: [Rule] = []
    /// An input with the nominal time in RFC 3339, for schedulers that send it no other way.
    public var nominalTimeInput: String?
    /// Whether a launch without an idempotency key is given `SCHEDULE@TIME`.
    public var isKeyed = true

    public init() {}

    public func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
        guard let schedule = launch.scheduleID else { return .nothing }
        var annotations = LaunchAnnotations()
        let nominal = try launch.nominalTime ?? givenTime(launch)
        annotations.nominalTime = nominal
        if isKeyed, let nominal { annotations.idempotencyKey = IdempotencyKey(checking: "\(schedule)@\(nominal)") }
        if let rule = rules.first(where: { $0.matches(launch) }) {
            annotations.misfirePolicy = rule.misfirePolicy
            annotations.priority = rule.priority
            if rule.isOrdered { annotations.orderingKey = OrderingKey(checking: "schedule:\(schedule)") }
            if let expiresAfter = rule.expiresAfter {
                let end = (nominal ?? now).advanced(by: expiresAfter)
                // A later not-before is the asker's own wish, and outlives the schedule's.
                let isAfterStart = launch.notBefore.map { $0 < end } ?? true
                if isAfterStart, Timestamp.calendarYears.contains(end) { annotations.expiresAt = end }
            }
        }
        return .annotate(annotations)
    }

    private func givenTime(_ launch: LaunchView) throws -> Timestamp? {
        guard let nominalTimeInput, let text = launch.value(of: nominalTimeInput), !text.isEmpty else { return nil }
        guard let time = Timestamp(rfc3339: text), Timestamp.calendarYears.contains(time) else {
            throw OddTime(input: nominalTimeInput, text: text)
        }
        return time
    }

    /// A nominal time that is none.
    struct OddTime: Error, CustomStringConvertible {
        let input: String
        let text: String

        var description: String { "the input \(input) is no RFC 3339 time: '\(text.prefix(60))'" }
    }
}

/// `kind: scheduler`.
public struct SchedulerFactory: PluginFactory {
    public let kind = "scheduler"
    public let version = "1.0.0"
    public let api = PluginAPIVersion(1, 0)
    public let summary = "Gives launches of schedulers their nominal time, an idempotency key and a misfire policy."

    public init() {}

    public func make(_ settings: inout PluginSettings) throws -> PluginParts {
        var plugin = Scheduler()
        plugin.nominalTimeInput = settings.text("nominalTimeInput")
        plugin.isKeyed = settings.flag("idempotencyKey", default: plugin.isKeyed)
        plugin.rules = settings.sections("schedules") { section -> Scheduler.Rule in
            var rule = Scheduler.Rule()
            rule.schedule = section.glob("schedule")
            rule.flow = section.flow("flow")
            rule.path = section.glob("path")
            rule.misfirePolicy = section.parsed(
                "misfire", expected: "one of skip, latest, all, or not-older-than with a time such as 2h"
            ) { MisfirePolicy(text: $0) }
            rule.expiresAfter = section.duration("expiresAfter")
            rule.isOrdered = section.flag("ordered", default: false)
            rule.priority = section.priority("priority")
            return rule
        }
        return PluginParts(interceptor: plugin)
    }
}
