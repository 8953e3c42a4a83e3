internal import SluicePorts
package import SluiceStoreRecords

/// Row by row, for `sluice store copy`.
extension PostgresStore: TableStore {
    package func rows(
        of table: StoredTable, after key: [StoredValue]?, limit: Int
    ) async throws -> [[StoredValue]] {
        try await read { connection in
            let places = (1...table.keyCount).map { "$\($0)" }.joined(separator: ", ")
            let filter = key == nil ? "" : "WHERE (\(table.keyList)) > (\(places))"
            var statement = Statement(
                "SELECT \(table.columnList) FROM sluice.\(table.name) \(filter) ORDER BY \(table.keyList) "
                    + "LIMIT \(limit)")
            for value in key ?? [] {
                switch value {
                case .null: statement.add(nil as String?)
                case .integer(let number): statement.add(number)
                case .text(let text): statement.add(text)
                case .bytes(let bytes): statement.add(bytes)
                }
            }
            return try connection.exchange(statement).rows.map { row in
                table.columns.indices.map { index in
                    switch table.columns[index].kind {
                    case .integer: row.number(index).map { .integer($0) } ?? .null
                    case .text, .json: row.text(index).map { .text($0) } ?? .null
                    case .bytes: row.blob(index).map { .bytes($0) } ?? .null
                    }
                }
            }
        }
    }

    package func beginFilling() async throws {
        let place = address.description
        try await fillingWrite { connection in
            let mark = try connection.exchange(
                Statement("SELECT 1 FROM sluice.meta WHERE name = $1", StoredTable.copyMark))
            if mark.first != nil { return }
            for table in StoredTable.all {
                let filter = table.name == StoredTable.meta.name ? "WHERE name LIKE 'app.%'" : ""
                let row = try connection.exchange(
                    Statement("SELECT 1 FROM sluice.\(table.name) \(filter) LIMIT 1")
                ).first
                guard row == nil else { throw StoreError.notEmpty(place, table.name) }
            }
            _ = try connection.exchange(
                Statement("INSERT INTO sluice.meta VALUES ($1, '1')", StoredTable.copyMark))
        }
    }

    package func fill(_ table: StoredTable, _ rows: [[StoredValue]]) async throws {
        let types = table.columns.enumerated().map { index, column in
            let type =
                switch column.kind {
                case .integer: "bigint"
                case .text, .json: "text"
                case .bytes: "bytea"
                }
            return "$\(index + 1)::\(type)[]"
        }
        var statement = Statement(
            "INSERT INTO sluice.\(table.name) (\(table.columnList)) SELECT * FROM unnest("
                + types.joined(separator: ", ") + ") ON CONFLICT DO NOTHING")
        for (index, column) in table.columns.enumerated() {
            let values = rows.map { $0[index] }
            switch column.kind {
            case .integer:
                statement.add(numbers: values.map { if case .integer(let number) = $0 { number } else { nil } })
            case .text, .json: statement.add(texts: values.map { if case .text(let text) = $0 { text } else { nil } })
            case .bytes: statement.add(blobs: values.map { if case .bytes(let bytes) = $0 { bytes } else { nil } })
            }
        }
        try await fillingWrite { [statement] in _ = try $0.exchange(statement) }
    }

    package func finishFilling() async throws {
        try await fillingWrite { connection in
            _ = try connection.exchange([
                Statement("DELETE FROM sluice.hold_counts"),
                Statement(
                    """
                    INSERT INTO sluice.hold_counts SELECT 0, state, source, priority, count(*) FROM sluice.holds
                    GROUP BY state, source, priority
                    """),
                Statement(
                    """
                    SELECT setval('sluice.event_blocks', greatest(1, (SELECT max(sequence) FROM sluice.events),
                        (SELECT max(arrival) FROM sluice.holds)) / \(GroupTransaction.blockSize) + 1)
                    """),
                Statement(
                    """
                    SELECT setval(pg_get_serial_sequence('sluice.missed', 'sequence'),
                        greatest(1, (SELECT max(sequence) FROM sluice.missed)))
                    """),
                Statement("DELETE FROM sluice.meta WHERE name = $1", StoredTable.copyMark),
            ])
        }
    }

    /// What a database looks like that was only half copied into.
    static func checkIsWhole(_ connection: Connection) throws {
        let mark = try connection.exchange(
            Statement("SELECT 1 FROM sluice.meta WHERE name = $1", StoredTable.copyMark))
        guard mark.first == nil else { throw StoreError.halfCopied(connection.address.description) }
    }

    private func fillingWrite(_ body: @escaping @Sendable (Connection) throws -> Void) async throws {
        try await readers.read { connection in
            _ = try connection.exchange([
                Statement("BEGIN READ WRITE"), Statement("SET LOCAL statement_timeout = 0"),
            ])
            try body(connection)
            _ = try connection.exchange(Statement("COMMIT"))
        }
    }
}
