public import SluiceCore
public import SluiceForecast
public import SluiceModel

/// What the engine needs to be told.
public struct EngineConfiguration: Sendable {
    public var gate: GatePolicy
    public var release: ReleasePolicy
    /// The whole gate's mode in a fresh store.
    public var initialMode: GateMode
    /// Whether to close the whole gate at the start, if it is open, before anything is asked.
    public var startsClosed = false
    /// Globs over input names, any case, whose values are secrets.
    public var sensitivePatterns: [String]
    /// Central's page size in scans.
    public var listPageSize: Int
    /// Finds the rules of a time zone by its id; the zones of windows and schedules.
    public var zones: @Sendable (String) -> TimeZoneRules? = { $0 == "UTC" ? .utc : nil }
    /// Version of the zone data that they come from; nil when it is unknown.
    public var zoneData: String?
    /// Of Central's schedules that name no zone.
    public var zone = TimeZoneRules.utc
    /// What becomes of schedules' missed times.
    public var misfires = MisfirePolicies()
    /// What Central itself makes of them.
    public var catchUp = CatchUp.unknown
    /// How long Central's own launch may take to appear after a schedule is enabled.
    public var catchUpWindow: Duration = .seconds(30)
    /// Between two schedules that are enabled again.
    public var thawInterval: Duration = .seconds(1)
    /// How long an outside system may take to carry out a write whose answer was lost.
    public var lateWriteDuration: Duration = .seconds(60)
    /// Whether N occurrences of a schedule are N repeats after its first fire.
    public var occurrencesAreRepeats = false
    /// Where several replicas share the store; nil: this process has it alone.
    public var replicas: ReplicaConfiguration?
    /// In the order in which they are asked.
    public var plugins: [HostedPlugin] = []
    /// How long a launch waits for all of them together.
    public var pluginChainBudget = PluginHostLimits.chainBudget
    /// The systems that a fence of ours stands in front of.
    public var fences: Set<FencedSystem> = []
    /// How long a proxy goes by its last answer while Sluice is silent.
    public var fencesKeptFor: Duration = .zero
    /// How drains are watched.
    public var drain = DrainConfiguration()
    /// Whom holds may name to be called back.
    public var callbacks = CallbackPolicy()

    public init(
        gate: GatePolicy = GatePolicy(), release: ReleasePolicy = ReleasePolicy(), initialMode: GateMode = .open,
        sensitivePatterns: [String] = ["*password*", "*secret*", "*token*"], listPageSize: Int = 200
    ) {
        self.gate = gate
        self.release = release
        self.initialMode = initialMode
        self.sensitivePatterns = sensitivePatterns
        self.listPageSize = listPageSize
    }
}

