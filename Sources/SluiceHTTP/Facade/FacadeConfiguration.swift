public import SluiceFacade
import SluiceModel

/// How the facade stands in front of Central.
public struct FacadeConfiguration: Sendable {
    /// Central's root, such as `https://HOST:8443/oo`; the facade has the same path.
    public var centralURL: String
    /// PEM file with the certificates to trust in place of the system's.
    public var caFile: String?
    /// Who is patient, and whose launches are taken for which source.
    public var requesters = RequesterRules()
    public var virtualIDs = VirtualIDs()
    /// `https://gate.example`, as clients see the facade; nil: as their `Host` says.
    public var publicURL: String?
    /// Whether Central is shown the client's `Host`, not its own.
    public var keepsHost = false
    /// Whether the run URLs of OO 9, below `/PAS`, are served too.
    public var servesOldRuns = false
    /// A read below Central's REST root that needs a login: by it callers are verified before anything is kept.
    public var verifyPath = "/v2/executions?pageSize=1&pageNum=1"
    /// How long a caller whom Central knows is not asked for again.
    public var verifiedFor: Duration = .seconds(60)
    /// How long one is trusted while Central is down.
    public var trustedFor: Duration = .seconds(86_400)
    /// What a refused caller is told to wait, in seconds.
    public var retryAfterSeconds = 60
    public var connectTimeout: Duration = .seconds(10)
    /// Longest silence of Central's within one call.
    public var idleTimeout: Duration = .seconds(300)
    /// How long Central may take to tell of an execution behind a virtual id: its caller, whose own patience is
    /// short, is then told what Sluice knows.
    public var readTimeout: Duration = .seconds(10)
    /// Connections to Central that are kept.
    public var connectionCountMax = 256
    /// Largest body of a call that is decided.
    public var decidedByteCountMax = 1 << 20
    /// Largest answer of Central's that virtual executions are put into.
    public var mergedByteCountMax = 16 << 20

    public init(centralURL: String) { self.centralURL = centralURL }
}

/// What one call through the facade may ask for.
enum FacadeLimits {
    /// Ids in one read of summaries.
    static let idCountMax = 1000
    /// Virtual executions in one list.
    static let listedCountMax = 1000
    /// Pages of a caller's waiting launches that are read for one list, from the oldest: with more than that, its
    /// newest are not shown.
    static let listedPageCountMax = 20
    /// Callers that are remembered.
    static let callerCountMax = KnownCaller.countMax
    /// How long a call waits for the record of a caller, to be read and written.
    static let callerStoreTime: Duration = .seconds(1)
    /// Calls that have the store asked about known callers at once, and as many about strangers: what a store that
    /// hangs may keep.
    static let callerStoreCountMax = 64
    /// How long is believed what was read while Central is down: that a caller is on record, is refused, or is not
    /// there. Also between two tries to write after a failure.
    static let callerReadInterval: Duration = .seconds(5)
    /// Callers of whom it is remembered that they are not on record.
    static let callerMissCountMax = 1000
    /// Records that one replica writes within `callerWriteSpan`; of others it knows in memory only. Who has an account
    /// can write its header in many ways.
    static let callerWriteCountMax = 600
    static let callerWriteSpan: Duration = .seconds(60)
    /// Refusals that are remembered; of more the oldest of strangers are dropped first.
    static let callerRefusalCountMax = 1000
    /// Of those that the store did not take are tried again after one call of it.
    static let callerOwedBatchCountMax = 100
    /// How often the gate is asked about one start that it let through, and that did not leave before it closed.
    static let askCountMax = 3
    /// How often a hold that was just committed is read again.
    static let readTryCountMax = 3
    /// An answer of known length up to this is sent in one piece.
    static let smallAnswerByteCount = 16 * 1024
}
