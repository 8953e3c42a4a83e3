internal import GRDB
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// Release order: priority from high to low, then arrival; of an ordering key only its head.
extension HoldReader {
    func candidates(_ query: CandidateQuery) throws -> [Hold] {
        // Without a lane: the first of each, merged. The release itself asks lane by lane.
        let lanes = try query.lane.map { [$0] } ?? allLanes(includesHeld: query.includesHeld)
        var places: [CandidateQuery.Place] = []
        for lane in lanes {
            for state in states(query.includesHeld) { places += try self.places(state, lane, query) }
        }
        places.sort { ($1.priority, $0.arrival) < ($0.priority, $1.arrival) }
        return try holds(places.prefix(query.limit).map(\.arrival))
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

    private func allLanes(includesHeld: Bool) throws -> [LaneID] {
        try lanes(LaneQuery(includesHeld: includesHeld, limit: .max)).map(\.id)
    }

    /// A loose scan: one look into the index for each lane.
    private func lanes(_ state: HoldState, _ query: LaneQuery) throws -> [Lane] {
        var lanes: [Lane] = []
        var after = query.after.map(StoredHolds.tenant)
        while lanes.count < query.limit {
            let row = try row(
                """
                SELECT tenant, priority FROM holds INDEXED BY holds_lanes
                WHERE \(StoredHolds.releasable) AND state = '\(state.rawValue)'
                    AND tenant \(after == nil ? ">=" : ">") ?
                ORDER BY tenant, priority DESC LIMIT 1
                """, [after ?? ""])
            guard let row else { break }
            let tenant: String = row[0]
            lanes.append(Lane(id: StoredHolds.lane(tenant), priority: try StoredWord.priority(row[1])))
            after = tenant
        }
        return lanes
    }

    /// The first places of one state and lane, read from the index alone.
    ///
    /// "After a place" is two ranges of the index: the rest of its priority, then the lower priorities.
    private func places(
        _ state: HoldState, _ lane: LaneID, _ query: CandidateQuery
    ) throws -> [CandidateQuery.Place] {
        guard let after = query.after else {
            return try places(state, lane, "", [], query, limit: query.limit)
        }
        let level = after.priority.level
        let same = try places(
            state, lane, "priority = ? AND arrival > ? AND ", [level, after.arrival], query, limit: query.limit)
        guard same.count < query.limit else { return same }
        return try same
            + places(state, lane, "priority < ? AND ", [level], query, limit: query.limit - same.count)
    }

    private func places(
        _ state: HoldState, _ lane: LaneID, _ range: String, _ arguments: StatementArguments, _ query: CandidateQuery,
        limit: Int
    ) throws -> [CandidateQuery.Place] {
        let now = query.at.milliseconds
        let launcher = query.launcher.map { "launcher = '\($0.rawValue)' AND " } ?? ""
        return try rows(
            """
            SELECT priority, arrival FROM holds INDEXED BY holds_lanes
            WHERE \(StoredHolds.releasable) AND state = '\(state.rawValue)' AND tenant = ? AND \(launcher)\(range)
                (not_before IS NULL OR not_before <= ?) AND (retry_at IS NULL OR retry_at <= ?)
                AND (expires_at IS NULL OR expires_at > ?)
            ORDER BY priority DESC, arrival LIMIT ?
            """, [StoredHolds.tenant(lane)] + arguments + [now, now, now, limit]
        ).map { CandidateQuery.Place(priority: try StoredWord.priority($0[0]), arrival: $0[1]) }
    }
}