/// How often the engine looks at things, and how far it goes.
public enum EngineLimits {
    /// How far the clocks of two sites that hand over holds may differ.
    public static let siteClocksDifference: Duration = .seconds(600)
    /// Between two ticks of the release.
    public static let tickInterval: Duration = .milliseconds(250)
    /// Between two checks that the store still writes.
    public static let storeCheckInterval: Duration = .seconds(1)
    /// One look-up of a parent execution in Central (rule 4).
    public static let parentLookupTimeout: Duration = .seconds(2)
    /// How often one instance of CSA is looked up while the gate changes: a close of CSA's sources is three changes.
    public static let continuationTryCountMax = 5
    /// Pages of Central's list read in one scan.
    public static let scanPageCountMax = 500
    /// How much older than the intent an execution may seem, because clocks differ.
    public static let scanClockMargin: Duration = .seconds(3600)
    /// Between two looks whether a seat or the lead is to be renewed.
    public static let seatTickInterval: Duration = .milliseconds(50)
    /// Between two reads of what other replicas committed, while anybody waits for it.
    public static let followInterval: Duration = .milliseconds(250)
    /// Between two looks whether other replicas loaded content packs.
    public static let packRefreshInterval: Duration = .seconds(1)
    /// Events read at once.
    public static let followedEventCountMax = 1000
    /// Between two looks at other replicas' changes of windows.
    public static let windowReloadInterval: Duration = .seconds(5)
    /// Between two looks at how the parts of a maintenance stand.
    public static let maintenanceTickInterval: Duration = .milliseconds(250)
    /// Between two reads of another replica's maintenances.
    public static let maintenanceReloadInterval: Duration = .seconds(1)
    /// From where on a difference between clocks is told.
    public static let clockDifferenceNoted: Duration = .seconds(5)
    /// How far a system's clock may be from ours when a maintenance starts.
    public static let clockDifferenceMax: Duration = .seconds(60)
    /// Between two looks at Central after an upgrade.
    public static let verificationInterval: Duration = .seconds(5)
    /// Pages of holds that are looked at to say whether any older than the opening is left.
    public static let backlogPageCountMax = 100
    /// Between two tries to read the store after a failure.
    public static let storeRetryInterval: Duration = .seconds(1)
    /// How often packs that another replica's gate names are tried to be read before a change of one's own is refused.
    public static let packTryCountMax = 5
    /// How long a replica that took the lead and could not run it waits before it may take it again.
    public static let leadRetryInterval: Duration = .seconds(5)
    /// How long launches on their way may take to end when the process is told to stop.
    public static let stopDuration: Duration = .seconds(7)
    /// Between two looks whether they have.
    public static let stopCheckInterval: Duration = .milliseconds(20)
    /// How often an operator's move is tried anew when others changed the hold meanwhile.
    public static let moveRetryCountMax = 5
    /// Holds that one order over many looks at, at most.
    public static let bulkHoldCountMax = 10_000
    /// Holds of such an order that are being written at once: they share their syncs.
    public static let bulkParallelCountMax = 64
    /// Holds of another site that are written in one commit, at most.
    public static let importBatchCountMax = 200
    /// Holds that its answer names.
    public static let bulkSampleCountMax = 20
    /// Between two looks for holds whose retention is over.
    public static let retentionInterval: Duration = .seconds(3600)
    /// Holds deleted in one commit, so that nobody waits for it.
    public static let forgottenHoldCountMax = 500
    /// Between two prunings of the store.
    public static let pruningInterval: Duration = .seconds(3600)
    /// Records deleted in one transaction, so that nobody waits for it.
    public static let prunedRecordCountMax = 1000
    /// Between two looks for callbacks that are due.
    public static let callbackInterval: Duration = .seconds(1)
    /// Callbacks read at once.
    public static let callbackPageSize = 100
    /// Callbacks on their way at the same time.
    public static let callbackParallelCountMax = 8
    /// Waiting holds that are looked at to say how many a pack would stop.
    public static let impactHoldCountMax = 100_000
    /// Between two looks whether a window is due.
    public static let windowCheckInterval: Duration = .seconds(1)
    /// Between two looks whether the gate can be opened after a window without stranding held launches.
    public static let strandingCheckInterval: Duration = .seconds(15)
    /// Between two looks at what comes within the windows' horizon.
    public static let windowHorizonInterval: Duration = .seconds(3600)
    /// Holds read at once when recovering after a restart.
    public static let recoveryPageSize = 500
    /// How long Central's schedules and executions are taken for what they were, by forecasts.
    public static let forecastCacheDuration: Duration = .seconds(60)
    /// Missed times of one schedule that are recorded for one gap; what is beyond is one record that says so.
    public static let missedTimeCountMax = 100_000
    /// How long an order to freeze or to thaw may wait for its answer.
    public static let freezeAnswerDuration: Duration = .seconds(10)
    /// Changes in one commit of a gap.
    public static let settleBatchCountMax = 500
    /// Journal entries read at once.
    public static let journalEntryCountMax = 50_000
    /// How late Central may start the execution of a schedule's own time.
    public static let fireDelayMax: Duration = .seconds(2)
    /// Held launches with a nominal time that are judged when the gate opens; those beyond it are launched unjudged.
    public static let judgedHoldCountMax = 1_000_000
    /// How often held launches are judged anew because one came back for another that a misfire policy had ended.
    public static let judgePassCountMax = 100
    /// How often what runs and how long it took is read from Central when no forecast asks.
    public static let durationReadInterval: Duration = .seconds(900)
    /// Running executions that are followed by their ids once Central's newest pages no longer show them.
    public static let followedExecutionCountMax = 1000
    /// Pages of Central's list that what else runs is read from, each time.
    public static let loadPageCountMax = 5
    /// Commits of the release that are written as one, at most.
    public static let releaseBatchCountMax = 500
    /// Such commits that are being written at once.
    public static let releaseBatchParallelMax = 2
    /// Holds that are taken back in one commit after a close, at most.
    public static let recalledHoldCountMax = 500
    /// Pages of Central's list that past durations are read from.
    public static let historyPageCountMax = 25
}
