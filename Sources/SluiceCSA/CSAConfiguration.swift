public import SluiceForecast
public import SluiceModel

/// Where CSA is, who asks it, and how long we wait for it.
public struct CSAConfiguration: Sendable {
    /// CSA's root, such as `https://HOST:8444/csa`; without a path, `/csa` is meant.
    public var baseURL: String
    /// The account of HTTP Basic, and the person on whose behalf calls run that name nobody else.
    public var username: String
    public var password: Secret
    /// The key of that person's organization.
    public var organization: String
    /// The account that asks for tokens; nil: `username` with its password.
    public var tokenAccount: (username: String, password: Secret)?
    /// PEM file with the certificates to trust in place of the system's; nil: the system's.
    public var caFile: String?
    /// Of dates without an offset, which CSA writes and reads in its server's zone (csa-api.md section 2).
    public var zone: TimeZoneRules
    public var switches: CSASwitches
    /// Longest wait for a connection, TLS included.
    public var connectTimeout: Duration
    /// Longest time for one call, from asking to the last byte of the answer, all tries of a read together.
    public var totalTimeout: Duration
    /// Pauses before the second and later tries of a read; changes are never tried again.
    public var retryDelays: [Duration]
    /// Longest answer that is read, in bytes.
    public var maxResponseBytes: Int
    /// Longest answer to a listing, in bytes.
    public var maxListBytes: Int
    /// Persons asked for at once.
    public var personPageSize: Int
    /// Calls on their way at the same time; more wait for one of them. Few: each may be the one that locks us out.
    public var concurrentCallsMax: Int

    public init(baseURL: String, username: String, password: Secret, organization: String = "CSA-Provider") {
        self.baseURL = baseURL
        self.username = username
        self.password = password
        self.organization = organization
        zone = .utc
        switches = CSASwitches()
        connectTimeout = .seconds(10)
        totalTimeout = .seconds(30)
        retryDelays = [.milliseconds(200), .milliseconds(800)]
        maxResponseBytes = 4 << 20
        maxListBytes = 16 << 20
        personPageSize = 200
        concurrentCallsMax = 4
    }

    /// CSA's root without a slash at its end.
    public var root: String {
        var root = baseURL
        while root.hasSuffix("/") { root.removeLast() }
        let afterScheme = root.firstRange(of: "://").map { root[$0.upperBound...] } ?? root[...]
        return afterScheme.contains("/") ? root : root + "/csa"
    }

    /// Where tokens are: beside CSA's root (csa-api.md 1.2).
    var tokenURL: String {
        let afterScheme = root.firstRange(of: "://").map(\.upperBound) ?? root.startIndex
        let host = root[afterScheme...].firstIndex(of: "/") ?? root.endIndex
        return root[..<host] + "/idm-service/v2.0/tokens"
    }
}

/// How a CSA behaves where the reference does not know it (its grade UNKNOWN); `sluice doctor` finds out.
public struct CSASwitches: Hashable, Sendable {
    /// nil: asked for when it is needed.
    public var assignmentSpelling: AssignmentSpelling?
    /// Local names from an offering's detail to the element with the id of the policy that is assigned to it, as
    /// `a/b/id`; empty: assignments cannot be read back (csa-api.md 4.3).
    public var policyPath: [String]
    /// Whether a PUT takes the whole text of a GET; else only the documented elements are sent.
    public var takesFullPolicy: Bool
    /// Whether CSA decides parked requests by itself once their policy is automatic again. Nothing here depends on it:
    /// for whoever replays parked requests.
    public var reevaluatesTimer: Bool
    /// What CSA answers to a person's id that is not valid any more.
    public var staleLogin: StaleLogin
    /// Whether a count that CSA leaves out is 0; else the persons' listing is unreadable.
    public var absentCountIsZero: Bool
    /// Whether calls with a token carry HTTP Basic as well; clients differ (csa-api.md 1.2).
    public var basicBesideToken: Bool
    /// Where a person's subscriptions are read.
    public var subscriptions: SubscriptionSource
    public var sharedCatalogID: CSACatalogID

    /// How a person's id that is not valid any more shows.
    public enum StaleLogin: String, Hashable, Sendable, CaseIterable {
        /// 404: the person is looked up again, and a read repeated once if the id is another one.
        case missing
        /// 401 too: then one login tells it from a wrong password, at the price of a second try of that.
        case unauthorized
    }

    public enum SubscriptionSource: String, Hashable, Sendable, CaseIterable {
        /// `/rest/user/mysubscription`, and each one's detail for its dates.
        case legacy
        /// `/api/mpp/mpp-subscription`, with a token.
        case mpp
    }

    public init() {
        policyPath = []
        takesFullPolicy = true
        reevaluatesTimer = false
        staleLogin = .missing
        absentCountIsZero = false
        basicBesideToken = false
        subscriptions = .legacy
        sharedCatalogID = .globalShared
    }
}
