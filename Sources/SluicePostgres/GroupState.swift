internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// What the database has of the things that a group of commits is about, and what the commits make of it.
///
/// The rows were read under locks that are kept until the transaction ends, so what is decided here stays true. Nothing
/// is written until all commits of the group are decided; a refused one leaves no trace.
struct GroupState {
    /// Holds that are moved, as far as they are there, and those that were added.
    var holds: [Ticket: Row] = [:]
    /// Tickets to be added that are there already.
    var existing: Set<Ticket> = []
    /// Open holds of asks; one that stands here without any had a hold.
    var openAsks: [AskPlace: Set<Ticket>] = [:]
    /// Executions that were let through, of those that somebody asks about; whether they have ended.
    var admittedRuns: [String: Bool] = [:]
    var redemptions: [PassID: Redemption] = [:]
    var idempotency: [GroupNeeds.IdempotencyPlace: IdempotencyRecord] = [:]

    /// nil: the gate has no record, or nobody asked.
    var closedEpoch: Epoch?

    var newRedemptions: Set<PassID> = []
    var newIdempotency: Set<GroupNeeds.IdempotencyPlace> = []
    var admissions: [ExecutionID: Admission] = [:]
    /// Ends that came before an admission of the same execution, and those that came after it.
    var endsBefore: [ExecutionID: Timestamp] = [:]
    var endsAfter: [ExecutionID: Timestamp] = [:]
    /// What was said of callers, each once within one round: a second word on one goes into the round after.
    var callerRounds: [[Fingerprint: CallerWord]] = []
    var tallies: [TallyPlace: Int] = [:]
    /// Moves that somebody wants to be told of.
    var callbacks: [(move: HoldMove, kind: Callback.Kind)] = []
    var deltas: [HoldCounts.Key: Int] = [:]
    var events: [Event] = []
    /// Ordering keys whose head may have changed.
    var orderingKeys: Set<String> = []

    struct Row {
        var hold: Hold
        /// The request's JSON; nil when it was not read and is not written.
        var request: String?
        /// Place in `events` of the event that says it was held; nil: it was there before.
        var addedBy: Int?
        var hasCallback = false
        var isChanged = false
    }

    struct AskPlace: Hashable {
        let principal: Principal
        let askID: AskID
    }

    struct CallerWord {
        let caller: KnownCaller
        let horizon: Timestamp
    }

    struct TallyPlace: Hashable {
        let hour: Timestamp
        let source: LaunchSource
    }

    /// One line of the event table, yet without a number.
    struct Event {
        var at: Timestamp
        var kind: String
        var ticket: Ticket?
        var from: HoldState?
        var to: HoldState?
        var by: Principal
        var cause: String
    }

    /// Decides commits in order, each of them as a whole: all its steps or none.
    ///
    /// What a refused commit left behind is undone by deciding the accepted ones anew: refusals are rare, and this way
    /// no commit needs a copy of its own of everything before it.
    /// - Returns: For each commit nil when it is accepted, else why it is refused.
    mutating func decide(_ commits: [[PreparedCommit.SingleStep]]) throws -> [CommitRefusal?] {
        // One step checks before it changes anything, so it leaves nothing behind.
        let fresh = commits.contains { $0.count > 1 } ? self : nil
        var accepted: [[PreparedCommit.SingleStep]] = []
        return try commits.map { steps in
            do {
                for step in steps { try apply(step) }
                accepted.append(steps)
                return nil
            } catch let refusal as CommitRefusal {
                if steps.count > 1, let fresh {
                    self = fresh
                    for steps in accepted { for step in steps { try apply(step) } }
                }
                return refusal
            }
        }
    }

    private mutating func apply(_ step: PreparedCommit.SingleStep) throws {
        switch step {
        case .addHold(let hold, let request, let imported): try add(hold, request, imported)
        case .moveHold(let move): try self.move(move)
        case .redeem(let redemption): try redeem(redemption)
        case .remember(let record): try remember(record)
        case .admit(let admission):
            let run = admission.executionID.text.storable
            admittedRuns[run] = admittedRuns[run] ?? false
            if admissions[admission.executionID] == nil { admissions[admission.executionID] = admission }
        case .endAdmission(let id, let at):
            if admittedRuns[id.text.storable] != nil { admittedRuns[id.text.storable] = true }
            if admissions[id] == nil {
                if endsBefore[id] == nil { endsBefore[id] = at }
            } else if endsAfter[id] == nil {
                endsAfter[id] = at
            }
        case .putCaller(let caller, let horizon):
            let round = callerRounds.firstIndex { $0[caller.fingerprint] == nil } ?? callerRounds.count
            if round == callerRounds.count { callerRounds.append([:]) }
            callerRounds[round][caller.fingerprint] = CallerWord(caller: caller, horizon: horizon)
        case .tally(let tally):
            tallies[TallyPlace(hour: tally.hour, source: tally.source), default: 0] += tally.count
        case .expectOpen(let epoch):
            if let closedEpoch, closedEpoch > epoch {
                throw CommitRefusal.conflict(
                    "expectOpen \(epoch): epoch \(closedEpoch) closed something since; read the gate and decide anew")
            }
        case .expectUnasked(let asker): try expectUnasked(asker)
        case .note(let note):
            events.append(Event(at: note.at, kind: note.kind, by: note.by, cause: note.text))
        }
    }

