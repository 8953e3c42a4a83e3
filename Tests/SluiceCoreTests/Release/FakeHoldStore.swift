import SluiceModel

@testable import SluiceCore

/// The few lines of a store that the release needs, honouring the contracts in SluicePorts; it outlives a crash.
struct FakeHoldStore {
    var gate: GateRecord
    var holds: [Ticket: Hold] = [:]
    var order: [Ticket] = []
    var redemptions: [PassID: Redemption] = [:]
    var release: ReleaseRecord?

    init(gate: GateRecord) { self.gate = gate }

    /// All changes or none.
    /// - Returns: Whether they were written.
    mutating func commit(_ changes: [Change]) -> Bool {
        var copy = self
        for change in changes where !copy.apply(change) { return false }
        self = copy
        return true
    }

    private mutating func apply(_ change: Change) -> Bool {
        switch change {
        case .setGate(let record, let replaced):
            guard gate.epoch == replaced else { return false }
            gate = record
        case .recallReleased(let at, let principal, let cause):
            for ticket in order where holds[ticket]?.state == .released {
                let move = HoldMove(
                    ticket: ticket, from: [.released], to: .held, at: at, by: principal, cause: cause)
                holds[ticket] = holds[ticket]?.applying(move)
            }
        case .addHold(let hold):
            guard holds[hold.ticket] == nil else { return false }
            var added = hold
            order.append(hold.ticket)
            added.arrival = Int64(order.count)
            holds[hold.ticket] = added
        case .moveHold(let move):
            guard let moved = holds[move.ticket]?.applying(move) else { return false }
            holds[move.ticket] = moved
        case .redeem(let redemption):
            if let used = redemptions[redemption.passID] { return used.asker.isSame(as: redemption.asker) }
            redemptions[redemption.passID] = redemption
        case .expectOpen(let epoch): return gate.closedEpoch <= epoch
        case .setRelease(let record, let replaced):
            guard release?.revision == replaced else { return false }
            release = record
        case .remember, .admit, .endAdmission, .putCaller, .tally, .recordPack, .note, .putWindow,
            .putOccurrence, .journal,
            .forgetWindow, .putMaintenance, .addMissed, .judgedMisfires, .seatReplica, .renewReplica, .removeReplica,
            .takeLead,
            .renewLead, .resignLead, .coalesce, .succeed, .settleCallback, .forgetHolds, .importHold,
            .expectUnasked:
            break
        }
        return true
    }

    func lanes(includesHeld: Bool, after: LaneID?, limit: Int) -> [Lane] {
        var highest: [LaneID: Priority] = [:]
        for hold in candidates(at: nil, includesHeld: includesHeld, after: nil, limit: .max) {
            highest[hold.request.lane] = max(highest[hold.request.lane] ?? hold.request.priority, hold.request.priority)
        }
        let found = highest.filter { lane in after.map { $0 < lane.key } ?? true }
        return Array(found.map { Lane(id: $0, priority: $1) }.sorted { $0.id < $1.id }.prefix(limit))
    }

    /// - Parameter now: nil: whether or not their time has come.
    func candidates(
        at now: Timestamp?, includesHeld: Bool, lane: LaneID? = nil, after: ReleaseEffect.Place?, limit: Int
    ) -> [Hold] {
        var busyKeys: Set<OrderingKey> = []
        var found: [Hold] = []
        for ticket in order {
            guard let hold = holds[ticket], !hold.state.isFinal else { continue }
            if let key = hold.request.orderingKey, !busyKeys.insert(key).inserted { continue }
            let isInState =
                hold.state == .held ? includesHeld : hold.state == .released && hold.request.launcher == .sluice
            guard isInState, lane.map({ $0 == hold.request.lane }) ?? true else { continue }
            if let now {
                guard hold.request.notBefore ?? now <= now, hold.retryAt ?? now <= now,
                    hold.request.expiresAt.map({ $0 > now }) ?? true
                else { continue }
            }
            found.append(hold)
        }
        found.sort { ($1.request.priority, $0.arrival) < ($0.request.priority, $1.arrival) }
        if let after {
            found.removeAll { ($0.request.priority, after.arrival) >= (after.priority, $0.arrival) }
        }
        return Array(found.prefix(limit))
    }

    func expired(at now: Timestamp) -> [Hold] {
        order.compactMap { holds[$0] }.filter { hold in
            (hold.state == .held || hold.state == .released) && hold.request.expiresAt.map { $0 <= now } ?? false
        }
    }

    func facts(for keys: LookupKeys) -> LookupFacts {
        var facts = LookupFacts()
        facts.ticketHold = keys.ticket.flatMap { holds[$0] }
        facts.passHold = keys.passTicket.flatMap { holds[$0] }
        facts.redemption = keys.passID.flatMap { redemptions[$0] }
        return facts
    }
}
