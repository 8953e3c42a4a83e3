/// How a `SQLiteStore` works; the defaults are meant for production.
public struct SQLiteStoreOptions: Sendable {
    /// Whether commits that wait at the same time share one transaction and one sync; off only to compare.
    public var groupsCommits = true
    /// Most commits that share one transaction.
    public var groupCommitCountMax = 256
    /// Most commits that may wait; one more is refused with `.unavailable`.
    public var pendingCommitCountMax = 4096
    /// Most connections that read at the same time.
    public var readerCountMax = 4
    /// How long to wait for another process that has the database locked.
    public var busyTimeout: Duration = .seconds(2)
    /// Most pages (4 KiB each) of the database; nil: as many as the disk takes.
    public var pageCountMax: Int?
    /// After how many pages the write-ahead log is copied into the database.
    public var checkpointPageCount = 1000
    /// How long `prune` keeps an admission after its execution ended.
    public var admissionRetention: Duration = .seconds(90 * 86_400)

    /// What a commit waits for. Anything but `full` loses acknowledged holds in a power cut; only the durability test
    /// sets it, to show that it can tell.
    package var synchronous = Synchronous.full
    /// Opened by `sluice store copy`: also when it is only half copied.
    package var isForCopy = false
    /// The SQLite VFS to open with; nil: the ordinary one.
    package var vfsName: String?

    package enum Synchronous: Int, Sendable {
        case off = 0
        case normal = 1
        case full = 2
    }

    public init() {}
}
