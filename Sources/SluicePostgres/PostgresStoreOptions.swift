/// How a `PostgresStore` works; the defaults are meant for production.
public struct PostgresStoreOptions: Sendable {
    /// Connections that commit, each one group at a time.
    public var writerCountMax = 3
    /// Connections that read at the same time.
    public var readerCountMax = 4
    /// Most commits that share one transaction.
    public var groupCommitCountMax = 64
    /// While one connection commits, another one waits until so many commits have come, at most `gatherTime`.
    public var gatherCommitCount = 12
    public var gatherTime: Duration = .milliseconds(2)
    /// Most commits that may wait for a connection; one more is refused with `.unavailable`.
    public var pendingCommitCountMax = 4096
    /// Most reads that may wait for a connection; one more is refused with `.unavailable`.
    public var pendingReadCountMax = 4096
    /// How long one try to connect may take.
    public var connectTimeout: Duration = .seconds(5)
    /// How long one try of a commit or a read waits for a server that cannot be reached; there are `attemptCountMax`.
    public var reconnectTimeout: Duration = .seconds(10)
    /// How long the server may take to answer; the connection is given up then.
    public var answerTimeout: Duration = .seconds(30)
    /// How long a statement that reads may run.
    public var readTimeout: Duration = .seconds(20)
    /// How long a commit waits for another one that has a key locked, before it is tried again.
    public var lockTimeout: Duration = .seconds(5)
    /// How long a transaction may be left alone before the server takes it back: what a replica that was frozen in the
    /// middle of a commit can keep others waiting for. The commit is tried again.
    public var idleTransactionTimeout: Duration = .milliseconds(500)
    /// How long data that was sent may stay unacknowledged (`tcp_user_timeout`).
    public var networkTimeout: Duration = .seconds(10)
    /// How often a commit is tried that met a deadlock, a serialization failure or a lost connection.
    public var attemptCountMax = 5
    /// How long `prune` keeps an admission after its execution ended.
    public var admissionRetention: Duration = .seconds(90 * 86_400)
    /// Whether to run on a server that can lose what was acknowledged: `fsync` off, or a standby that is not
    /// synchronous.
    public var acceptsLoss = false

    /// Opened by `sluice store copy`: alone, and also when it is only half copied.
    package var isForCopy = false

    public init() {}

    /// Wait before the next try to connect; doubled each time up to `backoffMax`.
    static let backoffMin: Duration = .milliseconds(50)
    static let backoffMax: Duration = .seconds(1)
    /// Prepared statements that a connection keeps.
    static let statementCountMax = 500
}

extension Duration {
    /// Whole milliseconds, cut.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
