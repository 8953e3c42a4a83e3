internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// What a group decided, as statements: one for each table, however many commits there were.
struct GroupWrites {
    let state: GroupState
    let numbers: EventNumbers

    var statements: [Statement] {
        var statements = holds
        if !state.orderingKeys.isEmpty { statements += HoldRow.heads(of: state.orderingKeys.sorted()) }
        if !state.events.isEmpty { statements.append(events) }
        let deltas = state.deltas.filter { $0.value != 0 }
        if !deltas.isEmpty { statements.append(Self.counts(deltas)) }
        statements += redemptions + idempotency + admissions + callers
        if !state.callbacks.isEmpty { statements.append(callbacks) }
        if !state.tallies.isEmpty { statements.append(tallies) }
        return statements
    }

    private var holds: [Statement] {
        var added: [(hold: Hold, request: String)] = []
        var moved: [(hold: Hold, request: String?)] = []
        for row in state.holds.values where row.isChanged {
            if let index = row.addedBy {
                var hold = row.hold
                hold.arrival = numbers[index]
                added.append((hold, row.request ?? "{}"))
            } else {
                moved.append((row.hold, row.request))
            }
        }
        // In arrival order, so that pages of indexes are touched in one direction.
        added.sort { $0.hold.arrival < $1.hold.arrival }
        moved.sort { $0.hold.arrival < $1.hold.arrival }
        return (added.isEmpty ? [] : [HoldRow.insertion(of: added)])
            + (moved.isEmpty ? [] : [HoldRow.movement(of: moved)])
    }

    private var events: Statement {
        var rows = RowArrays(columnCount: 8)
        for (place, event) in state.events.enumerated() {
            rows.add(numbers[place])
            rows.add(event.at.milliseconds)
            rows.add(event.kind.storable)
            rows.add(event.ticket?.description)
            rows.add(event.from?.rawValue)
            rows.add(event.to?.rawValue)
            rows.add(event.by.text.storable)
            rows.add(event.cause.storable)
            rows.endRow()
        }
        var statement = Statement(
            """
            INSERT INTO sluice.events (sequence, at, kind, ticket, from_state, to_state, by, cause)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[])
            """)
        statement.add(rows)
        return statement
    }

    /// Adds to the numbers of holds.
    ///
    /// Each server process adds to a shard of its own, as good as always, so commits do not wait for each other here.
    static func counts(_ deltas: [HoldCounts.Key: Int]) -> Statement {
        // One order for all, so that two of the same shard cannot wait for each other.
        let sorted = deltas.sorted { left, right in
            (left.key.state.rawValue, left.key.source.rawValue, left.key.priority.level)
                < (right.key.state.rawValue, right.key.source.rawValue, right.key.priority.level)
        }
        var statement = Statement(
            """
            INSERT INTO sluice.hold_counts AS kept (shard, state, source, priority, number)
            SELECT pg_backend_pid() % \(shardCount), * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[])
            ON CONFLICT (shard, state, source, priority) DO UPDATE SET number = kept.number + excluded.number
            """)
        statement.add(texts: sorted.map(\.key.state.rawValue))
        statement.add(texts: sorted.map(\.key.source.rawValue))
        statement.add(numbers: sorted.map { Int64($0.key.priority.level) })
        statement.add(numbers: sorted.map { Int64($0.value) })
        return statement
    }

    private static let shardCount = 64

    private var redemptions: [Statement] {
        let new = state.newRedemptions.compactMap { state.redemptions[$0] }
            .sorted { $0.passID.description < $1.passID.description }
        guard !new.isEmpty else { return [] }
        var statement = Statement(
            """
            INSERT INTO sluice.redemptions (pass_id, principal, ask_id, run_id, at, forget_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
            ON CONFLICT (pass_id) DO UPDATE SET principal = excluded.principal, ask_id = excluded.ask_id,
                run_id = excluded.run_id, at = excluded.at, forget_at = excluded.forget_at
            """)
        statement.add(texts: new.map(\.passID.description))
        statement.add(texts: new.map(\.asker.principal.text.storable))
        statement.add(texts: new.map { $0.asker.askID?.text.storable })
        statement.add(texts: new.map { $0.asker.runID?.text.storable })
        statement.add(numbers: new.map(\.at.milliseconds))
        statement.add(numbers: new.map(\.forgetAt.milliseconds))
        return [statement]
    }

    private var idempotency: [Statement] {
        let new = state.newIdempotency.compactMap { state.idempotency[$0] }
            .sorted { ($0.principal.text, $0.key.text) < ($1.principal.text, $1.key.text) }
        guard !new.isEmpty else { return [] }
        var statement = Statement(
            """
            INSERT INTO sluice.idempotency (\(RecordRows.idempotencyColumns))
            SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bigint[], $6::text[],
                $7::bigint[], $8::bigint[])
            ON CONFLICT (principal, key) DO UPDATE SET fingerprint = excluded.fingerprint, ticket = excluded.ticket,
                epoch = excluded.epoch, pass_id = excluded.pass_id, at = excluded.at, forget_at = excluded.forget_at
            """)
        statement.add(texts: new.map(\.principal.text.storable))
        statement.add(texts: new.map(\.key.text.storable))
        statement.add(blobs: new.map(\.fingerprint.bytes))
        statement.add(texts: new.map { if case .held(let ticket) = $0.outcome { ticket.description } else { nil } })
        statement.add(numbers: new.map { if case .proceeded(let epoch, _) = $0.outcome { epoch.number } else { nil } })
        statement.add(texts: new.map { if case .proceeded(_, let id) = $0.outcome { id.description } else { nil } })
        statement.add(numbers: new.map(\.at.milliseconds))
        statement.add(numbers: new.map(\.forgetAt.milliseconds))
        return [statement]
    }

