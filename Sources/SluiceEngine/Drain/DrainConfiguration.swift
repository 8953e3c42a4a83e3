public import SluiceCore
public import SluiceModel

/// What the account by which Sluice reads Central may see of its executions.
///
/// Whether Central lists everybody's to everybody is not known (oo-central-api.md section 11), so it is a switch, which
/// the doctor's probe or a person sets.
public enum CentralSight: String, Hashable, Sendable, CaseIterable {
    /// Everything, as somebody has checked.
    case everything
    /// Only its own: a drain never ends then, for what others run is not seen.
    case own
    /// Everything, once the list shows an execution that another account started; until then no drain ends.
    case detect
}

/// How drains are watched.
public struct DrainConfiguration: Hashable, Sendable {
    public var policy: DrainPolicy
    public var sight: CentralSight
    /// The account by which Central is read, as it is configured; nil: not known.
    public var account: String?
    /// Globs over paths and ids of flows whose executions are never waited for (requirement R16).
    public var exempt: [PathGlob]
    /// Executions that began longer ago are not looked for; nil: all are.
    public var oldestDays: Int?
    /// How much later an execution may be listed than it began.
    public var listingLag: Duration
    /// Between two predictions of one drain that are kept for the calibration.
    public var predictionInterval: Duration

    public init(
        policy: DrainPolicy = DrainPolicy(), sight: CentralSight = .detect, account: String? = nil,
        exempt: [PathGlob] = [], oldestDays: Int? = nil, listingLag: Duration = .seconds(60),
        predictionInterval: Duration = .seconds(600)
    ) {
        self.policy = policy
        self.sight = sight
        self.account = account
        self.exempt = exempt
        self.oldestDays = oldestDays
        self.listingLag = listingLag
        self.predictionInterval = predictionInterval
    }

    func isExempt(flow: FlowID?, path: String?) -> Bool {
        exempt.contains { glob in (flow.map { glob.matches($0.text) } ?? false) || (path.map(glob.matches) ?? false) }
    }
}

/// What watching a drain may cost.
public enum DrainWatchLimits {
    /// Between two looks at the gate and at what is due.
    public static let tickInterval: Duration = .seconds(1)
    /// Pages read for what is new since the last look; with more the whole list is read.
    public static let newPageCountMax = 25
    /// Pages of the whole list; with more nothing is called dry.
    public static let sweepPageCountMax = 10_000
    /// How often the whole list is read until two readings agree.
    public static let sweepCountMax = 5
    /// Looks that do not find an execution any more before it counts as gone.
    public static let missCountMax = 3
    /// Of the longest-running, how many are asked for their steps, how many in one look, and how often each.
    public static let steppedCountMax = 100
    public static let stepCallCountMax = 20
    public static let stepInterval: Duration = .seconds(60)
    /// Executions that are asked in one look whether CSA started them, each once.
    public static let originCallCountMax = 500
    /// Holds read at once, and pages of them in one look.
    public static let holdPageSize = 1000
    public static let holdPageCountMax = 20
    /// Executions that are at their gate step whose holds are looked at again in one look.
    public static let holdCheckCountMax = 500
    /// Blockers kept ready for whoever looks.
    public static let blockerCountMax = 100
    /// Notes of ended drains that are read for the calibration; those of drains in which nothing ran say nothing, so
    /// more than `DrainCalibration.outcomeCountMax`.
    public static let endedNoteCountMax = 1000
    /// Who listens to changes, and changes kept for one that is slow.
    public static let listenerCountMax = 100
    public static let changeCountMax = 512
}
