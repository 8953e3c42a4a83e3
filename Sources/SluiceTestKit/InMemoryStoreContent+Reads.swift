import SluiceModel
import SluicePorts

/// The reads, each written as its sentence in `Store` says.
extension InMemoryStoreContent {
    private var inArrivalOrder: [Hold] { order.compactMap { holds[$0] } }

    func facts(for keys: LookupKeys, at now: Timestamp) -> LookupFacts {
        var facts = LookupFacts()
        facts.ticketHold = keys.ticket.flatMap { holds[$0] }
        if let askID = keys.askID {
            facts.askHold = inArrivalOrder.last { $0.request.askID == askID && $0.principal == keys.principal }
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
        if let key = keys.orderingKey {
            facts.hasBacklog = holds.values.contains { $0.request.orderingKey == key && !$0.state.isFinal }
        }
        facts.parent = keys.parentRunID.flatMap { admissions[$0] }
        return facts
    }

    func hold(runningAs executionID: ExecutionID) -> Hold? {
        let found = inArrivalOrder.filter { $0.executionID == executionID }
        return found.last { !$0.state.isFinal } ?? found.last
    }

    func page(_ query: HoldQuery) -> HoldPage {
        let limit = min(max(query.limit, 1), HoldQuery.limitMax)
        let found = inArrivalOrder.filter { hold in
            hold.arrival > query.after && query.states.map { $0.contains(hold.state) } ?? true
                && query.source.map { $0 == hold.request.source } ?? true
                && query.flow.map { $0 == hold.request.flow } ?? true
                && query.orderingKey.map { $0 == hold.request.orderingKey } ?? true
                && query.coalesceKey.map { $0 == hold.request.coalesceKey } ?? true
                && query.principal.map { $0 == hold.principal } ?? true
        }
        let page = Array(found.prefix(limit))
        return HoldPage(holds: page, next: found.count > limit ? page.last?.arrival : nil)
    }

    func candidates(_ query: CandidateQuery) -> [Hold] {
        var seen: Set<OrderingKey> = []
        let heads = inArrivalOrder.filter { hold in
            guard !hold.state.isFinal, let key = hold.request.orderingKey else { return !hold.state.isFinal }
            return seen.insert(key).inserted
        }
        let ready = heads.filter { hold in
            let isInState =
                hold.state == .held ? query.includesHeld : hold.state == .released && hold.request.launcher == .sluice
            return isInState && query.launcher.map { $0 == hold.request.launcher } ?? true
                && hold.request.notBefore.map { $0 <= query.at } ?? true
                && hold.retryAt.map { $0 <= query.at } ?? true && hold.request.expiresAt.map { $0 > query.at } ?? true
        }
        let sorted = ready.sorted { ($1.request.priority, $0.arrival) < ($0.request.priority, $1.arrival) }
        let rest = sorted.drop { hold in
            guard let after = query.after else { return false }
            return (after.priority, hold.arrival) <= (hold.request.priority, after.arrival)
        }
        return Array(rest.prefix(max(0, query.limit)))
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
        return holds.values.count { other in
            guard other.state == .held || other.state == .released else { return false }
            return (current.request.priority, other.arrival) <= (other.request.priority, current.arrival)
        }
    }

    func expired(at now: Timestamp, limit: Int) -> [Hold] {
        let found = inArrivalOrder.filter { hold in
            (hold.state == .held || hold.state == .released) && hold.request.expiresAt.map { $0 <= now } ?? false
        }
        // Both are there: the filter saw to it. Arrival decides between equal times.
        let sorted = found.sorted {
            ($0.request.expiresAt ?? now, $0.arrival) < ($1.request.expiresAt ?? now, $1.arrival)
        }
        return Array(sorted.prefix(max(0, limit)))
    }

    func events(of ticket: Ticket?, after sequence: Int64, limit: Int) -> [HoldEvent] {
        // Sequence numbers count from 1 without gaps here, so the tail starts at a known place.
        let tail = events.dropFirst(Int(clamping: max(0, sequence)))
        return Array(tail.lazy.filter { ticket == nil || $0.ticket == ticket }.prefix(max(0, limit)))
    }
}