    private mutating func noteAsk(of hold: Hold) {
        guard let place = AskPlace(hold) else { return }
        if hold.state.isFinal {
            openAsks[place, default: []].remove(hold.ticket)
        } else {
            openAsks[place, default: []].insert(hold.ticket)
        }
    }

    private func expectUnasked(_ asker: Asker) throws {
        if let askID = asker.askID, openAsks[AskPlace(principal: asker.principal, askID: askID)] != nil {
            throw CommitRefusal.conflict(
                "expectUnasked: a hold has ask id \(askID) of \(asker.principal); look it up and decide anew")
        }
        if let runID = asker.runID, admittedRuns[runID.text.storable] == false {
            throw CommitRefusal.conflict(
                "expectUnasked: execution \(runID) was let through; look it up and decide anew")
        }
    }

    private mutating func add(_ hold: Hold, _ request: String, _ imported: HoldImport?) throws {
        let ticket = hold.ticket
        guard (imported == nil ? [.held] : HoldImport.states).contains(hold.state) else {
            throw CommitRefusal.conflict("addHold \(ticket): its state is \(hold.state.rawValue), must be held")
        }
        let place = hold.state.isFinal ? nil : AskPlace(hold)
        if let place, let other = openAsks[place]?.min() {
            throw CommitRefusal.conflict(
                "addHold \(ticket): \(other) is open with ask id \(place.askID) of \(hold.principal)")
        }
        guard holds[ticket] == nil, !existing.contains(ticket) else {
            throw CommitRefusal.conflict("addHold \(ticket): this ticket exists")
        }
        holds[ticket] = Row(
            hold: hold, request: request, addedBy: events.count, hasCallback: hold.request.callbackURL != nil,
            isChanged: true)
        noteAsk(of: hold)
        if let key = hold.request.orderingKey { orderingKeys.insert(key.text.storable) }
        deltas[hold.countKey, default: 0] += 1
        events.append(
            Event(
                at: imported?.at ?? hold.stateSince,
                kind: imported == nil ? hold.state.rawValue : HoldImport.eventKind, ticket: ticket, to: hold.state,
                by: imported?.by ?? hold.principal, cause: imported?.cause ?? hold.cause ?? hold.reason.rawValue))
    }

    private mutating func move(_ move: HoldMove) throws {
        let what = "moveHold \(move.ticket) to \(move.to.rawValue)"
        guard let row = holds[move.ticket] else { throw CommitRefusal.conflict("\(what): there is no such hold") }
        let hold = row.hold
        guard move.from.contains(hold.state) else {
            let expected = move.from.map(\.rawValue).sorted().joined(separator: " or ")
            throw CommitRefusal.conflict("\(what): it is \(hold.state.rawValue), must be \(expected)")
        }
        guard let moved = hold.applying(move) else {
            throw CommitRefusal.conflict(
                "\(what): its attempt is \(hold.attempt), must be \(move.attempt ?? hold.attempt)")
        }
        var request = row.request
        if let memory = move.update.flowMemory, let json = request {
            request = try RequestRecord.replaced(memory, in: json)
        }
        holds[move.ticket] = Row(
            hold: moved, request: request, addedBy: row.addedBy, hasCallback: row.hasCallback, isChanged: true)
        if row.hasCallback, let kind = move.callbackKind(from: hold.state) {
            callbacks.append((move: move, kind: kind))
        }
        // A hold keeps its ask id, once it has one.
        noteAsk(of: moved)
        if let key = hold.request.orderingKey,
            hold.state.isFinal != moved.state.isFinal || moved.request.orderingKey == nil
        {
            orderingKeys.insert(key.text.storable)
        }
        deltas[hold.countKey, default: 0] -= 1
        deltas[moved.countKey, default: 0] += 1
        events.append(
            Event(
                at: move.at, kind: move.to.rawValue, ticket: move.ticket, from: hold.state, to: move.to, by: move.by,
                cause: move.cause))
    }

    /// A record whose time has passed counts as forgotten, whether or not it was pruned yet.
    private mutating func redeem(_ redemption: Redemption) throws {
        if let used = redemptions[redemption.passID], used.forgetAt > redemption.at {
            guard redemption.asker.isSame(as: used.asker) else {
                throw CommitRefusal.conflict("redeem \(redemption.passID): another question used this pass before")
            }
            return
        }
        redemptions[redemption.passID] = redemption
        newRedemptions.insert(redemption.passID)
    }

    private mutating func remember(_ record: IdempotencyRecord) throws {
        let place = GroupNeeds.IdempotencyPlace(principal: record.principal, key: record.key)
        if let found = idempotency[place], found.forgetAt > record.at {
            guard found == record else {
                throw CommitRefusal.conflict(
                    "remember \(record.key) of \(record.principal): the key was answered before and is not forgotten "
                        + "yet")
            }
            return
        }
        idempotency[place] = record
        newIdempotency.insert(place)
    }
}

extension GroupState.AskPlace {
    init?(_ hold: Hold) {
        guard let askID = hold.request.askID else { return nil }
        self.init(principal: hold.principal, askID: askID)
    }
}

extension Hold {
    fileprivate var countKey: HoldCounts.Key {
        HoldCounts.Key(state: state, source: request.source, priority: request.priority)
    }
}

extension RequestRecord {
    fileprivate static func replaced(_ memory: FlowMemory, in json: String) throws -> String {
        String(decoding: try replace(memory, in: Array(json.utf8)), as: UTF8.self)
    }
}
