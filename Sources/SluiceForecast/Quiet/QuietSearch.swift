public import SluiceModel

/// The best windows of a length within a horizon.
///
/// Ranked by, in this order: how many schedules would miss a time that their owner calls unsafe to miss, how many
/// launches would be held or left to Central's catch-up, how long the drain is expected to take (p90), and which comes
/// first. Those given do not overlap. Of many starts that hold as much, the drain is estimated for some that are spread
/// evenly over them (`ForecastLimits.quietDrainCountMax`).
public struct QuietSearch: Sendable {
    /// What is asked.
    public struct Query: Sendable {
        /// Where a window may lie; at most `ForecastLimits.spanSecondsMax` long.
        public var horizon: Range<Timestamp>
        /// In milliseconds, above 0; counted in whole minutes, rounded up.
        public var lengthMilliseconds: Int64
        /// Windows start at multiples of so many minutes past the hour.
        public var stepMinutes: Int64 = 15
        /// The zone of working hours and weekdays.
        public var zone: TimeZoneRules
        /// No window may touch these.
        public var workingHours: [WorkingHours] = []
        /// Days on which a window may lie, whole; nil: any.
        public var weekdays: Set<Weekday>?
        /// No window may touch these either.
        public var blackouts: [Blackout] = []
        /// How many windows are given; 1 to `ForecastLimits.quietWindowCountMax`.
        public var countMax = 5
        public var running: [RunningExecution]?
        public var now: Timestamp

        public init(
            horizon: Range<Timestamp>, lengthMilliseconds: Int64, zone: TimeZoneRules = .utc, now: Timestamp
        ) {
            self.horizon = horizon
            self.lengthMilliseconds = lengthMilliseconds
            self.zone = zone
            self.now = now
        }
    }

    /// One window, with what ranked it.
    public struct Window: Sendable {
        public var span: Range<Timestamp>
        /// Launches that the gate would hold, and those it cannot keep.
        public var heldCount: Int
        public var notReplayableCount: Int
        /// Schedules that would miss a time though that is unsafe.
        public var unsafeCount: Int
        /// Names of the first few of them.
        public var unsafeNames: [String]
        /// The drain that would start it.
        public var drain: DrainEstimate
        /// How many minutes that takes (p90), rounded up; nil when it cannot be said.
        public var drainMinutes: Int64?

        /// The lower, the better; of equals the earlier is.
        fileprivate var cost: (Int, Int, Int64, Timestamp) {
            (unsafeCount, heldCount + notReplayableCount, drainMinutes ?? .max, span.lowerBound)
        }
    }

    /// A blackout with what it did.
    public struct HeededBlackout: Hashable, Sendable {
        public var blackout: Blackout
        /// Starts that other constraints allow, and whose window would touch it.
        public var startCount: Int
    }

    public let query: Query
    /// The best first.
    public private(set) var windows: [Window] = []
    /// Starts that the constraints allow.
    public private(set) var allowedCount = 0
    /// Starts that were looked at.
    public private(set) var startCount = 0
    /// Starts that only blackouts leave out: every other constraint allows them.
    public private(set) var blackoutStartCount = 0
    /// Blackouts that reach into a window that was tried, in order of time.
    public private(set) var blackouts: [HeededBlackout] = []
    /// Launches that would be held, or cannot be kept, in the mean window of those allowed.
    public private(set) var meanHeldCount = 0.0
    /// For each start tried: what its window would hold, and cannot keep.
    public private(set) var heldCounts: [Int] = []
    /// For each start tried: whether the constraints allow it.
    public private(set) var isAllowed: [Bool] = []
    /// Up to when every launch is counted; nil: all are. No window that ends later is allowed.
    public private(set) var walkedUntil: Timestamp?
    /// Whether some schedules have more times than were gone through.
    public var isCut: Bool { walkedUntil != nil }

    /// Whether some drains count only a part of the launches that may run (`ForecastLimits.quietDrainStepCountMax`).
    public private(set) var drainsAreCut = false
    /// Steps that the drains took.
    private(set) var drainStepCount = 0

    /// Who asks the gate, of each schedule that is enabled.
    let askings: [Asking]
    /// Whether any schedule is known; without one no window is called quiet.
    let knowsSchedules: Bool

    static let unsafeNameCountMax = 5

    public init(
        _ schedules: [PlannedSchedule], query: Query, outlook: GateOutlook, history: inout DurationHistory
    ) {
        self.init(
            schedules, query: query, outlook: outlook, history: &history, stepCountMax: ForecastLimits.walkStepCountMax)
    }

