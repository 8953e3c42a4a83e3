internal import FoundationEssentials
internal import GRDB
internal import SluiceModel
internal import SluiceStoreRecords

/// A row of `packs` as a revision, and back.
enum PackRow {
    static let columns = "name, number, version, digest, loaded_at, by, flows"

    /// Argument: none.
    static let newestQuery = """
        SELECT \(columns) FROM packs AS one
        WHERE number = (SELECT max(number) FROM packs AS other WHERE other.name = one.name)
        """

    /// Arguments: name, principal or nil, the same again, limit.
    static let historyQuery = """
        SELECT \(columns) FROM packs WHERE name = ? AND (? IS NULL OR by = ?) ORDER BY number DESC LIMIT ?
        """

    /// Reads a row of `columns`.
    static func revision(_ row: Row) throws -> PackRevision {
        let flows: Data = row[6]
        return PackRevision(
            name: row[0], version: row[2], number: row[1], digest: row[3], loadedAt: Timestamp(milliseconds: row[4]),
            by: Principal(row[5]), flows: try PackRecord.decode(flows))
    }
}
