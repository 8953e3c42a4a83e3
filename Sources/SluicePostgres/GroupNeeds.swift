internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// What commits must know and lock before they can be decided.
struct GroupNeeds {
    private(set) var addedTickets: [Ticket] = []
    private(set) var movedTickets: [Ticket] = []
    /// Moved holds whose stored request is written anew.
    private(set) var rewrittenTickets: [Ticket] = []
    private(set) var askIDs: Set<String> = []
    /// Executions of which somebody expects that they were not let through.
    private(set) var unaskedRunIDs: Set<String> = []
    private(set) var passIDs: Set<String> = []
    private(set) var idempotencyPlaces: [IdempotencyPlace] = []
    private(set) var locks: Set<Int64> = []
    private(set) var readsGate = false
    /// At most this many events are written.
    private(set) var eventCountMax = 0

    struct IdempotencyPlace: Hashable {
        let principal: Principal
        let key: IdempotencyKey
    }

    init(_ steps: some Sequence<PreparedCommit.SingleStep>) {
        for step in steps { add(step) }
    }

    private mutating func add(_ step: PreparedCommit.SingleStep) {
        switch step {
        case .addHold(let hold, _, _):
            addedTickets.append(hold.ticket)
            eventCountMax += 1
            if let key = hold.request.orderingKey { locks.insert(LockKey.ordering(key)) }
            if let key = hold.request.coalesceKey { locks.insert(LockKey.coalesce(key)) }
            if let id = hold.request.askID {
                askIDs.insert(id.text.storable)
                locks.insert(LockKey.ask(id))
            }
        case .moveHold(let move):
            movedTickets.append(move.ticket)
            eventCountMax += 1
            if move.update.flowMemory != nil { rewrittenTickets.append(move.ticket) }
            if let id = move.update.takenBy?.askID { locks.insert(LockKey.ask(id)) }
        case .redeem(let redemption):
            passIDs.insert(redemption.passID.description)
            locks.insert(LockKey.pass(redemption.passID))
        case .remember(let record):
            idempotencyPlaces.append(IdempotencyPlace(principal: record.principal, key: record.key))
            locks.insert(LockKey.idempotency(record.key))
        case .admit(let admission): locks.insert(LockKey.execution(admission.executionID))
        case .endAdmission(let id, _): locks.insert(LockKey.execution(id))
        case .note: eventCountMax += 1
        case .expectOpen: readsGate = true
        case .expectUnasked(let asker):
            if let id = asker.askID {
                askIDs.insert(id.text.storable)
                locks.insert(LockKey.ask(id))
            }
            if let id = asker.runID {
                unaskedRunIDs.insert(id.text.storable)
                locks.insert(LockKey.execution(id))
            }
        // Decided by the database, where they are written.
        case .putCaller, .tally: break
        }
    }

    /// What a step that looks while it changes will ask for.
    mutating func add(_ step: PreparedCommit.WideStep) {
        switch step {
        case .coalesce(let coalescing): locks.insert(LockKey.coalesce(coalescing.key))
        case .succeed(let succession): locks.insert(LockKey.coalesce(succession.key))
        case .settleCallback(let settlement): movedTickets.append(settlement.ticket)
        default: break
        }
    }

    /// Adds the locks that a moved hold itself asks for.
    mutating func add(orderingKey: String?, askID: String?, coalesceKey: String?) {
        if let coalesceKey { locks.insert(LockKey.coalesce(CoalesceKey(coalesceKey))) }
        if let orderingKey { locks.insert(LockKey.ordering(OrderingKey(orderingKey))) }
        if let askID { locks.insert(LockKey.ask(AskID(askID))) }
    }

    var changesHolds: Bool { !addedTickets.isEmpty || !movedTickets.isEmpty }
}
