internal import GRDB
internal import SluiceModel
internal import SluicePorts

/// Release order: priority from high to low, then arrival; of an ordering key only its head.
extension HoldReader {
    func candidates(_ query: CandidateQuery) throws -> [Hold] {
        var places: [CandidateQuery.Place] = []
        for state in query.includesHeld ? [HoldState.held, .released] : [.released] {
            places += try self.places(state, query)
        }
        places.sort { ($1.priority, $0.arrival) < ($0.priority, $1.arrival) }
        return try holds(places.prefix(query.limit).map(\.arrival))
    }

    /// The first places of one state, read from the index alone.
    ///
    /// "After a place" is two ranges of the index: the rest of its priority, then the lower priorities.
    private func places(_ state: HoldState, _ query: CandidateQuery) throws -> [CandidateQuery.Place] {
        guard let after = query.after else {
            return try places(state, "", [], query, limit: query.limit)
        }
        let level = after.priority.level
        let same = try places(
            state, "priority = ? AND arrival > ? AND ", [level, after.arrival], query, limit: query.limit)
        guard same.count < query.limit else { return same }
        return try same + places(state, "priority < ? AND ", [level], query, limit: query.limit - same.count)
    }

    private func places(
        _ state: HoldState, _ range: String, _ arguments: StatementArguments, _ query: CandidateQuery, limit: Int
    ) throws -> [CandidateQuery.Place] {
        let now = query.at.milliseconds
        let launcher = query.launcher.map { "launcher = '\($0.rawValue)' AND " } ?? ""
        return try rows(
            """
            SELECT priority, arrival FROM holds INDEXED BY holds_candidates
            WHERE \(Schema.releasable) AND state = '\(state.rawValue)' AND \(launcher)\(range)
                (not_before IS NULL OR not_before <= ?) AND (retry_at IS NULL OR retry_at <= ?)
                AND (expires_at IS NULL OR expires_at > ?)
            ORDER BY priority DESC, arrival LIMIT ?
            """, arguments + [now, now, now, limit]
        ).map { CandidateQuery.Place(priority: try HoldRow.priority($0[0]), arrival: $0[1]) }
    }
}
