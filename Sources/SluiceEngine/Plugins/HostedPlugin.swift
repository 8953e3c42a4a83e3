public import SluiceModel
public import SluicePluginKit

/// One plugin as the configuration has it.
public struct HostedPlugin: Sendable {
    /// Unique; stands in `why`, metrics and the log.
    public var name: String
    public var kind: String
    public var version: String
    /// What it does, in one sentence.
    public var summary: String
    public var interceptor: (any LaunchInterceptor)?
    public var source: (any SluicePluginKit.LaunchSource)?
    /// Which launches the interceptor is asked about: one match is enough, and none at all means every launch.
    public var matches: [LaunchMatch] = []
    /// What becomes of a launch when it fails.
    public var onFault = PluginFaultPolicy.skip
    /// How long a launch waits for it.
    public var budget: Duration = .milliseconds(50)
    /// Questions that it works on at once; those that it let hang count until they end.
    public var concurrencyMax = PluginHostLimits.concurrencyMax

    public init(
        name: String, kind: String = "", version: String = "", summary: String = "",
        interceptor: (any LaunchInterceptor)? = nil, source: (any SluicePluginKit.LaunchSource)? = nil
    ) {
        self.name = name
        self.kind = kind
        self.version = version
        self.summary = summary
        self.interceptor = interceptor
        self.source = source
    }

    func isAskedAbout(_ request: LaunchRequest, by principal: Principal) -> Bool {
        matches.isEmpty || matches.contains { $0.matches(request, by: principal) }
    }
}

/// How plugins are run, and what of: numbers that no plugin can move.
public enum PluginHostLimits {
    /// The default of `HostedPlugin.concurrencyMax`.
    public static let concurrencyMax = 16
    /// Threads of one plugin: a plugin that blocks them all blocks itself alone.
    public static let threadCountMax = 4
    /// Questions waiting for a place with one plugin; one more is a fault at once.
    public static let waitingCountMax = 10_000
    /// How long an idle thread of a plugin waits for work.
    public static let threadIdleDuration: Duration = .seconds(10)
    /// How long a launch waits for all plugins together, unless configured.
    public static let chainBudget: Duration = .seconds(1)
    /// Questions that one source may have open.
    public static let sourceAskCountMax = 64
    /// The first pause before a source that ended is started again; each further one is twice as long.
    public static let sourcePause: Duration = .seconds(1)
    /// The longest; a source that ran this long begins with the first again.
    public static let sourcePauseMax: Duration = .seconds(300)
    /// How long a source may take to return when it is stopped; the same for a plugin's `stop`.
    public static let stopDuration: Duration = .seconds(2)
}

/// How a plugin is doing.
public struct PluginState: Hashable, Sendable {
    public var name: String
    public var kind: String
    public var version: String
    public var summary: String
    public var isInterceptor: Bool
    public var isSource: Bool
    public var onFault: PluginFaultPolicy
    public var budget: Duration
    /// Questions that it answered in time and sensibly.
    public var answerCount: Int
    public var faultCount: Int
    /// Questions that it was given up on and that still run.
    public var hangingCount: Int
    /// Questions that wait for a place with it.
    public var waitingCount = 0
    /// It keeps failing and is not asked; nil: it is.
    public var restsFor: Duration?
    /// The last fault, in one line.
    public var lastFault: String?
}
