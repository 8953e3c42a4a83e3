public import SluiceModel
public import SluicePluginKit

/// Everything an operator can set, with its default. Keys of the file are the names here: `central.pollSeconds`.
public struct SluiceConfiguration: Hashable, Sendable {
    public var listen = ListenAddress(host: "127.0.0.1", port: 8470)
    public var store = Store()
    public var replicas = Replicas()
    public var key = Key()
    public var auth = Auth()
    public var central = Central()
    public var csa = CSA()
    public var facade = Facade()
    /// Content packs to load: jars, zips or project trees.
    public var packs: [String] = []
    public var gate = Gate()
    public var idempotency = Idempotency()
    public var passes = Passes()
    public var holds = Holds()
    public var callbacks = Callbacks()
    public var rules = Rules()
    public var release = Release()
    public var drain = Drain()
    public var limits = Limits()
    public var schedules = Schedules()
    public var windows = Windows()
    public var fence = Fence()
    public var log = Log()
    /// In the order in which they are asked.
    public var plugins: [Plugin] = []

    public init() {}

    /// One plugin; which kinds there are is not known here.
    public struct Plugin: Hashable, Sendable {
        public var kind: String
        public var name: String
        /// Which launches it is asked about; none: every launch.
        public var matches: [LaunchMatch] = []
        public var onFault = PluginFaultPolicy.skip
        /// nil: as its kind has it.
        public var budgetMilliseconds: Int?
        /// Questions that it works on at once; nil: the standard.
        public var concurrency: Int?
        public var settings: PluginValue
        /// `plugins[0].settings`.
        public var path: String
        /// Where it stands, for remarks about it.
        public var place = Diagnostic(severity: .error, code: "config-value", message: "")

        public init(kind: String, name: String, settings: PluginValue, path: String) {
            self.kind = kind
            self.name = name
            self.settings = settings
            self.path = path
        }
    }

    public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
        public var host: String
        /// 0: any free one.
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether only this machine can reach it.
        public var isLoopback: Bool {
            let name = host.lowercased()
            return name == "localhost" || NetworkAddress(name)?.isLoopback ?? false
        }

        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    public struct Store: Hashable, Sendable {
        /// SQLite file; `store.url: sqlite:PATH` means the same.
        public var path = "./sluice-data/sluice.db"
        /// PostgreSQL's URL, without a password; nil: SQLite at `path`.
        public var url: String?
        /// File with the password for PostgreSQL, in one line.
        public var passwordFile: String?
        /// The password itself; only the environment gives it.
        public var password: Secret?
        /// Whether to run on a PostgreSQL that can lose what was acknowledged.
        public var acceptLoss = false
        /// Connections that commit, and that read.
        public var writers = 3
        public var readers = 4

        public init() {}
    }

    /// How several replicas share a PostgreSQL; alone on SQLite it means nothing.
    public struct Replicas: Hashable, Sendable {
        /// What people call this one; nil: the machine's name.
        public var name: String?
        /// How long a renewal lets a replica decide, and how long one lets the leader lead.
        public var leaseSeconds = 3
        public var leaderLeaseSeconds = 60
    }

    /// How it is found out that nothing is running any more.
    public struct Drain: Hashable, Sendable {
        /// Between two looks.
        public var pollSeconds = 10
        /// Looks in a row that must find nothing, and for how long.
        public var quietLooks = 3
        public var settleSeconds = 60
        /// Between two readings of the whole list.
        public var sweepMinutes = 10
        /// Without a step for so long, what is slow counts as stuck.
        public var stuckMinutes = 30
        /// Whether executions that are parked at their gate step must end or be waived.
        public var parkedBlocks = true
        /// Whose executions Sluice's account in Central sees.
        public var accountSees = AccountSees.detect
        /// Globs over paths and ids of flows that are never waited for.
        public var exempt: [String] = []
        /// Executions that began longer ago are not looked for; nil: all are.
        public var oldestDays: Int?

        public enum AccountSees: String, Hashable, Sendable, CaseIterable {
            /// Everybody's, once one of another account is listed.
            case detect
            /// Everybody's, as somebody has checked.
            case everything
            /// Only its own.
            case own
        }
    }

    public struct Holds: Hashable, Sendable {
        /// Whether launches that somebody waits for may be coalesced.
        public var coalesceWaiting = CoalesceWaiting.never
        /// How long a hold whose life is over is kept, with its history.
        public var retentionDays = 90

        public enum CoalesceWaiting: String, Hashable, Sendable, CaseIterable {
            /// They are launched, each.
            case never
            /// Whoever waits is answered that the hold ended and which one stands for it.
            case answered
        }
    }

    public struct Callbacks: Hashable, Sendable {
        /// Whom launches may name: hosts, `*.` domains, addresses and ranges; none: nobody is called back.
        public var allow: [String] = []
        /// Signs each message; made at the first start.
        public var secretFile = "./sluice-data/callback.secret"
        /// Whether `http` is taken too.
        public var insecureHTTP = false
        /// Names this Sluice in each message.
        public var source = "urn:sluice"
    }

    public struct Key: Hashable, Sendable {
        public var file = "./sluice-data/sluice.key"
    }

    public struct Auth: Hashable, Sendable {
        public var gateTokenFile = "./sluice-data/gate.token"
        public var operatorTokenFile = "./sluice-data/operator.token"
        /// Loopback needs no token.
        public var insecureLoopback = false
    }

