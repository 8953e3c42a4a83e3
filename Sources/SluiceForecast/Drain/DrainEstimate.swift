public import SluiceModel

/// An execution that runs now, as Central says.
public struct RunningExecution: Hashable, Sendable {
    public var id: ExecutionID
    public var flow: FlowID?
    public var startedAt: Timestamp

    public init(id: ExecutionID, flow: FlowID?, startedAt: Timestamp) {
        self.id = id
        self.flow = flow
        self.startedAt = startedAt
    }
}

/// When a drain ends: everything that may run at its start, each with the chance that it still does.
///
/// No simulation: executions end independently, so the chance that all have ended by a time is the product of their
/// chances, and a quantile is where that product reaches it. An execution that is known to run counts with the chance
/// that it goes on, given how long it has (requirement R14).
public struct DrainEstimate: Sendable {
    /// Executions alike: so many, of one duration, so old at the start of the drain.
    struct Term: Sendable {
        var estimate: DurationEstimate
        /// How long each has been running when the drain starts, in milliseconds.
        var age: Double
        /// The chance to have run as long as each is known to have.
        var knownChance: Double
        var count: Int

        /// - Parameter knownAge: How long each is known to have been running, in milliseconds.
        init(estimate: DurationEstimate, age: Double, knownAge: Double, count: Int) {
            self.estimate = estimate
            self.age = age
            knownChance = estimate.chance(longerThan: knownAge)
            self.count = count
        }

        /// The chance that one still runs a time after the start.
        func chance(after milliseconds: Double) -> Double {
            min(1, estimate.chance(longerThan: age + milliseconds) / knownChance)
        }
    }

    /// When the drain starts.
    public let start: Timestamp
    /// How many are expected to run then: a sum of chances, so not a whole number.
    public let expectedRunningCount: Double
    /// Whether more might be running than were considered (`ForecastLimits`).
    public let isCut: Bool
    /// Flows among them without past durations, in the order of their ids; for them a duration was assumed.
    public let assumedFlows: [FlowID]
    /// How many of them have no known flow or past durations.
    public let assumedCount: Double
    /// What runs now, the longest first, where that is known.
    public let blockers: [Blocker]
    private let terms: [Term]

    init(start: Timestamp, terms: [Term], isCut: Bool, assumedFlows: [FlowID], blockers: [Blocker]) {
        self.blockers = blockers
        self.start = start
        self.terms = terms
        self.isCut = isCut
        var flows: [FlowID] = []
        for flow in assumedFlows.sorted() where flow != flows.last { flows.append(flow) }
        self.assumedFlows = flows
        var (expected, assumed) = (0.0, 0.0)
        for term in terms {
            let chance = term.chance(after: 0) * Double(term.count)
            expected += chance
            if term.estimate.isAssumed { assumed += chance }
        }
        expectedRunningCount = expected
        assumedCount = assumed
    }

    /// Of what runs now, if the drain starts now. What is not in the list has ended and does not count.
    public init(of running: [RunningExecution], at now: Timestamp, history: inout DurationHistory) {
        self.init(
            start: now, terms: running.map { Self.term($0, now: now, start: now, &history) }, isCut: false,
            assumedFlows: running.compactMap(\.flow).filter { history.estimate($0).isAssumed },
            blockers: Blocker.longest(of: running, at: now, &history))
    }

    static func term(
        _ running: RunningExecution, now: Timestamp, start: Timestamp, _ history: inout DurationHistory
    ) -> Term {
        Term(
            estimate: history.estimate(running.flow),
            age: Double(max(0, start.since(running.startedAt).wholeMilliseconds)),
            knownAge: Double(max(0, now.since(running.startedAt).wholeMilliseconds)), count: 1)
    }

    /// The chance that everything has ended by a time after the start.
    public func chance(endedAfter milliseconds: Double) -> Double {
        var product = 1.0
        for term in terms {
            let ended = 1 - term.chance(after: milliseconds)
            product *= Self.power(ended, term.count)
            if product == 0 { break }
        }
        return product
    }

    /// When everything has ended with a chance: 0.5 gives the p50, 0.9 the p90. The start itself when nothing runs;
    /// nil when it may take longer than `ForecastLimits.drainMillisecondsMax`.
    public func end(withChance chance: Double) -> Timestamp? {
        guard !hasEnded(withChance: chance, after: 0) else { return start }
        var (low, high) = (0.0, Double(ForecastLimits.drainMillisecondsMax))
        guard hasEnded(withChance: chance, after: high) else { return nil }
        // To a tenth of a second, then rounded up to a whole one.
        while high - low > 100 {
            let middle = (low + high) / 2
            if hasEnded(withChance: chance, after: middle) { high = middle } else { low = middle }
        }
        return start.advanced(by: .seconds(Int64((high / 1000).rounded(.up))))
    }

    /// Whether `chance(endedAfter:)` reaches a chance. It only falls from one to the next, so most are not asked for.
    private func hasEnded(withChance chance: Double, after milliseconds: Double) -> Bool {
        var product = 1.0
        for term in terms {
            product *= Self.power(1 - term.chance(after: milliseconds), term.count)
            if product < chance { return false }
        }
        return product >= chance
    }

    /// How many minutes it takes until then, rounded up; nil when that cannot be said.
    func minutes(withChance chance: Double) -> Int64? {
        end(withChance: chance).map { ($0.since(start).wholeMilliseconds + 59_999) / 60_000 }
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, square, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
