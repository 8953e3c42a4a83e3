internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// A commit that has a transaction of its own: step by step, each seeing what the one before wrote.
struct WideTransaction {
    let connection: Connection
    /// Older fences are refused.
    var mark: FenceMark
    private let supply = EventSupply()

    init(connection: Connection, mark: FenceMark) {
        self.connection = connection
        self.mark = mark
    }

    /// The named locks that a commit needs; in one order for all.
    static func locks(for steps: [PreparedCommit.Step], raisesMark: Bool) -> [Statement] {
        var alone: Set<Lock> = raisesMark ? [.fence] : []
        var shared: Set<Lock> = [.fence]
        for step in steps {
            switch step {
            case .single(.addHold), .single(.moveHold): shared.insert(.holds)
            case .single(.expectOpen): shared.insert(.gate)
            case .single: break
            case .wide(.setGate): alone.insert(.gate)
            case .wide(.recallReleased), .wide(.forgetHolds): alone.insert(.holds)
            case .wide(.coalesce), .wide(.succeed), .wide(.settleCallback): shared.insert(.holds)
            // One row each, and what must be true of it is part of the statement.
            case .wide(.seatReplica), .wide(.renewReplica): shared.insert(.replicas)
            case .wide(.removeReplica), .wide(.renewLead), .wide(.resignLead): alone.insert(.replicas)
            case .wide(.takeLead): alone.formUnion([.replicas, .fence])
            case .wide(.recordPack), .wide(.putWindow), .wide(.putOccurrence), .wide(.forgetWindow),
                .wide(.putMaintenance), .wide(.journal), .wide(.addMissed), .wide(.judgedMisfires), .wide(.setRelease):
                alone.insert(.records)
            }
        }
        return Lock.allCases.compactMap { lock in
            if alone.contains(lock) { return Lock.statement(lock, isShared: false) }
            return shared.contains(lock) ? Lock.statement(lock, isShared: true) : nil
        }
    }

    /// Applies the steps; the transaction is open and its locks are held.
    /// - Throws: `CommitRefusal` on a conflict.
    mutating func run(_ steps: [PreparedCommit.Step]) throws {
        try lock(steps)
        var singles: [PreparedCommit.SingleStep] = []
        for step in steps {
            switch step {
            case .single(let single): singles.append(single)
            case .wide(let wide):
                try run(singles)
                singles = []
                try run(wide)
            }
        }
        try run(singles)
    }

    /// Takes all locks that can be known, before the first event has its number.
    private func lock(_ steps: [PreparedCommit.Step]) throws {
        var needs = GroupNeeds(steps.compactMap { if case .single(let step) = $0 { step } else { nil } })
        for case .wide(let step) in steps { needs.add(step) }
        try GroupTransaction(connection: connection).lock(&needs)
    }

    /// Numbers for events; all of a transaction follow each other, as far as a block has room.
    func takeNumbers(_ count: Int) throws -> EventNumbers { try supply.take(count, on: connection) }

    func run(_ steps: [PreparedCommit.SingleStep]) throws {
        guard !steps.isEmpty else { return }
        var needs = GroupNeeds(steps)
        var stored = mark
        let transaction = GroupTransaction(connection: connection)
        var (state, _) = try transaction.load(&needs, after: [], mark: &stored, takesNumbers: false)
        if let refusal = try state.decide([steps]).first ?? nil { throw refusal }
        let writes = transaction.writes(state, try takeNumbers(state.events.count))
        if !writes.isEmpty { _ = try connection.exchange(writes) }
    }

    private mutating func run(_ step: PreparedCommit.WideStep) throws {
        switch step {
        case .setGate(let gate, let replaced): try setGate(gate, replacing: replaced)
        case .recallReleased(let at, let by, let cause): try recallReleased(at: at, by: by, cause: cause)
        case .recordPack(let revision): try recordPack(revision)
        case .putWindow(let window): try put(window)
        case .putOccurrence(let occurrence): try put(occurrence)
        case .putMaintenance(let record): try put(record)
        case .forgetWindow(let id):
            _ = try connection.exchange([
                Statement("DELETE FROM sluice.window_occurrences WHERE \"window\" = $1", id.text.storable),
                Statement("DELETE FROM sluice.windows WHERE id = $1", id.text.storable),
            ])
        case .journal(let entry, let replaced): try setJournal(entry, replacing: replaced)
        case .addMissed(let time): try addMissed(time)
        case .judgedMisfires(let epoch):
            try execute(
                """
                INSERT INTO sluice.meta AS kept VALUES ('\(Schema.judgedEpoch)', $1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                WHERE excluded.value::bigint > kept.value::bigint
                """, String(epoch.number))
        case .seatReplica, .renewReplica, .removeReplica, .takeLead, .renewLead, .resignLead:
            try ReplicaWrites(connection: connection).run(step, mark: &mark)
        case .coalesce(let coalescing):
            try CoalescingWrites(transaction: self).coalesce(coalescing)
        case .setRelease(let record, let replaced): try setRelease(record, replacing: replaced)
        case .settleCallback(let settlement): try settle(settlement)
        case .forgetHolds(let forgetting): try forget(forgetting)
        case .succeed(let succession):
            try CoalescingWrites(transaction: self).succeed(succession)
        }
    }

