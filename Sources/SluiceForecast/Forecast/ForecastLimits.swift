/// What a forecast may grow to. Reaching one is said in the result; none of them makes it hang.
public enum ForecastLimits {
    /// Longest span or horizon: a leap year, in seconds.
    public static let spanSecondsMax: Int64 = 366 * 86_400
    /// What still counts as now, in seconds: clocks differ, and a question takes its time.
    public static let nowSeconds: Int64 = 60
    /// Launches listed one by one, unless fewer are asked for.
    public static let listedLaunchCountMax = 10_000
    /// Steps of the load that are told: every minute of 31 days.
    static let loadStepCountMax = 44_640
    /// Schedules that are told of one by one.
    public static let listedScheduleCountMax = 10_000
    /// Flows that are named as having no past durations.
    public static let assumedFlowCountMax = 100
    /// Steps in which fire times are gone through, over all schedules, each with its share: seconds of work. A run of
    /// minutes with as many fires each is a step; a day or minute without a pattern costs more.
    public static let walkStepCountMax = 200_000_000
    /// What a fire time that is looked for by itself costs in these steps.
    static let fireStepCount = 20
    /// Launches of the release that are gone through one by one; of more, the time to clear them is a bound.
    public static let releasedLaunchCountMax = 100_000
    /// Steps in which the launches that may run when a drain starts are gone through, each schedule with its share.
    public static let drainStepCountMax = 20_000_000
    /// The same for all drains that a search for quiet windows estimates: seconds of work.
    public static let quietDrainStepCountMax = 400_000_000
    /// What launches of one age cost in these steps: the end of the drain is looked for by halving, and each half asks
    /// for their chance.
    static let drainTermStepCount = 100
    /// Launches of one schedule that may still run and are taken one by one; of more, those of like age are one.
    static let drainLaunchCountMax = 512
    /// Their ages are alike when they differ by less than one such part.
    static let drainAgeStepCount: Int64 = 64
    /// Running executions that are named, the longest first.
    public static let blockerCountMax = 100
    /// How far back a launch is looked for that may still be running: a week, in seconds.
    public static let runningSecondsMax: Int64 = 7 * 86_400
    /// A launch that still runs with less chance than this is not looked for.
    static let runningChanceMin = 0.0002
    /// Longest drain that is told: 30 days, in milliseconds; one that may be longer is open-ended.
    public static let drainMillisecondsMax: Int64 = 30 * 86_400_000
    /// Past durations kept of a flow, the newest.
    public static let durationCountMax = 200
    /// Flows whose past durations are kept.
    public static let historyFlowCountMax = 20_000
    /// Quiet windows given.
    public static let quietWindowCountMax = 50
    /// Starts that are tried within a horizon.
    public static let quietStartCountMax = 60_000
    /// Blackouts that a search heeds; that there are more is said.
    public static let blackoutCountMax = 20_000
    /// Blackouts that are told of one by one, the earliest.
    public static let toldBlackoutCountMax = 100
    /// Drains that are estimated to choose one of many windows that hold as much.
    static let quietDrainCountMax = 12
}
