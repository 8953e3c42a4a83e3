package import SluiceModel
package import SluicePorts

/// The reads, each written as its sentence in `Store` says.
extension InMemoryStoreContent {
    package func facts(for keys: LookupKeys, at now: Timestamp) -> LookupFacts {
        var facts = LookupFacts()
        facts.ticketHold = keys.ticket.flatMap { holds[$0] }
        if let askID = keys.askID {
            facts.askHold = holds.rows.indices.last {
                holds.rows[$0].request.askID == askID && holds.rows[$0].principal == keys.principal
            }.map { holds.rows[$0] }
        }
        if let key = keys.idempotencyKey,
            let record = idempotency[IdempotencyPlace(principal: keys.principal, key: key)], record.forgetAt > now
        {
            facts.idempotency = record
            if case .held(let ticket) = record.outcome { facts.idempotencyHold = holds[ticket] }
        }
        if let passID = keys.passID, let redemption = redemptions[passID], redemption.forgetAt > now {
            facts.redemption = redemption
        }
        facts.passHold = keys.passTicket.flatMap { holds[$0] }
        facts.passAdmission = keys.passRunID.flatMap { admissions[$0] }
        facts.ownAdmission = keys.ownRunID.flatMap { admissions[$0] }
        if let key = keys.orderingKey {
            facts.hasBacklog = holds.rows.indices.contains {
                !holds.rows[$0].state.isFinal && holds.rows[$0].request.orderingKey == key
            }
        }
        facts.parent = keys.parentRunID.flatMap { admissions[$0] }
        return facts
    }

    package func hold(runningAs executionID: ExecutionID) -> Hold? {
        let found = holds.filter { $0.executionID == executionID }
        return found.last { !$0.state.isFinal } ?? found.last
    }

    package func page(_ query: HoldQuery) -> HoldPage {
        let limit = min(max(query.limit, 1), HoldQuery.limitMax)
        let found = holds.filter { hold in
            hold.arrival > query.after && query.states.map { $0.contains(hold.state) } ?? true
                && query.source.map { $0 == hold.request.source } ?? true
                && query.flow.map { $0 == hold.request.flow } ?? true
                && query.orderingKey.map { $0 == hold.request.orderingKey } ?? true
                && query.coalesceKey.map { $0 == hold.request.coalesceKey } ?? true
                && query.principal.map { $0 == hold.principal } ?? true
                && (!query.isMissedTime || hold.isMissedTime)
        }
        let page = Array(found.prefix(limit))
        return HoldPage(holds: page, next: found.count > limit ? page.last?.arrival : nil)
    }

    /// Waiting holds that nothing but their time stands before, by index.
    private func heads(includesHeld: Bool) -> [Int] {
        var seen: Set<OrderingKey> = []
        return holds.rows.indices.filter { index in
            guard !holds.rows[index].state.isFinal else { return false }
            // Of one ordering key only the first that is not final.
            if let key = holds.rows[index].request.orderingKey, !seen.insert(key).inserted { return false }
            return isWaiting(index, includesHeld)
        }
    }

    private func isWaiting(_ index: Int, _ includesHeld: Bool) -> Bool {
        switch holds.rows[index].state {
        case .held: includesHeld
        case .released: holds.rows[index].request.launcher == .sluice
        default: false
        }
    }

    package func lanes(_ query: LaneQuery) -> [Lane] {
        var highest: [LaneID: Priority] = [:]
        for index in heads(includesHeld: query.includesHeld) {
            let (lane, priority) = (holds.rows[index].request.lane, holds.rows[index].request.priority)
            highest[lane] = max(highest[lane] ?? priority, priority)
        }
        let found = highest.filter { lane in query.after.map { $0 < lane.key } ?? true }
        return Array(found.map { Lane(id: $0, priority: $1) }.sorted { $0.id < $1.id }.prefix(max(0, query.limit)))
    }

    package func candidates(_ query: CandidateQuery) -> [Hold] {
        var ready = heads(includesHeld: query.includesHeld).filter { isReady($0, query) }
        ready.sort { left, right in
            let (one, other) = (holds.rows[left].request.priority, holds.rows[right].request.priority)
            return (other, left) < (one, right)
        }
        let rest = ready.drop { index in
            guard let after = query.after else { return false }
            return (after.priority, holds.rows[index].arrival) <= (holds.rows[index].request.priority, after.arrival)
        }
        return rest.prefix(max(0, query.limit)).map { holds.rows[$0] }
    }

    private func isReady(_ index: Int, _ query: CandidateQuery) -> Bool {
        guard query.lane.map({ $0 == holds.rows[index].request.lane }) ?? true,
            query.launcher.map({ $0 == holds.rows[index].request.launcher }) ?? true
        else { return false }
        return holds.rows[index].request.notBefore.map { $0 <= query.at } ?? true
            && holds.rows[index].retryAt.map { $0 <= query.at } ?? true
            && holds.rows[index].request.expiresAt.map { $0 > query.at } ?? true
    }

    func tallies(since: Timestamp, limit: Int) -> [LaunchTally] {
        let found = tallies.filter { $0.key.hour >= since }.map {
            LaunchTally(at: $0.key.hour, source: $0.key.source, count: $0.value)
        }
        let sorted = found.sorted { ($0.hour, $0.source.rawValue) < ($1.hour, $1.source.rawValue) }
        return Array(sorted.prefix(max(0, limit)))
    }

    func position(of hold: Hold) -> Int? {
        guard let current = holds[hold.ticket], current.state == .held || current.state == .released else { return nil }
        return holds.count { other in
            guard other.state == .held || other.state == .released else { return false }
            return (current.request.priority, other.arrival) <= (other.request.priority, current.arrival)
        }
    }

    package func expired(at now: Timestamp, limit: Int) -> [Hold] {
        let found = holds.filter { hold in
            (hold.state == .held || hold.state == .released) && hold.request.expiresAt.map { $0 <= now } ?? false
        }
        // Both are there: the filter saw to it. Arrival decides between equal times.
        let sorted = found.sorted {
            ($0.request.expiresAt ?? now, $0.arrival) < ($1.request.expiresAt ?? now, $1.arrival)
        }
        return Array(sorted.prefix(max(0, limit)))
    }

    func events(of ticket: Ticket?, after sequence: Int64, limit: Int) -> [HoldEvent] {
        // Sequence numbers count from 1 here, so the tail starts at a known place.
        let tail = events.dropFirst(Int(clamping: max(0, sequence)))
        return Array(
            tail.lazy.filter { (ticket == nil || $0.ticket == ticket) && !hiddenEvents.contains($0.sequence) }.prefix(
                max(0, limit)))
    }
}
