internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Holds that others stand for. What an arrival costs does not depend on how often its key was held: it looks only at
/// those that it ends.
extension OpenTransaction {
    mutating func coalesce(_ coalescing: Coalescing) throws {
        let newest = try keyed(coalescing.representative, coalescing.key, doing: "coalesce")
        guard newest.request.launcher == .sluice else { return }
        var range = "arrival < ?"
        var arguments: StatementArguments = [coalescing.key.text.storable, newest.arrival]
        if let notBefore = newest.request.notBefore, notBefore > coalescing.at {
            range += " AND not_before >= ?"
            arguments += [notBefore.milliseconds]
        }
        let waits = coalescing.includesWaitedFor ? [0, 1] : [0]
        // One run of the index for each; NULL, which may start at once, comes first in it.
        let found = try waits.flatMap { isWaitedFor in
            try rows(
                """
                SELECT ticket, not_before, arrival FROM holds INDEXED BY holds_coalescible
                WHERE coalesce_key IS NOT NULL AND state = 'held' AND coalesce_key = ? AND \(range)
                    AND is_waited_for = \(isWaitedFor) ORDER BY not_before, arrival LIMIT \(Coalescing.countMax)
                """, arguments)
        }
        let sorted = found.sorted { left, right in
            (left[1] as Int64? ?? .min, left[2] as Int64) < (right[1] as Int64? ?? .min, right[2] as Int64)
        }
        for row in sorted.prefix(Coalescing.countMax) {
            var move = HoldMove(
                ticket: try StoredWord.ticket(row[0]), from: [.held], to: .coalesced, at: coalescing.at,
                by: coalescing.by, cause: coalescing.cause)
            move.update.representative = newest.ticket
            try self.move([move])
        }
    }

    mutating func succeed(_ succession: Succession) throws {
        let failed = try keyed(succession.of, succession.key, doing: "succeed")
        guard failed.state.isFinal else {
            throw CommitRefusal.conflict("succeed \(succession.of): it is \(failed.state.rawValue), which is not final")
        }
        var before = Int64.max
        for _ in 0...Succession.passedOverCountMax {
            guard let next = try newestRepresented(by: failed.ticket, before: before) else { return }
            guard succession.passesOverItsSchedule, next.isMissedTime(ofScheduleOf: failed) else {
                try repoint(from: failed.ticket, to: next.ticket, before: next.arrival)
                return try bringBack(next, failed, succession)
            }
            try repoint(from: next.ticket, to: failed.ticket, before: .max)
            before = next.arrival
        }
    }

    private func keyed(_ ticket: Ticket, _ key: CoalesceKey, doing what: String) throws -> Hold {
        guard let hold = try HoldReader(db).hold(ticket), hold.request.coalesceKey?.text.storable == key.text.storable
        else { throw CommitRefusal.conflict("\(what) \(ticket): no such hold has the coalesce key \(key)") }
        return hold
    }

    private func newestRepresented(by ticket: Ticket, before arrival: Int64) throws -> Hold? {
        try HoldReader(db).first(
            """
            SELECT \(HoldRow.columns) FROM holds INDEXED BY holds_representative
            WHERE representative IS NOT NULL AND representative = ? AND arrival < ? ORDER BY arrival DESC LIMIT 1
            """, [ticket.description, arrival])
    }

    private func repoint(from ticket: Ticket, to other: Ticket, before arrival: Int64) throws {
        try execute(
            """
            UPDATE holds INDEXED BY holds_representative SET representative = ?
            WHERE representative IS NOT NULL AND representative = ? AND arrival < ?
            """, [other.description, ticket.description, arrival])
    }

    private mutating func bringBack(_ hold: Hold, _ failed: Hold, _ succession: Succession) throws {
        let start = max(succession.at, hold.request.notBefore ?? succession.at)
        let newer = try row(
            """
            SELECT ticket FROM holds INDEXED BY holds_representing
            WHERE \(StoredHolds.representing) AND coalesce_key = ? AND arrival > ?
                AND (not_before IS NULL OR not_before <= ?) ORDER BY arrival DESC LIMIT 1
            """, [succession.key.text.storable, hold.arrival, start.milliseconds])
        if let newer {
            let ticket: String = newer[0]
            return try execute(
                "UPDATE holds SET representative = ? WHERE arrival = ?", [ticket, hold.arrival])
        }
        try move([
            HoldMove(
                ticket: hold.ticket, from: [.coalesced], to: .held, at: succession.at, by: succession.by,
                cause: succession.cause(failed.state))
        ])
    }

    private func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        let statement = try db.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        return try Row.fetchAll(statement)
    }
}