    init(
        _ schedules: [PlannedSchedule], query: Query, outlook: GateOutlook, history: inout DurationHistory,
        stepCountMax: Int, drainStepCountMax: Int = ForecastLimits.quietDrainStepCountMax
    ) {
        self.query = query
        askings = schedules.filter(\.isEnabled).map { outlook.asking($0) }
        knowsSchedules = !schedules.isEmpty
        let starts = QuietStarts(query)
        startCount = starts.count
        guard starts.count > 0 else { return }
        var walk = FireWalk(schedules, span: starts.span, stepCountMax: stepCountMax)
        var load = QuietLoad(starts)
        for (index, group) in walk.groups.enumerated() {
            walk.begin(index)
            load.add(group, schedules, outlook, &walk)
        }
        let walkedUntil = load.walkedUntil
        self.walkedUntil = walkedUntil
        load.sum()
        let (timely, blackoutStartCount) = starts.allowed(query)
        let allowed = timely.filter { start in walkedUntil.map { starts.range(start).upperBound <= $0 } ?? true }
        self.blackoutStartCount = blackoutStartCount
        blackouts = starts.heeded(query)
        allowedCount = allowed.count
        heldCounts = (0..<starts.count).map { load.held($0) + load.notReplayable($0) }
        isAllowed = [Bool](repeating: false, count: starts.count)
        for start in allowed { isAllowed[start] = true }
        meanHeldCount = allowed.isEmpty ? 0 : Double(allowed.reduce(0) { $0 + heldCounts[$1] }) / Double(allowed.count)
        guard !schedules.isEmpty else { return }
        let countMax = min(query.countMax, ForecastLimits.quietWindowCountMax)
        var drains = QuietDrains(
            DrainArrivals(walk.groups, schedules, outlook, &history), starts, query,
            drainCountMax: countMax * (ForecastLimits.quietDrainCountMax + 1), stepCountMax: drainStepCountMax)
        choose(allowed, starts, load, &drains, countMax, &history)
        for index in windows.indices {
            windows[index].unsafeNames = unsafeNames(windows[index].span, schedules, outlook)
        }
        drainsAreCut = drains.isCut
        drainStepCount = drains.stepCount
    }

    /// Takes the best, one after the other, leaving out what overlaps one that is taken.
    private mutating func choose(
        _ allowed: [Int], _ starts: QuietStarts, _ load: QuietLoad, _ drains: inout QuietDrains, _ countMax: Int,
        _ history: inout DurationHistory
    ) {
        func cost(_ start: Int) -> (Int, Int) { (load.unsafe(start), load.held(start) + load.notReplayable(start)) }
        let ranked = allowed.sorted { left, right in
            let (mine, theirs) = (cost(left), cost(right))
            return (mine.0, mine.1, left) < (theirs.0, theirs.1, right)
        }
        var position = 0
        while position < ranked.count, windows.count < countMax {
            // As quiet as each other: the drain tells them apart.
            let best = cost(ranked[position])
            var end = position + 1
            while end < ranked.count, cost(ranked[end]) == best { end += 1 }
            var equals = ranked[position..<end].filter { isFree(starts.range($0)) }
            position = end
            while !equals.isEmpty, windows.count < countMax {
                var chosen: (start: Int, minutes: Int64?)?
                for start in Self.spread(equals) {
                    let minutes = drains.minutes(start, &history)
                    if let chosen, chosen.minutes ?? .max <= minutes ?? .max { continue }
                    chosen = (start, minutes)
                }
                guard let chosen else { break }
                let span = starts.range(chosen.start)
                windows.append(
                    Window(
                        span: span, heldCount: load.held(chosen.start),
                        notReplayableCount: load.notReplayable(chosen.start), unsafeCount: load.unsafe(chosen.start),
                        unsafeNames: [], drain: drains.drain(chosen.start, &history), drainMinutes: chosen.minutes))
                equals.removeAll { starts.range($0).overlaps(span) }
            }
        }
        windows.sort { $0.cost < $1.cost }
    }

    /// The starts that drains are estimated for: a few first ones, and others evenly apart.
    private static func spread(_ starts: [Int]) -> [Int] {
        let (count, head) = (ForecastLimits.quietDrainCountMax, ForecastLimits.quietDrainCountMax / 3)
        guard starts.count > count else { return starts }
        let rest = starts.dropFirst(head)
        return starts.prefix(head) + (0..<count - head).map { rest[head + $0 * rest.count / (count - head)] }
    }

    /// When the window of a start begins.
    public func begin(ofStart start: Int) -> Timestamp { QuietStarts(query).range(start).lowerBound }

    private func isFree(_ range: Range<Timestamp>) -> Bool { !windows.contains { $0.span.overlaps(range) } }

    private func unsafeNames(
        _ span: Range<Timestamp>, _ schedules: [PlannedSchedule], _ outlook: GateOutlook
    ) -> [String] {
        var names: [String] = []
        for schedule in schedules where schedule.isUnsafeToMiss && schedule.isEnabled {
            guard !outlook.inWindow(schedule).isProceed, !schedule.trigger.fires(in: span, limit: 1).times.isEmpty
            else {
                continue
            }
            names.append(schedule.name)
            if names.count == Self.unsafeNameCountMax { break }
        }
        return names
    }
}
