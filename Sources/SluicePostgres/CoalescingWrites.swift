internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Holds that others stand for. What an arrival costs does not depend on how often its key was held: it looks only at
/// those that it ends.
///
/// Whatever adds or moves a hold with a coalesce key has the key's lock until its transaction ends, so what is read
/// here stays true.
struct CoalescingWrites {
    let transaction: WideTransaction
    private var connection: Connection { transaction.connection }

    init(transaction: WideTransaction) { self.transaction = transaction }

    func coalesce(_ coalescing: Coalescing) throws {
        let newest = try keyed(coalescing.representative, coalescing.key, doing: "coalesce")
        guard newest.request.launcher == .sluice else { return }
        var range = "arrival < $2"
        var parameters: [any StatementParameter] = [coalescing.key.text.storable, newest.arrival]
        if let notBefore = newest.request.notBefore, notBefore > coalescing.at {
            range += " AND not_before >= $3"
            parameters.append(notBefore.milliseconds)
        }
        // One run of the index for each; NULL, which may start at once, comes first in it.
        var found: [(ticket: Ticket, notBefore: Int64, arrival: Int64)] = []
        for isWaitedFor in coalescing.includesWaitedFor ? [0, 1] : [0] {
            var query = Statement(
                """
                SELECT ticket, not_before, arrival FROM sluice.holds
                WHERE coalesce_key IS NOT NULL AND state = 'held' AND coalesce_key = $1 AND \(range)
                    AND is_waited_for = \(isWaitedFor)
                ORDER BY not_before NULLS FIRST, arrival LIMIT \(Coalescing.countMax)
                """)
            for parameter in parameters { parameter.add(to: &query) }
            for row in try connection.exchange(query).rows {
                found.append(
                    (
                        try StoredWord.ticket(try row.require(0)), row.number(1) ?? .min, try row.requireNumber(2)
                    ))
            }
        }
        found.sort { ($0.notBefore, $0.arrival) < ($1.notBefore, $1.arrival) }
        try transaction.run(
            found.prefix(Coalescing.countMax).map { other in
                var move = HoldMove(
                    ticket: other.ticket, from: [.held], to: .coalesced, at: coalescing.at, by: coalescing.by,
                    cause: coalescing.cause)
                move.update.representative = newest.ticket
                return .moveHold(move)
            })
    }

    func succeed(_ succession: Succession) throws {
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
        _ = try connection.exchange(Lock.statement(keys: [LockKey.coalesce(key)]))
        guard let hold = try HoldReader(connection: connection).hold(ticket),
            hold.request.coalesceKey?.text.storable == key.text.storable
        else { throw CommitRefusal.conflict("\(what) \(ticket): no such hold has the coalesce key \(key)") }
        return hold
    }

    private func newestRepresented(by ticket: Ticket, before arrival: Int64) throws -> Hold? {
        try HoldReader(connection: connection).holds(
            """
            WHERE representative IS NOT NULL AND representative = $1 AND arrival < $2 ORDER BY arrival DESC LIMIT 1
            """, [ticket.description, arrival]
        ).first
    }

    private func repoint(from ticket: Ticket, to other: Ticket, before arrival: Int64) throws {
        try transaction.execute(
            """
            UPDATE sluice.holds SET representative = $1
            WHERE representative IS NOT NULL AND representative = $2 AND arrival < $3
            """, other.description, ticket.description, arrival)
    }

    private func bringBack(_ hold: Hold, _ failed: Hold, _ succession: Succession) throws {
        let start = max(succession.at, hold.request.notBefore ?? succession.at)
        let newer = try connection.exchange(
            Statement(
                """
                SELECT ticket FROM sluice.holds WHERE \(StoredHolds.representing) AND coalesce_key = $1 AND arrival > $2
                    AND (not_before IS NULL OR not_before <= $3) ORDER BY arrival DESC LIMIT 1
                """, succession.key.text.storable, hold.arrival, start.milliseconds))
        if let row = newer.first {
            return try transaction.execute(
                "UPDATE sluice.holds SET representative = $1 WHERE arrival = $2", try row.require(0), hold.arrival)
        }
        try transaction.run([
            .moveHold(
                HoldMove(
                    ticket: hold.ticket, from: [.coalesced], to: .held, at: succession.at, by: succession.by,
                    cause: succession.cause(failed.state)))
        ])
    }
}
