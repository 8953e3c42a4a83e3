public import SluiceModel

/// What schedules will launch in a span, what a window in it will hold, and what that means for drain and release.
///
/// Exact counts for any number of launches; the list of single launches is limited and says so. The same schedules and
/// query always give the same forecast.
public struct Forecast: Sendable {
    /// What is asked.
    public struct Query: Sendable {
        /// What is looked at; at most `ForecastLimits.spanSecondsMax` long.
        public var span: Range<Timestamp>
        /// When the gate is closed; within the span.
        public var window: Range<Timestamp>
        /// Which launches are listed one by one.
        public var listed: Range<Timestamp>
        public var listedLaunchCountMax = ForecastLimits.listedLaunchCountMax
        /// The release's rate and ceiling (product.md, "Release").
        public var ratePerMinute: Int
        public var ceiling: Int
        /// What runs now, where that is known; launches before `now` are then no longer guessed.
        public var running: [RunningExecution]?
        public var now: Timestamp

        /// The release's rate and ceiling where nobody says others: those of the configuration's defaults.
        public static let ratePerMinute = 600
        public static let ceiling = 50

        /// A window with nothing around it.
        public init(
            window: Range<Timestamp>, now: Timestamp, ratePerMinute: Int = ratePerMinute, ceiling: Int = ceiling
        ) {
            span = window
            self.window = window
            listed = window
            self.ratePerMinute = ratePerMinute
            self.ceiling = ceiling
            self.now = now
        }

        /// A window with what is around it, for a picture: a quarter of its length on either side, 10 minutes to a day.
        public static func span(around window: Range<Timestamp>) -> Range<Timestamp> {
            let length = window.upperBound.milliseconds - window.lowerBound.milliseconds
            let margin = Duration.milliseconds(min(max(length / 4, 600_000), 86_400_000))
            return window.lowerBound.advanced(by: .zero - margin)..<window.upperBound.advanced(by: margin)
        }
    }

    public let query: Query
    /// Every schedule that was given, in its order.
    public private(set) var schedules: [ScheduleForecast]
    /// Over the span.
    public private(set) var counts = LaunchCounts()
    /// Within the window.
    public private(set) var countsInWindow = LaunchCounts()
    public private(set) var load: LaunchLoad
    /// In order of time; where several fall together, in the order of the schedules.
    public internal(set) var launches: [PlannedLaunch] = []
    /// Up to when every launch is in the list.
    public internal(set) var listedUntil: Timestamp
    /// Up to when every launch is counted; nil: all are. Beyond it the counts are too low.
    public private(set) var walkedUntil: Timestamp?
    /// Whether some schedules have more times than were gone through (`ScheduleForecast.isCut`).
    public var isCut: Bool { walkedUntil != nil }
    /// The drain that starts with the window.
    public let drain: DrainEstimate
    /// Launches of the release of whose flows no past durations are known.
    public private(set) var releaseAssumedCount = 0
    /// The release that follows the window.
    public private(set) var backlog: Backlog

    public init(
        _ planned: [PlannedSchedule], query: Query, outlook: GateOutlook, history: inout DurationHistory
    ) {
        self.init(
            planned, query: query, outlook: outlook, history: &history, stepCountMax: ForecastLimits.walkStepCountMax)
    }

    init(
        _ planned: [PlannedSchedule], query: Query, outlook: GateOutlook, history: inout DurationHistory,
        stepCountMax: Int
    ) {
        self.query = query
        schedules = planned.map {
            ScheduleForecast(schedule: $0, decision: outlook.inWindow($0), asking: outlook.asking($0))
        }
        load = LaunchLoad(span: query.span)
        listedUntil = query.listed.upperBound
        backlog = Backlog(count: 0)
        var walk = FireWalk(planned, span: query.span, stepCountMax: stepCountMax)
        var steps = StepBudget(ForecastLimits.drainStepCountMax)
        drain = DrainArrivals(walk.groups, planned, outlook, &history)
            .drain(at: query.window.lowerBound, running: query.running, now: query.now, &history, steps: &steps)
        let outside = planned.map { ScheduleForecast.treatment(of: $0, outlook.outside($0)) }
        for (index, group) in walk.groups.enumerated() {
            walk.begin(index)
            count(group, outside, &walk)
        }
        load.sum()
        for schedule in schedules {
            counts += schedule.counts
            countsInWindow += schedule.countsInWindow
        }
        list(walk.groups, outside)
        backlog = release(walk.groups, &history)
        for schedule in schedules where schedule.countsInWindow.released > 0 {
            guard history.estimate(schedule.schedule.flow).isAssumed else { continue }
            releaseAssumedCount += schedule.countsInWindow.released
        }
    }

    /// Schedules that would miss a time of the window though that is unsafe.
    public var unsafeCount: Int {
        schedules.count { schedule in
            schedule.schedule.isUnsafeToMiss && schedule.countsInWindow.total > schedule.countsInWindow.runs
        }
    }

    // MARK: Counting