    public struct Central: Hashable, Sendable {
        /// nil: Sluice launches nothing; what it should launch stays held.
        public var url: String?
        public var username: String?
        public var passwordFile: String?
        /// From `SLUICE_CENTRAL_PASSWORD` alone; wins over the file.
        public var password: Secret?
        public var dialect = Dialect.v2
        public var timeoutSeconds = 30
        public var pollSeconds = 5
        public var listPageSize = 200
        public var caFile: String?
        /// After this time an ungated launch without a trace may be launched again; nil: an operator decides.
        public var relaunchAfterSeconds: Int?
        /// How late a started execution may appear in Central's list.
        public var listingLagSeconds = 60
        /// What Central itself launches for the times that a schedule missed, once it is enabled again.
        public var catchUp = CatchUp.unknown
        /// How long we look for such a launch.
        public var catchUpSeconds = 30
        /// Between two schedules that are enabled again.
        public var thawMilliseconds = 1000
        /// Whether N occurrences of a schedule are N repeats after its first fire.
        public var occurrencesMeanRepeats = false

        /// `once`: one where Quartz would make one; `unknown`: we look.
        public enum CatchUp: String, Hashable, Sendable, CaseIterable { case none, once, unknown }

        /// How Central is asked to start (oo-central-api.md section 3).
        public enum Dialect: String, Hashable, Sendable, CaseIterable { case v1, v2, latest }
    }

    public struct Gate: Hashable, Sendable {
        public var startWindowSeconds = 60
        public var validForSeconds = 2
        /// Whether secrets of held launches may be kept, sealed.
        public var keepSecrets = true
        /// The mode of a fresh store.
        public var initialMode = InitialMode.open
        /// Names of inputs to be kept secret: `*` and `?`, upper and lower case alike.
        public var sensitivePatterns = ["*password*", "*secret*", "*token*"]

        public enum InitialMode: String, Hashable, Sendable, CaseIterable { case open, hold }
    }

    public struct Idempotency: Hashable, Sendable {
        public var retentionHours = 168
    }

    public struct Passes: Hashable, Sendable {
        public var admissionDays = 7
        /// Of an execution that did not name itself. As long as `admissionDays` by default: a gate step in an XML flow
        /// has no `runId`, and its nested gates must let it finish after a close.
        public var unnamedSeconds = 7 * 86_400
    }

    public struct Rules: Hashable, Sendable {
        public var allow: [AllowRule] = []
    }

    public struct Release: Hashable, Sendable {
        public var ratePerMinute = 600
        /// Executions at the same time.
        public var ceiling = 50
        public var attemptsMax = 8
        public var backoffSeconds = 2
        public var backoffMaxSeconds = 300
        /// 0: none.
        public var canaryCount = 0
        public var canaryFlow: String?
        public var canaryTimeoutSeconds = 900
        /// 100: no ramp.
        public var rampFromPercent = 100
        public var rampFactorPercent = 200
        /// Instead of the factor.
        public var rampStepPercent: Int?
        public var rampEveryWellEnded = 10
        /// 100: the breaker never opens.
        public var breakerSharePercent = 50
        public var breakerWindow = 20
        public var breakerMinimum = 10
        public var breakerHistoryMarginPercent: Int?
        public var tenantSlice = 10
        public var strandedKeys = StrandedKeyPolicy.wait
        public var identity = IdentityPolicy.awaitOperator

        /// What holds until an operator sets something else.
        public var settings: ReleaseSettings {
            let growth = rampStepPercent.map { ReleaseSettings.Ramp.Growth.stepPercent($0) }
            return ReleaseSettings(
                ratePerMinute: ratePerMinute, ceiling: ceiling,
                canary: canaryCount > 0
                    ? .init(
                        count: canaryCount, flow: canaryFlow.map { FlowID($0) },
                        timeoutSeconds: Int64(canaryTimeoutSeconds)) : nil,
                ramp: rampFromPercent < 100
                    ? .init(
                        fromPercent: rampFromPercent, growth: growth ?? .factorPercent(rampFactorPercent),
                        everyWellEnded: rampEveryWellEnded) : nil,
                breaker: breakerSharePercent < 100
                    ? .init(
                        sharePercent: breakerSharePercent, window: breakerWindow,
                        minimum: min(breakerMinimum, breakerWindow),
                        historyMarginPercent: breakerHistoryMarginPercent) : nil,
                tenantSlice: tenantSlice, strandedKeys: strandedKeys, identity: identity)
        }
    }

    /// What forecasts look at beside Central's own schedules.
    public struct Schedules: Hashable, Sendable {
        /// Schedule files of other schedulers.
        public var files: [String] = []
        /// Zone of what names none in them, by its Java id.
        public var zone = "UTC"
        /// Patterns over the names of schedules that must not miss a time.
        public var unsafeToMiss: [String] = []
        /// Which flow a job of these files launches; the first rule that gives one counts.
        public var flows: [JobFlowRule] = []
        /// What becomes of times that a schedule missed, unless a rule says otherwise.
        public var policy = MisfirePolicy.latest
        /// The same for the schedules that a rule names; the first that matches counts.
        public var policies: [MisfireRule] = []
    }

    /// Planned spans of time for maintenances, and when there may be none.
    public struct Windows: Hashable, Sendable {
        /// iCalendar files whose events are blackouts.
        public var blackouts: [String] = []
    }

    public struct Limits: Hashable, Sendable {
        public var bodyBytes = 1_048_576
        /// Of a content pack that is sent.
        public var packBytes = 268_435_456
        /// Of a file of exported holds that is sent.
        public var holdFileBytes = 1_073_741_824
        public var pendingAsks = 10_000
        /// How long a launch waits for all plugins together.
        public var pluginChainMilliseconds = 1000
    }

    public struct Log: Hashable, Sendable {
        public var level = Level.info

        public enum Level: String, Hashable, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }
    }
}