    private var admissions: [Statement] {
        func ends(_ ends: [ExecutionID: Timestamp]) -> [Statement] {
            guard !ends.isEmpty else { return [] }
            let sorted = ends.sorted { $0.key < $1.key }
            var statement = Statement(
                """
                UPDATE sluice.admissions AS kept SET ended_at = row.at
                FROM unnest($1::text[], $2::bigint[]) AS row (id, at)
                WHERE kept.execution_id = row.id AND kept.ended_at IS NULL
                """)
            statement.add(texts: sorted.map(\.key.text.storable))
            statement.add(numbers: sorted.map(\.value.milliseconds))
            return [statement]
        }
        var added: [Statement] = []
        if !state.admissions.isEmpty {
            let new = state.admissions.values.sorted { $0.executionID < $1.executionID }
            var statement = Statement(
                """
                INSERT INTO sluice.admissions (execution_id, flow, reason, at, ended_at)
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
                ON CONFLICT (execution_id) DO NOTHING
                """)
            statement.add(texts: new.map(\.executionID.text.storable))
            statement.add(texts: new.map(\.flow.text.storable))
            statement.add(texts: new.map(\.reason.rawValue))
            statement.add(numbers: new.map(\.at.milliseconds))
            statement.add(numbers: new.map { $0.endedAt?.milliseconds })
            added = [statement]
        }
        return ends(state.endsBefore) + added + ends(state.endsAfter)
    }

    /// As `KnownCaller.replaces` says. Rows are taken in one order by all, so that two groups cannot wait for each
    /// other: a later round has none that the first has not.
    private var callers: [Statement] {
        state.callerRounds.map { round in
            let words = round.values.sorted {
                $0.caller.fingerprint.bytes.lexicographicallyPrecedes($1.caller.fingerprint.bytes)
            }
            var statement = Statement(
                """
                INSERT INTO sluice.callers AS kept (fingerprint, at, is_refused, forget_at)
                SELECT fingerprint, at, is_refused, forget_at
                FROM unnest($1::bytea[], $2::bigint[], $3::int[], $4::bigint[])
                    AS row (fingerprint, at, is_refused, forget_at)
                ON CONFLICT (fingerprint) DO UPDATE SET at = excluded.at, is_refused = excluded.is_refused,
                    forget_at = excluded.forget_at
                WHERE (excluded.at, excluded.is_refused) > (kept.at, kept.is_refused) OR kept.at >
                    (SELECT horizon FROM unnest($1::bytea[], $5::bigint[]) AS row (fingerprint, horizon)
                        WHERE row.fingerprint = kept.fingerprint)
                """)
            statement.add(blobs: words.map(\.caller.fingerprint.bytes))
            statement.add(numbers: words.map(\.caller.at.milliseconds))
            statement.add(numbers: words.map { $0.caller.isRefused ? 1 : 0 })
            statement.add(numbers: words.map(\.caller.forgetAt.milliseconds))
            statement.add(numbers: words.map(\.horizon.milliseconds))
            return statement
        }
    }

    /// Numbered after those that the hold has; its row is locked.
    private var callbacks: Statement {
        var places: [Ticket: Int64] = [:]
        let ranks = state.callbacks.map { callback in
            places[callback.move.ticket, default: 0] += 1
            return places[callback.move.ticket]
        }
        var statement = Statement(
            """
            INSERT INTO sluice.callbacks (ticket, number, kind, hold_state, at, cause, state, attempt, due_at)
            SELECT row.ticket, row.rank + kept.count, row.kind, row.hold_state, row.at, row.cause, 'pending', 0, row.at
            FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[])
                AS row (ticket, rank, kind, hold_state, at, cause)
            CROSS JOIN LATERAL
                (SELECT count(*) AS count FROM sluice.callbacks AS old WHERE old.ticket = row.ticket) AS kept
            WHERE row.rank + kept.count <= \(Callback.countMax)
            """)
        let moves = state.callbacks.map(\.move)
        statement.add(texts: moves.map(\.ticket.description))
        statement.add(numbers: ranks)
        statement.add(texts: state.callbacks.map(\.kind.rawValue))
        statement.add(texts: moves.map(\.to.rawValue))
        statement.add(numbers: moves.map(\.at.milliseconds))
        statement.add(texts: moves.map(\.cause.storable))
        return statement
    }

    private var tallies: Statement {
        let sorted = state.tallies.sorted {
            ($0.key.hour, $0.key.source.rawValue) < ($1.key.hour, $1.key.source.rawValue)
        }
        var statement = Statement(
            """
            INSERT INTO sluice.tallies AS kept (hour, source, count)
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
            ON CONFLICT (hour, source) DO UPDATE SET count = kept.count + excluded.count
            """)
        statement.add(numbers: sorted.map(\.key.hour.milliseconds))
        statement.add(texts: sorted.map(\.key.source.rawValue))
        statement.add(numbers: sorted.map { Int64($0.value) })
        return statement
    }
}