    // MARK: The gate and its holds

    private func setGate(_ gate: GateRecord, replacing replaced: Epoch) throws {
        let stored = try number("SELECT epoch FROM sluice.gate") ?? 0
        guard stored == replaced.number else {
            throw CommitRefusal.conflict("setGate \(gate.epoch): the stored epoch is \(stored), must be \(replaced)")
        }
        let modes = [gate.whole] + gate.scopes
        let scopes = modes.map { $0.scope.map(ScopeColumns.init) }
        var insertion = Statement(
            """
            INSERT INTO sluice.gate_modes (place, kind, value, mode, since, by, reason)
            SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
            """)
        insertion.add(numbers: modes.indices.map { Int64($0) })
        insertion.add(texts: scopes.map { $0?.kind })
        insertion.add(texts: scopes.map { $0?.value.storable })
        insertion.add(texts: modes.map(\.mode.rawValue))
        insertion.add(numbers: modes.map(\.since.milliseconds))
        insertion.add(texts: modes.map(\.by.text.storable))
        insertion.add(texts: modes.map(\.reason.storable))
        _ = try connection.exchange([
            Statement(
                """
                INSERT INTO sluice.gate VALUES (1, $1, $2) ON CONFLICT (id)
                DO UPDATE SET epoch = excluded.epoch, closed_epoch = excluded.closed_epoch
                """, gate.epoch.number, gate.closedEpoch.number), Statement("DELETE FROM sluice.gate_modes"), insertion,
            Statement("SELECT pg_notify('\(Newsroom.channel)', '\(Newsroom.gateWord)')"),
        ])
        let latest = gate.scopes.reduce(gate.whole) { $1.since >= $0.since ? $1 : $0 }
        let name = latest.scope?.description ?? "whole gate"
        try append(
            kind: "gate-changed", at: latest.since, by: latest.by,
            "epoch \(gate.epoch), \(name) \(latest.mode.rawValue): \(latest.reason)")
    }

    /// Both states are open, so no head moves. The lock of all holds is had alone, so what is read stays true.
    private func recallReleased(at: Timestamp, by principal: Principal, cause: String) throws {
        let found = try connection.exchange(
            Statement(
                """
                SELECT arrival, ticket, source, priority FROM sluice.holds WHERE state = 'released'
                ORDER BY arrival LIMIT \(Recall.countMax)
                """)
        ).rows
        guard !found.isEmpty else { return }
        var deltas: [HoldCounts.Key: Int] = [:]
        for row in found {
            let source: LaunchSource = try StoredWord.decode(try row.require(2))
            let priority = try StoredWord.priority(Int(try row.requireNumber(3)))
            deltas[HoldCounts.Key(state: .released, source: source, priority: priority), default: 0] -= 1
            deltas[HoldCounts.Key(state: .held, source: source, priority: priority), default: 0] += 1
        }
        let numbers = try takeNumbers(found.count)
        var events = Statement(
            """
            INSERT INTO sluice.events (sequence, at, kind, ticket, from_state, to_state, by, cause)
            SELECT sequence, $3::bigint, 'held', ticket, 'released', 'held', $4, $5
            FROM unnest($1::bigint[], $2::text[]) AS hold (sequence, ticket)
            """)
        events.add(numbers: (0..<found.count).map { numbers[$0] })
        events.add(texts: try found.map { try $0.require(1) })
        events.add(at.milliseconds)
        events.add(principal.text.storable)
        events.add(cause.storable)
        var update = Statement(
            """
            UPDATE sluice.holds SET state = 'held', state_since = $2::bigint, cause = $3
            WHERE arrival = ANY ($1::bigint[])
            """)
        update.add(numbers: try found.map { try $0.requireNumber(0) })
        update.add(at.milliseconds)
        update.add(cause.storable)
        _ = try connection.exchange([events, update, GroupWrites.counts(deltas)])
    }

    // MARK: Helpers

    func append(kind: String, at: Timestamp, by: Principal, _ text: String) throws {
        try run([.note(AuditNote(kind: kind, at: at, by: by, text: text))])
    }

    func execute(_ sql: String, _ parameters: any StatementParameter...) throws {
        var statement = Statement(sql)
        for parameter in parameters { parameter.add(to: &statement) }
        _ = try connection.exchange(statement)
    }

    func number(_ sql: String, _ parameters: any StatementParameter...) throws -> Int64? {
        var statement = Statement(sql)
        for parameter in parameters { parameter.add(to: &statement) }
        return try connection.exchange(statement).first?.number(0)
    }
}

/// The numbers that one transaction has taken and not yet given.
private final class EventSupply {
    private var blocks: [Int64] = []
    private var usedCount = 0

    func take(_ count: Int, on connection: Connection) throws -> EventNumbers {
        let left = blocks.count * Int(GroupTransaction.blockSize) - usedCount
        if count > left {
            let answers = try connection.exchange(EventNumbers.statements(count: count - left).map(\.statement))
            blocks += try answers.last?.rows.map { try $0.requireNumber(0) } ?? []
        }
        defer { usedCount += count }
        return EventNumbers(blocks, offset: usedCount)
    }
}
