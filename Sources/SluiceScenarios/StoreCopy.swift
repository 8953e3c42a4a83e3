public import Logging
public import SluicePorts
import SluicePostgres
import SluiceSQLite
import SluiceStoreRecords

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Copies all of one store into another, empty one, and compares them: from SQLite to PostgreSQL and back.
///
/// Both are locked against a running service. A copy that was cut off leaves its target marked: no service opens it,
/// and the same copy goes on with it.
public struct StoreCopy: Sendable {
    public let source: StorePlace
    public let target: StorePlace

    public init(from source: StorePlace, to target: StorePlace) {
        self.source = source
        self.target = target
    }

    /// Rows that are read, written and compared at once.
    private static let pageSize = 1000

    /// Copies and compares.
    /// - Parameter progress: Told a table, how many of its rows are done, and whether they are being compared.
    /// - Returns: How many rows were copied.
    /// - Throws: `StoreError`; the target is then not used by any service until the copy was completed.
    public func run(
        logger: Logger, progress: @Sendable (_ table: String, _ count: Int, _ isComparing: Bool) -> Void
    ) async throws -> Int {
        if case .sqlite(let path) = source, !FileManager.default.fileExists(atPath: path) {
            throw StoreError(
                .unavailable,
                "\(path) is not there; the path of a service's store is `store.path` of its configuration")
        }
        let from = try await open(source, logger)
        do {
            let to = try await open(target, logger)
            do {
                let count = try await copy(from, to, progress)
                try await from.close()
                try await to.close()
                return count
            } catch {
                try? await to.close()
                throw error
            }
        } catch {
            try? await from.close()
            throw error
        }
    }

    private typealias Copied = DurableStore & TableStore

    private func open(_ place: StorePlace, _ logger: Logger) async throws -> any Copied {
        switch place {
        case .sqlite(let path):
            var options = SQLiteStoreOptions()
            options.isForCopy = true
            return try SQLiteStore(path: path, options: options, logger: logger)
        case .postgres(let address, var options):
            options.isForCopy = true
            return try await PostgresStore(address, options: options, logger: logger)
        }
    }

    private func copy(
        _ from: any Copied, _ to: any Copied, _ progress: @Sendable (String, Int, Bool) -> Void
    ) async throws -> Int {
        try await to.beginFilling()
        for table in StoredTable.all {
            var count = 0
            try await pages(table, of: from) { page in
                try await to.fill(table, page)
                count += page.count
                progress(table.name, count, false)
            }
        }
        var total = 0
        for table in StoredTable.all { total += try await compare(table, from, to, progress) }
        try await to.finishFilling()
        return total
    }

    /// Every row of a table on both sides, in the order of its key.
    private func compare(
        _ table: StoredTable, _ from: any Copied, _ to: any Copied, _ progress: @Sendable (String, Int, Bool) -> Void
    ) async throws -> Int {
        var count = 0
        var key: [StoredValue]?
        while true {
            let left = try await from.rows(of: table, after: key, limit: Self.pageSize)
            let right = try await to.rows(of: table, after: key, limit: Self.pageSize)
            guard kept(table, left) == kept(table, right) || table.name == StoredTable.meta.name else {
                throw StoreError(
                    .unavailable,
                    "table \(table.name) is not the same after row \(count): the target was changed while it was "
                        + "filled; delete it and copy again")
            }
            count += left.count
            progress(table.name, count, true)
            guard let last = left.last, left.count == Self.pageSize else { break }
            key = Array(last.prefix(table.keyCount))
        }
        return count
    }

    private func pages(
        _ table: StoredTable, of store: any Copied, _ body: ([[StoredValue]]) async throws -> Void
    ) async throws {
        var key: [StoredValue]?
        while true {
            let page = try await store.rows(of: table, after: key, limit: Self.pageSize)
            let kept = kept(table, page)
            if !kept.isEmpty { try await body(kept) }
            guard let last = page.last, page.count == Self.pageSize else { return }
            key = Array(last.prefix(table.keyCount))
        }
    }

    /// Rows without those that are about one database only.
    private func kept(_ table: StoredTable, _ rows: [[StoredValue]]) -> [[StoredValue]] {
        guard table.name == StoredTable.meta.name else { return rows }
        return rows.filter { row in
            if case .text(let name) = row[0] { !StoredTable.ownNames.contains(name) } else { true }
        }
    }
}