    /// Counts the launches of schedules that fire at the same times.
    private mutating func count(
        _ group: FireWalk.Group, _ outside: [ScheduleForecast.Treatment], _ walk: inout FireWalk
    ) {
        let (span, window) = (query.span, query.window)
        var fires = MinuteFires()
        // The window first: what is asked for.
        walk.fill(&fires, of: group.trigger, in: window)
        if !fires.runs.isEmpty || fires.isCut { count(fires, in: group, &walk) }
        for part in [span.lowerBound..<window.lowerBound, window.upperBound..<span.upperBound] where !part.isEmpty {
            walk.fill(&fires, of: group.trigger, in: part)
            add(fires, outside: outside, group.members)
        }
    }

    /// Counts the launches within the window.
    private mutating func count(_ fires: MinuteFires, in group: FireWalk.Group, _ walk: inout FireWalk) {
        cut(at: fires.cutAt)
        let first = group.trigger.first(from: query.window.lowerBound)
        let last = group.trigger.previous(before: query.window.upperBound)
        var weights = Weights()
        var byAge: [(seconds: Int64, member: Int)] = []
        for member in group.members {
            schedules[member].first = first
            schedules[member].last = last
            schedules[member].isCut = schedules[member].isCut || fires.isCut
            if case .notOlderThan(let seconds) = schedules[member].schedule.policy,
                ScheduleForecast.treatment(of: schedules[member].schedule, schedules[member].decision) == .held
            {
                byAge.append((seconds, member))
            } else {
                weights.add(1, countInWindow(fires, member, last: fires.isCut ? nil : last.map { walk.minute(of: $0) }))
            }
        }
        weights.add(fires, to: &load)
        byAge.sort { ($0.seconds, $0.member) < ($1.seconds, $1.member) }
        var index = 0
        while index < byAge.count {
            let seconds = byAge[index].seconds
            let members = byAge[index...].prefix { $0.seconds == seconds }.map(\.member)
            addByAge(fires, members, group.trigger, seconds: seconds, &walk)
            index += members.count
        }
    }

    private mutating func cut(at time: Timestamp?) {
        guard let time else { return }
        walkedUntil = min(walkedUntil ?? time, time)
    }

    private mutating func add(_ fires: MinuteFires, outside: [ScheduleForecast.Treatment], _ members: [Int]) {
        cut(at: fires.cutAt)
        var weights = Weights()
        let total = fires.total
        for member in members {
            schedules[member].isCut = schedules[member].isCut || fires.isCut
            weights.add(1, LoadKind(outside[member]))
            switch outside[member] {
            case .runs: schedules[member].counts.runs += total
            // When that ends is not known: each is kept, so each may be launched.
            case .held: schedules[member].counts.released += total
            case .notReplayable: schedules[member].counts.notReplayable += total
            case .rejected: schedules[member].counts.rejected += total
            }
        }
        weights.add(fires, to: &load)
    }

    /// Counts the launches of one schedule within the window; says as what they go into the load.
    private mutating func countInWindow(_ fires: MinuteFires, _ member: Int, last: Int32?) -> LoadKind {
        let schedule = schedules[member]
        var counts = LaunchCounts()
        let total = fires.total
        let kind: LoadKind
        switch ScheduleForecast.treatment(of: schedule.schedule, schedule.decision) {
        case .runs:
            counts.runs = total
            kind = .runs
        case .notReplayable:
            counts.notReplayable = total
            kind = .notReplayable
        case .rejected:
            counts.rejected = total
            kind = .rejected
        case .held where schedule.schedule.policy == .all:
            counts.released = total
            kind = .released
        case .held where schedule.schedule.policy == .skip:
            counts.dropped = total
            kind = .dropped
        case .held:
            counts.released = min(1, total)
            counts.dropped = total - counts.released
            kind = .dropped
            if let last, total > 0 { load.release(Int(last)) }
        }
        schedules[member].countsInWindow += counts
        schedules[member].counts += counts
        return kind
    }

    /// What is too old when the window ends, and what is not, of schedules that allow the same age.
    private mutating func addByAge(
        _ fires: MinuteFires, _ members: [Int], _ trigger: Trigger, seconds: Int64, _ walk: inout FireWalk
    ) {
        let window = query.window
        // Each age takes a walk through what was found.
        guard walk.spend(fires.runs.count) else {
            cut(at: window.lowerBound)
            for member in members { schedules[member].isCut = true }
            return
        }
        let allowed = MisfireAge.oldest(seconds: seconds, at: window.upperBound)
        let oldest = min(max(allowed, window.lowerBound), window.upperBound)
        let minute = walk.minute(of: oldest)
        let minuteStart = walk.span.lowerBound.advanced(by: .seconds(Int64(minute) * 60))
        let begin = max(minuteStart, window.lowerBound)
        let count = begin < oldest ? trigger.count(in: begin..<oldest) : 0
        let (old, young) = fires.split(at: minute, before: Int32(clamping: count))
        var counts = LaunchCounts()
        counts.dropped = old.total
        counts.released = young.total
        var (oldWeights, youngWeights) = (Weights(), Weights())
        oldWeights.add(Int64(members.count), .dropped)
        youngWeights.add(Int64(members.count), .released)
        oldWeights.add(old, to: &load)
        youngWeights.add(young, to: &load)
        for member in members {
            schedules[member].countsInWindow += counts
            schedules[member].counts += counts
        }
    }
}
