/// How to start a `SandboxServer`.
public struct SandboxConfiguration: Sendable {
    /// The gate that gated flows ask.
    public struct Gate: Sendable {
        /// How the gate step proves who it is.
        public enum Credentials: Sendable {
            case none
            case bearer(String)
            case basic(user: String, password: String)
        }

        /// Sluice's address without `/v1`, such as `http://127.0.0.1:8470`.
        public var url: String
        public var credentials: Credentials
        /// How often one question is put before the flow's fail mode applies.
        public var tryCountMax = 5
        /// Pause between two tries after trouble.
        public var retryDelayMilliseconds: Int64 = 500
        /// How long one answer is waited for (on top of a long-poll's time).
        public var answerTimeoutMilliseconds: Int64 = 5_000
        /// How long a `proceed` without `validForSeconds` counts, from sending the question.
        public var validForMilliseconds: Int64 = 2_000
        /// The `wait` of a parked execution's question.
        public var longPollSeconds = 30
        /// Least time from one question of a parked execution to its next.
        public var parkedPauseMilliseconds: Int64 = 1_000

        public init(url: String, credentials: Credentials = .none) {
            self.url = url
            self.credentials = credentials
        }
    }

    /// The CSA that flows with `callsBack` report to.
    public struct CSA: Sendable {
        /// `http://host:port/csa`
        public var url: String
        public var organization = "CSA-Provider"
        /// PROVEN name of the account that OO calls back with (csa-api.md 1.1).
        public var user = "ooInboundUser"
        public var password: String
        /// How often one report is tried before its execution ends without.
        public var tryCountMax = 5
        public var retryDelayMilliseconds: Int64 = 500
        /// How long one answer is waited for.
        public var answerTimeoutMilliseconds: Int64 = 10_000

        public init(url: String, password: String) {
            self.url = url
            self.password = password
        }
    }

    public var host = "127.0.0.1"
    /// 0 lets the system choose; `SandboxServer.port` says which.
    public var port = 0
    /// The account for basic auth, whose name is the owner of what is started.
    public var user = "sandbox"
    public var password = "sandbox"
    /// Passwords of more accounts, by user; each may do the same.
    public var otherAccounts: [String: String] = [:]
    /// Nil: gated flows find no gate and follow their fail mode.
    public var gate: Gate?
    /// Nil: no flow reports to CSA.
    public var csa: CSA?
    public var flows: [SandboxFlow] = []
    public var settings = SandboxSettings()
    /// Whether `/control` asks for the account too; wise whenever `host` is not loopback.
    public var controlNeedsLogin = false
    /// File to load at start if it is there, and to keep every change in. It holds input values in clear (mode 0600).
    public var stateFile: String?
    /// Seed of ask ids, session ids and tokens; nil takes a random one.
    public var seed: UInt64?

    public init() {}

    /// Whether that host is this machine only.
    public static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
