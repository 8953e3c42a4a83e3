public import SluiceModel

/// CSA's own database, read for what no call of its API lists (csa-api.md section 6).
///
/// Implemented by `PostgresCSADatabase` (SluicePostgres).
public protocol CSADatabase: Sendable {
    /// Every transition forward that waits for a callback, of whomever's instances; several of one instance each by
    /// itself. Only `executionStatus` is told of it besides. In any order.
    /// - Throws: `CSAError`; `.unreadable` also when the tables are others than are documented, or there are more than
    ///   `CSALimits.listCountMax`: a part must not pass for all.
    func pendingTransitions() async throws -> [LifecycleRecord]
}
