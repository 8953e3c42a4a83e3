public import SluiceModel

/// Everything an operator can set, with its default. Keys of the file are the names here: `central.pollSeconds`.
public struct SluiceConfiguration: Hashable, Sendable {
    public var listen = ListenAddress(host: "127.0.0.1", port: 8470)
    public var store = Store()
    public var key = Key()
    public var auth = Auth()
    public var central = Central()
    /// Content packs to load: jars, zips or project trees.
    public var packs: [String] = []
    public var gate = Gate()
    public var idempotency = Idempotency()
    public var passes = Passes()
    public var rules = Rules()
    public var release = Release()
    public var limits = Limits()
    public var schedules = Schedules()
    public var windows = Windows()
    public var log = Log()

    public init() {}

    public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
        public var host: String
        /// 0: any free one.
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether only this machine can reach it.
        public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    public struct Store: Hashable, Sendable {
        /// SQLite file; `store.url: sqlite:PATH` means the same.
        public var path = "./sluice-data/sluice.db"
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
        public var pendingAsks = 10_000
    }

    public struct Log: Hashable, Sendable {
        public var level = Level.info

        public enum Level: String, Hashable, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }
    }
}
