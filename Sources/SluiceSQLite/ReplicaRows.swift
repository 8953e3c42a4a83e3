internal import GRDB
public import SluiceModel
public import SluicePorts
internal import SluiceStoreRecords

/// Rows of `replicas` and `leader`, as values.
enum ReplicaRows {
    static let columns = """
        id, name, version, seated_at, lease, renewal, renewed_at, confirmed_epoch, in_flight
        """

    /// Reads a row of `columns`.
    static func replica(_ row: Row) -> Replica {
        var replica = Replica(
            id: ReplicaID(row[0]), name: row[1], version: row[2], seatedAt: Timestamp(milliseconds: row[3]),
            lease: .milliseconds(row[4] as Int64), renewal: row[5], confirmedEpoch: Epoch(row[7]),
            inFlightCount: row[8])
        replica.renewedAt = Timestamp(milliseconds: row[6])
        return replica
    }

    static let leaderQuery = """
        SELECT term, holder, name, since, lease, renewal, renewed_at FROM leader WHERE id = 1
        """

    /// Reads a row of `leaderQuery`.
    static func leader(_ row: Row) -> LeaderRecord {
        let holder: String? = row[1]
        var record = LeaderRecord(
            term: row[0], holder: holder.map { ReplicaID($0) }, name: row[2], since: Timestamp(milliseconds: row[3]),
            lease: .milliseconds(row[4] as Int64), renewal: row[5])
        record.renewedAt = Timestamp(milliseconds: row[6])
        return record
    }
}

extension SQLiteStore {
    public func replicas() async throws -> [Replica] {
        try await read { db in
            try HoldReader(db).rows("SELECT \(ReplicaRows.columns) FROM replicas ORDER BY seated_at, id", [])
                .map(ReplicaRows.replica)
        }
    }

    public func leader() async throws -> LeaderRecord? {
        try await read { try HoldReader($0).row(ReplicaRows.leaderQuery, []).map(ReplicaRows.leader) }
    }

    public func timeline() async throws -> Int64 {
        try await read { try SQLiteStore.readProgress($0).mark.timeline }
    }
}

/// Changes of seats, and of who leads.
extension OpenTransaction {
    func seat(_ replica: Replica) throws {
        try execute(
            "INSERT INTO replicas VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                replica.id.text.storable, replica.name.storable, replica.version.storable,
                replica.seatedAt.milliseconds, replica.lease.wholeMilliseconds, replica.renewal,
                replica.renewedAt.milliseconds, replica.confirmedEpoch.number, replica.inFlightCount,
            ])
        guard db.changesCount == 1 else { throw CommitRefusal.conflict("seatReplica \(replica.id): it has a seat") }
    }

    func renew(_ renewal: ReplicaRenewal) throws {
        try execute(
            "UPDATE replicas SET renewal = ?, renewed_at = ?, confirmed_epoch = ?, in_flight = ? "
                + "WHERE id = ? AND renewal < ?",
            [
                renewal.number, renewal.at.milliseconds, renewal.confirmedEpoch.number, renewal.inFlightCount,
                renewal.id.text.storable, renewal.number,
            ])
        guard db.changesCount == 1 else {
            throw CommitRefusal.conflict(
                "renewReplica \(renewal.id) \(renewal.number): it has no seat, or renewed it since; join anew")
        }
    }

    func remove(_ id: ReplicaID, renewal: Int64?) throws {
        guard let stored: Int64 = try row("SELECT renewal FROM replicas WHERE id = ?", [id.text.storable])?[0] else {
            return
        }
        guard renewal == nil || renewal == stored else {
            throw CommitRefusal.conflict("removeReplica \(id): it renewed its seat meanwhile")
        }
        try execute("DELETE FROM replicas WHERE id = ?", [id.text.storable])
    }

    private func storedLeader() throws -> LeaderRecord? {
        try row(ReplicaRows.leaderQuery, []).map(ReplicaRows.leader)
    }

    mutating func takeLead(_ record: LeaderRecord, seen: LeaderRecord.Sight?) throws {
        let stored = try storedLeader()
        guard stored?.sight == seen, record.term > stored?.term ?? 0 else {
            throw CommitRefusal.conflict(
                "takeLead \(record.term): the leader of term \(stored?.term ?? 0) renewed, or another took the lead")
        }
        guard record.term >= progress.mark.term else { throw CommitRefusal.stale("takeLead \(record.term)", progress) }
        try put(record)
        try raise(to: FenceMark(timeline: progress.mark.timeline, term: record.term))
    }

    func renew(_ renewal: LeaderRenewal) throws {
        guard let renewed = try storedLeader()?.applying(renewal) else {
            throw CommitRefusal.conflict(
                "renewLead \(renewal.term) by \(renewal.holder): it does not lead, or renewed since; step down")
        }
        try put(renewed)
    }

    func resign(_ holder: ReplicaID, term: Int64, at now: Timestamp) throws {
        guard let resigned = try storedLeader()?.resigned(by: holder, term: term, at: now) else {
            throw CommitRefusal.conflict("resignLead \(term) by \(holder): it does not lead")
        }
        try put(resigned)
    }

    private func put(_ record: LeaderRecord) throws {
        try execute(
            "INSERT OR REPLACE INTO leader VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
            [
                record.term, record.holder?.text.storable, record.name.storable, record.since.milliseconds,
                record.lease.wholeMilliseconds, record.renewal, record.renewedAt.milliseconds,
            ])
    }

    func expectOpen(since epoch: Epoch) throws {
        let closed: Int64? = try row("SELECT closed_epoch FROM gate WHERE id = 1", [])?[0]
        guard closed.map({ $0 <= epoch.number }) ?? true else {
            throw CommitRefusal.conflict(
                "expectOpen \(epoch): epoch \(closed ?? 0) closed something since; read the gate and decide anew")
        }
    }
}
