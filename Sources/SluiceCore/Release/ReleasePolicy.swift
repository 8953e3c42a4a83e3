public import SluiceModel

/// What the configuration lets an operator choose about the release.
public struct ReleasePolicy: Hashable, Sendable {
    /// What holds until an operator sets something else.
    public var settings: ReleaseSettings
    /// Attempts of one hold before it awaits the operator.
    public var attemptsMax: Int
    /// Wait after the first failure; doubles with each.
    public var backoff: Duration
    public var backoffMax: Duration
    /// How often running executions are looked at.
    public var pollInterval: Duration
    /// How long Central may take to list an execution it has started.
    public var listingLag: Duration
    /// When an ungated launch that cannot be found may be launched again; nil: never without the operator.
    public var relaunchAfter: Duration?
    /// How long a caller has to start what it was let through.
    public var startWindow: Duration
    public var attemptLifetime: Duration

    public init(
        ratePerMinute: Int = 600, ceiling: Int = 50, settings: ReleaseSettings? = nil, attemptsMax: Int = 8,
        backoff: Duration = .seconds(2),
        backoffMax: Duration = .seconds(300), pollInterval: Duration = .seconds(5),
        listingLag: Duration = .seconds(60), relaunchAfter: Duration? = nil, startWindow: Duration = .seconds(60),
        attemptLifetime: Duration = .seconds(86_400)
    ) {
        self.settings = settings ?? ReleaseSettings(ratePerMinute: ratePerMinute, ceiling: ceiling)
        self.attemptsMax = max(1, attemptsMax)
        self.backoff = backoff
        self.backoffMax = backoffMax
        self.pollInterval = pollInterval
        self.listingLag = listingLag
        self.relaunchAfter = relaunchAfter
        self.startWindow = startWindow
        self.attemptLifetime = attemptLifetime
    }

    /// Launches a minute, at most.
    public var ratePerMinute: Int {
        get { settings.ratePerMinute }
        set { settings.ratePerMinute = newValue }
    }

    /// Executions that run at once, at most.
    public var ceiling: Int {
        get { settings.ceiling }
        set { settings.ceiling = newValue }
    }

    /// The wait after a number of failures in a row (from 1), before jitter.
    public func backoff(afterFailures count: Int) -> Duration {
        var wait = backoff
        for _ in 1..<max(2, min(count, 32)) where count > 1 && wait < backoffMax { wait = wait * 2 }
        return min(wait, backoffMax)
    }
}

/// What the release may grow to.
public enum ReleaseLimits {
    /// Lanes read at once; beyond that many tenants they are read in parts.
    public static let laneCountMax = 10_000
    /// Flows whose launches are judged by their own past.
    public static let judgedFlowCountMax = 1000
    /// Executions of others that are counted against the ceiling; with more of them it is full in any case.
    public static let loadCountMax = 20_000
    /// Holds looked at in one step.
    public static let candidateCountMax = 200
    /// Executions asked about in one step.
    public static let observedCountMax = 50
    /// Holds expired in one step.
    public static let expiredCountMax = 200
    /// Definite refusals by Central (unknown flow, bad input) before a hold awaits the operator.
    public static let refusalCountMax = 3
    /// Polls in a row that do not know a running execution before it counts as gone.
    public static let missCountMax = 3
    /// How long a doubt may last, beyond `listingLag` or `relaunchAfter`, while Central cannot be scanned before it
    /// awaits the operator.
    public static let doubtDurationMax: Duration = .seconds(900)
    /// Between two looks for holds whose time has come.
    public static let sweepInterval: Duration = .seconds(1)
    /// Between two looks for launches under way of which nothing was heard: the news of a commit may be lost.
    public static let underWayInterval: Duration = .seconds(30)
    /// Holds under way that are read in one step.
    public static let underWayCountMax = 500
    /// Rest after a walk through many holds of which none could start.
    public static let sweepIntervalClosed: Duration = .seconds(10)
    /// How long a caller that reports its ends may take to do so; then its launch has ended, and nobody knows how.
    public static let endReportDurationMax: Duration = .seconds(86_400)
    /// Wait between scans for one doubt.
    public static let scanInterval: Duration = .seconds(5)
}
