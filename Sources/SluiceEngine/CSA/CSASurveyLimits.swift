/// What reading CSA for a maintenance may cost.
public enum CSASurveyLimits {
    /// Calls at a time: as many as the client has turns for.
    public static let parallelCountMax = 4
    /// Persons of all organizations together.
    public static let personCountMax = 200_000
    /// Subscriptions whose dates are kept at once.
    public static let subscriptionCountMax = 500_000
    /// How often the persons are read once more, until nobody appeared meanwhile.
    public static let personSweepCountMax = 5
    /// Persons and instances that cannot be read and are named one by one; with more, the whole cannot be read.
    public static let troubleCountMax = 100
    /// After CSA refused the account, nothing is asked for so long: accounts lock out.
    public static let refusalPause: Duration = .seconds(60)
    /// How long a decision waits for whether an instance runs, and how many may wait at once.
    public static let lookupTimeout: Duration = .seconds(2)
    public static let lookupCountMax = 64

    /// Process instances that are followed by id, and holds of CSA.
    public static let processCountMax = 5000
    /// Failed and reserved instances that are shown although nobody waits for them.
    public static let restingCountMax = 10_000
    /// Looks that do not find an instance any more before it counts as gone.
    public static let missCountMax = 3
    /// An instance that came to rest is followed so long: it may be between two transitions, which no counter shows.
    /// A sweep finds it afterwards.
    public static let restFollowDuration: Duration = .seconds(900)
    /// How long after its execution ended a process instance may take to hear of it.
    public static let callbackGrace: Duration = .seconds(60)
    /// Pages of holds in one look, and in one that reads them all.
    public static let holdPageCountMax = 20
    public static let holdSweepPageCountMax = 1000

    /// Between two readings of CSA's internal clocks.
    public static let clockInterval: Duration = .seconds(300)
    /// A clock that fired so long ago still blocks: what it began may not show yet, and when CSA acts on a date is not
    /// known.
    public static let firedGrace: Duration = .seconds(600)
    /// A clock that fires so soon blocks although the maintenance should be over by then: it is not, and CSA is not
    /// stopped yet.
    public static let clockOutlook: Duration = .seconds(1800)
    /// Clocks named before a maintenance starts; the rest is counted.
    public static let preflightClockCountMax = 20
    /// How long a preflight waits for them.
    public static let preflightTimeout: Duration = .seconds(60)
}
