internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Release order: priority from high to low, then arrival; of an ordering key only its head.
extension HoldReader {
    func candidates(_ query: CandidateQuery) throws -> [Hold] {
        // Without a lane: the first of each, merged. The release itself asks lane by lane.
        let lanes =
            try query.lane.map { [$0] }
            ?? self.lanes(LaneQuery(includesHeld: query.includesHeld, limit: .max)).map(\.id)
        var places: [CandidateQuery.Place] = []
        for lane in lanes {
            for state in states(query.includesHeld) { places += try self.places(state, lane, query) }
        }
        places.sort { ($1.priority, $0.arrival) < ($0.priority, $1.arrival) }
        return try holds(at: places.prefix(query.limit).map(\.arrival))
    }

    func lanes(_ query: LaneQuery) throws -> [Lane] {
        var found: [LaneID: Lane] = [:]
        for state in states(query.includesHeld) {
            for lane in try lanes(state, query) {
                if let other = found[lane.id], other.priority >= lane.priority { continue }
                found[lane.id] = lane
            }
        }
        return Array(found.values.sorted { $0.id < $1.id }.prefix(query.limit))
    }

    private func states(_ includesHeld: Bool) -> [HoldState] { includesHeld ? [.held, .released] : [.released] }

    /// A loose scan in the server: one look into the index for each lane, not one round trip.
    private func lanes(_ state: HoldState, _ query: LaneQuery) throws -> [Lane] {
        func first(_ filter: String) -> String {
            """
            (SELECT tenant, priority FROM sluice.holds
                WHERE \(StoredHolds.releasable) AND state = '\(state.rawValue)' AND \(filter)
                ORDER BY tenant, priority DESC LIMIT 1)
            """
        }
        let statement = Statement(
            """
            WITH RECURSIVE lane AS (
                \(first("($1::text IS NULL OR tenant > $1)"))
                UNION ALL
                SELECT next.tenant, next.priority
                FROM lane CROSS JOIN LATERAL \(first("tenant > lane.tenant")) AS next)
            SELECT tenant, priority FROM lane LIMIT $2
            """, query.after.map(StoredHolds.tenant), query.limit)
        return try connection.exchange(statement).rows.map { row in
            Lane(
                id: StoredHolds.lane(try row.require(0)),
                priority: try StoredWord.priority(Int(try row.requireNumber(1))))
        }
    }

    /// The first places of a lane in one state. "After a place" is two ranges of the index: the rest of its priority,
    /// then the lower priorities.
    private func places(
        _ state: HoldState, _ lane: LaneID, _ query: CandidateQuery
    ) throws -> [CandidateQuery.Place] {
        guard let after = query.after else { return try places(state, lane, "", [], query, limit: query.limit) }
        let level = after.priority.level
        let same = try places(
            state, lane, "priority = $4 AND arrival > $5 AND ", [level, after.arrival], query, limit: query.limit)
        guard same.count < query.limit else { return same }
        return try same
            + places(state, lane, "priority < $4 AND ", [level], query, limit: query.limit - same.count)
    }

    private func places(
        _ state: HoldState, _ lane: LaneID, _ range: String, _ parameters: [any StatementParameter],
        _ query: CandidateQuery, limit: Int
    ) throws -> [CandidateQuery.Place] {
        let launcher = query.launcher.map { "launcher = '\($0.rawValue)' AND " } ?? ""
        var statement = Statement(
            """
            SELECT priority, arrival FROM sluice.holds
            WHERE \(StoredHolds.releasable) AND state = '\(state.rawValue)' AND tenant = $3 AND \(launcher)\(range)
                (not_before IS NULL OR not_before <= $1) AND (retry_at IS NULL OR retry_at <= $1)
                AND (expires_at IS NULL OR expires_at > $1)
            ORDER BY priority DESC, arrival LIMIT $2
            """, query.at.milliseconds, limit, StoredHolds.tenant(lane))
        for parameter in parameters { parameter.add(to: &statement) }
        return try connection.exchange(statement).rows.map { row in
            CandidateQuery.Place(
                priority: try StoredWord.priority(Int(try row.requireNumber(0))), arrival: try row.requireNumber(1))
        }
    }
}
