internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Changes of seats, and of who leads. The lock of replicas is held.
struct ReplicaWrites {
    let connection: Connection

    /// - Parameter mark: Raised by who takes the lead.
    func run(_ step: PreparedCommit.WideStep, mark: inout FenceMark) throws {
        switch step {
        case .seatReplica(let replica): try seat(replica)
        case .renewReplica(let renewal): try renew(renewal)
        case .removeReplica(let id, let renewal): try remove(id, renewal: renewal)
        case .takeLead(let record, let seen): try takeLead(record, seen: seen, mark: &mark)
        case .renewLead(let renewal):
            guard let renewed = try storedLeader()?.applying(renewal) else {
                throw CommitRefusal.conflict(
                    "renewLead \(renewal.term) by \(renewal.holder): it does not lead, or renewed since; step down")
            }
            try put(renewed)
        case .resignLead(let holder, let term, let at):
            guard let resigned = try storedLeader()?.resigned(by: holder, term: term, at: at) else {
                throw CommitRefusal.conflict("resignLead \(term) by \(holder): it does not lead")
            }
            try put(resigned)
        default: preconditionFailure("no change of replicas")
        }
    }

    private func seat(_ replica: Replica) throws {
        let answer = try connection.exchange(
            Statement(
                """
                INSERT INTO sluice.replicas (\(ReplicaRows.columns))
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING
                """, replica.id.text.storable, replica.name.storable, replica.version.storable,
                replica.seatedAt.milliseconds, replica.lease.milliseconds, replica.renewal,
                replica.renewedAt.milliseconds, replica.confirmedEpoch.number, replica.inFlightCount))
        guard answer.changedCount == 1 else {
            throw CommitRefusal.conflict("seatReplica \(replica.id): it has a seat")
        }
    }

    private func renew(_ renewal: ReplicaRenewal) throws {
        let answer = try connection.exchange(
            Statement(
                """
                UPDATE sluice.replicas SET renewal = $1, renewed_at = $2, confirmed_epoch = $3, in_flight = $4
                WHERE id = $5 AND renewal < $1
                """, renewal.number, renewal.at.milliseconds, renewal.confirmedEpoch.number, renewal.inFlightCount,
                renewal.id.text.storable))
        guard answer.changedCount == 1 else {
            throw CommitRefusal.conflict(
                "renewReplica \(renewal.id) \(renewal.number): it has no seat, or renewed it since; join anew")
        }
    }

    private func remove(_ id: ReplicaID, renewal: Int64?) throws {
        let answer = try connection.exchange(
            Statement("SELECT renewal FROM sluice.replicas WHERE id = $1", id.text.storable))
        guard let stored = answer.first?.number(0) else { return }
        guard renewal == nil || renewal == stored else {
            throw CommitRefusal.conflict("removeReplica \(id): it renewed its seat meanwhile")
        }
        _ = try connection.exchange(Statement("DELETE FROM sluice.replicas WHERE id = $1", id.text.storable))
    }

    private func takeLead(_ record: LeaderRecord, seen: LeaderRecord.Sight?, mark: inout FenceMark) throws {
        let stored = try storedLeader()
        guard stored?.sight == seen, record.term > stored?.term ?? 0 else {
            throw CommitRefusal.conflict(
                "takeLead \(record.term): the leader of term \(stored?.term ?? 0) renewed, or another took the lead")
        }
        guard record.term >= mark.term else { throw CommitRefusal.stale("takeLead \(record.term)", mark) }
        try put(record)
        mark.term = record.term
    }

    private func storedLeader() throws -> LeaderRecord? {
        try connection.exchange(ReplicaRows.leaderQuery).first.map { try ReplicaRows.leader($0) }
    }

    private func put(_ record: LeaderRecord) throws {
        _ = try connection.exchange(
            Statement(
                """
                INSERT INTO sluice.leader (id, term, holder, name, since, lease, renewal, renewed_at)
                VALUES (1, $1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (id) DO UPDATE SET term = excluded.term, holder = excluded.holder, name = excluded.name,
                    since = excluded.since, lease = excluded.lease, renewal = excluded.renewal,
                    renewed_at = excluded.renewed_at
                """, record.term, record.holder?.text.storable, record.name.storable, record.since.milliseconds,
                record.lease.milliseconds, record.renewal, record.renewedAt.milliseconds))
    }
}

/// Rows of `replicas` and `leader`, as values.
enum ReplicaRows {
    static let columns = "id, name, version, seated_at, lease, renewal, renewed_at, confirmed_epoch, in_flight"

    /// Reads a row of `columns`.
    static func replica(_ row: Answer.Row) throws -> Replica {
        var replica = Replica(
            id: ReplicaID(try row.require(0)), name: try row.require(1), version: try row.require(2),
            seatedAt: try row.requireTime(3), lease: .milliseconds(try row.requireNumber(4)),
            renewal: try row.requireNumber(5), confirmedEpoch: Epoch(try row.requireNumber(7)),
            inFlightCount: Int(try row.requireNumber(8)))
        replica.renewedAt = try row.requireTime(6)
        return replica
    }

    static let leaderQuery = Statement(
        "SELECT term, holder, name, since, lease, renewal, renewed_at FROM sluice.leader")

    /// Reads a row of `leaderQuery`.
    static func leader(_ row: Answer.Row) throws -> LeaderRecord {
        var record = LeaderRecord(
            term: try row.requireNumber(0), holder: row.text(1).map { ReplicaID($0) }, name: try row.require(2),
            since: try row.requireTime(3), lease: .milliseconds(try row.requireNumber(4)),
            renewal: try row.requireNumber(5))
        record.renewedAt = try row.requireTime(6)
        return record
    }
}
