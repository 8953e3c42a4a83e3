public import SluiceModel

/// Launches minute by minute, by what becomes of them.
public struct LaunchLoad: Sendable {
    /// When the first minute starts.
    public let start: Timestamp
    public fileprivate(set) var runs: [Int64]
    public fileprivate(set) var released: [Int64]
    public fileprivate(set) var dropped: [Int64]
    public fileprivate(set) var notReplayable: [Int64]
    public fileprivate(set) var rejected: [Int64]

    init(span: Range<Timestamp>) {
        start = span.lowerBound
        let length = span.upperBound.milliseconds - span.lowerBound.milliseconds
        let none = [Int64](repeating: 0, count: Int((length + 59_999) / 60_000) + 1)
        (runs, released, dropped, notReplayable, rejected) = (none, none, none, none, none)
    }

    /// Makes a launch of a minute that goes into `dropped` one that is released.
    mutating func release(_ minute: Int) {
        dropped[minute] -= 1
        dropped[minute + 1] += 1
        released[minute] += 1
        released[minute + 1] -= 1
    }

    /// Turns changes from minute to minute, which all was added as, into numbers of launches.
    mutating func sum() {
        runs = MinuteFires.sums(of: runs)
        released = MinuteFires.sums(of: released)
        dropped = MinuteFires.sums(of: dropped)
        notReplayable = MinuteFires.sums(of: notReplayable)
        rejected = MinuteFires.sums(of: rejected)
    }

    /// How many minutes.
    public var count: Int { runs.count }

    /// Launches in a minute.
    public func total(_ minute: Int) -> Int {
        Int(runs[minute]) + held(minute) + Int(notReplayable[minute]) + Int(rejected[minute])
    }

    /// Launches in a minute that the gate holds.
    public func held(_ minute: Int) -> Int { Int(released[minute]) + Int(dropped[minute]) }
}

/// What launches are in the load.
enum LoadKind {
    case runs
    case released
    case dropped
    case notReplayable
    case rejected

    init(_ treatment: ScheduleForecast.Treatment) {
        self =
            switch treatment {
            case .runs: .runs
            case .held: .released
            case .notReplayable: .notReplayable
            case .rejected: .rejected
            }
    }
}

/// How many schedules of one rhythm go into the load as what.
struct Weights {
    private var runs: Int64 = 0
    private var released: Int64 = 0
    private var dropped: Int64 = 0
    private var notReplayable: Int64 = 0
    private var rejected: Int64 = 0

    mutating func add(_ count: Int64, _ kind: LoadKind) {
        switch kind {
        case .runs: runs += count
        case .released: released += count
        case .dropped: dropped += count
        case .notReplayable: notReplayable += count
        case .rejected: rejected += count
        }
    }

    /// Adds the rhythm to the load, so many times.
    func add(_ fires: MinuteFires, to load: inout LaunchLoad) {
        fires.add(to: &load.runs, times: runs)
        fires.add(to: &load.released, times: released)
        fires.add(to: &load.dropped, times: dropped)
        fires.add(to: &load.notReplayable, times: notReplayable)
        fires.add(to: &load.rejected, times: rejected)
    }
}
