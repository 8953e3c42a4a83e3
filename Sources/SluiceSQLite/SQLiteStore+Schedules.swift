internal import GRDB
public import SluiceModel
public import SluicePorts
internal import SluiceStoreRecords

/// The journal, and schedules' missed times.
extension SQLiteStore {
    public func journal(_ query: JournalQuery) async throws -> [JournalEntry] {
        guard query.limit > 0 else { return [] }
        return try await read { db in
            var filter = "at >= ?"
            var arguments: StatementArguments = [query.since?.milliseconds ?? Int64.min]
            if let system = query.system {
                filter += " AND system = ?"
                arguments += [system]
            }
            if case .maintenance(let id) = query.owner {
                filter += " AND maintenance = ?"
                arguments += [id.text.storable]
            }
            filter += query.fixedFilter
            arguments += [query.limit]
            let order = query.isNewestFirst ? "at DESC, id DESC" : "at, id"
            return try HoldReader(db).rows(
                "SELECT \(JournalRow.columns) FROM journal WHERE \(filter) ORDER BY \(order) LIMIT ?", arguments
            ).map(JournalRow.entry)
        }
    }

    public func missed(_ query: MissedQuery) async throws -> MissedPage {
        guard query.limit > 0 else { return MissedPage(times: [], next: nil) }
        return try await read { db in
            var filter = ""
            var arguments: StatementArguments = []
            if let schedule = query.schedule {
                filter += "schedule = ? AND "
                arguments += [schedule.text.storable]
            }
            if let id = query.executionID {
                filter += "execution_id = ? AND "
                arguments += [id.text.storable]
            }
            arguments += [query.after, query.limit + 1]
            let rows = try HoldReader(db).rows(
                "SELECT * FROM missed WHERE \(filter)sequence > ? ORDER BY sequence LIMIT ?",
                arguments)
            let page = rows.prefix(query.limit)
            let last: Int64? = page.last.map { $0[0] }
            return MissedPage(times: try page.map(JournalRow.missed), next: rows.count > page.count ? last : nil)
        }
    }

    public func lastMissed(of schedule: ScheduleID) async throws -> Timestamp? {
        try await read { db in
            let row = try HoldReader(db).row(
                "SELECT max(nominal) FROM missed WHERE schedule = ?", [schedule.text.storable])
            return (row?[0] as Int64?).map { Timestamp(milliseconds: $0) }
        }
    }
}
