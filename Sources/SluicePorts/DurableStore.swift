public import SluiceModel

/// A store that the service runs on, with what it needs besides: values beside the holds, forgetting, closing.
///
/// Implemented by `SQLiteStore` and `PostgresStore`.
public protocol DurableStore: Store {
    /// A value kept beside the holds, such as the check value of the sealing key.
    func metadata(_ name: String) async throws -> String?

    /// Keeps a value beside the holds; on disk when it returns.
    func setMetadata(_ name: String, _ value: String) async throws

    /// Keeps a value unless there is one already, so that of several replicas that start at once all take the first
    /// one's.
    /// - Returns: The value that is kept.
    func keepMetadata(_ name: String, _ value: String) async throws -> String

    /// Deletes what may be forgotten: records past their time, executions and occurrences of windows that ended long
    /// ago. It had no effect any more; this only frees room. Of callers of the facade, the newest
    /// `KnownCaller.countMax` are kept at most.
    /// - Parameter limit: Most rows of each kind; call again while the result is not smaller.
    /// - Returns: How many rows of the kind with the most were deleted.
    @discardableResult
    func prune(at now: Timestamp, limit: Int) async throws -> Int

    /// Carries out the commits that wait, then closes the database. Later calls throw.
    func close() async throws
}
