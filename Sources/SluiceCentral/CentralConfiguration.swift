public import SluiceModel

/// Where Central is, who asks it, and how long we wait for it.
public struct CentralConfiguration: Sendable {
    /// Central's root, such as `https://HOST:8443/oo`; without a path, `/oo` is meant.
    public var baseURL: String
    public var username: String
    public var password: Secret
    public var dialect: Dialect
    /// PEM file with the certificates to trust in place of the system's; nil: the system's.
    public var caFile: String?
    /// Longest wait for a connection, TLS included.
    public var connectTimeout: Duration
    /// Longest time for one call, from asking to the last byte of the answer, all tries of a read together.
    public var totalTimeout: Duration
    /// Pauses before the second and later tries of a read; starts are never tried again.
    public var retryDelays: [Duration]
    /// Longest answer that is read, in bytes.
    public var maxResponseBytes: Int
    /// Longest answer to a listing, in bytes.
    public var maxListBytes: Int
    /// Starts on their way at the same time; more wait for one of them.
    public var concurrentStartsMax: Int

    /// Which of Central's two ways to start an execution is spoken (oo-central-api.md section 3).
    public enum Dialect: String, Hashable, Sendable, CaseIterable {
        /// `/rest/v1`: the flow is `uuid`, the answer an object with `executionId` and `errorCode`.
        case v1
        /// `/rest/v2`: the flow is `flowUuid`, the answer a bare number.
        case v2
        /// `/rest/latest`: as `v2`.
        case latest
    }

    public init(baseURL: String, username: String, password: Secret, dialect: Dialect = .v2) {
        self.baseURL = baseURL
        self.username = username
        self.password = password
        self.dialect = dialect
        connectTimeout = .seconds(10)
        totalTimeout = .seconds(30)
        retryDelays = [.milliseconds(200), .milliseconds(800)]
        maxResponseBytes = 1 << 20
        maxListBytes = 16 << 20
        concurrentStartsMax = 64
    }

    /// The URL under which all paths lie.
    var restRoot: String {
        var root = baseURL
        while root.hasSuffix("/") { root.removeLast() }
        let afterScheme = root.firstRange(of: "://").map { root[$0.upperBound...] } ?? root[...]
        if !afterScheme.contains("/") { root += "/oo" }
        return "\(root)/rest"
    }
}
