public import SluiceModel

/// One reason why a system is not dry.
public enum DrainObstacle: Hashable, Sendable {
    case gate(DrainGate)
    case notLookedYet
    /// It could not be looked at, since then.
    case unreadable(String, since: Timestamp)
    /// The last look is so old.
    case stale(Duration)
    /// A look may not show everything.
    case incomplete([String])
    /// Running, or of a word that is not known.
    case running(Int)
    /// Executions that may be asking at their gate step just now.
    case atGate(Int)
    case parked(Int)
    case paused(Int)
    case waitsForHold(Int)
    case inFlight(DrainInFlight)
    /// It was quiet for less than it has to be.
    case settling(left: Duration, lookCount: Int, of: Int)
    /// The whole list is to be read once more.
    case unconfirmed

    /// One short word for machines.
    public var word: String {
        switch self {
        case .gate: "gate"
        case .notLookedYet: "not-looked-yet"
        case .unreadable: "unreadable"
        case .stale: "stale"
        case .incomplete: "incomplete"
        case .running: "running"
        case .atGate: "at-gate"
        case .parked: "parked"
        case .paused: "paused"
        case .waitsForHold: "waits-for-hold"
        case .inFlight: "in-flight"
        case .settling: "settling"
        case .unconfirmed: "unconfirmed"
        }
    }

    /// What keeps it from being dry, for people.
    public var sentence: String {
        switch self {
        case .gate(.unknown(let cause)): "whether the gate is closed is not known: \(cause)"
        case .gate(.open(let words)): words
        case .gate(.closing(let epoch)): "the close of epoch \(epoch) is not acknowledged by all replicas yet"
        case .gate(.closed(let epoch)): "the gate is closed since epoch \(epoch)"
        case .notLookedYet: "it was not looked at yet"
        case .unreadable(let cause, let since): "it cannot be read since \(since.rfc3339): \(cause)"
        case .stale(let age): "the last look is \(age.components.seconds) s old"
        case .incomplete(let gaps): gaps.joined(separator: "; ")
        case .running(let count): "\(count) still running"
        case .atGate(let count): "\(count) may be asking at their gate step"
        case .parked(let count): "\(count) parked at their gate step: end or waive them"
        case .paused(let count): "\(count) paused: resume, cancel or waive them"
        case .waitsForHold(let count): "\(count) wait for launches that Sluice holds"
        case .inFlight(let flight): DrainObstacle.sentence(of: flight)
        case .settling(let left, let count, let all):
            "quiet in \(count) of \(all) looks, \(max(0, (left.wholeMilliseconds + 999) / 1000)) s to go"
        case .unconfirmed: "quiet; its whole list is being read once more"
        }
    }

    private static func sentence(of flight: DrainInFlight) -> String {
        if let trouble = flight.trouble { return "what is in flight is not known: \(trouble)" }
        var words = flight.parts.map { part in
            switch part.source {
            case .told: "\(part.count) by \(part.name)"
            case .silent: "\(part.count) by \(part.name), which is silent"
            case .lost: "\(part.count) by \(part.name), which is gone"
            case .unseen: "\(part.count) by \(part.name)"
            }
        }
        if flight.launchingCount > 0 { words.append("\(flight.launchingCount) of the release") }
        return "launches let through that may not have appeared yet: \(words.joined(separator: ", "))"
    }
}

/// Where the drain of one system is.
public struct DrainStatus: Hashable, Sendable {
    public var system: DrainSystem
    public var at: Timestamp
    /// Why it is not dry; empty: it is.
    public var obstacles: [DrainObstacle]
    public var counts: DrainCounts
    /// How many things it waits for, by name: neither waived nor exempt.
    public var left: Int
    /// Since when nothing was found that it waits for, and in how many looks.
    public var quietSince: Timestamp?
    public var quietLookCount: Int
    /// Launches that were let through and may not have appeared yet.
    public var inFlight: DrainInFlight
    public var lookedAt: Timestamp?
    /// When the whole list was last read.
    public var sweptAt: Timestamp?
    /// Remarks that keep nothing from being dry.
    public var notes: [String]

    /// Closed, acknowledged, nothing running, nothing in flight, and quiet for the settle period.
    public var isDry: Bool { obstacles.isEmpty }
}

/// What a drain tells as it goes on (requirement R13).
public enum DrainChange: Hashable, Sendable {
    /// It waits for this from now on, by name and where it stands.
    case appeared(DrainItem)
    /// It stands elsewhere than before.
    case moved(DrainItem, from: DrainStanding)
    /// It has ended, or is at rest.
    case gone(DrainItem)
    case waived(DrainWaiver)
    /// Something began and ended between two looks: it was not quiet.
    case passed(DrainEnd)
    /// So many changes of one look are not told one by one.
    case more(Int)
    case quiet
    /// It is quiet no longer.
    case disturbed(DrainObstacle)
    case unreadable(String)
    case dry
    /// It was dry, and is no longer.
    case wet(DrainObstacle)
}
