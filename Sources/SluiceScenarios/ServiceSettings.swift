public import Logging
public import SluiceCSA
public import SluiceCentral
public import SluiceEngine
public import SluiceHTTP
public import SluiceModel
import SluicePorts

/// Everything the service needs, read and checked.
public struct ServiceSettings: Sendable {
    public var listen: SluiceServer.Configuration
    public var store: StorePlace
    public var keyFile: String
    public var gateTokenFile: String
    public var operatorTokenFile: String
    public var trustsLoopback: Bool
    /// nil: launches by Sluice stay held.
    public var central: CentralConfiguration?
    /// nil: maintenances are of OO alone.
    public var csa: CSAConfiguration?
    /// Reads what `csa` has of it again; nil: it is not from a file.
    var readCSA: (@Sendable () throws -> CSAConfiguration?)?
    /// CSA's own database; nil: drains look at its API alone.
    var csaDatabase: (any CSADatabase)?
    /// Between two looks at CSA during a maintenance.
    public var csaPollInterval: Duration = .seconds(15)
    /// Whether CSA is told of launches that ended without having run.
    public var csaAnswersEndedLaunches = true
    /// Content packs, as jars, zips or project trees.
    public var packs: [String]
    public var engine: EngineConfiguration
    public var logLevel: Logger.Level
    public var schedules = Schedules()
    /// iCalendar files whose events are blackouts.
    public var blackouts: [String] = []
    /// Where the secret of callbacks is, and what names this Sluice in them.
    public var callbacks = Callbacks()
    /// How long holds whose life is over are kept.
    public var holdRetention: Duration = .seconds(90 * 86_400)

    /// How those who want it are called back.
    public struct Callbacks: Sendable {
        public var secretFile = "./callback.secret"
        public var source = "urn:sluice"

        public init() {}
    }

    /// What forecasts look at beside Central's own schedules.
    public struct Schedules: Sendable {
        public var files: [String] = []
        /// Zone of what names none, by its Java id.
        public var zone = "UTC"
        /// Patterns over the names of schedules that must not miss a time.
        public var unsafeToMiss: [String] = []
        /// Which flow a job of the files launches.
        public var flows: [JobFlowRule] = []

        public init() {}
    }

    /// What the other replicas show as this one's version.
    public mutating func setVersion(_ version: String) { engine.replicas?.version = version }

    /// The defaults, with all files in one folder.
    public init(folder: String) {
        listen = SluiceServer.Configuration()
        store = .sqlite(path: "\(folder)/sluice.db")
        keyFile = "\(folder)/sluice.key"
        gateTokenFile = "\(folder)/gate.token"
        operatorTokenFile = "\(folder)/operator.token"
        callbacks.secretFile = "\(folder)/callback.secret"
        trustsLoopback = false
        central = nil
        packs = []
        engine = EngineConfiguration()
        logLevel = .info
    }
}

extension ServiceSettings {
    /// Whether to close the whole gate at the start, before anything is asked.
    public var startsClosed: Bool {
        get { engine.startsClosed }
        set { engine.startsClosed = newValue }
    }

    /// `http://host:port`, once the port is known.
    public func address(port: Int) -> String {
        "http://\(listen.host.contains(":") ? "[\(listen.host)]" : listen.host):\(port)"
    }
}
