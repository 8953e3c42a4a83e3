package import SluiceModel
package import SluicePorts

/// What an `InMemoryStore` holds, and the rules of each change. The simulator's store is the same.
package struct InMemoryStoreContent: Sendable {
    package internal(set) var gate: GateRecord?
    package internal(set) var holds = HoldTable()
    /// By sequence number, which counts from 1, those of deleted holds among them.
    package internal(set) var events: [HoldEvent] = []
    /// Sequence numbers of the events of deleted holds: no read shows them.
    var hiddenEvents: Set<Int64> = []
    package internal(set) var redemptions: [PassID: Redemption] = [:]
    package internal(set) var idempotency: [IdempotencyPlace: IdempotencyRecord] = [:]
    package internal(set) var admissions: [ExecutionID: Admission] = [:]
    var callers: [Fingerprint: KnownCaller] = [:]
    var tallies: [TallyPlace: Int] = [:]
    /// Revisions by pack name, the oldest first.
    var packs: [String: [PackRevision]] = [:]

    var windows: [WindowID: Window] = [:]
    var maintenances: [MaintenanceID: MaintenanceRecord] = [:]
    var occurrences: [OccurrencePlace: WindowOccurrence] = [:]

    /// An occurrence's name within its window is its local time.
    struct OccurrencePlace: Hashable {
        var window: WindowID
        var wall: Timestamp
    }
    var journal: [JournalID: JournalEntry] = [:]
    var missed: [MissedTime] = []
    private var missedTimes: [ScheduleID: Set<Timestamp>] = [:]
    var judgedEpoch: Epoch?
    package var release: ReleaseRecord?
    /// Of each hold, by number.
    var callbacks: [Ticket: [Callback]] = [:]

    struct TallyPlace: Hashable {
        var hour: Timestamp
        var source: LaunchSource
    }
    package internal(set) var counts = HoldCounts()
    package internal(set) var mark = FenceMark.fresh
    package internal(set) var replicas: [ReplicaID: Replica] = [:]
    package internal(set) var leader: LeaderRecord?

    /// Idempotency keys are unique per principal.
    package struct IdempotencyPlace: Hashable, Sendable {
        package let principal: Principal
        package let key: IdempotencyKey

        package init(principal: Principal, key: IdempotencyKey) {
            self.principal = principal
            self.key = key
        }
    }

    package init() {}

    /// What takes one write back.
    enum Undo {
        case gate(GateRecord?)
        case hold(Ticket, Hold?)
        case event
        case redemption(PassID, Redemption?)
        case idempotency(IdempotencyPlace, IdempotencyRecord?)
        case admission(ExecutionID, Admission?)
        case caller(Fingerprint, KnownCaller?)
        case tally(TallyPlace, Int?)
        case pack(String)
        case window(WindowID, Window?)
        case maintenance(MaintenanceID, MaintenanceRecord?)
        case occurrence(OccurrencePlace, WindowOccurrence?)
        case journal(JournalID, JournalEntry?)
        case missed
        case judged(Epoch?)
        case callbacks(Ticket, [Callback]?)
        case forgotten(Hold, [Int64], [Callback]?)
        case replica(ReplicaID, Replica?)
        case leader(LeaderRecord?)
        case release(ReleaseRecord?)
    }

    var undos: [Undo] = []

    /// All changes or none.
    package mutating func commit(_ changes: [Change], fence: Fence) throws {
        guard let accepted = mark.accepting(fence) else {
            throw StoreError(.staleFence, "fence \(fence) is older than \(mark)")
        }
        undos = []
        let before = mark
        mark = accepted
        defer { undos = [] }
        do {
            for change in changes { try apply(change) }
        } catch {
            for undo in undos.reversed() { take(back: undo) }
            mark = before
            throw error
        }
    }

    private mutating func apply(_ change: Change) throws {
        switch change {
        case .setGate(let record, let replaced): try setGate(record, replacing: replaced)
        case .recallReleased(let at, let principal, let cause):
            for ticket in holds.filter({ $0.state == .released }).prefix(Recall.countMax).map(\.ticket) {
                try move(HoldMove(ticket: ticket, from: [.released], to: .held, at: at, by: principal, cause: cause))
            }
        case .addHold(let hold): try add(hold)
        case .importHold(let imported): try add(imported.hold, imported: imported)
        case .moveHold(let move): try self.move(move)
        case .redeem(let redemption):
            if let used = redemptions[redemption.passID], used.forgetAt > redemption.at {
                guard redemption.asker.isSame(as: used.asker) else { throw conflict("redeem \(redemption.passID)") }
                return
            }
            undos.append(.redemption(redemption.passID, redemptions[redemption.passID]))
            redemptions[redemption.passID] = redemption
        case .remember(let record):
            let place = IdempotencyPlace(principal: record.principal, key: record.key)
            if let known = idempotency[place], known.forgetAt > record.at {
                guard known == record else { throw conflict("remember \(record.key)") }
                return
            }
            undos.append(.idempotency(place, idempotency[place]))
            idempotency[place] = record
        case .admit(let admission):
            guard admissions[admission.executionID] == nil else { return }
            undos.append(.admission(admission.executionID, nil))
            admissions[admission.executionID] = admission
        case .endAdmission(let id, let at):
            guard let admission = admissions[id], admission.endedAt == nil else { return }
            undos.append(.admission(id, admission))
            admissions[id]?.endedAt = at
        case .putCaller(let caller, let horizon):
            let stored = callers[caller.fingerprint]
            guard stored.map({ caller.replaces($0, horizon: horizon) }) ?? true else { return }
            undos.append(.caller(caller.fingerprint, stored))
            callers[caller.fingerprint] = caller
        case .tally(let tally):
            let place = TallyPlace(hour: tally.hour, source: tally.source)
            undos.append(.tally(place, tallies[place]))
            tallies[place, default: 0] += tally.count
        case .recordPack(let revision):
            guard revision.number == packs[revision.name, default: []].count + 1 else {
                throw conflict("recordPack \(revision.name) \(revision.number)")
            }
            undos.append(.pack(revision.name))
            packs[revision.name, default: []].append(revision)
            append(
                at: revision.loadedAt, kind: PackRevision.eventKind, by: revision.by, cause: revision.eventText)
        case .journal(let entry, let replaced):
            let found = journal[entry.id]
            guard found?.state == replaced else { throw conflict("journal \(entry.id)") }
            undos.append(.journal(entry.id, found))
            journal[entry.id] = entry
            if found?.state != entry.state {
                append(at: entry.since, kind: entry.eventKind, by: entry.by, cause: entry.eventText)
            }
        case .addMissed(let time):
            let isNew = missedTimes[time.schedule, default: []].insert(time.nominalTime).inserted
            if !isNew { throw conflict("addMissed \(time.schedule) \(time.nominalTime)") }
            undos.append(.missed)
            missed.append(time)
        case .judgedMisfires(let epoch):
            undos.append(.judged(judgedEpoch))
            judgedEpoch = max(judgedEpoch ?? epoch, epoch)
        case .seatReplica, .renewReplica, .removeReplica, .takeLead, .renewLead, .resignLead, .expectOpen,
            .expectUnasked:
            try applyOfReplicas(change)
        case .coalesce(let coalescing): try coalesce(coalescing)
        case .settleCallback(let settlement): try settle(settlement)
        case .forgetHolds(let forgetting): forget(forgetting)
        case .succeed(let succession): try succeed(succession)
        case .setRelease(let record, let replaced):
            guard release?.revision == replaced else { throw conflict("setRelease \(record.revision)") }
            undos.append(.release(release))
            release = record
            append(at: record.at, kind: ReleaseRecord.eventKind, by: record.by, cause: record.eventText)
        case .note(let note):
            append(at: note.at, kind: note.kind, by: note.by, cause: note.text)
        case .putWindow(let window):
            guard window.revision == (windows[window.id]?.revision ?? 0) + 1 else {
                throw conflict("putWindow \(window.id) \(window.revision)")
            }
            undos.append(.window(window.id, windows[window.id]))
            windows[window.id] = window
        case .putMaintenance(let record):
            guard record.revision == (maintenances[record.id]?.revision ?? 0) + 1 else {
                throw conflict("putMaintenance \(record.id) \(record.revision)")
            }
            undos.append(.maintenance(record.id, maintenances[record.id]))
            maintenances[record.id] = record
        case .putOccurrence(let occurrence):
            let place = OccurrencePlace(window: occurrence.window, wall: occurrence.wall)
            guard occurrence.revision == (occurrences[place]?.revision ?? 0) + 1 else {
                throw conflict("putOccurrence \(occurrence.window) \(occurrence.wall) \(occurrence.revision)")
            }
            undos.append(.occurrence(place, occurrences[place]))
            occurrences[place] = occurrence
        case .forgetWindow(let id):
            undos.append(.window(id, windows[id]))
            windows[id] = nil
            for (place, occurrence) in occurrences where place.window == id {
                undos.append(.occurrence(place, occurrence))
                occurrences[place] = nil
            }
        }
    }

    private mutating func setGate(_ record: GateRecord, replacing replaced: Epoch) throws {
        guard gate?.epoch ?? Epoch(0) == replaced else { throw conflict("setGate \(record.epoch)") }
        undos.append(.gate(gate))
        gate = record
        let latest = record.scopes.reduce(record.whole) { $1.since >= $0.since ? $1 : $0 }
        append(
            at: latest.since, kind: "gate-changed", by: latest.by,
            cause: "epoch \(record.epoch), \(latest.scope?.description ?? "whole gate") \(latest.mode.rawValue): "
                + latest.reason)
    }

    private mutating func add(_ hold: Hold, imported: HoldImport? = nil) throws {
        guard (imported == nil ? [.held] : HoldImport.states).contains(hold.state), holds[hold.ticket] == nil else {
            throw conflict("addHold \(hold.ticket)")
        }
        if let askID = hold.request.askID, !hold.state.isFinal {
            let isAskedAlready = holds.contains {
                !$0.state.isFinal && $0.request.askID == askID && $0.principal == hold.principal
            }
            if isAskedAlready { throw conflict("addHold \(hold.ticket): ask \(askID) is open") }
        }
        var added = hold
        added.arrival = Int64(holds.arrivalCount) + 1
        set(hold.ticket, to: added)
        append(
            at: imported?.at ?? hold.stateSince, kind: imported == nil ? "held" : HoldImport.eventKind,
            ticket: hold.ticket, to: hold.state, by: imported?.by ?? hold.principal,
            cause: imported?.cause ?? hold.cause ?? hold.reason.rawValue)
    }

    mutating func move(_ move: HoldMove) throws {
        guard let hold = holds[move.ticket], let moved = hold.applying(move) else {
            throw conflict("moveHold \(move.ticket) to \(move.to.rawValue)")
        }
        set(move.ticket, to: moved)
        append(
            at: move.at, kind: move.to.rawValue, ticket: move.ticket, from: hold.state, to: move.to, by: move.by,
            cause: move.cause)
        queueCallback(move, of: hold)
    }

    private mutating func forget(_ forgetting: Forgetting) {
        var count = 0
        for ticket in forgetting.tickets {
            guard let hold = holds[ticket], isForgettable(hold, endedBefore: forgetting.endedBefore) else { continue }
            let history = events.filter { $0.ticket == ticket }.map(\.sequence)
            undos.append(.forgotten(hold, history, callbacks[ticket]))
            holds.remove(ticket)
            self.count(hold, -1)
            hiddenEvents.formUnion(history)
            callbacks[ticket] = nil
            count += 1
        }
        guard count > 0 else { return }
        append(
            at: forgetting.at, kind: Forgetting.eventKind, by: forgetting.by,
            cause: forgetting.eventText(count: count))
    }

    func isForgettable(_ hold: Hold, endedBefore time: Timestamp) -> Bool {
        guard hold.state.isFinal, hold.stateSince < time, hold.arrival < holds.arrivalCount,
            !(callbacks[hold.ticket] ?? []).contains(where: { $0.state == .pending })
        else { return false }
        let standing = hold.state == .coalesced ? hold.representative.flatMap { holds[$0] } : nil
        return standing?.state.isFinal ?? true
    }

    private mutating func queueCallback(_ move: HoldMove, of hold: Hold) {
        guard hold.request.callbackURL != nil, let kind = move.callbackKind(from: hold.state) else { return }
        let known = callbacks[move.ticket] ?? []
        guard known.count < Callback.countMax else { return }
        undos.append(.callbacks(move.ticket, callbacks[move.ticket]))
        callbacks[move.ticket] =
            known + [
                Callback(
                    ticket: move.ticket, number: known.count + 1, kind: kind, holdState: move.to, at: move.at,
                    cause: move.cause)
            ]
    }

    private mutating func settle(_ settlement: CallbackSettlement) throws {
        let known = callbacks[settlement.ticket] ?? []
        guard let index = known.firstIndex(where: { $0.number == settlement.number }),
            let settled = known[index].applying(settlement)
        else { throw conflict("settleCallback \(settlement.ticket) \(settlement.number)") }
        undos.append(.callbacks(settlement.ticket, known))
        callbacks[settlement.ticket]?[index] = settled
        guard settled.state == .failed else { return }
        append(
            at: settlement.at, kind: Callback.failedEventKind, ticket: settlement.ticket, by: .sluice,
            cause: settlement.cause)
    }

    mutating func set(_ ticket: Ticket, to hold: Hold?) {
        let old = holds[ticket]
        undos.append(.hold(ticket, old))
        put(ticket, hold)
    }

    private mutating func put(_ ticket: Ticket, _ hold: Hold?) {
        if let old = holds.put(ticket, hold) { count(old, -1) }
        if let hold { count(hold, 1) }
    }

    private mutating func count(_ hold: Hold, _ change: Int) {
        let key = HoldCounts.Key(state: hold.state, source: hold.request.source, priority: hold.request.priority)
        let number = counts.numbers[key, default: 0] + change
        counts.numbers[key] = number == 0 ? nil : number
    }

    private mutating func append(
        at: Timestamp, kind: String, ticket: Ticket? = nil, from: HoldState? = nil, to: HoldState? = nil,
        by: Principal, cause: String
    ) {
        undos.append(.event)
        events.append(
            HoldEvent(
                sequence: Int64(events.count) + 1, at: at, kind: kind, ticket: ticket, from: from, to: to, by: by,
                cause: cause))
    }

    private mutating func take(back undo: Undo) {
        switch undo {
        case .gate(let old): gate = old
        case .hold(let ticket, let old): put(ticket, old)
        case .event: events.removeLast()
        case .redemption(let id, let old): redemptions[id] = old
        case .idempotency(let place, let old): idempotency[place] = old
        case .admission(let id, let old): admissions[id] = old
        case .caller(let fingerprint, let old): callers[fingerprint] = old
        case .tally(let place, let old): tallies[place] = old
        case .pack(let name): packs[name]?.removeLast()
        case .window(let id, let old): windows[id] = old
        case .maintenance(let id, let old): maintenances[id] = old
        case .occurrence(let place, let old): occurrences[place] = old
        case .journal(let id, let old): journal[id] = old
        case .missed:
            let last = missed.removeLast()
            missedTimes[last.schedule]?.remove(last.nominalTime)
        case .judged(let old): judgedEpoch = old
        case .callbacks(let ticket, let old): callbacks[ticket] = old
        case .forgotten(let hold, let history, let queue):
            holds.restore(hold)
            count(hold, 1)
            hiddenEvents.subtract(history)
            callbacks[hold.ticket] = queue
        case .replica(let id, let old): replicas[id] = old
        case .leader(let old): leader = old
        case .release(let old): release = old
        }
    }

    func conflict(_ message: String) -> StoreError { StoreError(.conflict, message) }

    /// No secret in clear is ever stored.
    static func refuseClearSecrets(_ changes: [Change]) throws {
        for hold in changes.compactMap(\.addedHold) {
            for case .secret in hold.request.inputs.map(\.value) {
                throw StoreError(.unavailable, "addHold \(hold.ticket): an input is a secret in clear; seal it")
            }
        }
    }
}
