public import SluicePorts

/// The CSA of a site, and what is configured about it.
public struct CSASite: Sendable {
    public var client: any CSAClient
    /// Its root without a slash at its end: which CSA a snapshot is of.
    public var address = ""
    /// The account's user name: the approver of policies that Sluice makes.
    public var userName: String
    /// By when a call has ended, and by when whatever the journal sends has.
    public var callDuration: Duration
    /// Between two looks at what may have been added.
    public var pollInterval: Duration
    /// Whether an offering's policy can be read (`csa.policyElement`).
    public var readsAssignments: Bool
    /// Whether CSA decides parked requests by itself once their policy is automatic again (`csa.reevaluatesTimer`).
    public var reevaluatesTimer: Bool
    /// Whether CSA is told what became of launches that it waits for and that never started (`csa.endedLaunches`).
    public var answersEndedLaunches = true
    /// CSA's own database, looked at beside its API; nil: it is not (`csa.databaseUrl`).
    public var database: (any CSADatabase)?
    /// Reads the account's passwords again and tries CSA once more after it refused them; only when a person says so,
    /// for accounts lock out.
    public var readAccount: @Sendable () throws -> Void = {}

    public init(
        client: any CSAClient, userName: String, callDuration: Duration = .seconds(30),
        pollInterval: Duration = .seconds(15), readsAssignments: Bool = false, reevaluatesTimer: Bool = false
    ) {
        self.client = client
        self.userName = userName
        self.callDuration = callDuration
        self.pollInterval = pollInterval
        self.readsAssignments = readsAssignments
        self.reevaluatesTimer = reevaluatesTimer
    }
}

/// What is asked of CSA at once by a maintenance.
public enum CSASiteLimits {
    /// Reads and writes of the journal on their way at the same time; the client has fewer calls of its own.
    public static let callCountMax = 16
    /// Between two looks at offerings and catalogs while CSA drains; policies are looked at more often.
    public static let offeringInterval: Duration = .seconds(300)
    /// Details of offerings asked for at the same time.
    public static let detailCallCountMax = 8
    /// Offerings of all catalogs that one reading takes.
    public static let offeringCountMax = 50_000
    /// After CSA made a policy in another way than it was asked, none is made for so long.
    public static let misshapenPause: Duration = .seconds(300)
    /// Findings that preflight names; of the others it says how many.
    public static let findingCountMax = 20
}
