public import SluiceCore
public import SluiceForecast
public import SluiceModel

/// What a drain waits for: the order that whoever runs a maintenance gives.
public struct DrainOrder: Hashable, Sendable {
    /// Names the drain; the same again changes nothing. Of a maintenance and its phase.
    public var id: String
    public var systems: [DrainSystem]
    /// What it is about; empty: everything. The gate must be closed for each.
    public var scopes: [Scope]
    /// Of before a restart.
    public var waivers: [DrainWaiver]

    public init(id: String, systems: [DrainSystem], scopes: [Scope] = [], waivers: [DrainWaiver] = []) {
        self.id = id
        self.systems = systems
        self.scopes = scopes
        self.waivers = waivers
    }
}

/// One thing that a drain waits for, beside what its like usually take.
public struct DrainBlocker: Hashable, Sendable {
    public var system: DrainSystem
    public var entry: DrainEntry
    /// Since it began by its system's clock, else since it was first seen; in milliseconds, never negative.
    public var elapsedMilliseconds: Int64
    /// What half of its like took less than; nil: nothing is known.
    public var typicalMilliseconds: Int64?
    /// The chance with which one of its like takes longer than this has already.
    public var chanceOfLonger: Double
    public var pace: DrainPace

    public var item: DrainItem { entry.item }

    /// The same, some time later: it runs on while nobody looks.
    func refreshed(at now: Timestamp) -> DrainBlocker {
        var blocker = self
        let elapsed = now.since(item.startedAt ?? entry.firstSeenAt.wall).wholeMilliseconds
        blocker.elapsedMilliseconds = max(elapsedMilliseconds, elapsed)
        return blocker
    }
}

/// Whether a drain will be over in time, as far as its estimate tells. A deadline ends nothing: it asks
/// (product.md, "A maintenance, phase by phase").
public enum DrainOutlook: String, Hashable, Sendable, CaseIterable {
    case dry
    /// In nine of ten cases.
    case likely
    /// In at least half of the cases.
    case uncertain
    /// In fewer; or it waits for a person, or nothing is known.
    case unlikely
    /// The deadline has passed, and it is not dry.
    case overdue
}

/// When a drain is expected to end: nothing running any more, the settle period not among it.
public struct DrainETA: Hashable, Sendable {
    public var at: Timestamp
    /// nil: open-ended.
    public var p50: Timestamp?
    public var p90: Timestamp?
    public var runningCount: Int
    /// Those that end only when a person does something: not in it.
    public var waitingForPersonCount: Int
    /// Flows without past durations; for them one was assumed.
    public var assumedFlows: [FlowID]
}

/// Where a drain is, in all its systems.
public struct DrainReport: Sendable {
    public var order: DrainOrder
    public var begunAt: Timestamp
    public var at: Timestamp
    /// In the order of the systems' names.
    public var systems: [DrainStatus]
    /// nil before the first look.
    public var eta: DrainETA?
    /// The longest-running first, at most `DrainWatchLimits.blockerCountMax` of each system.
    public var blockers: [DrainBlocker]
    public var calibration: DrainCalibration
    /// How many quiet looks it needs, and how long it settles.
    public var policy: DrainPolicy

    /// Whether all systems are: safe to stop.
    public var isDry: Bool { !systems.isEmpty && systems.allSatisfy(\.isDry) }
    /// Whether it will be over by a deadline, the settle period on top.
    public func outlook(by deadline: Timestamp) -> DrainOutlook {
        if isDry { return .dry }
        guard at < deadline else { return .overdue }
        guard let eta, eta.waitingForPersonCount == 0 else { return .unlikely }
        func isMet(_ end: Timestamp?) -> Bool {
            end.map { max($0, at).advanced(by: policy.settle) <= deadline } ?? false
        }
        return isMet(eta.p90) ? .likely : isMet(eta.p50) ? .uncertain : .unlikely
    }

    /// How many things it waits for, over all systems.
    public var left: Int { systems.reduce(0) { $0 + $1.left } }
}

/// News of a drain.
public struct DrainNews: Sendable {
    public var order: String
    public var system: DrainSystem
    public var at: Timestamp
    public var change: DrainChange
    /// How many things that system's drain waits for now.
    public var left: Int
}
