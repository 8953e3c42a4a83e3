package import SluicePorts

/// A table that both durable stores have, with the same columns: what `sluice store copy` copies.
package struct StoredTable: Sendable {
    package let name: String
    package let columns: [Column]
    /// How many of the first columns are its key.
    package let keyCount: Int

    package struct Column: Sendable {
        package let name: String
        package let kind: Kind
    }

    package enum Kind: Sendable {
        case integer, text, bytes
        /// JSON: a BLOB in SQLite, a text in PostgreSQL.
        case json
    }

    /// - Parameter columns: Names; `:n` behind one is a number, `:j` JSON, `:b` bytes, nothing a text.
    private init(_ name: String, key keyCount: Int, _ columns: String) {
        self.name = name
        self.keyCount = keyCount
        self.columns = columns.split(separator: " ").map { word in
            let parts = word.split(separator: ":")
            let kind: Kind =
                switch parts.count > 1 ? parts[1] : "" {
                case "n": .integer
                case "j": .json
                case "b": .bytes
                default: .text
                }
            return Column(name: String(parts[0]), kind: kind)
        }
    }

    /// Every table, those of which others tell first. A test compares them with both schemas.
    package static let all = [
        StoredTable("gate", key: 1, "id:n epoch:n closed_epoch:n"),
        StoredTable("gate_modes", key: 1, "place:n kind value mode since:n by reason"),
        StoredTable(
            "holds", key: 1,
            """
            arrival:n ticket state state_since:n arrived_at:n principal source flow launcher priority:n \
            ordering_key coalesce_key ask_id run_id not_before:n expires_at:n reason epoch:n released_epoch:n \
            attempt:n attempt_at:n pass_id retry_at:n execution_id cause result is_head:n request:j representative \
            is_waited_for:n tenant has_callback:n is_missed_time:n
            """),
        StoredTable(
            "callbacks", key: 2,
            "ticket number:n kind hold_state at:n cause state attempt:n due_at:n outcome"),
        StoredTable("events", key: 1, "sequence:n at:n kind ticket from_state to_state by cause"),
        StoredTable("redemptions", key: 1, "pass_id principal ask_id run_id at:n forget_at:n"),
        StoredTable(
            "idempotency", key: 2, "principal key fingerprint:b ticket epoch:n pass_id at:n forget_at:n"),
        StoredTable("tallies", key: 2, "hour:n source count:n"),
        StoredTable("admissions", key: 1, "execution_id flow reason at:n ended_at:n"),
        StoredTable("callers", key: 1, "fingerprint:b at:n is_refused:n forget_at:n"),
        StoredTable("packs", key: 2, "name number:n version digest loaded_at:n by flows:j"),
        StoredTable("windows", key: 1, "id revision:n record:j"),
        StoredTable("window_occurrences", key: 2, "window wall:n revision:n is_open:n starts:n ends:n record:j"),
        StoredTable("maintenances", key: 1, "id revision:n is_final:n planned_at:n record:j"),
        StoredTable(
            "journal", key: 1,
            """
            id system object title before:j record:b intended state attempt:n at:n done_at:n reverted_at:n \
            gap_from:n gap_to:n uncertain_to:n since:n by cause maintenance decided_at:n change:j
            """),
        StoredTable(
            "missed", key: 1, "sequence:n schedule nominal:n title policy outcome ticket execution_id at:n cause"),
        StoredTable("release", key: 1, "id:n revision:n record:j"),
        StoredTable(
            "replicas", key: 1,
            "id name version seated_at:n lease:n renewal:n renewed_at:n confirmed_epoch:n in_flight:n"),
        StoredTable("leader", key: 1, "id:n term:n holder name since:n lease:n renewal:n renewed_at:n"),
        meta,
    ]

    /// Values beside the holds; the last one, so that a copy that was cut off is still marked as one.
    package static let meta = StoredTable("meta", key: 1, "name value")

    /// Names in `meta` that are about one database, not about what is in it.
    package static let ownNames = ["store.schema", "store.settled", "store.timeline-base", copyMark]
    /// The name in `meta` of the mark that a database is being filled.
    package static let copyMark = "store.copying"

    /// Every column's name, quoted for SQL.
    package var columnList: String { columns.map { "\"\($0.name)\"" }.joined(separator: ", ") }

    package var keyList: String { columns.prefix(keyCount).map { "\"\($0.name)\"" }.joined(separator: ", ") }
}

/// One value of a row, as both databases have it.
package enum StoredValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// A store whose tables can be read and filled row by row.
package protocol TableStore: Sendable {
    /// Rows in the order of their key, after one of it.
    func rows(of table: StoredTable, after key: [StoredValue]?, limit: Int) async throws -> [[StoredValue]]

    /// Marks the store as being filled. It refuses to be opened for anything else until `finishFilling`.
    /// - Throws: `StoreError` when it has anything in it and is not already marked.
    func beginFilling() async throws

    /// Adds rows; those that are there stay.
    func fill(_ table: StoredTable, _ rows: [[StoredValue]]) async throws

    /// Brings up to date what follows from the rows, and takes the mark away.
    func finishFilling() async throws
}

extension StoreError {
    /// Why a half-filled store is not opened.
    package static func halfCopied(_ place: String) -> StoreError {
        StoreError(
            .unavailable,
            "\(place) is only half copied: run `sluice store copy` again, it goes on where it was cut off; or delete "
                + "the database")
    }

    package static func notEmpty(_ place: String, _ table: String) -> StoreError {
        StoreError(
            .unavailable, "\(place) is not empty (table \(table) has rows): copy into a new database")
    }
}
