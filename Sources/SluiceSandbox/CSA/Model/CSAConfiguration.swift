/// How to start a `CSAServer`.
public struct CSAConfiguration: Sendable {
    /// An account for HTTP basic auth.
    public struct Account: Codable, Hashable, Sendable {
        public var user: String
        public var password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    public var host = "127.0.0.1"
    /// 0 lets the system choose; `CSAServer.port` says which.
    public var port = 0
    /// Each is a person of `CSA-Provider` too. Names: csa-api.md 1.1; passwords of this program alone.
    public var accounts = ["admin", "ooInboundUser", "idmTransportUser", "csaTransportUser"].map {
        Account(user: $0, password: "sandbox")
    }
    /// The account CSA starts flows with.
    public var ooAccount = Account(user: "sandbox", password: "sandbox")
    /// How long OO's answer to a launch is waited for.
    public var launchTimeoutMilliseconds: Int64 = 30_000
    public var settings = CSASettings()
    /// What is there from the beginning; a state file's content wins over it.
    public var seed = CSASeed()
    /// Whether `/control` asks for an account too; wise whenever `host` is not loopback.
    public var controlNeedsLogin = false
    /// File to load at start if it is there, and to keep every change in (mode 0600: it holds passwords in clear).
    public var stateFile: String?
    /// Seed of ids and tokens; nil takes a random one.
    public var idSeed: UInt64?

    public init() {}
}
