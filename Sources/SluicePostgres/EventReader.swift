internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Reads the event table such that nobody who follows it misses a line.
///
/// Transactions end in another order than they took their numbers, so a number can appear below one that was shown. So
/// an event is shown only when every transaction that may still write a lower number has ended: each holds, as a lock,
/// a number that all of its own are above (`EventNumbers`).
///
/// Why it is enough to look at `last_value` first, then at the locks, then at the rows: a number up to `last_value` was
/// taken before that look, and its lock before it. So its transaction is either among the locks, and nothing above it
/// is shown, or has ended, and its rows are there.
struct EventReader {
    let connection: Connection

    /// Low bits of a block's number that fit the lock's 32-bit field.
    static let lockMask: Int64 = 0x7FFF_FFFF
    /// How often to look again when everything new may still be overtaken, and the wait in between: transactions are
    /// short, and who has just committed wants to see it.
    private static let tryCountMax = 25
    private static let waitMicroseconds: UInt32 = 2000

    func events(after sequence: Int64, limit: Int) throws -> [HoldEvent] {
        var attempt = 1
        while true {
            let end = try self.end()
            let events = try rows(
                "SELECT \(RecordRows.eventColumns) FROM sluice.events WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                sequence, limit)
            let shown = events.prefix { $0.sequence < end }
            // Some are there and may be overtaken: a moment later they may not.
            guard shown.count < events.count, attempt < Self.tryCountMax else { return Array(shown) }
            attempt += 1
            usleep(Self.waitMicroseconds)
        }
    }

    /// The newest number that is shown to who follows.
    func newest() throws -> Int64 {
        let end = try end()
        return try connection.exchange(
            Statement("SELECT coalesce(max(sequence), 0) FROM sluice.events WHERE sequence < $1", end)
        ).first?.number(0) ?? 0
    }

    /// Events of one hold: its row is locked by whoever writes one, so their order needs no such care.
    func events(of ticket: Ticket, after sequence: Int64, limit: Int) throws -> [HoldEvent] {
        try rows(
            "SELECT \(RecordRows.eventColumns) FROM sluice.events WHERE ticket IS NOT NULL AND ticket = $1 "
                + "AND sequence > $2 ORDER BY sequence LIMIT $3", ticket.description, sequence, limit)
    }

    /// The newest notes of drains that are over: nobody follows these, so that one may still come before another.
    func endedDrains(limit: Int) throws -> [HoldEvent] {
        try rows(
            "SELECT \(RecordRows.eventColumns) FROM sluice.events WHERE \(StoredNotes.drains) "
                + "ORDER BY sequence DESC LIMIT $1", limit
        ).reversed()
    }

    /// Events from this number on may yet get one before them.
    private func end() throws -> Int64 {
        let answers = try connection.exchange([
            Statement("SELECT last_value FROM sluice.event_blocks"),
            Statement(
                """
                SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
                    AND classid::bigint = \(Lock.events)
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """),
        ])
        let last = try answers[0].first?.requireNumber(0) ?? 0
        var end = last + 1
        for row in answers[1].rows {
            // The field has only the low bits; the number is at most `last` and not that far below it.
            let behind = (last - (try row.requireNumber(0))) & Self.lockMask
            end = min(end, last - behind + 1)
        }
        return end * GroupTransaction.blockSize
    }

    private func rows(_ sql: String, _ parameters: any StatementParameter...) throws -> [HoldEvent] {
        var statement = Statement(sql)
        for parameter in parameters { parameter.add(to: &statement) }
        return try connection.exchange(statement).rows.map { try RecordRows.event($0) }
    }
}
