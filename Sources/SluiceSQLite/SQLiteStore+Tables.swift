internal import FoundationEssentials
internal import GRDB
internal import SluicePorts
package import SluiceStoreRecords

/// Row by row, for `sluice store copy`.
extension SQLiteStore: TableStore {
    package func rows(
        of table: StoredTable, after key: [StoredValue]?, limit: Int
    ) async throws -> [[StoredValue]] {
        try await read { db in
            var filter = ""
            var arguments: [any DatabaseValueConvertible] = []
            if let key {
                let places = key.map { _ in "?" }.joined(separator: ", ")
                filter = "WHERE (\(table.keyList)) > (\(places))"
                arguments += key.map(Self.value)
            }
            let sql = "SELECT \(table.columnList) FROM \(table.name) \(filter) ORDER BY \(table.keyList) LIMIT \(limit)"
            return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map { row in
                table.columns.indices.map { Self.stored(row[$0] as DatabaseValue, table.columns[$0].kind) }
            }
        }
    }

    package func beginFilling() async throws {
        let path = path
        try await fillingWrite { db in
            if try Self.isBeingFilled(db) { return }
            for table in StoredTable.all where table.name != StoredTable.meta.name {
                guard try Row.fetchOne(db, sql: "SELECT 1 FROM \(table.name) LIMIT 1") == nil else {
                    throw StoreError.notEmpty(path, table.name)
                }
            }
            guard try Row.fetchOne(db, sql: "SELECT 1 FROM meta WHERE name LIKE 'app.%' LIMIT 1") == nil else {
                throw StoreError.notEmpty(path, "meta")
            }
            try db.execute(sql: "INSERT INTO meta VALUES (?, '1')", arguments: [StoredTable.copyMark])
        }
    }

    package func fill(_ table: StoredTable, _ rows: [[StoredValue]]) async throws {
        let places = table.columns.map { _ in "?" }.joined(separator: ", ")
        let sql = "INSERT INTO \(table.name) (\(table.columnList)) VALUES (\(places)) ON CONFLICT DO NOTHING"
        try await fillingWrite { db in
            let statement = try db.cachedStatement(sql: sql)
            for row in rows {
                let values = zip(row, table.columns).map { value, column in
                    if case .text(let text) = value, column.kind == .json { return Data(text.utf8).databaseValue }
                    return Self.value(value).databaseValue
                }
                statement.setUncheckedArguments(StatementArguments(values))
                try statement.execute()
            }
        }
    }

    package func finishFilling() async throws {
        try await fillingWrite { db in
            try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [StoredTable.copyMark])
        }
    }

    static func isBeingFilled(_ db: Database) throws -> Bool {
        try Row.fetchOne(db, sql: "SELECT 1 FROM meta WHERE name = ?", arguments: [StoredTable.copyMark]) != nil
    }

    private func fillingWrite(_ body: @Sendable (Database) throws -> Void) async throws {
        do {
            try await pool.write(body)
        } catch {
            throw StoreError(error, doing: "copy", path: path)
        }
    }

    private static func value(_ value: StoredValue) -> any DatabaseValueConvertible {
        switch value {
        case .null: DatabaseValue.null
        case .integer(let number): number
        case .text(let text): text
        case .bytes(let bytes): Data(bytes)
        }
    }

    private static func stored(_ value: DatabaseValue, _ kind: StoredTable.Kind) -> StoredValue {
        switch value.storage {
        case .null: return .null
        case .int64(let number): return .integer(number)
        case .double(let number): return .integer(Int64(number))
        case .string(let text): return .text(text)
        case .blob(let data):
            if kind == .json { return .text(String(decoding: data, as: UTF8.self)) }
            return .bytes(Array(data))
        }
    }
}
