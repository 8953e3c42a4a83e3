import SluiceModel

/// The drains that tell starts apart that are as quiet as each other: bounded work over all of them.
struct QuietDrains {
    private let arrivals: DrainArrivals
    private let starts: QuietStarts
    private let query: QuietSearch.Query
    /// How many may still be asked for: each has its share of the steps.
    private var drainsLeft: Int
    private var stepsLeft: Int
    private var drainEnds: [Int: Int64?] = [:]
    /// Whether some count only a part of what may run.
    private(set) var isCut = false
    /// Steps that were taken.
    private(set) var stepCount = 0

    /// - Parameters:
    ///   - drainCountMax: Most that are asked for.
    ///   - stepCountMax: Steps for all of them.
    init(
        _ arrivals: DrainArrivals, _ starts: QuietStarts, _ query: QuietSearch.Query, drainCountMax: Int,
        stepCountMax: Int
    ) {
        self.arrivals = arrivals
        self.starts = starts
        self.query = query
        drainsLeft = drainCountMax
        stepsLeft = stepCountMax
    }

    /// How many minutes the drain of a start takes (p90), rounded up: seconds are no reason to prefer a later window.
    /// Nil when it cannot be said.
    mutating func minutes(_ start: Int, _ history: inout DurationHistory) -> Int64? {
        if let minutes = drainEnds[start] { return minutes }
        let minutes = drain(start, &history).minutes(withChance: 0.9)
        drainEnds[start] = .some(minutes)
        return minutes
    }

    mutating func drain(_ start: Int, _ history: inout DurationHistory) -> DrainEstimate {
        let share = min(ForecastLimits.drainStepCountMax, stepsLeft / max(1, drainsLeft))
        var steps = StepBudget(share)
        let drain = arrivals.drain(
            at: starts.range(start).lowerBound, running: query.running, now: query.now, &history, steps: &steps)
        drainsLeft -= 1
        stepsLeft -= share - steps.left
        stepCount += share - steps.left
        isCut = isCut || drain.isCut
        return drain
    }
}
